"""idptest.toml, text in and dataclasses out. Nothing is read from disk, environment or network here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from datetime import date, datetime

from idptest import feeds
from idptest.model.rule import Waiver
from idptest.model.settings import (
    CLIENT_AUTH,
    ENVIRONMENTS,
    EPPN_SOURCES,
    NAME_ID_FORMATS,
    PROTOCOLS,
    REQUEST_BINDINGS,
    RESPONSE_MODES,
    ROLES,
    RULESETS,
    UI_LOCALES,
    AccountSettings,
    DirectorySettings,
    IdpSettings,
    MetadataSource,
    OidcSettings,
    Settings,
    TraceSettings,
)
from idptest.settings_address import proxy, web_address
from idptest.settings_directory import directory_tables, read_directory
from idptest.settings_sp import read_sp
from idptest.settings_steps import read_step
from idptest.settings_trace import read_trace
from idptest.toml_lines import FILE as FILE
from idptest.toml_lines import Document, Table, did_you_mean, nearest, parse

_OIDC_KEYS = (
    "issuer", "client_id", "client_secret_env", "client_auth", "scopes", "response_mode", "claims",
    "max_age", "ui_locales", "login_hint", "request_object", "log_out",
)  # fmt: skip

_DAY = 86_400  # seconds
_ACCOUNT_KEYS = ("idp", *(item.name for item in dataclasses.fields(AccountSettings) if item.name not in ("name", "idps")))


def read(
    text: str,
    where: str = FILE,
    *,
    products: Collection[str] | None = None,
    rulesets: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> Settings:
    """The settings in a file's text. The first thing that is wrong raises ConfigurationError with file:line.

    `products`, `rulesets`, `rules`: the names there are; None leaves such names unchecked. A ruleset that
    `is_path` is never checked here.
    """
    file = Table(Document(text, where), (), parse(text, where))
    file.known("keep_days", "sp", "idp", "account", "directory", "feed", "trace", "waiver")
    sp = file.table("sp")
    if sp is None:
        file.refuse(
            None,
            "the table [sp] is missing; idptest init writes a file to start from",
            "tabellen [sp] saknas; idptest init skriver en fil att utgå från",
        )
    trace = read_trace(file.table("trace"))
    idps = {name: _idp(name, table, products, trace) for name, table in file.named("idp").items()}
    return Settings(
        keep_days=file.integer("keep_days", 30, 1, 3650),
        sp=read_sp(sp),
        idps=idps,
        accounts={name: _account(name, table, idps, rulesets) for name, table in file.named("account").items()},
        waivers=tuple(_waiver(table, rules) for table in file.tables("waiver")),
        directories=tuple(_directory(name, table) for name, table in directory_tables(file)),
        feeds=feeds.known(file),
        trace=trace,
    )


def is_path(ruleset: str) -> bool:
    """Whether an entry of `rulesets` is a file of one's own."""
    return ruleset.endswith(".toml") or "/" in ruleset or "\\" in ruleset


