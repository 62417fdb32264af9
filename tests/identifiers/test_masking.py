"""A mask shows what sort of value it is, and nothing of it."""

import re
import uuid

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from idptest.identifiers import eppn, objectguid
from idptest.identifiers.masking import mask

GUID = "fc79e369-18a3-40c4-aa33-d92057bfff65"
SCOPE = "exempelstad.se"
OWN_WORDS = ["tecken", "upn-or-mail", "personnummer", "characters", "skadad text", "programtext", "number", "‹14 tecken›", "damaged"]


@pytest.mark.parametrize(
    ("text", "sv", "en"),
    [
        (f"{GUID}@{SCOPE}", f"fc79…ff65@{SCOPE}", f"fc79…ff65@{SCOPE}"),
        (f"{{{GUID.upper()}}}@{SCOPE}", f"{{FC79…FF65}}@{SCOPE}", f"{{FC79…FF65}}@{SCOPE}"),
        (f"{GUID.replace('-', '')}@{SCOPE}", f"fc79…ff65@{SCOPE}", f"fc79…ff65@{SCOPE}"),
        (f"anna.a@{SCOPE}", f"‹upn, 6 tecken›@{SCOPE}", f"‹upn, 6 characters›@{SCOPE}"),
        (f"191212121212@{SCOPE}", f"‹personnummer, 12 tecken›@{SCOPE}", f"‹personal number, 12 characters›@{SCOPE}"),
        (f"aeN5/KMYxECqM9kgV7//ZQ==@{SCOPE}", f"‹GUID, 24 tecken›@{SCOPE}", f"‹GUID, 24 characters›@{SCOPE}"),
        (f"x1@{SCOPE}", f"‹2 tecken›@{SCOPE}", f"‹2 characters›@{SCOPE}"),
        ("Anna Andersson", "‹14 tecken›", "‹14 characters›"),
        (GUID, "‹GUID, 36 tecken›", "‹GUID, 36 characters›"),
        ("19121212-1212", "‹personnummer, 13 tecken›", "‹personal number, 13 characters›"),
        ("", "‹tomt›", "‹empty›"),
        ("x", "‹1 tecken›", "‹1 character›"),
        (f"anna@{SCOPE}@{SCOPE}", "‹34 tecken›", "‹34 characters›"),
        ("abc@anna", "‹8 tecken›", "‹8 characters›"),
        ("abc@191212121212.se", "‹personnummer, 19 tecken›", "‹personal number, 19 characters›"),
    ],
)
def test_masks(text: str, sv: str, en: str) -> None:
    assert mask(text, "sv") == sv
    assert mask(text, "en") == en


def _runs(text: str) -> set[str]:
    return {text[i : i + 4].casefold() for i in range(len(text) - 3)}


def _form(guid: uuid.UUID, name: str) -> str:
    return objectguid.forms(guid)[name]


locals_ = (
    st.text(min_size=1, max_size=60)
    | st.from_regex(r"[a-z0-9._-]{1,40}", fullmatch=True)
    | st.sampled_from(OWN_WORDS)
    | st.builds(_form, st.uuids(), st.sampled_from(["base64-ad", "urn", "decimals", "bitconverter"]))
)


@given(locals_, st.sampled_from(["sv", "en"]))
@example("tecken", "sv")
@example("12, characters", "en")
@example("‹upn, 14 tecken›", "sv")
def test_no_run_of_a_masked_local_part_is_seen(local: str, lang: str) -> None:
    assume(not re.fullmatch(r"[{(]?([0-9a-fA-F-]{36}|[0-9a-fA-F]{32})[})]?", local))
    text = f"{local}@{SCOPE}"
    seen = mask(text, lang)
    if eppn.parse(text):
        assert seen.endswith(f"@{SCOPE}")
        seen = seen.removesuffix(f"@{SCOPE}")
    assert not [run for run in _runs(local) if run in seen.casefold()]


@given(locals_ | st.text(max_size=80), st.sampled_from(["sv", "en"]))
def test_a_value_that_is_no_eppn_shows_nothing_of_itself(text: str, lang: str) -> None:
    assume(eppn.parse(text) is None)
    seen = mask(text, lang).casefold()
    assert not [run for run in _runs(text) if run in seen]


@given(st.uuids())
def test_a_guid_shows_its_ends_only(guid: uuid.UUID) -> None:
    seen = mask(f"{guid}@{SCOPE}")
    assert seen == f"{str(guid)[:4]}…{str(guid)[-4:]}@{SCOPE}"
