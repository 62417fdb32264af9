"""The few fixed words of reports, in Swedish and English, and values as a reader may see them."""

from __future__ import annotations

from idptest.identifiers.masking import mask
from idptest.model.rule import Evidence, Personal, Value, Words

WORDS = {
    "fine": Words("FINE", "KLART"),
    "not-fine": Words("NOT FINE", "INTE KLART"),
    "not-judged": Words("COULD NOT BE JUDGED", "KUNDE INTE BEDÖMAS"),
    "teacher": Words("teacher", "lärare"),
    "pupil": Words("pupil", "elev"),
    "do-this": Words("Do this", "Gör så här"),
    "seen-in": Words("Seen in", "Syns i"),
    "should-be": Words("As it should be", "Så ska det vara"),
    "level": Words("level", "nivå"),
    "values": Words("values", "värden"),
    "why": Words("Why", "Varför"),
    "step": Words("step", "steg"),
    "asked": Words("Asked for", "Bad om"),
    "got": Words("Got", "Fick"),
    "no-level": Words("no particular level", "ingen särskild nivå"),
    "new-login": Words("a new login", "ny inloggning"),
    "saved": Words("Saved", "Sparat"),
    "more": Words("more", "mer"),
    "should-look": Words("Worth a look", "Bör ses över"),
    "notes": Words("To know", "Bra att veta"),
    "not-settled": Words("Could not be settled", "Gick inte att avgöra"),
    "waived": Words("Accepted for now", "Accepterat tills vidare"),
    "hold": Words("hold", "håller"),
    "page": Words("The page", "Sidan"),
    "untrusted": Words(
        "No signature vouches for what is judged here: anybody could have written it.",
        "Ingen signatur står bakom det som bedöms här: vem som helst kan ha skrivit det.",
    ),
    "skew": Words("clock skew allowed", "tillåten klockskillnad"),
}


def word(key: str, lang: str) -> str:
    return WORDS[key].text(lang)


def shown(value: Value, lang: str, show: bool) -> str | int | float | bool | list[object] | None:
    """A value of evidence as JSON may hold it: masked unless `show`."""
    if isinstance(value, Personal):
        return value.value if show else mask(value.value, lang)
    if isinstance(value, tuple):
        return [shown(item, lang, show) for item in value]
    return value


def said(value: Value, lang: str, show: bool) -> str:
    """The same in running text."""
    plain = shown(value, lang, show)
    if isinstance(plain, list):
        return ", ".join(str(item) for item in plain)
    return "–" if plain is None else str(plain)


def message(words: Words | None, evidence: tuple[Evidence, ...], lang: str, show: bool) -> str:
    """The finding's message with `{actual}` and `{expected}` filled in."""
    if words is None:
        return ""
    text = words.text(lang)
    if evidence:
        # Not str.format: what a peer sent may hold braces.
        for name, value in (("{actual}", evidence[0].actual), ("{expected}", evidence[0].expected)):
            if name in text:
                text = said(value, lang, show).join(text.split(name))
    return text
