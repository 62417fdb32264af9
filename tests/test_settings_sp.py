"""[sp] in idptest.toml: what it means, and one clear line for what is wrong in it."""

from __future__ import annotations

import pytest

from idptest.errors import ConfigurationError
from idptest.model.rule import Words
from idptest.model.settings import Contact, Logo, Service, SpSettings
from idptest.settings import read

HEAD = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
SERVICE = '[sp.service]\ndisplay_name = "Prov"\n'
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def sp(more: str) -> SpSettings:
    return read(HEAD + more).sp


def refused(more: str) -> tuple[str, str]:
    with pytest.raises(ConfigurationError) as raised:
        sp(more)
    return raised.value.line("en"), raised.value.line("sv")


def test_a_service_with_everything() -> None:
    found = sp(
        SERVICE
        + 'description = { sv = "Prövar", en = "Tests" }\ninformation_url = "https://a.se"\nprivacy_url = { sv = "https://a.se/sv", en = "http://a.se/en" }\n'
        'error_url = "https://a.se/hjalp"\n[sp.service.logo]\nurl = "https://a.se/logo.png"\nwidth = 80\nheight = 60\n'
    )
    page = Words("https://a.se", "https://a.se")
    assert found.service == Service(
        Words("Prov", "Prov"),
        Words("Tests", "Prövar"),
        page,
        Words("http://a.se/en", "https://a.se/sv"),
        "https://a.se/hjalp",
        Logo("https://a.se/logo.png", 80, 60),
    )


def test_a_logotype_may_stand_in_the_metadata_itself() -> None:
    found = sp(SERVICE + f'logo = {{ url = "{IMAGE}", width = 1, height = 2 }}\n').service
    assert found and found.logo == Logo(IMAGE, 1, 2)


def test_a_contact_is_written_without_mailto() -> None:
    assert sp('[sp.contact.security]\nemail = "mailto:cert@exempelstad.se"\ngiven_name = "Åsa"\n').contacts == (
        Contact("security", "cert@exempelstad.se", "Åsa"),
    )


@pytest.mark.parametrize(
    ("more", "en", "sv"),
    [
        ('information_url = "exempelstad.se"', '"information_url" in [sp.service] must be an address on the web', "ska vara en webbadress"),
        ('privacy_url = { sv = "https://a.se", en = "mailto:a@a.se" }', '"privacy_url"', '"privacy_url"'),
        ('privacy_url = "https://anna:hemligt@a.se"', "must not hold a user name or password", "får inte innehålla användarnamn"),
        ('error_url = "http://a.se"', '"error_url" in [sp.service] must be an https address', "ska vara en https-adress"),
        ('logo = "https://a.se/logo.png"', '"logo" in [sp.service] must be a table', "ska vara en tabell"),
        ('logo = { url = "http://a.se/logo.png", width = 1, height = 1 }', "must be an https address, or data:image/", "ska vara en https-adress, eller"),
        ('logo = { url = "data:text/html;base64,AAAA", width = 1, height = 1 }', "must be an https address, or data:image/", "eller data:image/"),
        ('logo = { url = "https://a.se/logo.png", width = 1 }', "\"height\" is missing in [sp.service.logo]: the picture's size", '"height" saknas'),
        ('logo = { url = "https://a.se/logo.png", width = 0, height = 1 }', "must be from 1 to 10000", "ska vara från 1 till 10000"),
        ('logo = { url = "https://a.se/logo.png", width = "80", height = 1 }', "must be a whole number", "ska vara ett heltal"),
        ('description = { sv = "Prov" }', '"en" is missing', '"en" saknas'),
        ('description = "a\\u0007b"', "holds a character that cannot be printed", "innehåller ett tecken som inte går att skriva ut"),
        ('description = { sv = "Prov", en = "a\\u0000b" }', "holds a character that cannot be printed", "inte går att skriva ut"),
        ('error = "https://a.se"', 'unknown key "error" in [sp.service]', 'okänd nyckel "error"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_says_where(more: str, en: str, sv: str) -> None:
    lines = refused(SERVICE + more + "\n")
    assert en in lines[0] and sv in lines[1]
    assert all(line.startswith("idptest.toml:") and "\n" not in line for line in lines)
    assert "hemligt" not in lines[0] + lines[1]


def test_a_contact_of_an_unknown_kind_is_refused() -> None:
    assert 'unknown key "teknisk" in [sp.contact]' in refused('[sp.contact.teknisk]\nemail = "it@exempelstad.se"\n')[0]
