"""What goes wrong when an IdP changes version: seen beside how it was before, by `idptest regress --demo --defect NAME`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from idptest.demo import changes
from idptest.demo.answer import Answer
from idptest.demo.changes import ChangeAnswer, ChangeMetadata
from idptest.demo.defect import Defect
from idptest.demo.people import Person
from idptest.model.rule import Words

_EPPN = "history-eppn/eppn-is-unchanged"
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_AUTHN_FAILED = ("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")


def _upgrade(
    name: str, en: str, sv: str, *fails: str, answer: ChangeAnswer | None = None, metadata: ChangeMetadata | None = None
) -> Defect:
    about = Words(f"after the upgrade {en}", f"efter uppgraderingen {sv}")
    return Defect(f"upgrade-{name}", about, fails, answer=answer, metadata=metadata, command="regress")


def _name_id_is_mail(answer: Answer, who: Person, now: datetime) -> Answer:
    return replace(answer, name_id=who.mail, name_id_format=_EMAIL)


def _holds_for_a_day(answer: Answer, who: Person, now: datetime) -> Answer:
    return replace(answer, not_on_or_after=answer.not_on_or_after + timedelta(days=1))


DEFECTS: tuple[Defect, ...] = (
    _upgrade("base64", "the GUID is sent as base64", "skickas GUID:et som base64", _EPPN, answer=changes.eppn_form("base64-ad")),
    _upgrade("braces", "the GUID stands in braces", "står GUID:et inom klamrar", _EPPN, answer=changes.eppn_form("braces")),
    _upgrade(
        "byte-order",
        "the GUID's bytes are read in the other order",
        "läses GUID:ets byte i den andra ordningen",
        _EPPN,
        answer=changes.eppn_form("byte-order-mistake"),
    ),
    _upgrade(
        "upper-case",
        "the GUID is in capitals",
        "är GUID:et skrivet med stora bokstäver",
        "history-eppn/letter-case-is-unchanged",
        answer=changes.eppn_local_part(lambda who: str(who.object_guid).upper()),
    ),
    _upgrade(
        "other-guid",
        "the GUID is the cloud directory's",
        "är GUID:et molnkatalogens",
        _EPPN,
        answer=changes.eppn_local_part(lambda who: "2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63"),
    ),
    _upgrade(
        "upn",
        "the EPPN is the user principal name",
        "är EPPN användarens UPN",
        _EPPN,
        answer=changes.eppn_local_part(lambda who: who.user_principal_name.partition("@")[0]),
    ),
    _upgrade(
        "scope-changed",
        "the EPPN ends with another domain",
        "slutar EPPN på en annan domän",
        _EPPN,
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@edu.{domain}",)),
    ),
    _upgrade(
        "scope-dropped",
        "the EPPN has lost its scope",
        "har EPPN tappat sitt scope",
        _EPPN,
        answer=changes.eppn_values(lambda local, domain, who: (local,)),
    ),
    _upgrade(
        "two-values",
        "a second EPPN is sent as well",
        "skickas ett EPPN till",
        "history-eppn/number-of-values-is-unchanged",
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@{domain}", f"2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63@{domain}")),
    ),
    _upgrade(
        "name-format-dropped",
        "the EPPN is sent without NameFormat",
        "skickas EPPN utan NameFormat",
        "history-eppn/name-is-unchanged",
        answer=changes.eppn_named("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", None),
    ),
    _upgrade(
        "over-release",
        "name, e-mail and personnummer are sent too",
        "skickas också namn, e-post och personnummer",
        "history-answer/attributes-are-unchanged",
        answer=changes.over_release,
    ),
    _upgrade(
        "name-id-is-mail",
        "the NameID is the e-mail address instead of a transient",
        "är NameID e-postadressen i stället för transient",
        "history-answer/name-id-format-is-unchanged",
        answer=_name_id_is_mail,
    ),
    _upgrade(
        "level-renamed",
        "the same level is sent under another name",
        "skickas samma nivå under ett annat namn",
        "history-answer/level-is-unchanged",
        answer=changes.answered(context_class="http://id.elegnamnden.se/loa/1.0/loa3"),
    ),
    _upgrade(
        "key-changed",
        "another key signs, and stands in the metadata",
        "signerar en annan nyckel, och den står i metadata",
        "history-answer/key-is-unchanged",
        "history-metadata/keys-are-unchanged",
        answer=changes.answered(key="other"),
        metadata=changes.published(key="other"),
    ),
    _upgrade(
        "sha1",
        "the answer is signed with SHA-1",
        "är svaret signerat med SHA-1",
        "history-answer/algorithms-are-unchanged",
        answer=changes.answered(algorithm="sha1"),
    ),
    _upgrade(
        "encrypted",
        "the assertion is encrypted",
        "är intyget krypterat",
        "history-answer/encryption-is-unchanged",
        answer=changes.answered(cipher="aes256-gcm"),
    ),
    _upgrade(
        "long-lifetime",
        "the assertion holds for a day",
        "gäller intyget ett dygn",
        "history-answer/lifetime-is-unchanged",
        answer=_holds_for_a_day,
    ),
    _upgrade(
        "unsigned",
        "nothing is signed",
        "är inget signerat",
        "history-login/answer-is-still-trusted",
        answer=changes.answered(sign_response=False, sign_assertion=False),
    ),
    _upgrade(
        "refused",
        "the IdP says no",
        "säger IdP:n nej",
        "history-login/login-still-arrives",
        answer=changes.answered(status=_AUTHN_FAILED),
    ),
)
