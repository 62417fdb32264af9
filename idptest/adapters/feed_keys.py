"""The one key that may have signed a feed: where it is declared, how it is approved, and where to look for its certificate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from idptest import toml_edit
from idptest.adapters import feed_download, store
from idptest.adapters.feed_copies import Copies
from idptest.adapters.http_client import HttpClient
from idptest.errors import ConfigurationError, InputError
from idptest.feed_facts import certificate_key, named_key, published_key
from idptest.feed_words import grouped
from idptest.model.feed import JWS, Feed
from idptest.model.inspected_feed import SigningKey
from idptest.settings import FILE


def approved(feed: Feed, folder: Path, copies: Copies) -> SigningKey | None:
    """The one key that may have signed the feed; without `pem` when only its fingerprint is known. None: none is approved yet.

    Raises ConfigurationError when idptest.toml contradicts itself.
    """
    if feed.format == JWS:
        return published_key(feed)
    if feed.certificate:
        found = certificate_key(_read_certificate(feed, folder))
        if found is None or (feed.sha256 and feed.sha256 != found.sha256):
            why = (
                ("it is no certificate that can be read (PEM or DER)", "det är inget certifikat som går att läsa (PEM eller DER)")
                if found is None
                else (
                    f"its SHA-256 is {grouped(found.sha256)}, not what sha256 says",
                    f"dess SHA-256 är {grouped(found.sha256)}, inte vad sha256 anger",
                )
            )
            where = store.line_in_settings(folder, "feed", feed.name, "certificate")
            raise ConfigurationError(f"{feed.certificate}: {why[0]}", f"{feed.certificate}: {why[1]}", where=where)
        return found
    if feed.sha256 is None:
        return None
    kept = copies.certificate()
    found = certificate_key(kept) if kept else None
    return found if found and found.sha256 == feed.sha256 else SigningKey(feed.sha256, None, "", "?", None)


def pinned(feed: Feed, key: SigningKey, folder: Path, copies: Copies) -> Feed:
    """The feed with this key and no other, from now on: its fingerprint in idptest.toml, its certificate beside the copy. Raises ConfigurationError."""
    path = folder / FILE
    text = store.read_file(path).decode("utf-8-sig")
    try:
        new = toml_edit.with_table(text, FILE, ("feed", feed.name), {"sha256": key.sha256})
    except ConfigurationError as problem:
        line = toml_edit.line("sha256", key.sha256)
        raise ConfigurationError(f"{problem.words.en}: {line}", f"{problem.words.sv}: {line}", where=problem.where) from None
    if key.pem:
        copies.keep_certificate(key.pem)
    store.write(path, new.encode(), private=False)
    return dataclasses.replace(feed, sha256=key.sha256)


def unpinned(feed: Feed, folder: Path) -> Feed:
    """For approving another key: the feed as if none was approved. Raises ConfigurationError where a file in idptest.toml decides."""
    if feed.format == JWS:
        raise ConfigurationError(
            f'the key of {feed.name} is no certificate; another is written as key = {{ kid = "…", x = "…", y = "…" }} below [feed.{feed.name}]',
            f'nyckeln för {feed.name} är inget certifikat; en annan skrivs som key = {{ kid = "…", x = "…", y = "…" }} under [feed.{feed.name}]',
            where=FILE,
        )
    if feed.certificate:
        raise ConfigurationError(
            f"certificate = … decides which key may have signed {feed.name}: change that instead of using --pin",
            f"certificate = … avgör vilken nyckel som får ha signerat {feed.name}: ändra den i stället för att använda --pin",
            where=store.line_in_settings(folder, "feed", feed.name, "certificate"),
        )
    return dataclasses.replace(feed, sha256=None)


def candidate(feed: Feed, approved: SigningKey | None, data: bytes, client: HttpClient) -> SigningKey | None:
    """The approved key; where its certificate is not at hand, the one that has its fingerprint; where none is approved, the one to ask about."""
    if approved and (approved.pem or feed.format == JWS):
        return approved
    candidate = named_key(feed, data)
    if feed.certificate_url and (candidate is None or (approved and candidate.sha256 != approved.sha256)):
        fetched = feed_download.certificate(feed.certificate_url, client)
        candidate = (certificate_key(fetched) if fetched else None) or candidate
    return candidate if approved is None or (candidate and candidate.sha256 == approved.sha256) else approved


def published(feed: Feed, key: SigningKey, client: HttpClient) -> str | None:
    """Where the federation publishes the same certificate."""
    fetched = feed_download.certificate(feed.certificate_url, client) if feed.certificate_url else None
    found = certificate_key(fetched) if fetched else None
    return feed.certificate_url if found and found.sha256 == key.sha256 else None


def _read_certificate(feed: Feed, folder: Path) -> bytes:
    try:
        return store.read_file(folder / str(feed.certificate), 1024 * 1024)
    except InputError as problem:
        where = store.line_in_settings(folder, "feed", feed.name, "certificate")
        raise ConfigurationError(
            f"{feed.certificate}: {problem.words.en}", f"{feed.certificate}: {problem.words.sv}", where=where
        ) from None


def none_named(feed: Feed) -> ConfigurationError:
    return ConfigurationError(
        f'the feed {feed.name} bears no certificate: ask the federation for it, and write certificate = "FILE" below [feed.{feed.name}]',
        f'flödet {feed.name} har inte med något certifikat: be federationen om det, och skriv certificate = "FIL" under [feed.{feed.name}]',
        where=FILE,
    )


def not_approved(feed: Feed, key: SigningKey) -> ConfigurationError:
    return ConfigurationError(
        f"the key of {feed.name} is not approved yet. Confirm its fingerprint with the federation, then: "
        f"idptest metadata fetch {feed.name} --pin {key.sha256}",
        f"nyckeln för {feed.name} är inte godkänd än. Bekräfta fingeravtrycket med federationen, och sedan: "
        f"idptest metadata fetch {feed.name} --pin {key.sha256}",
    )
