"""idptest demo."""

from __future__ import annotations

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option


@click.command("demo")
@click.option(
    "--list-defects", is_flag=True, required=True, help="The faults that Exempelstad can be given, and the rules that each breaks."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@lang_option
def command(list_defects: bool, form: str, lang: str | None) -> int:
    """Exempelstad, the demo municipality, and its defects.

    Log in there with: idptest login --demo [--defect NAME]…
    """
    from idptest.demo.defects import DEFECTS

    chosen = language(lang)
    if form == "json":
        import json

        rows = [
            {
                "name": defect.name,
                "protocol": defect.protocol,
                "account": defect.account,
                "about": defect.about.text(chosen),
                "command": defect.command,
                "fails": list(defect.fails),
            }
            for defect in DEFECTS
        ]
        exactly(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return 0
    width = max(len(defect.name) for defect in DEFECTS)
    for defect in DEFECTS:
        click.echo(f"{defect.name:<{width}}  {defect.about.text(chosen)}")
        for rule in defect.fails:
            click.echo(f"{'':<{width}}    {rule}")
    return 0
