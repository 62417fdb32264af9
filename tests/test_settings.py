"""idptest.toml: what it means, and the one that idptest init writes."""

from __future__ import annotations

import dataclasses
import re

import pytest

from idptest.feeds import shipped
from idptest.model.feed import Feed, PublicKey
from idptest.model.rule import Waiver, Words
from idptest.model.settings import (
    RULESETS,
    AccountSettings,
    Contact,
    IdpSettings,
    MetadataSource,
    OidcSettings,
    Organization,
    Service,
    Settings,
    SpSettings,
    StepSettings,
)
from idptest.settings import read
from idptest.settings_template import template
from tests.settings_files import FULL, GUID, SMALL


def test_everything_that_can_be_said() -> None:
    larare = AccountSettings(
        name="larare",
        idps=("exempelstad", "ny"),
        role="teacher",
        username="larare1",
        password_env="IDPTEST_LARARE_PASSWORD",
        totp_env="IDPTEST_LARARE_TOTP",
        client_certificate="larare.pem",
        test_person=True,
        object_guid=GUID,
        given_name="Lova",
        surname="Lärarsson",
        provisioned_eppn=f"{GUID}@exempelstad.se",
        person="p1",
        protected_identity=True,
        rulesets=("dnp", "egna/regler.toml"),
    )
    exempelstad = IdpSettings(
        name="exempelstad",
        protocol="saml",
        metadata=MetadataSource("skolfederation-trial", "https://idp.exempelstad.se/idp"),
        product="adfs",
        eppn_source="mS-DS-ConsistencyGuid",
        digg_approved=True,
        environment="production",
        proxy="http://proxy.exempelstad.se:3128",
        ca_file="C:\\certs\\ca.pem",
        timeout=12.5,
        steps=(
            StepSettings(title="Välj inloggningsmetod", press="Användarnamn och lösenord"),
            StepSettings(
                url="https://idp.exempelstad.se/wa/auth",
                field="pwd",
                fill={"user": "{username}", "pwd": "{password}", "realm": "skola"},
            ),
        ),
    )
    ny = IdpSettings(
        name="ny",
        protocol="oidc",
        metadata=MetadataSource("https://op.exempelstad.se/.well-known/openid-configuration"),
        oidc=OidcSettings(
            "https://op.exempelstad.se/", "idptest", "IDPTEST_CLIENT_SECRET", {"eppn": "edu_person_principal_name"}, "client_secret_basic"
        ),
    )
    kommun = Words("Exempelstad municipality", "Exempelstads kommun")
    site = "https://www.exempelstad.se/"
    assert read(FULL) == Settings(
        keep_days=7,
        sp=SpSettings(
            "https://idptest.exempelstad.se/sp",
            "https://localhost:8443",
            Organization(kommun, kommun, Words(site, site)),
            (
                Contact("technical", "it@exempelstad.se", given_name="IT-enheten"),
                Contact("security", "it-sakerhet@exempelstad.se"),
            ),
            Service(
                Words("idptest", "idptest"),
                privacy_url=Words("https://www.exempelstad.se/en/p", "https://www.exempelstad.se/p"),
            ),
        ),
        idps={"exempelstad": exempelstad, "ny": ny},
        accounts={
            "larare": larare,
            "elev": AccountSettings("elev", ("exempelstad",), "pupil", rulesets=("skolfederation", "dnp", "eppn-objectguid")),
        },
        waivers=(Waiver("saml-metadata/signing-key-is-strong", "rollover planned, ticket 4711", "2027-03-31"),),
        feeds={
            **shipped(),
            "skolfederation-trial": dataclasses.replace(shipped()["skolfederation-trial"], sha256="ab" * 32),
            "beta": Feed(
                "beta",
                "jws",
                Words("Beta", "Beta"),
                "production",
                "https://fed.example.se/beta.jws",
                key=PublicKey("1", "x" * 43, "y" * 43),
                ca_file="ca.pem",
                proxy="http://proxy.exempelstad.se:3128",
                timeout=90,
                max_mb=20,
            ),
        },
    )


def test_defaults() -> None:
    settings = read(SMALL)
    assert settings.keep_days == 30
    assert settings.sp.acs_url == "https://localhost:8443/saml/acs"
    assert settings.sp.callback_url == "https://localhost:8443/oidc/callback"
    assert settings.idps["exempelstad"] == IdpSettings("exempelstad", "saml", MetadataSource("idp-metadata.xml"))
    assert settings.accounts["larare"] == AccountSettings("larare", ("exempelstad",), "teacher", rulesets=RULESETS["teacher"])
    assert RULESETS["teacher"] == ("skolfederation", "dnp", "dnp-teacher", "loa3-teacher", "eppn-objectguid")


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read(SMALL).keep_days = 1  # type: ignore[misc]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_template_is_a_good_file(language: str) -> None:
    text = template(language)
    settings = read(text)
    assert list(settings.accounts) == ["larare", "elev"]
    assert {account.role for account in settings.accounts.values()} == {"teacher", "pupil"}
    assert not any(account.test_person for account in settings.accounts.values())
    assert len(text.splitlines()) < 60
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search("^#(sv|en)", text, re.MULTILINE)


def test_the_template_says_the_same_in_both_languages() -> None:
    swedish, english = template("sv").splitlines(), template("en").splitlines()
    assert read(template("sv")) == read(template("en"))
    assert [line[:1] == "#" for line in swedish] == [line[:1] == "#" for line in english]
    assert template("de") == template("en")


def test_what_the_template_comments_out_works_too() -> None:
    text = re.sub("^# (object_guid = )", r"\1", template("sv"), flags=re.MULTILINE)
    assert read(text).accounts["larare"].object_guid == "00000000-0000-0000-0000-000000000000"
    text = re.sub("^# (\\[directory|url|base|username|password_env|ca_file)", r"\1", template("sv"), flags=re.MULTILINE)
    [directory] = read(text).directories
    assert (directory.host, directory.port, directory.tls) == ("dc1.ad.exempelstad.se", 636, "ldaps")
