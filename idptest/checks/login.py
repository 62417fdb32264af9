"""Rules about the login as a whole."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, DISCOVERY, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, TOO_MANY_HOPS
from idptest.model.login import Login
from idptest.model.oidc import AuthorizationAnswer, Discovery
from idptest.model.rule import Evidence, Level, Outcome, Text, Verdict, Words, failed, inconclusive, not_applicable, passed
from idptest.model.saml import Response
from idptest.model.trouble import network_failed
from idptest.oidc.errors import ERRORS
from idptest.products import REASONS, code_in, reason_words

_NO_AUTHN_CONTEXT = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"

# What a second status code means to an administrator. Core 3.2.2.2; the last from Sweden Connect's registry.
_MEANINGS = {
    _STATUS + "AuthnFailed": Words(
        "The IdP says that the login itself failed: see what was typed or chosen, and the account.",
        "IdP:n säger att själva inloggningen misslyckades. Se över kontot och det som angavs eller valdes.",
    ),
    _STATUS + "RequestDenied": Words(
        "The IdP understood the request and will not answer it: the account or this SP lacks access there.",
        "IdP:n förstod frågan men svarar inte på den: kontot eller den här SP:n saknar åtkomst där.",
    ),
    _STATUS + "NoPassive": Words(
        "The IdP cannot log in without showing a page, and was asked not to show one.",
        "IdP:n kan inte logga in någon utan att visa en sida, och den ombads att inte visa någon.",
    ),
    _STATUS + "UnknownPrincipal": Words(
        "The IdP does not recognise the person: the account behind the login was not found in its directory.",
        "IdP:n känner inte igen personen: kontot bakom inloggningen fanns inte i dess katalog.",
    ),
    _STATUS + "InvalidNameIDPolicy": Words(
        "The IdP cannot give a NameID of the kind that is asked for. Allow transient and persistent for this SP.",
        "IdP:n kan inte ge ett NameID av det slag som efterfrågas. Tillåt transient och persistent för den här SP:n.",
    ),
    _STATUS + "RequestUnsupported": Words(
        "The IdP does not support the request as it is written. Its log says what it cannot do.",
        "IdP:n stöder inte frågan så som den är skriven. Loggen säger vad IdP:n inte klarar.",
    ),
    _STATUS + "UnsupportedBinding": Words(
        "The IdP does not answer by HTTP-POST to us. Register our metadata there again.",
        "IdP:n kan inte svara oss med HTTP-POST. Lägg in vår metadata där på nytt.",
    ),
    "http://id.elegnamnden.se/status/1.0/cancel": Words(
        "The person cancelled the login, the IdP says.",
        "Personen avbröt inloggningen, säger IdP:n.",
    ),
}


@check(
    Level.MUST,
    spec="SAMLProf 4.1.3; OIDCCore 3.1.2.5",
    fix="Look at what the IdP said, above; its log has the cause at the same time of day.",
    sv=Text(
        "IdP:n slutför inloggningen",
        why="Annars kommer ingen in i någon tjänst.",
        fix="Se ovanför vad IdP:n sade. Orsaken står i IdP:ns logg vid samma klockslag.",
    ),
)
def idp_completes_the_login(login: Login) -> Outcome:
    """The IdP completes the login.

    Otherwise nobody gets into any service.
    """
    ended, at = login.flow.ended, login.acs_exchange
    if ended.how == ARRIVED:
        return _status(login)
    if ended.how == REFUSED_BY_IDP:
        means = _explained(login)
        quoted = _quoted(login)
        if means is None:
            return failed("the IdP refused: {actual}", "IdP:n nekade inloggningen: {actual}", at=at, actual=quoted)
        # A plain reason says no more than its words.
        if quoted == ended.reason and quoted in REASONS:
            return failed(means.en, means.sv, at=at, actual=quoted)
        return failed(f"{means.en} It said: {{actual}}", f"{means.sv} Den sade: {{actual}}", at=at, actual=quoted)
    if ended.how == PAGE_NOT_UNDERSTOOD:
        means = reason_words(ended.reason or "") or REASONS["unknown-page"]
        return Outcome(Verdict.INCONCLUSIVE, means, (Evidence(at, _quoted(login)),))
    if ended.how == TOO_MANY_HOPS:
        return inconclusive("the login went round in circles", "inloggningen skickades runt i en slinga", at=at)
    if ended.reason == DISCOVERY and login.oidc:
        return _not_begun(login.oidc.discovery)
    # what is left of the endings: NETWORK
    said = network_failed(ended.said or ended.how)
    return inconclusive(said.en, said.sv, at=at)


def _not_begun(published: Discovery) -> Outcome:
    """Nothing was sent: the discovery document is of no use."""
    rule = "can-be-fetched" if published.problem else "has-what-it-must"
    if published.values.get("authorization_endpoint") not in (None, "", []):
        rule = "addresses-are-https"
    return inconclusive(
        "nothing was sent: the discovery document gives no address to log in at",
        "inget skickades: discovery-dokumentet ger ingen adress att logga in på",
        at=published.pointer,
        blocked_by=f"oidc-discovery/{rule}",
    )


def _explained(login: Login) -> Words | None:
    """What the refusal means; and what may be behind one that came before any credential was given."""
    means = reason_words(login.flow.ended.reason or "")
    wanted = login.metadata.want_authn_requests_signed and not login.sent.signed and not login.flow.factors
    if not wanted or means == REASONS["request-not-signed"]:
        return means
    known = means or Words("The IdP refused the login.", "IdP:n nekade inloggningen.")
    return Words(
        f"{known.en} Its metadata demands signed requests, and ours was not: sign_requests = true in [idp.…] makes idptest sign.",
        f"{known.sv} Dess metadata kräver signerade frågor, och vår var osignerad: med sign_requests = true i [idp.…] signerar idptest.",
    )


def _quoted(login: Login) -> str:
    """The code and what the page said, as evidence. The user name, which pages like to repeat, is taken out."""
    ended, username = login.flow.ended, login.flow.account.username
    code, said = ended.reason or ended.how, ended.said or ""
    if username and len(username) > 2:
        said = said.replace(username, "‹username›")
    if not said or code in REASONS:
        return said or code
    return said if code.casefold() in said.casefold() else f"{code}: {said}"


def _status(login: Login) -> Outcome:
    if login.oidc:
        return _error(login.oidc.answer)
    response = login.response
    if not isinstance(response, Response):
        return passed()  # something arrived; that it cannot be read is said by saml-response/is-readable
    if response.succeeded:
        return passed()
    codes = tuple(code.removeprefix(_STATUS) for code in response.status)
    words = " / ".join(codes) + (f" ({response.status_message})" if response.status_message else "") or "no status"
    at = response.at("Status")
    if _NO_AUTHN_CONTEXT in response.status:
        return failed(
            "the IdP says that it can give none of the levels asked for: {actual}",
            "IdP:n säger att den inte kan ge någon av de nivåer som efterfrågades: {actual}",
            at=at,
            actual=words,
        )
    code = code_in(response.status_message or "")
    means = reason_words(code) if code else next((_MEANINGS[each] for each in response.status if each in _MEANINGS), None)
    if means:
        return failed(f"{means.en} It said: {{actual}}", f"{means.sv} Den sade: {{actual}}", at=at, actual=words)
    return failed("the IdP answered with an error: {actual}", "IdP:n svarade med ett fel: {actual}", at=at, actual=words)


def _error(answer: AuthorizationAnswer | None) -> Outcome:
    """The OP's no, by OpenID Connect."""
    if answer is None or answer.error is None:
        return passed()  # something arrived; that it holds no code is said by oidc-flow/gives-a-code
    code, said = answer.error[:80], (answer.text("error_description") or "")[:300]
    means = ERRORS.get(code)
    if means is None and (known := code_in(said)):
        means = reason_words(known)
    words = f"{code} ({said})" if said else code
    if means is None:
        return failed(
            "the IdP answered with an error: {actual}", "IdP:n svarade med ett fel: {actual}", at=answer.at("error"), actual=words
        )
    return failed(f"{means.en} It said: {{actual}}", f"{means.sv} Den sade: {{actual}}", at=answer.at("error"), actual=words)


