"""Rules about the way to the IdP that need no credentials: its metadata is at hand, the clocks agree, it knows us."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, NETWORK, REFUSED_BY_IDP
from idptest.model.inspection import Inspection
from idptest.model.preflight import Clock, IdpSource, Knock
from idptest.model.rule import Evidence, Level, Outcome, Text, Verdict, Words, failed, inconclusive, not_applicable, passed
from idptest.model.trouble import network_failed
from idptest.oidc.errors import ERRORS
from idptest.products import REASONS, reason_words

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_SUCCESS, _NO_PASSIVE = _STATUS + "Success", _STATUS + "NoPassive"
# OIDCCore 3.1.2.6: the request was good, and a person is needed.
_PAGE_NEEDED = frozenset({"code", "login_required", "interaction_required", "consent_required", "account_selection_required"})
# The login page was shown, and asked for what was not given: the IdP took our request.
_ASKED_FOR_A_LOGIN = frozenset(
    {
        *("username-missing", "password-missing", "one-time-code-missing", "integrated-windows-login", "http-basic-login"),
        *("e-leg-hand-over", "login-method-choice", "redirect-to-other-program"),
    }
)


@check(
    Level.MUST,
    spec="SAMLProf 4.1.6; SAMLMeta 2.3.2",
    fix="Fetch the IdP's metadata, save it unchanged, and let metadata in idptest.toml name it. With a federation's feed: idptest metadata fetch.",
    sv=Text(
        "IdP:ns metadata går att läsa och gäller fortfarande",
        why="Ur metadata läser vi vart frågan ska skickas och vilken nyckel svaret ska vara signerat med.",
        fix="Hämta IdP:ns metadata, spara den oförändrad och låt metadata i idptest.toml peka ut den. Med en federations metadataflöde: idptest metadata fetch.",
    ),
)
def metadata_is_at_hand(source: IdpSource, inspection: Inspection) -> Outcome:
    """The IdP's metadata can be read, and is still valid.

    It tells where to send the request, and which key the answer has to be signed with.
    """
    if source.problem:
        return failed(f"{{actual}}: {source.problem.en}", f"{{actual}}: {source.problem.sv}", actual=source.location)
    if source.valid_until is not None and source.valid_until <= inspection.now:
        end = source.valid_until.isoformat()
        return failed(f"{source.location} ended at {{actual}}", f"{source.location} gick ut {{actual}}", actual=end)
    return passed()


@check(
    Level.MUST,
    spec="Kantara SDP-G01",
    fix="Look at this computer's clock first: timedatectl, on Windows w32tm /query /status. If it is right, set the time of the IdP's server (NTP).",
    sv=Text(
        "Vår klocka och IdP:ns går lika",
        why="Ett intyg gäller i några minuter. Går klockorna isär nekar tjänsterna det som för gammalt, eller som utställt i framtiden.",
        fix="Se först efter den här datorns klocka: timedatectl, i Windows w32tm /query /status. Går den rätt: ställ tiden på IdP:ns server (NTP).",
    ),
)
def clocks_agree(clock: Clock) -> Outcome:
    """Our clock and the IdP's agree.

    An assertion holds for some minutes. When the clocks differ, services refuse it as too old, or as issued in the future.
    """
    if clock.ahead is None:
        return not_applicable("the IdP's answer has no Date", "IdP:ns svar har inget Date-huvud")
    if abs(clock.ahead) <= clock.tolerance:
        return passed()
    shown = _duration(abs(clock.ahead))
    ahead = clock.ahead > 0
    return failed(
        f"the clock of {clock.host} is {{actual}} {'ahead of' if ahead else 'behind'} ours",
        f"klockan hos {clock.host} går {{actual}} {'före' if ahead else 'efter'} vår",
        actual=shown,
        expected=f"≤ {clock.tolerance} s",
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.6; SAMLCore 3.4.1; OIDCCore 3.1.2.6",
    fix="Register us at the IdP: idptest metadata sp writes our metadata, and idptest metadata rp what an OpenID provider has to know. The IdP's log has more at the same time of day.",
    sv=Text(
        "IdP:n känner till oss och tar emot vår fråga",
        why="Annars möts alla av en felsida, vilket lösenord de än har.",
        fix="Lägg in oss i IdP:n: idptest metadata sp skriver vår metadata, och idptest metadata rp det som en OpenID-leverantör behöver veta. Mer står i IdP:ns logg vid samma klockslag.",
    ),
)
def idp_takes_our_request(knock: Knock) -> Outcome:
    """The IdP knows us, and takes our request.

    Otherwise everybody meets an error page, whatever their password.
    """
    if knock.ended == ARRIVED:
        return _by_status(knock)
    if knock.ended == REFUSED_BY_IDP:
        means = reason_words(knock.reason or "") or REASONS["refused"]
        if knock.wants_signed and not knock.signed and means != REASONS["request-not-signed"]:
            signed = REASONS["request-not-signed"]
            means = signed if means == REASONS["refused"] else Words(f"{means.en} {signed.en}", f"{means.sv} {signed.sv}")
        return _no(knock, means.en, means.sv)
    if knock.ended == NETWORK:
        said = network_failed(knock.said)
        return inconclusive(said.en, said.sv, at=knock.at)
    if knock.reason in _ASKED_FOR_A_LOGIN:
        return passed()
    means = reason_words(knock.reason or "") or REASONS["unknown-page"]
    return Outcome(Verdict.INCONCLUSIVE, means, (Evidence(knock.at, knock.page_title or knock.said),))


@check(
    Level.NOTE,
    spec="SAMLCore 3.4.1; OIDCCore 3.1.2.1",
    fix="Nothing to do for logins. A service that asks silently whether somebody is logged in already shows a login page here.",
    sv=Text(
        "IdP:n svarar utan sida när den ombeds om det",
        why="IsPassive, eller prompt=none, betyder: visa ingenting. En tjänst som i tysthet frågar om någon redan är inloggad får annars en inloggningssida.",
        fix="Inget behöver göras för inloggningens skull. En tjänst som frågar i tysthet om någon redan är inloggad får en inloggningssida här.",
    ),
)
def passive_is_honoured(knock: Knock) -> Outcome:
    """The IdP answers without a page when it is asked to.

    IsPassive, or prompt=none, says: show nothing. A service that silently asks whether somebody is logged in already gets a login page otherwise.
    """
    if knock.ended == ARRIVED:
        return passed()
    if knock.reason in _ASKED_FOR_A_LOGIN:
        return failed(
            "the IdP shows its login page all the same", "IdP:n visar ändå sin inloggningssida", at=knock.at, actual=knock.page_title
        )
    return not_applicable("the IdP did not take the request", "IdP:n tog inte emot frågan")


def _by_status(knock: Knock) -> Outcome:
    """NoPassive, or an assertion because the computer is logged in already: the link works."""
    if knock.protocol == "oidc":
        return _by_error(knock)
    if knock.status[:1] == (_SUCCESS,) or _NO_PASSIVE in knock.status:
        return passed()
    codes = " / ".join(code.removeprefix(_STATUS) for code in knock.status) or "–"
    said = f"{codes} ({knock.status_message})" if knock.status_message else codes
    return failed(
        "the IdP answered with an error: {actual}", "IdP:n svarade med ett fel: {actual}", at=knock.at, actual=said, expected="NoPassive"
    )


def _by_error(knock: Knock) -> Outcome:
    """The OP wants to show a page, and may not; or gives a code because the computer is logged in already."""
    [error] = knock.status or ("–",)
    if error in _PAGE_NEEDED:
        return passed()
    means = ERRORS.get(error, Words("The IdP answered with an error.", "IdP:n svarade med ett fel."))
    said = f"{error} ({knock.status_message})" if knock.status_message else error
    return failed(
        f"{means.en} It said: {{actual}}", f"{means.sv} Den sade: {{actual}}", at=knock.at, actual=said[:300], expected="login_required"
    )


def _no(knock: Knock, en: str, sv: str) -> Outcome:
    said = knock.said or knock.reason or knock.ended
    if said in REASONS:
        return failed(en, sv, at=knock.at, actual=said)
    return failed(f"{en} It said: {{actual}}", f"{sv} Den sade: {{actual}}", at=knock.at, actual=said)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
