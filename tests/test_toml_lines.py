"""Lines of tables and keys, and TOML that cannot be read."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idptest.errors import ConfigurationError, RuleFileError
from idptest.toml_lines import Document, Table, did_you_mean, line_of, nearest, parse

TEXT = '''\
# [not.a.table]
keep_days = 30   # a comment with = and [brackets]

[sp]
"entity_id" = "https://sp.example.se/#x"
note = """
[account.hidden]
key = "in a string" \\"""
"""
after = "it's"

[ idp . "example.se" ]  # dots in quotes
metadata = { from = "feed", entity_id = "x" }
claims.eppn = "sub"
rulesets = [
  "a", # ]
  "b]",
]
last = [[1, 2], [3]]

[[idp."example.se".step]]
title = "one"

[[idp."example.se".step]]
title = "two"
[idp."example.se".step.fill]
user = "x"

[[waiver]]
rule = "a/b"
[[waiver]]
until = 2027-03-31
'''


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        (("keep_days",), "keep_days"),
        (("sp",), "[sp]"),
        (("sp", "entity_id"), '"entity_id"'),
        (("sp", "note"), "note"),
        (("sp", "after"), "after"),
        (("idp",), '[ idp . "example.se" ]'),
        (("idp", "example.se"), '[ idp . "example.se" ]'),
        (("idp", "example.se", "metadata"), "metadata"),
        (("idp", "example.se", "metadata", "entity_id"), "metadata"),
        (("idp", "example.se", "claims", "eppn"), "claims.eppn"),
        (("idp", "example.se", "rulesets", 1), "rulesets"),
        (("idp", "example.se", "last"), "last"),
        (("idp", "example.se", "step", 0, "title"), 'title = "one"'),
        (("idp", "example.se", "step", 1, "title"), 'title = "two"'),
        (("idp", "example.se", "step", 1, "fill", "user"), 'user = "x"'),
        (("idp", "example.se", "step", 1, "press"), '[[idp."example.se".step]]'),
        (("waiver", 0, "rule"), 'rule = "a/b"'),
        (("waiver", 1, "until"), "until"),
        (("account", "hidden"), "# [not"),
        ((), "# [not"),
    ],
)
def test_line_of(path: tuple[str | int, ...], begins: str) -> None:
    tomllib.loads(TEXT)
    assert TEXT.splitlines()[line_of(TEXT, *path) - 1].startswith(begins)


def test_the_second_of_an_array_of_tables_has_its_own_line() -> None:
    assert line_of(TEXT, "waiver", 1) == line_of(TEXT, "waiver", 0) + 2


def test_a_written_header_goes_before_an_implied_one() -> None:
    assert line_of("[a.b]\nx = 1\n[a]\ny = 2\n", "a") == 3


@pytest.mark.parametrize("text", ["a = 1\r\nb = 2\r\n[c]\r\nd = 1", "\ufeffa = 1\nb = 2\n[c]\nd = 1"])
def test_windows_files_are_read(text: str) -> None:
    assert parse(text, "f.toml") == {"a": 1, "b": 2, "c": {"d": 1}}
    assert [line_of(text, "b"), line_of(text, "c"), line_of(text, "c", "d")] == [2, 3, 4]


KEYS = st.text("abcdåäö.- #=[]\"'", min_size=1, max_size=4)
BARE = st.text("abcd-_12", min_size=1, max_size=4)
VALUES = st.sampled_from(
    [
        "1",
        '"x"',
        "'#'",
        '"""\n[a]\nb = 1\n"""',
        "'''\n'' # ''''",
        '""',
        '"\\""',
        "[\n 1, # ]\n [2],\n]",
        "{ a = 1, b = [1] }",
        "2027-03-31",
        '""""a"""""',
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[tuple[str, ...], int]]]:
    """A valid document, and for each table and key the line where it was written."""
    lines: list[str] = []
    where: list[tuple[tuple[str, ...], int]] = []

    def quoted(key: str) -> str:
        plain = key.isascii() and key.replace("-", "").isalnum()
        return key if plain and draw(st.booleans()) else '"' + key.replace('"', '\\"') + '"'

    for table in draw(st.lists(st.tuples(KEYS, BARE), unique=True, max_size=4)):
        lines += draw(st.sampled_from([[], [""], ["# [x]"], ["# ]] = '"]]))
        where.append((table, len(lines) + 1))
        lines.append(draw(st.sampled_from(["[{}.{}]", " [ {} . {} ] # ["])).format(*map(quoted, table)))
        for key in draw(st.lists(KEYS, unique=True, max_size=3)):
            where.append(((*table, key), len(lines) + 1))
            lines += f"{quoted(key)} = {draw(VALUES)}{draw(st.sampled_from(['', ' # [[x]] = ']))}".split("\n")
    return "\n".join(lines), where