@check(
    Level.SHOULD,
    spec="SAMLProf 4.1.4.3",
    protocol="saml",
    fix="It is mostly a consequence of another finding, so mend that first, and log in again.",
    sv=Text(
        "En vanlig SP godtar inloggningen",
        why="Gatewayen och många tjänster bygger på samma bibliotek (pysaml2). Säger biblioteket nej gör de det också.",
        fix="Oftast är det en följd av ett annat fel i listan: rätta det först, och logga in igen.",
    ),
)
def a_stock_sp_accepts_it(login: Login) -> Outcome:
    """A stock SP accepts the login.

    The gateway and many services build on the same library (pysaml2): what it refuses, they will refuse.
    """
    observed = login.flow.stock_sp
    if observed is None:
        return not_applicable("no SP was asked when this was captured", "ingen SP tillfrågades när inloggningen spelades in")
    if observed.accepted:
        return passed()
    if isinstance(login.response, Response) and not login.response.succeeded:
        return not_applicable("the IdP itself said no", "IdP:n sade själv nej")
    return failed(
        "a stock SP ({expected}) refuses the login: {actual}",
        "en vanlig SP ({expected}) nekar inloggningen: {actual}",
        at=login.acs_exchange,
        actual=observed.error,
        expected=observed.name,
    )
