"""OpenID Connect, what shows in several logins: what differs from SAML (BOTH), and what changes from time to time (REPEATED)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from idptest.demo import op_changes
from idptest.demo.answer import URI, Answer, Released
from idptest.demo.defect import Defect
from idptest.demo.op_answer import EPPN_CLAIM, OpAnswer
from idptest.demo.people import Person
from idptest.model.rule import Words

BOTH, REPEATED = "login --protocol both", "login --protocol oidc --repeat 2"
_OTHER_GUID = "2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63"


def _staff(answer: Answer, who: Person, now: datetime) -> Answer:
    sent = Released(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.9", ("staff@exempelstad.se", "member@exempelstad.se"), URI, "eduPersonScopedAffiliation"
    )
    return replace(answer, attributes=(*answer.attributes, sent))


def _new_subject(answer: OpAnswer, who: Person, now: datetime) -> OpAnswer:
    """A sub made of the login, not of the person."""
    subject = hashlib.sha256(str(answer.id_token.claims["nonce"]).encode()).hexdigest()[:32]
    changed = op_changes.together(op_changes.claim(sub=subject), op_changes.info(lambda old, who: {"sub": subject}))
    return changed(answer, who, now)


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "oidc-sub-changes",
        Words("sub is another in each login", "sub är ett annat vid varje inloggning"),
        ("history-subject/same-in-every-session",),
        op_answer=_new_subject,
        protocol="oidc",
        command=REPEATED,
    ),
    Defect(
        "op-eppn-differs",
        Words("the OP makes the EPPN from another attribute than the IdP does", "OP:n gör EPPN av ett annat attribut än IdP:n"),
        ("eppn-objectguid/guid-is-the-accounts-own", "history-protocols/eppn-is-the-same-by-both"),
        op_answer=op_changes.info(lambda old, who: {EPPN_CLAIM: f"{_OTHER_GUID}@{who.eppn.partition('@')[2]}"}),
        protocol="oidc",
        command=BOTH,
    ),
    Defect(
        "op-level-differs",
        Words(
            "the OP answers with a lower level than the IdP for the same login", "OP:n svarar med lägre nivå än IdP:n för samma inloggning"
        ),
        (
            "dnp-teacher/level-is-on-the-list",
            "level/answer-is-one-that-was-asked-for",
            "loa3-teacher/level-is-at-least-3",
            "history-protocols/level-is-the-same-by-both",
        ),
        op_answer=op_changes.claim(acr="http://id.skolfederation.se/loa/2fa"),
        protocol="oidc",
        command=BOTH,
    ),
    Defect(
        "op-role-differs",
        Words("the OP says pupil and the IdP staff of the same person", "OP:n säger elev och IdP:n personal om samma person"),
        ("dnp/only-the-eppn-is-released", "skolfederation/role-fits-the-account", "history-protocols/role-is-the-same-by-both"),
        answer=_staff,
        op_answer=op_changes.info(lambda old, who: {"eduperson_scoped_affiliation": ["student@exempelstad.se", "member@exempelstad.se"]}),
        protocol="oidc",
        command=BOTH,
    ),
)
