"""Verbs about everything that is released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idptest.assurance import Assurance
from idptest.consumers import with_format
from idptest.expectations.verb import Test, Verb, flag
from idptest.model.login import Login
from idptest.model.rule import Outcome, Words, failed, inconclusive, passed
from idptest.model.saml import Assertion

_URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


def _no_assertion(login: Login) -> Outcome:
    return inconclusive("there is no assertion to look in", "det finns inget intyg att leta i", blocked_by=login.blocker(Assertion))


def _only(allowed: list[str], _: Assurance) -> Test:
    def test(login: Login, _: Login) -> Outcome:
        if login.assertion is None:
            return _no_assertion(login)
        extra = [attribute for attribute in login.assertion.attributes if login.name(attribute) not in allowed]
        if not extra:
            return passed()
        names = tuple(login.name(attribute) for attribute in extra)
        return failed(
            "the IdP releases {actual} as well", "IdP:n skickar också {actual}", at=extra[0].pointer, actual=names, expected=tuple(allowed)
        )

    return test


def _uri_name_format(login: Login, _: Login) -> Outcome:
    if login.assertion is None:
        return _no_assertion(login)
    wrong = [sent for sent in login.assertion.attributes if sent.name.startswith("urn:oid:") and sent.name_format != _URI]
    if not wrong:
        return passed()
    return failed(
        "{actual} is sent under an OID " + with_format(wrong[0].name_format).en,
        "{actual} skickas under en OID " + with_format(wrong[0].name_format).sv,
        at=wrong[0].pointer,
        actual=tuple(login.name(sent) for sent in wrong),
        expected=_URI,
    )


def _clean_values(login: Login, _: Login) -> Outcome:
    if login.assertion is None:
        return _no_assertion(login)
    return _first_unclean(login, login.assertion) or passed()


def _first_unclean(login: Login, assertion: Assertion) -> Outcome | None:
    for sent in assertion.attributes:
        for value in sent.values:
            if not value.text.strip():
                return failed("a value of {actual} is empty", "ett värde i {actual} är tomt", at=value.at, actual=login.name(sent))
            if value.text != value.text.strip():
                return failed(
                    "a value of {actual} begins or ends with white space",
                    "ett värde i {actual} börjar eller slutar med blanktecken",
                    at=value.at,
                    actual=login.name(sent),
                )
    return None


def _names(argument: Any, assurance: Assurance) -> Words | None:
    if isinstance(argument, list) and argument and all(isinstance(name, str) for name in argument):
        return None
    return Words("the argument is a list of attribute names", "argumentet är en lista med attributnamn")


VERBS: Mapping[str, Verb] = {
    "only": Verb(Login, _names, _only),
    "uri_name_format": flag(_uri_name_format, Login),
    "clean_values": flag(_clean_values, Login),
}
