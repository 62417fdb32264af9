"""The preflight of an OpenID provider: what it publishes, the way there, and whether it knows our client. Without credentials, our secret too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from idptest import decode, lint
from idptest.adapters import keys, targets
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import HttpClient, Transport
from idptest.adapters.login_runner import LoginRunner, Target
from idptest.adapters.op_target import looked_at
from idptest.adapters.reach import Reach, addresses
from idptest.catalogue import assurance, attributes
from idptest.errors import ConfigurationError
from idptest.login.credentials import Credentials
from idptest.login.urls import split
from idptest.model.flow import IdpFacts
from idptest.model.inspection import PREFLIGHT, Inspection
from idptest.model.oidc import Discovery
from idptest.model.preflight import Address, Clock, Knock
from idptest.model.rule import Pointer
from idptest.model.settings import AccountSettings, IdpSettings, OidcSettings, Settings
from idptest.oidc.discovery import login_address
from idptest.products import known, recognise

if TYPE_CHECKING:
    from idptest.adapters.preflight import Look

_ANSWERS, _KEYS = "preflight-address/login-address-answers", "preflight-keys/key-and-certificate-are-there"


def inspection(
    settings: Settings,
    idp: IdpSettings,
    oidc: OidcSettings,
    folder: Path,
    look: Look,
    client: HttpClient,
    subjects: dict[type, tuple[object, ...]],
    reached: Reach,
    tolerance: int,
) -> Inspection:
    """What is seen at that OP, beside those `subjects`; clocks may differ by `tolerance` seconds. Raises ConfigurationError."""
    document, published, jwks = looked_at(idp.metadata.location, client, look.now)
    product = known(idp.product) or recognise(oidc.issuer, document)
    seen, blockers = lint.op_subjects(published, jwks, IdpFacts(idp.name, oidc.issuer, b"", idp.product))
    subjects = subjects | seen
    start = login_address(published)
    missing = "oidc-discovery/can-be-fetched" if published.problem else "oidc-discovery/has-what-it-must"
    begins = [("authorization_endpoint", start)] if start else []
    if not published.reached:  # the way there tells why
        begins = [("openid-configuration", idp.metadata.location)]
    subjects |= addresses(begins, _others(published), reached, look.now, tolerance)
    if not subjects[Clock]:
        blockers[Clock] = _ANSWERS if begins else missing
    if start is None:
        blockers |= {Knock: missing, Address: missing}
    elif not any(address.seen.status for address in subjects[Address] if isinstance(address, Address)):
        blockers[Knock] = _ANSWERS
    else:
        account = AccountSettings("idptest", (idp.name,), "pupil", rulesets=())
        try:
            target = targets.target_of(account, idp, settings, folder, client, Credentials(), {}, (oidc.issuer, document))
            subjects[Knock] = (knock(target, client, look),)
        except ConfigurationError as problem:
            if problem.where is None or not problem.where.startswith(str(keys.KEYS)):
                raise
            blockers[Knock] = _KEYS
    facts = tuple(lint.op_facts(published, jwks))
    return Inspection(PREFLIGHT, idp.name, look.now(), subjects, facts, blockers, product.id if product else idp.product)


def _others(published: Discovery) -> Iterator[tuple[str, str]]:
    """Other addresses that services and people need; the token endpoint takes nothing but what it can answer."""
    for name in ("userinfo_endpoint", "end_session_endpoint"):
        address = published.text(name)
        if address and split(address):
            yield name, address


def knock(target: Target, transport: Transport, look: Look) -> Knock:
    """An authentication request with prompt=none, and what came of it; a code that came is not used."""
    flow = LoginRunner(FormDriver(transport, look.now, look.progress), look.now, look.new_id).knock(target).flow
    facts = decode.decode(flow, attributes(), assurance()).oidc
    answer = facts.answer if facts else None
    return Knock(
        ended=flow.ended.how,
        reason=flow.ended.reason,
        said=flow.ended.said,
        status=(answer.error or "code",) if answer else (),
        status_message=answer.text("error_description") if answer else None,
        at=Pointer("exchange", "", flow.ended.exchange),
        page_title=flow.ended.page.title if flow.ended.page else None,
        protocol="oidc",
    )
