"""An objectGUID is read back from every form that it has been seen in."""

import base64
import itertools
import json
import uuid
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idptest.identifiers import objectguid
from idptest.identifiers.objectguid import CERTAIN, LIKELY, UNDECIDED, UNLIKELY

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/objectguid.json").read_text(encoding="utf-8"))["vectors"]
CASES = [(v["name"], uuid.UUID(v["canonical"]), name, value) for v in VECTORS for name, value in v["forms"].items()]
EGIL = "0ee8bb74-5701-43de-b390-571354c0c73f"
LAST_RESORT = {"rfc-bytes-reversed", "ad-bytes-reversed"}

guids = st.uuids()
form_names = st.sampled_from(sorted(objectguid.forms(uuid.UUID(EGIL))))


def _version_4_in_one_order_only(guid: uuid.UUID) -> bool:
    return guid.version == 4 and uuid.UUID(bytes=guid.bytes_le).version != 4


decided = st.uuids(version=4).filter(_version_4_in_one_order_only)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_forms_are_those_of_the_vectors(vector: dict[str, object]) -> None:
    made = objectguid.forms(uuid.UUID(str(vector["canonical"])))
    assert made == {"canonical": vector["canonical"], **vector["forms"]}  # type: ignore[dict-item]


@pytest.mark.parametrize(("vector", "guid", "form", "value"), CASES, ids=lambda c: str(c)[:24])
def test_every_vector_is_read(vector: str, guid: uuid.UUID, form: str, value: str) -> None:
    alone = objectguid.readings(value, guid)
    assert [(r.guid, r.confidence) for r in alone] == [(guid, CERTAIN)]
    assert form in alone[0].forms
    assert objectguid.kind(value) == "objectguid"
    if form in LAST_RESORT and guid.version != 4:
        return
    unaided = [r for r in objectguid.readings(value) if r.guid == guid]
    assert form in unaided[0].forms


@pytest.mark.parametrize(
    ("published", "canonical"),
    [
        ("WchW1G0g6UegSkcmTvRtrA==", "d456c859-206d-47e9-a04a-47264ef46dac"),
        ("humVWn7kO0enTqsrp37RVA==", "5a95e986-e47e-473b-a74e-ab2ba77ed154"),
        ("kzGVAByOYki4z7CdR2yecA==", "00953193-8e1c-4862-b8cf-b09d476c9e70"),
        ("C98B91356D19EA409779889D79B753F0", "35918bc9-196d-40ea-9779-889d79b753f0"),
        ("2a5ec91ac933ac4b9629610836a88152", "1ac95e2a-33c9-4bac-9629-610836a88152"),
        ("90395F191AB51B4A9E9686C66CB18D11", "195f3990-b51a-4a1b-9e96-86c66cb18d11"),
        ("74bbe80e0157de43b390571354c0c73f", EGIL),
        ("dOXSvFiNNkGp34oZsUXbeQ==", "bcd2e574-8d58-4136-a9df-8a19b145db79"),
    ],
)
def test_published_pairs_agree(published: str, canonical: str) -> None:
    first, *others = objectguid.readings(published)
    assert (str(first.guid), first.confidence, others) == (canonical, LIKELY, [])


@given(guids, form_names)
def test_a_known_guid_is_found_in_every_form(guid: uuid.UUID, form: str) -> None:
    value = objectguid.forms(guid)[form]
    if form.startswith("base64"):
        assume(value != value.lower())
    if form == "base64url-ad-unpadded":  # 22 characters without any mark of base64 may be a name
        assume(guid.version == 4)
    (reading,) = objectguid.readings(value, guid)
    assert reading.guid == guid
    assert reading.confidence == CERTAIN
    assert form in reading.forms or value in {objectguid.forms(guid)[other] for other in reading.forms if other in objectguid.forms(guid)}


@given(decided, form_names)
def test_the_version_digit_decides(guid: uuid.UUID, form: str) -> None:
    value = objectguid.forms(guid)[form]
    if form.startswith("base64"):
        assume(value != value.lower())
    if form in LAST_RESORT:
        return
    reading, *others = objectguid.readings(value)
    assert (reading.guid, reading.confidence) == (guid, LIKELY)
    assert {(other.confidence, form) for other in others} <= {(UNLIKELY, "canonical")}


@given(guids)
def test_without_a_deciding_digit_the_usual_order_comes_first(guid: uuid.UUID) -> None:
    other = uuid.UUID(bytes=guid.bytes_le)
    assume((guid.version == 4) == (other.version == 4))
    for form in ("canonical", "ad-bytes-hex", "decimals"):
        value = objectguid.forms(guid)[form]
        readings = objectguid.readings(value)
        backwards = [reading for reading in readings if reading.guid not in (guid, other)]
        first, second = (reading for reading in readings if reading not in backwards)
        assert (first.guid, second.guid) == (guid, other)
        assert readings.index(first) == (0 if len(backwards) < 2 else 2)
        assert {reading.confidence for reading in readings} == {UNDECIDED}
        assert "AD" in first.words.sv


