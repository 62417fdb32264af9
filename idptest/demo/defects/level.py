"""How the person logged in, and what the IdP says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "level-missing",
        Words("the assertion does not say how the person logged in", "intyget säger inte hur personen loggade in"),
        ("saml-assertion/tells-how-the-person-logged-in",),
        answer=changes.answered(context_class=None),
    ),
    Defect(
        "level-unrequested",
        Words("the IdP ignores the levels asked for and takes a password", "IdP:n struntar i efterfrågad nivå och nöjer sig med lösenord"),
        ("dnp-teacher/level-is-on-the-list", "level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"),
        answer=changes.answered(context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        method="password",
    ),
    Defect(
        "level-password-at-loa3",
        Words("a password alone is called level 3", "bara ett lösenord kallas nivå 3"),
        ("level/fits-the-factors-given",),
        answer=changes.answered(context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa3"),
        method="password",
    ),
    Defect(
        "level-certified-claim",
        Words("the IdP claims a level that only DIGG-approved IdPs may", "IdP:n intygar en nivå som bara DIGG-godkända IdP:er får intyga"),
        ("dnp-teacher/level-may-be-claimed",),
        answer=changes.answered(context_class="http://id.elegnamnden.se/loa/1.0/loa3"),
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
        "force-authn-ignored",
        Words("an old login is reused", "en gammal inloggning återanvänds"),
        ("saml-assertion/authentication-is-fresh",),
        answer=lambda answer, who, now: replace(answer, authn_instant=now - timedelta(hours=5)),
    ),
)
