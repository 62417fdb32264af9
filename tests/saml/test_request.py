"""Our AuthnRequest and the bindings: valid by the schema, read by another library, the same after a round trip."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from idptest.model.flow import Sent
from idptest.saml.bindings import POST, decode_post, decode_redirect, inflate, redirect
from idptest.saml.request import authn_request
from idptest.saml.xml import NS
from tests.saml.schemas import faults

SENT = Sent(
    request_id="id-1",
    issued_at=datetime(2026, 11, 22, 7, 45, tzinfo=UTC),
    sp_entity_id="https://idptest.exempelstad.se/sp",
    acs_url="https://localhost:8443/saml/acs",
    destination="https://idp.exempelstad.se/sso",
    relay_state="id-2",
    contexts=("http://id.elegnamnden.se/loa/1.0/loa3", "https://refeds.org/profile/mfa"),
    force_authn=True,
)
REQUESTS = [
    SENT,
    replace(SENT, contexts=(), force_authn=False, relay_state=None),
    replace(SENT, sp_entity_id="urn:å&<>\"'", destination="https://idp.exempelstad.se/sso?a=1&b=å"),
    replace(SENT, comparison="minimum"),
    replace(SENT, is_passive=True, force_authn=False),
    replace(SENT, name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
    replace(SENT, acs_index=0),
    replace(SENT, acs_index=65535, is_passive=True, name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
]


@pytest.mark.parametrize("sent", REQUESTS)
def test_the_request_is_valid_by_the_schema(sent: Sent) -> None:
    assert faults("protocol", authn_request(sent)) == []


def test_the_schema_test_can_fail() -> None:
    assert faults("protocol", authn_request(replace(SENT, comparison="nearly")))
    assert faults("protocol", authn_request(replace(SENT, request_id="1 2")))
    assert faults("protocol", authn_request(replace(SENT, acs_index=65536)))


@pytest.mark.parametrize("sent", REQUESTS)
def test_pysaml2_reads_from_it_what_we_wrote(sent: Sent) -> None:
    from saml2.samlp import authn_request_from_string

    read = authn_request_from_string(authn_request(sent))
    assert (read.id, read.issue_instant, read.destination) == ("id-1", "2026-11-22T07:45:00Z", sent.destination)
    assert read.issuer.text == sent.sp_entity_id
    assert (read.force_authn == "true") == sent.force_authn
    assert (read.is_passive == "true") == sent.is_passive
    policy = read.name_id_policy
    assert ((policy.format, policy.allow_create) if policy else None) == ((sent.name_id_format, "true") if sent.name_id_format else None)
    # The index excludes the address and the binding (Core 3.4.1).
    at = (read.assertion_consumer_service_url, read.protocol_binding, read.assertion_consumer_service_index)
    assert at == ((sent.acs_url, POST, None) if sent.acs_index is None else (None, None, str(sent.acs_index)))
    asked = read.requested_authn_context
    assert (tuple(found.text for found in asked.authn_context_class_ref) if asked else ()) == sent.contexts
    assert (asked.comparison if asked else "exact") == sent.comparison


def test_it_says_nothing_that_some_idp_refuses() -> None:
    request = etree.fromstring(authn_request(SENT))
    assert request.find("samlp:NameIDPolicy", NS) is None
    assert request.find("saml:Subject", NS) is None
    assert request.find("ds:Signature", NS) is None


@pytest.mark.parametrize(
    "destination", ["https://idp/sso", "https://idp/sso?", "https://idp/sso?tenant=a%20b&x=", "https://idp:8443/sso;p?x=1#part"]
)
def test_a_redirect_carries_the_request_and_keeps_the_endpoints_own_query(destination: str) -> None:
    xml = authn_request(SENT)
    request = redirect(destination, xml, "a&b=c å")
    assert request.method == "GET"
    assert "#" not in request.url
    url, given_url = urlsplit(request.url), urlsplit(destination)
    assert (url.scheme, url.netloc, url.path) == (given_url.scheme, given_url.netloc, given_url.path)
    fields = parse_qsl(url.query, keep_blank_values=True)
    own = parse_qsl(given_url.query, keep_blank_values=True)
    assert fields[: len(own)] == own
    assert [name for name, _ in fields[len(own) :]] == ["SAMLRequest", "RelayState"]
    assert dict(fields)["RelayState"] == "a&b=c å"
    assert inflate(dict(fields)["SAMLRequest"]) == xml


def test_without_relay_state_there_is_none() -> None:
    assert "RelayState" not in redirect("https://idp/sso", b"<x/>", None).url
    assert "RelayState=" in redirect("https://idp/sso", b"<x/>", "").url


@given(st.binary(max_size=300))
def test_any_bytes_survive_the_redirect(data: bytes) -> None:
    query = dict(parse_qsl(urlsplit(redirect("https://idp/", data, None).url).query))
    assert inflate(query["SAMLRequest"]) == data
    assert decode_redirect(query["SAMLRequest"]) == data


def test_pysaml2_unpacks_our_redirect() -> None:
    from saml2.s_utils import decode_base64_and_inflate

    query = dict(parse_qsl(urlsplit(redirect("https://idp/sso", authn_request(SENT), None).url).query))
    assert decode_base64_and_inflate(query["SAMLRequest"]) == authn_request(SENT)


def test_a_deflate_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = base64.b64encode(packer.compress(b"\0" * 50_000_000) + packer.flush()).decode()
    with pytest.raises(ValueError, match="too large"):
        inflate(bomb)
    assert decode_redirect(bomb) is None or len(decode_redirect(bomb) or b"") < 100_000


@given(st.integers(1, 400), st.integers(1, 400))
def test_what_is_larger_than_the_limit_is_refused_and_never_cut(size: int, limit: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    message = base64.b64encode(packer.compress(b"x" * size) + packer.flush()).decode()
    if size <= limit:
        assert inflate(message, limit) == b"x" * size
    else:
        with pytest.raises(ValueError, match="too large"):
            inflate(message, limit)


@given(st.text(max_size=80))
def test_no_text_raises(value: str) -> None:
    decode_post(value)
    decode_redirect(value)


def test_base64_may_be_broken_into_lines() -> None:
    value = base64.encodebytes(b"<x/>" * 50).decode().replace("\n", "\r\n")
    assert decode_post(value) == b"<x/>" * 50
    assert decode_post("PHg+") == b"<x>"
    assert decode_post("not base64!") is None
    assert decode_post("åäö") is None
    assert decode_redirect(base64.b64encode(b"<samlp:Response/>").decode()) == b"<samlp:Response/>", "against the binding, but read"
