"""Rules about the SAML Response element and how it arrived."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from idptest.catalogue import check
from idptest.model.flow import ARRIVED
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, untold
from idptest.model.saml import ENTITY, Response, Unreadable


@check(
    Level.MUST,
    spec="SAMLBind 3.5.4",
    fix="Let the IdP send one Response, base64 encoded, in the form field SAMLResponse.",
    sv=Text(
        "Svaret är ett läsbart SAML-svar",
        why="Ett svar som inte går att läsa säkert kan ingen tjänst ta emot. Dokumenttyper (DTD) hör inte hemma i SAML och används i angrepp.",
        fix="Låt IdP:n skicka ett Response, base64-kodat, i formulärfältet SAMLResponse.",
    ),
)
def is_readable(login: Login) -> Outcome:
    """What arrives is a readable SAML Response.

    No service can use an answer that cannot be read safely. A document type has no place in SAML, and is used in attacks.
    """
    if login.flow.ended.how != ARRIVED:
        return inconclusive("nothing arrived", "inget svar kom fram", blocked_by="login/idp-completes-the-login")
    if isinstance(login.response, Unreadable):
        why = login.response.why
        return failed(f"what arrived cannot be read: {why.en}", f"det som kom fram går inte att läsa: {why.sv}", at=login.response.at)
    return passed()


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Set this SP's assertion consumer service to the address in its metadata, with the binding HTTP-POST.",
    sv=Text(
        "Svaret levereras med POST",
        why="Svaret får inte ligga i en adressrad, där det sparas i loggar och historik.",
        fix="Ange tjänstens assertion consumer service enligt dess metadata, med bindningen HTTP-POST.",
    ),
)
def arrives_by_post(login: Login) -> Outcome:
    """The response arrives by HTTP-POST.

    In an address bar it would end up in logs and histories.
    """
    if not login.told("exchanges"):
        return untold()
    if login.flow.ended.how != ARRIVED:
        return inconclusive("nothing arrived", "inget svar kom fram", blocked_by="login/idp-completes-the-login")
    method = login.flow.exchanges[login.flow.ended.exchange - 1].request.method
    return (
        passed()
        if method == "POST"
        else failed("the response came by {actual}", "svaret kom med {actual}", at=login.acs_exchange, actual=method, expected="POST")
    )


@check(
    Level.MUST,
    spec="SAMLCore 3.2.2",
    fix="Let the IdP answer the request it got; an answer to another request, or to none, must be refused by the SP.",
    sv=Text(
        "Svaret hör till vår fråga",
        why="Annars kan ett svar som någon annan har fått smygas in här.",
        fix="Låt IdP:n svara på den fråga den fick. Ett svar på en annan fråga, eller på ingen alls, måste tjänsten neka.",
    ),
)
def answers_our_request(response: Response, login: Login) -> Outcome:
    """The response is the answer to our request.

    Otherwise an answer that somebody else got could be slipped in here.
    """
    if not login.told("request_id"):
        return untold()
    if response.in_response_to == login.sent.request_id:
        return passed()
    return failed(
        "the response says that it answers {actual}",
        "svaret säger sig höra till frågan {actual}",
        at=response.at(),
        actual=response.in_response_to,
        expected=login.sent.request_id,
    )


@check(
    Level.MUST,
    spec="SAMLBind 3.5.5.2",
    fix="Set the Destination to the address that the response is posted to: the ACS URL, letter for letter.",
    sv=Text(
        "Svarets Destination är vår ACS-adress",
        why="En tjänst måste neka ett signerat svar som är adresserat till någon annan.",
        fix="Sätt Destination till den adress som svaret postas till: ACS-adressen, tecken för tecken.",
    ),
)
def destination_is_our_acs(response: Response, login: Login) -> Outcome:
    """The response's Destination is our ACS address.

    A service must refuse a signed response that is addressed to somebody else.
    """
    if not login.told("acs_url"):
        return untold()
    if response.destination == login.sent.acs_url:
        return passed()
    return failed(
        "the response is addressed to {actual}",
        "svaret är adresserat till {actual}",
        at=response.at(),
        actual=response.destination,
        expected=login.sent.acs_url,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP use the entityID that its metadata has, letter for letter; a trailing slash counts. Leave Format out.",
    sv=Text(
        "Svaret är utfärdat av den IdP vi frågade",
        why="I en federation litar tjänsten på många IdP:er, och ingen av dem får svara i en annans namn.",
        fix="Låt IdP:n använda det entityID som står i dess metadata, tecken för tecken; även ett avslutande snedstreck räknas. Utelämna attributet Format.",
    ),
)
def issuer_is_the_idp(response: Response, login: Login) -> Outcome:
    """The response is issued by the IdP that we asked.

    In a federation a service trusts many IdPs; none may answer in another's name.
    """
    if response.issuer is None:
        return not_applicable("the response names no issuer; the assertion does", "svaret anger ingen utfärdare; det gör intyget")
    if response.issuer_format not in (None, ENTITY):
        return failed(
            "the Format of the response's Issuer is {actual}",
            "Format på svarets Issuer är {actual}",
            at=response.at("Issuer"),
            actual=response.issuer_format,
            expected=ENTITY,
        )
    if response.issuer == login.metadata.entity_id:
        return passed()
    return failed(
        "the response is issued by {actual}",
        "svaret är utfärdat av {actual}",
        at=response.at("Issuer"),
        actual=response.issuer,
        expected=login.metadata.entity_id,
    )


@check(
    Level.MUST,
    spec="SAMLCore 3.2.2",
    fix="Set the IdP server's clock by NTP.",
    sv=Text(
        "Svaret är utfärdat nu",
        why="Går IdP:ns klocka fel nekar tjänster inloggningar, ofta bara då och då.",
        fix="Ställ IdP-serverns klocka med NTP.",
    ),
)
def is_issued_now(response: Response, login: Login) -> Outcome:
    """The response is issued between our request and its arrival.

    A wrong clock at the IdP makes services refuse logins, often only now and then.
    """
    if not login.told("issued_at"):
        return untold()
    issued = response.issue_instant
    if isinstance(issued, Unreadable) or issued is None:
        return failed(
            "the response's IssueInstant cannot be read: {actual}",
            "svarets IssueInstant går inte att läsa: {actual}",
            at=response.at(),
            actual=issued.text if issued else None,
        )
    skew = timedelta(seconds=login.clock_skew)
    if login.sent.issued_at - skew <= issued <= login.now + skew:
        return passed()
    off = int((issued - login.now).total_seconds())
    return failed(
        f"the IdP's clock is {abs(off)} s {'ahead' if off > 0 else 'behind'} (we allow {login.clock_skew} s)",
        f"IdP:ns klocka går {abs(off)} s {'före' if off > 0 else 'efter'} (vi tillåter {login.clock_skew} s)",
        at=response.at(),
        actual=issued.isoformat(),
        expected=login.now.isoformat(),
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.2",
    fix="Let the IdP send one assertion, directly below Response.",
    sv=Text(
        "Svaret innehåller exakt ett intyg",
        why="Med flera intyg kan olika delar av en tjänst läsa olika personer. Det är så inloggningar kapas.",
        fix="Låt IdP:n skicka ett intyg (Assertion), direkt under Response.",
    ),
)
def has_exactly_one_assertion(response: Response, login: Login) -> Outcome:
    """The response holds exactly one assertion.

    With several, different parts of a service may read different persons: that is how logins are hijacked.
    """
    closed = sum(1 for found in response.encrypted_assertions if found.problem)
    count = len(response.assertions) + closed + len(response.misplaced_assertions)
    if not response.succeeded:
        if count == 0:
            return not_applicable("an error response holds none", "ett felsvar innehåller inget")
        return failed(
            "an error response holds an assertion all the same",
            "ett felsvar innehåller ändå ett intyg",
            at=response.at("Assertion"),
            actual=count,
            expected=0,
        )
    if count == 1 and not response.misplaced_assertions:
        return passed()
    return failed(
        "the response holds {actual} assertions", "svaret innehåller {actual} intyg", at=response.at("Assertion"), actual=count, expected=1
    )


@check(
    Level.MUST,
    spec="SAMLCore 1.3.4",
    fix="Let the IdP give every element an ID of its own.",
    sv=Text(
        "Varje ID i svaret finns bara en gång",
        why="Signaturen pekar ut vad den gäller med ett ID. Finns det två gånger går det inte att veta vad som är signerat.",
        fix="Låt IdP:n ge varje element ett eget ID.",
    ),
)
def ids_are_unique(response: Response) -> Outcome:
    """Every ID in the response occurs once.

    A signature points at what it covers by an ID; if it is there twice, nobody knows what is signed.
    """
    if not response.duplicate_ids:
        return passed()
    return failed(
        "the ID {actual} occurs more than once", "ID:t {actual} finns mer än en gång", at=response.at(), actual=response.duplicate_ids
    )


@check(
    Level.MUST,
    source="https://www.kb.cert.org/vuls/id/475445 (read 2026-11)",
    fix="Let the IdP write values as plain text.",
    sv=Text(
        "Inget värde innehåller en kommentar",
        why="Olika program läser en XML-kommentar mitt i ett värde på olika sätt. Då kan en person tas för en annan.",
        fix="Låt IdP:n skriva värden som ren text.",
    ),
)
def values_hold_no_comments(response: Response) -> Outcome:
    """No value that is acted upon holds a comment.

    A comment inside a value is read differently by different programs, and so one person can become another.
    """
    if not response.commented_values:
        return passed()
    return failed("there is a comment inside a value", "det finns en kommentar mitt i ett värde", at=response.commented_values[0])


@check(
    Level.MUST,
    spec="SAMLBind 3.5.3",
    fix="Let the IdP send RelayState back unchanged.",
    sv=Text(
        "RelayState kommer tillbaka oförändrat",
        why="Tjänsten använder det för att veta vart användaren var på väg.",
        fix="Låt IdP:n skicka tillbaka RelayState oförändrat.",
    ),
)
def relay_state_comes_back(login: Login) -> Outcome:
    """RelayState comes back unchanged.

    The service needs it to know where the user was going.
    """
    if not login.told("relay_state"):
        return untold()
    if login.sent.relay_state is None:
        return not_applicable("none was sent", "inget skickades")
    if login.flow.ended.how != ARRIVED:
        return inconclusive("nothing arrived", "inget svar kom fram", blocked_by="login/idp-completes-the-login")
    delivered = login.flow.exchanges[login.flow.ended.exchange - 1].request
    back = next((value for name, value in delivered.form or parse_qsl(urlsplit(delivered.url).query) if name == "RelayState"), None)
    if back == login.sent.relay_state:
        return passed()
    return failed(
        "RelayState came back as {actual}",
        "RelayState kom tillbaka som {actual}",
        at=login.acs_exchange,
        actual=back,
        expected=login.sent.relay_state,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.5",
    fix="Nothing is to be changed in the IdP if you yourself brought back a saved answer. Otherwise look for what sends answers twice.",
    sv=Text(
        "Svaret har inte använts förut",
        why="Ett svar som går att använda igen kan snappas upp och användas av någon annan.",
        fix="Var det du själv som skickade ett sparat svar behöver inget ändras i IdP:n. Leta annars efter det som skickar svar två gånger.",
    ),
)
def was_not_seen_before(response: Response, login: Login) -> Outcome:
    """The response was not used before.

    An answer that can be used again can be picked up and used by somebody else.
    """
    if not login.told("seen_before"):
        return not_applicable("the file does not tell of earlier logins", "filen säger inget om tidigare inloggningar")
    if not login.flow.seen_before:
        return passed()
    return failed(
        "this very answer came in an earlier login",
        "samma svar kom redan i en tidigare inloggning",
        at=response.at(),
        actual=response.id,
    )
