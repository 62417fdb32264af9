"""The response and the assertion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_STOCK = "login/a-stock-sp-accepts-it"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "wrong-audience",
        Words("issued for another service", "utställt till en annan tjänst"),
        (_STOCK, "saml-assertion/audience-contains-this-sp"),
        answer=changes.answered(audience="https://annan-tjanst.example/sp"),
    ),
    Defect(
        "wrong-recipient",
        Words("to be delivered elsewhere", "ska lämnas någon annanstans"),
        ("saml-assertion/recipient-is-our-acs",),
        answer=changes.answered(recipient="https://annan-tjanst.example/acs"),
    ),
    Defect(
        "wrong-destination",
        Words("addressed to somebody else", "adresserat till någon annan"),
        (_STOCK, "saml-response/destination-is-our-acs"),
        answer=changes.answered(destination="https://annan-tjanst.example/acs"),
    ),
    Defect(
        "wrong-in-response-to",
        Words("the answer to another request", "svarar på en annan fråga"),
        (_STOCK, "saml-assertion/answers-our-request", "saml-response/answers-our-request"),
        answer=changes.answered(in_response_to="id-annan", confirmation_in_response_to="id-annan"),
    ),
    Defect(
        "expired",
        Words("the assertion has ended", "intyget har gått ut"),
        (_STOCK, "saml-assertion/can-still-be-delivered", "saml-assertion/is-valid-now"),
        answer=lambda answer, who, now: changes.ended(answer, now),
    ),
    Defect(
        "not-yet-valid",
        Words("the assertion begins in an hour", "intyget börjar gälla om en timme"),
        (_STOCK, "saml-assertion/is-valid-now"),
        answer=lambda answer, who, now: replace(answer, not_before=now + timedelta(hours=1), not_on_or_after=now + timedelta(hours=2)),
    ),
    Defect(
        "clock-ahead",
        Words("the IdP's clock is ten minutes ahead", "IdP:ns klocka går tio minuter före"),
        (
            _STOCK,
            "saml-assertion/authentication-is-fresh",
            "saml-assertion/is-issued-now",
            "saml-assertion/is-valid-now",
            "saml-response/is-issued-now",
        ),
        answer=lambda answer, who, now: changes.later(answer, timedelta(minutes=10)),
    ),
    Defect(
        "issuer-other",
        Words("issued in another IdP's name", "utfärdat i en annan IdP:s namn"),
        (_STOCK, "saml-assertion/issuer-is-the-idp", "saml-response/issuer-is-the-idp"),
        answer=changes.answered(issuer="https://idp.grannstad.se/saml", assertion_issuer="https://idp.grannstad.se/saml"),
    ),
    Defect(
        "two-assertions",
        Words("two assertions in one response", "två intyg i ett svar"),
        (_STOCK, "saml-response/has-exactly-one-assertion"),
        answer=changes.answered(assertions=2),
    ),
    Defect(
        "authn-statement-missing",
        Words("the assertion tells of no login", "intyget säger inget om någon inloggning"),
        (_STOCK, "saml-assertion/has-exactly-one-authn-statement"),
        answer=changes.answered(authn_statements=0),
    ),
    Defect(
        "not-bearer",
        Words("the assertion is not confirmed by bearer", "intyget bekräftas inte med bearer"),
        ("saml-assertion/has-a-bearer-confirmation",),
        answer=changes.answered(confirmation_method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"),
    ),
    Defect(
        "comment-in-eppn",
        Words("there is a comment inside the EPPN", "det finns en kommentar mitt i EPPN"),
        ("saml-response/values-hold-no-comments",),
        answer=lambda answer, who, now: replace(answer, attributes=tuple(replace(sent, comment=True) for sent in answer.attributes)),
    ),
    Defect(
        "doctype",
        Words("the response has a doctype", "svaret har en dokumenttyp (DTD)"),
        (_STOCK, "saml-response/is-readable"),
        answer=changes.answered(doctype=True),
    ),
    Defect(
        "by-get",
        Words("the response comes in the address bar", "svaret kommer i adressraden"),
        ("saml-response/arrives-by-post",),
        answer=changes.answered(by_get=True),
    ),
    Defect(
        "relay-state-lost",
        Words("RelayState is lost", "RelayState försvinner"),
        ("saml-response/relay-state-comes-back",),
        answer=changes.answered(relay_state=None),
    ),
)
