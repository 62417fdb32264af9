"""One clear line for whatever is wrong in idptest.toml, and nothing secret or personal in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idptest.errors import ConfigurationError
from idptest.model.settings import (
    MetadataSource,
)
from idptest.settings import is_path, read
from tests.settings_files import FULL, GUID, SMALL

SP, IDP, ACCOUNT = "[sp]\n", "[idp.exempelstad]\n", "[account.larare]\n"
WAIVER = '[[waiver]]\nrule = "a/b"\nreason = "r"\nuntil = 2027-03-31\n'
OIDC = "[idp.ny]\nprotocol = 'oidc'\nissuer = 'https://op'\nclient_id = 'x'\n"


def broken(old: str, new: str) -> str:
    """SMALL with a waiver, and one thing changed."""
    text = SMALL + "\n" + WAIVER
    assert text.count(old) == 1
    return text.replace(old, new)


def refused(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read(text, products=["adfs", "phenixid"], rulesets=["dnp", "skolfederation"], rules=["a/b", "saml-metadata/signing-key-is-strong"])
    return caught.value


def test_the_example_of_the_design() -> None:
    error = refused(broken(ACCOUNT, ACCOUNT + "\n\n" + 'passwrod_env = "X"\n'))
    assert error.line("en") == 'idptest.toml:11: unknown key "passwrod_env" in [account.larare]; did you mean "password_env"?'
    assert error.line("sv") == 'idptest.toml:11: okänd nyckel "passwrod_env" i [account.larare]; menade du "password_env"?'


@pytest.mark.parametrize(
    ("text", "english"),
    [
        # Unknown names.
        (broken(SP, "keep_day = 3\n" + SP), '1: unknown key "keep_day"; did you mean "keep_days"?'),
        (broken(ACCOUNT, "[acount.x]\n" + ACCOUNT), '8: unknown table [acount]; did you mean "account"?'),
        (broken("[[waiver]]", "[[waivers]]"), '12: unknown table [waivers]; did you mean "waiver"?'),
        (broken(SP, SP + 'entityid = "x"\n'), '2: unknown key "entityid" in [sp]; did you mean "entity_id"?'),
        (broken(IDP, "[sp.contact.tecnical]\n" + IDP), '5: unknown key "tecnical" in [sp.contact]; did you mean "technical"?'),
        (broken(IDP, IDP + 'issuer = "https://x"\n'), '6: unknown key "issuer" in [idp.exempelstad]; known: protocol, metadata, '),
        (broken('"idp-metadata.xml"', '{ form = "x" }'), '6: unknown key "form" in [idp.exempelstad.metadata]; did you mean "from"?'),
        (broken("until =", "untill ="), '15: unknown key "untill" in [[waiver]]; did you mean "until"?'),
        (
            broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitel = 'x'\n" + ACCOUNT),
            '9: unknown key "titel" in [[idp.exempelstad.step]]; did you',
        ),
        (broken(IDP, IDP + 'product = "afds"\n'), '6: unknown product "afds" in [idp.exempelstad]; did you mean "adfs"?'),
        (broken(ACCOUNT, ACCOUNT + 'rulesets = ["dnp", "skolfed"]\n'), '9: unknown ruleset "skolfed" in [account.larare]; did you mean'),
        (
            broken('"a/b"', '"saml-metadata/signing-key-strong"'),
            '13: no rule is called "saml-metadata/signing-key-strong"; did you mean "saml',
        ),
        (broken('"a/b"', '"zz/99"'), '13: no rule is called "zz/99"; idptest rules lists them'),
        (broken('"a/b"', '"strong key"'), '13: "rule" in [[waiver]] must be a rule\'s id'),
        (
            broken('= "exempelstad"', '= "exempelstd"'),
            '9: account larare names the IdP "exempelstd", which is not in the file; did you mean "exempelstad"?',
        ),
        (
            broken('= "exempelstad"', '= ["exempelstad", "ny"]'),
            '9: account larare names the IdP "ny", which is not in the file; known: exempelstad',
        ),
        # Closed lists.
        (broken(IDP, IDP + 'protocol = "saml2"\n'), '6: unknown protocol "saml2" in [idp.exempelstad]; choose "saml" or "oidc"'),
        (broken('"teacher"', '"lärare"'), '10: unknown role "lärare" in [account.larare]; choose "teacher" or "pupil"'),
        (broken(IDP, IDP + 'eppn_source = "guid"\n'), '6: unknown eppn_source "guid" in [idp.exempelstad]; choose "objectGUID", "mS-DS-'),
        (broken(IDP, IDP + 'environment = "prod"\n'), '6: unknown environment "prod" in [idp.exempelstad]; choose "test" or "production"'),
        # Types.
        (broken(SP, 'keep_days = "30"\n' + SP), '1: "keep_days" must be a whole number'),
        (broken(SP, "keep_days = 0\n" + SP), '1: "keep_days" must be from 1 to 3650'),
        (broken(IDP, IDP + "timeout = true\n"), '6: "timeout" in [idp.exempelstad] must be a number'),
        (broken(IDP, IDP + "digg_approved = 'no'\n"), '6: "digg_approved" in [idp.exempelstad] must be true or false'),
        (broken("idp-metadata.xml", " "), '6: "metadata" in [idp.exempelstad] is empty'),
        (broken('"idp-metadata.xml"', "4"), '6: "metadata" in [idp.exempelstad] must be text in quotes'),
        (broken("[[waiver]]", "[waiver]"), '12: "waiver" must be written with double brackets'),
        (broken(IDP, "[[idp.exempelstad]]\n"), '5: "exempelstad" in [idp] must be a table'),
        (broken('= "exempelstad"', "= []"), '9: "idp" in [account.larare] is an empty list'),
        (broken('= "exempelstad"', '= ["exempelstad", "exempelstad"]'), '9: "idp" in [account.larare] names "exempelstad" twice'),
        (broken(ACCOUNT, ACCOUNT + "rulesets = 'dnp'\n"), '9: "rulesets" in [account.larare] must be a list of texts'),
        # Missing.
        (WAIVER, "1: the table [sp] is missing"),
        ("[sp]\n", '1: "entity_id" is missing in [sp]'),
        (broken('metadata = "idp-metadata.xml"\n', ""), '5: "metadata" is missing in [idp.exempelstad]'),
        (broken('role = "teacher"\n', ""), '8: "role" is missing in [account.larare]'),
        (broken('idp = "exempelstad"\n', ""), '8: "idp" is missing in [account.larare]'),
        (broken('reason = "r"\n', ""), '12: "reason" is missing in [[waiver]]'),
        (broken("until = 2027-03-31\n", ""), '12: "until" is missing in [[waiver]]'),
        (broken(IDP, "[sp.organization]\nname = 'x'\n" + IDP), '5: "url" is missing in [sp.organization]'),
        (broken(IDP, "[sp.service]\ndisplay_name = { en = 'x' }\n" + IDP), '6: "sv" is missing in [sp.service.display_name]'),
        (broken(ACCOUNT, "[[idp.exempelstad.step]]\npress = 'x'\n" + ACCOUNT), "8: [[idp.exempelstad.step]] must say which page"),
        (broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitle = 'x'\n" + ACCOUNT), "8: [[idp.exempelstad.step]] must say what to do"),
        (broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitle = 'x'\nfill = {}\n" + ACCOUNT), "8: [[idp.exempelstad.step]] must say what"),
        (broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitle = 'x'\nwait = 0\n" + ACCOUNT), "8: [[idp.exempelstad.step]] must say what"),
        (
            broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitle = 'x'\nwait = 61\n" + ACCOUNT),
            '10: "wait" in [[idp.exempelstad.step]] must be from 0',
        ),
        (
            broken(ACCOUNT, "[[idp.exempelstad.step]]\ntitle = 'x'\nwait = nan\n" + ACCOUNT),
            '10: "wait" in [[idp.exempelstad.step]] must be from 0',
        ),
        # Values.
        (broken("2027-03-31", '"2027-03-31"'), '15: "until" in [[waiver]] must be a date'),
        (broken("2027-03-31", "2027-03-31T12:00:00"), '15: "until" in [[waiver]] must be a date'),
        (broken("2027-03-31", "2027-02-30"), "15: not valid TOML: there is no such date"),
        (broken("https://localhost:8443", "http://localhost:8443"), '3: "base_url" in [sp] must be an https address'),
        (broken("https://localhost:8443", "localhost:8443"), '3: "base_url" in [sp] must be an https address'),
        (broken("https://localhost:8443", "https://[::1"), '3: "base_url" in [sp] must be an https address'),
        (broken("https://localhost:8443", "https://x:99999"), '3: "base_url" in [sp] must be an https address'),
        (broken("https://localhost:8443", "https://local host"), '3: "base_url" in [sp] must be an https address'),
        (broken("https://localhost:8443", "https://localhost:8443/?x=1"), '3: "base_url" in [sp] must be without'),
        (broken("https://localhost:8443", "https://localhost:8443/#x"), '3: "base_url" in [sp] must be without'),
        (broken("https://localhost:8443", "https://a@localhost"), '3: "base_url" in [sp] must be without'),
        (broken("https://idptest.exempelstad.se/sp", "idptest"), '2: "entity_id" in [sp] must be a URI'),
        (broken("https://idptest.exempelstad.se/sp", "urn:x:" + "a" * 1020), '2: "entity_id" in [sp] must be a URI'),
        (broken(IDP, "[sp.contact.technical]\nemail = 'it'\n" + IDP), '6: "email" in [sp.contact.technical] must be an e-mail address'),
        (
            broken("idp-metadata.xml", "http://idp.exempelstad.se/md"),
            '6: "metadata" in [idp.exempelstad] must be a file or an https address',
        ),
        (broken("idp-metadata.xml", "https://u:p@idp.exempelstad.se/md"), '6: "metadata" in [idp.exempelstad] must not hold a user name'),
        (broken(IDP, IDP + "proxy = 'proxy:3128'\n"), '6: "proxy" in [idp.exempelstad] must be an address'),
        (broken(IDP, IDP + "proxy = 'http://u:p@proxy:3128'\n"), '6: "proxy" in [idp.exempelstad] must not hold a user name'),
        (
            broken(IDP, IDP + 'request_binding = "soap"\n'),
            '6: unknown request_binding "soap" in [idp.exempelstad]; choose "redirect" or "post"',
        ),
        (broken(IDP, IDP + "sign_requests = 'yes'\n"), '6: "sign_requests" in [idp.exempelstad] must be true or false'),
        (broken(IDP, IDP + "sign_request = true\n"), '6: unknown key "sign_request" in [idp.exempelstad]; did you mean "sign_requests"?'),
        (
            broken(ACCOUNT, OIDC + "sign_requests = true\n" + ACCOUNT),
            '12: unknown key "sign_requests" in [idp.ny]',
        ),
        (broken(ACCOUNT, OIDC + "request_binding = 'post'\n" + ACCOUNT), '12: unknown key "request_binding" in [idp.ny]'),
        (broken(ACCOUNT, ACCOUNT + "object_guid = 'aeN5/KMYxECqM9kgV7//ZQ=='\n"), '9: "object_guid" in [account.larare] must be a GUID'),
        (broken(ACCOUNT, ACCOUNT + f"object_guid = '{GUID}}}'\n"), '9: "object_guid" in [account.larare] must be a GUID'),
        (broken(ACCOUNT, ACCOUNT + "provisioned_eppn = 'larare1'\n"), '9: "provisioned_eppn" in [account.larare] must have one @'),
        (broken("[account.larare]", '[account."../larare"]'), '8: [account."../larare"]: a name is letters'),
        (broken("[account.larare]", "[account.-larare]"), "8: [account.-larare]: a name is letters"),
        (broken(ACCOUNT, "[idp.ny]\nprotocol = 'oidc'\nissuer = 'op'\n" + ACCOUNT), '10: "issuer" in [idp.ny] must be an https address'),
        (broken(ACCOUNT, "[idp.ny]\nprotocol = 'oidc'\nissuer = 'https://op'\n" + ACCOUNT), '8: "client_id" is missing in [idp.ny]'),
        (
            broken(ACCOUNT, "[[idp.exempelstad.step]]\nurl = 'x'\nfill.user = '{user}'\n" + ACCOUNT),
            '10: unknown word "{user}" in [idp.exempelstad.step.fill]',
        ),
        ("[sp\n", "1: not valid TOML: the brackets"),
    ],
)
def test_one_clear_line(text: str, english: str) -> None:
    error = refused(text)
    assert error.line("en").startswith(f"idptest.toml:{english}")
    assert error.words.sv
    assert error.words.sv != error.words.en
    assert "\n" not in error.line("en") + error.line("sv")


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("password", "password_env"),
        ("Passwd", "password_env"),
        ('"lösenord"', "password_env"),
        ("secret", "password_env"),
        ("pin", "password_env"),
        ("totp", "totp_env"),
        ("totp_secret", "totp_env"),
        ("password_env", "must be the name of an environment variable"),
        ("totp_env", "must be the name of an environment variable"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(line: str, advice: str) -> None:
    error = refused(broken(ACCOUNT, ACCOUNT + f'{line} = "Hemligt-4711"\n'))
    assert error.where == "idptest.toml:9"
    assert advice in error.words.en
    assert "Hemligt" not in error.line("en") + error.line("sv")


def test_a_secret_elsewhere_is_refused_and_not_shown() -> None:
    for text in (
        broken(IDP, IDP + 'client_secret = "Hemligt-4711"\n'),
        broken(IDP, IDP + 'proxy = "http://larare1:Hemligt-4711@proxy:3128"\n'),
        broken(ACCOUNT, '[[idp.exempelstad.step]]\nurl = "x"\nfill = { Passwd = "Hemligt-4711" }\n' + ACCOUNT),
    ):
        error = refused(text)
        assert "Hemligt" not in error.line("en") + error.line("sv")
    assert "client_secret_env" in refused(broken(IDP, IDP + 'client_secret = "x"\n')).words.en


def test_personal_values_are_not_shown() -> None:
    for key in ("object_guid", "provisioned_eppn"):
        error = refused(broken(ACCOUNT, ACCOUNT + f'{key} = "Lova Lärarsson"\n'))
        assert "Lova" not in error.line("en") + error.line("sv")


def test_the_name_of_the_file_is_the_callers() -> None:
    with pytest.raises(ConfigurationError, match=r"^min/annan\.toml:1: "):
        read("x = 1", "min/annan.toml")


def test_names_that_are_not_given_are_not_checked() -> None:
    text = broken(IDP, IDP + 'product = "egen"\n').replace(ACCOUNT, ACCOUNT + 'rulesets = ["nya"]\n')
    assert read(text).accounts["larare"].rulesets == ("nya",)


@pytest.mark.parametrize(
    "address", ["https://idp.exempelstad.se/md", "http://127.0.0.1:8080/md", "http://[::1]/md", "http://localhost/md", "C:\\md\\idp.xml"]
)
def test_metadata_comes_from_a_file_or_a_safe_address(address: str) -> None:
    assert read(broken('"idp-metadata.xml"', f"'{address}'")).idps["exempelstad"].metadata == MetadataSource(address)


@pytest.mark.parametrize("written", [GUID, GUID.upper(), f"{{{GUID}}}"])
def test_a_guid_is_kept_in_canonical_form(written: str) -> None:
    assert read(broken(ACCOUNT, ACCOUNT + f'object_guid = "{written}"\n')).accounts["larare"].object_guid == GUID


def test_is_path() -> None:
    assert is_path("egna/regler.toml")
    assert is_path("regler.toml")
    assert is_path("..\\regler")
    assert not is_path("dnp")


PIECES = st.sampled_from(
    [
        *(line + "\n" for line in FULL.splitlines()),
        "[sp]\n",
        "[account]\n",
        "[[idp]]\n",
        "idp = 1\n",
        "[[sp.contact]]\n",
        "x = [{}]\n",
        "sp = []\n",
    ]
)
JUNK = st.sampled_from(["1", "true", "[]", "{}", "[{}]", "''", "'x'", "2027-01-01", "nan", "[1]", "{ from = 1 }", "'http://['", "'{x}'"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_nothing_but_our_own_error_is_raised(text: str) -> None:
    check(text)


@given(st.data())
def test_whatever_value_is_replaced_nothing_but_our_own_error_is_raised(data: st.DataObject) -> None:
    lines = FULL.splitlines()
    number = data.draw(st.sampled_from([number for number, line in enumerate(lines) if " = " in line]))
    lines[number] = f"{lines[number].split(' = ')[0]} = {data.draw(JUNK)}"
    check("\n".join(lines))


def check(text: str) -> None:
    try:
        read(text)
    except ConfigurationError as error:
        where, line = (error.where or "").split(":")
        assert where == "idptest.toml"
        assert 1 <= int(line) <= text.count("\n") + 1
        assert error.words.en != error.words.sv
