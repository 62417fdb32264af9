"""idptest metadata sp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from idptest.cli.options import exactly, lang_option

if TYPE_CHECKING:
    from idptest.saml.sp_metadata import ServiceProvider


@click.command("sp")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE instead of printing.")
@click.option("--demo", is_flag=True, help="The metadata that Exempelstad knows us by. Needs no configuration.")
@lang_option
def command(output: Path | None, demo: bool, lang: str | None) -> int:
    """Write our SP metadata, for the IdP or the federation to read."""
    from idptest.adapters import store
    from idptest.saml.sp_metadata import to_xml

    xml = to_xml(_demo() if demo else _configured())
    if output:
        store.write(output, xml, private=False)
    else:
        exactly(xml.decode())
    return 0


def _demo() -> ServiceProvider:
    from idptest.adapters.demo import ACS_URL, SP_ENTITY_ID
    from idptest.demo import keys
    from idptest.model.rule import Words
    from idptest.saml.sp_metadata import ServiceProvider

    return ServiceProvider(
        SP_ENTITY_ID, ACS_URL, [keys.certificate("sp")], Words("idptest in Exempelstad", "idptest i Exempelstad"), [keys.certificate("sp")]
    )


def _configured() -> ServiceProvider:
    from idptest.adapters import keys, store
    from idptest.model.rule import Words
    from idptest.saml.sp_metadata import ServiceProvider

    folder = store.workspace()
    settings = store.settings(folder)
    assert folder is not None  # noqa: S101 - settings() has refused already
    sp = settings.sp
    return ServiceProvider(
        entity_id=sp.entity_id,
        acs_url=sp.acs_url,
        certificates=keys.certificates(folder, "sp"),
        encryption_certificates=keys.certificates(folder, "encryption"),
        name=sp.service.display_name if sp.service else Words("idptest, login test", "idptest, provinloggning"),
        organization=sp.organization,
        contacts=sp.contacts,
        signs_requests=any(idp.sign_requests for idp in settings.idps.values()),
    )
