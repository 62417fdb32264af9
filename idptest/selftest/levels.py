"""Levels that a forger, or a careless IdP, would like to have believed."""

from __future__ import annotations

from idptest.demo.answer import Released
from idptest.model.flow import Flow
from idptest.saml.xml import Element
from idptest.selftest.good import Good, one
from idptest.selftest.mutant import Mutant, answered, changed

_TWO, _THREE = (f"http://id.swedenconnect.se/loa/1.0/uncertified-loa{level}" for level in (2, 3))
_SIGNED, _ASKED = "saml-signature/identity-is-signed-by-a-metadata-key", "level/answer-is-one-that-was-asked-for"
_ASSURANCE = ("urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "eduPersonAssurance")
_METHODS = ("http://schemas.microsoft.com/claims/authnmethodsreferences", None)


def _raised(root: Element) -> None:
    """Level 2 becomes level 3 on the way."""
    one(root, ".//saml:AuthnContextClassRef").text = _THREE


def _stated(name: tuple[str, str | None], *values: str, **answer: str) -> Mutant:
    label, must_fire = answer.pop("label"), answer.pop("must_fire")

    def build(good: Good) -> Flow:
        more = Released(name[0], values, friendly_name=name[1])
        return good.answered(attributes=(*good.answer.attributes, more), **answer)

    return Mutant(label, must_fire, build)


LEVELS: tuple[Mutant, ...] = (
    changed("level-raised-on-the-way", _SIGNED, _raised, context_class=_TWO, sign_response=False),
    answered("level-two-for-three", _ASKED, context_class=_TWO),
    answered("level-in-capitals", "level/answer-is-a-known-value", context_class=_THREE.upper()),
    answered("level-of-another-scale", "loa3-teacher/level-is-at-least-3", context_class="http://id.skolfederation.se/loa/loa3"),
    answered("level-never-in-use", "level/values-are-in-use", context_class="http://id.skolfederation.se/loa/loa3"),
    answered("level-without-approval", "dnp-teacher/level-may-be-claimed", context_class="http://id.elegnamnden.se/loa/1.0/loa3"),
    answered("several-factors-for-a-level", "dnp-teacher/level-is-on-the-list", context_class="https://refeds.org/profile/mfa"),
    _stated(_ASSURANCE, _THREE, label="level-in-the-attribute-only", must_fire=_ASKED, context_class=_TWO),
    _stated(_ASSURANCE, "http://id.elegnamnden.se/loa/1.0/loa4", label="attribute-says-more", must_fire="level/both-carriers-agree"),
    _stated(
        _METHODS,
        "http://schemas.microsoft.com/claims/multipleauthn",
        label="several-factors-in-the-attribute-only",
        must_fire="level/both-carriers-agree",
        context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    ),
    _stated(
        _ASSURANCE,
        "https://refeds.org/assurance/IAP/hihg",
        label="assurance-misspelt",
        must_fire="level/assurance-attribute-is-known",
    ),
)
