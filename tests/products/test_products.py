"""Products: found, recognised, put into words; and their pages, from fixtures, read as the login reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from idptest.errors import ConfigurationError
from idptest.login.errorpages import refusal
from idptest.login.forms import read_page
from idptest.login.page import Page
from idptest.login.steps import Move, Situation, Stop, choose
from idptest.model.flow import PAGE_NOT_UNDERSTOOD, REFUSED_BY_IDP
from idptest.model.rule import Words
from idptest.products import REASONS, code_in, product, products, products_of_page, reason_words, recognise
from idptest.products.product import ONE_TIME_CODE, PASSWORD, USERNAME

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
HOSTS = {
    "entra": "https://login.microsoftonline.com/0e1f/saml2",
    "adfs": "https://sts.exempelstad.se/adfs/ls/?SAMLRequest=fZJ",
    "google": "https://accounts.google.com/v3/signin/identifier",
    "grandid": "https://login.grandid.com/?sessionid=s0&ReturnTo=https%3A%2F%2Fsaml2.grandid.com%2F",
    "shibboleth": "https://idp.exempelstad.se/idp/profile/SAML2/Redirect/SSO?execution=e1s3",
}
# Products that show their pages behind other products too.
ANYWHERE = {"bankid", "freja"}
SUPPLY = {USERNAME: "lärare1@exempelstad.se", PASSWORD: "Sömmar&2026", ONE_TIME_CODE: "123456"}


def page(name: str) -> Page:
    url = HOSTS.get(name.partition("/")[0], "https://idp.exempelstad.se/simplesaml/module.php/core/loginuserpass.php?AuthState=_abc")
    return read_page(url, (PAGES / f"{name}.html").read_bytes(), "text/html; charset=utf-8")


def act(name: str, given: tuple[str, ...] = ()) -> Move | Stop | None:
    own = product(name.partition("/")[0])
    here = [own, *(each for each in products_of_page(page(name).source) if each is not own)]
    halts = [halt for each in here for halt in each.halts]
    consents = [consent for each in here for consent in each.consents]
    return choose(page(name), own.steps, Situation(SUPPLY.get, given, halts=halts, consents=consents))


def form_of(name: str) -> dict[str, str]:
    move = act(name)
    assert isinstance(move, Move) and move.request.form is not None
    return dict(move.request.form)


def test_every_file_is_a_product_and_ids_are_unique() -> None:
    files = {file.stem for file in Path(products.__wrapped__.__code__.co_filename).parent.glob("*.py")} - {
        "__init__",
        "changes",
        "product",
        "reasons",
    }
    assert {entry.id for entry in products()} == files >= {"simplesamlphp", "exempelstad", "adfs", "entra", "keycloak", "shibboleth"}
    assert files >= {"google", "phenixid", "nexus", "grandid", "bankid", "freja"}
    assert product("adfs").name == "AD FS"
    with pytest.raises(ConfigurationError, match="adfs, bankid, entra"):
        product("ad-fs")


def test_every_pattern_compiles_and_every_reason_has_words_in_both_languages() -> None:
    told: list[Words] = []
    for entry in products():
        for mark in (*entry.metadata_marks, *entry.page_marks, *entry.header_marks, entry.entity_id or ""):
            re.compile(mark)
        for error in entry.errors:
            re.compile(error.pattern)
            assert error.meaning() or "\\" in error.reason, (entry.id, error.reason)
            told += [error.words] if error.words else []
        for halt in entry.halts:
            re.compile(halt.pattern)
            assert halt.reason in REASONS
        assert not entry.halts or entry.page_marks or entry.header_marks
        for consent in entry.consents:
            re.compile(consent.pattern)
        assert entry.built_on is None or product(entry.built_on)
        for step in entry.steps:
            assert step.url or step.title or step.field
    for words in (*REASONS.values(), *told):
        for text in (words.en, words.sv):
            assert text.endswith(".") and (text[:1].isupper() or text.startswith("idptest")), text
            assert "  " not in text and "{" not in text
        assert words.en != words.sv


def test_reasons_are_put_into_words() -> None:
    for reason in ("AADSTS50126", "METADATANOTFOUND", "wrong-password", "MSIS7007", "app_not_configured", "adfs-error", "e-leg-hand-over"):
        assert reason_words(reason), reason
    # A code that nobody has put into words of its own has those of its family.
    assert reason_words("AADSTS99999") != reason_words("AADSTS50126") and "error" in (reason_words("AADSTS99999") or REASONS["refused"]).en
    assert "364" in (reason_words("MSIS9999") or REASONS["refused"]).sv
    assert reason_words("nonsense") is None and reason_words("MSIS") is None and reason_words("") is None
    assert code_in("AADSTS75011: Authentication method 'X509' by which …") == "AADSTS75011"
    assert code_in("MSIS7012: An error occurred") == "MSIS7012" and code_in("AADSTS") is None and code_in("") is None


def oidc(login: str) -> bytes:
    """A discovery document, as far as a product is recognised by it."""
    return json.dumps({"authorization_endpoint": login}).encode()


@pytest.mark.parametrize(
    ("entity_id", "metadata", "expected"),
    [
        ("http://sts.exempelstad.se/adfs/services/trust", b"", "adfs"),
        ("https://sts.windows.net/0e1f/", b"", "entra"),
        ("https://login.microsoftonline.com/0e1f/v2.0", b"", "entra"),
        ("https://kc.kommun.example/realms/skola", b"", "keycloak"),
        ("https://idp.kommun.example/idp/shibboleth", b"", "shibboleth"),
        ("https://idp.exempelstad.se/saml", b"", "exempelstad"),
        ("https://idp.exempelstad.se/x", b'Location="https://i.se/simplesaml/saml2/idp/SSOService.php"', "simplesamlphp"),
        ("urn:x", b'Location="https://i.se/idp/profile/SAML2/Redirect/SSO"', "shibboleth"),
        ("urn:x", b'Location="https://i.se/adfs/ls/"', "adfs"),
        ("https://accounts.google.com/o/saml2?idpid=C0", b'Location="https://accounts.google.com/o/saml2/idp?idpid=C0"', "google"),
        ("https://idp.kommun.example/phx", b'Location="https://idp.kommun.example/saml/authenticate/skolfed"', "phenixid"),
        ("https://skolfederation.kommun.example/idp", b'Location="https://skolfederation.kommun.example/wa/auth/saml/"', "nexus"),
        # GrandID runs a SimpleSAMLphp, and bears its marks.
        ("urn:x", b'Location="https://saml2.grandid.com/saml2/idp/SSOService.php"', "grandid"),
        ("https://kommun.grandid.com/simplesaml/x", b'Location="https://saml2.grandid.com/saml2/idp/SSOService.php"', "grandid"),
        ("https://grandid.com.evil.example/", b"", None),
        # OpenID providers, by the discovery document, and by the issuer alone. PHP and .NET write / as \\/.
        ("https://adfs.kommun.example/adfs", b"", "adfs"),
        (
            "https://login.kommun.example",
            b'{"authorization_endpoint":"https:\\/\\/login.kommun.example\\/adfs\\/oauth2\\/authorize\\/"}',
            "adfs",
        ),
        ("https://login.microsoftonline.com/0e1f/v2.0", oidc("https://login.microsoftonline.com/0e1f/oauth2/v2.0/authorize"), "entra"),
        ("https://sts.windows.net/0e1f/", oidc("https://login.microsoftonline.com/0e1f/oauth2/authorize"), "entra"),
        ("https://kc.kommun.example/realms/skola", oidc("https://kc.kommun.example/realms/skola/protocol/openid-connect/auth"), "keycloak"),
        (
            "https://kc.kommun.example/auth/realms/skola",
            oidc("https://kc.kommun.example/auth/realms/skola/protocol/openid-connect/auth"),
            "keycloak",
        ),
        ("https://accounts.google.com", oidc("https://accounts.google.com/o/oauth2/v2/auth"), "google"),
        ("https://idp.kommun.example/t1/oidc", oidc("https://idp.kommun.example/oidc_auth/authenticate/uidpwd"), "phenixid"),
        ("https://idp.kommun.example", oidc("https://idp.kommun.example/idp/profile/oidc/authorize"), "shibboleth"),
        ("https://op.kommun.example", oidc("https://op.kommun.example/module.php/oidc/authorization"), "simplesamlphp"),
        ("https://op.kommun.example", oidc("https://op.kommun.example/authorize"), None),
        ("https://op.kommun.example", oidc("https://accounts.google.com.evil.example/o/oauth2/v2/auth"), None),
        ("urn:x", b"\xff\xfe", None),
        (None, b"", None),
        ("urn:x", b'"https://i.se/adfs/ls/" "https://i.se/idp/profile/SAML2/Redirect/SSO"', None),
    ],
)
def test_recognising(entity_id: str | None, metadata: bytes, expected: str | None) -> None:
    found = recognise(entity_id, metadata)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize("file", sorted(PAGES.glob("*/*.html")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_pages_bear_their_product_s_mark(file: Path) -> None:
    marked = [entry.id for entry in products_of_page(file.read_text("utf-8"))]
    # Pages that only pass a message on look alike everywhere.
    bare = {"adfs/post", "shibboleth/post"}
    assert file.parent.name in marked or f"{file.parent.name}/{file.stem}" in bare, marked
    assert set(marked) <= {file.parent.name, *ANYWHERE}


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("simplesamlphp/wrong-password-1.19", "wrong-password", "Felaktig användaridentitet eller lösenord"),
        ("simplesamlphp/wrong-password-2", "wrong-password", "Incorrect username or password – Either no user"),
        ("simplesamlphp/unhandled-exception", "UNHANDLEDEXCEPTION", "Unhandled exception – An unhandled exception was thrown."),
        ("simplesamlphp/unhandled-exception-debug", "UNHANDLEDEXCEPTION", "Ohanterat undantag"),
        ("simplesamlphp/request-not-signed", "request-not-signed", "no signature found on message"),
        ("simplesamlphp/request-signature-refused", "request-signature-refused", "Unable to validate signature on query string"),
        ("simplesamlphp/metadata-not-found", "METADATANOTFOUND", "https://idptest.exempelstad.se/sp"),
        ("simplesamlphp/metadata-not-found-debug", "METADATANOTFOUND", "https://idptest.exempelstad.se/sp"),
        ("simplesamlphp/acsparams", "ACSPARAMS", "No SAML response provided"),
        ("simplesamlphp/no-state", "NOSTATE", "State information lost"),
        ("exempelstad/wrong-password", "wrong-password", "Fel användarnamn eller lösenord"),
        ("exempelstad/refused", "refused", "Förfrågan är inte signerad"),
        ("exempelstad/client-unknown", "client-unknown", "Klienten nobody är inte inlagd"),
        ("adfs/wrong-password", "wrong-password", "Felaktigt användar-ID eller lösenord. Skriv rätt"),
        ("adfs/error", "MSIS7065", "There are no registered protocol handlers"),
        ("adfs/error-relying-party", "MSIS7007", "'https://idptest.exempelstad.se/sp' is unspecified"),
        ("adfs/error-without-details", "adfs-error", "Ett fel inträffade"),
        ("google/not-configured", "app_not_configured_for_user", "Service is not configured for this user."),
        ("keycloak/disabled-client", "client-disabled", "Inloggningsförfrågaren är inte aktiverad"),
        ("simplesamlphp/no-consent", "consent-denied", "Inget samtycket givet"),
        ("entra/error", "AADSTS700016", "was not found in the directory 'Exempelstad'"),
        ("entra/raw-wrong-password", "AADSTS50126", None),
        ("keycloak/wrong-password", "wrong-password", "Ogiltigt användarnamn eller lösenord."),
        ("keycloak/wrong-password-en", "wrong-password", "Invalid username or password."),
        ("keycloak/wrong-one-time-code", "wrong-one-time-code", "Autentiseringskoden är ogiltig."),
        ("keycloak/locked", "account-locked", "Kontot är tillfälligt inaktiverat"),
        ("keycloak/client-not-found", "client-unknown", "Klienten hittades ej."),
        ("keycloak/error", "refused", "Unexpected error when handling"),
        ("shibboleth/wrong-password", "wrong-password", "The password you entered was incorrect."),
        ("shibboleth/sp-unknown", "sp-unknown", "not registered for use with this service"),
    ],
)
def test_errors_are_recognised(name: str, reason: str, said: str | None) -> None:
    no = refusal(page(name), [product(name.partition("/")[0])], (USERNAME, PASSWORD, ONE_TIME_CODE))
    assert no is not None and no.reason == reason
    assert said is None or said in (no.said or "")


@pytest.mark.parametrize(
    "name",
    [
        "simplesamlphp/login-1.19",
        "simplesamlphp/login-2",
        "exempelstad/login",
        "exempelstad/e-leg",
        "exempelstad/one-time-code",
        "adfs/login",
        "entra/raw-login",
        "entra/username",
        "entra/password",
        "keycloak/login",
        "keycloak/one-time-code",
        "shibboleth/login",
        "shibboleth/storage",
        "shibboleth/consent",
        "shibboleth/consent-with-choice",
        "shibboleth/terms",
        "simplesamlphp/consent",
        "keycloak/grant",
        "keycloak/select-authenticator",
        "google/identifier",
        "google/password",
        "phenixid/login",
        "phenixid/bankid",
        "nexus/login",
        "nexus/choose-method",
        "grandid/login",
        "grandid/bankid-number",
        "grandid/bankid-waiting",
        "bankid/waiting",
        "freja/waiting",
        "adfs/freja",
    ],
)
def test_ordinary_pages_are_no_errors_for_any_product(name: str) -> None:
    assert refusal(page(name), products(), (USERNAME, PASSWORD, ONE_TIME_CODE)) is None


def test_simplesamlphp_logs_in_and_its_error_report_is_never_filled_in() -> None:
    old = form_of("simplesamlphp/login-1.19")
    assert (old["username"], old["password"]) == (SUPPLY[USERNAME], SUPPLY[PASSWORD]) and "AuthState" in old
    move = act("simplesamlphp/login-1.19")
    assert isinstance(move, Move) and move.request.url == "https://idp.exempelstad.se/simplesaml/module.php/core/loginuserpass.php?"
    new = form_of("simplesamlphp/login-2")
    assert new == {"username": SUPPLY[USERNAME], "password": SUPPLY[PASSWORD]}
    for name in ("unhandled-exception", "request-not-signed", "metadata-not-found", "acsparams", "no-state"):
        assert act(f"simplesamlphp/{name}") is None
        assert choose(page(f"simplesamlphp/{name}"), (), Situation(SUPPLY.get, (USERNAME, PASSWORD))) is None
    assert form_of("simplesamlphp/post-1.19") == {"SAMLResponse": "PHNhbWxwOlJlc3BvbnNlLz4=", "RelayState": "r&1"}


def test_exempelstad_e_legitimation_is_pressed_not_cancelled() -> None:
    move = act("exempelstad/e-leg")
    assert isinstance(move, Move) and move.factor == "e-leg"
    assert move.request.form == (("anvandare", SUPPLY[USERNAME]), ("legitimera", "1"))
    assert form_of("exempelstad/login") == {"_csrf": "åäö-1", "anvandarnamn": SUPPLY[USERNAME], "losenord": SUPPLY[PASSWORD]}
    code = act("exempelstad/one-time-code")
    assert isinstance(code, Move) and code.gives == (ONE_TIME_CODE,) and code.fields == ("engangskod",)


def test_adfs_form_is_submitted_without_its_script_button_and_options_wait() -> None:
    assert form_of("adfs/login") == {"UserName": SUPPLY[USERNAME], "Password": SUPPLY[PASSWORD], "AuthMethod": "FormsAuthentication"}
    assert act("adfs/choose-method") == Stop(PAGE_NOT_UNDERSTOOD, "login-method-choice")
    move = act("adfs/post")
    assert isinstance(move, Move) and move.request.url == "https://idptest.exempelstad.se:443/saml/acs"


def test_entra_pages_as_a_browser_shows_them_and_as_they_are_sent() -> None:
    first = act("entra/username")
    assert isinstance(first, Move) and first.gives == (USERNAME,) and dict(first.request.form or ())["passwd"] == ""
    second = act("entra/password", (USERNAME,))
    assert isinstance(second, Move) and second.gives == (PASSWORD,)
    stay = act("entra/stay-signed-in", (USERNAME, PASSWORD))
    assert isinstance(stay, Move) and stay.step is not None and stay.step.press == "idBtn_Back"
    assert act("entra/raw-login") is None and page("entra/raw-login").refresh is None


def test_keycloak_and_shibboleth() -> None:
    assert form_of("keycloak/login") == {"username": SUPPLY[USERNAME], "password": SUPPLY[PASSWORD], "credentialId": "", "login": ""}
    assert form_of("keycloak/one-time-code") == {"selectedCredentialId": "c0", "otp": "123456", "login": "Logga in"}
    login = form_of("shibboleth/login")
    assert login == {"csrf_token": "_f00", "j_username": SUPPLY[USERNAME], "j_password": SUPPLY[PASSWORD], "_eventId_proceed": ""}
    storage = form_of("shibboleth/storage")
    assert (
        storage["_eventId_proceed"] == ""
        and storage["shib_idp_ls_success.shib_idp_session_ss"] == "false"
        and storage["csrf_token"] == "_f01"
    )
    post = act("shibboleth/post")
    assert isinstance(post, Move) and post.request.url == "https://idptest.exempelstad.se/saml/acs"


def test_attributes_are_released_once_and_not_remembered() -> None:
    chosen = form_of("shibboleth/consent-with-choice")
    assert chosen == {
        "csrf_token": "_f02",
        "_shib_idp_consentIds": "eduPersonPrincipalName",
        "_shib_idp_consentOptions": "_shib_idp_doNotRememberConsent",
        "_eventId_proceed": "Accept",
    }
    # Where the administrator allows no other choice, the mildest there is.
    only = form_of("shibboleth/consent")
    assert only["_shib_idp_consentOptions"] == "_shib_idp_rememberConsent" and "_eventId_AttributeReleaseRejected" not in only
    assert act("shibboleth/terms", (USERNAME, PASSWORD)) is None
    yes = act("simplesamlphp/consent")
    assert isinstance(yes, Move) and yes.request.method == "GET" and yes.consent == "https://idp.exempelstad.se"
    assert yes.request.url == (
        "https://idp.exempelstad.se/simplesaml/module.php/consent/getconsent"
        "?StateId=_abc%3Ahttps%3A%2F%2Fidp.exempelstad.se%2Fsimplesaml%2F&yes="
    )
    assert form_of("keycloak/grant") == {"code": "k0", "accept": "Ja"}


def test_google_answers_to_a_script_only() -> None:
    for name in ("identifier", "password"):
        assert act(f"google/{name}") == Stop(PAGE_NOT_UNDERSTOOD, "script-needed")


def test_phenixid_nexus_and_grandid_log_in() -> None:
    assert form_of("phenixid/login") == {"username": SUPPLY[USERNAME], "password": SUPPLY[PASSWORD]}
    assert form_of("nexus/login") == {"f0": SUPPLY[USERNAME], "f1": SUPPLY[PASSWORD]}
    login = form_of("grandid/login")
    assert login == {
        "fc": "",
        "grandidsession": "s0",
        "idpPlugin": "true",
        "username": SUPPLY[USERNAME],
        "password": SUPPLY[PASSWORD],
    }
    assert act("grandid/wrong-password", (USERNAME, PASSWORD)) == Stop(REFUSED_BY_IDP, "wrong-password")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nexus/choose-method", "login-method-choice"),
        ("keycloak/select-authenticator", "login-method-choice"),
        ("phenixid/bankid", "e-leg-hand-over"),
        ("grandid/bankid-number", "e-leg-hand-over"),
        ("grandid/bankid-waiting", "e-leg-hand-over"),
        ("bankid/reference-idp", "e-leg-hand-over"),
        ("bankid/personal-number", "e-leg-hand-over"),
        ("bankid/waiting", "e-leg-hand-over"),
        ("freja/waiting", "e-leg-hand-over"),
        ("adfs/freja", "e-leg-hand-over"),
    ],
)
def test_what_only_a_person_gets_past(name: str, reason: str) -> None:
    assert act(name) == act(name, (USERNAME, PASSWORD)) == Stop(PAGE_NOT_UNDERSTOOD, reason)
