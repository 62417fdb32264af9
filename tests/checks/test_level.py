"""Rules about the level, at their edges: two carriers, scales that cannot be compared, an IdP behind the IdP."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from idptest import catalogue
from idptest.checks import level
from idptest.demo.answer import Released
from idptest.model.flow import Exchange, HttpRequest
from idptest.model.login import AuthnContext, Login
from idptest.model.rule import Outcome, Verdict
from idptest.selftest.good import Good, good
from idptest.validator import judge
from tests.exempelstad import NOW

C = "http://id.swedenconnect.se/loa/1.0/"
SKF = "http://id.skolfederation.se/loa/"
SAML = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
MICROSOFT = "http://schemas.microsoft.com/claims/"
ASSURANCE, METHODS = "urn:oid:1.3.6.1.4.1.5923.1.1.1.11", MICROSOFT + "authnmethodsreferences"


@cache
def correct() -> Good:
    return good(NOW)


def login(context: str | None = C + "uncertified-loa3", stated: tuple[str, ...] = (), methods: tuple[str, ...] = ()) -> Login:
    sent = [Released(ASSURANCE, stated)] * bool(stated) + [Released(METHODS, methods)] * bool(methods)
    return judge(correct().answered(context_class=context, attributes=(*correct().answer.attributes, *sent))).login


def agree(*args: object, **kwargs: object) -> Outcome:
    made = login(*args, **kwargs)  # type: ignore[arg-type]
    assert made.stated_assurance is not None
    return level.both_carriers_agree(made.stated_assurance, made)


@pytest.mark.parametrize(
    ("context", "stated", "methods", "verdict"),
    [
        (C + "uncertified-loa3", (C + "uncertified-loa3",), (), Verdict.PASS),
        (C + "uncertified-loa3", (C + "uncertified-loa2", C + "uncertified-loa3"), (), Verdict.PASS),  # the highest counts
        (C + "uncertified-loa3", (C + "uncertified-loa2",), (), Verdict.FAIL),
        (C + "uncertified-loa2", ("http://id.elegnamnden.se/loa/1.0/loa4",), (), Verdict.FAIL),
        (SKF + "2fa", (SKF + "2fa", SKF + "bas"), (), Verdict.PASS),
        (SKF + "2fa", (SKF + "bas",), (), Verdict.FAIL),
        (SAML + "Password", (), (SAML + "Password", MICROSOFT + "multipleauthn"), Verdict.FAIL),
        (MICROSOFT + "multipleauthn", (), (SAML + "Password", MICROSOFT + "multipleauthn"), Verdict.PASS),
        ("https://refeds.org/profile/mfa", ("https://refeds.org/profile/sfa",), (), Verdict.FAIL),
        (C + "uncertified-loa3", ("https://refeds.org/assurance/IAP/high",), (), Verdict.NOT_APPLICABLE),
        (C + "uncertified-loa3", ("eget",), (), Verdict.NOT_APPLICABLE),
    ],
)
def test_two_carriers(context: str, stated: tuple[str, ...], methods: tuple[str, ...], verdict: Verdict) -> None:
    assert agree(context, stated, methods).verdict is verdict


def test_there_must_be_a_level_to_compare_with() -> None:
    found = agree(None, (C + "uncertified-loa3",))
    assert (found.verdict, found.blocked_by) == (Verdict.INCONCLUSIVE, "saml-assertion/tells-how-the-person-logged-in")


def test_nothing_stated_is_nothing_to_compare() -> None:
    assert login().stated_assurance is None


@pytest.mark.parametrize("value", [found.uri for found in catalogue.assurance().values.values() if found.retired])
def test_a_retired_value_is_told_in_both_places_and_what_stands_in_its_place(value: str) -> None:
    for made in (login(value), login(stated=(value,))):
        found = level.values_are_in_use(made)
        assert found.verdict is Verdict.FAIL
        assert found.message is not None and "http" in found.message.sv


def test_an_attributes_value_is_no_authn_context() -> None:
    made = login("http://www.swamid.se/policy/assurance/al2")
    assert isinstance(made.authn_context, AuthnContext)
    found = level.answer_is_a_known_value(made.authn_context)
    assert found.verdict is Verdict.FAIL and found.message is not None and "eduPersonAssurance" in found.message.sv


def passed_on(url: str, form: tuple[tuple[str, str], ...] | None = None, authority: str | None = None) -> Outcome:
    """The verdict on a login whose second hop was that."""
    flow = correct().answered(authority=authority)
    ours = "https://idp.exempelstad.se/sso?SAMLRequest=ours&RelayState=r"
    hops = [HttpRequest("GET", ours), HttpRequest("POST" if form else "GET", url, (), form)]
    exchanges = tuple(Exchange(number, NOW, hop) for number, hop in enumerate(hops, 1))
    made = replace(judge(flow).login, flow=replace(flow, exchanges=(*exchanges, *flow.exchanges)))
    assert made.authn_context is not None
    return level.another_idp_is_named(made.authn_context, made)


@pytest.mark.parametrize(
    ("url", "form", "verdict"),
    [
        ("https://eleg.example/sso?SAMLRequest=theirs&x=1", None, Verdict.FAIL),
        ("https://eleg.example/sso", (("SAMLRequest", "theirs"),), Verdict.FAIL),
        ("https://idp.exempelstad.se/login?SAMLRequest=ours&x=1", None, Verdict.NOT_APPLICABLE),
        ("https://idp.exempelstad.se/login", (("username", "x"),), Verdict.NOT_APPLICABLE),
    ],
)
def test_another_idp(url: str, form: tuple[tuple[str, str], ...] | None, verdict: Verdict) -> None:
    found = passed_on(url, form)
    assert found.verdict is verdict
    if verdict is Verdict.FAIL:
        assert found.evidence[0].actual == "https://eleg.example/sso"
    assert passed_on(url, form, "https://eleg.example/idp").verdict is Verdict.PASS
