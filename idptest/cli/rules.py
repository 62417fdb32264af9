"""idptest rules."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option
from idptest.model.rule import Words

if TYPE_CHECKING:
    from idptest.demo.defect import Defect
    from idptest.model.rule import Rule
    from idptest.products import Fix

_WIDTH = 96


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@click.option("--product", "product_id", metavar="ID", help="Show what to change in this IdP product only, such as adfs.")
@lang_option
def command(rule_id: str | None, form: str, product_id: str | None, lang: str | None) -> int:
    """The catalogue of rules, or one rule explained."""
    from idptest import catalogue

    chosen = language(lang)
    if product_id:
        from idptest.products import product

        product(product_id)
    rules = list(catalogue.all_rules())
    if rule_id:
        found = [rule for rule in rules if rule.id == rule_id] or [rule for rule in rules if rule.id.endswith("/" + rule_id)]
        if not found:
            from idptest.errors import ConfigurationError
            from idptest.toml_lines import did_you_mean

            near = did_you_mean(rule_id, [rule.id for rule in rules])
            raise ConfigurationError(
                f'there is no rule "{rule_id}"{near[0]} (all: idptest rules)',
                f'det finns ingen regel "{rule_id}"{near[1]} (alla: idptest rules)',
            )
        rules = found
    if form == "json":
        import json

        exactly(json.dumps([_plain(rule, chosen, product_id) for rule in rules], ensure_ascii=False, indent=2) + "\n")
    elif rule_id:
        for rule in rules:
            click.echo(_explained(rule, chosen, product_id))
    else:
        width = max(len(rule.id) for rule in rules)
        for rule in rules:
            click.echo(f"{rule.level.value.upper():<6}  {rule.id:<{width}}  {rule.text(chosen).title}")
    return 0


def _changes(rule: Rule, product_id: str | None) -> list[Fix]:
    """What to change in the products that have words of their own for it; of one, when it is named. By either protocol, unless it has one."""
    from dataclasses import replace

    from idptest.products import OIDC, SAML, fix, products

    found = []
    for entry in (entry for entry in products() if product_id in (None, entry.id)):
        for protocol in [rule.protocol] if rule.protocol else [SAML, OIDC]:
            change = fix(rule, entry.id, protocol)
            if change.product:
                by_oidc = protocol == OIDC and rule.protocol is None
                found.append(replace(change, product=f"{change.product}, OpenID Connect") if by_oidc else change)
    return found


def _plain(rule: Rule, lang: str, product_id: str | None) -> dict[str, Any]:
    from idptest.reporters.json import as_change

    text = rule.text(lang)
    return {
        "id": rule.id,
        "title": text.title,
        "why": text.why,
        "fix": text.fix,
        "level": rule.level.value,
        "source": rule.source,
        "origin": rule.origin,
        "subject": rule.subject.__name__,
        "changes": [{"fix": change.words.text(lang), **(as_change(change) or {})} for change in _changes(rule, product_id)],
    }


def _explained(rule: Rule, lang: str, product_id: str | None) -> str:
    """All that is known of a rule: what it demands and why, what to change in which product, and how to see it fail."""
    from idptest.demo.defects import DEFECTS
    from idptest.products import fix
    from idptest.reporters import change
    from idptest.reporters.style import Style
    from idptest.reporters.words import word

    text, sv = rule.text(lang), lang == "sv"
    level = {
        "must": "inloggningen fungerar inte, eller går inte att lita på" if sv else "the login fails, or must not be trusted",
        "should": "det fungerar här och nu, men brister någon annanstans eller senare"
        if sv
        else "it works here and now, and breaks somewhere else or later",
        "note": "bra att veta" if sv else "good to know",
    }[rule.level.value]
    rows = [
        ("", text.title),
        ("Nivå" if sv else "Level", f"{rule.level.value.upper()} ({level})"),
        ("Hör till" if sv else "Asked by", _asked_by(rule).text(lang)),
        (word("why", lang), text.why),
        (word("source", lang), rule.source),
        ("Regeln står i" if sv else "The rule stands in", rule.origin),
    ]
    style = Style(lang, width=_WIDTH)
    changes = [*change.lines(fix(rule, None), style, "")]
    for found in _changes(rule, product_id):
        changes += ["", *change.lines(found, style, "")]
    lines = [f"{rule.id}", ""]
    for label, words in rows:
        lines += textwrap.wrap(
            f"{label}: {words}" if label else words, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    lines += ["", *changes]
    tries = [_try(defect) for defect in DEFECTS if rule.id in defect.fails]
    if tries:
        lines += ["", "Se den slå till:" if sv else "See it fail:", *(f"    {line}" for line in tries)]
    return "\n".join(lines) + "\n"


def _asked_by(rule: Rule) -> Words:
    """A ruleset's title; of a rule in code the standards, where it is about one protocol."""
    from idptest import catalogue

    if rule.ruleset:
        return catalogue.ruleset(rule.ruleset).title
    return {
        "saml": Words("everybody, by the SAML standards", "alla, enligt SAML-standarderna"),
        "oidc": Words("everybody, by the OpenID Connect standards", "alla, enligt OpenID Connects standarder"),
    }.get(rule.protocol or "", Words("everybody", "alla"))


def _try(defect: Defect) -> str:
    return f"idptest {defect.command} --demo {defect.account} --defect {defect.name}"
