"""The form of what is released beside the EPPN. Each is released too much as well: Skolverket asks for the EPPN alone."""

from __future__ import annotations

import unicodedata

from idptest.demo import changes
from idptest.demo.changes import ChangeAnswer
from idptest.demo.defect import Defect
from idptest.model.rule import Words


def _sends(name: str, en: str, sv: str, fails: str | tuple[str, ...], answer: ChangeAnswer) -> Defect:
    rules = (fails,) if isinstance(fails, str) else fails
    return Defect(name, Words(en, sv), (*rules, "dnp/only-the-eppn-is-released"), answer=answer)


DEFECTS: tuple[Defect, ...] = (
    _sends(
        "school-unit-code-short",
        "a school unit code has seven digits",
        "en skolenhetskod har sju siffror",
        "skolfederation/school-unit-codes-have-eight-digits",
        changes.also("sisSchoolUnitCode", "2164875"),
    ),
    _sends(
        "personnummer-ten-digits",
        "the personnummer is sent without its century",
        "personnumret skickas utan århundrade",
        ("skolfederation/person-numbers-have-twelve-digits", "dnp/no-personnummer-is-released"),
        lambda answer, who, now: changes.also("personalIdentityNumber", who.personnummer[2:])(answer, who, now),
    ),
    _sends(
        "organisation-number-wrong",
        "a digit of the organisation number is wrong",
        "en siffra i organisationsnumret är fel",
        "skolfederation/organisation-numbers-are-right",
        changes.also("norEduOrgNIN", "2120009998"),
    ),
    _sends(
        "course-without-school",
        "a group is sent without the school that it is at",
        "en grupp skickas utan skolan som den finns på",
        "skolfederation/courses-name-their-school",
        changes.also("sisSchoolCourseTeacher", "7A"),
    ),
    _sends(
        "mail-with-mailto",
        "the e-mail address has mailto: before it",
        "e-postadressen har mailto: framför sig",
        "skolfederation/mail-is-an-address",
        lambda answer, who, now: changes.also("mail", f"mailto:{who.mail}")(answer, who, now),
    ),
    _sends(
        "affiliation-own-word",
        "the affiliation is a word of the municipality's own",
        "anknytningen är kommunens eget ord",
        "skolfederation/affiliations-are-eduperson-words",
        changes.also("eduPersonAffiliation", "lärare"),
    ),
    _sends(
        "affiliations-disagree",
        "the affiliation is another with scope than without",
        "anknytningen är en med scope och en annan utan",
        "skolfederation/affiliations-agree",
        lambda answer, who, now: changes.also("eduPersonScopedAffiliation", "member@exempelstad.se", "employee@exempelstad.se")(
            changes.also("eduPersonAffiliation", "member")(answer, who, now), who, now
        ),
    ),
    _sends(
        "affiliation-without-member",
        "a teacher is employee and not member",
        "en lärare är employee men inte member",
        "skolfederation/affiliation-includes-member",
        changes.also("eduPersonScopedAffiliation", "employee@exempelstad.se"),
    ),
    _sends(
        "role-of-a-pupil",
        "a teacher is sent as a pupil",
        "en lärare skickas som elev",
        "skolfederation/role-fits-the-account",
        changes.also("eduPersonPrimaryAffiliation", "student"),
    ),
    _sends(
        "subject-id-underscore",
        "the subject-id has a character that it may not have",
        "subject-id har ett tecken som inte är tillåtet",
        "skolfederation/subject-identifiers-keep-their-form",
        changes.also("subject-id", "asa_ost@exempelstad.se"),
    ),
    _sends(
        "language-underscore",
        "the language is written sv_SE",
        "språket är skrivet sv_SE",
        "skolfederation/other-values-have-their-form",
        changes.also("preferredLanguage", "sv_SE"),
    ),
    _sends(
        "organisation-of-another",
        "the home organisation is a domain that the metadata does not declare",
        "hemorganisationen är en domän som inte är deklarerad i metadata",
        "skolfederation/scopes-of-other-attributes-are-declared",
        changes.also("schacHomeOrganization", "granskommun.se"),
    ),
    _sends(
        "display-name-twice",
        "the display name has two values",
        "visningsnamnet har två värden",
        "attribute/single-valued-has-one-value",
        changes.also("displayName", "Åsa Öström Lindqvist", "Åsa Öström"),
    ),
    _sends(
        "values-in-one",
        "two values are sent as one, with a semicolon between them",
        "två värden skickas som ett, med semikolon emellan",
        "attribute/values-come-one-by-one",
        changes.also("norEduOrgUnitUniqueIdentifier", "21648755;12345678"),
    ),
    _sends(
        "given-name-two-ways",
        "the given name is sent under two names and differs",
        "förnamnet skickas under två namn och skiljer sig",
        "attribute/says-the-same-under-every-name",
        lambda answer, who, now: changes.also("givenName", "Asa", name="givenName", name_format=None)(
            changes.also("givenName", "Åsa")(answer, who, now), who, now
        ),
    ),
    _sends(
        "value-is-json",
        "a whole object is sent as JSON",
        "ett helt objekt skickas som JSON",
        "attribute/values-are-plain-text",
        changes.also("cn", '{"namn": "Åsa", "skola": "Bäckskolan"}'),
    ),
    _sends(
        "letters-misread",
        "UTF-8 was read as Latin-1 on the way",
        "UTF-8 har lästs som Latin-1 på vägen",
        "attribute/letters-are-whole",
        changes.also("l", "Växjö".encode().decode("latin-1")),
    ),
    _sends(
        "letters-in-pieces",
        "å is sent as a and a ring of its own",
        "å skickas som a och en ring för sig",
        "attribute/letters-are-composed",
        changes.also("ou", unicodedata.normalize("NFD", "Bäckskolan")),
    ),
    _sends(
        "value-nil",
        "an attribute is sent that says that it has no value",
        "ett attribut skickas som säger att det saknar värde",
        "skolfederation/values-are-clean",
        changes.also("title", "", nil=True),
    ),
)
