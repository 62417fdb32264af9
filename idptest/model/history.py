"""What stays of a login when its values may not be kept: an observation; and the history that rules over time judge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from idptest.model.flow import ARRIVED
from idptest.model.login import EPPN
from idptest.model.metadata_facts import REMEMBERED, MetadataChange, MetadataFact, differences
from idptest.model.report import Report, Target, Tool
from idptest.model.rule import Evidence, Outcome, Personal, Value, Verdict, Words, failed

# Beside the endings of a flow: something came, and there is no one assertion in it.
NO_ASSERTION = "no-assertion"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

# Those in what the IdP's metadata says, as `MetadataFact` has them.
OF_METADATA = {f"metadata-{kind}": kind for kind in REMEMBERED}

# The kinds of change that there are, as expected-changes.toml names them.
KINDS = (
    "eppn-encoding",
    "eppn-guid",
    "eppn-scope",
    "eppn-value",
    "eppn-case",
    "eppn-values",
    "eppn-name",
    "attributes",
    "attribute-names",
    "attribute-values",
    "name-id-format",
    "name-id",
    "subject",
    "level",
    "algorithms",
    "key",
    "encryption",
    "lifetime",
    *OF_METADATA,
)


@dataclass(frozen=True)
class Reading:
    """A GUID that a value may stand for: its keyed digest, and the names of what was done to it (`objectguid.forms`)."""

    guid: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Identifier:
    """A value that tells who a person is, by keyed digests (hex): enough to say what kind of change it went through, not what it is.

    `exact` is of the value as sent, `folded` with letter case evened out, `local` and `scope` of the parts before and after @ (`scope`
    None: there is no @), `local_folded` of the local part with letter case evened out. `kind` is one of `objectguid.KINDS`, `readings`
    the best first. `value` is kept for test persons only; in a file it stands alone, and the digests are made when it is read.
    """

    exact: str = ""
    folded: str = ""
    local: str = ""
    local_folded: str = ""
    scope: str | None = None
    kind: str = ""
    readings: tuple[Reading, ...] = ()
    value: str | None = None

    @property
    def shown(self) -> Value:
        """For evidence: the value where it may be kept, else its kind and the beginning of its digest."""
        if self.value is not None:
            return Personal(self.value)
        kind = "GUID: " + " ".join(self.readings[0].forms) if self.readings else self.kind
        return f"‹{kind}, #{self.exact[:6]}›"

    def changes_from(self, was: Identifier) -> tuple[str, ...]:
        """The kinds of change from `was` to this: some of "eppn-case", -"scope", -"encoding", -"guid", -"value"; none when it is the same."""
        if self.exact == was.exact:
            return ()
        found = () if self.scope == was.scope else ("eppn-scope",)
        if self.local != was.local:
            return (*found, self._local_change_from(was))
        return found

    def _local_change_from(self, was: Identifier) -> str:
        same_guid = self.same_guid_as(was) is not None
        if self.local_folded == was.local_folded and (same_guid or not (self.readings or was.readings)):
            return "eppn-case"
        if same_guid:
            return "eppn-encoding"
        return "eppn-guid" if self.readings and was.readings else "eppn-value"

    def same_guid_as(self, was: Identifier) -> tuple[Reading, Reading] | None:
        """The readings of `was` and of this under which both are one GUID. The best reading of either side has to be one of them."""
        for before in was.readings:
            for now in self.readings:
                if before.guid == now.guid and (before is was.readings[0] or now is self.readings[0]):
                    return before, now
        return None


@dataclass(frozen=True)
class SentAttribute:
    """An attribute as it was sent, without its values: how many they were. `name` is that of the vocabulary, else the Name."""

    name: str
    sent_as: str
    name_format: str | None
    values: int


@dataclass(frozen=True)
class Observation:
    """One judged login, without what identifies a person.

    `person` is a keyed digest of the account's setting `person`. `asked` are the levels asked for, `context` the one answered.
    `algorithms` are the URIs of signature and digest methods that vouch for the identity, `key` the SHA-256 of the certificate whose key
    verified (hex), `encryption` the URIs of cipher and key transport. `lifetime` is in seconds, from issue to NotOnOrAfter.
    `metadata`: what the IdP's metadata said, a fact on each line, of the kinds that are REMEMBERED; empty where that is not known.
    `run`: the logins of one account that were made together share it. `nodes`: what the IdP's answers show of the node that gave them,
    as "X-Served-By: idp2". `roles`: the words of eduPerson (student, staff …) that were sent, in order of the alphabet.
    """

    at: datetime
    idp: str
    entity_id: str
    account: str
    role: str
    sp: str
    protocol: str
    ended: str
    trusted: bool
    tool: Tool
    test_person: bool = False
    product: str | None = None
    person: str | None = None
    flow: str | None = None
    factors: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    context: str | None = None
    eppn: tuple[Identifier, ...] = ()
    name_id_format: str | None = None
    name_id: Identifier | None = None
    attributes: tuple[SentAttribute, ...] = ()
    algorithms: tuple[str, ...] = ()
    key: str | None = None
    encryption: tuple[str, ...] = ()
    lifetime: int | None = None
    reason: str | None = None
    metadata: tuple[str, ...] = ()
    run: str | None = None
    nodes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        return self.ended == ARRIVED

    @property
    def only_eppn(self) -> Identifier | None:
        """None when there is no EPPN, or several values."""
        return self.eppn[0] if len(self.eppn) == 1 else None

    @property
    def eppn_names(self) -> tuple[tuple[str, str | None], ...]:
        """Name and NameFormat of what carries the EPPN."""
        return tuple((sent.sent_as, sent.name_format) for sent in self.attributes if sent.name == EPPN)

    @property
    def others(self) -> tuple[SentAttribute, ...]:
        """The attributes beside the EPPN."""
        return tuple(sent for sent in self.attributes if sent.name != EPPN)

    def named(self, names: Collection[str]) -> frozenset[tuple[str, str, str | None]]:
        """Of those beside the EPPN: (name, Name, NameFormat)."""
        return frozenset((sent.name, sent.sent_as, sent.name_format) for sent in self.others if sent.name in names)

    def counted(self, names: Collection[str]) -> dict[str, int]:
        """Of those beside the EPPN: how many values each has."""
        return {name: sum(sent.values for sent in self.others if sent.name == name) for name in names}


@dataclass(frozen=True)
class ExpectedChange:
    """A change that is planned: one of KINDS; of these accounts, all when there are none. `to`: what it becomes, when that is said."""

    kind: str
    reason: str
    accounts: tuple[str, ...] = ()
    to: str | None = None

    def of(self, account: str) -> bool:
        return not self.accounts or account in self.accounts


@dataclass(frozen=True)
class Baseline:
    """What was true when it was saved. `intact`: the file's own digest is right. `key_id` tells which workspace's digests these are."""

    name: str
    saved_at: datetime
    tool: Tool
    key_id: str
    observations: tuple[Observation, ...]
    intact: bool = True


@dataclass(frozen=True)
class Attempt:
    """A login now, beside the one in the baseline that asked for the same."""

    was: Observation
    now: Observation


@dataclass(frozen=True)
class Change:
    """The same, where the login arrived: what can be compared."""

    was: Observation
    now: Observation

    @property
    def by_one_protocol(self) -> bool:
        """Whether both are by SAML, or both by OpenID Connect: each has names and forms of its own, which are not compared with the other's."""
        return self.was.protocol == self.now.protocol

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Which of KINDS this change holds."""
        was, now, alike = self.was, self.now, self.by_one_protocol
        same_idp = was.entity_id == now.entity_id
        was_eppn, now_eppn = was.only_eppn, now.only_eppn
        names = {sent.name for sent in was.others} & {sent.name for sent in now.others}
        persistent = was.name_id_format == now.name_id_format == PERSISTENT and same_idp
        same_client = alike and now.protocol == "oidc" and same_idp and was.sp == now.sp  # sub may be pairwise (OIDCCore 8.1)
        there = {
            "eppn-values": len(was.eppn) != len(now.eppn),
            "eppn-name": alike and bool(was.eppn_names and now.eppn_names) and set(was.eppn_names) != set(now.eppn_names),
            "attributes": {sent.name for sent in was.others} != {sent.name for sent in now.others},
            "attribute-names": alike and was.named(names) != now.named(names),
            "attribute-values": was.counted(names) != now.counted(names),
            "name-id-format": alike and was.name_id_format != now.name_id_format,
            "name-id": persistent and bool(was.name_id and now.name_id and was.name_id.exact != now.name_id.exact),
            "subject": same_client and bool(was.name_id and now.name_id and was.name_id.exact != now.name_id.exact),
            "level": was.context != now.context and (alike or bool(now.asked or (was.context and now.context))),
            "algorithms": alike and bool(was.algorithms and now.algorithms) and was.algorithms != now.algorithms,
            "key": same_idp and bool(was.key and now.key) and was.key != now.key,
            "encryption": alike and was.encryption != now.encryption,
            "lifetime": alike and was.lifetime is not None and now.lifetime is not None and _another_order(was.lifetime, now.lifetime),
        }
        of_eppn = now_eppn.changes_from(was_eppn) if was_eppn and now_eppn else ()
        of_metadata = [name for name, kind in OF_METADATA.items() if any(change.kind == kind for change in self.in_metadata)]
        return (*of_eppn, *(kind for kind, changed in there.items() if changed), *of_metadata)

    @cached_property
    def in_metadata(self) -> tuple[MetadataChange, ...]:
        """What differs in the metadata; nothing where it is another IdP's, or not known on one side."""
        was, now = self.was, self.now
        if was.entity_id != now.entity_id or not was.metadata or not now.metadata:
            return ()
        return differences([MetadataFact.read(line) for line in was.metadata], [MetadataFact.read(line) for line in now.metadata])


