"""The response as a document: its form, its sizes, the names in it and how long they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.demo.metadata import BASE_URL
from idptest.model.rule import Words
from idptest.saml.bindings import REDIRECT

_STOCK = "login/a-stock-sp-accepts-it"
_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "elements-out-of-order",
        Words("Conditions stands before Subject", "Conditions står före Subject"),
        ("saml-document/follows-the-schema",),
        answer=changes.answered(conditions_first=True),
    ),
    Defect(
        "version-1-1",
        Words("the response says SAML 1.1", "svaret säger SAML 1.1"),
        (_STOCK, "saml-document/is-saml-2-0"),
        answer=changes.answered(version="1.1"),
    ),
    Defect(
        "issuer-with-line-breaks",
        Words("there are line breaks around the entityID", "entityID omges av radbrytningar"),
        ("saml-document/names-bear-no-space-around-them",),
        answer=lambda answer, who, now: replace(
            answer, issuer=f"\n  {answer.issuer}\n", assertion_issuer=f"\n  {answer.assertion_issuer}\n"
        ),
    ),
    Defect(
        "name-id-long",
        Words("the NameID is 300 characters long", "NameID är 300 tecken långt"),
        ("saml-document/values-are-at-most-256-characters",),
        answer=lambda answer, who, now: replace(answer, name_id=answer.name_id.ljust(300, "0")),
    ),
    Defect(
        "response-large",
        Words("the response is larger than web firewalls let through", "svaret är större än webbapplikationsbrandväggar släpper igenom"),
        ("saml-document/fits-through-web-servers",),
        answer=changes.answered(after_signing=changes.filled_up),
    ),
    Defect(
        "issuer-format-unspecified",
        Words("the Issuer bears another Format than entity", "Issuer har ett annat Format än entity"),
        ("saml-assertion/issuer-is-the-idp", "saml-response/issuer-is-the-idp"),
        answer=changes.answered(issuer_format=f"{_FORMAT}unspecified"),
    ),
    Defect(
        "name-id-unspecified",
        Words("the NameID is of no particular format", "NameID har inget bestämt format"),
        ("saml-metadata-offers/issued-name-id-format-is-listed", "saml-subject/name-id-is-transient-or-persistent"),
        answer=changes.answered(name_id_format=f"{_FORMAT}unspecified"),
    ),
    Defect(
        "name-id-mail",
        Words("the NameID is the person's e-mail address", "NameID är personens e-postadress"),
        ("saml-subject/name-id-holds-no-personal-data",),
        answer=lambda answer, who, now: replace(answer, name_id=who.mail),
    ),
    Defect(
        "bound-to-an-address",
        Words("the assertion is bound to a network address", "intyget är bundet till en nätadress"),
        ("saml-subject/is-not-bound-to-a-network-address",),
        answer=changes.answered(confirmation_address="192.0.2.17"),
    ),
    Defect(
        "confirmation-with-not-before",
        Words("the confirmation bears NotBefore", "bekräftelsen har NotBefore"),
        ("saml-assertion/can-still-be-delivered",),
        answer=lambda answer, who, now: replace(answer, confirmation_not_before=answer.not_before),
    ),
    Defect(
        "two-attribute-statements",
        Words("the attributes stand in two AttributeStatements", "attributen står i två AttributeStatement"),
        ("saml-statements/at-most-one-attribute-statement", "eppn/has-exactly-one-value"),
        answer=changes.answered(further_attribute_statements=1),
    ),
    Defect(
        "lasts-for-a-day",
        Words("the assertion is valid for a day", "intyget gäller i ett dygn"),
        ("saml-statements/lasts-for-a-sensible-time",),
        answer=lambda answer, who, now: replace(answer, not_on_or_after=answer.not_before + timedelta(days=1)),
    ),
    Defect(
        "further-audience",
        Words("the assertion is issued for another service too", "intyget är utställt även till en annan tjänst"),
        ("saml-statements/names-no-other-audience",),
        answer=changes.answered(further_audience="https://annan-tjanst.example/sp"),
    ),
    Defect(
        "session-index-missing",
        Words("logout is offered, and no session is named", "utloggning erbjuds, men ingen session anges"),
        ("saml-metadata-offers/offers-login-alone", "saml-statements/session-index-goes-with-logout"),
        answer=changes.answered(session_index=None),
        metadata=changes.more(other_endpoints=(("SingleLogoutService", REDIRECT, f"{BASE_URL}/slo"),)),
    ),
    Defect(
        "session-for-a-year",
        Words("the session lasts for a year", "sessionen varar i ett år"),
        ("saml-statements/session-ends-within-a-day",),
        answer=lambda answer, who, now: replace(answer, session_not_on_or_after=now + timedelta(days=365)),
    ),
)
