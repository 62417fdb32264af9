"""Rules about logging out at an OpenID provider, begun by us (OpenID Connect RP-Initiated Logout 1.0); judged where idptest.toml says log_out."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, NETWORK, Ended
from idptest.model.login import Login
from idptest.model.oidc import Logout
from idptest.model.rule import Level, Outcome, Pointer, Text, failed, inconclusive, not_applicable, passed
from idptest.model.trouble import network_failed

_SPEC = "https://openid.net/specs/openid-connect-rpinitiated-1_0.html"
# Nobody is logged in, or somebody has to do something first (OIDCCore 3.1.2.6).
_NOBODY = ("login_required", "interaction_required")
# A form to log in with was shown, and it was empty.
_LOGIN_PAGE = ("username-missing", "password-missing", "one-time-code-missing")


@check(
    Level.SHOULD,
    source=f"{_SPEC} 3 (read 2026-11)",
    fix="Register our address for after the logout (post_logout_redirect_uris), as idptest metadata rp shows it.",
    sv=Text(
        "OP:n skickar tillbaka personen efter utloggningen",
        why="Annars blir eleven stående på en sida hos OP:n och vet inte om det är klart, och tjänsten får aldrig visa att den har loggat ut.",
        fix="Lägg in vår adress för efter utloggningen (post_logout_redirect_uris), så som idptest metadata rp visar den.",
    ),
)
def brings_the_person_back(logout: Logout, login: Login) -> Outcome:
    """The OP brings the person back after the logout.

    Otherwise the pupil is left on a page of the OP, not knowing whether it is done, and the service cannot show that it has logged out.
    """
    if not logout.asked or not logout.asked.ended:
        return _not_tried(logout, login)
    ended, uri = logout.asked.ended, logout.asked.uri
    if ended.how == ARRIVED:
        return passed()
    if ended.how == NETWORK:
        said = network_failed(ended.said)
        return failed(said.en, said.sv, at=logout.pointer, expected=uri)
    if _unanswered(logout):
        return _asks(logout, login)
    page = ended.page.title or ended.page.url.partition("?")[0] if ended.page else ended.how
    return failed(
        'the logout ended at the page "{actual}"',
        'utloggningen tog slut på sidan "{actual}"',
        at=logout.pointer,
        actual=page[:200],
        expected=uri,
    )


@check(
    Level.SHOULD,
    source=f"{_SPEC} 2, state (read 2026-11)",
    fix="Give state back exactly as it came in the logout request.",
    sv=Text(
        "OP:n skickar tillbaka state efter utloggningen",
        why="Med state vet tjänsten att det är den utloggning som den själv bad om. En noggrann tjänst visar annars ett fel.",
        fix="Skicka tillbaka state precis som det kom i frågan om utloggning.",
    ),
)
def state_comes_back(logout: Logout, login: Login) -> Outcome:
    """The OP sends state back after the logout.

    By state the service knows that it is the logout that it asked for itself. A careful service shows an error otherwise.
    """
    if not logout.asked or not logout.asked.ended:
        return _not_tried(logout, login)
    if logout.asked.ended.how != ARRIVED:
        return not_applicable("the person was not brought back to us", "personen kom inte tillbaka till oss")
    got, expected = logout.text("state"), logout.asked.state
    if got == expected:
        return passed()
    if got is None:
        return failed("state does not come back", "state kommer inte tillbaka", at=logout.pointer, expected=expected)
    return failed(
        "state comes back as {actual}", "state kommer tillbaka som {actual}", at=logout.at("state"), actual=got[:200], expected=expected
    )


@check(
    Level.SHOULD,
    source=f"{_SPEC} 2; OIDCCore 3.1.2.1, prompt (read 2026-11)",
    fix="Let the logout end the OP's own session, and that of a login behind it (Windows, another IdP), not only the service's.",
    sv=Text(
        "Ingen är inloggad efter utloggningen",
        why="På en dator som delas i klassrummet är nästa elev annars den förra: tjänsten loggar in utan att fråga, med den förras konto.",
        fix="Låt utloggningen avsluta OP:ns egen session, och en inloggning bakom den (Windows, en annan IdP), inte bara tjänstens.",
    ),
)
def nobody_is_logged_in_afterwards(logout: Logout, login: Login) -> Outcome:
    """Nobody is logged in after the logout.

    On a computer that a classroom shares the next pupil is else the former one: the service logs in without asking, as the one before.
    """
    if not logout.asked or not logout.asked.again:
        return _not_tried(logout, login)
    again = logout.asked.again
    if _still_in(logout):
        if _unanswered(logout):
            return _asks(logout, login)
        return failed(
            "asked anew, in the same browser and without a page (prompt=none), the OP logs the person in: it answers with a code",
            "på en ny fråga, i samma webbläsare och utan sida (prompt=none), loggar OP:n in personen: den svarar med en kod",
            at=_place(again),
            expected=_NOBODY[0],
        )
    if _nobody(logout):
        return passed()
    error = logout.again.error if logout.again else again.reason or again.how
    return inconclusive(
        f"the new request ended in another way: {str(error)[:100]}",
        f"den nya frågan slutade på annat sätt: {str(error)[:100]}",
        at=_place(again),
    )


@check(
    Level.MUST,
    spec="OIDCCore 3.1.2.1, prompt; 3.1.2.6",
    fix="Answer prompt=none with an error (login_required) to the service's address when somebody has to log in first.",
    sv=Text(
        "OP:n visar ingen sida när ingen får visas (prompt=none)",
        why="En tjänst frågar så i en osynlig ram för att se om personen är inloggad. Får den en sida i stället för ett svar hänger den sig.",
        fix="Svara på prompt=none med ett fel (login_required) till tjänstens adress när någon först måste logga in.",
    ),
)
def shows_no_page_when_none_may_be_shown(logout: Logout, login: Login) -> Outcome:
    """The OP shows no page when none may be shown (prompt=none).

    In an invisible frame a service so asks whether the person is logged in. With a page in place of an answer it hangs.
    """
    if not logout.asked or not logout.asked.again:
        return _not_tried(logout, login)
    again = logout.asked.again
    if again.how == ARRIVED:
        return passed()
    if again.page is None:
        return inconclusive("the new request got no answer", "den nya frågan fick inget svar", at=_place(again))
    return failed('it shows the page "{actual}"', 'den visar sidan "{actual}"', at=_place(again), actual=again.page.title[:200] or None)


def _place(ended: Ended) -> Pointer:
    return Pointer("exchange", "", ended.exchange or None)


def _still_in(logout: Logout) -> bool:
    return logout.again is not None and bool(logout.again.values.get("code"))


def _nobody(logout: Logout) -> bool:
    """The answer to the new request says that nobody is logged in."""
    shown = logout.asked.again.reason if logout.asked and logout.asked.again else None
    return shown in _LOGIN_PAGE or (logout.again is not None and logout.again.error in _NOBODY)


def _unanswered(logout: Logout) -> bool:
    """The logout stopped at a page that wants something, and nobody was logged out by then: it may be we who did not answer."""
    page = logout.asked.ended.page if logout.asked and logout.asked.ended else None
    return page is not None and bool(page.buttons or page.fields) and not _nobody(logout)


def _asks(logout: Logout, login: Login) -> Outcome:
    page = logout.asked.ended.page if logout.asked and logout.asked.ended else None
    title = (page.title if page else "") or "–"
    table = f"[[idp.{login.flow.idp.name}.step]]"
    return inconclusive(
        f'the logout stopped at the page "{title}", which idptest does not understand: say what to press there, in {table}',
        f'utloggningen stannade på sidan "{title}", som idptest inte förstår: skriv vad som ska tryckas på där, i {table}',
        at=logout.pointer,
    )


def _not_tried(logout: Logout, login: Login) -> Outcome:
    """Why no logout was tried."""
    table = f"[idp.{login.flow.idp.name}]"
    if logout.asked is None:
        return not_applicable(
            f"write log_out = true in {table}, and each login is followed by a logout",
            f"skriv log_out = true i {table}, så följs varje inloggning av en utloggning",
        )
    if login.oidc is None or not login.oidc.discovery.text("end_session_endpoint"):
        return not_applicable("the OP does not say where one logs out", "OP:n säger inte var man loggar ut")
    if login.oidc.id_token is None:
        return inconclusive(
            "there was no ID Token to log out with", "det fanns ingen ID-token att logga ut med", blocked_by="oidc-token/gives-an-id-token"
        )
    return not_applicable(
        "with the driver system nobody is logged out: log in with form or browser",
        "med drivrutinen system loggas ingen ut: logga in med form eller browser",
    )
