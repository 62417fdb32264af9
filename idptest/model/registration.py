"""Our own registration in a federation: what the registrar wants to know, and what the federation holds of us."""

from __future__ import annotations

from dataclasses import dataclass

from idptest.model.inspection import Fact, Part
from idptest.model.rule import Words
from idptest.model.sp import SpMetadata

TRIAL, PRODUCTION = ENVIRONMENTS = ("trial", "production")


@dataclass(frozen=True)
class Item(Part):
    """One thing that the registrar wants to know of a service. `element`: where in the metadata it stands; `key`: where in idptest.toml."""

    name: Words
    element: str
    key: str
    given: bool


class RequiredItem(Item):
    """The file is not accepted without it."""


class WantedItem(Item):
    """The registrar wants it, and takes the file without it."""


class FormField(Fact):
    """What is typed into the federation's form, beside the file."""


@dataclass(frozen=True)
class Registered(Part):
    """`ours`: what we would write today. `theirs`: what the federation holds under our entityID; None when it holds nothing.

    `source`: the feed's name, or the file or address that was read.
    """

    ours: SpMetadata
    theirs: SpMetadata | None
    source: str