@given(st.uuids(version=4), st.sampled_from(sorted(objectguid.forms(uuid.UUID(int=0)))))
def test_the_true_reading_is_first_or_second(guid: uuid.UUID, form: str) -> None:
    """Of a version-4 GUID in every form, without exception."""
    readings = objectguid.readings(objectguid.forms(guid)[form])
    assert guid in [reading.guid for reading in readings[:2]]
    unlikely = [reading for reading in readings if reading.confidence == UNLIKELY]
    assert len(readings) == 1 or unlikely or all(reading.confidence == UNDECIDED for reading in readings)


def test_the_share_that_fits_two_forms() -> None:
    """What is tested stands in b7 and b9 (b6 and b8 are a version-4 GUID's): all their values, and so the exact shares of random GUIDs."""
    places = Counter[tuple[str, str]]()
    for b7, b9 in itertools.product(range(256), range(256)):
        guid = uuid.UUID(bytes=bytes((1, 2, 3, 4, 5, 6, 0x4C, b7, 0x9A, b9, 1, 2, 3, 4, 5, 6)))
        for form in ("canonical", "byte-order-mistake", "rfc-bytes-reversed"):
            found = [reading.guid for reading in objectguid.readings.__wrapped__(objectguid.forms(guid)[form])]
            places[form, "alone" if found == [guid] else "first" if found[0] == guid else "second" if found[1] == guid else "later"] += 1
    share = {where: count / 65536 for where, count in places.items()}
    assert share["canonical", "alone"] == 1 - 1 / 16 - 1 / 64
    assert share["canonical", "first"] == 1 / 16 + 1 / 64
    assert (share["byte-order-mistake", "alone"], share["byte-order-mistake", "second"]) == (15 / 16, 1 / 16)
    assert {where for _, where in places} == {"alone", "first", "second"}


def test_a_value_that_looks_as_it_should_is_called_so_though_it_is_one_backwards_too() -> None:
    """One GUID in 64: b9 is 4x and b7 is 8x to bx. Nobody's login is doubted for that."""
    guid = uuid.UUID("7c1d9e52-4b3a-4f90-9a4e-2d5c8b7f3e04")
    first, second = objectguid.readings(str(guid))
    assert (first.guid, first.forms, first.confidence) == (guid, ("canonical",), LIKELY)
    assert (second.forms, second.confidence) == (("rfc-bytes-reversed",), UNLIKELY)
    assert objectguid.readings(objectguid.forms(second.guid)["rfc-bytes-reversed"]) == (first, second)
    assert [reading.forms for reading in objectguid.readings(str(guid), guid)] == [("canonical",)]


@pytest.mark.parametrize("vector", VECTORS[:5], ids=lambda v: v["name"])
def test_forms_combine(vector: dict[str, str]) -> None:
    guid = uuid.UUID(vector["canonical"])
    made = objectguid.forms(guid)
    mistake = made["byte-order-mistake"]
    combined = {
        made["braces"]: {"braces", "upper"},
        "{" + made["canonical"] + "}": {"braces"},
        "(" + made["canonical"] + ")": {"braces"},
        mistake.upper(): {"byte-order-mistake", "upper"},
        "{" + mistake.upper() + "}": {"byte-order-mistake", "upper", "braces"},
        "URN:UUID:" + mistake.upper(): {"byte-order-mistake", "upper", "urn"},
        made["ad-bytes-hex"].upper(): {"ad-bytes-hex", "upper"},
        "0x" + made["ad-bytes-hex"]: {"ad-bytes-hex"},
        made["bitconverter"].lower(): {"bitconverter"},
        made["decimals"].replace(" ", ", "): {"decimals"},
        "[" + ", ".join(str(b - 256 if b > 127 else b) for b in guid.bytes_le) + "]": {"decimals"},
        base64.b64encode(mistake.encode()).decode(): {"base64-of-text", "byte-order-mistake"},
        base64.b64encode(made["braces"].encode("utf-16-le")).decode(): {"base64-of-utf16le-text", "braces", "upper"},
        base64.b64encode(made["ad-bytes-hex"].encode()).decode(): {"base64-of-text", "ad-bytes-hex"},
        base64.urlsafe_b64encode(made["base64-ad"].encode()).decode().rstrip("="): {"base64-of-base64"},
    }
    for value, names in combined.items():
        (reading,) = objectguid.readings(value)
        assert (reading.guid, set(reading.forms)) == (guid, names), value


def test_base64_without_padding_or_with_a_space_for_plus() -> None:
    vector = next(v for v in VECTORS if v["name"] == "keycloak-45917")
    guid = uuid.UUID(vector["canonical"])
    for value in ("WpXphuR RzunTqsrp37RVA==", "WpXphuR+RzunTqsrp37RVA", "WpXphuR-RzunTqsrp37RVA=="):
        (reading,) = objectguid.readings(value)
        assert (reading.guid, reading.forms) == (guid, ("base64-rfc",))


