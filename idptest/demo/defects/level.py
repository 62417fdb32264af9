"""How the person logged in, and what the IdP says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_EDU_PERSON_ASSURANCE = ("urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "eduPersonAssurance")
_ASKED, _LISTED = "level/answer-is-one-that-was-asked-for", "dnp-teacher/level-is-on-the-list"
_DECLARED, _THREE = "level/answer-is-declared-in-metadata", "loa3-teacher/level-is-at-least-3"
_ONLY_EPPN = "dnp/only-the-eppn-is-released"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "level-missing",
        Words("the assertion does not say how the person logged in", "intyget säger inte hur personen loggade in"),
        ("saml-assertion/tells-how-the-person-logged-in",),
        answer=changes.answered(context_class=None),
    ),
    Defect(
        "level-unrequested",
        Words(
            "the IdP ignores the levels asked for and takes a password",
            "IdP:n struntar i den efterfrågade nivån och nöjer sig med lösenord",
        ),
        (_LISTED, _ASKED, _THREE),
        answer=changes.answered(context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        method="password",
    ),
    Defect(
        "level-password-at-loa3",
        Words("a password alone is called level 3", "enbart ett lösenord kallas nivå 3"),
        ("level/fits-the-factors-given",),
        answer=changes.answered(context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa3"),
        method="password",
    ),
    Defect(
        "level-certified-claim",
        Words("the IdP claims a level that only Digg-approved IdPs may", "IdP:n intygar en nivå som bara Digg-godkända IdP:er får intyga"),
        ("dnp-teacher/level-may-be-claimed", _DECLARED),
        answer=changes.answered(context_class="http://id.elegnamnden.se/loa/1.0/loa3"),
    ),
    Defect(
        "level-two",
        Words("the e-legitimation reaches level 2 only", "e-legitimationen når bara nivå 2"),
        (_ASKED, _THREE),
        answer=changes.answered(context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa2"),
    ),
    Defect(
        "level-misspelt",
        Words("the level is misspelt", "nivån är felstavad"),
        ("level/answer-is-a-known-value", _ASKED, _LISTED, _THREE),
        answer=changes.answered(context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa-3"),
    ),
    Defect(
        "level-retired",
        Words("a level of Skolfederation's that never came in use", "en nivå hos Skolfederation som aldrig togs i bruk"),
        ("level/values-are-in-use", _ASKED, _LISTED, _THREE),
        answer=changes.answered(context_class="http://id.skolfederation.se/loa/loa3"),
    ),
    Defect(
        "level-multipleauthn",
        Words("the IdP says that several factors were used, and no level", "IdP:n säger att flera faktorer användes, men ingen nivå"),
        (_ASKED, _LISTED, _THREE),
        answer=changes.answered(context_class="http://schemas.microsoft.com/claims/multipleauthn"),
    ),
    Defect(
        "level-on-one-list",
        Words("a level that only one of Skolverket's lists has", "en nivå som bara står på en av Skolverkets listor"),
        ("dnp-teacher/level-is-on-every-list", _ASKED, _THREE),
        answer=changes.answered(context_class="http://id.elegnamnden.se/loa/1.0/nf-sub"),
    ),
    Defect(
        "level-undeclared",
        Words("the metadata declares another level", "metadata deklarerar en annan nivå"),
        (_DECLARED,),
        metadata=changes.published(levels=("http://id.swedenconnect.se/loa/1.0/uncertified-loa2",)),
    ),
    Defect(
        "assurance-disagrees",
        Words("eduPersonAssurance says another level", "eduPersonAssurance säger en annan nivå"),
        ("level/both-carriers-agree", _ONLY_EPPN),
        answer=changes.also_released(*_EDU_PERSON_ASSURANCE, "http://id.swedenconnect.se/loa/1.0/uncertified-loa2"),
    ),
    Defect(
        "assurance-misspelt",
        Words("a value in eduPersonAssurance is misspelt", "ett värde i eduPersonAssurance är felstavat"),
        ("level/assurance-attribute-is-known", _ONLY_EPPN),
        answer=changes.also_released(
            *_EDU_PERSON_ASSURANCE, "http://id.swedenconnect.se/loa/1.0/uncertified-loa3", "https://refeds.org/assurance/IAP/hihg"
        ),
    ),
    Defect(
        "level-refused",
        Words("the IdP says that it can give no level", "IdP:n säger att den inte kan ge någon nivå"),
        ("login/idp-completes-the-login",),
        answer=changes.answered(
            status=("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext")
        ),
    ),
    Defect(
        "e-leg-misplaced",
        Words("e-leg is declared under IDPSSODescriptor", "e-leg är deklarerad under IDPSSODescriptor"),
        ("dnp-teacher/e-leg-is-declared-under-the-entity",),
        metadata=changes.published(e_leg="role"),
    ),
    Defect(
        "e-leg-undeclared",
        Words("the metadata does not declare e-leg", "metadata deklarerar inte e-leg"),
        ("dnp-teacher/e-leg-is-declared",),
        metadata=changes.published(e_leg=None),
    ),
    Defect(
        "proxy-unnamed",
        Words("another IdP logs the person in, and is not named", "en annan IdP loggar in personen, och den nämns inte"),
        ("level/another-idp-is-named",),
        answer=changes.answered(authority=None),
        method="e-leg-by-saml",
    ),
    Defect(
        "force-authn-ignored",
        Words("an old login is reused", "en gammal inloggning återanvänds"),
        ("saml-assertion/authentication-is-fresh",),
        answer=lambda answer, who, now: replace(answer, authn_instant=now - timedelta(hours=5)),
    ),
)
