"""Rules about the login as a whole."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, TOO_MANY_HOPS
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.saml import Response

_NO_AUTHN_CONTEXT = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


@check(
    Level.MUST,
    spec="SAMLProf 4.1.3",
    fix="Look at what the IdP said, below; its log has the cause at the same time of day.",
    sv=Text(
        "IdP:n slutför inloggningen",
        why="Annars kommer ingen in i någon tjänst.",
        fix="Se vad IdP:n sade, här nedanför; orsaken står i IdP:ns logg vid samma klockslag.",
    ),
)
def idp_completes_the_login(login: Login) -> Outcome:
    """The IdP completes the login.

    Otherwise nobody gets into any service.
    """
    ended, at = login.flow.ended, login.acs_exchange
    said = ended.said or ended.reason or ended.how
    if ended.how == ARRIVED:
        return _status(login)
    if ended.how == REFUSED_BY_IDP:
        return failed("the IdP refused: {actual}", "IdP:n nekade inloggningen: {actual}", at=at, actual=said)
    if ended.how == PAGE_NOT_UNDERSTOOD:
        return inconclusive(
            f"the login stopped at a page that idptest does not understand: {said}",
            f"inloggningen stannade på en sida som idptest inte förstår: {said}",
            at=at,
        )
    if ended.how == TOO_MANY_HOPS:
        return inconclusive("the login went round in circles", "inloggningen gick runt i cirklar", at=at)
    # the fifth and last ending: NETWORK
    return inconclusive(f"the network failed: {said}", f"nätverket svek: {said}", at=at)


def _status(login: Login) -> Outcome:
    response = login.response
    if not isinstance(response, Response):
        return passed()  # something arrived; that it cannot be read is said by saml-response/is-readable
    if response.succeeded:
        return passed()
    codes = tuple(code.removeprefix(_STATUS) for code in response.status)
    words = " / ".join(codes) + (f" ({response.status_message})" if response.status_message else "")
    if _NO_AUTHN_CONTEXT in response.status:
        return failed(
            "the IdP says that it can give none of the levels asked for: {actual}",
            "IdP:n säger att den inte kan ge någon av de nivåer som efterfrågades: {actual}",
            at=response.at("Status"),
            actual=words,
        )
    return failed(
        "the IdP answered with an error: {actual}",
        "IdP:n svarade med ett fel: {actual}",
        at=response.at("Status"),
        actual=words or "no status",
    )


@check(
    Level.SHOULD,
    spec="SAMLProf 4.1.4.3",
    fix="What the SP said stands below; it is mostly a consequence of another finding, so mend that first.",
    sv=Text(
        "En vanlig SP godtar inloggningen",
        why="Gatewayen och många tjänster bygger på samma bibliotek (pysaml2). Det som det nekar kommer de också att neka.",
        fix="Här nedanför står vad SP:n sade. Oftast är det en följd av ett annat fel i listan, så rätta det först.",
    ),
)
def a_stock_sp_accepts_it(login: Login) -> Outcome:
    """A stock SP accepts the login.

    The gateway and many services build on the same library (pysaml2): what it refuses, they will refuse.
    """
    observed = login.flow.stock_sp
    if observed is None:
        return not_applicable("no SP was asked when this was captured", "ingen SP tillfrågades när detta fångades")
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
