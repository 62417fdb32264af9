"""What one identifier is made of, and what many of them have in common."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from idptest.identifiers import eppn, objectguid
from idptest.identifiers.objectguid import Reading
from idptest.model.rule import Words


@dataclass(frozen=True)
class Explanation:
    """`local` and `scope` are what stands before and after the "@"; `scope` is None where there is none.

    `readings` are those of `objectguid.readings`, the best first. `advice` says what to do, the most important first.
    """

    value: str
    local: str
    scope: str | None
    kind: str
    readings: tuple[Reading, ...]
    advice: tuple[Words, ...]

    @property
    def is_canonical(self) -> bool:
        return bool(self.readings) and self.readings[0].forms == ("canonical",)


_KIND_ADVICE = {
    "upn-or-mail": Words(
        "It looks like an account name or an e-mail address. Those change with the person's name, and may be given to somebody else later. "
        "Build the EPPN on objectGUID.",
        "Det ser ut som ett kontonamn eller en e-postadress. Sådana ändras när personen byter namn, och kan senare ges till någon annan. "
        "Bygg EPPN av objectGUID.",
    ),
    "personnummer": Words(
        "It holds a personal identity number. An EPPN is seen by every service: build it on objectGUID, and treat what has been sent as a "
        "privacy matter.",
        "Det innehåller ett personnummer. Alla tjänster ser EPPN: bygg det av objectGUID, och hantera det som redan har skickats som en "
        "personuppgiftsfråga.",
    ),
    "sid": Words(
        "It is objectSid, not objectGUID. A SID changes when the account moves to another domain.",
        "Det är objectSid, inte objectGUID. Ett SID ändras när kontot flyttas till en annan domän.",
    ),
    "language-artifact": Words(
        "A program has printed the name of an array instead of its content. Everybody gets the same value, or a new one at every login.",
        "Ett program har skrivit ut namnet på en array i stället för innehållet. Alla får samma värde, eller ett nytt vid varje inloggning.",
    ),
    "damaged-text": Words(
        "Bytes have been read as text, and some may be lost. Convert objectGUID to text where it is read from AD.",
        "Bytes har lästs som text, och en del kan ha gått förlorade. Gör om objectGUID till text där det läses från AD.",
    ),
    "unknown": Words(
        "It is no GUID in any form that is known. Ask what it is built on, and whether that ever changes.",
        "Det är inget GUID i någon känd form. Ta reda på vad det är byggt av, och om det någonsin ändras.",
    ),
}
_AS_IT_SHOULD_BE = Words("This is as it should be.", "Så här ska det se ut.")
_LOOKS_RIGHT = Words(
    "It looks as it should, but its bytes could also be in the wrong order: the version digit, which usually tells, fits both. "
    "Compare it with the account's objectGUID in AD.",
    "Det ser ut som det ska, men byteordningen kan också vara fel: versionssiffran, som brukar avgöra det, stämmer i båda fallen. "
    "Jämför med kontots objectGUID i AD.",
)
_ANOTHER_GUID = Words(
    "It is another GUID than the account's own. Entra ID's object ID is another one; so is that of an account that was deleted and created anew.",
    "Det är ett annat GUID än kontots eget. Objekt-id:t i Entra ID är ett sådant, liksom GUID:et på ett konto som har tagits bort och skapats på nytt.",
)
_NO_SCOPE = Words(
    "Without @ and a domain it is no EPPN; a local part is explained all the same.",
    "Utan @ och en domän är det inget EPPN; den lokala delen förklaras ändå.",
)


def explain(value: str, known: uuid.UUID | None = None) -> Explanation:
    """What `value`, an EPPN or the part of one before "@", is made of. `known` is the account's own objectGUID."""
    text = value.strip()
    # "[B@6d06d69c" is how Java prints an array
    local, at, scope = text.rpartition("@") if text.startswith("[") else text.partition("@")
    if not at:
        local, scope = text, ""
    readings = objectguid.readings(local, known)
    kind = "objectguid" if readings else objectguid.kind(local)
    return Explanation(value, local, scope if at else None, kind, readings, tuple(_advice(value, local, at, kind, readings, known)))


def _advice(value: str, local: str, at: str, kind: str, readings: tuple[Reading, ...], known: uuid.UUID | None) -> Iterable[Words]:
    if kind != "objectguid":
        yield _KIND_ADVICE[kind]
    elif known is not None and readings[0].confidence != objectguid.CERTAIN:
        yield _ANOTHER_GUID
    elif readings[0].forms == ("canonical",):
        yield _LOOKS_RIGHT if readings[0].confidence == objectguid.UNDECIDED else _AS_IT_SHOULD_BE
    else:
        best = readings[0].guid
        yield Words(f"Send {best} instead.", f"Skicka {best} i stället.")
    if known is not None and not (readings and readings[0].confidence == objectguid.CERTAIN):
        yield Words(f"The account's own is {known}.", f"Kontots eget är {known}.")
    wrong = eppn.fault(value) if at else None
    if wrong is not None and kind not in ("damaged-text", "language-artifact"):
        yield Words(f"It is no EPPN: {wrong.en}.", f"Det är inget EPPN: {wrong.sv}.")
    elif not at and kind == "objectguid":
        yield _NO_SCOPE


@dataclass
class Together:
    """What many values have in common. Counted one by one: `add` each, then `says`."""

    total: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    forms: Counter[tuple[str, ...]] = field(default_factory=Counter)
    twice: int = 0
    case_only: int = 0
    _seen: dict[str, str] = field(default_factory=dict)

    def add(self, found: Explanation) -> None:
        self.total += 1
        self.kinds[found.kind] += 1
        if found.readings:
            self.forms[found.readings[0].forms] += 1
        text = found.value.strip()
        folded = text.casefold()
        if folded not in self._seen:
            self._seen[folded] = text
        elif self._seen[folded] == text:
            self.twice += 1
        else:
            self.case_only += 1

    def says(self) -> Iterable[Words]:
        """One sentence for each kind and form, the most frequent first, then what must not be."""
        rows: list[tuple[int, Words]] = [(count, _form(forms)) for forms, count in self.forms.items()]
        rows += [(count, _KINDS[kind]) for kind, count in self.kinds.items() if kind != "objectguid"]
        for count, words in sorted(rows, key=lambda row: -row[0]):
            yield Words(f"{count} of {self.total}: {words.en}", f"{count} av {self.total}: {words.sv}")
        if self.twice:
            yield Words(
                f"{self.twice} stood there before: two people never share an EPPN.",
                f"{self.twice} har redan förekommit: två personer får aldrig ha samma EPPN.",
            )
        if self.case_only:
            yield Words(
                f"{self.case_only} differ from another by capital letters only: some services take them for the same person.",
                f"{self.case_only} skiljer sig från ett annat bara i stora och små bokstäver: en del tjänster tar dem för samma person.",
            )


_KINDS = {
    "upn-or-mail": Words("account name or e-mail address", "kontonamn eller e-postadress"),
    "personnummer": Words("personal identity number", "personnummer"),
    "sid": Words("objectSid", "objectSid"),
    "language-artifact": Words("the name of an array, printed", "namnet på en array, utskrivet"),
    "damaged-text": Words("bytes read as text", "bytes lästa som text"),
    "unknown": Words("no GUID, and nothing else that is known", "inget GUID, och inget annat som är känt"),
}


def _form(forms: tuple[str, ...]) -> Words:
    if forms == ("canonical",):
        return Words("GUID as it should be", "GUID så som det ska se ut")
    return Words(f"GUID as {', '.join(forms)}", f"GUID som {', '.join(forms)}")
