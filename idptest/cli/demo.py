"""idptest demo."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli import language
from idptest.cli.options import defect_option, exactly, lang_option

if TYPE_CHECKING:
    from idptest.adapters.demo_server import DemoServer
    from idptest.demo.defect import Defect


@click.command("demo")
@click.option("--list-defects", is_flag=True, help="The faults that Exempelstad can be given, the rules that each breaks, and their level.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print the list.")
@defect_option
@click.option("--port", type=click.IntRange(0, 65535), default=8088, show_default=True, help="Port on this machine; 0 takes a free one.")
@click.option(
    "--sp-metadata",
    "services",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An SP that may log in here. May be repeated.",
)
@lang_option
def command(list_defects: bool, form: str, defects: tuple[str, ...], port: int, services: tuple[Path, ...], lang: str | None) -> int:
    """Exempelstad, the demo municipality, as a server; its defects.

    The server knows the SP of the idptest.toml here, and those of --sp-metadata. In-process logins need no server: idptest login --demo
    """
    chosen = language(lang)
    if list_defects:
        return _list(form, chosen)
    return _serve(defects, port, services, chosen)


def _serve(defects: tuple[str, ...], port: int, files: tuple[Path, ...], lang: str) -> int:
    from idptest.adapters import store
    from idptest.adapters.demo import ACS_URL, SP_ENTITY_ID, clients, named, workspace_clients
    from idptest.adapters.demo_server import DemoServer
    from idptest.saml.metadata import sp_services

    services, registered = {SP_ENTITY_ID: ACS_URL}, clients()
    folder = store.workspace()
    if folder:
        sp = store.settings(folder).sp
        services[sp.entity_id] = sp.acs_url
        registered |= workspace_clients(folder)
    for path in files:
        services |= sp_services(store.read_file(path), str(path))
    chosen = named(defects)
    server = DemoServer(services, chosen, clients=registered, port=port, log=lambda line: click.echo(line, err=True))
    _welcome(server, services, registered, lang)
    for defect in chosen:
        _needs(defect, lang)
    server.serve()
    return 0


def _welcome(server: DemoServer, services: dict[str, str], clients: Collection[str], lang: str) -> None:
    from idptest.demo.people import PEOPLE

    sv = lang == "sv"
    click.echo(f"Exempelstad {'lyssnar på' if sv else 'listens on'} {server.base_url}   ({'avsluta med' if sv else 'stop with'} Ctrl-C)")
    click.echo(f"  metadata   {server.metadata_url}")
    click.echo(f"  federation {server.feed_url}")
    for entity_id in services:
        click.echo(f"  SP         {entity_id}")
    click.echo(f"  issuer     {server.base_url}")
    for client_id in clients:
        click.echo(f"  client     {client_id}")
    for person in PEOPLE:
        click.echo(
            f"  {person.name:<11}  {person.username} / {person.password}" + (f"   TOTP {person.totp_secret}" if person.totp_secret else "")
        )


def _needs(defect: Defect, lang: str) -> None:
    """What the client has to ask for the defect to show, as a line of idptest.toml; nothing for most."""
    for name, value in defect.asks.items():
        line = "log_out = true" if name == "post_logout_redirect_uri" else f"{name} = {json.dumps(value)}"
        only = ("visas bara för den som frågar så; i idptest.toml", "shows only to who asks for it; in idptest.toml")
        click.echo(f"  {defect.name} {only[lang != 'sv']}: [idp.…] {line}")


def _list(form: str, lang: str) -> int:
    """Each defect with the rules that it breaks, and how much they weigh: what breaks notes alone ends with 0 also under --fail-on should."""
    from idptest import catalogue
    from idptest.demo.defects import DEFECTS
    from idptest.model.rule import Level

    levels = {rule.id: rule.level for rule in catalogue.all_rules()}
    if form == "json":
        rows = [
            {
                "name": defect.name,
                "protocol": defect.protocol,
                "account": defect.account,
                "about": defect.about.text(lang),
                "command": defect.command,
                "fails": list(defect.fails),
                "exit_code": int(any(levels[rule] is not Level.NOTE for rule in defect.fails)),
            }
            for defect in DEFECTS
        ]
        exactly(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return 0
    width = max(len(defect.name) for defect in DEFECTS)
    for defect in DEFECTS:
        click.echo(f"{defect.name:<{width}}  {defect.about.text(lang)}")
        for rule in defect.fails:
            click.echo(f"{'':<{width}}    {levels[rule].value.upper():<6}  {rule}")
    return 0
