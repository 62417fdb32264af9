"""Logins that other people's code wrote and signed (recorded by tests/interop/record.py): judge and forger share nothing here."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from idptest import catalogue
from idptest.model.flow import Flow
from idptest.model.flow_file import loads
from idptest.model.history import Baseline, History
from idptest.model.inspection import Part
from idptest.model.report import Report
from idptest.model.rule import Verdict
from idptest.model.saml import Response
from idptest.observe import key_id, observe
from idptest.reporters.json import render
from idptest.validator import judge, judge_history

PRODUCTS = ("simplesamlphp", "samlify")
FLOWS = Path(__file__).parents[1] / "fixtures" / "flows"

NO_STATEMENT = {
    "saml-assertion/has-exactly-one-authn-statement",
    "login/a-stock-sp-accepts-it",
    "saml-signature/covers-the-response-itself",
}
# We offer it, and they do not: a note.
UNENCRYPTED = {"saml-encryption/is-used-when-we-offer-it"}
# Nobody expects a change there.
NOTHING_FOREIGN = {"history-expected"}
NO_E_LEG = "dnp-teacher/e-leg-is-declared"  # the metadata does not; a note

# What neither program's metadata says by itself, and Skolfederation wants.
UNSAID = {
    f"skolfederation/{rule}"
    for rule in (
        "contacts-are-listed",
        "description-in-swedish-and-english",
        "display-name-in-swedish-and-english",
        "error-url-is-given",
        "information-page-is-linked",
        "logo-is-https",
        "privacy-statement-is-linked",
        "security-contact-is-listed",
    )
}
# SimpleSAMLphp offers logout by itself; samlify no POST, and nothing but an address on loopback to tell whose it is.
OFFERS = {"saml-metadata-offers/offers-login-alone"}
BARE = {"saml-metadata-offers/takes-requests-by-post-too", "saml-metadata-scopes/scopes-are-the-organisations-own"}
SIMPLESAMLPHP = UNSAID | OFFERS
SAMLIFY = UNSAID | BARE | {"skolfederation/organisation-in-swedish-and-english"}

# Flow → the rules that fail, of whatever level, and no others.
EXPECTED = {
    # SimpleSAMLphp 1.19 as it comes: OIDs under NameFormat basic, no scope, and everything in the directory is released.
    "simplesamlphp-larare/flow.json": SIMPLESAMLPHP
    | UNENCRYPTED
    | {
        "dnp/eppn-name-is-understood",
        "dnp/eppn-name-is-the-oid",
        "skolfederation/attribute-names-have-format-uri",
        "dnp/scope-is-declared",
        "dnp/eppn-scope-in-metadata",
        "dnp/only-the-eppn-is-released",
        NO_E_LEG,
    },
    # It does not read which level is asked for, and answers the one it always gives.
    "simplesamlphp-larare/flow-2.json": OFFERS
    | UNENCRYPTED
    | {"level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"},
    # The same program with all that Skolverket's checklist says.
    "simplesamlphp-elev/flow.json": SIMPLESAMLPHP | UNENCRYPTED,
    # The same again, encrypted: 1.19 knows no authenticated cipher. Of this pupil, whose identity is protected, nothing but the EPPN leaves.
    "simplesamlphp-elev-encrypted/flow.json": SIMPLESAMLPHP | {"saml-encryption/cipher-is-authenticated"},
    # Levels in its metadata, in eduPersonAssurance and in the statement, all the same, and not what a password alone is worth.
    "simplesamlphp-larare-levels/flow.json": SIMPLESAMLPHP
    | UNENCRYPTED
    | {"level/fits-the-factors-given", "dnp/only-the-eppn-is-released"},
    # samlify 2.13 as it comes: encrypted as it should be, and nothing said of how anybody logged in.
    "samlify-larare/flow.json": SAMLIFY | NO_STATEMENT | {NO_E_LEG},
    "samlify-larare/flow-2.json": BARE | NO_STATEMENT,
    # The same program with that said; the assertion signed, encrypted with AES-GCM, and the response signed over that.
    "samlify-elev/flow.json": SAMLIFY,
}
# The same of logins that ended with a no.
REFUSED = {
    # It told us, in SAML: NoAuthnContext.
    "simplesamlphp-larare-refused/flow.json": SIMPLESAMLPHP | {"login/idp-completes-the-login"},
    # It does not know whom to tell, and its page keeps the rest to itself.
    "simplesamlphp-elev-unknown/flow.json": SIMPLESAMLPHP | {"login/idp-completes-the-login"},
}
ALL = EXPECTED | REFUSED
# By OpenID Connect; what is found in them is told in tests/test_oidc_flows.py.
BY_OIDC = tuple(f"{name}/flow.json" for name in ("oidc-provider-larare", "oidc-provider-elev", "oidc-provider-elev-out", "glewlwyd-elev"))
# What cannot be told of a login that nothing is said of.
UNDECIDED = {
    "samlify-larare/flow.json": {"saml-assertion/", "saml-statements/", "level/", "dnp-teacher/"},
    "samlify-larare/flow-2.json": {"saml-assertion/", "saml-statements/", "level/", "loa3-teacher/"},
}
COMPLETE = [name for name in EXPECTED if name not in UNDECIDED]


@cache
def flow(name: str) -> Flow:
    return loads((FLOWS / name).read_text(encoding="utf-8"))


@cache
def report(name: str) -> Report:
    return judge(flow(name))


def found(judged: Report, verdict: Verdict) -> set[str]:
    return {finding.rule.id for finding in judged.having(verdict)}


def test_every_foreign_recording_is_named_here() -> None:
    assert {path.relative_to(FLOWS).as_posix() for product in PRODUCTS for path in FLOWS.glob(f"{product}-*/*")} == ALL.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_true_of_it_is_found_and_nothing_else(name: str) -> None:
    assert found(report(name), Verdict.FAIL) == EXPECTED[name]
    assert {rule.partition("/")[0] + "/" for rule in found(report(name), Verdict.INCONCLUSIVE)} == UNDECIDED.get(name, set())
    assert found(report(name), Verdict.CRASHED) == set()
    assert report(name).login.trusted
    assert report(name).complete is (name in COMPLETE)


@pytest.mark.parametrize("name", REFUSED)
def test_a_no_is_taken_for_a_no_and_nothing_else(name: str) -> None:
    assert found(report(name), Verdict.FAIL) == REFUSED[name]
    assert found(report(name), Verdict.CRASHED) == set()
    assert not report(name).login.trusted
    assert not report(name).complete


def test_a_no_that_reaches_us_says_what_it_is_about() -> None:
    answered, unknown = (report(f"simplesamlphp-{name}/flow.json") for name in ("larare-refused", "elev-unknown"))
    assert isinstance(answered.login.response, Response)
    assert answered.login.response.status[1].endswith(":NoAuthnContext")
    assert {"refusal/reaches-the-service", "refusal/status-says-what-is-wrong"} <= found(answered, Verdict.PASS)
    assert "refusal/page-keeps-the-inside-to-itself" in found(unknown, Verdict.PASS)
    # Whoever is not known cannot be answered.
    assert "refusal/reaches-the-service" in found(unknown, Verdict.NOT_APPLICABLE)


MODULES = {rule.id.partition("/")[0] for rule in catalogue.rules_in_code() if not issubclass(rule.subject, Part)}


@pytest.mark.parametrize("module", sorted(MODULES - NOTHING_FOREIGN))
def test_every_module_of_rules_passes_something_foreign(module: str) -> None:
    prefix = f"{module}/"
    reports = (*(report(name) for name in (*ALL, *BY_OIDC)), *(over_time(*pair) for pair in (*SAME, *MIGRATIONS)), by_both())
    assert any(rule.startswith(prefix) for judged in reports for rule in found(judged, Verdict.PASS))


# --- over time

KEY = b"a key of this test"
SAME = [(name, name) for name in (*COMPLETE, *BY_OIDC)]
# The same pupil at one program and then at the other: what a migration drill says. The EPPN is the same, as it should be.
MIGRATIONS = {
    ("simplesamlphp-elev/flow.json", "samlify-elev/flow.json"): {
        "history-answer/encryption-is-unchanged",
    },
}


# The same pupil by two protocols, at two programs that know nothing of each other.
BOTH = ("simplesamlphp-elev/flow.json", "oidc-provider-elev/flow.json")


@cache
def by_both() -> Report:
    one, other = (replace(observe(report(name), KEY), account="elev") for name in BOTH)
    return judge_history(History(report(BOTH[0]).target, (one, other), None))


@cache
def over_time(was: str, now: str) -> Report:
    """The second login, twice, beside the first as a baseline."""
    before, after = (replace(observe(report(name), KEY), account="elev") for name in (was, now))
    baseline = Baseline("b", after.at, before.tool, key_id(KEY), (before,))
    return judge_history(History(report(now).target, (after, after), baseline))


@pytest.mark.parametrize("pair", SAME, ids=lambda pair: pair[0])
def test_a_foreign_login_is_what_it_was(pair: tuple[str, str]) -> None:
    judged = over_time(*pair)
    transient = {"history-answer/transient-name-id-is-new"} if found(judged, Verdict.FAIL) else set()
    assert found(judged, Verdict.FAIL) == transient  # it is one login, held beside itself
    assert not found(judged, Verdict.CRASHED)


@pytest.mark.parametrize("pair", MIGRATIONS, ids=lambda pair: pair[0])
def test_a_migration_says_what_changed(pair: tuple[str, str]) -> None:
    assert found(over_time(*pair), Verdict.FAIL) == MIGRATIONS[pair]


def test_a_pupil_is_the_same_by_two_protocols() -> None:
    assert "history-protocols/eppn-is-the-same-by-both" in found(by_both(), Verdict.PASS)
    assert not found(by_both(), Verdict.FAIL)


def test_what_is_encrypted_as_it_should_be_passes_every_rule_on_encryption() -> None:
    passed = {rule for rule in found(report("samlify-elev/flow.json"), Verdict.PASS) if rule.startswith("saml-encryption/")}
    assert passed == {rule.id for rule in catalogue.rules_in_code() if rule.id.startswith("saml-encryption/")}
    assert [(found.of, found.state) for found in report("samlify-elev/flow.json").login.response.signatures] == [
        ("Response", "valid"),
        ("Assertion", "valid"),
    ]


def test_every_rule_in_code_is_judged_on_something_foreign() -> None:
    """Not necessarily passed: some are about what these logins lack."""
    judged = {rule for name in ALL for rule in found(report(name), Verdict.PASS) | found(report(name), Verdict.FAIL)}
    assert {rule.id for rule in catalogue.rules_for(())} - judged == {
        "level/another-idp-is-named",  # none is a proxy
        "level/methods-reach-the-level",  # about amr, which OpenID Connect has; its provider sends none here
        "saml-metadata/is-still-valid",  # SimpleSAMLphp writes no validUntil
        "saml-metadata/login-address-is-https",  # it runs on loopback
        "transport/cookies-go-over-https-only",  # so does everything on the way
        "saml-metadata-signing/declares-more-than-sha-1",  # neither program declares algorithms
    }


@pytest.mark.parametrize("name", COMPLETE)
def test_a_stock_sp_accepts_what_is_signed_by_others(name: str) -> None:
    assert flow(name).stock_sp is not None
    assert flow(name).stock_sp.accepted


@pytest.mark.parametrize("name", EXPECTED)
def test_a_login_that_arrives_an_hour_late_is_too_late(name: str) -> None:
    late = judge(replace(flow(name), captured_at=flow(name).captured_at + timedelta(hours=1)))
    assert found(late, Verdict.FAIL) - EXPECTED[name] == {"saml-assertion/is-valid-now", "saml-assertion/can-still-be-delivered"}


def _altered(name: str, *changes: str) -> Flow:
    """The flow with other words in its SAML response: old, new, old, new …"""
    original = flow(name)
    last = original.exchanges[-1]
    assert last.request.form is not None
    form = dict(last.request.form)
    text = base64.b64decode(form["SAMLResponse"]).decode()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    form["SAMLResponse"] = base64.b64encode(text.encode()).decode()
    changed = replace(last, request=replace(last.request, form=tuple(form.items())))
    return replace(original, exchanges=(*original.exchanges[:-1], changed))


def test_a_decrypted_assertion_keeps_its_own_prefixes() -> None:
    """The response may call the assertion's namespace something else than the assertion does."""
    name = "simplesamlphp-elev-encrypted/flow.json"
    judged = judge(_altered(name, "saml:", "saml2:", "xmlns:saml=", "xmlns:saml2="))
    response = judged.login.response
    assert isinstance(response, Response)
    assert {signature.of: signature.state for signature in response.signatures} == {"Response": "invalid", "Assertion": "valid"}