def _idp(name: str, table: Table, products: Collection[str] | None, trace: TraceSettings) -> IdpSettings:
    _check_name(name, table)
    _no_secrets(table)
    protocol = table.choice("protocol", PROTOCOLS, "saml")
    saml = ("metadata", "request_binding", "sign_requests", "name_id_format", "acs_by_index")
    own = saml if protocol == "saml" else _OIDC_KEYS
    general = ("product", "eppn_source", "digg_approved", "environment", "proxy", "ca_file", "timeout", "step", "trace")
    table.known("protocol", *own, *general)
    product = table.string("product")
    if product is not None and products is not None:
        table.one_of(product, products, "product", "unknown product", "okänd produkt")
    oidc = _oidc(table) if protocol == "oidc" else None
    return IdpSettings(
        name=name,
        protocol=protocol,
        metadata=MetadataSource(f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration") if oidc else _metadata(table),
        product=product,
        eppn_source=table.choice("eppn_source", EPPN_SOURCES, "objectGUID"),
        digg_approved=table.boolean("digg_approved"),
        environment=table.choice("environment", ENVIRONMENTS, "test"),
        proxy=proxy(table),
        ca_file=table.string("ca_file"),
        timeout=table.number("timeout", 30, 1, 600),
        request_binding=table.choice("request_binding", REQUEST_BINDINGS, "redirect"),
        sign_requests=table.boolean("sign_requests"),
        name_id_format=table.choice("name_id_format", NAME_ID_FORMATS) if "name_id_format" in table.values else None,
        acs_by_index=table.boolean("acs_by_index"),
        steps=tuple(read_step(step) for step in table.tables("step")),
        trace=read_trace(table.table("trace"), trace),
        oidc=oidc,
    )


def _metadata(table: Table) -> MetadataSource:
    inner = table.table("metadata") if isinstance(table.values.get("metadata"), dict) else None
    if inner:
        inner.known("from", "entity_id")
    source = MetadataSource(inner.needed("from"), inner.string("entity_id")) if inner else MetadataSource(table.needed("metadata"))
    if "://" in source.location:
        web_address(table, "metadata", source.location, or_file=True)
    return source


def _oidc(table: Table) -> OidcSettings:
    issuer = table.needed("issuer")
    web_address(table, "issuer", issuer)
    if "/.well-known/" in issuer:
        base = issuer.partition("/.well-known/")[0]
        table.bad(
            "issuer", f'is the address without /.well-known/…: issuer = "{base}"', f'är adressen utan /.well-known/…: issuer = "{base}"'
        )
    claims = table.table("claims")
    if claims:
        claims.known("eppn")
    secret = _variable(table, "client_secret_env")
    auth = table.choice("client_auth", CLIENT_AUTH, "client_secret_basic" if secret else "private_key_jwt")
    if ("secret" in auth) != (secret is not None):
        table.bad(
            "client_auth",
            "goes with client_secret_env when it is client_secret_basic or client_secret_post, and else without",
            "hör ihop med client_secret_env när det är client_secret_basic eller client_secret_post, annars inte",
        )
    scopes = table.strings("scopes") or ("openid",)
    if "openid" not in scopes:
        table.bad("scopes", 'must hold "openid"', 'ska innehålla "openid"')
    return OidcSettings(
        issuer,
        table.needed("client_id"),
        secret,
        {key: claims.needed(key) for key in claims.values} if claims else {},
        auth,
        tuple(scopes),
        table.choice("response_mode", RESPONSE_MODES) if "response_mode" in table.values else None,
        table.integer("max_age", 0, 0, _DAY) if "max_age" in table.values else None,
        tuple(table.strings("ui_locales") or UI_LOCALES),
        table.boolean("login_hint"),
        table.boolean("request_object"),
        table.boolean("log_out"),
    )


def _account(name: str, table: Table, idps: Collection[str], rulesets: Collection[str] | None) -> AccountSettings:
    _check_name(name, table)
    _no_secrets(table)
    table.known(*_ACCOUNT_KEYS)
    named = (table.needed("idp"),) if isinstance(table.values.get("idp", ""), str) else table.strings("idp") or ()
    for idp in named:
        if idp not in idps:
            end = did_you_mean(idp, idps)
            table.refuse(
                "idp",
                f'account {name} names the IdP "{idp}", which is not in the file{end[0]}',
                f'kontot {name} anger IdP:n "{idp}", som inte finns i filen{end[1]}',
            )
    role = table.choice("role", ROLES)
    wanted = table.strings("rulesets")
    for ruleset in wanted or ():
        if rulesets is not None and not is_path(ruleset):
            table.one_of(ruleset, rulesets, "rulesets", "unknown ruleset", "okänd regelsamling")
    eppn = table.string("provisioned_eppn")
    if eppn is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", eppn):
        table.bad("provisioned_eppn", "must have one @, with text on both sides", "ska ha ett @, med text på båda sidor")
    return AccountSettings(
        name=name,
        idps=named,
        role=role,
        username=table.string("username"),
        password_env=_variable(table, "password_env"),
        totp_env=_variable(table, "totp_env"),
        client_certificate=table.string("client_certificate"),
        client_certificate_password_env=_variable(table, "client_certificate_password_env"),
        test_person=table.boolean("test_person"),
        object_guid=_guid(table),
        given_name=table.string("given_name"),
        surname=table.string("surname"),
        provisioned_eppn=eppn,
        person=table.string("person"),
        protected_identity=table.boolean("protected_identity"),
        rulesets=wanted or RULESETS[role],
    )


def _directory(name: str | None, table: Table) -> DirectorySettings:
    if name is not None:
        _check_name(name, table)
    _no_secrets(table)
    return read_directory(name, table, _variable(table, "password_env"))


def _waiver(table: Table, rules: Collection[str] | None) -> Waiver:
    table.known("rule", "reason", "until")
    rule = table.needed("rule")
    if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", rule):
        table.bad(
            "rule", "must be a rule's id, as reports show it: group/name", "ska vara en regels id, så som rapporter visar det: grupp/namn"
        )
    if rules is not None and rule not in rules:
        close = nearest(rule, rules)
        end = (f'did you mean "{close}"?', f'menade du "{close}"?') if close else ("idptest rules lists them", "idptest rules listar dem")
        table.refuse("rule", f'no rule is called "{rule}"; {end[0]}', f'ingen regel heter "{rule}"; {end[1]}')
    reason = table.needed("reason")
    until = table.values.get("until")
    if until is None:
        table.refuse(
            None,
            f'"until" is missing in {table.name}: the last day, for instance until = 2027-03-31',
            f'"until" saknas i {table.name}: sista dagen, till exempel until = 2027-03-31',
        )
    if not isinstance(until, date) or isinstance(until, datetime):
        table.bad(
            "until",
            "must be a date without quotes and time: until = 2027-03-31",
            "ska vara ett datum utan citattecken och klockslag: until = 2027-03-31",
        )
    return Waiver(rule, reason, until.isoformat())


def _check_name(name: str, table: Table) -> None:
    # Names become part of file names and are typed as arguments.
    if not re.fullmatch(r"[^\W_][\w.-]*", name):
        table.refuse(
            None,
            f"{table.name}: a name is letters, digits, . - and _, and begins with a letter or digit",
            f"{table.name}: ett namn består av bokstäver, siffror, . - och _, och börjar med en bokstav eller siffra",
        )


# Spelt without hyphens and underscores, in lower case.
_SECRET_KEYS = {
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "lösenord",
    "losenord",
    "secret",
    "clientsecret",
    "totp",
    "totpsecret",
    "otp",
    "pin",
    "pinkod",
}


def _no_secrets(table: Table) -> None:
    """A secret in the file would sooner or later be committed, mailed or shown."""
    for key in table.values:
        if re.sub("[-_]", "", key.casefold()) in _SECRET_KEYS:
            env = "client_secret_env" if "client" in key else "totp_env" if "otp" in key else "password_env"
            table.refuse(
                key,
                f'"{key}" in {table.name}: no secrets in this file; put it in an environment variable and write its name: {env} = "…"',
                f'"{key}" i {table.name}: inga hemligheter i filen; lägg den i en miljövariabel och skriv dess namn: {env} = "…"',
            )


def _variable(table: Table, key: str) -> str | None:
    """The name of an environment variable. The value is not shown when it is none: it may be the secret itself."""
    value = table.string(key)
    if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        table.bad(
            key,
            "must be the name of an environment variable, not the secret itself",
            "ska vara namnet på en miljövariabel, inte själva hemligheten",
        )
    return value


def _guid(table: Table) -> str | None:
    """In canonical form. Capitals and braces, as directory tools show them, are the same GUID; other forms may not be."""
    value = table.string("object_guid")
    if value is None:
        return None
    shape = "-".join(f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12))
    seen = re.fullmatch(rf"({shape})|\{{({shape})\}}", value.strip().lower())
    if seen is None:
        table.bad(
            "object_guid",
            "must be a GUID, 8-4-4-4-12 hexadecimal digits; idptest eppn explain tells what other forms mean",
            "ska vara ett GUID, 8-4-4-4-12 hexadecimala siffror; idptest eppn explain förklarar andra former",
        )
    return seen[1] or seen[2]
