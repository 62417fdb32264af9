"""idptest selftest."""

from __future__ import annotations

import click

from idptest.cli import language
from idptest.cli.options import lang_option


@click.command("selftest")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@click.option("-v", "--verbose", is_flag=True, help="List every mutant.")
@lang_option
def command(form: str, verbose: bool, lang: str | None) -> int:
    """Proof that the rules can fail: a login, spoilt every way."""
    from idptest.adapters import clock
    from idptest.selftest import run

    results = list(run(clock.now()))
    wrong = [result for result in results if not result.ok]
    if form == "json":
        import json

        rows = [
            {"mutant": result.mutant, "must_fire": result.must_fire, "fired": list(result.fired), "ok": result.ok} for result in results
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return 1 if wrong else 0
    for result in results if verbose else wrong:
        fired = ", ".join(result.fired) or "–"
        click.echo(f"{'+' if result.ok else '-'} {result.mutant}: {result.must_fire or 'correct'} ← {fired}")
    mutants = sum(result.must_fire is not None for result in results)
    refused = sum(result.ok for result in results if result.must_fire is not None)
    variants, accepted = len(results) - mutants, sum(result.ok for result in results if result.must_fire is None)
    if language(lang) == "sv":
        click.echo(f"{refused} av {mutants} förvanskade svar nekade av rätt regel; {accepted} av {variants} riktiga varianter godtagna.")
    else:
        click.echo(f"{refused} of {mutants} spoilt answers refused by the right rule; {accepted} of {variants} correct variants accepted.")
    return 1 if wrong else 0
