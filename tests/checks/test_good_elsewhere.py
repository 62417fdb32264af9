"""What correct logins of other products look like stops nobody, and what is not looked at does not pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from idptest.model.flow import Flow
from idptest.model.rule import Level, Verdict
from idptest.saml.xml import NS, Element
from idptest.selftest.good import good
from idptest.validator import judge
from tests.exempelstad import NOW

GOOD = good(NOW)
_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FORMAT = "urn:oasis:names:tc:SAML:"


def _all(path: str, change: Callable[[Element], object]) -> Callable[[Element], None]:
    def changed(root: Element) -> None:
        for element in list(root.iterfind(path, NS)):
            change(element)

    return changed


def _entra(root: Element) -> None:
    """Five minutes before, an hour after, with milliseconds."""
    for element in root.iterfind(".//saml:Conditions", NS):
        element.set("NotBefore", (NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.123Z"))
        element.set("NotOnOrAfter", (NOW + timedelta(minutes=60)).strftime("%Y-%m-%dT%H:%M:%S.123Z"))


def _encrypted_name_id(element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    hidden = etree.Element(f"{_SAML}EncryptedID")
    etree.SubElement(hidden, "{http://www.w3.org/2001/04/xmlenc#}EncryptedData")
    parent.replace(element, hidden)


def _format(value: str) -> Callable[[Element], None]:
    return _all(".//saml:NameID", lambda element: element.set("Format", _FORMAT + value))


@pytest.mark.parametrize(
    "change",
    [
        _entra,
        _format("2.0:nameid-format:persistent"),
        _format("1.1:nameid-format:emailAddress"),
        _format("1.1:nameid-format:unspecified"),
        _all(".//saml:AuthnStatement", lambda element: element.attrib.pop("SessionIndex")),
        _all(".//saml:Conditions", lambda element: etree.SubElement(element, f"{_SAML}OneTimeUse")),
        _all(".//saml:Conditions", lambda element: element.addnext(etree.Element(f"{_SAML}Advice"))),
        _all(".//saml:NameID", lambda element: element.getparent().remove(element)),
    ],
    ids=["entra", "persistent", "e-mail", "unspecified", "no SessionIndex", "OneTimeUse", "Advice", "no NameID"],
)
def test_it_stops_nobody(change: Callable[[Element], None]) -> None:
    report = judge(GOOD.signed_anew(change))
    assert report.login.trusted
    assert not report.failures(Level.MUST)
    assert report.complete


@pytest.mark.parametrize("signed", ["response", "assertion"])
def test_one_signature_is_enough(signed: str) -> None:
    report = judge(GOOD.answered(sign_response=signed == "response", sign_assertion=signed == "assertion"))
    assert not report.failures(Level.MUST, Level.SHOULD)


def _verdict(flow: Flow, rule: str) -> Verdict:
    [found] = {finding.verdict for finding in judge(flow).findings if finding.rule.id == rule}
    return found


def test_an_encrypted_name_id_is_not_called_missing() -> None:
    flow = GOOD.signed_anew(_all(".//saml:NameID", _encrypted_name_id))
    assert _verdict(flow, "saml-subject/name-id-is-transient-or-persistent") is Verdict.NOT_APPLICABLE


def _metadata(change: Callable[[Element], object]) -> Flow:
    root = etree.fromstring(GOOD.flow.idp.metadata)
    change(root)
    return replace(GOOD.flow, idp=replace(GOOD.flow.idp, metadata=etree.tostring(root)))


def test_swedish_of_sweden_is_swedish() -> None:
    def regional(root: Element) -> None:
        for element in root.iter():
            if element.get(_LANG) in ("sv", "en"):
                element.set(_LANG, {"sv": "sv-SE", "en": "en-GB"}[str(element.get(_LANG))])

    assert not judge(_metadata(regional)).failures()


def _sso(*locations: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        [role] = root.iter(f"{_MD}IDPSSODescriptor")
        for element in list(role.iterfind(f"{_MD}SingleSignOnService")):
            role.remove(element)
        for location in locations:
            etree.SubElement(role, f"{_MD}SingleSignOnService", Binding=f"{_FORMAT}2.0:bindings:HTTP-Redirect", Location=location)

    return change


@pytest.mark.parametrize(
    ("locations", "verdict"),
    [
        (("https://idp.xn--rebro-6qa.se/sso", "https://[2001:db8::1]:8443/sso"), Verdict.PASS),
        (("http://localhost/sso", "http://idp.exempelstad.se/sso"), Verdict.FAIL),
        (("http://localhost/sso", "https://idp.exempelstad.se/sso"), Verdict.NOT_APPLICABLE),
        ((), Verdict.NOT_APPLICABLE),
    ],
    ids=["https", "a loopback address hides no other", "loopback", "none"],
)
def test_login_addresses(locations: tuple[str, ...], verdict: Verdict) -> None:
    assert _verdict(_metadata(_sso(*locations)), "saml-metadata/login-address-is-https") is verdict
