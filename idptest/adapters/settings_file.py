"""idptest.toml with every name in it checked, those of waivers too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from idptest import catalogue, resources
from idptest.adapters import store
from idptest.model.rule import Waiver
from idptest.model.settings import Settings
from idptest.products import products


def read_settings(folder: Path | None, own: Mapping[str, str] | None = None) -> Settings:
    """What idptest.toml says, every name in it checked; a waiver may be for a rule of one's own, of an account's rulesets or of `own`."""
    names: dict[str, Collection[str]] = {"products": [known.id for known in products()], "rulesets": resources.rulesets()}
    settings = store.settings(folder, **names)
    if folder is None or not settings.waivers:
        return settings
    texts = {**store.own_rulesets(folder, {name for account in settings.accounts.values() for name in account.rulesets}), **(own or {})}
    rules = (*catalogue.all_rules(), *(rule for name in texts for rule in catalogue.ruleset(name, texts).rules))
    return store.settings(folder, **names, rules=[rule.id for rule in rules])


def waivers_for(waivers: Sequence[Waiver], rulesets: Sequence[str], own: Mapping[str, str]) -> tuple[Waiver, ...]:
    """Without those for a rule of one's own that this login is not judged by."""
    known = {rule.id for rule in (*catalogue.all_rules(), *catalogue.rules_for(rulesets, own))} if waivers else set()
    return tuple(waiver for waiver in waivers if waiver.rule in known)
