"""The IdP itself: (state, request, now) → (state, response)."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from idptest.demo import keys, op, op_answer, op_logout, pages
from idptest.demo.answer import Answer, eppn, to_xml
from idptest.demo.defect import Defect
from idptest.demo.metadata import BASE_URL, ENTITY_ID, Published
from idptest.demo.metadata import to_xml as metadata_xml
from idptest.demo.op_answer import OpPublished
from idptest.demo.people import PEOPLE, Person
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.saml.bindings import decode_post, inflate
from idptest.saml.xml import NS, Element, NotXml, parse, text

BASIC = "http://id.skolfederation.se/loa/bas"
TWO_FACTOR = "http://id.skolfederation.se/loa/2fa"
REFEDS_MFA = "https://refeds.org/profile/mfa"
UNCERTIFIED_LOA3 = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
_REACHED_BY = {BASIC: "password", TWO_FACTOR: "one-time-code", REFEDS_MFA: "one-time-code", UNCERTIFIED_LOA3: "e-leg"}
E_LEG_IDP = "https://eleg.exempelstad.se/saml"
_COOKIE = "exempelstad"
_NO_AUTHN_CONTEXT = ("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext")
_NO_PASSIVE = ("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:NoPassive")
_NO_SUCH_NAME_ID = ("urn:oasis:names:tc:SAML:2.0:status:Requester", "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy")
_NAME_IDS = (None, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
_CANCELLED = ("urn:oasis:names:tc:SAML:2.0:status:Responder", "http://id.elegnamnden.se/status/1.0/cancel")


@dataclass(frozen=True)
class Pending:
    """A login under way: what was asked, what will be answered (None: it cannot be), and how far the person has come."""

    request_id: str
    sp: str
    acs: str
    relay_state: str | None
    context: str | None
    method: str
    username: str | None = None
    oidc: op.OpRequest | None = None


@dataclass(frozen=True)
class State:
    """`grants`: what each code and access token of OpenID Connect stands for; `sessions`: who is logged in by it, by the browser's cookie."""

    pending: Mapping[str, Pending] = field(default_factory=lambda: MappingProxyType({}))
    grants: op.Grants = field(default_factory=lambda: op.NO_GRANTS)
    sessions: Mapping[str, op.Session] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Exempelstad:
    """The municipality. `services` maps an SP's entityID to its ACS address, `clients` a client_id to what is registered of it; `new_id`
    gives a fresh XML ID at every call. As an OP its issuer is `base_url`.
    """

    services: Mapping[str, str]
    new_id: Callable[[], str]
    defects: Sequence[Defect] = ()
    base_url: str = BASE_URL
    clients: Mapping[str, op.OpClient] = field(default_factory=lambda: MappingProxyType({}))

    def published(self) -> OpPublished:
        """What it publishes as an OP."""
        published = OpPublished(op_answer.discovery(self.base_url))
        for defect in self.defects:
            if defect.op_published:
                published = defect.op_published(published)
        return published

    def discovery(self) -> tuple[int, str, bytes]:
        """Status, content type and body of the discovery document."""
        published = self.published()
        return published.document or (200, "application/json", json.dumps(dict(published.discovery), indent=1).encode())

    def metadata(self, now: datetime) -> bytes:
        published = Published(sso=f"{self.base_url}/sso")
        for defect in self.defects:
            if defect.metadata:
                published = defect.metadata(published, now)
        return metadata_xml(published)

    def respond(self, state: State, request: HttpRequest, now: datetime) -> tuple[State, HttpResponse]:
        """What a browser gets for that request."""
        state, response = self._respond(state, request, now)
        for defect in self.defects:
            if defect.http:
                response = defect.http(request, response)
        return state, response

    def _respond(self, state: State, request: HttpRequest, now: datetime) -> tuple[State, HttpResponse]:
        path = urlsplit(request.url).path
        if path == "/sso":
            return self._start(state, request, now)
        if path in (op_answer.AUTHORIZE, op_answer.TOKEN, op_answer.USER_INFO, op_answer.JWKS, op_answer.DISCOVERY, op_answer.END_SESSION):
            return self._as_op(path, state, request, now)
        session = _cookies(request).get(_COOKIE, "")
        pending = state.pending.get(session)
        if pending is None:
            return state, pages.refusal("Din inloggning har gått ut", "Gå tillbaka till tjänsten och börja om.", 400)
        form = dict(request.form or ())
        if "avbryt" in form:
            return self._end(state, session, pending, None, now, _CANCELLED)
        if path == "/losenord":
            return self._password(state, session, pending, form if request.method == "POST" else None, now)
        if path == "/engangskod":
            return self._one_time_code(state, session, pending, form if request.method == "POST" else None, now)
        if path == "/eleg":
            return self._e_leg(state, session, pending, form if request.method == "POST" else None, now)
        return state, pages.refusal("Sidan finns inte", "Gå tillbaka till tjänsten och börja om.", 404)

    def _start(self, state: State, request: HttpRequest, now: datetime) -> tuple[State, HttpResponse]:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()} | dict(request.form or ())
        try:
            raw = fields.get("SAMLRequest", "")
            xml = parse(inflate(raw) if request.method == "GET" else decode_post(raw) or b"")
        except (ValueError, NotXml):
            return state, pages.refusal("Frågan går inte att läsa", "Tjänsten skickade ingen SAML-fråga.", 400)
        sp = text(xml.find("saml:Issuer", NS)) or ""
        if sp not in self.services:
            return state, pages.refusal("Okänd tjänst", f"Tjänsten {sp} är inte inlagd i Exempelstads IdP.")
        asked = [text(found) or "" for found in xml.iterfind("samlp:RequestedAuthnContext/saml:AuthnContextClassRef", NS)]
        context, method = self._choose(asked)
        pending = Pending(xml.get("ID", ""), sp, self.services[sp], fields.get("RelayState"), context, method)
        if status := _cannot_be_met(xml):
            return state, self._deliver(pending, None, now, status)
        return self._begin(state, request, pending)

    def _begin(self, state: State, request: HttpRequest, pending: Pending) -> tuple[State, HttpResponse]:
        session, method = self.new_id(), pending.method
        headers = (("Set-Cookie", _cookie(request, session)), ("Location", f"/{_PATHS[method]}"))
        return replace(state, pending={**state.pending, session: pending}), HttpResponse(302, headers)

    def _as_op(self, path: str, state: State, request: HttpRequest, now: datetime) -> tuple[State, HttpResponse]:
        """The OP's addresses. A login that begins here goes on at the same pages as one by SAML."""
        if path == op_answer.DISCOVERY:
            status, form, body = self.discovery()
            return state, HttpResponse(status, (("Content-Type", form),), body)
        if path == op_answer.JWKS:
            status, form, body = op_answer.jwks(self.published())
            return state, HttpResponse(status, (("Content-Type", form),), body)
        if path == op_answer.TOKEN:
            grants, response = op.tokens(state.grants, request, self.clients, self.base_url + op_answer.TOKEN)
            return replace(state, grants=grants), response
        if path == op_answer.USER_INFO:
            return state, op.user_info(state.grants, request)
        if path == op_answer.END_SESSION:
            return self._log_out(state, request)
        parameters = op.asked(request, self.clients, self.base_url)
        if (refused := op.refused(parameters, self.clients)) is not None:
            return state, refused
        asked, essential = op.levels(parameters)
        context, method = self._choose(asked)
        made = op.request_of(parameters)
        if wrong := op.wrong_in(parameters):
            return state, op.error(made, self.base_url, wrong)
        if parameters.get("prompt") == "none":
            session = state.sessions.get(_cookies(request).get(_COOKIE, ""))
            if session is None or (essential and session.context not in asked):
                return state, op.error(made, self.base_url, op.error_of(_NO_PASSIVE))
            return self._grant(state, made, session, now)
        pending = Pending("", made.client_id, made.redirect_uri, made.state, context if essential else context or BASIC, method, oidc=made)
        return self._begin(state, request, pending)

    def _choose(self, asked: Sequence[str]) -> tuple[str | None, str]:
        """(the context that will be answered, the method that reaches it): the first asked for that can be honestly given."""
        for defect in self.defects:
            if defect.method:
                asked, method = [], defect.method
                return BASIC if method == "password" else UNCERTIFIED_LOA3, method
        if not asked:
            return BASIC, "password"
        context = next((value for value in asked if value in _REACHED_BY), None)
        return context, _REACHED_BY[context] if context else "password"

    def _password(
        self, state: State, session: str, pending: Pending, form: Mapping[str, str] | None, now: datetime
    ) -> tuple[State, HttpResponse]:
        if pending.context is None:
            return self._end(state, session, pending, None, now, _NO_AUTHN_CONTEXT)
        if form is None:
            return state, pages.password()
        who = next(
            (found for found in PEOPLE if found.username == form.get("anvandarnamn") and found.password == form.get("losenord")), None
        )
        if who is None:
            return state, pages.password("Fel användarnamn eller lösenord")
        if pending.method == "one-time-code":
            moved = replace(state, pending={**state.pending, session: replace(pending, username=who.username)})
            return moved, HttpResponse(302, (("Location", "/engangskod"),))
        return self._end(state, session, pending, who, now)

    def _one_time_code(
        self, state: State, session: str, pending: Pending, form: Mapping[str, str] | None, now: datetime
    ) -> tuple[State, HttpResponse]:
        who = next((found for found in PEOPLE if found.username == pending.username), None)
        if who is None or who.totp_secret is None:
            return self._end(state, session, pending, None, now, _NO_AUTHN_CONTEXT)
        if form is None:
            return state, pages.one_time_code()
        if not _code_is_right(who.totp_secret, form.get("engangskod", ""), now):
            return state, pages.one_time_code("Fel engångskod")
        return self._end(state, session, pending, who, now)

    def _e_leg(
        self, state: State, session: str, pending: Pending, form: Mapping[str, str] | None, now: datetime
    ) -> tuple[State, HttpResponse]:
        if form is None:
            return state, pages.e_leg()
        who = next((found for found in PEOPLE if found.username == form.get("anvandare") and found.eleg), None)
        if who is None:
            return state, pages.refusal("Ingen e-legitimation", "Personen har ingen e-legitimation i Exempelstad.")
        return self._end(state, session, pending, who, now)

    def _end(
        self, state: State, session: str, pending: Pending, who: Person | None, now: datetime, status: tuple[str, ...] | None = None
    ) -> tuple[State, HttpResponse]:
        """The answer, by the protocol that was asked in; the session is over."""
        state = replace(state, pending={key: value for key, value in state.pending.items() if key != session})
        if pending.oidc is None:
            return state, self._deliver(pending, who, now, status)
        if status or who is None:
            return state, op.error(pending.oidc, self.base_url, op.error_of(status or ()))
        logged_in = op.Session(who, pending.context, pending.method, now)
        return self._grant(replace(state, sessions={**state.sessions, session: logged_in}), pending.oidc, logged_in, now)

    def _grant(self, state: State, request: op.OpRequest, session: op.Session, now: datetime) -> tuple[State, HttpResponse]:
        """A code for whom the session is about."""
        code, grant = op.answer(self.base_url, request, session, now, self.new_id)
        for defect in self.defects:
            if defect.op_answer:
                grant = replace(grant, answer=defect.op_answer(grant.answer, session.who, now))
        return replace(state, grants={**state.grants, code: grant}), op.back(request, grant.answer.parameters, grant.answer.by_post)

    def _log_out(self, state: State, request: HttpRequest) -> tuple[State, HttpResponse]:
        session = _cookies(request).get(_COOKIE, "")
        if shown := op_logout.page(request, self.clients, session in state.sessions):
            return state, shown
        leaving = op_logout.farewell(request)
        for defect in self.defects:
            if defect.op_farewell:
                leaving = defect.op_farewell(leaving)
        if leaving.ends:
            state = replace(state, sessions={key: value for key, value in state.sessions.items() if key != session})
        return state, op_logout.gone(leaving, _cookie(request, "") + "; Max-Age=0")

    def _deliver(self, pending: Pending, who: Person | None, now: datetime, status: tuple[str, ...] | None = None) -> HttpResponse:
        answer = self.answer(pending, who, now)
        if status:
            answer = replace(answer, status=status)
        else:
            for defect in self.defects:
                if defect.answer:
                    answer = defect.answer(answer, who or PEOPLE[0], now)
        xml = to_xml(answer, keys.pair)
        relay = (("RelayState", answer.relay_state),) if answer.relay_state is not None else ()
        if answer.by_get:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            message = base64.b64encode(deflate.compress(xml) + deflate.flush()).decode()
            return HttpResponse(302, (("Location", f"{pending.acs}?{urlencode((('SAMLResponse', message), *relay))}"),))
        return pages.post_to(urljoin(pending.acs, ""), (("SAMLResponse", base64.b64encode(xml).decode()), *relay))

    def answer(self, pending: Pending, who: Person | None, now: datetime) -> Answer:
        minutes = timedelta(minutes=5)
        return Answer(
            response_id=self.new_id(),
            assertion_id=self.new_id(),
            issuer=ENTITY_ID,
            assertion_issuer=ENTITY_ID,
            destination=pending.acs,
            recipient=pending.acs,
            audience=pending.sp,
            in_response_to=pending.request_id,
            confirmation_in_response_to=pending.request_id,
            issued_at=now,
            authn_instant=now,
            not_before=now - timedelta(seconds=30),
            not_on_or_after=now + minutes,
            confirmation_not_on_or_after=now + minutes,
            name_id=self.new_id(),
            session_index=self.new_id(),
            relay_state=pending.relay_state,
            context_class=pending.context,
            authority=E_LEG_IDP if pending.method.startswith("e-leg") else None,
            attributes=(eppn(who.eppn),) if who else (),
        )


