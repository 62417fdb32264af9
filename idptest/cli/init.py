"""idptest init."""

from __future__ import annotations

from pathlib import Path

import click

from idptest.cli import language
from idptest.cli.options import lang_option


@click.command("init")
@lang_option
def command(lang: str | None) -> int:
    """Write idptest.toml and the SP's keys in this folder.

    Nothing that is there already is touched.
    """
    from idptest.adapters import keys, store
    from idptest.settings import FILE
    from idptest.settings_template import template

    chosen, folder = language(lang), Path.cwd()
    sv = chosen == "sv"
    made: list[str] = []
    if not (folder / FILE).exists():
        store.write(folder / FILE, template(chosen).encode(), overwrite=False, private=False)
        made.append(FILE)
    for name, owner in keys.OWNERS.items():
        pair = [folder / keys.KEYS / f"{name}-{part}.pem" for part in ("key", "cert")]
        if not any(path.exists() for path in pair):
            keys.make(folder, name, owner)
            made += [str(path.relative_to(folder)) for path in pair]
    if _ignore(folder):
        made.append(".gitignore")
    for name in made:
        click.echo(f"{'skapade' if sv else 'wrote'}  {name}")
    if not made:
        click.echo("allt finns redan; inget är ändrat" if sv else "all is here already; nothing was changed")
        return 0
    steps = (
        (
            f"1  Spara IdP:ns metadata som idp-metadata.xml och ändra i {FILE}.",
            "2  Lägg in vår metadata i IdP:n:  idptest metadata sp --output sp-metadata.xml",
            "3  Logga in:  idptest login larare",
            f"Är IdP:n en OpenID-leverantör: ange issuer och client_id i {FILE}, och lägg in oss i den:  idptest metadata rp",
        )
        if sv
        else (
            f"1  Save the IdP's metadata as idp-metadata.xml and edit {FILE}.",
            "2  Give the IdP our metadata:  idptest metadata sp --output sp-metadata.xml",
            "3  Log in:  idptest login larare",
            f"If the IdP is an OpenID provider: give issuer and client_id in {FILE}, and register us in it:  idptest metadata rp",
        )
    )
    click.echo("\n" + "\n".join(steps))
    return 0


def _ignore(folder: Path) -> bool:
    """Keeps keys and captured logins out of git; whether a line had to be added."""
    from idptest.adapters import store

    path = folder / ".gitignore"
    present = store.read_file(path).decode("utf-8", "surrogateescape") if path.exists() else ""
    if ".idptest/" in (line.strip() for line in present.splitlines()):
        return False
    gap = "" if not present or present.endswith("\n") else "\n"
    store.write(path, (present + gap + ".idptest/\n").encode("utf-8", "surrogateescape"), private=False)
    return True
