"""Cases of the preflight: one good of each sort, and every way to spoil it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from idptest.model.flow import ARRIVED, NETWORK, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP
from idptest.model.inspection import PREFLIGHT, Inspection
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
    PrivateFile,
    PrivateFiles,
    Production,
    Reached,
    Workspace,
)
from idptest.model.rule import Pointer, Words
from tests.inspections import Case

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
_DAY = timedelta(days=1)
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_WHY = Words("it is broken", "den är trasig")
_URL = "https://idp.exempelstad.se/sso"

SEEN = Reached(_URL, families=(("IPv4", True), ("IPv6", True)), tls="TLSv1.3", old_tls="", certificate_ends=NOW + 60 * _DAY, status=400)
KEY = OwnKey("sp", None, True, "RSA", 3072, NOW - _DAY, NOW + 1000 * _DAY)
KNOCK = Knock(ARRIVED, None, None, (_STATUS + "Responder", _STATUS + "NoPassive"), None, Pointer("exchange", "", 2))
PASSWORD = Credential("account.larare", "password_env", "IDPTEST_LARARE_PASSWORD", True)
FILE = PrivateFile(".idptest/keys/sp-key.pem", ())
GOOD: dict[type, Any] = {
    Credentials: Credentials((PASSWORD,)),
    People: People("exempelstad", ("teacher", "pupil")),
    Production: Production("exempelstad", False, False),
    Extra: Extra("directory", True, "[directory]"),
    OwnKey: KEY,
    PrivateFiles: PrivateFiles((FILE,)),
    Workspace: Workspace("/home/anna/idptest", None, True, True),
    IdpSource: IdpSource("idp-metadata.xml"),
    Clock: Clock("idp.exempelstad.se", 2.0, 180),
    Address: Address("SingleSignOnService", SEEN),
    Link: Link("errorURL", replace(SEEN, url="https://www.exempelstad.se/hjalp", status=200)),
    Knock: KNOCK,
}


def inspection(*others: Any) -> Inspection:
    """All is well, except these."""
    subjects = {kind: (subject,) for kind, subject in GOOD.items()} | {type(other): (other,) for other in others}
    return Inspection(PREFLIGHT, "exempelstad", NOW, subjects)


def _address(**seen: Any) -> Address:
    return Address("SingleSignOnService", replace(SEEN, **seen))


def _link(what: str = "errorURL", **seen: Any) -> Link:
    return Link(what, replace(GOOD[Link].seen, **seen))


_NOT_REACHED: dict[str, Any] = {"families": (), "tls": None, "old_tls": None, "certificate_ends": None, "status": None}


def cases() -> Iterator[Case]:
    """What is changed, and the rules that then fail."""
    yield Case("all is well", inspection())
    for name, other, *fails in _TABLE:
        yield Case(name, inspection(other), tuple(fails))


_TABLE: tuple[tuple[Any, ...], ...] = (
    # settings
    ("a password is not set", Credentials((PASSWORD, replace(PASSWORD, is_set=False))), "preflight-settings/credentials-are-at-hand"),
    ("somebody is there to be asked", Credentials((replace(PASSWORD, is_set=False),), asked=True)),
    ("no variable is named", Credentials(())),
    ("no pupil", People("exempelstad", ("teacher",)), "preflight-settings/both-roles-can-log-in"),
    ("nobody at all", People("exempelstad", ()), "preflight-settings/both-roles-can-log-in"),
    ("production without a yes", Production("exempelstad", True, False), "preflight-settings/production-takes-a-yes"),
    ("production with a yes", Production("exempelstad", True, True)),
    ("an extra is missing", Extra("directory", False, "[directory]"), "preflight-settings/extras-in-use-are-installed"),
    ("an extra that nobody needs is missing", Extra("browser", False)),
    # keys
    ("no key", OwnKey("sp", _WHY), "preflight-keys/key-and-certificate-are-there"),
    ("another's key", replace(KEY, belong_together=False), "preflight-keys/key-belongs-to-its-certificate"),
    ("certificate ended", replace(KEY, not_after=NOW - _DAY), "preflight-keys/own-certificate-is-in-date"),
    ("certificate not begun", replace(KEY, not_before=NOW + _DAY), "preflight-keys/own-certificate-is-in-date"),
    ("certificate ends soon", replace(KEY, not_after=NOW + 30 * _DAY), "preflight-keys/own-certificate-lasts"),
    ("weak key", replace(KEY, bits=1024), "preflight-keys/own-key-is-strong"),
    ("odd key", replace(KEY, algorithm="Ed25519", bits=None), "preflight-keys/own-key-is-strong"),
    ("elliptic key", replace(KEY, algorithm="EC", bits=256)),
    # files
    ("others read the key", PrivateFiles((FILE, replace(FILE, others=(_WHY,)))), "preflight-files/files-are-for-you-alone"),
    ("nobody knows who reads", PrivateFiles((replace(FILE, others=None),))),
    ("no file yet", PrivateFiles(())),
    ("in OneDrive", replace(GOOD[Workspace], synced_by="OneDrive"), "preflight-files/workspace-stays-on-this-computer"),
    ("git takes it", replace(GOOD[Workspace], ignored=False), "preflight-files/git-leaves-the-keys-alone"),
    ("git has it", replace(GOOD[Workspace], tracked=(".idptest/keys/sp-key.pem",)), "preflight-files/git-leaves-the-keys-alone"),
    ("no git", Workspace("/home/anna/idptest")),
    # the way to the IdP
    ("no metadata", IdpSource("idp-metadata.xml", _WHY), "preflight-idp/metadata-is-at-hand"),
    ("metadata ended", IdpSource("idp-metadata.xml", None, NOW - _DAY), "preflight-idp/metadata-is-at-hand"),
    ("metadata lasts", IdpSource("idp-metadata.xml", None, NOW + _DAY)),
    ("clock ahead", Clock("idp", 600.0, 180), "preflight-idp/clocks-agree"),
    ("clock behind", Clock("idp", -181.0, 180), "preflight-idp/clocks-agree"),
    ("no clock", Clock("idp", None, 180)),
    ("logged in already", replace(KNOCK, status=(_STATUS + "Success",))),
    (
        "the login page is shown",
        replace(KNOCK, ended=PAGE_NOT_UNDERSTOOD, reason="username-missing", status=()),
        "preflight-idp/passive-is-honoured",
    ),
    ("we are unknown", replace(KNOCK, ended=REFUSED_BY_IDP, reason="sp-unknown", status=()), "preflight-idp/idp-takes-our-request"),
    (
        "an unsigned request is refused",
        replace(KNOCK, ended=REFUSED_BY_IDP, reason="refused", said="No", status=(), wants_signed=True),
        "preflight-idp/idp-takes-our-request",
    ),
    ("another status", replace(KNOCK, status=(_STATUS + "Requester",), status_message="?"), "preflight-idp/idp-takes-our-request"),
    ("the client is known", replace(KNOCK, protocol="oidc", status=("login_required",))),
    ("logged in already, by OpenID Connect", replace(KNOCK, protocol="oidc", status=("code",))),
    (
        "the client may not use the code flow",
        replace(KNOCK, protocol="oidc", status=("unauthorized_client",), status_message="Nej"),
        "preflight-idp/idp-takes-our-request",
    ),
    ("an error that nobody knows", replace(KNOCK, protocol="oidc", status=("?",)), "preflight-idp/idp-takes-our-request"),
    ("an unknown page", replace(KNOCK, ended=PAGE_NOT_UNDERSTOOD, reason="unknown-page", status=())),
    ("the network fails", replace(KNOCK, ended=NETWORK, said="refused", status=())),
    # addresses
    ("unknown name", _address(**_NOT_REACHED, unknown_name=True), "preflight-address/name-is-known"),
    (
        "nobody answers",
        _address(**{**_NOT_REACHED, "families": (("IPv4", False),)}, error=_WHY),
        "preflight-address/login-address-answers",
    ),
    ("not found", _address(status=404), "preflight-address/login-address-answers"),
    (
        "bad certificate",
        _address(tls=None, old_tls=None, certificate_ends=None, status=None, tls_problem=_WHY),
        "preflight-address/tls-certificate-holds",
    ),
    ("certificate of TLS ends soon", _address(certificate_ends=NOW + 3 * _DAY), "preflight-address/tls-certificate-lasts"),
    ("old TLS", _address(old_tls="TLSv1.1"), "preflight-address/tls-is-1-2-or-newer"),
    ("old TLS could not be tried", _address(old_tls=None)),
    ("leads to http", _address(status=302, leads_to="http://idp.exempelstad.se/"), "preflight-address/login-address-stays-on-https"),
    ("no answer over IPv6", _address(families=(("IPv4", True), ("IPv6", False))), "preflight-address/every-published-network-answers"),
    ("no IPv6 here", _address(families=(("IPv4", True), ("IPv6", None)))),
    ("by a proxy", Address("SingleSignOnService", Reached(_URL, status=200, by_proxy=True))),
    ("plain http", Address("SingleSignOnService", Reached("http://127.0.0.1/sso", families=(("IPv4", True),), status=400))),
    ("link: not found", _link(status=404), "preflight-address/links-answer"),
    ("link: logout misses its request", _link("SingleLogoutService", status=400)),
    ("link: logout is gone", _link("SingleLogoutService", status=404), "preflight-address/links-answer"),
    ("link: UserInfo wants a token", _link("userinfo_endpoint", status=401)),
    ("link: UserInfo is gone", _link("userinfo_endpoint", status=404), "preflight-address/links-answer"),
    ("link: unknown name", _link(**_NOT_REACHED, unknown_name=True), "preflight-address/links-answer"),
    ("link: bad certificate", _link(tls=None, status=None, tls_problem=_WHY), "preflight-address/links-answer"),
    ("link: nobody answers", _link(status=None, error=_WHY), "preflight-address/links-answer"),
    ("link: leads to http", _link(status=301, leads_to="http://www.exempelstad.se/"), "preflight-address/links-answer"),
)