# The e-legitimation is another IdP's; only with the method e-leg-by-saml is it seen to be asked.
_ASK_THE_OTHER = (
    "SAMLRequest=HcpNCwIhEIDhvyLeLZU%2BYMhgoctCXSo6dJNlqAUdN2eEfn7S9X3eA8ecFhiavOmKn4Ys6psTMfwh6FYJSuSZgWJGBpngNlzO4FcWllqkTCVpNZ6CxoQv47R6"
    "YOW5UNB96cLccCSWSNKT9TvjnPH%2Bbvew2YK1T70%2B%2FgA%3D"
)
_PATHS = {"password": "losenord", "one-time-code": "losenord", "e-leg": "eleg", "e-leg-by-saml": f"eleg?{_ASK_THE_OTHER}"}


def _cannot_be_met(request: Element) -> tuple[str, ...] | None:
    """The status when the request wants what Exempelstad cannot do (Core 3.4.1): a login without a page, another NameID than transient."""
    if request.get("IsPassive") in ("true", "1"):
        return _NO_PASSIVE
    policy = request.find("samlp:NameIDPolicy", NS)
    return _NO_SUCH_NAME_ID if policy is not None and policy.get("Format") not in _NAME_IDS else None


def _cookie(request: HttpRequest, session: str) -> str:
    secure = "Secure; " if request.url.startswith("https:") else ""
    return f"{_COOKIE}={session}; Path=/; {secure}HttpOnly; SameSite=Lax"


def _cookies(request: HttpRequest) -> dict[str, str]:
    sent = next((value for name, value in request.headers if name.lower() == "cookie"), "")
    pairs = (piece.strip().partition("=") for piece in sent.split(";") if "=" in piece)
    return {name: value for name, _, value in pairs}


def _code_is_right(secret: str, code: str, now: datetime) -> bool:
    """RFC 6238 with 30 s steps; the step before and after are taken too."""
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    padded = secret + "=" * (-len(secret) % 8)
    totp = TOTP(base64.b32decode(padded), 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - the algorithm of RFC 6238
    return any(code.encode() == totp.generate(int(now.timestamp()) + drift) for drift in (-30, 0, 30))