def _another_order(was: int, now: int) -> bool:
    """Five times as long or as short. What is not positive is another order than what is."""
    return was != now and (min(was, now) <= 0 or max(was, now) >= 5 * min(was, now))


@dataclass(frozen=True)
class Sessions:
    """Two or more logins of one run that nothing tells apart: the same account, IdP, SP, credentials and levels asked for."""

    observations: tuple[Observation, ...]


@dataclass(frozen=True)
class History:
    """What has been seen of one account at one IdP. `now`: the logins of this run, oldest first.

    `before` are earlier logins of the account since the baseline, oldest first; `others` the last of every other account, and those of
    this account at other IdPs in this run.
    """

    target: Target
    now: tuple[Observation, ...]
    baseline: Baseline | None = None
    before: tuple[Observation, ...] = ()
    others: tuple[Observation, ...] = ()
    expected: tuple[ExpectedChange, ...] = ()

    @property
    def at(self) -> datetime:
        return self.now[-1].at

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Each login of this run with its counterpart: the one that asked for the same levels, else the first there is."""
        found = []
        for now in self.now if self.baseline else ():
            was = self.counterpart(now)
            if was:
                found.append(Attempt(was, now))
        return tuple(found)

    def counterpart(self, now: Observation) -> Observation | None:
        known = [was for was in self.baseline.observations if was.account == now.account] if self.baseline else []
        here = [was for was in known if was.idp == now.idp] or known
        return next((was for was in here if was.asked == now.asked), here[0] if here else None)

    @property
    def arrived(self) -> tuple[Observation, ...]:
        return tuple(seen for seen in self.now if seen.arrived)

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(Change(each.was, each.now) for each in self.attempts if each.now.arrived)

    @property
    def sessions(self) -> tuple[Sessions, ...]:
        groups: dict[tuple[object, ...], list[Observation]] = {}
        for seen in self.arrived:
            groups.setdefault((seen.idp, seen.sp, seen.factors, seen.asked), []).append(seen)
        return tuple(Sessions(tuple(found)) for found in groups.values() if len(found) > 1)

    def all(self, kind: type) -> tuple[object, ...]:
        """Every subject of that class in this history."""
        if kind is History:
            return (self,) if self.arrived else ()
        if kind is Baseline:
            return (self.baseline,) if self.baseline else ()
        found: dict[type, tuple[object, ...]] = {Attempt: self.attempts, Change: self.changes, Sessions: self.sessions}
        return found[kind]

    def blocker(self, kind: type) -> str | None:
        """The rule that tells why there is no subject of that class; None when there need not be one."""
        if self.arrived or not (kind is History or (kind is Change and self.attempts) or (kind is Sessions and len(self.now) > 1)):
            return None
        return "history-login/login-still-arrives" if self.attempts else "login/idp-completes-the-login"

    def changed(self, kind: str, en: str, sv: str, *, was: Value, now: Value, to: str | None = None) -> Outcome:
        """The outcome of a change: FAIL, unless it is expected; then PASS, with the same words. `{expected}` is what was, `{actual}` what is.

        `to`: what it became, to hold beside what was expected of it.
        """
        for expected in self.expected:
            if expected.kind == kind and expected.of(self.target.account) and expected.to in (None, to):
                words = Words(f"as expected ({expected.reason}): {en}", f"som väntat ({expected.reason}): {sv}")
                return Outcome(Verdict.PASS, words, (Evidence(None, now, was),))
        return failed(en, sv, actual=now, expected=was)


# What rules over time may be about; a login has none of these.
SUBJECTS: tuple[type, ...] = (History, Baseline, Attempt, Change, Sessions)


@dataclass(frozen=True)
class HistoryReport(Report):
    """One account at one IdP, over time, judged."""

    history: History

    @property
    def target(self) -> Target:
        return self.history.target

    @property
    def at(self) -> datetime:
        return self.history.at

    @property
    def eppn(self) -> tuple[Value, ...]:
        arrived = self.history.arrived
        return tuple(found.shown for found in arrived[-1].eppn) if arrived else ()

    @property
    def context(self) -> str | None:
        arrived = self.history.arrived
        return arrived[-1].context if arrived else None
