"""The few fixed words of reports, in Swedish and English, and values as a reader may see them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from idptest.identifiers.masking import mask
from idptest.model.rule import Evidence, Personal, Value, Words

WORDS = {
    "fine": Words("FINE", "KLART"),
    "not-fine": Words("NOT FINE", "INTE KLART"),
    "fine-so-far": Words("FINE AS FAR AS THE FILE GOES", "KLART SÅ LÅNGT FILEN RÄCKER"),
    "not-judged": Words("COULD NOT BE JUDGED", "KUNDE INTE BEDÖMAS"),
    "teacher": Words("teacher", "lärare"),
    "pupil": Words("pupil", "elev"),
    "do-this": Words("Do this", "Gör så här"),
    "by": Words("By", "Enligt"),
    "unconfirmed": Words(
        "put together from public facts, not found in published documentation: try it in a test environment first",
        "hopsatt av offentliga uppgifter men inte hittat i publicerad dokumentation: prova först i en testmiljö",
    ),
    "your-domain": Words("write your own domain for exempelstad.se", "skriv er egen domän i stället för exempelstad.se"),
    "folded": Words("What to do about them", "Vad du gör åt dem"),
    "or-all": Words("or -v for all of it", "eller -v för allt"),
    "as-above": Words("the same change as under", "samma ändring som under"),
    "seen-in": Words("Seen in", "Syns i"),
    "should-be": Words("As it should be", "Så ska det vara"),
    "is": Words("Is", "Är"),
    "ought": Words("Should be", "Ska vara"),
    "source": Words("Source", "Källa"),
    "waits-for": Words("waits for", "väntar på"),
    "level": Words("level", "nivå"),
    "values": Words("values", "värden"),
    "why": Words("Why", "Varför"),
    "step": Words("step", "steg"),
    "discovery": Words("the discovery document", "discovery-dokumentet"),
    "asked": Words("Asked for", "Bad om"),
    "got": Words("Got", "Fick"),
    "no-level": Words("no particular level", "ingen särskild nivå"),
    "new-login": Words("a new login", "ny inloggning"),
    "signed": Words("the request signed", "frågan signerad"),
    "by-post": Words("by POST", "med POST"),
    "saved": Words("Saved", "Sparat"),
    "more": Words("more", "mer"),
    "should-look": Words("Worth a look", "Bör ses över"),
    "notes": Words("To know", "Bra att veta"),
    "expected": Words("As expected", "Som väntat"),
    "was": Words("Was", "Var"),
    "alike": Words("The same change for several accounts", "Samma ändring för flera konton"),
    "also": Words("Above, and true here too", "Gäller även här, se ovan"),
    "over-time": Words("over time", "över tid"),
    "not-settled": Words("Could not be settled", "Gick inte att avgöra"),
    "waivers": Words("Waivers", "Undantag"),
    "waiver": Words("Waiver", "Undantag"),
    "hold": Words("hold", "håller"),
    "page": Words("The page", "Sidan"),
    "says": Words("it says", "den säger"),
    "links": Words("links", "länkar"),
    "fields": Words("fields", "fält"),
    "buttons": Words("buttons", "knappar"),
    "say-what-to-choose": Words("say what to choose, in idptest.toml", "ange vad som ska väljas, i idptest.toml"),
    "untrusted": Words(
        "No signature vouches for what is judged here: anybody could have written it.",
        "Ingen signatur står bakom det som bedöms här: vem som helst kan ha skrivit det.",
    ),
    "not-told": Words("the file does not tell", "det säger filen inte"),
    "file-tells-not": Words("The file does not tell", "Filen säger inte"),
    "left-out": Words("Rules that need it are not judged; -v lists them.", "Regler som kräver det bedöms inte; -v visar vilka."),
    "own-time": Words(
        "The time of the login is not in the file: it is judged at the answer's own time of issue, so the IdP's clock is not tested.",
        "Tidpunkten för inloggningen står inte i filen. Den bedöms därför vid den tid då svaret säger sig vara utfärdat, och IdP:ns klocka prövas inte.",
    ),
    "seen-by": Words("What each service would see", "Vad varje tjänst skulle se"),
    "skew": Words("clock skew allowed", "tillåten klockskillnad"),
    "each-apart": Words("-v shows what was found in each.", "-v visar vad som hittades i var och en."),
    "kind-login": Words("login", "inloggning"),
    "kind-history": Words("login over time", "inloggning över tid"),
    "kind-metadata": Words("metadata", "metadata"),
    "kind-feed": Words("feed", "metadataflöde"),
    "kind-trace": Words("trace", "spårning"),
    "kind-preflight": Words("preflight", "förkontroll"),
    "kind-onboarding": Words("onboarding", "anslutning"),
}

_REQUEST = Words("which service asked, for what and when", "vilken tjänst som frågade, efter vad och när")
_OURS = Words(
    "what the person gave to log in, and what came in earlier logins",
    "vad personen angav för att logga in, och vad som kom i tidigare inloggningar",
)
_ACCOUNT = Words("whose account it is", "vems kontot är")
_DELIVERY = Words("where and how the answer was delivered", "vart och hur svaret levererades")
_OF_THE_REQUEST = {
    "sp_entity_id": Words("which service asked", "vilken tjänst som frågade"),
    "contexts": Words("which levels were asked for", "vilka nivåer som efterfrågades"),
    "force_authn": Words("whether a new login was asked for", "om en ny inloggning begärdes"),
    "relay_state": Words("RelayState", "RelayState"),
}


_OF_OPENID_CONNECT = {
    "issuer": Words("which OP was asked", "vilken OP som tillfrågades"),
    "discovery": Words("the OP's discovery document", "OP:ns discovery-dokument"),
    "keys": Words("the OP's keys: give the JWKS with --idp-metadata", "OP:ns nycklar: ange JWKS med --idp-metadata"),
    "answer": Words("what came back with the browser", "vad som kom tillbaka med webbläsaren"),
    "id_token": Words("the ID Token, which the service fetched itself", "ID-token, som tjänsten hämtade själv"),
    "token_answer": Words("the answer of the token endpoint", "svaret från token-endpointen"),
    "user_info": Words("UserInfo", "UserInfo"),
}


def not_told(missing: Collection[str], lang: str) -> list[str]:
    """What is missing in a file, by the names in `Flow.untold`: a few words each."""
    found = [_REQUEST] if "request_id" in missing else [words for name, words in _OF_THE_REQUEST.items() if name in missing]
    if "exchanges" in missing:
        found.append(_DELIVERY)
    if "issued_at" in missing and not {"request_id", "captured_at"} & set(missing):
        found.append(Words("when the service asked", "när tjänsten frågade"))
    found += [words for name, words in _OF_OPENID_CONNECT.items() if name in missing]
    if "seen_before" in missing:
        found.append(_OURS)
    if "account" in missing:
        found.append(_ACCOUNT)
    return [words.text(lang) for words in found]


def word(key: str, lang: str) -> str:
    return WORDS[key].text(lang)


_LONGEST, _MOST = 1000, 100  # characters of a value, and values in a list, that a report shows of what may be megabytes


def shown(value: Value, lang: str, show: bool) -> str | int | float | bool | list[object] | None:
    """A value of evidence as JSON may hold it: masked unless `show`, and what nobody reads to its end is cut."""
    if isinstance(value, Personal):
        return shortened(value.value) if show else mask(value.value, lang)
    if isinstance(value, tuple):
        more = [f"… {len(value) - _MOST} {word('more', lang)}"] if len(value) > _MOST else []
        return [*(shown(item, lang, show) for item in value[:_MOST]), *more]
    return shortened(value) if isinstance(value, str) else value


def shortened(text: str) -> str:
    """The text, or its beginning and how many characters it has in all."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)})"


def said(value: Value, lang: str, show: bool) -> str:
    """The same in running text."""
    plain = shown(value, lang, show)
    if isinstance(plain, list):
        return ", ".join(str(item) for item in plain)
    return "–" if plain is None else str(plain)


def message(words: Words | None, evidence: tuple[Evidence, ...], lang: str, show: bool) -> str:
    """The finding's message with `{actual}` and `{expected}` filled in."""
    return "".join(text for _, text in pieces(words, evidence, lang, show))


def pieces(words: Words | None, evidence: tuple[Evidence, ...], lang: str, show: bool) -> Iterator[tuple[bool, str]]:
    """The message in pieces: whether it is a value that was filled in, and the text."""
    if words is None:
        return
    # Not str.format, and both at once: what a peer sent may hold braces.
    for piece in re.split(r"(\{actual\}|\{expected\})", words.text(lang)):
        if evidence and piece in ("{actual}", "{expected}"):
            yield True, said(evidence[0].actual if piece == "{actual}" else evidence[0].expected, lang, show)
        elif piece:
            yield False, shortened(piece)
