"""The files that `idptest check` is given, as flows: those that idptest saved, and those in which it finds logins."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from idptest import captured, decode
from idptest.adapters import clock, keys, stock_sp, store
from idptest.adapters.given_openid import is_json, known_op
from idptest.adapters.settings_file import read_settings, waivers_for
from idptest.adapters.targets import account_of, facts_of
from idptest.captured import Found, FoundOpenId
from idptest.errors import ConfigurationError, IdptestError, InputError
from idptest.model.flow import AccountFacts, Flow, IdpFacts
from idptest.model.rule import Waiver, Words
from idptest.model.settings import RULESETS, AccountSettings, IdpSettings, Settings
from idptest.products import recognise
from idptest.saml import encryption
from idptest.saml.metadata import entity_bytes

_MAX_FILE, _MAX_METADATA = 100 * 1024 * 1024, 200 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Given:
    """The flows in one file, and a line for each login in it that cannot be judged, for want of its IdP's metadata."""

    flows: tuple[Flow, ...]
    left_out: tuple[Words, ...] = ()


@dataclass(frozen=True)
class GivenFiles:
    """What was said on the command line. None, or empty, where nothing was.

    `more` goes with `idp_metadata`: of an OP there are two files, its discovery document and its JWKS.

    Saved flows know their IdP, account and metadata, so that `idp_metadata`, `role` and `account` go with the other kinds only.
    """

    idp_metadata: Path | None = None
    role: str | None = None
    rulesets: tuple[str, ...] = ()
    at: datetime | None = None
    account: str | None = None
    more: tuple[Path, ...] = ()
    _chosen: dict[tuple[str | None, bool], IdpFacts] = field(default_factory=dict)

    def read(self, path: Path) -> Given:
        """The logins in the file at `path`. Raises InputError, ConfigurationError or RuleFileError."""
        data = store.read_file(path, _MAX_FILE)
        if captured.is_flow(data):
            return Given((self._saved(path),))
        found = captured.logins(data, str(path))
        del data
        flows: list[Flow] = []
        missing: list[IdptestError] = []
        left_out: list[Words] = []
        for number, login in enumerate(found, 1):
            name = path.name if len(found) == 1 else f"{path.name} #{number}"
            if isinstance(login, FoundOpenId):
                flows.append(self._by_oidc(login, name, str(path), alone=len(found) == 1))
                continue
            try:
                idp = self._idp(login.issuer, alone=len(found) == 1, where=str(path))
            except InputError as problem:
                missing.append(problem)
                left_out.append(_left_out(name, login.issuer))
            else:
                flows.append(self._by_saml(login, idp, name, str(path)))
        if not flows:
            raise missing[0]
        return Given(tuple(flows), tuple(left_out))

    def _saved(self, path: Path) -> Flow:
        given = {"--idp-metadata": self.idp_metadata, "--role": self.role, "--account": self.account}
        if option := next((name for name, value in given.items() if value), None):
            raise ConfigurationError(
                f"{option} is for files from a browser; this login, which idptest saved, holds that already",
                f"{option} är för filer från en webbläsare; den här inloggningen, som idptest har sparat, innehåller det redan",
                where=str(path),
            )
        flow = store.load_flow(path)
        if self.rulesets:
            flow = replace(flow, rulesets=self.rulesets, own_rulesets=self._own_rulesets)
        return replace(flow, captured_at=self.at) if self.at else flow

    def _flow(self, login: Found, idp: IdpFacts, name: str, where: str, otherwise: datetime | None = None) -> Flow:
        role = self.role or "pupil"
        known = self._account
        return login.flow(
            idp,
            facts_of(known) if known else AccountFacts(name, role),
            self._names or RULESETS[role],
            own_rulesets=self._own_rulesets,
            waivers=self._waivers if idp.name in self._idps else (),
            at=self.at,
            otherwise=otherwise,
            known=known is not None,
            where=where,
        )

    def _by_saml(self, login: Found, idp: IdpFacts, name: str, where: str) -> Flow:
        flow = self._decrypted(self._flow(login, idp, name, where))
        told = not {"request_id", "sp_entity_id", "acs_url"} & set(flow.untold)
        readable = all(found.xml is not None for found in flow.decrypted)
        return replace(flow, stock_sp=stock_sp.ask(flow)) if told and readable else flow

    def _by_oidc(self, login: FoundOpenId, name: str, where: str, *, alone: bool) -> Flow:
        files = (*([self.idp_metadata] if self.idp_metadata else []), *self.more)
        op = known_op(login, files, self._idps.values(), alone)
        # An encrypted ID Token keeps its time to itself; that it cannot be read is then all there is to say.
        flow = self._flow(login, op.idp, name, where, otherwise=clock.now() if login.encrypted else None)
        return login.beside(flow, op.keys, op.asked, op.eppn_claim)

    def _decrypted(self, flow: Flow) -> Flow:
        """With our keys, if that helps. That they do not fit is a fault only where the answer was meant for us."""
        message = decode.delivered(flow)
        if not isinstance(message, bytes):
            return flow
        found = encryption.decrypt_all(message, self._keys)
        ours = self._settings is not None and flow.sent.sp_entity_id == self._settings.sp.entity_id
        if not ours and any(each.xml is None for each in found):
            found = encryption.decrypt_all(message, ())
        return replace(flow, decrypted=found)

    def _idp(self, issuer: str | None, *, alone: bool, where: str) -> IdpFacts:
        """The IdP that the answer names; when it is the only login, and we were given the metadata of one IdP, that one.

        Raises InputError when there is no metadata for it.
        """
        if (issuer, alone) not in self._chosen:
            self._chosen[issuer, alone] = self._look_up(issuer, alone, where)
        return self._chosen[issuer, alone]

    def _look_up(self, issuer: str | None, alone: bool, where: str) -> IdpFacts:
        if self.idp_metadata:
            entity_id, metadata = self._given(self.idp_metadata, issuer, alone)
        elif issuer in self._configured:
            entity_id, metadata = str(issuer), self._configured[issuer][1]
        else:
            raise _no_metadata(issuer, where)
        known = recognise(entity_id, metadata)
        product, idp = known.id if known else None, self._settings_of(entity_id)
        if idp is None:
            return IdpFacts(_short(entity_id), entity_id, metadata, product)
        return IdpFacts(idp.name, entity_id, metadata, idp.product or product, idp.eppn_source, idp.digg_approved, idp.environment)

    def _settings_of(self, entity_id: str) -> IdpSettings | None:
        if entity_id in self._configured:
            return self._configured[entity_id][0]
        return next((idp for idp in self._idps.values() if idp.metadata.entity_id == entity_id), None)

    def _given(self, path: Path, issuer: str | None, alone: bool) -> tuple[str, bytes]:
        if issuer is None or alone:
            try:
                return entity_bytes(self._metadata, None, str(path))
            except InputError:
                if issuer is None:
                    raise
        return entity_bytes(self._metadata, issuer, str(path))

    @cached_property
    def _metadata(self) -> bytes:
        read = [store.read_file(path, _MAX_METADATA) for path in (self.idp_metadata, *self.more) if path]
        return next((data for data in read if not is_json(data)), read[0] if read else b"")

    @cached_property
    def _account(self) -> AccountSettings | None:
        """Whose the logins are, where somebody has said so. Raises ConfigurationError."""
        if self.account is None:
            return None
        if self.role:
            raise ConfigurationError("--role goes without --account, which has one", "--role används utan --account, som har en roll")
        return account_of(self._settings or store.settings(None), self.account)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The rulesets that were asked for, or that the account has."""
        return self.rulesets or (self._account.rulesets if self._account else ())

    @cached_property
    def _own_rulesets(self) -> dict[str, str]:
        """Paths on the command line are read from here, those of idptest.toml from its folder."""
        return dict(store.own_rulesets(Path() if self.rulesets else self._folder or Path(), self._names))

    @cached_property
    def _folder(self) -> Path | None:
        return store.workspace()

    @cached_property
    def _settings(self) -> Settings | None:
        """What idptest.toml says, where there is one. Its waivers may be for a ruleset that only the command line names."""
        return read_settings(self._folder, dict(store.own_rulesets(Path(), self.rulesets))) if self._folder else None

    @cached_property
    def _idps(self) -> dict[str, IdpSettings]:
        return dict(self._settings.idps) if self._settings else {}

    @cached_property
    def _waivers(self) -> tuple[Waiver, ...]:
        return waivers_for(self._settings.waivers, self._names, self._own_rulesets) if self._settings else ()

    @cached_property
    def _keys(self) -> tuple[bytes, ...]:
        return keys.private_keys(self._folder, "encryption") if self._folder else ()

    @cached_property
    def _configured(self) -> Mapping[str | None, tuple[IdpSettings, bytes]]:
        """The IdPs of idptest.toml whose metadata is a file that can be read, by entityID: settings and metadata. No network."""
        found: dict[str | None, tuple[IdpSettings, bytes]] = {}
        for idp in self._idps.values():
            location = idp.metadata.location
            if self._folder and idp.protocol == "saml" and "://" not in location:
                with contextlib.suppress(InputError):  # another IdP's trouble; if it is this one's, its metadata is asked for
                    data = store.read_file(self._folder / location, _MAX_METADATA)
                    entity_id, metadata = entity_bytes(data, idp.metadata.entity_id, location)
                    found.setdefault(entity_id, (idp, metadata))
        return found


def _short(entity_id: str) -> str:
    try:
        return urlsplit(entity_id).hostname or entity_id
    except ValueError:
        return entity_id


def _no_metadata(issuer: str | None, where: str) -> InputError:
    if issuer is None:
        return InputError(
            "the answer does not tell which IdP it is from: give that IdP's metadata with --idp-metadata FILE",
            "svaret säger inte vilken IdP det kommer från: ange metadata för den med --idp-metadata FIL",
            where=where,
        )
    return InputError(
        f"the metadata of the IdP {issuer} is needed: give it with --idp-metadata FILE (or in idptest.toml, as a file)",
        f"metadata för IdP:n {issuer} behövs: ange den med --idp-metadata FIL (eller i idptest.toml, som en fil)",
        where=where,
    )


def _left_out(name: str, issuer: str | None) -> Words:
    who = issuer or "–"
    return Words(
        f"{name}: a login at {who}, not judged: give its metadata with --idp-metadata FILE",
        f"{name}: en inloggning hos {who}, inte bedömd: ange IdP:ns metadata med --idp-metadata FIL",
    )
