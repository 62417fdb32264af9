"""The feeds there are: those that ship with idptest (metadata/feeds.toml), and what [feed.NAME] in idptest.toml adds or changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from idptest import resources
from idptest.errors import ConfigurationError
from idptest.model.feed import ENVIRONMENTS, FORMATS, JWS, SAML, Feed, PublicKey
from idptest.model.rule import Words
from idptest.settings_address import proxy, web_address
from idptest.toml_lines import FILE, Document, Table, did_you_mean, parse

SHIPPED = "metadata/feeds.toml"
_KEYS = (
    *("url", "format", "environment", "title", "certificate", "certificate_url", "sha256", "key"),
    *("source", "remark", "ca_file", "proxy", "timeout", "max_mb"),
)


@cache
def shipped() -> Mapping[str, Feed]:
    """What ships with idptest, by name, in the order of the file."""
    text = resources.text(resources.METADATA, "feeds.toml")
    return _read(Table(Document(text, SHIPPED), (), parse(text, SHIPPED)), {})


def known(file: Table) -> Mapping[str, Feed]:
    """All feeds that somebody with this idptest.toml has. Raises ConfigurationError with file and line."""
    return _read(file, shipped())


def in_text(text: str) -> Mapping[str, Feed]:
    """The same of the text of idptest.toml, whose other tables are not looked at."""
    return known(Table(Document(text, FILE), (), parse(text, FILE)))


def named(name: str, feeds: Mapping[str, Feed]) -> Feed:
    """Raises ConfigurationError, naming the nearest."""
    if name not in feeds:
        near = did_you_mean(name, feeds)
        raise ConfigurationError(
            f'there is no feed called "{name}"{near[0]} (all: idptest metadata fetch --list)',
            f'det finns inget flöde som heter "{name}"{near[1]} (alla: idptest metadata fetch --list)',
        )
    return feeds[name]


def fingerprint(text: str) -> str | None:
    """A SHA-256 fingerprint as people write it, with colons, blanks and capitals, as 64 small hexadecimal digits; None when it is none."""
    plain = re.sub(r"[\s:]", "", text).lower()
    return plain if re.fullmatch(r"[0-9a-f]{64}", plain) else None


def _read(file: Table, before: Mapping[str, Feed]) -> Mapping[str, Feed]:
    return {**before, **{name: _feed(name, table, before.get(name)) for name, table in file.named("feed").items()}}


def _feed(name: str, table: Table, before: Feed | None) -> Feed:
    if not re.fullmatch(r"[^\W_][\w-]*", name):  # it becomes a folder's name, and is typed as an argument
        table.refuse(
            None,
            f"{table.name}: a feed's name is letters, digits, - and _, and begins with a letter or digit",
            f"{table.name}: ett flödes namn består av bokstäver, siffror, - och _, och börjar med en bokstav eller siffra",
        )
    table.known(*_KEYS)
    was = before or Feed(name, SAML, Words(name, name), ENVIRONMENTS[0])
    url = table.string("url")
    for key in ("url", "certificate_url"):
        if address := table.string(key):
            web_address(table, key, address)
    if before is None and url is None and table.document.where != SHIPPED:
        table.refuse(None, f'"url" is missing in {table.name}: where the feed is', f'"url" saknas i {table.name}: var flödet finns')
    elsewhere = url is not None and url != was.url  # what is said of an address is not said of another
    form = table.choice("format", FORMATS, was.format)
    public = _key(table, form) or was.key
    if form == JWS and public is None:
        table.refuse(
            None,
            f'"key" is missing in {table.name}: key = {{ kid = "…", x = "…", y = "…" }}, as the federation publishes it',
            f'"key" saknas i {table.name}: key = {{ kid = "…", x = "…", y = "…" }}, så som federationen publicerar den',
        )
    return Feed(
        name=name,
        format=form,
        title=table.words("title") or was.title,
        environment=table.choice("environment", ENVIRONMENTS, was.environment),
        url=url or was.url,
        source=table.string("source") or (None if elsewhere else was.source),
        remark=table.words("remark") or (None if elsewhere else was.remark),
        certificate=table.string("certificate") or was.certificate,
        certificate_url=table.string("certificate_url") or (None if elsewhere else was.certificate_url),
        sha256=_pin(table, form) or was.sha256,
        key=public,
        ca_file=table.string("ca_file"),
        proxy=proxy(table),
        timeout=table.number("timeout", was.timeout, 1, 3600),
        max_mb=table.integer("max_mb", was.max_mb, 1, 4000),
    )


def _pin(table: Table, form: str) -> str | None:
    text = table.string("sha256")
    if text is None:
        return None
    if form == JWS:
        table.bad("sha256", "is for SAML feeds; this one has a key", "är för SAML-flöden; det här har en nyckel (key)")
    found = fingerprint(text)
    if found is None:
        table.bad(
            "sha256",
            "must be the certificate's SHA-256 fingerprint, 64 hexadecimal digits (SHA-1 has 40)",
            "ska vara certifikatets fingeravtryck i SHA-256, 64 hexadecimala siffror (SHA-1 har 40)",
        )
    return found


def _key(table: Table, form: str) -> PublicKey | None:
    inner = table.table("key")
    if inner is None:
        return None
    if form != JWS:
        table.bad("key", 'is for feeds with format = "jws"', 'är för flöden med format = "jws"')
    inner.known("kid", "x", "y")
    for coordinate in ("x", "y"):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", inner.needed(coordinate)):
            inner.bad(
                coordinate,
                "must be a coordinate of a P-256 key in base64url, 43 characters",
                "ska vara en koordinat av en P-256-nyckel i base64url, 43 tecken",
            )
    return PublicKey(inner.needed("kid"), inner.needed("x"), inner.needed("y"))
