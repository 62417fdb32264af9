"""Verbs about an SP's metadata: what it shows people, asks for, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping

from idptest.assurance import Assurance
from idptest.expectations.metadata import number_of_bits, rsa_bits_beyond_2030
from idptest.expectations.published import facts, in_languages
from idptest.expectations.verb import Test, Verb, flag, texts
from idptest.model.inspection import Judged
from idptest.model.rule import Outcome, failed, inconclusive, not_applicable, passed
from idptest.model.sp import SpKey, SpMetadata

_URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"


def _begins_with(beginnings: list[str], _: Assurance) -> Test:
    def test(sp: SpMetadata, _: Judged) -> Outcome:
        if sp.entity_id.startswith(tuple(beginnings)):
            return passed()
        return failed("the entityID is {actual}", "entityID är {actual}", at=sp.at(), actual=sp.entity_id[:256], expected=tuple(beginnings))

    return test


def _asks_for_attributes(sp: SpMetadata, _: Judged) -> Outcome:
    if sp.requested:
        return passed()
    return failed(
        "the metadata does not say which attributes the service wants",
        "metadata anger inte vilka attribut tjänsten vill ha",
        at=sp.at("SPSSODescriptor"),
    )


def _names_by_uri(sp: SpMetadata, _: Judged) -> Outcome:
    if not sp.requested:
        return not_applicable("no attribute is asked for", "inget attribut efterfrågas")
    other = next((wanted for wanted in sp.requested if wanted.name_format != _URI or ":" not in wanted.name), None)
    if other is None:
        return passed()
    return failed(
        "{actual} is no URI with the NameFormat uri",
        "{actual} är ingen URI med NameFormat uri",
        at=other.at(),
        actual=other.name[:256],
        expected=_URI,
    )


def _self_signed(key: SpKey, _: Judged) -> Outcome:
    if key.certificate.pem is None:
        return inconclusive(
            "the certificate cannot be read", "certifikatet går inte att läsa", blocked_by="sp-metadata-keys/key-is-strong", at=key.at()
        )
    if key.certificate.self_signed:
        return passed()
    return failed("the certificate was issued by somebody else", "certifikatet är utfärdat av någon annan", at=key.at())


def _beyond_2030(bits: int, assurance: Assurance) -> Test:
    test = rsa_bits_beyond_2030(bits, assurance)
    return lambda key, login: test(key.certificate, login)


FACTS: Mapping[str, Mapping[str, Verb]] = {
    **facts(SpMetadata),
    "service_name": {"languages": Verb(SpMetadata, texts, lambda wanted, _: lambda sp, _: in_languages("ServiceName")(sp, wanted))},
    "entity_id": {"begins_with": Verb(SpMetadata, texts, _begins_with)},
    "requested_attributes": {"given": flag(_asks_for_attributes, SpMetadata), "named_by_uri": flag(_names_by_uri, SpMetadata)},
    "certificate": {"rsa_bits_beyond_2030": Verb(SpKey, number_of_bits, _beyond_2030), "self_signed": flag(_self_signed, SpKey)},
}
