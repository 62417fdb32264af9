"""A correct login, made without any network, and the tools to spoil it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lxml import etree

from idptest.demo import keys
from idptest.demo import metadata as demo_metadata
from idptest.demo.answer import Answer, eppn, sign, signature_goes_here, to_xml
from idptest.demo.idp import UNCERTIFIED_LOA3, Exempelstad, Pending
from idptest.demo.metadata import Published
from idptest.demo.people import DOMAIN, PEOPLE
from idptest.model.flow import ARRIVED, AccountFacts, Ended, Exchange, Flow, HttpRequest, IdpFacts, Sent
from idptest.model.settings import RULESETS
from idptest.saml.encryption import decrypt_all
from idptest.saml.xml import NS, Element, parse

SP, ACS = "https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs"
TEACHER = PEOPLE[0]
EVIL = f"00000000-0000-4000-8000-000000000666@{DOMAIN}"  # whom an attacker would like to be


@dataclass(frozen=True)
class Good:
    """The login and its answer. Nothing changes them: every method gives a new flow."""

    flow: Flow
    answer: Answer

    def with_xml(self, xml: bytes, **changes: Any) -> Flow:
        """The login, had this arrived."""
        form = (("SAMLResponse", base64.b64encode(xml).decode()), ("RelayState", self.flow.sent.relay_state or ""))
        arrived = Exchange(1, self.flow.captured_at, HttpRequest("POST", ACS, (), form))
        return replace(self.flow, exchanges=(arrived,), decrypted=decrypt_all(xml, (keys.pem("sp"),)), **changes)

    def answered(self, **changes: Any) -> Flow:
        """The IdP itself answers otherwise, and signs that."""
        return self.with_xml(to_xml(replace(self.answer, **changes), keys.pair))

    def eppn(self, *values: str) -> Flow:
        return self.answered(attributes=(eppn(*values),))

    def tree(self, **changes: Any) -> Element:
        """The signed response as a tree."""
        return parse(to_xml(replace(self.answer, **changes), keys.pair))

    def changed(self, change: Callable[[Element], Any], **answer: Any) -> Flow:
        """Somebody rewrites the response after it was signed. What `change` returns replaces it, if it returns anything."""
        root = self.tree(**answer)
        made = change(root)
        return self.with_xml(bytes(etree.tostring(root if made is None else made)))

    def signed_anew(self, change: Callable[[Element], Any]) -> Flow:
        """The IdP sends another tree, and signs that."""
        root = self.tree(sign_response=False, sign_assertion=False)
        change(root)
        for assertion in root.findall("saml:Assertion", NS):
            root.replace(assertion, self._signed(assertion))
        return self.with_xml(bytes(etree.tostring(self._signed(root))))

    def _signed(self, element: Element) -> Element:
        place = element.find("saml:Issuer", NS)
        signature_goes_here(element)
        if place is not None:
            place.addnext(element[-1])
        return sign(element, self.answer, keys.pair, f"#{element.get('ID')}")

    def wrapped(self, build: Callable[[Element, Element], Element], **answer: Any) -> Flow:
        """`build(evil, original)` puts together what arrives; evil is the message with another person in it, signatures as they were."""
        original = self.tree(**answer)
        evil = deepcopy(original)
        forge(evil)
        return self.with_xml(bytes(etree.tostring(build(evil, original))))

    def published(self, **changes: Any) -> Flow:
        """The IdP's metadata says something else."""
        return replace(self.flow, idp=replace(self.flow.idp, metadata=demo_metadata.to_xml(replace(Published(), **changes))))


def forge(root: Element) -> None:
    """Another person's EPPN in place of the signed one."""
    for value in root.iterfind(".//saml:AttributeValue", NS):
        value.text = EVIL


def one(element: Element, path: str) -> Element:
    """The first element there."""
    found = element.find(path, NS)
    if found is None:
        raise LookupError(path)
    return found


def good(now: datetime) -> Good:
    """A teacher's login at Exempelstad, at level 3, that every rule passes."""
    numbers = iter(range(1, 100))

    def new_id() -> str:
        return f"id-{next(numbers):04d}"

    municipality = Exempelstad({SP: ACS}, new_id)
    contexts = (UNCERTIFIED_LOA3,)
    sent = Sent(new_id(), now, SP, ACS, demo_metadata.SSO, new_id(), contexts, "exact", True)
    pending = Pending(sent.request_id, SP, ACS, sent.relay_state, UNCERTIFIED_LOA3, "e-leg")
    answer = municipality.answer(pending, TEACHER, now)
    flow = Flow(
        protocol="saml",
        captured_at=now,
        sent=sent,
        exchanges=(),
        ended=Ended(ARRIVED, 1),
        idp=IdpFacts("exempelstad", demo_metadata.ENTITY_ID, municipality.metadata(now), "exempelstad"),
        account=AccountFacts(
            "larare",
            TEACHER.role,
            TEACHER.username,
            True,
            str(TEACHER.object_guid),
            TEACHER.given_name,
            TEACHER.surname,
        ),
        rulesets=RULESETS[TEACHER.role],
        factors=("e-leg",),
    )
    made = Good(flow, answer)
    return replace(made, flow=made.answered())
