"""Rules about the login as a whole: what an ending, a code or a status means, in plain words, with what was said as evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from idptest import catalogue
from idptest.checks import login as checks
from idptest.decode import decode
from idptest.model.flow import NETWORK, PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP, TOO_MANY_HOPS, Ended, Flow
from idptest.model.flow_file import loads
from idptest.model.rule import Outcome, Verdict
from idptest.model.saml import Response
from idptest.products import REASONS, products
from idptest.reporters.words import message

FLOW = Path(__file__).parents[2] / "fixtures" / "flows" / "larare" / "flow.json"


def flow() -> Flow:
    return loads(FLOW.read_text(encoding="utf-8"))


def outcome(how: str, reason: str | None = None, said: str | None = None, username: str | None = None) -> Outcome:
    captured = flow()
    account = replace(captured.account, username=username)
    ended = replace(captured, ended=Ended(how, 1, reason, said), exchanges=captured.exchanges[:1], account=account)
    return checks.idp_completes_the_login(decode(ended, catalogue.attributes(), catalogue.assurance()))


def text(found: Outcome, lang: str = "sv") -> str:
    return message(found.message, found.evidence, lang, True)


def status(codes: tuple[str, ...], said: str | None = None) -> Outcome:
    login = decode(flow(), catalogue.attributes(), catalogue.assurance())
    assert isinstance(login.response, Response)
    return checks.idp_completes_the_login(replace(login, response=replace(login.response, status=codes, status_message=said)))


def test_a_code_is_explained_and_kept_as_evidence() -> None:
    found = outcome(REFUSED_BY_IDP, "AADSTS700016", "AADSTS700016: Application with identifier 'x' was not found")
    assert found.verdict is Verdict.FAIL
    assert text(found).startswith("Vårt entityID finns inte i klientorganisationen. Registrera det")
    assert text(found).endswith("Den sade: AADSTS700016: Application with identifier 'x' was not found")
    assert "Our entityID does not exist" in text(found, "en") and "It said: AADSTS700016" in text(found, "en")
    assert found.evidence[0].actual == "AADSTS700016: Application with identifier 'x' was not found"
    # A code that the page does not spell out is put before what it said.
    assert outcome(REFUSED_BY_IDP, "METADATANOTFOUND", "Metadata saknas").evidence[0].actual == "METADATANOTFOUND: Metadata saknas"
    assert outcome(REFUSED_BY_IDP, "METADATANOTFOUND").evidence[0].actual == "METADATANOTFOUND"


def test_a_plain_reason_needs_no_code() -> None:
    silent = outcome(REFUSED_BY_IDP, "wrong-password")
    assert text(silent) == REASONS["wrong-password"].sv and silent.evidence[0].actual == "wrong-password"
    told = outcome(REFUSED_BY_IDP, "wrong-password", "Felaktigt lösenord")
    assert text(told) == REASONS["wrong-password"].sv + " Den sade: Felaktigt lösenord"


def test_a_refusal_before_any_credential_may_be_for_want_of_a_signature() -> None:
    demands = flow().idp.metadata.replace(b"<md:IDPSSODescriptor ", b'<md:IDPSSODescriptor WantAuthnRequestsSigned="true" ')
    refused = replace(flow(), ended=Ended(REFUSED_BY_IDP, 1, "UNHANDLEDEXCEPTION"), factors=(), idp=replace(flow().idp, metadata=demands))

    def said(captured: Flow, lang: str = "en") -> str:
        found = checks.idp_completes_the_login(decode(captured, catalogue.attributes(), catalogue.assurance()))
        return message(found.message, found.evidence, lang, False)

    assert "Its metadata demands signed requests, and ours was not" in said(refused)
    assert "Dess metadata kräver signerade frågor" in said(refused, "sv")
    assert "IdP:n nekade inloggningen. Dess metadata" in said(replace(refused, ended=Ended(REFUSED_BY_IDP, 1, "XYZ", "Nej {0}")), "sv")
    for other in (
        replace(refused, factors=("password",)),
        replace(refused, sent=replace(refused.sent, signed=True)),
        replace(refused, idp=flow().idp),
        replace(refused, ended=Ended(REFUSED_BY_IDP, 1, "request-not-signed")),
    ):
        assert "Its metadata" not in said(other)
    assert said(other) == REASONS["request-not-signed"].en


def test_unknown_codes_and_braces_do_no_harm() -> None:
    assert text(outcome(REFUSED_BY_IDP, "NYTTFEL", "{actual} {0} {expected}")) == (
        "IdP:n nekade inloggningen: NYTTFEL: {actual} {0} {expected}"
    )
    assert text(outcome(REFUSED_BY_IDP)) == "IdP:n nekade inloggningen: refused-by-idp"


def test_the_user_name_is_not_repeated() -> None:
    found = outcome(REFUSED_BY_IDP, "AADSTS50034", "The user account larare1@exempelstad.se does not exist", "larare1@exempelstad.se")
    assert "larare1" not in text(found) and "‹username›" in text(found)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_gives_a_sentence_when_a_page_was_not_understood(reason: str) -> None:
    found = outcome(PAGE_NOT_UNDERSTOOD, reason, "Något gick fel")
    assert found.verdict is Verdict.INCONCLUSIVE and found.message == REASONS[reason]
    assert found.evidence[0].actual == "Något gick fel"


def test_every_code_of_every_product_gives_a_sentence() -> None:
    for entry in products():
        for error in entry.errors:
            code = error.reason.replace("\\1", "12345").replace("\\2", "12345")
            found = outcome(REFUSED_BY_IDP, code, "…")
            for lang in ("sv", "en"):
                assert text(found, lang)[:1].isupper() or code == "12345", (entry.id, code)
                assert "{" not in text(found, lang)


def test_other_endings() -> None:
    assert text(outcome(PAGE_NOT_UNDERSTOOD)) == REASONS["unknown-page"].sv
    assert text(outcome(TOO_MANY_HOPS)) == "inloggningen skickades runt i en slinga"
    assert text(outcome(NETWORK, said="connection refused")) == "nätverket fungerade inte: anslutningen nekades"


STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


@pytest.mark.parametrize(
    ("codes", "said", "expected"),
    [
        ((STATUS + "Responder", STATUS + "NoAuthnContext"), None, "ingen av de nivåer|kan ge någon av de nivåer"),
        ((STATUS + "Responder", STATUS + "AuthnFailed"), "fel", "inloggningen misslyckades"),
        ((STATUS + "Responder", "http://id.elegnamnden.se/status/1.0/cancel"), None, "Personen avbröt inloggningen"),
        (
            (STATUS + "Requester", STATUS + "RequestUnsupported"),
            "AADSTS75011: Authentication method …",
            "på ett annat sätt än den efterfrågade",
        ),
        ((STATUS + "Responder",), "MSIS7012: An error occurred", "skickade inloggningen vidare till en annan IdP"),
        ((STATUS + "Requester",), "Invalid ACS URL", "IdP:n svarade med ett fel: Requester \\(Invalid ACS URL\\)"),
        ((), None, "no status"),
    ],
)
def test_a_status_is_explained(codes: tuple[str, ...], said: str | None, expected: str) -> None:
    import re

    found = status(codes, said)
    assert found.verdict is Verdict.FAIL and re.search(expected, text(found)), text(found)
    assert said is None or said in str(found.evidence[0].actual)
