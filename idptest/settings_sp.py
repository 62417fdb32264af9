"""[sp] in idptest.toml: the service that idptest appears as, and what its metadata tells the federation about it."""

from __future__ import annotations

import re

from idptest.model.rule import Words
from idptest.model.settings import CONTACTS, Contact, Logo, Organization, Service, SpSettings
from idptest.settings_address import no_password_in, split
from idptest.toml_lines import Table

_LARGEST_LOGO = 10_000  # pixels
_IMAGE = re.compile(r"data:image/[A-Za-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}")


def read_sp(table: Table) -> SpSettings:
    """The service. ConfigurationError, with file and line, when something in it is wrong."""
    table.known("entity_id", "base_url", "organization", "contact", "service")
    entity_id = table.needed("entity_id")
    # SAMLCore 8.3.6: a URI of not more than 1024 characters.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", entity_id) or len(entity_id) > 1024:
        table.bad(
            "entity_id",
            "must be a URI, for instance https://idptest.example.se/sp",
            "ska vara en URI, till exempel https://idptest.exempel.se/sp",
        )
    base_url = table.needed("base_url")
    url = split(base_url)
    if url is None or url.scheme != "https":
        table.bad(
            "base_url",
            "must be an https address, for instance https://localhost:8443",
            "ska vara en https-adress, till exempel https://localhost:8443",
        )
    if "?" in base_url or "#" in base_url or "@" in url.netloc:
        table.bad(
            "base_url", "must be without user name, query (?) and fragment (#)", "ska vara utan användarnamn, frågedel (?) och fragment (#)"
        )
    if contacts := table.table("contact"):
        contacts.known(*CONTACTS)
    organization, service = table.table("organization"), table.table("service")
    return SpSettings(
        entity_id,
        base_url.rstrip("/"),
        _organization(organization) if organization else None,
        tuple(_contact(kind, contact) for kind, contact in table.named("contact").items()),
        _service(service) if service else None,
    )


def _organization(table: Table) -> Organization:
    table.known("name", "display_name", "url")
    _no_control_characters(table)
    name = _needed_words(table, "name")
    return Organization(name, table.words("display_name") or name, _page(table, "url") or _needed_words(table, "url"))


def _contact(kind: str, table: Table) -> Contact:
    table.known("email", "given_name", "surname", "company")
    _no_control_characters(table)
    email = table.needed("email").removeprefix("mailto:")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        table.bad("email", "must be an e-mail address", "ska vara en e-postadress")
    return Contact(kind, email, table.string("given_name"), table.string("surname"), table.string("company"))


def _service(table: Table) -> Service:
    table.known("display_name", "description", "information_url", "privacy_url", "error_url", "logo")
    _no_control_characters(table)
    error_url = table.string("error_url")
    if error_url is not None and not _is_https(error_url):
        table.bad("error_url", "must be an https address", "ska vara en https-adress")
    logo = table.table("logo")
    return Service(
        _needed_words(table, "display_name"),
        table.words("description"),
        _page(table, "information_url"),
        _page(table, "privacy_url"),
        error_url,
        _logo(logo) if logo else None,
    )


def _logo(table: Table) -> Logo:
    table.known("url", "width", "height")
    url = table.needed("url")
    if not _is_https(url) and not _IMAGE.fullmatch(url):
        table.bad("url", "must be an https address, or data:image/…;base64,…", "ska vara en https-adress, eller data:image/…;base64,…")
    for key in ("width", "height"):
        if key not in table.values:
            table.refuse(
                None,
                f'"{key}" is missing in {table.name}: the picture\'s size in pixels, for instance {key} = 80',
                f'"{key}" saknas i {table.name}: bildens storlek i pixlar, till exempel {key} = 80',
            )
    return Logo(url, table.integer("width", 0, 1, _LARGEST_LOGO), table.integer("height", 0, 1, _LARGEST_LOGO))


def _no_control_characters(table: Table) -> None:
    """XML cannot hold them, and nobody writes one on purpose."""
    for key, value in table.values.items():
        texts = value.values() if isinstance(value, dict) else (value,)
        if any(isinstance(text, str) and not text.isprintable() for text in texts):
            table.bad(key, "holds a character that cannot be printed", "innehåller ett tecken som inte går att skriva ut")


def _page(table: Table, key: str) -> Words | None:
    """A page on the web, one for both languages or one for each."""
    pages = table.words(key)
    for address in (pages.sv, pages.en) if pages else ():
        url = split(address)
        if url is None or url.scheme not in ("http", "https"):
            table.bad(key, "must be an address on the web: https://…", "ska vara en webbadress: https://…")
        no_password_in(table, key, url)
    return pages


def _is_https(address: str) -> bool:
    url = split(address)
    return url is not None and url.scheme == "https"


def _needed_words(table: Table, key: str) -> Words:
    return table.words(key) or Words(table.needed(key), "")
