"""idptest metadata sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option, moment
from idptest.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from idptest.saml.aggregate_sign import Federation

_PATH = click.Path(path_type=Path)
NAME = "https://federation.example/"


@click.command("sign")
@click.argument("sources", nargs=-1, required=True, type=_PATH, metavar="FOLDER...")
@click.option("--key", "key_path", required=True, type=_PATH, metavar="FILE", help="The private key to sign with, PEM.")
@click.option("--certificate", required=True, type=_PATH, metavar="FILE", help="Its certificate, PEM, which readers verify with.")
@click.option("--new-key", is_flag=True, help="Make that key and certificate first. Nothing is overwritten.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE instead of printing.")
@click.option("--name", default=NAME, show_default=True, metavar="URI", help="What the feed calls itself.")
@click.option("--days", type=click.IntRange(0, 3650), default=14, show_default=True, help="How long it is valid; 0 has expired already.")
@click.option("--cache-duration", default="PT1H", show_default=True, metavar="DURATION", help="How long readers may keep it unasked.")
@click.option("--registrar", metavar="URI", help="Who has registered the entities that do not say so themselves.")
@click.option("--drop-signatures", is_flag=True, help="Leave out the signatures that the files bear, such as those of AD FS.")
@click.option("--id", "ident", metavar="ID", help="The feed's XML ID. Default: a random one.")
@click.option("--at", metavar="TIME", help="Sign as if it were then (ISO 8601, such as 2026-11-22T07:45Z).")
@lang_option
def command(
    sources: tuple[Path, ...], key_path: Path, certificate: Path, new_key: bool, output: Path | None, lang: str | None, **about: Any
) -> int:
    """Build and sign a feed of metadata files, for a test federation.

    Takes every *.xml in the folders, in the order of their names; files may be named too. The same files, key, --id and --at give the
    same bytes, when the key is RSA.
    """
    from idptest.adapters import keys, store
    from idptest.saml.aggregate_sign import gather, signed

    drop = about.pop("drop_signatures")
    federation = _federation(**about)
    entities = gather(_files(sources), federation, drop_signatures=drop)
    if new_key:
        keys.write_pair(key_path, certificate, f"idptest {federation.name}")
    xml = signed(entities, federation, *keys.pair(key_path, certificate))
    if output is None:
        exactly(xml.decode())
        return 0
    store.write(output, xml, private=False)
    end = f"{federation.valid_until:%Y-%m-%d %H:%M} UTC"
    said = f"entities: {len(entities)}, valid until {end}, verified with {certificate}"
    if language(lang) == "sv":
        said = f"entiteter: {len(entities)}, giltigt till {end}, verifieras med {certificate}"
    click.echo(f"{output}   {said}", err=True)
    return 0


def _federation(name: str, days: int, cache_duration: str, registrar: str | None, ident: str | None, at: str | None) -> Federation:
    import re

    from idptest.adapters import clock
    from idptest.saml.aggregate import duration
    from idptest.saml.aggregate_sign import Federation

    if ident is not None and not re.fullmatch(r"[A-Za-z_][\w.\-]*", ident):
        raise ConfigurationError(
            f"--id takes an XML name, which begins with a letter or _; got {ident}",
            f"--id ska vara ett XML-namn, som börjar med en bokstav eller _; fick {ident}",
        )
    if duration(cache_duration) is None:
        raise ConfigurationError(
            f"--cache-duration takes an xs:duration such as PT1H or P1D; got {cache_duration}",
            f"--cache-duration ska vara en xs:duration som PT1H eller P1D; fick {cache_duration}",
        )
    for option, value in (("--name", name), ("--registrar", registrar)):
        if value is not None and not (value.isprintable() and value.strip()):
            raise ConfigurationError(f"{option} takes a URI", f"{option} ska vara en URI")
    now = moment(at) if at else clock.now()
    return Federation(ident or clock.new_id(), name, now, now + timedelta(days=days), cache_duration, registrar)


def _files(sources: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    from idptest.adapters import store

    for source in sources:
        if not source.is_dir():
            yield str(source), store.read_file(source)
            continue
        found = sorted(path for path in source.glob("*.xml") if path.is_file() and not path.name.startswith("."))
        if not found:
            raise InputError("there is no *.xml in this folder", "det finns ingen *.xml i den här mappen", where=str(source))
        for path in found:
            yield str(path), store.read_file(path)
