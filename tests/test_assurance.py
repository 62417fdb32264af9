"""The vocabulary of levels, and the published lists."""

from pathlib import Path

import pytest

from idptest.assurance import ATTRIBUTE, AUTHN_CONTEXT, FAMILIES, Assurance
from idptest.errors import RuleFileError

FILE = Path(__file__).parents[1] / "attribute_rules/vocabularies/assurance.toml"
E = "http://id.elegnamnden.se/loa/1.0/"
C = "http://id.swedenconnect.se/loa/1.0/"
LIST = '[list.l]\ntitle = "t"\ntitle_sv = "t"\nsource = "s"\nread = "2026-11"\n'
VALUE = (
    '[[value]]\nuri = "u:a"\nlevel = 3\nfamily = "eidas"\ncarrier = ["attribute"]\n'
    'meaning = "m"\nmeaning_sv = "m"\nsource = "s"\nread = "2026-11"\nlists = { l = 1 }\n'
)


@pytest.fixture(scope="module")
def assurance() -> Assurance:
    return Assurance.parse(FILE.read_text(encoding="utf-8"), FILE.name)


def test_skolverkets_checklist_in_published_order(assurance: Assurance) -> None:
    assert assurance.listed("skolverket-checklist") == (
        E + "loa2",
        E + "loa3",
        E + "loa4",
        C + "uncertified-loa2",
        C + "uncertified-loa3",
        C + "loa2-nonresident",
        C + "loa3-nonresident",
        C + "loa4-nonresident",
        E + "nf-low",
        E + "nf-sub",
        E + "nf-high",
    )


def test_skolverkets_description_in_published_order(assurance: Assurance) -> None:
    assert assurance.listed("skolverket-pdf-2023") == (
        *(f"{E}loa{n}" for n in (2, 3, 4)),
        *(f"{C}uncertified-loa{n}" for n in (2, 3, 4)),
        *(f"{C}loa{n}-nonresident" for n in (2, 3, 4)),
        *(f"{C}uncertified-eidas-{n}" for n in ("low", "sub", "high")),
    )


def test_the_registry_lacks_what_it_lacks(assurance: Assurance) -> None:
    registry = assurance.listed("sweden-connect-registry")
    assert len(registry) == 18
    assert registry[0] == E + "loa1"
    assert not {C + "uncertified-loa4", E + "nf-low", E + "nf-sub", E + "nf-high"} & set(registry)
    with pytest.raises(RuleFileError):
        assurance.listed("nobody's")


@pytest.mark.parametrize(
    ("uri", "level"),
    [
        (E + "loa3", 3),
        (C + "uncertified-loa2", 2),
        (C + "loa4-nonresident", 4),
        (E + "nf-sub", None),
        ("http://id.skolfederation.se/loa/loa3", None),
        ("https://refeds.org/profile/mfa", None),
        ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", None),
        ("http://id.elegnamnden.se/loa/1.0/LOA3", None),
        ("", None),
    ],
)
def test_a_level_is_looked_up_letter_for_letter(assurance: Assurance, uri: str, level: int | None) -> None:
    assert assurance.level(uri) == level


@pytest.mark.parametrize(
    ("uri", "approved", "not_approved"),
    [
        (E + "loa3", True, False),
        (C + "uncertified-loa3", False, True),
        (C + "loa2-nonresident", True, False),
        ("https://refeds.org/profile/mfa", True, True),
        (E + "nf-low", None, None),
    ],
)
def test_who_may_claim_it(assurance: Assurance, uri: str, approved: bool | None, not_approved: bool | None) -> None:
    value = assurance.value(uri)
    assert value is not None
    assert value.may_be_claimed(True) is approved
    assert value.may_be_claimed(False) is not_approved


def test_mfa_is_at_least_two_factors_from_level_3(assurance: Assurance) -> None:
    for value in assurance.values.values():
        if value.level in (3, 4):
            assert value.factors == 2
        if value.level == 2:
            assert value.factors is None


@pytest.mark.parametrize(
    ("uri", "nearest"),
    [
        ("https://id.elegnamnden.se/loa/1.0/loa3", E + "loa3"),
        ("HTTP://ID.elegnamnden.se/loa/1.0/loa3/", E + "loa3"),
        (E + "uncertified-loa3", C + "uncertified-loa3"),
        ("http://id.swedenconnect.se/loa/1.0/uncertified-loa-2", C + "uncertified-loa2"),
        ("urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified", "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"),
        ("https://refeds.org/profile/MFA", "https://refeds.org/profile/mfa"),
        (E + "loa3", E + "loa3"),
        ("https://www.example.com/login", None),
        ("", None),
    ],
)
def test_the_nearest_known_value(assurance: Assurance, uri: str, nearest: str | None) -> None:
    found = assurance.nearest(uri)
    assert (found.uri if found else None) == nearest


def test_the_vocabulary_is_whole(assurance: Assurance) -> None:
    assert {value.family for value in assurance.values.values()} == FAMILIES
    for value in assurance.values.values():
        assert value.source.startswith("http")
        assert value.read == "2026-11"
        assert value.carrier <= {AUTHN_CONTEXT, ATTRIBUTE}
    for published in assurance.lists.values():
        assert published.read == "2026-11"
        assert assurance.listed(published.name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[value", "TOML"),
        ("x = 1\n", "[x]"),
        ("value = 1\n", "[[value]]"),
        ("value = [1]\n", "[[value]]"),
        ("list = 1\n", "list"),
        ("[list]\nl = 1\n", "list.l"),
        (LIST + 'colour = "red"\n' + VALUE, "colour"),
        (LIST + VALUE + "colour = 1\n", "colour"),
        (LIST + VALUE.replace('read = "2026-11"\n', ""), "read"),
        (LIST + VALUE.replace('uri = "u:a"', "uri = 1"), "uri"),
        (LIST + VALUE.replace("level = 3", "level = 5"), "level"),
        (LIST + VALUE.replace("level = 3", "level = true"), "level"),
        (LIST + VALUE.replace("level = 3", "factors = 0"), "factors"),
        (LIST + VALUE.replace("level = 3", 'claim = "me"'), "claim"),
        (LIST + VALUE.replace("eidas", "unknown"), "family"),
        (LIST + VALUE.replace('["attribute"]', "[]"), "carrier"),
        (LIST + VALUE.replace('["attribute"]', '["wire"]'), "carrier"),
        (LIST + VALUE.replace("{ l = 1 }", '["l"]'), "lists"),
        (LIST + VALUE.replace("{ l = 1 }", "{ l = 2 }"), "list.l"),
        (LIST + VALUE.replace("{ l = 1 }", '{ l = "1" }'), "lists.l"),
        (LIST + VALUE.replace("{ l = 1 }", "{ k = 1 }"), "list.k"),
        (LIST + VALUE + VALUE.replace("l = 1", "l = 2"), "två gånger"),
    ],
)
def test_a_malformed_vocabulary_is_an_error_that_says_where(text: str, says: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        Assurance.parse(text, "assurance.toml")
    assert caught.value.where == "assurance.toml"
    assert says in caught.value.line("sv")


def test_the_smallest_vocabulary_is_read() -> None:
    value = Assurance.parse(LIST + VALUE, "x").value("u:a")
    assert value is not None
    assert (value.level, value.factors, value.claim) == (3, None, None)
