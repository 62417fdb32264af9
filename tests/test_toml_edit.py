"""Values put into a file that a person has written."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.errors import ConfigurationError
from idptest.settings_template import template
from idptest.toml_edit import line, with_table, with_values

LARARE = ("account", "larare")
TEXT = """\
# överst
[account.larare]   # hon
idp = "x"
rulesets = [
  "a",   # först
  "b",
]

# nästa är elev
[account.elev]
idp = 'x'   # samma
"""


def test_what_is_there_stays_as_it_is() -> None:
    new = with_values(TEXT, "f", LARARE, {"object_guid": "1", "surname": 'Ö"s\\t'})
    assert new == TEXT.replace('  "b",\n]\n', '  "b",\n]\nobject_guid = "1"\nsurname = "Ö\\"s\\\\t"\n')


def test_a_value_is_replaced_where_it_stands() -> None:
    new = with_values(TEXT, "f", ("account", "elev"), {"idp": "y"})
    assert new == TEXT.replace("idp = 'x'   # samma", 'idp = "y"   # samma')


def test_what_the_template_has_as_a_comment_is_written_below_it() -> None:
    text = template("sv")
    new = with_values(text, "f", LARARE, {"object_guid": "1"})
    comment = '# object_guid = "00000000-0000-0000-0000-000000000000"\n'
    assert new == text.replace(comment, comment + 'object_guid = "1"\n')
    other = with_values(text, "f", ("account", "elev"), {"object_guid": "1"})
    assert tomllib.loads(other)["account"]["elev"]["object_guid"] == "1" and len(other) == len(text) + 18


@pytest.mark.parametrize(
    "text", ["[a]", "[a]\n", "\ufeff[a]\r\nb = 1\r\n", "[a]\r\nb = 1", "[a]\nb = '''\n\n'''\n[c]\n", "[[c]]\n[a]\n[a.d]\nx = 1\n"]
)
def test_any_shape_of_file(text: str) -> None:
    new = with_values(text, "f", ("a",), {"k": "v"})
    assert tomllib.loads(new.lstrip("\ufeff"))["a"]["k"] == "v"
    assert new.count("\r") in (0, new.count("\n"))
    assert [each for each in new.splitlines() if each != 'k = "v"'] == text.splitlines()


@pytest.mark.parametrize("text", ["a = { b = 1 }\n", "a.b = 1\n", "[a]\nk = 1\n", '[a]\nk = """\nx"""\n'])
def test_what_is_better_done_by_hand_is_said(text: str) -> None:
    if text == "a.b = 1\n":
        assert tomllib.loads(with_values("[x]\na = 1\n", "f", ("x",), {"k": "v"}))["x"]["k"] == "v"
    with pytest.raises(ConfigurationError, match="write it there by hand"):
        with_values(text, "f", ("a",), {"k": "v"})


def test_a_table_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no \[b\]"):
        with_values("[a]\n", "f", ("b",), {"k": "v"})


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_value(value: str) -> None:
    assert tomllib.loads(line("k", value)) == {"k": value}
    new = with_values("[a]\nk = 'x'\n", "f", ("a",), {"k": value, "l": value})
    assert tomllib.loads(new)["a"] == {"k": value, "l": value}


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("", '[feed.x]\nsha256 = "1"\n'),
        ("a = 1", 'a = 1\n\n[feed.x]\nsha256 = "1"\n'),
        ("a = 1\r\n", 'a = 1\r\n\r\n[feed.x]\r\nsha256 = "1"\r\n'),
        ('[feed.x]  # hej\nurl = "u"\n[feed.y]\n', '[feed.x]  # hej\nurl = "u"\nsha256 = "1"\n[feed.y]\n'),
        ('[feed.y]\nurl = "u"\n', '[feed.y]\nurl = "u"\n\n[feed.x]\nsha256 = "1"\n'),
        ('[feed.x]\n# sha256 = "…"\nurl = "u"\n', '[feed.x]\n# sha256 = "…"\nsha256 = "1"\nurl = "u"\n'),
    ],
)
def test_a_table_that_is_not_there_comes_last(text: str, new: str) -> None:
    assert with_table(text, "f", ("feed", "x"), {"sha256": "1"}) == new


@pytest.mark.parametrize("text", ["feed = { y = { url = 'u' } }\n", "feed = 1\n", "[[feed]]\n"])
def test_a_table_that_cannot_be_added_is_said_with_what_to_write(text: str) -> None:
    with pytest.raises(ConfigurationError, match='sha256 = "1"'):
        with_table(text, "f", ("feed", "x"), {"sha256": "1"})
