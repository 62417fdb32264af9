"""A real Active Directory (Samba): accounts are read from it, and a real IdP takes its users from it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from idptest.adapters.directory import opened
from idptest.adapters.directory_connection import Unreachable
from idptest.adapters.settings_file import read_settings
from idptest.errors import ConfigurationError
from idptest.products.changes import fixes_of
from tests import tls
from tests.interop import samba
from tests.interop.samba import BASE, CROWD, ELSEWHERE, PUPILS, READER, READER_PASSWORD, STAFF, Samba
from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, Workspace, failing

Start = Callable[..., SimpleSamlPhp]

MANY = 1500
OWN = "eppn-objectguid/guid-is-the-accounts-own"
CANONICAL = "eppn-objectguid/guid-is-in-canonical-form"
IS_GUID = "eppn-objectguid/local-part-is-an-objectguid"


@pytest.fixture(scope="module")
def ad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    if reason := samba.forbidden():
        pytest.skip(f"no Active Directory: {reason}")
    if absent := samba.missing():
        pytest.fail(f"no Active Directory: {absent}", pytrace=False)
    with Samba(tmp_path_factory.mktemp("samba"), crowd=MANY) as directory:
        yield directory


@pytest.fixture
def people(ad: Samba) -> Iterator[dict[str, UUID]]:
    """Åsa, who teaches, and Älva, a pupil, by username; as new in every test."""
    guids = {
        "larare1": ad.add(STAFF, "larare1", "Åsa", "Öström", LARARE.password),
        "elev1": ad.add(PUPILS, "elev1", "Älva", "Ängsjö", ELEV.password),
    }
    yield guids
    for ou in (STAFF, PUPILS, ELSEWHERE):
        ad.empty(ou)


@pytest.fixture
def office(workspace: Workspace, ad: Samba) -> Workspace:
    """The user's folder, with [directory] in idptest.toml and its password in the environment."""
    workspace.environment["IDPTEST_DIRECTORY_PASSWORD"] = READER_PASSWORD
    workspace.secrets.add(READER_PASSWORD)
    (workspace.folder / "ad-ca.pem").write_bytes(ad.ca_file.read_bytes())
    return workspace


@pytest.fixture
def desk(tmp_path: Path, ad: Samba) -> Path:
    """A folder with as little in idptest.toml as there may be."""
    (tmp_path / "idptest.toml").write_text('[sp]\nentity_id = "https://sp.exempelstad.se"\nbase_url = "https://localhost:8443"\n')
    (tmp_path / "ad-ca.pem").write_bytes(ad.ca_file.read_bytes())
    return tmp_path