@given(documents())
def test_every_table_and_key_is_found_on_its_line(document: tuple[str, list[tuple[tuple[str, ...], int]]]) -> None:
    text, where = document
    parse(text, "f.toml")
    assert [(path, line_of(text, *path)) for path, _ in where] == where


@given(st.text() | st.text("[]{}=.,\"'#\n\\ abc123-:T+_", max_size=60))
@example("[" * 5000)
@example("a = " + "[" * 5000)
@example("a = " + "1" * 5000)
@example("a = 2027-01-01T00:00:00+99:99")
@example('a = "\\U0011ffff"')
def test_parse_raises_nothing_but_our_own_error(text: str) -> None:
    try:
        parse(text, "f.toml")
    except ConfigurationError as error:
        where, line = (error.where or "").split(":")
        assert where == "f.toml"
        assert 1 <= int(line) <= text.count("\n") + 1
        assert "\n" not in error.line("en") + error.line("sv")
    assert line_of(text, "a", 0, "b") >= 1


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("a = 1\nb = bok\n", 2, "a value must be text in quotes"),
        ("a = 1\nb =\n", 2, "a value must be text in quotes"),
        ('a = "x\nb = 1\n', 1, "a quote is not closed"),
        ("a = 'x\nb = 1\n", 2, "a quote is not closed"),
        ('a = """x\nb = 1\n', 2, "a quote is not closed"),
        ("a = '''x\nb = 1\n", 2, "a quote is not closed"),
        ('a = "C:\\Users"\n', 1, "a backslash in double quotes"),
        ('a = "C:\\metadata"\n', 1, "a backslash in double quotes"),
        ("\nuntil = 2027-02-30\n", 2, "there is no such date"),
        ("[sp]\nentity_id\n", 2, "a line must be a [table]"),
        ("[sp]\n= 1\n", 2, "a line must be a [table]"),
        ("[]\n", 1, "a line must be a [table]"),
        ("a = [1, 2\nb = 1\n", 2, "a list is not closed"),
        ("a = { b = 1\n}\n", 1, "a table in { }"),
        ("[sp\na = 1\n", 1, "the brackets of a [table]"),
        ("[[waiver]\na = 1\n", 1, "the brackets of a [table]"),
        ('a = "x" y\n', 1, "something is left over"),
        ("a = 1\na = 2\n", 2, "written twice"),
        ("[sp]\n[sp]\n", 2, "written twice"),
        ("a = { b = 1, b = 2 }\n", 1, "written twice"),
        ("a = 1\n[[a]]\n", 2, "written twice"),
        ("# \x07\n", 1, "invisible character"),
        ("a = " + "[" * 5000, 1, "nested too deeply"),
        ("a = " + "1" * 5000, 1, "look at this line"),
    ],
)
def test_advice(text: str, line: int, advice: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "f.toml")
    assert caught.value.where == f"f.toml:{line}"
    assert advice in caught.value.words.en
    assert caught.value.words.sv not in ("", caught.value.words.en)


