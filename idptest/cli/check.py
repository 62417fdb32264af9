"""idptest check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from idptest.cli.options import deliver, extra_reports, judging


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--ruleset", "rulesets", multiple=True, metavar="NAME", help="Judge by this ruleset instead of the login's own. May be repeated."
)
@click.option("--at", metavar="TIME", help="Judge as if it had been captured then (ISO 8601, such as 2026-11-22T07:45Z).")
@judging
def command(files: tuple[Path, ...], rulesets: tuple[str, ...], at: str | None, **output: Any) -> int:
    """Judge a saved login again.

    FILE is a flow that idptest login saved. The verdict is the same as it was then, byte for byte, unless the rules have changed.
    """
    from idptest.adapters import store
    from idptest.settings import is_path
    from idptest.validator import judge

    extra = extra_reports(output.pop("reports"))
    flows = [store.load_flow(path) for path in files]
    if rulesets:
        own = dict(store.own_rulesets(Path(), [name for name in rulesets if is_path(name)]))
        flows = [replace(flow, rulesets=rulesets, own_rulesets=own) for flow in flows]
    if at:
        moment = _moment(at)
        flows = [replace(flow, captured_at=moment) for flow in flows]
    return deliver([judge(flow) for flow in flows], list(files), extra=extra, **output)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        from idptest.errors import ConfigurationError

        raise ConfigurationError(
            f"--at takes a time such as 2026-11-22T07:45Z; got {text}", f"--at tar en tidpunkt som 2026-11-22T07:45Z; fick {text}"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
