"""A page's bytes to its forms, and a form filled in to the request a browser would send. Nothing here raises for what a peer sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from idptest.login.charset import decode
from idptest.login.elements import disabled, marked, outermost_form, text_of, visible, within
from idptest.login.page import MARK, Control, Form, Link, Page, Refresh
from idptest.login.urls import resolve, split
from idptest.model.flow import HttpRequest, Pairs

URLENCODED = "application/x-www-form-urlencoded"

_MAX_BYTES, _MAX_TEXT, _MAX_CONTROLS, _MAX_NAMED = 2_000_000, 50_000, 2_000, 500
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SUBMITS = re.compile(r"\.\s*(submit|requestSubmit|click)\s*\(|\[\s*[\"']submit[\"']\s*\]")


def read_page(url: str, body: bytes, content_type: str | None = None, refresh: str | None = None) -> Page:
    """The page at `url`. `refresh` is a Refresh header. What is not HTML gives a page without forms; never raises."""
    source, encoding = decode(body[:_MAX_BYTES], content_type)
    own = _refresh(refresh, url, url) if refresh else None
    root = _parse(source)
    if root is None:
        return Page(url, source=source, text=source.strip()[:_MAX_TEXT], encoding=encoding, refresh=own)
    return _Reader(url, source, encoding, root).page(own)


def _parse(source: str) -> Any:
    if "<" not in source:
        return None
    import lxml.html  # costs 40 ms, and most commands read no page

    # lxml has no types, so Any. huge_tree, because the usual limit of 256 levels loses the whole page; its size is bounded already.
    # As UTF-8 bytes, because lxml refuses text that names an encoding in an XML declaration.
    html: Any = lxml.html
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    try:
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (html.etree.LxmlError, ValueError, AssertionError, IndexError):
        return None


def submission(form: Form, fills: Mapping[str, str], button: Control | None = None) -> HttpRequest | None:
    """The request that a browser sends for the form, with `fills` (by field name) typed in and `button` pressed.

    Radio buttons and boxes take a fill as the value to be chosen. GET replaces the action's query, POST gives `form` pairs (WHATWG HTML
    4.10.22). None when the form goes to no web address, or in an encoding other than urlencoded.
    """
    action = button.action if button and button.action is not None else form.action
    method = (button.method if button and button.method else form.method).upper()
    enctype = button.enctype if button and button.enctype else form.enctype
    parts = split(action) if action else None
    if action is None or parts is None or (method == "POST" and enctype != URLENCODED) or method not in ("GET", "POST"):
        return None
    pairs: list[tuple[str, str]] = []
    for control in form.controls:
        if control is button:
            pairs += _pressed(control)
        elif control.name and not control.is_button and not control.noscript:
            pairs += [(control.name, _newlines(value)) for value in _values(control, fills)]
    if method == "POST":
        return HttpRequest("POST", action, form=tuple(pairs))
    return HttpRequest("GET", action.partition("?")[0] + "?" + encode(tuple(pairs), form.encoding).decode("ascii"))


def encode(pairs: Pairs, encoding: str = "utf-8") -> bytes:
    """Pairs as a urlencoded body in the page's encoding; what that lacks is sent as `&#…;`, as browsers do. WHATWG URL 5.2."""

    def one(text: str) -> str:
        return quote_plus(text.encode(encoding, "xmlcharrefreplace"), safe="*-._").replace("~", "%7E")

    try:
        return "&".join(f"{one(name)}={one(value)}" for name, value in pairs).encode("ascii")
    except (UnicodeError, LookupError):
        return encode(tuple((_sound(name), _sound(value)) for name, value in pairs))


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _pressed(control: Control) -> list[tuple[str, str]]:
    if control.kind == "image":
        prefix = control.name + "." if control.name else ""
        return [(prefix + "x", "0"), (prefix + "y", "0")]
    return [(control.name, control.value)] if control.name else []


def _values(control: Control, fills: Mapping[str, str]) -> tuple[str, ...]:
    if control.name not in fills or control.kind == "hidden":
        return control.values
    fill = fills[control.name]
    if control.kind in ("radio", "checkbox"):
        return (control.value,) if control.value == fill else ()
    return (fill,)


