"""The same by OpenID Connect: a correct login made without any network, every way to spoil it, and the rule that must refuse each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from idptest.demo import op, op_answer
from idptest.demo import op_changes as changes
from idptest.demo.idp import UNCERTIFIED_LOA3
from idptest.demo.metadata import BASE_URL
from idptest.demo.op_answer import EPPN_CLAIM, OpAnswer, OpPublished, encoded
from idptest.demo.op_changes import ChangeOpAnswer, ChangeOpPublished
from idptest.model.flow import Exchange, Flow, HttpRequest, HttpResponse, OidcPart, Sent
from idptest.oidc.tokens import half_hashes
from idptest.selftest.good import EVIL, TEACHER, Good
from idptest.selftest.mutant import Mutant

CLIENT, REDIRECT_URI = "idptest", "https://localhost:8443/oidc/callback"
_NONCE, _STATE = "nonce-0001", "state-0002"


@dataclass(frozen=True)
class GoodOidc:
    """The login: what the OP answers, what it publishes, and the flow that they come to."""

    saml: Good
    answer: OpAnswer
    access_token: str
    published: OpPublished

    def flow(self) -> Flow:
        """The login, had this arrived."""
        now, made = self.saml.flow.captured_at, self.answer
        delivered = HttpRequest("GET", f"{REDIRECT_URI}?{urlencode(made.parameters)}")
        if made.by_post:
            delivered = HttpRequest("POST", REDIRECT_URI, (), tuple(made.parameters.items()))
        tokens = {"access_token": "‹secret›", "token_type": "Bearer", "id_token": op_answer.to_jwt(made.id_token), **made.more}
        status, form, keys = op_answer.jwks(self.published)
        info = made.info or made.id_token
        plain = json.dumps(dict(info.claims)).encode()
        said = ("application/json", plain) if made.info_plain else ("application/jwt", op_answer.to_jwt(info).encode())
        answers = (
            (op_answer.TOKEN, HttpResponse(200, made.headers, json.dumps(tokens).encode())),
            (op_answer.JWKS, HttpResponse(status, (("Content-Type", form),), keys)),
            (op_answer.USER_INFO, HttpResponse(200, (("Content-Type", said[0]),), said[1])),
        )
        after = (Exchange(number, now, HttpRequest("GET", BASE_URL + path), answer) for number, (path, answer) in enumerate(answers, 2))
        flow = self.saml.flow
        return replace(
            flow,
            protocol="oidc",
            sent=Sent(_NONCE, now, CLIENT, REDIRECT_URI, BASE_URL + op_answer.AUTHORIZE, _STATE, (UNCERTIFIED_LOA3,), "exact", True),
            exchanges=(Exchange(1, now, delivered), *after),
            idp=replace(flow.idp, entity_id=BASE_URL, metadata=json.dumps(dict(self.published.discovery)).encode()),
            decrypted=(),
            oidc=OidcPart(
                _NONCE, "x" * 43, essential=True, claims=(EPPN_CLAIM,), prompt="login", client_auth="private_key_jwt", token=2, keys=3,
                user_info=4, code_hashes=half_hashes(made.parameters.get("code", "")), access_token_hashes=half_hashes(self.access_token),
            ),
        )  # fmt: skip


def good(saml: Good) -> GoodOidc:
    """The same teacher's login, at the same time and level."""
    numbers = iter(range(1, 100))
    request, now = op.OpRequest(CLIENT, REDIRECT_URI, _STATE, _NONCE, "x" * 43, False), saml.flow.captured_at
    session = op.Session(TEACHER, UNCERTIFIED_LOA3, "e-leg", now)
    _, grant = op.answer(BASE_URL, request, session, now, lambda: f"id-{next(numbers):04d}")
    return GoodOidc(saml, grant.answer, grant.access_token, OpPublished(op_answer.discovery(BASE_URL)))


def _answered(name: str, must_fire: str | None, *change: ChangeOpAnswer) -> Mutant:
    def build(saml: Good) -> Flow:
        made = good(saml)
        return replace(made, answer=changes.together(*change)(made.answer, TEACHER, saml.flow.captured_at)).flow()

    return Mutant(f"oidc-{name}", must_fire, build)


def _published(name: str, must_fire: str | None, change: ChangeOpPublished, *more: ChangeOpAnswer) -> Mutant:
    def build(saml: Good) -> Flow:
        made = good(saml)
        answer = changes.together(*more)(made.answer, TEACHER, saml.flow.captured_at)
        return replace(made, published=change(made.published), answer=answer).flow()

    return Mutant(f"oidc-{name}", must_fire, build)


def _evil() -> ChangeOpAnswer:
    """The ID Token says that it is somebody else."""
    return changes.claim(**{EPPN_CLAIM: EVIL})


def _cut(part: Callable[[list[str]], list[str]]) -> ChangeOpAnswer:
    """The ID Token taken apart and put together otherwise."""

    def change(answer: OpAnswer, who: Any, now: Any) -> OpAnswer:
        return replace(answer, more={**answer.more, "id_token": ".".join(part(op_answer.to_jwt(answer.id_token).split(".")))})

    return change