def test_the_kind_of_error_is_the_callers() -> None:
    with pytest.raises(RuleFileError):
        parse("a", "dnp.toml", error=RuleFileError)
    with pytest.raises(RuleFileError, match=r"^dnp\.toml:2: no"):
        Document("a = 1\nb = 2\n", "dnp.toml", RuleFileError).refuse("no", "nej", "b")


def test_nearest() -> None:
    known = ["password_env", "username", "eppn_source"]
    assert nearest("passwrod_env", known) == "password_env"
    assert nearest("Password-Env", known) == "password_env"
    assert nearest("zzz", known) is None
    assert nearest("x", []) is None
    assert did_you_mean("zzz", ["a", "b"]) == ("; known: a, b", "; kända: a, b")
    assert did_you_mean("zzz", [str(number) for number in range(100)]) == ("", "")


def table(text: str) -> Table:
    return Table(Document(text, "f.toml"), (), parse(text, "f.toml"))


def test_a_table_is_read_by_type() -> None:
    read = table('a = "x"\nb = true\nc = 2\nd = 2.5\ne = ["x", "y"]\n[f.one]\n[f.two]\n[[g]]\n')
    assert (read.string("a"), read.boolean("b"), read.integer("c", 1, 0, 9), read.number("d", 1, 0, 9)) == ("x", True, 2, 2.5)
    assert read.strings("e") == ("x", "y")
    assert (read.string("z"), read.boolean("z"), read.integer("z", 1, 0, 9), read.strings("z"), read.tables("z")) == (
        None,
        False,
        1,
        None,
        [],
    )
    assert {name: inner.name for name, inner in read.named("f").items()} == {"one": "[f.one]", "two": "[f.two]"}
    assert [inner.name for inner in read.tables("g")] == ["[[g]]"]


@pytest.mark.parametrize(
    ("text", "method", "message"),
    [
        ("a = 1", lambda read: read.string("a"), 'f.toml:1: "a" must be text in quotes'),
        ('a = " "', lambda read: read.string("a"), 'f.toml:1: "a" is empty'),
        ("", lambda read: read.needed("a"), 'f.toml:1: "a" is missing'),
        ("a = 1", lambda read: read.boolean("a"), 'f.toml:1: "a" must be true or false'),
        ("a = true", lambda read: read.integer("a", 1, 0, 9), 'f.toml:1: "a" must be a whole number'),
        ("a = 1.5", lambda read: read.integer("a", 1, 0, 9), 'f.toml:1: "a" must be a whole number'),
        ("a = true", lambda read: read.number("a", 1, 0, 9), 'f.toml:1: "a" must be a number'),
        ("a = nan", lambda read: read.number("a", 1, 0, 9), 'f.toml:1: "a" must be from 0 to 9'),
        ("a = 10", lambda read: read.number("a", 1, 0, 9), 'f.toml:1: "a" must be from 0 to 9'),
        ("a = []", lambda read: read.strings("a"), 'f.toml:1: "a" is an empty list'),
        ('a = ["x", 1]', lambda read: read.strings("a"), 'f.toml:1: "a" must be a list of texts'),
        ('a = ["x", "x"]', lambda read: read.strings("a"), 'f.toml:1: "a" names "x" twice'),
        ("a = 1", lambda read: read.named("a"), 'f.toml:1: "a" must be a table'),
        ("[a]\nb = 1", lambda read: read.named("a"), 'f.toml:2: "b" in [a] must be a table'),
        ("[a]", lambda read: read.tables("a"), 'f.toml:1: "a" must be written with double brackets'),
        ('a = "x"', lambda read: read.choice("a", ("y", "z")), 'f.toml:1: unknown a "x"; choose "y" or "z"'),
        ("[acount]", lambda read: read.known("account"), 'f.toml:1: unknown table [acount]; did you mean "account"?'),
    ],
)
def test_a_wrong_type_is_one_clear_line(text: str, method: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        method(table(text))  # type: ignore[operator]
    assert caught.value.line("en").startswith(message)
