"""Rules about what an OpenID provider publishes: its discovery document."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.flow import IdpFacts
from idptest.model.inspection import Judged
from idptest.model.login import Login
from idptest.model.oidc import Discovery, Published, shown
from idptest.model.rule import Evidence, Level, Outcome, Text, Verdict, Words, failed, inconclusive, not_applicable, passed
from idptest.oidc import issuer as issuers
from idptest.saml.bindings import is_https, on_this_machine

_NEEDED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint", "registration_endpoint")
_LISTS = (
    "acr_values_supported",
    "claims_supported",
    "code_challenge_methods_supported",
    "grant_types_supported",
    "id_token_signing_alg_values_supported",
    "response_modes_supported",
    "response_types_supported",
    "scopes_supported",
    "subject_types_supported",
    "token_endpoint_auth_methods_supported",
    "ui_locales_supported",
    "userinfo_signing_alg_values_supported",
)
_FLAGS = (
    "authorization_response_iss_parameter_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
)
_HAS = "oidc-discovery/has-what-it-must"


def _asked(judged: Judged) -> str | None:
    """The issuer that the document was asked for; None where it is a file that nobody asked for."""
    if isinstance(judged, Login) and not judged.told("fetched"):
        return None
    found = judged.all(IdpFacts)
    return found[0].entity_id if found and isinstance(found[0], IdpFacts) else None


@check(
    Level.MUST,
    spec="OIDCDiscovery 4",
    fix="See that issuer in idptest.toml is the OP's own, letter for letter, and that issuer + /.well-known/openid-configuration answers with JSON to everybody: look at the proxy and the firewall.",
    sv=Text(
        "Discovery-dokumentet går att hämta",
        why="Där står var man loggar in, var nycklarna finns och vad OP:n klarar. Utan det går ingen klient att ställa in.",
        fix="Se till att issuer i idptest.toml är OP:ns egen, bokstav för bokstav, och att issuer + /.well-known/openid-configuration svarar med JSON till alla. Se över proxyn och brandväggen.",
    ),
)
def can_be_fetched(published: Published, judged: Judged) -> Outcome:
    """The discovery document can be fetched.

    It says where one logs in, where the keys are and what the OP can do. Without it no client can be set up.
    """
    if published.problem is None:
        return passed()
    asked = _asked(judged)
    why = _with(published.problem, issuers.misplaced(asked) if asked else None)
    if not published.reached:
        return inconclusive(why.en, why.sv, at=published.pointer)
    return failed(
        f"what is published is no discovery document: {why.en}",
        f"det som publiceras är inget discovery-dokument: {why.sv}",
        at=published.pointer,
    )


def _with(why: Words, hint: Words | None) -> Words:
    return Words(f"{why.en}; {hint.en}", f"{why.sv}; {hint.sv}") if hint else why


@check(
    Level.MUST,
    spec="OIDCDiscovery 3",
    fix="Publish every required field; products do so by themselves, so look at what a proxy or a template of your own takes away.",
    sv=Text(
        "Discovery-dokumentet innehåller allt som krävs",
        why="En tjänst läser adresser, nycklar och algoritmer där. Saknas något går klienten inte att ställa in.",
        fix="Publicera alla obligatoriska fält. Produkter gör det av sig själva, så se över om en proxy eller en egen mall tar bort något.",
    ),
)
def has_what_it_must(discovery: Discovery) -> Outcome:
    """The discovery document has all that it must have.

    A service reads addresses, keys and algorithms there. Where something is missing no client can be set up.
    """
    missing = tuple(name for name in _NEEDED if discovery.values.get(name) in (None, "", []))
    if not missing:
        return passed()
    return failed("the document lacks {actual}", "dokumentet saknar {actual}", at=discovery.pointer, actual=missing)


@check(
    Level.MUST,
    spec="OIDCDiscovery 4.3",
    fix="Let the OP call itself by one address, everywhere: the one that services are given, letter for letter, with or without a slash at the end.",
    sv=Text(
        "Utfärdaren (issuer) är den adress som dokumentet hämtades från",
        why="Tjänsten jämför bokstav för bokstav. Ett snedstreck på slutet för mycket, eller ett internt värdnamn, och inloggningen nekas.",
        fix="Låt OP:n kalla sig en och samma adress överallt: den som tjänsterna har fått, bokstav för bokstav, med eller utan snedstreck på slutet.",
    ),
)
def issuer_is_where_it_was_found(discovery: Discovery, judged: Judged) -> Outcome:
    """The issuer is the address that the document was fetched from.

    Services compare letter for letter. A slash too many at the end, or an inner host name, and the login is refused.
    """
    issuer = discovery.text("issuer")
    if issuer is None:
        return inconclusive("there is no issuer", "det finns ingen issuer", blocked_by=_HAS)
    asked = _asked(judged)
    if asked is None:
        return not_applicable("the file does not tell where it was fetched", "filen säger inte varifrån den hämtades")
    if issuer == asked:
        return passed()
    said = Words(
        "the document says that the issuer is {actual}, and we asked {expected}",
        "dokumentet säger att issuer är {actual}, men vi frågade {expected}",
    )
    said = _with(said, issuers.another(asked, issuer))
    return failed(said.en, said.sv, at=discovery.at("issuer"), actual=issuer[:300], expected=asked)


@check(
    Level.MUST,
    spec="OIDCDiscovery 3",
    fix="Write an https address without ? and # as the issuer, in the OP and in what services are given.",
    sv=Text(
        "Utfärdaren (issuer) är en https-adress utan frågedel och fragment",
        why="Allt som tjänsten litar på hämtas från den adressen. Utan TLS kan vem som helst på nätet svara i stället.",
        fix="Skriv en https-adress utan ? och # som issuer, i OP:n och i det som tjänsterna får.",
    ),
)
def issuer_is_an_https_address(discovery: Discovery) -> Outcome:
    """The issuer is an https address without query and fragment.

    All that a service trusts is fetched from there. Without TLS anybody on the network can answer instead.
    """
    issuer = discovery.text("issuer")
    if issuer is None:
        return inconclusive("there is no issuer", "det finns ingen issuer", blocked_by=_HAS)
    if (is_https(issuer) or on_this_machine(issuer)) and "?" not in issuer and "#" not in issuer:
        return passed()
    return failed("the issuer is {actual}", "issuer är {actual}", at=discovery.at("issuer"), actual=issuer[:300], expected="https://…")


@check(
    Level.NOTE,
    spec="OpenID Connect RP-Initiated Logout 1.0, 2.1",
    fix="Turn RP-initiated logout on in the OP, so that it publishes end_session_endpoint.",
    sv=Text(
        "Discovery-dokumentet säger var man loggar ut (end_session_endpoint)",
        why="På en delad dator är nästa elev annars kvar i den förras session. Ingen profil kräver det.",
        fix="Slå på RP-initierad utloggning i OP:n, så att den anger end_session_endpoint.",
    ),
)
def says_where_one_logs_out(discovery: Discovery) -> Outcome:
    """The discovery document says where one logs out (end_session_endpoint).

    Otherwise the next pupil at a shared computer is left in the last one's session. No profile demands it.
    """
    if not discovery.values:
        return inconclusive("there is no discovery document to read", "det finns inget discovery-dokument att läsa", blocked_by=_HAS)
    if discovery.text("end_session_endpoint"):
        return passed()
    return failed(
        "the discovery document has no end_session_endpoint", "discovery-dokumentet saknar end_session_endpoint", at=discovery.pointer
    )


@check(
    Level.MUST,
    spec="OIDCDiscovery 3; OIDCCore 16.17",
    fix="Let every address in the document begin with https: the product's own address, and the proxy's headers.",
    sv=Text(
        "Alla adresser i discovery-dokumentet är https",
        why="Dit skickas lösenord, koder och klientens hemlighet. Utan TLS läser vem som helst på nätet dem.",
        fix="Låt varje adress i dokumentet börja med https. Se över produktens egen adress och de huvuden som proxyn sätter.",
    ),
)
def addresses_are_https(discovery: Discovery) -> Outcome:
    """Every address in the discovery document is https.

    Passwords, codes and the client's secret are sent there. Without TLS anybody on the network reads them.
    """
    there = [(name, discovery.values[name]) for name in _ADDRESSES if name in discovery.values]
    if not there:
        return inconclusive("there is no address in it", "det innehåller ingen adress", blocked_by=_HAS)
    wrong = [name for name, url in there if not isinstance(url, str) or not (is_https(url) or on_this_machine(url))]
    if not wrong:
        return passed()
    words = Words("{actual} is no https address", "{actual} är ingen https-adress")
    return Outcome(Verdict.FAIL, words, tuple(Evidence(discovery.at(name), name, shown(discovery.values[name])) for name in wrong))


@check(
    Level.SHOULD,
    spec="OIDCDiscovery 3",
    fix="Write lists as JSON arrays of strings, and true and false without quotation marks.",
    sv=Text(
        "Fälten i discovery-dokumentet har rätt typ",
        why='Bibliotek är strikta: "true" inom citattecken räknas som falskt, och en text där det ska vara en lista får dem att ge upp.',
        fix="Skriv listor som JSON-listor med texter, och true och false utan citattecken.",
    ),
)
def members_have_their_types(discovery: Discovery) -> Outcome:
    """The fields of the discovery document are of the right type.

    Libraries are strict: "true" in quotation marks counts as false, and a text where a list should be makes them give up.
    """
    if not discovery.values:
        return inconclusive("there is no field in it", "det innehåller inget fält", blocked_by=_HAS)
    wrong = [name for name in _LISTS if name in discovery.values and discovery.texts(name) is None]
    wrong += [name for name in _FLAGS if name in discovery.values and not isinstance(discovery.values[name], bool)]
    if not wrong:
        return passed()
    words = Words("{actual} has the wrong type", "{actual} har fel typ")
    return Outcome(Verdict.FAIL, words, tuple(Evidence(discovery.at(name), name) for name in wrong))


@check(
    Level.MUST,
    spec="OIDCDiscovery 3; OIDCCore 3.1",
    fix="Let the OP offer response_type code, for this client too.",
    sv=Text(
        "OP:n erbjuder kodflödet",
        why="Det är det enda flöde som svenska profiler tillåter, och det enda där ingen token går genom adressraden.",
        fix="Låt OP:n erbjuda response_type code, också för den här klienten.",
    ),
)
def offers_the_code_flow(discovery: Discovery) -> Outcome:
    """The OP offers the code flow.

    It is the only one that Swedish profiles allow, and the only one in which no token passes through the address bar.
    """
    listed = discovery.texts("response_types_supported")
    if listed is None:
        return inconclusive("it does not say what it offers", "det säger inte vad som erbjuds", blocked_by=_HAS)
    if "code" in listed:
        return passed()
    at = discovery.at("response_types_supported")
    return failed(
        "response_types_supported lists {actual}", "response_types_supported anger {actual}", at=at, actual=listed, expected="code"
    )


@check(
    Level.MUST,
    spec="OIDCDiscovery 3",
    fix="Add RS256 to the algorithms that the OP signs ID Tokens with; every client knows it.",
    sv=Text(
        "OP:n kan signera ID-token med RS256",
        why="Det är den algoritm som varje klient måste klara, och den som gäller när inget annat är överenskommet.",
        fix="Lägg till RS256 bland de algoritmer som OP:n signerar ID-token med. Alla klienter klarar den.",
    ),
)
def offers_rs256(discovery: Discovery) -> Outcome:
    """The OP can sign ID Tokens with RS256.

    It is the algorithm that every client knows, and the one that holds where nothing else is agreed.
    """
    name = "id_token_signing_alg_values_supported"
    listed = discovery.texts(name)
    if listed is None:
        return inconclusive("it does not say which algorithms it has", "det säger inte vilka algoritmer som finns", blocked_by=_HAS)
    if "RS256" in listed:
        return passed()
    return failed(f"{name} lists {{actual}}", f"{name} anger {{actual}}", at=discovery.at(name), actual=listed, expected="RS256")


@check(
    Level.SHOULD,
    spec="RFC 9700 2.1.1; RFC 8414 2",
    fix="Turn PKCE on in the OP, and let it list S256 in code_challenge_methods_supported.",
    sv=Text(
        "OP:n säger att den stöder PKCE med S256",
        why="PKCE hindrar att en stulen kod används av någon annan. Klienter slår på det först när OP:n säger att den stöder det.",
        fix="Slå på PKCE i OP:n, och låt den ange S256 i code_challenge_methods_supported.",
    ),
)
def offers_pkce_s256(discovery: Discovery) -> Outcome:
    """The OP says that it supports PKCE with S256.

    PKCE keeps a stolen code from being used by somebody else. Clients turn it on when the OP says that it can.
    """
    if not discovery.values:
        return inconclusive("there is no field in it", "det innehåller inget fält", blocked_by=_HAS)
    name = "code_challenge_methods_supported"
    listed = discovery.one_or_more(name)
    if "S256" in listed:
        return passed()
    if not listed:
        return failed(f"the discovery document has no {name}", f"discovery-dokumentet saknar {name}", at=discovery.pointer, expected="S256")
    return failed(f"{name} lists {{actual}}", f"{name} anger {{actual}}", at=discovery.at(name), actual=listed, expected="S256")


@check(
    Level.SHOULD,
    source="https://www.oidc.se/specifications/swedish-oidc-profile.html section 5.2 (read 2026-11)",
    fix="List the levels that the OP can answer in acr_values_supported, letter for letter: http://id.swedenconnect.se/loa/1.0/uncertified-loa3 for an e-legitimation at level 3.",
    sv=Text(
        "De nivåer som OP:n anger är värden som någon har definierat",
        why="Tjänsten frågar efter värden därifrån. Ett hemmagjort eller felstavat värde känner ingen igen, och läraren kommer inte in.",
        fix="Ange de nivåer som OP:n kan svara med i acr_values_supported, bokstav för bokstav: http://id.swedenconnect.se/loa/1.0/uncertified-loa3 för en e-legitimation på nivå 3.",
    ),
)
def levels_are_known_values(discovery: Discovery) -> Outcome:
    """The levels that the OP lists are values that somebody has defined.

    Services ask for values from that list. One that is made up, or misspelt, matches nothing, and the teacher is not let in.
    """
    from idptest import catalogue

    listed = discovery.texts("acr_values_supported")
    if not listed:
        return not_applicable("acr_values_supported lists nothing", "acr_values_supported anger inget")
    # Keycloak and others list their own small numbers beside what they are configured with: no address, and no misspelling.
    unknown = next((value for value in listed if ":" in value and catalogue.assurance().value(value) is None), None)
    if unknown is None:
        return passed()
    near = catalogue.assurance().nearest(unknown)
    return failed(
        "{actual} is in no published list" + ("; is {expected} meant?" if near else ""),
        "{actual} finns inte på någon publicerad lista" + ("; menas {expected}?" if near else ""),
        at=discovery.at("acr_values_supported"),
        actual=unknown[:200],
        expected=near.uri if near else None,
    )
