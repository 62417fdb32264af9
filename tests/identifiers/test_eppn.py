"""What is an EPPN, and what is said of a value that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.identifiers import eppn

WRONG = {
    "": "tomt",
    "anna": "inget @",
    "a@b@b": "två gånger",
    "anna@exempelstad.se@exempelstad.se": "två gånger",
    "@exempelstad.se": "före @",
    "anna@": "efter @",
    "@": "före @",
    " anna@exempelstad.se": "före eller efter",
    "anna@exempelstad.se\n": "radbrytning",
    "an na@exempelstad.se": "inne i",
    "an\u00a0na@exempelstad.se": "inne i",
    "an\x00na@exempelstad.se": "styrtecken",
    "an\u200bna@exempelstad.se": "osynliga",
    "\ufeffanna@exempelstad.se": "osynliga",
    "i\ufffdy\ufffd@exempelstad.se": "U+FFFD",
    "[B@6d06d69c@exempelstad.se": "Java",
}


@pytest.mark.parametrize(("value", "says"), WRONG.items())
def test_a_value_that_is_no_eppn_is_named_by_what_is_wrong(value: str, says: str) -> None:
    fault = eppn.fault(value)
    assert eppn.parse(value) is None
    assert fault is not None
    assert says in fault.sv
    assert fault.en


@pytest.mark.parametrize(
    "value",
    [
        "fc79e369-18a3-40c4-aa33-d92057bfff65@edu.huvudman.se",
        "aeN5/KMYxECqM9kgV7//ZQ==@exempelstad.se",
        "åsa.öberg@exempelstad.se",
        "A@B",
    ],
)
def test_an_eppn_is_kept_as_written(value: str) -> None:
    parsed = eppn.parse(value)
    assert parsed is not None
    assert parsed.value == value == str(parsed) == f"{parsed.local}@{parsed.scope}"


@given(st.text(max_size=40))
def test_every_text_is_either_an_eppn_or_has_a_fault(value: str) -> None:
    parsed = eppn.parse(value)
    assert (parsed is None) == (eppn.fault(value) is not None)
    if parsed is not None:
        assert parsed.local
        assert parsed.scope
        assert value.count("@") == 1
        assert not any(c.isspace() or ord(c) < 32 for c in value)
