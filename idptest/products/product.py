"""What is known of one IdP product: how to recognise it, its login pages, its errors and what to change in it. Data only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from idptest.model.rule import Words
from idptest.products.reasons import REASONS

USERNAME = "username"
PASSWORD = "password"
ONE_TIME_CODE = "one-time-code"
E_LEG = "e-leg"
LITERAL = "text:"

TEXT = "text"
SOURCE = "source"


@dataclass(frozen=True)
class ErrorPattern:
    """A page that says no. `pattern` is a regular expression, case-insensitive, `^` and `$` at line ends.

    It is searched for in the title and the visible text, one line per block ("text"), or in the HTML itself ("source").
    `reason` may quote a group (`AADSTS\\1`); a group named `said` is what the page said. Without `words`, those of REASONS hold.
    """

    pattern: str
    reason: str
    words: Words | None = None
    where: str = TEXT

    def meaning(self) -> Words | None:
        """What an administrator should understand, or None where the reason is a code that nobody has put into words."""
        return self.words or REASONS.get(self.reason)


@dataclass(frozen=True)
class Step:
    """What to do on one page, from a product or from [[idp.….step]].

    The page is the one whose URL contains `url`, whose title or main heading is `title` (case and spaces do not matter) and that has
    a field named `field`; what is left out matches anything, but one of them must be given. `fill` maps field names to "username",
    "password", "one-time-code" or "text:…". `press` is the text, name or id of a button, or the text of a link. `wait` is how many seconds
    to let pass before that is done; a step that only waits then does what the page itself would do, or loads it anew.
    `factor` is what the step proves ("e-leg"); passwords and codes count by themselves.
    """

    url: str | None = None
    title: str | None = None
    field: str | None = None
    fill: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    press: str | None = None
    factor: str | None = None
    wait: float = 0


@dataclass(frozen=True)
class Halt:
    """A page that only a person gets past. `pattern` is a regular expression, searched for in the HTML.

    It holds where there is no form to fill in; with `first`, even where there is one.
    """

    pattern: str
    reason: str
    first: bool = False


@dataclass(frozen=True)
class Consent:
    """A page on which a person releases information to the service, certain to be that page and no other.

    `pattern` is searched for in the HTML; `accept` is the name or id of the button; `choose` are values of radio buttons, the best first.
    Boxes for remembering the choice are left empty without being named.
    """

    pattern: str
    accept: str
    choose: tuple[str, ...] = ()


@dataclass(frozen=True)
class Product:
    """One IdP product. All marks and `entity_id` are regular expressions.

    `metadata_marks` are searched for in the metadata or, of an OpenID provider, the discovery document; `page_marks` in a page's HTML,
    `header_marks` in "Name: value" lines of an answer. `built_on` is the product whose marks this one's metadata bears too. What to change in it stands in fixes/<id>.toml.
    """

    id: str
    name: str
    entity_id: str | None = None
    metadata_marks: tuple[str, ...] = ()
    page_marks: tuple[str, ...] = ()
    header_marks: tuple[str, ...] = ()
    errors: tuple[ErrorPattern, ...] = ()
    steps: tuple[Step, ...] = ()
    halts: tuple[Halt, ...] = ()
    consents: tuple[Consent, ...] = ()
    built_on: str | None = None
