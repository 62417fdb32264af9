"""What the registrar asks for, as a list to work through: what is missing, where it is written, and what goes into the form."""

from __future__ import annotations

from collections.abc import Iterator

from idptest.model.inspection import InspectionReport
from idptest.model.registration import FormField, Item, RequiredItem, WantedItem
from idptest.model.rule import Words
from idptest.reporters.style import clean

_HEAD = Words("Registration of {name} in Skolfederation", "Registrering av {name} i Skolfederation")
_GROUPS = (
    (RequiredItem, False, Words("Required, and missing in idptest.toml", "Krävs, och saknas i idptest.toml")),
    (WantedItem, False, Words("Wanted, and missing in idptest.toml", "Önskas, och saknas i idptest.toml")),
    (Item, True, Words("There", "Finns")),
)
_FORM = Words("In the federation's form, beside the file", "I federationens formulär, utöver filen")


def checklist(report: InspectionReport, lang: str) -> str:
    """The list, with a line's end; `report` is that of `registration.own_inspection` for a federation."""
    return "".join(f"{line}\n" for line in _lines(report, lang))


def _lines(report: InspectionReport, lang: str) -> Iterator[str]:
    asked = [item for kind in (RequiredItem, WantedItem) for item in report.inspection.all(kind) if isinstance(item, Item)]
    widest = max(len(_called(item, lang)) for item in asked)
    yield _HEAD.text(lang).format(name=clean(report.inspection.name))
    for kind, given, title in _GROUPS:
        found = [item for item in asked if isinstance(item, kind) and item.given is given]
        if found:
            yield from ("", f"  {title.text(lang)}")
            yield from (f"    {_called(item, lang).ljust(widest)}  {'' if given else item.key}".rstrip() for item in found)
    yield from ("", f"  {_FORM.text(lang)}")
    form = [fact for fact in report.inspection.facts if isinstance(fact, FormField)]
    widest = max(len(field.label.text(lang)) for field in form)
    yield from (f"    {field.label.text(lang).ljust(widest)}  {clean(str(field.value or '–'))}" for field in form)


def _called(item: Item, lang: str) -> str:
    return f"{item.name.text(lang)} ({item.element})"
