"""What we ask of an OP, as idptest.toml wants it: max_age, hints, request objects, a public client. Exempelstad's OP obeys or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from jose import jwt

from idptest import settings
from idptest.adapters import keys as workspace_keys
from idptest.adapters import op_target
from idptest.adapters.demo import clients, demo
from idptest.adapters.form_driver import FormDriver
from idptest.adapters.login_runner import LoginRunner
from idptest.demo import keys
from idptest.demo.defect import Defect
from idptest.demo.idp import Exempelstad, State
from idptest.demo.people import person
from idptest.errors import ConfigurationError
from idptest.model.flow import Flow, HttpRequest, HttpResponse
from idptest.model.rule import Verdict, Words
from idptest.oidc import rp
from idptest.validator import judge
from tests.exempelstad import NOW
from tests.settings_files import SMALL

OP = """
[idp.op]
protocol = "oidc"
issuer = "https://op.exempelstad.se"
client_id = "idptest"
"""


def asking(**asks: object) -> Flow:
    numbers, who = count(1), person("larare")
    assert who is not None
    defect = Defect("x", Words("x", "x"), (), protocol="oidc", asks=asks)
    target, transport = demo(who, [defect], lambda: NOW, lambda: f"id-{next(numbers):04d}", "oidc")
    runner = LoginRunner(FormDriver(transport, lambda: NOW), lambda: NOW, lambda: f"id-{next(numbers):04d}")
    return next(iter(runner.run(target))).flow


def sent(flow: Flow) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(flow.exchanges[0].request.url).query))


def verdict(flow: Flow, rule: str) -> Verdict:
    report = judge(flow)
    assert not list(report.having(Verdict.CRASHED))
    return next(finding.verdict for finding in report.findings if finding.rule.id == rule)


def test_by_default_nothing_more_is_asked() -> None:
    flow = asking()
    assert not {"max_age", "login_hint", "request"} & set(sent(flow))
    assert sent(flow)["ui_locales"] == "sv en"
    assert verdict(flow, "oidc-id-token-times/login-is-no-older-than-asked") is Verdict.NOT_APPLICABLE


def test_what_is_wanted_is_asked_and_answered() -> None:
    flow = asking(max_age=3600, login_hint="larare", ui_locales=("en",))
    assert {"max_age": "3600", "login_hint": "larare", "ui_locales": "en"}.items() <= sent(flow).items()
    assert verdict(flow, "oidc-id-token-times/login-is-no-older-than-asked") is Verdict.PASS


def test_a_request_object_holds_it_all_and_is_signed_by_us() -> None:
    flow = asking(max_age=3600, request_object=True)
    assert set(sent(flow)) == {"response_type", "client_id", "scope", "request"}
    public = rp.public_jwk(keys.pem("sp"))
    claims = jwt.decode(sent(flow)["request"], public, algorithms=["RS256"], audience=flow.idp.entity_id, options={"verify_exp": False})
    assert flow.oidc is not None
    assert (claims["iss"], claims["nonce"], claims["max_age"]) == ("idptest", flow.oidc.nonce, 3600)
    assert claims["claims"]["id_token"]["acr"]["essential"] is True
    assert claims["code_challenge"] == flow.oidc.code_challenge
    assert not [finding.rule.id for finding in judge(flow).failures()]


def test_a_public_client_logs_in_by_pkce_alone() -> None:
    flow = asking(auth="none")
    assert flow.oidc is not None and flow.oidc.token is not None
    form = dict(flow.exchanges[flow.oidc.token - 1].request.form or ())
    assert form["client_id"] == "idptest"
    assert not {"client_secret", "client_assertion"} & set(form)
    assert not [finding.rule.id for finding in judge(flow).failures()]


def test_exempelstad_refuses_a_request_object_that_another_has_signed() -> None:
    town = Exempelstad({}, lambda: "x", clients=clients())
    client = rp.Client("idptest", "https://localhost:8443/oidc/callback", key=keys.pem("other"), request_object=True)
    asked = HttpRequest("GET", f"{town.base_url}/oidc/authorize?response_type=code&client_id=idptest&scope=openid&state=s")
    for signer, expected in ((keys.pem("other"), True), (keys.pem("sp"), False)):
        request = rp.by_value(asked, rp.Client(**{**vars(client), "key": signer}), town.base_url, NOW, "jti")
        answer = town.respond(State(), request, NOW)[1]
        location = dict(answer.headers).get("Location", "")
        assert ("invalid_request_object" in location) is expected


# --- idptest.toml


def read(more: str) -> settings.OidcSettings:
    found = settings.read(SMALL + OP + more).idps["op"].oidc
    assert found is not None
    return found


def test_the_settings_are_read() -> None:
    found = read('max_age = 0\nui_locales = ["sv"]\nlogin_hint = true\nrequest_object = true\n')
    assert (found.max_age, found.ui_locales, found.login_hint, found.request_object) == (0, ("sv",), True, True)
    plain = read("")
    assert (plain.max_age, plain.ui_locales, plain.login_hint, plain.request_object) == (None, ("sv", "en"), False, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [("max_age = -1", '"max_age" in [idp.op]'), ("login_hint = 'larare'", '"login_hint" in [idp.op]'), ("max_ages = 1", "max_age")],
)
def test_what_is_wrongly_written_is_refused(line: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(line)
    assert said in refused.value.line("en")


def test_the_username_goes_along_only_when_wanted(tmp_path: Path) -> None:
    workspace_keys.make(tmp_path, "sp", "idptest SP")

    def client(more: str) -> rp.Client:
        sp = settings.read(SMALL).sp
        return op_target.party(read(more), sp, None, "larare01", tmp_path, lambda r, b: HttpResponse(404)).client

    assert (client("").login_hint, client("login_hint = true").login_hint) == (None, "larare01")
    wanted = client("log_out = true").post_logout_redirect_uri
    assert (client("").post_logout_redirect_uri, wanted) == (None, "https://localhost:8443/oidc/logged-out")


def test_what_the_op_cannot_verify_is_not_sent() -> None:
    """Neither a request object nor an assertion of ours; the line says what the OP lists. An OP that lists nothing is asked."""

    def refused(more: str, published: str) -> str | None:
        idp = settings.read(SMALL + OP + more).idps["op"]
        assert idp.oidc is not None
        try:
            op_target.takes(idp, idp.oidc, published.encode())
        except ConfigurationError as problem:
            assert problem.line("en") != problem.line("sv")
            return problem.line("en")
        return None

    signed, ours = "request_object = true", '"request_parameter_supported": true'
    listed = '"request_object_signing_alg_values_supported": ["PS256", "ES256"]'
    assert refused(signed, f"{{{ours}}}") is None
    assert refused(signed, f"{{{ours}, {listed.replace('PS256', 'RS256')}}}") is None
    for published in ("{}", f"{{{ours.replace('true', 'false')}}}"):
        assert "request_object = true: the OP does not say" in (refused(signed, published) or "")
    said = refused(signed, f"{{{ours}, {listed}}}") or ""
    assert (
        "takes what is signed with PS256, ES256 (request_object_signing" in said and "idptest signs with RS256; take the line out" in said
    )
    listed = '{"token_endpoint_auth_signing_alg_values_supported": ["PS256"]}'
    assert 'client_auth = "private_key_jwt": the OP takes what is signed with PS256 (token_endpoint_auth_' in (refused("", listed) or "")
    assert refused('client_secret_env = "S"', listed) is None
    assert refused("", listed.replace("PS256", "RS256")) is None
