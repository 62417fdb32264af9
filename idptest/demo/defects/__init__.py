"""Named defects of Exempelstad: one fault each, and beside it the rules that it breaks, all of them and no others.

`fails` is the union over the reports of one `idptest login --demo ACCOUNT --defect NAME`, or of another command where `command` says
so. A module per subject.
"""

from __future__ import annotations

from idptest.demo.defect import Defect
from idptest.demo.defects import (
    attributes,
    document,
    encryption,
    eppn,
    level,
    messages,
    metadata,
    oidc_logout,
    oidc_messages,
    oidc_profiles,
    oidc_tokens,
    protocols,
    published,
    refusals,
    release,
    services,
    signatures,
    transport,
    upgrade,
)

_MODULES = (
    *(eppn, level, signatures, encryption, messages, document, refusals, transport),
    *(release, attributes, services, metadata, published),
    upgrade,
    *(oidc_messages, oidc_tokens, oidc_profiles, oidc_logout, protocols),
)
DEFECTS: tuple[Defect, ...] = tuple(found for module in _MODULES for found in module.DEFECTS)


def defect(name: str, protocol: str | None = None) -> Defect | None:
    """The defect of that name; of one protocol, where both may have one."""
    return next((found for found in DEFECTS if found.name == name and protocol in (None, found.protocol)), None)
