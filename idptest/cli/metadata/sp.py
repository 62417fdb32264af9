"""idptest metadata sp."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, exactly, extra_reports, judging
from idptest.errors import ConfigurationError
from idptest.model.inspection import InspectionReport
from idptest.model.registration import ENVIRONMENTS, PRODUCTION, Item, WantedItem
from idptest.model.rule import Level


@click.command("sp")
@click.option("--for", "environment", type=click.Choice(ENVIRONMENTS), help="Skolfederation's environment. Without: for an IdP alone.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; tell what the registrar asks for and is missing.")
@click.option("--registered", metavar="FEED|FILE|URL", help="Write nothing; compare with what the federation holds of us.")
@click.option("--new-key", is_flag=True, help="First make new keys beside those in use; the metadata then has both.")
@click.option("--switch-key", is_flag=True, help="First take the new keys into use; the metadata then has them alone.")
@click.option("--demo", is_flag=True, help="The metadata that Exempelstad knows us by. Needs no configuration.")
@judging
def command(
    environment: str | None,
    only_check: bool,
    registered: str | None,
    new_key: bool,
    switch_key: bool,
    demo: bool,
    form: str,
    reports: tuple[str, ...],
    output: Path | None,
    lang: str | None,
    fail_on: str,
    show_values: bool,
    verbose: bool,
) -> int:
    """Write our SP metadata, for the IdP or the federation to read.

    It is judged before it is written: what breaks a rule is not written, the report tells why, and the exit code is 1. --format and --report
    are for that report, and for those of --check and --registered.
    """
    from idptest.adapters import clock, registration, settings_file, store

    _one_at_most({"--check": only_check, "--registered": registered, "--new-key": new_key, "--switch-key": switch_key, "--demo": demo})
    chosen = language(lang)
    options: dict[str, Any] = {
        "form": form, "extra": extra_reports(reports), "lang": lang, "fail_on": fail_on, "show_values": show_values, "verbose": verbose,
    }  # fmt: skip
    if demo:
        return _write(_demo(), output, chosen, None)
    folder = store.workspace()
    settings = settings_file.read_settings(folder)
    assert folder is not None  # noqa: S101 - the settings were refused already
    if new_key or switch_key:
        _change(folder, new_key, chosen)
    xml, now = registration.own_metadata(folder, settings), clock.now()
    if registered:
        return deliver([registration.compared(xml, folder, registered, settings, now)], [None], output=output, **options)
    environment = environment or (PRODUCTION if only_check else None)
    report = registration.judged(xml, settings, environment, now)
    if only_check:
        return _tell(report, options, chosen, output)
    code = report.exit_code(Level(fail_on))
    if code or reports:
        _tell(report, options, chosen, None, err=True)
    if code:
        sv, en = "inget är skrivet: metadata håller inte för reglerna ovan", "nothing was written: the metadata breaks the rules above"
        click.echo(f"idptest: {sv if chosen == 'sv' else en}", err=True)
        return code
    return _write(xml, output, chosen, environment)


def _one_at_most(given: Mapping[str, object]) -> None:
    named = [option for option, value in given.items() if value]
    if len(named) > 1:
        raise ConfigurationError(f"{named[0]} and {named[1]} do not go together", f"{named[0]} och {named[1]} går inte ihop")


def _tell(report: InspectionReport, options: Mapping[str, Any], lang: str, output: Path | None, *, err: bool = False) -> int:
    """The report; as text the registrar's list first, and then what else there is. Gives the exit code."""
    from idptest.reporters.registration import checklist

    listed = options["form"] == "text" and bool(report.inspection.all(WantedItem))
    if listed:
        click.echo(checklist(report, lang), nl=False, err=err)
    rest = replace(report, findings=tuple(found for found in report.findings if not issubclass(found.rule.subject, Item)))
    if rest.failures() or not listed or options["extra"] or output:
        if listed:
            click.echo(err=err)
        deliver([rest if listed else report], [None], output=output, **options, err=err)
    return report.exit_code(Level(options["fail_on"]))


def _change(folder: Path, new_key: bool, lang: str) -> None:
    """Makes new keys, or takes them into use, and tells the next step."""
    from idptest.adapters import keys

    changed = keys.make_new(folder) if new_key else keys.switch(folder)
    word = {"sv": ("skapade", "tog i bruk"), "en": ("made", "took into use")}[lang][not new_key]
    for path in changed:
        click.echo(f"{word}  {path.relative_to(folder)}", err=True)
    steps = {
        "sv": (
            "Ge alla IdP:er och federationen metadata med båda. När de har läst in den: idptest metadata sp --switch-key",
            "Ge alla IdP:er och federationen den nya metadatan. De gamla nycklarna läser ännu det som krypteras till dem.",
        ),
        "en": (
            "Give the metadata with both to every IdP and the federation. When they have read it: idptest metadata sp --switch-key",
            "Give the new metadata to every IdP and the federation. The old keys still read what is encrypted to them.",
        ),
    }
    click.echo(steps[lang][not new_key], err=True)


def _write(xml: bytes, output: Path | None, lang: str, environment: str | None) -> int:
    """Prints or writes the metadata; for a federation with the checksum that its operator may ask for."""
    from idptest.adapters import store

    if not output:
        exactly(xml.decode())
        return 0
    store.write(output, xml, private=False)
    if environment:
        word = "skrev" if lang == "sv" else "wrote"
        click.echo(f"{word}  {output}  SHA-1 {hashlib.sha1(xml, usedforsecurity=False).hexdigest()}", err=True)
    return 0


def _demo() -> bytes:
    from idptest.adapters.demo import ACS_URL, SP_ENTITY_ID
    from idptest.demo import keys
    from idptest.model.rule import Words
    from idptest.model.settings import Service
    from idptest.saml.sp_metadata import ServiceProvider, to_xml

    certificates = [keys.certificate("sp")]
    service = Service(Words("idptest in Exempelstad", "idptest i Exempelstad"))
    return to_xml(ServiceProvider(SP_ENTITY_ID, ACS_URL, certificates, service, certificates))
