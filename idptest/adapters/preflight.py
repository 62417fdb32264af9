"""The preflight: looks at this computer, the workspace and the way to an IdP, without credentials, and hands over what it saw."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idptest import __version__, catalogue, decode
from idptest.adapters import keys, op_preflight, own_keys, protection, reach, store, targets
from idptest.adapters.ca_file import ca_file
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.http_client import Transport
from idptest.adapters.login_runner import LoginRunner, Target
from idptest.adapters.sources import idp_metadata
from idptest.errors import ConfigurationError, InputError
from idptest.login import credentials
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.inspection import PREFLIGHT, Fact, Inspection
from idptest.model.preflight import (
    Address,
    Clock,
    Credential,
    Credentials,
    Extra,
    IdpSource,
    Knock,
    Link,
    OwnKey,
    People,
    PrivateFiles,
    Production,
    Reached,
    Workspace,
)
from idptest.model.rule import Pointer, Words
from idptest.model.saml import IdpMetadata, Response
from idptest.model.settings import AccountSettings, IdpSettings, Settings
from idptest.products import product, recognise
from idptest.saml.metadata import read_idp
from idptest.settings import FILE

YES, METADATA, ANSWERS = (
    "preflight-settings/production-takes-a-yes",
    "preflight-idp/metadata-is-at-hand",
    "preflight-address/login-address-answers",
)
_EXTRAS = {"browser": "playwright", "directory": "ldap3"}
_VARIABLES = ("password_env", "totp_env", "client_certificate_password_env")
_PATIENCE = 10  # seconds for one attempt, at most


@dataclass(frozen=True)
class Look:
    """How to look: `now` gives the time (aware, UTC), `new_id` a fresh XML ID, `progress` is told what is going on.

    `asked`: a person is there to be asked for a secret. `production`: an IdP in production may be tested.
    """

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Callable[[HttpRequest], None] = lambda request: None
    asked: bool = False
    production: bool = False


def computer(settings: Settings, folder: Path, accounts: Collection[AccountSettings], look: Look) -> Inspection:
    """This computer and the workspace: what no IdP has to do with."""
    certificates = tuple(account.client_certificate for account in accounts if account.client_certificate)
    files = tuple(protection.private_files(folder, certificates))
    subjects: dict[type, tuple[object, ...]] = {
        Credentials: (Credentials(tuple(_credentials(settings, accounts)), look.asked),),
        Extra: tuple(_extras(settings)),
        OwnKey: tuple(own_keys.own_keys(folder)),
        PrivateFiles: (PrivateFiles(files),),
        Workspace: (protection.workspace(folder),),
    }
    in_clear = tuple(account.name for account in accounts if account.test_person)
    facts = (
        Fact(Words("Workspace", "Arbetsmapp"), str(folder)),
        Fact(Words("Keys are protected by", "Nycklarna skyddas av"), protection.described(files)),
        Fact(Words("Our entityID", "Vårt entityID"), settings.sp.entity_id),
        Fact(Words("Our ACS", "Vår ACS"), settings.sp.acs_url),
        Fact(Words("Logins are kept (days)", "Inloggningar sparas (dagar)"), settings.keep_days),
        Fact(Words("Shown in clear", "Visas i klartext"), in_clear),
        *_program(),
    )
    return Inspection(PREFLIGHT, FILE, look.now(), subjects, facts)


def _credentials(settings: Settings, accounts: Collection[AccountSettings]) -> Iterator[Credential]:
    for account in accounts:
        for key in _VARIABLES:
            if variable := getattr(account, key):
                yield Credential(f"account.{account.name}", key, variable, bool(os.environ.get(variable)))
    for name in dict.fromkeys(name for account in accounts for name in account.idps):
        oidc = settings.idps[name].oidc
        if oidc and (variable := oidc.client_secret_env):
            yield Credential(f"idp.{name}", "client_secret_env", variable, bool(os.environ.get(variable)))
    for directory in settings.directories:
        if variable := directory.password_env:
            yield Credential(directory.table.strip("[]"), "password_env", variable, bool(os.environ.get(variable)))


def _extras(settings: Settings) -> Iterator[Extra]:
    for name, module in _EXTRAS.items():
        wanted = settings.directories[0].table if name == "directory" and settings.directories else None
        yield Extra(name, importlib.util.find_spec(module) is not None, wanted)


def _program() -> tuple[Fact, ...]:
    """What is run here, for whoever is asked for help."""
    from idptest.adapters.browser_found import found

    with_libxml2 = f"lxml {_version('lxml')}, xmlsec {_version('xmlsec')}, libxml2 {_libxml2()}"
    return (
        Fact(Words("Program", "Program"), f"idptest {__version__}, Python {platform.python_version()}, {platform.system()}"),
        Fact(Words("XML", "XML"), with_libxml2),
        Fact(Words("Browser", "Webbläsare"), found() or "–"),
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "–"


def _libxml2() -> str:
    from lxml import etree

    return ".".join(map(str, etree.LIBXML_VERSION))


def idp(settings: Settings, idp: IdpSettings, folder: Path, look: Look) -> Inspection:
    """The way to one IdP: its metadata, every address in it, the clocks, and whether it takes our request. Raises ConfigurationError."""
    client = targets.client_of(idp, folder)
    at = tuple(account for account in settings.accounts.values() if idp.name in account.idps)

    def reached(url: str) -> tuple[Reached, HttpResponse | None]:
        look.progress(HttpRequest("GET", url))
        authority = ca_file(idp.ca_file, folder, "idp", idp.name, "ca_file")
        return reach.reach(url, client, ca_file=authority, proxy=idp.proxy, timeout=min(idp.timeout, _PATIENCE))

    subjects: dict[type, tuple[object, ...]] = {
        People: (People(idp.name, tuple(account.role for account in at)),),
        Production: (Production(idp.name, idp.environment == "production", look.production),),
        **dict.fromkeys((IdpSource, Address, Link, Clock, Knock), ()),
    }
    if idp.environment == "production" and not look.production:
        return Inspection(
            PREFLIGHT, idp.name, look.now(), subjects, (), dict.fromkeys((IdpSource, Address, Clock, Knock), YES), idp.product
        )
    if idp.oidc:
        del subjects[IdpSource]
        return op_preflight.inspection(settings, idp, idp.oidc, folder, look, client, subjects, reached, _tolerance(at, folder))
    try:
        entity_id, metadata = idp_metadata(idp, folder, client)
    except InputError as problem:
        subjects[IdpSource] = (IdpSource(problem.where or idp.metadata.location, problem.words),)
        return Inspection(PREFLIGHT, idp.name, look.now(), subjects, (), dict.fromkeys((Address, Clock, Knock), METADATA), idp.product)
    read = read_idp(metadata)
    known = product(idp.product) if idp.product else recognise(entity_id, metadata)
    end = read.valid_until if isinstance(read.valid_until, datetime) else None
    subjects[IdpSource] = (IdpSource(idp.metadata.location, valid_until=end),)
    subjects |= reach.addresses(starts(read), links(read), reached, look.now, _tolerance(at, folder))
    blockers: dict[type, str] = {} if subjects[Clock] else {Clock: ANSWERS}
    if any(address.seen.status for address in subjects[Address] if isinstance(address, Address)):
        try:
            account = AccountSettings("idptest", (idp.name,), "pupil", rulesets=())
            target = targets.target_of(account, idp, settings, folder, client, credentials.Credentials(), {}, (entity_id, metadata))
            subjects[Knock] = (knock(target, read, client, look),)
        except ConfigurationError as problem:
            if problem.where is None or not problem.where.startswith(str(keys.KEYS)):
                raise
            blockers[Knock] = "preflight-keys/key-and-certificate-are-there"
    else:
        blockers[Knock] = ANSWERS
    return Inspection(
        PREFLIGHT, idp.name, look.now(), subjects, _about(read, known.id if known else None), blockers, known.id if known else None
    )


def _tolerance(accounts: Iterable[AccountSettings], folder: Path) -> int:
    """Seconds that clocks may differ, by the rulesets that the accounts are judged by."""
    names = tuple(dict.fromkeys(name for account in accounts for name in account.rulesets))
    return catalogue.clock_skew(names, dict(store.own_rulesets(folder, names)), decode.CLOCK_SKEW)


def _about(read: IdpMetadata, product_id: str | None) -> tuple[Fact, ...]:
    return (
        Fact(Words("entityID", "entityID"), read.entity_id),
        Fact(Words("Shown as", "Visas som"), read.display_name),
        Fact(Words("Product", "Produkt"), product_id),
        Fact(Words("Scope", "Scope"), read.scope_values("role")),
    )


def starts(read: IdpMetadata) -> Iterator[tuple[str, str]]:
    """Where logins start."""
    return (("SingleSignOnService", endpoint.location) for endpoint in read.sso)


def links(read: IdpMetadata) -> Iterator[tuple[str, str]]:
    """Other addresses that people or logouts need."""
    for endpoint in read.slo:
        yield "SingleLogoutService", endpoint.location
    if read.error_url:
        yield "errorURL", read.error_url
    for shown in read.shown:
        if shown.element == "Logo" and not shown.text.startswith("data:"):
            yield "Logo", shown.text


def knock(target: Target, read: IdpMetadata, transport: Transport, look: Look) -> Knock:
    """A request with IsPassive, and what came of it."""
    flow = LoginRunner(FormDriver(transport, look.now, look.progress), look.now, look.new_id).knock(target).flow
    response = decode.decode(flow, catalogue.attributes(), catalogue.assurance()).response
    found = response if isinstance(response, Response) else None
    return Knock(
        ended=flow.ended.how,
        reason=flow.ended.reason,
        said=flow.ended.said,
        status=found.status if found else (),
        status_message=found.status_message if found else None,
        at=Pointer("exchange", "", flow.ended.exchange),
        page_title=flow.ended.page.title if flow.ended.page else None,
        signed=flow.sent.signed,
        wants_signed=read.want_authn_requests_signed,
    )
