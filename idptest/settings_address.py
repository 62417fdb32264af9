"""Addresses in idptest.toml: https, or http where nobody is in between, and never with a password in them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from idptest.toml_lines import Table


def split(address: str) -> SplitResult | None:
    """None unless it is a scheme, a host and, if any, a port, without blanks."""
    try:
        url = urlsplit(address)
        whole = bool(url.scheme and url.hostname) and url.port != 0 and not re.search(r"\s", address)
    except ValueError:
        return None
    return url if whole else None


def web_address(table: Table, key: str, address: str, *, or_file: bool = False) -> None:
    """https, or http on loopback, where nobody is in between. `or_file`: the key takes a file as well, and the message says so."""
    url = split(address)
    if url is None or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname or ""))):
        table.bad(key, f"must be {'a file or ' * or_file}an https address", f"ska vara {'en fil eller ' * or_file}en https-adress")
    no_password_in(table, key, url)


def proxy(table: Table) -> str | None:
    """The key "proxy"."""
    address = table.string("proxy")
    if address is not None:
        url = split(address)
        if url is None or url.scheme not in ("http", "https"):
            table.bad(
                "proxy", "must be an address such as http://proxy.example.se:3128", "ska vara en adress som http://proxy.exempel.se:3128"
            )
        no_password_in(table, "proxy", url)
    return address


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def no_password_in(table: Table, key: str, url: SplitResult) -> None:
    if "@" in url.netloc:
        table.bad(key, "must not hold a user name or password", "får inte innehålla användarnamn eller lösenord")
