"""Exempelstad's federation: a feed of itself, its neighbours and our SP, signed with the federation's own key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from idptest.demo import keys
from idptest.demo.metadata import SHOWN, Published, to_xml
from idptest.model.rule import Words
from idptest.model.settings import Service
from idptest.saml.aggregate_sign import Federation, build
from idptest.saml.sp_metadata import ServiceProvider
from idptest.saml.sp_metadata import to_xml as sp_metadata

NAME = "https://federation.exempelstad.se/"
VALID_FOR = timedelta(days=14)
# Municipalities that nobody can log in at: who they are, their domain.
NEIGHBOURS = (("Grannstads kommun", "Municipality of Grannstad", "grannstad.se"), ("Åby kommun", "Municipality of Åby", "aby-kommun.se"))


def certificate() -> bytes:
    """What the feed is verified with, PEM."""
    return keys.certificate("federation")


def feed(now: datetime, metadata: bytes, services: Mapping[str, str], more: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """The feed at that time: Exempelstad's `metadata`, its neighbours, `services` (an SP's entityID and its ACS), and what more there is.

    Made anew each hour, so that two who ask within one get the same bytes.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    about = Federation(f"_{hour:%Y%m%dT%H}", NAME, hour, hour + VALID_FOR, "PT1H", NAME)
    files = [("exempelstad", metadata), *((domain, _neighbour(sv, en, domain)) for sv, en, domain in NEIGHBOURS)]
    files += [(entity_id, _service(entity_id, acs)) for entity_id, acs in services.items()]
    return build([*files, *more], about, keys.private("federation"), certificate(), drop_signatures=True)


def _neighbour(sv: str, en: str, domain: str) -> bytes:
    shown = tuple(
        (element, lang, sv if lang == "sv" else en)
        if element in ("DisplayName", "OrganizationName", "OrganizationDisplayName")
        else (element, lang, text.replace("exempelstad.se", domain).replace("Exempelstads", sv.partition(" ")[0]))
        for element, lang, text in SHOWN
    )
    published = Published(
        entity_id=f"https://idp.{domain}/saml",
        scopes=(domain,),
        sso=f"https://idp.{domain}/sso",
        key="other",
        shown=shown,
        error_url=f"https://www.{domain}/inloggning/hjalp",
        contacts=(("technical", f"mailto:idp@{domain}"), ("support", f"mailto:servicedesk@{domain}")),
    )
    return to_xml(published)


def _service(entity_id: str, acs: str) -> bytes:
    certificates = [keys.certificate("sp")]
    service = Service(Words("idptest in Exempelstad", "idptest i Exempelstad"))
    return sp_metadata(ServiceProvider(entity_id, acs, certificates, service, certificates))
