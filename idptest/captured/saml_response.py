"""A SAML response alone: XML, or base64 as it is posted, however it was copied."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from idptest.captured.entry import Entry
from idptest.captured.messages import read_answer
from idptest.captured.saml import FoundSaml
from idptest.errors import InputError
from idptest.model.flow import HttpRequest
from idptest.saml.bindings import decode_redirect
from idptest.saml.xml import SAMLP, NotXml, parse

_FIELD = re.compile(r"""SAMLResponse["']?\s*[=:]\s*["']?([^&"',;]+)""")
_NEXT_FIELD = re.compile(r"\s(?:RelayState|SigAlg|Signature)\b")
_DECLARED = re.compile(rb"""(<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_MAX_XML = 20 * 1024 * 1024  # bytes


def read(data: bytes, where: str) -> FoundSaml | None:
    """The login that the response ends; None when `data` is no such thing. Raises InputError when it is another SAML message."""
    xml = _xml(data)
    if xml is None or len(xml) > _MAX_XML:
        return None
    try:
        root = parse(xml)
    except NotXml:
        if SAMLP.encode() not in xml:
            return None
    else:
        if root.tag != f"{{{SAMLP}}}Response":
            name = root.tag.rpartition("}")[2]
            raise InputError(
                f"this is XML, but no SAML response: its root is {name}",
                f"det här är XML, men inget SAML-svar: roten är {name}",
                where=where,
            )
    answer = read_answer(xml)
    if answer is None:
        return None
    form = (("SAMLResponse", base64.b64encode(xml).decode()),)
    return FoundSaml(answer, None, (Entry(None, HttpRequest("POST", "", form=form)),), delivery=False)


def _xml(data: bytes) -> bytes | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Windows PowerShell writes with >
        data = data.decode("utf-16", "replace").encode()
        data = _DECLARED.sub(rb"\1", data, count=1)
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if data.startswith(b"<"):
        return data
    text = data.decode("utf-8", "replace")
    found = _FIELD.search(text)
    return _decoded(_NEXT_FIELD.split(found.group(1), maxsplit=1)[0] if found else text)


def _decoded(value: str) -> bytes | None:
    """The XML in base64 with line breaks, quoted for URLs once or twice, or with the padding lost; by Redirect it is deflated too."""
    for _ in range(2):
        value = unquote(value) if "%" in value else value
    value = "".join(value.split()).strip("\"'")
    value = value.translate(str.maketrans("-_", "+/"))
    if len(value) < 40 or not _BASE64.fullmatch(value):
        return None
    padded = value.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        xml = base64.b64decode(padded)
    except (binascii.Error, ValueError):
        return None
    if xml.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return xml
    inflated = decode_redirect(padded)
    return inflated if inflated and inflated.lstrip().startswith(b"<") else None
