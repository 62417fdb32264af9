"""Asking for a secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from idptest.adapters.targets import Prompt
    from idptest.model.rule import Words


def prompt(lang: str) -> Prompt:
    """Asks for a secret without echo; None when nobody is there to answer."""
    if not sys.stdin.isatty():
        return None

    def ask(what: Words, whose: str) -> str:
        answer: str = click.prompt(f"{what.text(lang)} ({whose})", hide_input=True, err=True)
        return answer

    return ask
