"""An attribute that is encrypted by itself: nobody can say that nothing else is released."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from idptest.model.flow import Flow
from idptest.model.rule import Verdict
from idptest.saml.xml import NS, SAML, Element
from idptest.selftest.good import good
from idptest.validator import judge
from tests.exempelstad import verdicts

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)


def hides(response: Element) -> None:
    statement = response.find(".//saml:AttributeStatement", NS)
    hidden = etree.SubElement(statement, f"{{{SAML}}}EncryptedAttribute")
    etree.SubElement(hidden, "{http://www.w3.org/2001/04/xmlenc#}EncryptedData")


@pytest.fixture
def flow() -> Flow:
    made = good(NOW).signed_anew(hides)
    return replace(made, account=replace(made.account, protected_identity=True))


@pytest.mark.parametrize("rule", ["dnp/only-the-eppn-is-released", "attribute/none-but-the-eppn-with-protected-identity"])
def test_what_is_hidden_is_no_pass(flow: Flow, rule: str) -> None:
    assert verdicts(judge(flow))[rule] is Verdict.INCONCLUSIVE
    assert not judge(flow).complete