def test_one_changed_letter_breaks_a_foreign_signature() -> None:
    name = "simplesamlphp-elev/flow.json"
    judged = judge(_altered(name, "@exempelstad.se", "@exempelstaD.se"))
    assert {"saml-signature/identity-is-signed-by-a-metadata-key"} <= found(judged, Verdict.FAIL)
    assert not judged.login.trusted


def test_another_idps_key_does_not_vouch() -> None:
    other = flow("simplesamlphp-larare/flow.json").idp.metadata
    elev = flow("simplesamlphp-elev/flow.json")
    judged = judge(replace(elev, idp=replace(elev.idp, metadata=other)))
    assert {"saml-signature/identity-is-signed-by-a-metadata-key"} <= found(judged, Verdict.FAIL)
    assert not judged.login.trusted


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_judging_twice_says_the_same(name: str, lang: str) -> None:
    assert render([judge(flow(name))], lang=lang) == render([report(name)], lang=lang)
    product = json.loads(render([report(name)], lang=lang))["target"]["product"]
    assert product == ("simplesamlphp" if name.startswith("simplesamlphp-") else None)


@pytest.mark.parametrize("name", ALL)
def test_a_recording_names_no_machine_and_no_secret(name: str) -> None:
    text = (FLOWS / name).read_text(encoding="utf-8")
    assert "Krita-och-tavla-1" not in text
    assert "Penna-och-sudd-1" not in text
    for place in ("/tmp", "/usr/", "/home/", "/root"):
        assert place not in text
    assert flow(name).account.test_person
    sso = "/simplesaml/saml2/idp/SSOService.php" if name.startswith("simplesamlphp-") else "/sso"
    assert flow(name).sent.destination == f"http://127.0.0.1:8880{sso}"