def _forged(parts: list[str]) -> list[str]:
    claims: Mapping[str, Any] = {"sub": "nagon-annan", EPPN_CLAIM: EVIL}
    return [parts[0], encoded(json.dumps(claims).encode()), parts[2]]


_ALGORITHM, _SIGNATURE = "oidc-id-token/algorithm-is-one-that-only-the-op-can-use", "oidc-id-token/signature-is-by-a-key-of-the-op"
_ATTACKERS_KEY = {**op_answer.jwk("other"), "kid": "exempelstad-signing"}
OIDC: tuple[Mutant, ...] = (
    # correct, and to be accepted
    _answered("correct", None),
    _answered("correct-audience-in-a-list", None, changes.claim(aud=[CLIENT])),
    _answered("correct-plain-user-info", None, changes.said(info_plain=True)),
    _answered("correct-eppn-in-the-id-token-too", None, changes.claim(**{EPPN_CLAIM: TEACHER.eppn})),
    _published("correct-two-keys", None, changes.keys(keys=("other", "signing"))),
    # SEC-X34: the token
    _answered("alg-none", _ALGORITHM, _evil(), changes.header(alg="none"), changes.signed(key=None)),
    _answered("alg-none-in-odd-letters", _ALGORITHM, _evil(), changes.header(alg="nOnE"), changes.signed(key=None)),
    _answered("alg-missing", _ALGORITHM, _evil(), changes.header(alg=None), changes.signed(key=None)),
    _answered("hs256-with-what-is-public", _ALGORITHM, _evil(), changes.header(alg="HS256")),
    _answered("signature-taken-away", _SIGNATURE, _evil(), _cut(lambda parts: [*parts[:2], ""])),
    _answered("claims-swapped", _SIGNATURE, _cut(_forged)),
    _answered("unknown-kid", _SIGNATURE, _evil(), changes.header(kid="exempelstad-2019"), changes.signed(key="other")),
    _answered("foreign-key", _SIGNATURE, _evil(), changes.signed(key="other")),
    _answered("key-in-the-header", _SIGNATURE, _evil(), changes.header(jwk=_ATTACKERS_KEY), changes.signed(key="other")),
    _answered("key-pointed-at-by-the-header", _SIGNATURE, _evil(), changes.header(jku="https://evil.example/jwks"), changes.signed(key="other")),
    _answered("unknown-crit", "oidc-id-token/demands-nothing-unknown", _evil(), changes.header(crit=["b64"], b64=True)),
    _answered("encrypted-to-somebody-else", "oidc-id-token/can-be-read", changes.signed(encrypted=True)),
    _answered("two-parts", "oidc-id-token/can-be-read", _cut(lambda parts: parts[:2])),
    _answered("another-issuer", "oidc-id-token/issuer-is-the-op", changes.claim(iss="https://idp.grannstad.se")),
    _answered("another-audience", "oidc-id-token/audience-is-this-client", changes.claim(aud="larplattformen")),
    _answered("shared-audience", "oidc-id-token/authorized-party-is-this-client", changes.claim(aud=[CLIENT, "larplattformen"])),
    _answered("audience-missing", "oidc-id-token/has-what-it-must", changes.claim(aud=None)),
    _answered("end-missing", "oidc-id-token/has-what-it-must", changes.claim(exp=None)),
    _answered("another-nonce", "oidc-id-token/nonce-is-ours", changes.claim(nonce="nonce-9999")),
    _answered("nonce-missing", "oidc-id-token/nonce-is-ours", changes.claim(nonce=None)),
    _answered("ended", "oidc-id-token-times/has-not-ended", changes.claims(lambda old, who: {"exp": old["iat"] - 181})),
    _answered("access-token-swapped", "oidc-id-token/hashes-fit", changes.claim(at_hash=op_answer.half_hash("another"))),
    _answered("user-info-of-another-person", "oidc-user-info/is-about-the-same-person", changes.info(lambda old, who: {"sub": "nagon-annan", EPPN_CLAIM: EVIL})),
    _answered("user-info-without-subject", "oidc-user-info/is-about-the-same-person", changes.info(lambda old, who: {"sub": None, EPPN_CLAIM: EVIL})),
    _answered("user-info-by-a-foreign-key", "oidc-user-info/signature-holds", changes.info(lambda old, who: {EPPN_CLAIM: EVIL}), changes.info_signed(key="other")),
    _published("keys-private", "oidc-keys/holds-nothing-private", changes.keys(key_members={"d": encoded(b"x" * 32)})),
    # SEC-X35: the answer
    _answered("mixed-up", "oidc-flow/comes-from-the-op-we-asked", changes.parameters(iss="https://idp.grannstad.se")),
    _answered("iss-taken-away", "oidc-flow/comes-from-the-op-we-asked", changes.parameters(iss=None)),
    _answered("state-swapped", "oidc-flow/state-comes-back", changes.parameters(state="state-9999")),
    _answered("state-missing", "oidc-flow/state-comes-back", changes.parameters(state=None)),
)  # fmt: skip
