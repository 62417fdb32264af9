"""The preflight at Exempelstad, in process: no socket, no file, no setting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from email.utils import format_datetime

from idptest import decode
from idptest.adapters import own_keys
from idptest.adapters.demo import demo, named
from idptest.adapters.http_client import NetworkTrouble
from idptest.adapters.preflight import Look, knock, starts
from idptest.adapters.reach import addresses
from idptest.demo import keys
from idptest.demo.people import USUAL, person
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.inspection import PREFLIGHT, Inspection
from idptest.model.preflight import IdpSource, Knock, OwnKey, People, Production, Reached
from idptest.saml.metadata import read_idp


def inspections(defects: Collection[str], look: Look) -> list[Inspection]:
    """What the preflight would see there. The addresses of the municipality's web pages are not looked at: nobody serves them."""
    people = [who for name in USUAL if (who := person(name))]
    target, transport = demo(people[0], named(defects), look.now, look.new_id)
    read = read_idp(target.idp.metadata)

    def reached(url: str) -> tuple[Reached, HttpResponse | None]:
        try:
            answer = transport(HttpRequest("GET", url), None)
        except NetworkTrouble as trouble:
            return Reached(url, error=trouble.words, by_proxy=True), None
        dated = HttpResponse(answer.status, (*answer.headers, ("Date", format_datetime(look.now(), usegmt=True))), answer.body)
        return Reached(url, status=answer.status, by_proxy=True), dated

    subjects: dict[type, tuple[object, ...]] = {
        OwnKey: (own_keys.described("sp", keys.pem("sp"), keys.certificate("sp")),),
        People: (People("exempelstad", tuple(who.role for who in people)),),
        Production: (Production("exempelstad", False, False),),
        IdpSource: (IdpSource("exempelstad", valid_until=read.valid_until if isinstance(read.valid_until, datetime) else None),),
    }
    subjects |= addresses(starts(read), (), reached, look.now, decode.CLOCK_SKEW)
    subjects[Knock] = (knock(target, read, transport, look),)
    return [Inspection(PREFLIGHT, "exempelstad", look.now(), subjects, (), {}, "exempelstad")]
