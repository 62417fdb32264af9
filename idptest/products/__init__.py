"""One file per IdP product, and one in fixes/ for what to change in it. A new file that defines PRODUCT is found by itself; a file that does not is an error."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterable
from functools import cache

from idptest.errors import ConfigurationError
from idptest.model.rule import Rule, Words
from idptest.products.changes import GENERAL, OIDC, SAML, Fix, fixes_of
from idptest.products.product import Consent, ErrorPattern, Halt, Product, Step
from idptest.products.reasons import REASONS

__all__ = [
    "OIDC",
    "REASONS",
    "SAML",
    "Consent",
    "ErrorPattern",
    "Fix",
    "Halt",
    "Product",
    "Step",
    "code_in",
    "fix",
    "product",
    "products",
    "products_of_page",
    "reason_words",
    "recognise",
]

_NOT_PRODUCTS = frozenset({"changes", "fixes", "product", "reasons"})
# Codes as IdPs write them into messages.
_CODE = re.compile(r"\b(AADSTS\d{4,7}|MSIS\d{4,5})\b")


@cache
def products() -> tuple[Product, ...]:
    """All products, by id. An import error, a file without PRODUCT or with another id than its name raises: never fewer in silence."""
    found: list[Product] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name in _NOT_PRODUCTS:
            continue
        entry = getattr(importlib.import_module(f"{__name__}.{module.name}"), "PRODUCT", None)
        if not isinstance(entry, Product) or entry.id != module.name:
            raise TypeError(f"{__name__}.{module.name} must define PRODUCT, a Product with the id {module.name!r}")
        found.append(entry)
    return tuple(sorted(found, key=lambda entry: entry.id))


def product(product_id: str) -> Product:
    """The product with that id; ConfigurationError, naming those that exist, when there is none."""
    for entry in products():
        if entry.id == product_id:
            return entry
    known = ", ".join(entry.id for entry in products())
    raise ConfigurationError(
        f'there is no product "{product_id}"; known products are {known}', f'produkten "{product_id}" finns inte; de som finns är {known}'
    )


def known(product_id: str | None) -> Product | None:
    """The product with that id; None when there is none, as in a flow that a later idptest has saved."""
    return next((entry for entry in products() if entry.id == product_id), None)


def fix(rule: Rule, product_id: str | None, protocol: str = SAML) -> Fix:
    """What to change so that the rule holds: in this product where that is known, else in general. A rule of one protocol knows its own."""
    protocol = rule.protocol or protocol or SAML
    general = fixes_of(GENERAL, protocol).get(rule.id)
    entry = known(product_id)
    own = fixes_of(entry.id, protocol).get(rule.id) if entry else None
    if entry is None or own is None:
        words = Words(rule.en.fix, rule.sv.fix)
        if general is None:
            return Fix(words)
        return general if general.words.en else dataclasses.replace(general, words=words)
    if own.snippet is None and general:
        own = dataclasses.replace(own, snippet=general.snippet, syntax=general.syntax)
    return dataclasses.replace(own, product=entry.name)


def recognise(entity_id: str | None, metadata: bytes = b"") -> Product | None:
    """The product behind an IdP, by its entityID and metadata, or issuer and discovery document; None when nothing, or two alike, fits.

    Addresses in the metadata weigh more than the entityID, which anybody may choose. A product built on another goes before that one.
    """
    text = metadata.decode("utf-8", "replace").replace("\\/", "/")  # as PHP and .NET write an address in JSON
    scores: dict[int, list[Product]] = {}
    for entry in products():
        score = 2 if _any(entry.metadata_marks, text) else 0
        if entry.entity_id and entity_id and re.search(entry.entity_id, entity_id, re.IGNORECASE):
            score += 1
        scores.setdefault(score, []).append(entry)
    best = max(scores)
    beneath = {entry.built_on for entry in scores[best]}
    fitting = [entry for entry in scores[best] if entry.id not in beneath]
    return fitting[0] if best and len(fitting) == 1 else None


def products_of_page(source: str, headers: Iterable[tuple[str, str]] = ()) -> tuple[Product, ...]:
    """Products whose marks a page bears. A login may pass through several, such as Entra and then AD FS."""
    lines = "\n".join(f"{name}: {value}" for name, value in headers)
    return tuple(entry for entry in products() if _any(entry.page_marks, source) or _any(entry.header_marks, lines))


def reason_words(reason: str) -> Words | None:
    """What a reason means and what to do, from the common list or from whichever product uses it; None for a code without words.

    A code with words of its own goes before a family of codes.
    """
    if reason in REASONS:
        return REASONS[reason]
    told = [error for entry in products() for error in entry.errors if error.words]
    exact = (error.words for error in told if error.reason == reason)
    family = (error.words for error in told if "\\" in error.reason and re.fullmatch(re.sub(r"\\\d", r"\\w+", error.reason), reason))
    return next(exact, None) or next(family, None)


def code_in(message: str) -> str | None:
    """The first code of a product in a message, such as a SAML StatusMessage, that there are words for."""
    return next((code for code in _CODE.findall(message) if reason_words(code)), None)


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE | re.MULTILINE) for pattern in patterns)
