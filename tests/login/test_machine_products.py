"""Whole logins at products that are known: their pages, their consent, one behind the other; and steps that the user wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idptest.model.flow import ARRIVED, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP
from idptest.products import product
from idptest.products.product import Product, Step
from tests.login.scripted import EXEMPELSTAD, LOGIN, POSTED, Login, html, moved, saved


def test_exempelstad_with_e_leg_and_with_password() -> None:
    login = Login(saved("exempelstad/e-leg"), html(POSTED), product=EXEMPELSTAD)
    assert login.outcome[0] == ARRIVED and login.machine.factors == ("e-leg",)
    assert login.sent[1].form == (("anvandare", "lärare1"), ("legitimera", "1"))
    twice = Login(saved("exempelstad/e-leg"), saved("exempelstad/e-leg"), product=EXEMPELSTAD)
    assert twice.outcome == (PAGE_NOT_UNDERSTOOD, "page-came-back", 2)
    both = Login(saved("exempelstad/login"), saved("exempelstad/one-time-code"), html(POSTED), product=EXEMPELSTAD)
    assert both.outcome[0] == ARRIVED and both.machine.factors == ("password", "one-time-code")
    assert "avbryt" not in dict(both.sent[1].form or ())
    refused = Login(saved("exempelstad/login"), saved("exempelstad/wrong-password"), product=EXEMPELSTAD)
    assert refused.outcome == (REFUSED_BY_IDP, "wrong-password", 2)
    assert Login(saved("exempelstad/refused"), product=EXEMPELSTAD).outcome == (REFUSED_BY_IDP, "refused", 1)


@pytest.mark.parametrize("declared", [True, False])
def test_products_are_recognised_by_their_pages_when_not_declared(declared: bool) -> None:
    def own(name: str) -> Product | None:
        return product(name) if declared else None

    ssp = Login(saved("simplesamlphp/login-2"), saved("simplesamlphp/wrong-password-2"), product=own("simplesamlphp"))
    assert ssp.outcome == (REFUSED_BY_IDP, "wrong-password", 2)
    assert Login(saved("simplesamlphp/unhandled-exception"), product=own("simplesamlphp")).outcome == (
        REFUSED_BY_IDP,
        "UNHANDLEDEXCEPTION",
        1,
    )
    assert Login(saved("simplesamlphp/login-1.19"), saved("simplesamlphp/post-1.19"), product=own("simplesamlphp")).outcome == (
        ARRIVED,
        None,
        3,
    )
    shib = Login(saved("shibboleth/storage"), saved("shibboleth/login"), saved("shibboleth/post"), product=own("shibboleth"))
    assert shib.outcome == (ARRIVED, None, 4)
    keycloak = Login(
        saved("keycloak/login"),
        saved("keycloak/one-time-code"),
        saved("keycloak/wrong-one-time-code"),
        product=own("keycloak"),
        first="https://kc.exempelstad.se/realms/exempelstad/protocol/saml",
    )
    assert keycloak.outcome == (REFUSED_BY_IDP, "wrong-one-time-code", 3)
    entra = Login(saved("entra/raw-login"), product=own("entra"), first="https://login.microsoftonline.com/0e1f/saml2")
    assert entra.outcome == (PAGE_NOT_UNDERSTOOD, "script-needed", 1)
    assert Login(saved("entra/error"), product=own("entra")).outcome == (REFUSED_BY_IDP, "AADSTS700016", 1)


@pytest.mark.parametrize("declared", [True, False])
def test_information_is_released_once(declared: bool) -> None:
    own = product("shibboleth") if declared else None
    login = Login(saved("shibboleth/login"), saved("shibboleth/consent-with-choice"), saved("shibboleth/post"), product=own)
    assert login.outcome == (ARRIVED, None, 4)
    assert dict(login.sent[2].form or ())["_shib_idp_consentOptions"] == "_shib_idp_doNotRememberConsent"
    twice = Login(saved("shibboleth/login"), saved("shibboleth/consent"), saved("shibboleth/consent"), product=own)
    assert twice.outcome == (PAGE_NOT_UNDERSTOOD, "page-came-back", 3)
    terms = Login(saved("shibboleth/login"), saved("shibboleth/terms"), product=own)
    assert terms.outcome == (PAGE_NOT_UNDERSTOOD, "unknown-page", 2)


def test_a_proxy_and_the_idp_behind_it_may_both_ask() -> None:
    login = Login(
        saved("simplesamlphp/consent"),
        moved(302, "https://idp2.kommun.example/"),
        saved("shibboleth/consent"),
        html(POSTED),
    )
    assert login.outcome == (ARRIVED, None, 5)


@pytest.mark.parametrize("page", ["bankid/waiting", "freja/waiting", "grandid/bankid-waiting", "phenixid/bankid", "adfs/freja"])
def test_e_identifications_are_left_to_a_person(page: str) -> None:
    assert Login(html(LOGIN), saved(page)).outcome == (PAGE_NOT_UNDERSTOOD, "e-leg-hand-over", 2)
    assert Login(saved(page)).machine.page == saved(page).body


def test_a_step_may_wait_and_goes_before_what_the_product_says() -> None:
    step = Step(title="BankID", press="Öppna BankID", wait=20)
    assert Login(saved("grandid/bankid-waiting"), steps=(replace(step, title="Exempelstad"),)).outcome[1] == "step-does-not-fit"
    push = html("<title>Godkänn</title><form action=done><input type=hidden name=s value=1></form><script>f()</script>")
    login = Login(html(LOGIN), push, steps=(Step(title="Godkänn", wait=20),))
    assert login.machine.wait == 20 and login.next.url == "https://idp.kommun.example/login" and login.next.method == "GET"
    login.answer(push)
    assert login.outcome == (PAGE_NOT_UNDERSTOOD, "page-came-back", 3) and login.machine.wait == 0
    then = Login(html(LOGIN), push, html(POSTED), steps=(Step(title="Godkänn", wait=20),))
    assert then.outcome[0] == ARRIVED and then.machine.wait == 0


def test_entra_hands_over_to_adfs_whose_pages_are_known_too() -> None:
    login = Login(
        moved(302, "https://sts.exempelstad.se/adfs/ls/?x"), saved("adfs/login"), saved("adfs/wrong-password"), product=product("entra")
    )
    assert login.outcome == (REFUSED_BY_IDP, "wrong-password", 3)
