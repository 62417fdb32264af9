"""What a page is made of, as far as a login cares. `forms` reads pages into these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from idptest.model.flow import PageSummary

TEXT_KINDS = frozenset({"text", "email", "password", "tel", "number", "search", "url", "textarea", ""})
# The attribute by which a browser's copy of a page tells the elements of the page apart.
MARK = "data-idptest"
BUTTON_KINDS = frozenset({"submit", "image"})


@dataclass(frozen=True)
class Control:
    """A field or a submit button of a form.

    `values` are what a browser would submit when nobody touches the page: none for an unchecked box. `visible` is whether a person could
    see it; `noscript` marks what a browser with scripts never shows nor sends. A button's `value` is submitted with its name when it is
    pressed, `text` is what stands on it. `mark` is where a browser finds it in its page.
    """

    kind: str
    name: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    id: str = ""
    label: str = ""
    autocomplete: str = ""
    text: str = ""
    visible: bool = True
    readonly: bool = False
    noscript: bool = False
    action: str | None = None
    method: str | None = None
    enctype: str | None = None
    choices: tuple[str, ...] = ()
    mark: str = ""

    @property
    def is_button(self) -> bool:
        return self.kind in BUTTON_KINDS

    @property
    def is_text(self) -> bool:
        """Can a person type into it?"""
        return self.kind in TEXT_KINDS


@dataclass(frozen=True)
class Form:
    """`action` is absolute, None when it is no web address. `controls` in document order, disabled ones left out."""

    action: str | None
    method: str
    enctype: str
    controls: tuple[Control, ...]
    id: str = ""
    name: str = ""
    role: str = ""
    noscript: bool = False
    encoding: str = "utf-8"

    @property
    def fields(self) -> tuple[Control, ...]:
        return tuple(control for control in self.controls if not control.is_button)

    @property
    def buttons(self) -> tuple[Control, ...]:
        return tuple(control for control in self.controls if control.is_button)

    @property
    def shown(self) -> tuple[Control, ...]:
        """The fields that a person would see."""
        return tuple(control for control in self.fields if control.kind != "hidden" and control.visible and not control.noscript)


@dataclass(frozen=True)
class Link:
    """`mark` is where a browser finds it in its page."""

    text: str
    url: str | None
    mark: str = ""
    visible: bool = True


@dataclass(frozen=True)
class Refresh:
    """A meta refresh, or a Refresh header. `url` is absolute; the page's own when none is given."""

    seconds: float
    url: str


@dataclass(frozen=True)
class Page:
    """`text` has one line per block of visible text; `source` is the decoded HTML; `alerts` are visible texts marked up as errors.

    `runs_submit` says that a script of the page submits a form or presses a button; `scripted` that it has any script at all.
    """

    url: str
    title: str = ""
    heading: str = ""
    text: str = ""
    source: str = ""
    encoding: str = "utf-8"
    forms: tuple[Form, ...] = ()
    links: tuple[Link, ...] = ()
    refresh: Refresh | None = None
    alerts: tuple[str, ...] = ()
    runs_submit: bool = False
    scripted: bool = False
    loose_buttons: tuple[Control, ...] = field(default=())

    def summary(self) -> PageSummary:
        """The page as a person would describe it, for a report."""
        fields = [_describe(control) for form in self.forms for control in form.shown]
        buttons = [control.text or control.name for form in self.forms for control in form.buttons if control.visible]
        buttons += [control.text or control.name for control in self.loose_buttons if control.visible]
        return PageSummary(
            url=self.url,
            title=_short(self.title or self.heading),
            links=_few(link.text for link in self.links if link.text and link.visible),
            fields=_few(fields),
            buttons=_few(buttons),
        )


def _describe(control: Control) -> str:
    name = control.name or control.id
    return f"{name} ({control.label})" if control.label and name else control.label or name


def _short(text: str, length: int = 120) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= length else text[: length - 1] + "…"


def _few(texts: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for text in texts:
        if text and _short(text) not in kept:
            kept.append(_short(text))
        if len(kept) == 25:
            break
    return tuple(kept)
