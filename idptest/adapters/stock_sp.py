"""What would a stock SP say? pysaml2 is asked at capture, and its answer goes into the flow as an observation.

Never the judge: it stops at the first defect. Its clock is the flow's. Its signatures are checked in process, by ours:
pysaml2 7.5 has no setting for that, and its own way needs the xmlsec1 binary, which most of our users lack.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from idptest.model.flow import ARRIVED, Decryption, Flow, StockSp
from idptest.model.rule import Pointer
from idptest.model.saml import Certificate
from idptest.saml.bindings import decode_post
from idptest.saml.encryption import encrypted_assertions
from idptest.saml.response import duplicate_ids
from idptest.saml.signature import verify_all
from idptest.saml.xml import XENC, NotXml, Places, crowded, parse

_SKEW = 180  # seconds


def ask(flow: Flow) -> StockSp | None:
    """What pysaml2 says of the response in `flow`; None when none arrived in a form, or one that it would take long over."""
    if flow.ended.how != ARRIVED:
        return None
    delivered = flow.exchanges[flow.ended.exchange - 1].request
    field = next((value for name, value in delivered.form or () if name == "SAMLResponse"), None)
    if field is None or _flooded(field):
        return None
    from saml2 import BINDING_HTTP_POST, version

    name = f"pysaml2 {version.version}"
    logging.getLogger("saml2").setLevel(logging.CRITICAL + 1)
    logging.getLogger("xmlschema").setLevel(logging.CRITICAL + 1)
    try:
        with _clock(flow.captured_at):
            asked = {flow.sent.request_id: flow.sent.acs_url}
            sp = client(flow)
            sp.sec.crypto = _InProcess(flow.decrypted)
            sp.sec.enc_key_files = ["decrypted at capture"]  # it asks its backend once for each of these
            answer = sp.parse_authn_request_response(field, BINDING_HTTP_POST, asked)
    except Exception as refusal:  # whatever it raises is its answer
        words = str(refusal).strip().splitlines()
        return StockSp(name, False, f"{type(refusal).__name__}: {words[0][:200]}" if words else type(refusal).__name__)
    if answer is None or answer.assertion is None:  # some of its errors go to its log only
        return StockSp(name, False, "it read no assertion from the response")
    return StockSp(name, True)


def _flooded(field: str) -> bool:
    try:
        return crowded(parse(decode_post(field) or b"")) is not None
    except NotXml:
        return False


def client(flow: Flow, xmlsec_binary: str = sys.executable) -> Any:
    """A pysaml2 client for the flow's SP and IdP. It only looks whether its xmlsec1 binary exists; `ask` replaces what would run it."""
    from saml2.client import Saml2Client
    from saml2.config import SPConfig

    config = SPConfig()
    config.load(
        {
            "entityid": flow.sent.sp_entity_id,
            "xmlsec_binary": xmlsec_binary,
            "allow_unknown_attributes": True,  # as the gateway must, to take the plain name eduPersonPrincipalName
            "accepted_time_diff": _SKEW,
            "metadata": {"inline": [flow.idp.metadata.decode("utf-8", "replace")]},
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(flow.sent.acs_url, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")]},
                    "want_response_signed": False,
                    "want_assertions_signed": False,
                    "want_assertions_or_response_signed": True,
                    "allow_unsolicited": False,
                }
            },
        }
    )
    return Saml2Client(config=config)


class _InProcess:
    """pysaml2's crypto backend, by our own verification: no process, no temporary document."""

    version = "1.3"
    version_nums = (1, 3, 0)

    def __init__(self, decrypted: Sequence[Decryption]) -> None:
        self._decrypted = decrypted

    def decrypt(self, enctext: str | bytes, key_file: str) -> str:
        """The response with every EncryptedData replaced by what came out of it at capture.

        As text: lxml would give it the prefixes that pysaml2 has chosen for the rest, and its signature would no longer hold.
        """
        from lxml import etree
        from saml2.sigver import DecryptError

        root = parse(enctext.encode() if isinstance(enctext, str) else enctext)
        plain: dict[str, str] = {}
        for number, encrypted in enumerate(encrypted_assertions(root)):
            how = self._decrypted[number] if number < len(self._decrypted) else None
            if how is None or how.xml is None:
                raise DecryptError(how.error if how and how.error else "nothing was decrypted")
            for data in encrypted.findall(f"{{{XENC}}}EncryptedData"):
                encrypted.remove(data)
            mark = etree.ProcessingInstruction("decrypted", str(number))
            encrypted.append(mark)
            plain[str(etree.tostring(mark, encoding="unicode"))] = re.sub(r"^\s*<\?xml[^>]*\?>", "", how.xml.decode("utf-8-sig", "replace"))
        text = str(etree.tostring(root, encoding="unicode"))
        for there, xml in plain.items():
            text = text.replace(there, xml, 1)
        return text

    def validate_signature(self, enctext: str | bytes, cert_file: str, cert_type: str, node_name: str, node_id: str | None) -> bool:
        from saml2.sigver import SignatureError

        try:
            root = parse(enctext.encode() if isinstance(enctext, str) else enctext)
        except NotXml as problem:
            raise SignatureError(str(problem)) from None
        here = Pointer("exchange")
        key = Certificate(here, {}, Path(cert_file).read_bytes(), None, None, None, None)
        facts, verified = verify_all(root, Places(here), [key], duplicate_ids(root))
        if any(element.get("ID") == node_id for element in verified):
            return True
        raise SignatureError("; ".join(fact.problem.en if fact.problem else fact.state for fact in facts) or "no signature")


@contextlib.contextmanager
def _clock(now: datetime) -> Iterator[None]:
    """pysaml2 reads the wall clock in saml2.time_util; for as long as this lasts it reads `now` there."""
    from saml2 import time_util

    seconds = now.timestamp()

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Then:
            return cls.fromtimestamp(seconds, tz)

    was = time_util.time, time_util.datetime
    time_util.time = SimpleNamespace(**{**vars(time), "gmtime": lambda at=seconds: time.gmtime(at), "time": lambda: seconds})
    time_util.datetime = Then
    try:
        yield
    finally:
        time_util.time, time_util.datetime = was
