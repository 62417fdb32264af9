"""What tells the nodes behind a load balancer apart, in the answers that they give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Cookies by which a load balancer finds back to a node, under their customary names in Apache's (ROUTEID), HAProxy's (SERVERID, SRV) and
# F5's (BIGipServer…) examples. What they hold names the node and logs nobody in:
# https://httpd.apache.org/docs/2.4/mod/mod_proxy_balancer.html (read 2026-11), "Load balancer stickyness".
_ROUTE = re.compile(r"ROUTEID|SERVERID|SRV|route|BIGipServer\S*", re.IGNORECASE)
# Java servers append the node's name to the session's id, after a dot (mod_proxy_balancer, as above; Tomcat's jvmRoute).
_SESSION = re.compile(r"JSESSIONID", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_.:!-]{1,64}")
_HEADERS = re.compile(r"server|via|x-.*(?:server|served-by|node|backend|upstream|instance|hostname)", re.IGNORECASE)
_LONGEST = 100


def route(name: str, value: str) -> str | None:
    """What a cookie's value says of the node, and nothing else; None when that is nothing."""
    if _ROUTE.fullmatch(name):
        return value if _NAME.fullmatch(value) else None
    _, dot, node = value.rpartition(".")
    return f".{node}" if _SESSION.fullmatch(name) and dot and _NAME.fullmatch(node) and len(node) <= 16 else None


def signs(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What an answer's headers say of the node, as "X-Served-By: idp2"; of a cookie as "Set-Cookie: SERVERID=idp2"."""
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookie, _, held = value.partition(";")[0].strip().partition("=")
            node = route(cookie, held)
            if node:
                yield f"Set-Cookie: {cookie}={node}"
        elif _HEADERS.fullmatch(name) and value.strip():
            yield f"{name}: {value.strip()[:_LONGEST]}"