def _partly(guid: uuid.UUID, fields: str) -> str:
    """The GUID with those of its first three fields turned round."""
    a, b, c = (str(guid).split("-"))[:3]
    turned = [bytes.fromhex(x)[::-1].hex() if str(n) in fields else x for n, x in enumerate((a, b, c), 1)]
    return "-".join([*turned, *str(guid).split("-")[3:]])


@pytest.mark.parametrize(
    ("fields", "form"),
    [("23", "only-first-field-swapped"), ("3", "first-two-fields-swapped"), ("1", "partly-swapped"), ("12", "partly-swapped")],
)
def test_a_partial_swap_is_named_when_the_guid_is_known(fields: str, form: str) -> None:
    guid = uuid.UUID("35918bc9-196d-40ea-9779-889d79b753f0")
    (reading,) = objectguid.readings(_partly(guid, fields), guid)
    assert (reading.guid, reading.forms) == (guid, (form,))


def test_the_partial_swaps_of_the_published_example() -> None:
    guid = uuid.UUID("35918bc9-196d-40ea-9779-889d79b753f0")
    assert objectguid.readings("35918bc9-6d19-ea40-9779-889d79b753f0", guid)[0].forms == ("only-first-field-swapped",)
    assert objectguid.readings("35918bc9-196d-ea40-9779-889d79b753f0", guid)[0].forms == ("first-two-fields-swapped",)


def test_lower_cased_base64_is_damage_that_only_a_known_guid_heals() -> None:
    guid = uuid.UUID("35918bc9-196d-40ea-9779-889d79b753f0")
    for value in ("yyurnw0z6kcxeyidebdt8a==", "yyurnw0z6kcxeyidebdt8a"):
        assert objectguid.kind(value) == "damaged-text"
        assert objectguid.readings(value) == ()
        (reading,) = objectguid.readings(value, guid)
        assert (reading.guid, reading.forms) == (guid, ("lower-cased", "base64-ad"))


def test_another_guid_is_not_taken_for_the_known_one() -> None:
    known = uuid.UUID(EGIL)
    other = uuid.UUID("35918bc9-196d-40ea-9779-889d79b753f0")
    (reading,) = objectguid.readings(str(other), known)
    assert (reading.guid, reading.confidence) == (other, LIKELY)


def test_a_whole_eppn_may_be_given() -> None:
    assert objectguid.readings(f"{EGIL}@exempelstad.se")[0].forms == ("canonical",)


@given(guids)
def test_only_the_usual_form_is_canonical(guid: uuid.UUID) -> None:
    for name, value in objectguid.forms(guid).items():
        expected = name in {"canonical", "byte-order-mistake", *LAST_RESORT} or value == str(guid)
        assert objectguid.is_canonical(value) is expected
    assert not objectguid.is_canonical(str(guid) + "\n")


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        ("anna.andersson", "upn-or-mail"),
        ("åsa.öberg2", "upn-or-mail"),
        ("anna-karin.o'hara", "upn-or-mail"),
        ("annand01", "upn-or-mail"),
        ("anna@exempelstad.se", "upn-or-mail"),
        ("mariaelisabethlindberg", "upn-or-mail"),
        ("MariaElisabethLindberg", "upn-or-mail"),
        ("191212121212", "personnummer"),
        ("p121212-1212", "personnummer"),
        ("20120229TF01", "personnummer"),
        ("S-1-5-21-3623811015-3361044348-30300820-1013", "sid"),
        ("AQUAAAAAAAUVAAAA55HYtqWpVMLZ5wEB6AMAAA==", "sid"),
        ("[B@6d06d69c", "language-artifact"),
        ("System.Byte[]", "language-artifact"),
        ("b'i\\xe3y\\xfc'", "language-artifact"),
        ("Array", "language-artifact"),
        ("[object Object]", "language-artifact"),
        ("null", "language-artifact"),
        ("i\ufffdy\ufffd", "damaged-text"),
        ("É\x8b\x915m\x19ê@"[:6], "damaged-text"),
        (uuid.UUID("35918bc9-196d-40ea-9779-889d79b753f0").bytes_le.decode("utf-16-le", "replace"), "damaged-text"),
        ("yyurnw0z6kcxeyidebdt8a==", "damaged-text"),
        ("1z9k3q", "unknown"),
        ("", "unknown"),
    ],
)
def test_kinds(local: str, kind: str) -> None:
    assert objectguid.kind(local) == kind
    assert kind in objectguid.KINDS


@given(st.text(max_size=120), st.none() | guids)
def test_nothing_raises(value: str, known: uuid.UUID | None) -> None:
    assert objectguid.kind(value) in objectguid.KINDS
    for reading in objectguid.readings(value, known):
        assert reading.words.en
        assert reading.words.sv
        assert not {"{", "}"} & set(reading.words.en + reading.words.sv)


@pytest.mark.parametrize("value", ["{" * 100_000, "(" * 5_000 + ")" * 5_000, "urn:uuid:" * 10_000, "A" * 200_000, "1 " * 50_000])
def test_long_nonsense_is_no_guid(value: str) -> None:
    assert objectguid.readings(value) == ()
    assert objectguid.kind(value) in objectguid.KINDS