def point(folder: Path, ad: Samba, **other: str) -> None:
    """Writes [directory], as it should be or otherwise."""
    lines = {
        "url": f"ldaps://{ad.address}",
        "base": BASE,
        "username": READER,
        "password_env": "IDPTEST_DIRECTORY_PASSWORD",
        "ca_file": "ad-ca.pem",
    } | other
    path = folder / "idptest.toml"
    text = path.read_text(encoding="utf-8").partition("\n[directory]")[0]
    path.write_text(text + "\n[directory]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()), encoding="utf-8")


def set_up(office: Workspace, ad: Samba) -> Sp:
    """As a user who is interested in the EPPN only: one login tells."""
    sp = office.set_up()
    point(office.folder, ad)
    office.account("larare", 'rulesets = ["skolfederation", "dnp", "eppn-objectguid"]')
    return sp


def idp_of(ad: Samba, start: Start, office: Workspace, sp: Sp, released: str, php: str, binary: bool = True) -> SimpleSamlPhp:
    """SimpleSAMLphp with AD as its users; of them it has the attribute `released`, of which `php` makes the EPPN.

    `binary`: it is told that objectGUID is no text.
    """
    source = {
        0: "ldap:LDAP",
        "hostname": f"ldaps://{ad.address}",
        "port": 636,
        "referrals": False,
        "attributes": [released],
        "attributes.binary": ["objectGUID"] if binary else [],
        "search.enable": True,
        "search.base": BASE,
        "search.attributes": ["sAMAccountName", "userPrincipalName"],
        "search.username": READER,
        "search.password": READER_PASSWORD,
    }
    trusted = {"LDAPTLS_CACERT": str(ad.ca_file)}
    return office.use(start(sp, name_format="uri", sources={"ad": source}, hosted={"auth": "ad"}, environment=trusted, snippets=(php,)))


def filter_of(code: str) -> str:
    """An authproc filter of one's own."""
    name = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
    return f"'authproc' => [40 => ['class' => 'core:PHP', 'code' => '$attributes = [\"{name}\" => [{code} . \"@exempelstad.se\"]];']],"


UNCHANGED = "history-eppn/eppn-is-unchanged"
FIX = fixes_of("simplesamlphp")[CANONICAL].snippet or ""


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {each["rule"]: each["verdict"] for each in report["findings"]}


def logged_in(office: Workspace, account: str = "larare") -> dict[str, Any]:
    _, (report,) = office.judged(account, "--show-values")
    assert report["login"]["ended"] == "arrived", report["login"]
    return report


def changes(office: Workspace) -> dict[str, str]:
    """What `idptest regress` fails her for: rule → message."""
    run = office.idptest("regress", "larare", "--format", "json", "--lang", "en")
    assert run.err == "" and run.code in (0, 1), run
    return {each["rule"]: each["message"] for report in run.reports for each in report["findings"] if each["verdict"] == "fail"}


# -- reading


def test_accounts_are_read_and_written_down(office: Workspace, ad: Samba, people: dict[str, UUID]) -> None:
    """Over LDAPS, and with StartTLS; what identifies somebody is masked, and stands in idptest.toml afterwards."""
    office.set_up()
    point(office.folder, ad, url=f"ldap://{ad.address}")
    office.edit('username = "elev1"', 'username = "elev1@exempelstad.se"')
    ad.change(f"CN=Älva Ängsjö,{PUPILS}", mS_DS_ConsistencyGuid=UUID(ELEV.guid).bytes_le)
    run = office.idptest("eppn", "directory", "--format", "json", "--write")
    assert (run.code, run.err) == (0, "")
    larare, elev = json.loads(run.out)["accounts"]
    assert larare["attributes"]["objectGUID"] == f"{str(people['larare1'])[:4]}…{str(people['larare1'])[-4:]}"
    assert elev["attributes"]["mS-DS-ConsistencyGuid"] == f"{ELEV.guid[:4]}…{ELEV.guid[-4:]}"
    assert not re.search("Åsa|Öström|larare1|Älva|Ängsjö", run.out)
    written = tomllib.loads((office.folder / "idptest.toml").read_text(encoding="utf-8"))["account"]
    assert {key: written["larare"][key] for key in ("object_guid", "given_name", "surname")} == {
        "object_guid": str(people["larare1"]),
        "given_name": "Åsa",
        "surname": "Öström",
    }
    assert (written["elev"]["object_guid"], written["elev"]["surname"]) == (str(people["elev1"]), "Ängsjö")
    point(office.folder, ad)
    again = office.idptest("eppn", "directory", "--format", "json")
    assert (again.code, {fact["state"] for each in json.loads(again.out)["accounts"] for fact in each["facts"]}) == (0, {"same"})


def test_more_accounts_than_ad_gives_at_a_time(desk: Path, ad: Samba) -> None:
    point(desk, ad, base=CROWD)
    [settings] = read_settings(desk).directories
    with opened(settings, desk, READER_PASSWORD) as directory:
        found = list(directory.accounts())
    assert len(found) == len({each.object_guid for each in found}) == MANY
    with opened(replace(settings, base=BASE), desk, READER_PASSWORD) as directory:
        assert sum(1 for _ in directory.accounts()) > MANY


@pytest.mark.parametrize(
    ("other", "password", "kind", "said"),
    [
        ({}, "fel", ConfigurationError, r"idptest.toml:\d+: .* wrong password, or no such account \(AD: 52e\)"),
        ({"username": f"finns-inte@{BASE}"}, READER_PASSWORD, ConfigurationError, r"wrong password, or no such account \(AD: 52e\)"),
        ({"base": f"OU=Finns inte,{BASE}"}, READER_PASSWORD, ConfigurationError, "the directory has nothing called what base says"),
        ({"base": "DC=grannstad,DC=se"}, READER_PASSWORD, ConfigurationError, "the directory has nothing called what base says"),
        ({"base": BASE, "attribute": "objectCategory"}, READER_PASSWORD, ConfigurationError, "two accounts have this objectCategory"),
        ({"filter": "(objectClass=)()"}, READER_PASSWORD, ConfigurationError, "must be an LDAP filter in brackets"),
        ({"filter": "(objectClass)"}, READER_PASSWORD, ConfigurationError, "filter in .directory. is no LDAP filter"),
        ({"url": "ldaps://{address}:637"}, READER_PASSWORD, Unreachable, r":637: nobody answers there \(connection refused\)"),
        ({"url": "ldaps://{address}:389"}, READER_PASSWORD, Unreachable, "does not answer as a directory does"),
        ({"url": "ldap://{address}:636"}, READER_PASSWORD, Unreachable, "does not answer as a directory does"),
        ({"ca_file": "other-ca.pem"}, READER_PASSWORD, Unreachable, "certificate is not trusted: unable to get local issuer certificate"),
    ],
)
def test_what_is_wrong_is_one_line(
    desk: Path, ad: Samba, people: dict[str, UUID], other: dict[str, str], password: str, kind: type[Exception], said: str
) -> None:
    (desk / "other-ca.pem").write_bytes(tls.pair("Grannstad CA").certificate_pem)
    point(desk, ad, **{key: value.replace("{address}", ad.address) for key, value in other.items()})
    with pytest.raises(kind, match=said) as caught:
        [settings] = read_settings(desk).directories
        with opened(settings, desk, password) as directory:
            directory.find(f"CN=Person,CN=Schema,CN=Configuration,{BASE}" if "attribute" in other else "larare1")
    assert "\n" not in str(caught.value) and password not in str(caught.value) and READER not in str(caught.value)


@pytest.mark.parametrize("name", ["*", "larare*", "larare1)(sn=*", "larare1)(|(cn=*", "\\2a", "\0", "x@*", "*@exempelstad.se", "åäö*"])
def test_a_username_is_no_filter(desk: Path, ad: Samba, people: dict[str, UUID], name: str) -> None:
    point(desk, ad)
    [settings] = read_settings(desk).directories
    with opened(settings, desk, READER_PASSWORD) as directory:
        assert directory.find(name) is None
        assert directory.find("larare1") is not None


# -- the IdP takes its users from there


def test_an_eppn_built_on_the_objectguid_outlives_everything_but_the_account(
    office: Workspace, ad: Samba, people: dict[str, UUID], simplesamlphp_idp: Start
) -> None:
    """She marries, changes school and address: the same EPPN. She is deleted and comes back: another one, and it is said."""
    idp_of(ad, simplesamlphp_idp, office, set_up(office, ad), "objectGUID", FIX)
    assert office.idptest("eppn", "directory", "larare", "--write").code == 0
    eppn = f"{people['larare1']}@exempelstad.se"
    before = logged_in(office)
    assert before["login"]["eppn"] == eppn and verdicts(before)[OWN] == "pass"
    assert office.idptest("baseline", "save", "innan", "larare").code == 0

    dn = f"CN=Åsa Öström,{STAFF}"
    ad.change(dn, sn="Björk", mail="asa.bjork@exempelstad.se", userPrincipalName="asa.bjork@exempelstad.se")
    dn = ad.move(dn, "Åsa Björk", ELSEWHERE)
    after = logged_in(office)
    assert after["login"]["eppn"] == eppn
    assert verdicts(after) == verdicts(before)
    assert changes(office) == {}
    run = office.idptest("eppn", "directory", "larare", "--show-values")
    assert run.code == 1 and 'surname = "Björk"   # idptest.toml has Öström' in run.out and f"EPPN should be         {eppn}" in run.out
    assert office.idptest("eppn", "directory", "larare", "--write", "--replace").code == 0

    ad.remove(dn)
    new = ad.add(ELSEWHERE, "larare1", "Åsa", "Björk", LARARE.password)
    again = logged_in(office)
    assert again["login"]["eppn"] == f"{new}@exempelstad.se" != eppn
    assert failing(again) - failing(before) == {OWN}
    assert "another GUID" in changes(office)[UNCHANGED]
    run = office.idptest("eppn", "directory", "larare", "--show-values")
    assert run.code == 1 and f'object_guid = "{new}"   # idptest.toml has {people["larare1"]}' in run.out


def test_other_ways_to_build_it(office: Workspace, ad: Samba, people: dict[str, UUID], simplesamlphp_idp: Start) -> None:
    """On the UPN, which changes with the name; on objectGUID as bytes, base64 and text that is not the canonical one."""
    sp = set_up(office, ad)
    assert office.idptest("eppn", "directory", "larare", "--write").code == 0

    idp_of(ad, simplesamlphp_idp, office, sp, "objectGUID", FIX)
    assert logged_in(office)["login"]["eppn"] == f"{people['larare1']}@exempelstad.se"
    assert office.idptest("baseline", "save", "innan", "larare").code == 0

    idp_of(ad, simplesamlphp_idp, office, sp, "userPrincipalName", filter_of('strstr($attributes["userPrincipalName"][0], "@", true)'))
    before = logged_in(office)
    ad.change(f"CN=Åsa Öström,{STAFF}", userPrincipalName="asa.ostrom@exempelstad.se")
    after = logged_in(office)
    assert (before["login"]["eppn"], after["login"]["eppn"]) == ("larare1@exempelstad.se", "asa.ostrom@exempelstad.se")
    assert IS_GUID in failing(before) and {IS_GUID, "dnp/eppn-holds-no-name"} <= failing(after)
    assert UNCHANGED in changes(office)

    base64, hexadecimal = '$attributes["objectGUID"][0]', 'bin2hex(base64_decode($attributes["objectGUID"][0]))'
    for php in (base64, hexadecimal):
        idp_of(ad, simplesamlphp_idp, office, sp, "objectGUID", filter_of(php))
        report = logged_in(office)
        assert failing(report) & {IS_GUID, CANONICAL, OWN} == {CANONICAL}
        [finding] = [each for each in report["findings"] if each["rule"] == CANONICAL]
        assert finding["evidence"][0]["expected"] == f"{people['larare1']}@exempelstad.se"
    assert "the same GUID in another form (canonical before, ad-bytes-hex now)" in changes(office)[UNCHANGED]

    # Told nothing, SimpleSAMLphp takes the sixteen bytes for text, and what it sends is no XML.
    idp_of(ad, simplesamlphp_idp, office, sp, "objectGUID", filter_of(base64), binary=False)
    report = logged_in(office)
    assert failing(report) == {"saml-response/is-readable", "login/a-stock-sp-accepts-it"}
    [finding] = [each for each in report["findings"] if each["rule"] == "saml-response/is-readable"]
    assert "invalid Char" in finding["message"] or "not well-formed" in finding["message"]
