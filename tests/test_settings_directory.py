"""[directory] in idptest.toml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from idptest.errors import ConfigurationError
from idptest.model.settings import DirectorySettings, Settings
from idptest.settings import read

HEAD = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
RIGHT = {"url": '"ldaps://dc1.ad.exempelstad.se"', "base": '"DC=ad,DC=exempelstad,DC=se"', "username": '"idptest@ad.exempelstad.se"'}


def settings(header: str = "[directory]", **other: str) -> Settings:
    return read(HEAD + header + "\n" + "".join(f"{key} = {value}\n" for key, value in (RIGHT | other).items()))


def test_one_directory() -> None:
    [found] = settings().directories
    assert found == DirectorySettings(
        None, "dc1.ad.exempelstad.se", 636, "ldaps", "DC=ad,DC=exempelstad,DC=se", "idptest@ad.exempelstad.se"
    )
    assert found.table == "[directory]"


def test_everything_that_can_be_said() -> None:
    more = {
        "url": '"ldap://127.0.0.1:3389/"',
        "password_env": '"AD_PASSWORD"',
        "ca_file": '"ca.pem"',
        "attribute": '"mail"',
        "filter": '"(&(objectClass=user)(!(ou=x)))"',
        "eppn_attribute": '"extensionAttribute5"',
        "timeout": "2.5",
    }
    [found] = settings("[directory.elever]", **more).directories
    assert (found.name, found.table, found.host, found.port, found.tls) == ("elever", "[directory.elever]", "127.0.0.1", 3389, "starttls")
    assert (found.password_env, found.ca_file, found.attribute, found.timeout) == ("AD_PASSWORD", "ca.pem", "mail", 2.5)
    assert (found.filter, found.eppn_attribute) == ("(&(objectClass=user)(!(ou=x)))", "extensionAttribute5")


@pytest.mark.parametrize("page", ["directory.md", "directory.sv.md"])
def test_what_the_guide_shows_is_understood(page: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "guide" / page).read_text(encoding="utf-8")
    [block] = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    [found] = read(HEAD + block).directories
    assert (found.ca_file, found.password_env) == ("ad-ca.pem", "IDPTEST_DIRECTORY_PASSWORD")
    named = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) | set(re.findall(r"^(\w+) = ", block, re.MULTILINE))
    assert named == {"url", "base", "username", "password_env", "ca_file", "attribute", "filter", "eppn_attribute", "timeout"}
    assert f'`"{found.filter}"`' in text


def test_several_directories() -> None:
    lines = "".join(f"{key} = {value}\n" for key, value in RIGHT.items())
    found = read(f"{HEAD}[directory.personal]\n{lines}[directory.elever]\n{lines}").directories
    assert [each.name for each in found] == ["personal", "elever"]
    assert read(HEAD).directories == ()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"url": '"https://dc1.exempelstad.se"'}, '5: "url" in [directory] must be ldaps://host, or ldap://host'),
        ({"url": '"ldaps://"'}, "must be ldaps://host"),
        ({"url": '"dc1.exempelstad.se"'}, "must be ldaps://host"),
        ({"url": '"ldaps://larare:hemligt@dc1"'}, "must be ldaps://host"),
        ({"url": '"ldaps://dc1:99999"'}, "must be ldaps://host"),
        ({"url": '"ldaps://dc1/DC=se"'}, "must be ldaps://host"),
        ({"url": '"ldaps://dc1 x"'}, "must be ldaps://host"),
        ({"base": '"exempelstad.se"'}, "must be a distinguished name"),
        ({"attribute": '"cn)(sn"'}, "must be the name of an attribute"),
        ({"eppn_attribute": '"1;binary"'}, "must be the name of an attribute"),
        ({"filter": '"objectClass=user"'}, "must be an LDAP filter in brackets"),
        ({"filter": '"(a=b)(c=d)"'}, "must be an LDAP filter in brackets"),
        ({"filter": '"(a=b))"'}, "must be an LDAP filter in brackets"),
        ({"timeout": "0"}, "must be from 1 to 600"),
        ({"password": '"hemligt"'}, "no secrets in this file"),
        ({"password_env": '"inte en variabel"'}, "must be the name of an environment variable"),
        ({"bas": '"x"'}, 'unknown key "bas" in [directory]; did you mean "base"?'),
        ({"larare": "{}"}, 'unknown key "larare" in [directory]'),
    ],
)
def test_one_clear_line(other: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(**other)
    assert said in str(caught.value) and "hemligt" not in str(caught.value).replace("no secrets", "")


def test_what_is_needed_is_asked_for() -> None:
    with pytest.raises(ConfigurationError, match=r'idptest.toml:4: "url" is missing in \[directory\]'):
        read(f"{HEAD}[directory]\n")
    with pytest.raises(ConfigurationError, match="a name is letters"):
        settings('[directory."två ord"]')
