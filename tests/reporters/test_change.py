"""Every report shows what to write in the product at hand, line by line as it is to be pasted, once, and who says so."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import etree, html

from fixtures import record
from idptest.model.flow_file import loads
from idptest.model.report import Report
from idptest.products.changes import fixes_of
from idptest.reporters import html as page
from idptest.reporters import json as plain
from idptest.reporters import junit, text
from idptest.reporters.style import Style
from idptest.validator import judge

# The OID without NameFormat, which three rules say.
[FLOW] = (record.HERE / "flows" / "larare--eppn-without-name-format").glob("flow*.json")
RULE = "dnp/eppn-name-is-understood"
OTHERS = ("dnp/eppn-name-is-the-oid", "skolfederation/attribute-names-have-format-uri")


def report(product: str | None) -> Report:
    flow = loads(FLOW.read_text(encoding="utf-8"))
    return judge(replace(flow, idp=replace(flow.idp, product=product)))


def lines(product: str) -> list[str]:
    found = fixes_of(product)[RULE].snippet
    assert found
    return found.splitlines()


@pytest.mark.parametrize("product", ["simplesamlphp", "adfs"])
@pytest.mark.parametrize("width", [60, 100])
def test_text(product: str, width: int) -> None:
    said = text.render([report(product)], [Style("sv", width=width, verbose=True)]).splitlines()
    where = [number for number, line in enumerate(said) if line.strip() == lines(product)[0]]
    assert len(where) == 1
    start = where[0]
    assert [line.removeprefix(" " * 9) for line in said[start : start + len(lines(product))]] == lines(product)
    assert any("Enligt:" in line for line in said[start:])
    assert sum("samma ändring som under" in " ".join(pair) for pair in pairwise(said)) >= len(OTHERS)


@pytest.mark.parametrize("product", ["simplesamlphp", "entra"])
def test_html(product: str) -> None:
    document = html.fromstring(page.render([report(product)], lang="en"))
    shown = [pre.text_content().splitlines() for pre in document.iter("pre")]
    assert shown.count(lines(product)) == 1
    assert document.xpath("count(//p[@class='do']/a[starts-with(., 'The same change')])") >= len(OTHERS)
    by = [each.text_content() for each in document.xpath("//p[@class='by']")]
    source = fixes_of(product)[RULE].source
    assert source and any(source in each for each in by)


def test_junit() -> None:
    root = etree.fromstring(junit.render([report("adfs")], lang="en").encode())
    [case] = root.xpath("//testcase[contains(@name, $rule) or contains(@classname, $rule)]/failure", rule=RULE.partition("/")[2]) or [None]
    assert case is not None
    for line in lines("adfs"):
        assert line in case.text


def test_json() -> None:
    findings = {each["rule"]: each for each in json.loads(plain.render([report("google")], lang="en"))["findings"]}
    assert findings[RULE]["change"]["product"] == "Google Workspace"
    assert findings[RULE]["change"]["snippet"] is None
    assert findings["saml-response/ids-are-unique"]["change"] is None
    assert findings["dnp/scope-is-declared"]["change"]["syntax"] == "xml"


def test_without_a_product_the_rules_own_words_are_said() -> None:
    said = text.render([report(None)], [Style("en", width=500)])
    assert "Do this: Send it as urn:oid:1.3.6.1.4.1.5923.1.1.1.6" in said
    assert "Do this (" not in said


# The claim that nobody reads an EPPN under, from an OpenID provider.
[BY_OIDC] = (record.HERE / "flows" / "larare--oidc-eppn-wrong-claim").glob("flow*.json")


@pytest.mark.parametrize("product", ["entra", "adfs", "keycloak", "simplesamlphp"])
def test_an_openid_provider_is_told_what_to_change_as_one(product: str) -> None:
    flow = loads(BY_OIDC.read_text(encoding="utf-8"))
    made = judge(replace(flow, idp=replace(flow.idp, product=product)))
    wanted = fixes_of(product, "oidc")["dnp/eppn-is-released"]
    assert wanted.snippet and "eduperson_principal_name" in wanted.snippet
    for said in (text.render([made], [Style("sv", width=100)]), html.fromstring(page.render([made], lang="sv")).text_content()):
        assert wanted.snippet.splitlines()[0].strip() in said and " ".join(wanted.words.sv.split())[:60] in " ".join(said.split())
        assert "NameFormat" not in said.partition("Gick inte att avgöra")[0].partition("Inloggningen steg för steg")[0]
    told = json.loads(plain.render([made], lang="sv", show_values=False))["findings"]
    [finding] = [each for each in told if each["rule"] == "dnp/eppn-is-released"]
    assert finding["change"]["snippet"] == wanted.snippet