def _newlines(value: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", value)


def _refresh(content: str, url: str, base: str) -> Refresh:
    """`5; url=/next` as seconds and an absolute URL, the page's own when it names none. WHATWG HTML 4.2.5.3."""
    found = re.match(r"\s*(\d{0,8})[.\d]*\s*[;,]?\s*(?:url\s*=\s*)?(.*)", content, re.IGNORECASE | re.DOTALL)
    seconds, target = (found.group(1), found.group(2).strip()) if found else ("", "")
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return Refresh(float(seconds or 0), (resolve(base, target) or url) if target else url)


class _Reader:
    """Reads one parsed page. lxml elements are Any."""

    def __init__(self, url: str, source: str, encoding: str, root: Any) -> None:
        self.url, self.source, self.encoding, self.root = url, source, encoding, root
        self.elements: list[Any] = [element for element in root.iter() if isinstance(element.tag, str)]
        base = next((element.get("href") for element in self.elements if element.tag == "base" and element.get("href")), None)
        self.base = (resolve(url, base) or url) if base else url
        if split(self.base) is None:
            self.base = url
        labels = [element for element in self.elements if element.tag == "label" and element.get("for")]
        self.labels = {element.get("for"): text_of(element) for element in labels[:_MAX_NAMED]}
        self.ids = {element.get("id"): element for element in self.elements if element.get("id")}

    def page(self, refresh: Refresh | None) -> Page:
        scripts = [element for element in self.elements if element.tag == "script"]
        onload = next((element.get("onload") for element in self.elements if element.tag == "body" and element.get("onload")), "")
        forms, loose = self.forms()
        return Page(
            url=self.url,
            title=self.first("title"),
            heading=next(filter(None, map(self.first, _HEADINGS)), ""),
            text=text_of(self.root, lines=True)[:_MAX_TEXT],
            source=self.source,
            encoding=self.encoding,
            forms=forms,
            links=tuple(self.links()),
            refresh=refresh or self.meta_refresh(),
            alerts=self.alerts(),
            runs_submit=bool(onload) or _runs_submit([element.text or "" for element in scripts]),
            scripted=bool(scripts),
            loose_buttons=loose,
        )

    def first(self, tag: str) -> str:
        return next((text for element in self.elements if element.tag == tag and (text := text_of(element))), "")

    def meta_refresh(self) -> Refresh | None:
        metas = [element for element in self.elements if element.tag == "meta" and not within(element, "noscript")]
        contents = [element.get("content") or "" for element in metas if (element.get("http-equiv") or "").strip().lower() == "refresh"]
        return _refresh(contents[0], self.url, self.base) if contents else None

    def links(self) -> Iterable[Link]:
        anchors = [element for element in self.elements if element.tag == "a" and element.get("href") is not None]
        for element in anchors[:_MAX_NAMED]:
            if not within(element, "noscript"):
                text = text_of(element) or (element.get("aria-label") or element.get("title") or "").strip() or self.alternative(element)
                yield Link(text, resolve(self.base, element.get("href")), element.get(MARK) or "", visible(element))

    def alternative(self, element: Any) -> str:
        return next((image.get("alt").strip() for image in element.iter("img") if image.get("alt")), "")

    def alerts(self) -> tuple[str, ...]:
        found: list[str] = []
        whole = ("form", "body", "html", "input", "label", "button")
        candidates = [element for element in self.elements if element.tag not in whole and marked(element)]
        for element in candidates[:50]:
            if visible(element):
                holds_field = any(child.tag in ("input", "textarea", "form") and child.get("type") != "hidden" for child in element.iter())
                text = "" if holds_field else text_of(element)
                if text and len(text) < 600 and not any(text in other for other in found):
                    found.append(text)
        return tuple(found[:5])

    def forms(self) -> tuple[tuple[Form, ...], tuple[Control, ...]]:
        """The forms, and buttons that belong to none. A form within a form is part of the outer one, as for browsers."""
        elements = [each for each in self.elements if each.tag == "form" and not within(each, "form") and not within(each, "template")]
        elements = elements[:_MAX_NAMED]
        controls: dict[Any, list[Control]] = {element: [] for element in elements}
        loose: list[Control] = []
        count = 0
        for element in self.elements:
            if element.tag not in ("input", "select", "textarea", "button") or count >= _MAX_CONTROLS:
                continue
            control = self.control(element)
            if control is None:
                continue
            count += 1
            owner = self.ids.get(element.get("form")) if element.get("form") else outermost_form(element)
            if owner is not None and owner in controls:
                controls[owner].append(control)
            elif control.is_button and not control.noscript:
                loose.append(control)
        return tuple(self.form(element, controls[element]) for element in elements), tuple(loose)

    def form(self, element: Any, controls: list[Control]) -> Form:
        return Form(
            action=self.action(element.get("action")),
            method=_method(element.get("method")),
            enctype=_enctype(element.get("enctype")),
            controls=_one_radio(controls),
            id=element.get("id") or "",
            name=element.get("name") or "",
            role=(element.get("role") or "").lower(),
            noscript=within(element, "noscript"),
            encoding=self.encoding,
        )

    def action(self, given: str | None) -> str | None:
        """An empty action is the page itself, whatever <base> says. WHATWG HTML 4.10.22.3 step 12."""
        target = resolve(self.base, given) if given and given.strip() else self.url.partition("#")[0]
        return target if target and split(target) else None

    def control(self, element: Any) -> Control | None:
        kind = {"select": "select", "textarea": "textarea"}.get(element.tag) or (
            element.get("type") or ("submit" if element.tag == "button" else "text")
        ).strip().lower()
        if kind in ("button", "reset", "file") or disabled(element) or within(element, "datalist") or within(element, "template"):
            return None
        if element.tag == "button" and kind not in ("submit",):
            kind = "submit"  # an invalid type is the default one
        value, values, choices = self.value(element, kind)
        pressable = kind in ("submit", "image")
        default_text = "" if element.get("value") is not None else "Submit"
        text = (text_of(element) if element.tag == "button" else value or element.get("alt") or default_text) if pressable else ""
        return Control(
            kind=kind,
            name=element.get("name") or "",
            value=value,
            values=() if pressable else values,
            id=element.get("id") or "",
            label=self.label(element),
            autocomplete=(element.get("autocomplete") or "").lower(),
            text=text or (self.label(element) or self.alternative(element) if pressable else ""),
            visible=visible(element),
            readonly=element.get("readonly") is not None,
            noscript=within(element, "noscript"),
            action=self.action(element.get("formaction")) if pressable and element.get("formaction") else None,
            method=_method(element.get("formmethod")) if pressable and element.get("formmethod") else None,
            enctype=_enctype(element.get("formenctype")) if pressable and element.get("formenctype") else None,
            choices=choices,
            mark=element.get(MARK) or "",
        )

    def value(self, element: Any, kind: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """The value attribute, the values submitted when untouched, and what can be chosen."""
        if kind == "textarea":
            text = (element.text or "").removeprefix("\n")
            return text, (text,), ()
        if kind == "select":
            return self.select(element)
        value = element.get("value") or ""
        if kind in ("checkbox", "radio"):
            value = element.get("value") if element.get("value") is not None else "on"
            return value, (value,) if element.get("checked") is not None else (), (value,)
        return value, (value,), ()

    def select(self, element: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        options = [option for option in element.iter("option") if option.get("disabled") is None and not disabled(option, "optgroup")]
        values = [option.get("value") if option.get("value") is not None else text_of(option) for option in options]
        selected = [value for option, value in zip(options, values, strict=True) if option.get("selected") is not None]
        if element.get("multiple") is None:
            selected = (selected or values[:1])[-1:]
        return (selected[0] if selected else ""), tuple(selected), tuple(values)

    def label(self, element: Any) -> str:
        wrapping = next((ancestor for ancestor in element.iterancestors("label")), None)
        named = [self.ids[each] for each in (element.get("aria-labelledby") or "").split() if each in self.ids]
        candidates = (
            self.labels.get(element.get("id")) if element.get("id") else None,
            text_of(wrapping) if wrapping is not None else None,
            element.get("aria-label"),
            " ".join(text_of(each) for each in named),
            element.get("placeholder"),
            element.get("title"),
        )
        return next((re.sub(r"\s+", " ", text).strip()[:200] for text in candidates if text and text.strip()), "")


def _runs_submit(scripts: list[str]) -> bool:
    """Does a script submit a form as the page loads? A named function that submits counts only where some script calls it: others wait
    for a click."""
    code = "\n".join(scripts)[:200_000]
    for script in scripts:
        if _SUBMITS.search(script):
            names = re.findall(r"function\s+(\w{1,80})\s*\(", script)
            if not names or any(len(re.findall(rf"\b{name}\b\s*(?:\(|;)", code)) > 1 for name in names[:20]):
                return True
    return False


def _one_radio(controls: list[Control]) -> tuple[Control, ...]:
    """Of radio buttons with one name, browsers keep the last checked."""
    last = {control.name: index for index, control in enumerate(controls) if control.kind == "radio" and control.values}
    return tuple(
        control if control.kind != "radio" or not control.values or last[control.name] == index else replace(control, values=())
        for index, control in enumerate(controls)
    )


def _method(given: str | None) -> str:
    return {"post": "POST", "dialog": "DIALOG"}.get((given or "").strip().lower(), "GET")


def _enctype(given: str | None) -> str:
    kind = (given or "").strip().lower()
    return kind if kind in ("multipart/form-data", "text/plain") else URLENCODED
