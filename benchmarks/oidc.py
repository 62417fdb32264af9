"""One login by OpenID Connect, from bytes to findings, against joserfc's and Authlib's validation of the same ID Token.

    python benchmarks/oidc.py [--runs N]

Theirs, from the text of the token and of the JWKS: the signature, and iss, aud, exp, iat and nonce; joserfc also with its keys imported
once and kept, which is the barest check there is. Authlib as its own client does it; python-jose, which verifies for us, by its
`jwt.decode`. Ours: discovery, keys, token answer, ID Token and UserInfo (signed too: two signatures), and all rules; apart from that what
the rules alone take. A token that everybody accepts and two that everybody refuses, in turn, in one run, each in blocks of five and the
least of the block. Never fails on time.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any

from authlib.integrations.base_client.sync_openid import OpenIDMixin
from jose import jwt as python_jose
from joserfc import errors, jwt
from joserfc.jwk import KeySet
from measure import BLOCK, seconds

from idptest import catalogue, decode
from idptest.model.flow import Flow
from idptest.model.rule import Verdict
from idptest.selftest import oidc
from idptest.selftest.good import good
from idptest.validator import judge, validate

TARGET = 10
SKEW = decode.CLOCK_SKEW
REFUSALS = (errors.JoseError, python_jose.JWTError)
# What is judged, and the mutant of the selftest that it is.
CASES = {"accept": "oidc-correct", "reject, ended": "oidc-ended", "reject, another's signature": "oidc-foreign-key"}


@dataclass(frozen=True)
class Given:
    """A login, and of it what a relying party has in its hands: two texts, the access token, and what it expects."""

    flow: Flow
    token: str
    jwks: str
    access_token: str
    expected: Mapping[str, str]


def given(flow: Flow, access_token: str) -> Given:
    answered, keys = (flow.exchanges[place].response for place in (1, 2))
    assert answered and keys and flow.oidc
    expected = {"iss": flow.idp.entity_id, "aud": flow.sent.sp_entity_id, "nonce": flow.oidc.nonce}
    return Given(flow, json.loads(answered.body)["id_token"], keys.body.decode(), access_token, expected)


def by_joserfc(one: Given, keys: KeySet | None = None) -> None:
    """With these keys, or those imported from the text."""
    token = jwt.decode(one.token, keys or KeySet.import_key_set(json.loads(one.jwks)), algorithms=["RS256"])
    there: Any = {"essential": True}
    wanted: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in one.expected.items()}
    jwt.JWTClaimsRegistry(leeway=SKEW, exp=there, iat=there, **wanted).validate(token.claims)


class Client(OpenIDMixin):  # type: ignore[misc]
    """Authlib's own client, given what it would have fetched."""

    def __init__(self, one: Given) -> None:
        self.one, self.client_id = one, one.expected["aud"]

    def load_server_metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.one.expected["iss"],
            "jwks": json.loads(self.one.jwks),
            "id_token_signing_alg_values_supported": ["RS256"],
        }


def by_authlib(one: Given) -> None:
    answer = {"id_token": one.token, "access_token": one.access_token}
    Client(one).parse_id_token(answer, one.expected["nonce"], leeway=SKEW)


def by_python_jose(one: Given) -> None:
    asked = one.expected
    found = python_jose.decode(one.token, one.jwks, "RS256", {"leeway": SKEW}, asked["aud"], asked["iss"], access_token=one.access_token)
    if found.get("nonce") != asked["nonce"]:  # it has no word for that
        raise python_jose.JWTClaimsError("nonce")


def refused(validated: Callable[[Given], None], one: Given) -> bool:
    try:
        validated(one)
    except REFUSALS:
        return True
    return False


def rules_alone(flow: Flow) -> float:
    """Seconds that all rules take on a login that is read, each time another: what a rule asks it for is worked out at the first asking."""
    rules = catalogue.rules_for(flow.rulesets, flow.own_rulesets, flow.protocol)
    vocabularies = catalogue.attributes(), catalogue.assurance()
    read = iter([decode.decode(flow, *vocabularies, SKEW, catalogue.consumers()) for _ in range(BLOCK)])
    return seconds(lambda: tuple(validate(rules, next(read))))


def main() -> None:
    parser = argparse.ArgumentParser(description="an OpenID Connect login and all rules, against joserfc and Authlib on the same ID Token")
    parser.add_argument("--runs", type=int, default=21)
    options = parser.parse_args()

    saml = good(datetime.now(UTC))
    access_token = oidc.good(saml).access_token
    for name, mutant in CASES.items():
        wanted = next(each for each in oidc.OIDC if each.name == mutant)
        one = given(wanted.build(saml), access_token)
        kept = KeySet.import_key_set(json.loads(one.jwks))
        peers: dict[str, Callable[[Given], None]] = {
            "joserfc, its keys kept": partial(by_joserfc, keys=kept),
            "joserfc": by_joserfc,
            "Authlib": by_authlib,
            "python-jose": by_python_jose,
        }
        report = judge(one.flow)
        failed = {finding.rule.id for finding in report.findings if finding.verdict is Verdict.FAIL}
        assert wanted.must_fire in failed if wanted.must_fire else report.conformant and report.complete, failed
        for peer, validated in peers.items():
            assert refused(validated, one) is bool(wanted.must_fire), f"{peer} judges {name} otherwise"

        works = [partial(judge, one.flow), *(partial(refused, validated, one) for validated in peers.values())]
        rows = [(rules_alone(one.flow), *(seconds(work) for work in works)) for _ in range(options.runs)]
        alone, whole, *theirs = (median(row[place] for row in rows) * 1000 for place in range(len(rows[0])))
        print(f"{name}: ours {whole:.2f} ms from bytes to {len(report.findings)} findings; all rules alone {alone:.2f} ms")
        for place, (peer, taken) in enumerate(zip(peers, theirs, strict=True), 2):
            rules, everything = (median(row[mine] / row[place] for row in rows) for mine in (0, 1))
            target = f" (target {TARGET}: {'met' if rules <= TARGET else 'NOT met'})" if "joserfc" in peer else ""
            print(f"  {peer}: {taken:.3f} ms; all rules {rules:.1f} times that{target}, bytes to findings {everything:.1f} times")


if __name__ == "__main__":
    main()
