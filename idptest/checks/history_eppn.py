"""Rules about the EPPN beside the baseline's: it never changes."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.checks.history_answer import OTHER_PROTOCOL
from idptest.model.history import Change, History, Identifier
from idptest.model.rule import Level, Outcome, Text, Verdict, Words, inconclusive, passed

_NEVER_CHANGES = (
    "SWAMID's SAML WebSSO profile 5.5.3, which Skolfederation's is derived from: not reassigned; "
    "https://github.com/skolverket/dnp-usermanagement/blob/main/provisioning-api/dnp-provisioning-api.yaml (read 2026-11): persistent"
)
_EDUPERSON = "eduPerson 202208, 2.2.8"
_NUMBER = "history-eppn/number-of-values-is-unchanged"


@check(
    Level.MUST,
    source=_NEVER_CHANGES,
    fix="Undo it in the IdP before anybody logs in: to every service these are new people, without their accounts and work. "
    "If it is meant, tell the services and the register first, and write it in expected-changes.toml.",
    sv=Text(
        "EPPN är detsamma som förut, bortsett från stora och små bokstäver",
        why="Tjänsterna känner igen personen på EPPN och på inget annat. Ett nytt EPPN är en ny person, utan konto och utan sitt arbete.",
        fix="Ändra tillbaka i IdP:n innan någon loggar in: för varje tjänst är det här nya personer, utan konton och arbete. "
        "Är det meningen, säg till tjänsterna och registret först, och skriv in det i expected-changes.toml.",
    ),
)
def eppn_is_unchanged(change: Change, history: History) -> Outcome:
    """The EPPN is the same as before, letter case aside.

    Services know the person by the EPPN and by nothing else. A new EPPN is a new person, without account and without their work.
    """
    was, now = change.was.only_eppn, change.now.only_eppn
    if was is None or now is None:
        return inconclusive("there is not one EPPN on both sides", "det finns inte ett EPPN på båda sidor", blocked_by=_NUMBER)
    outcomes = [_outcome(kind, was, now, history) for kind in change.kinds if kind in _KINDS_OF_CHANGE]
    return _worst(outcomes)


_KINDS_OF_CHANGE = ("eppn-encoding", "eppn-guid", "eppn-scope", "eppn-value")


def _outcome(kind: str, was: Identifier, now: Identifier, history: History) -> Outcome:
    says = _what_happened(kind, was, now)
    en, sv = f"{says.en}: {{expected}} → {{actual}}", f"{says.sv}: {{expected}} → {{actual}}"
    to = _scope(now) if kind == "eppn-scope" else " ".join(now.readings[0].forms) if kind == "eppn-encoding" else None
    return history.changed(kind, en, sv, was=was.shown, now=now.shown, to=to)


def _scope(identifier: Identifier) -> str | None:
    return identifier.value.partition("@")[2] if identifier.value else None


def _what_happened(kind: str, was: Identifier, now: Identifier) -> Words:
    if kind == "eppn-encoding" and (same := now.same_guid_as(was)):
        before, after = (" + ".join(reading.forms) for reading in same)
        return Words(
            f"the same person and the same GUID in another form ({before} before, {after} now)",
            f"samma person och samma GUID i annan form ({before} förut, {after} nu)",
        )
    if kind == "eppn-guid":
        return Words(
            "another GUID: an account that was deleted and created anew, another directory, or another source attribute",
            "ett annat GUID: ett konto som har tagits bort och skapats på nytt, en annan katalog eller ett annat källattribut",
        )
    if kind == "eppn-scope":
        if now.scope is None:
            return Words("the scope is gone", "scopet är borta")
        if was.scope is None:
            return Words("a scope has come, where there was none", "ett scope har tillkommit, där det inte fanns något")
        return Words("the scope is another", "scopet är ett annat")
    old, new = _KINDS.get(was.kind, _KINDS["unknown"]), _KINDS.get(now.kind, _KINDS["unknown"])
    if old == new:
        return Words(f"another value ({new.en})", f"ett annat värde ({new.sv})")
    return Words(f"another value ({old.en} before, {new.en} now)", f"ett annat värde ({old.sv} förut, {new.sv} nu)")


_KINDS = {
    "objectguid": Words("a GUID", "ett GUID"),
    "upn-or-mail": Words("account name or e-mail address", "kontonamn eller e-postadress"),
    "personnummer": Words("personal identity number", "personnummer"),
    "sid": Words("objectSid", "objectSid"),
    "language-artifact": Words("the name of an array, printed", "namnet på en array, utskrivet"),
    "damaged-text": Words("bytes read as text", "byte lästa som text"),
    "unknown": Words("nothing that is known", "inget känt"),
}


def _worst(outcomes: list[Outcome]) -> Outcome:
    """The first that was not expected, else the first."""
    return next((found for found in outcomes if found.verdict is Verdict.FAIL), outcomes[0] if outcomes else passed())


@check(
    Level.SHOULD,
    spec=_EDUPERSON,
    fix="Let the IdP write the value as before. Some services tell capital letters from small ones, and meet a new person.",
    sv=Text(
        "EPPN har samma stora och små bokstäver som förut",
        why="Standarden säger att skiftläget inte räknas, men en del tjänster jämför tecken för tecken.",
        fix="Låt IdP:n skriva värdet som förut. En del tjänster skiljer på stora och små bokstäver, och möter då en ny person.",
    ),
)
def letter_case_is_unchanged(change: Change, history: History) -> Outcome:
    """The EPPN has the same capital and small letters as before.

    By the standard case does not matter, but some services compare character by character.
    """
    was, now = change.was.only_eppn, change.now.only_eppn
    if was is None or now is None:
        return inconclusive("there is not one EPPN on both sides", "det finns inte ett EPPN på båda sidor", blocked_by=_NUMBER)
    if "eppn-case" not in change.kinds:
        return passed()
    return history.changed(
        "eppn-case",
        "only the letter case has changed: {expected} → {actual}",
        "bara stora och små bokstäver har ändrats: {expected} → {actual}",
        was=was.shown,
        now=now.shown,
    )


@check(
    Level.MUST,
    spec=_EDUPERSON,
    fix="See which rule in the IdP releases the attribute: none does any more, or two do, or a search matches two accounts.",
    sv=Text(
        "EPPN skickas med lika många värden som förut",
        why="Inget EPPN, eller två, och ingen tjänst vet vem personen är.",
        fix="Se vilken regel i IdP:n som skickar attributet: ingen gör det längre, eller två, eller så träffar sökningen två konton.",
    ),
)
def number_of_values_is_unchanged(change: Change, history: History) -> Outcome:
    """The EPPN is sent with as many values as before.

    With no EPPN, or with two, no service knows who the person is.
    """
    was, now = len(change.was.eppn), len(change.now.eppn)
    if "eppn-values" not in change.kinds:
        return passed()
    return history.changed(
        "eppn-values",
        "the number of EPPN values has changed: {expected} → {actual}",
        "antalet värden i EPPN har ändrats: {expected} → {actual}",
        was=was,
        now=now,
        to=str(now),
    )


@check(
    Level.MUST,
    source="https://github.com/keycloak/keycloak/issues/20614 (read 2026-11); Kantara SDP-IDP10",
    fix="Release the EPPN under the same Name and NameFormat as before: services look it up by both. Claim rules made anew by hand often lose NameFormat.",
    sv=Text(
        "EPPN skickas under samma Name och NameFormat som förut",
        why="Tjänster letar upp attributet på Name och NameFormat. Skickas det under annat namn finns det inte för dem.",
        fix="Skicka EPPN under samma Name och NameFormat som förut: tjänsterna letar upp det på båda. Regler som skapas om för hand tappar ofta NameFormat.",
    ),
)
def name_is_unchanged(change: Change, history: History) -> Outcome:
    """The EPPN is sent under the same Name and NameFormat as before.

    Services look the attribute up by Name and NameFormat; under another name it is not there for them.
    """
    was, now = change.was.eppn_names, change.now.eppn_names
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if not was or not now:
        return inconclusive("there is not one EPPN on both sides", "det finns inte ett EPPN på båda sidor", blocked_by=_NUMBER)
    if "eppn-name" not in change.kinds:
        return passed()
    before, after = (", ".join(f"{name} ({form or 'no NameFormat'})" for name, form in names) for names in (was, now))
    return history.changed(
        "eppn-name",
        "the EPPN has another Name or NameFormat: {expected} → {actual}",
        "EPPN har ett annat Name eller NameFormat: {expected} → {actual}",
        was=before,
        now=after,
    )
