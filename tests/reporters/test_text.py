"""The first screen: the cause first, what stops nobody in a line each, and no change told twice."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from idptest.model.flow import Flow
from idptest.reporters import text
from idptest.reporters.style import Style
from idptest.selftest.good import good
from idptest.validator import judge
from tests.exempelstad import NOW

GOOD = good(NOW)
_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


def typical_ad_fs(*, scope: bool) -> Flow:
    """Metadata as it comes: no name, no contacts, no page for errors; and no scope, unless somebody added it."""
    root = etree.fromstring(GOOD.flow.idp.metadata)
    strangers = ["{urn:oasis:names:tc:SAML:metadata:ui}UIInfo", f"{_MD}Organization", f"{_MD}ContactPerson"]
    for element in list(root.iter(*strangers, *(() if scope else ("{urn:mace:shibboleth:metadata:1.0}Scope",)))):
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    for role in root.iter(f"{_MD}IDPSSODescriptor"):
        role.attrib.pop("errorURL", None)
    return replace(GOOD.flow, idp=replace(GOOD.flow.idp, metadata=etree.tostring(root)))


def shown(flow: Flow, *, verbose: bool = False) -> str:
    return text.render([judge(flow)], [Style("sv", verbose=verbose)])


def test_wishes_about_metadata_do_not_drown_the_fault() -> None:
    said = shown(typical_ad_fs(scope=False))
    assert said.index("dnp/eppn-scope-in-metadata") < said.index("skolfederation/error-url-is-given")
    assert said.count("Så ska det vara:") == 2  # the EPPN, and the scope that it lacks
    assert len(said.splitlines()) < 60


def test_many_wishes_alone_are_a_line_each() -> None:
    said = shown(typical_ad_fs(scope=True))
    assert "KLART" in said
    assert "Så ska det vara:" not in said
    assert "Vad du gör åt dem: idptest rules ID" in said
    assert len(said.splitlines()) < 30


def test_verbose_says_it_all() -> None:
    said = shown(typical_ad_fs(scope=True), verbose=True)
    assert said.count("Så ska det vara:") >= 8
    assert "Vad du gör åt dem" not in said


def test_a_few_wishes_alone_are_told_in_full() -> None:
    said = shown(GOOD.answered(name_id_format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"))
    assert said.count("Gör så här") == 2


def test_a_change_to_write_is_shown_once() -> None:
    said = shown(typical_ad_fs(scope=False))
    assert said.count("<shibmd:Scope xmlns:shibmd=") == 1
    assert "samma ändring som under 1" in said


def test_the_cause_stands_before_what_follows_from_it() -> None:
    def twice(root: etree._Element) -> None:
        conditions = root.find(".//{*}Conditions")
        assertion = root.find(".//{*}Assertion")
        assert conditions is not None and assertion is not None
        conditions.set("ID", assertion.get("ID") or "")

    said = shown(GOOD.changed(twice))
    assert said.index("saml-response/ids-are-unique") < said.index("saml-document/follows-the-schema")


def test_a_good_login_is_short() -> None:
    assert len(shown(GOOD.flow).splitlines()) < 10
