"""Exempelstad's metadata on its way to Skolverket, and where it can be stuck: what each stage would give, without asking any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idptest.demo.metadata import ENTITY_ID, Published, to_xml
from idptest.errors import ConfigurationError
from idptest.model.rule import Words
from idptest.model.trace import DISCOVERY, FEDERATION, FIDUS, IDP, STAGES, UPLOADED, Elsewhere, Listed, Observation, Trace
from idptest.toml_lines import did_you_mean
from idptest.trace import trace

NEW = Published()
OLD = replace(NEW, key="other")  # as it was before the key was changed
_HAS = {"new": NEW, "old": OLD, "ended": NEW, "-": None}
_SOURCES = {
    IDP: "https://idp.exempelstad.se/saml/metadata",
    UPLOADED: "uppladdad-metadata.xml",
    FEDERATION: "skolfederation",
    FIDUS: "fidus",
    DISCOVERY: "https://ds.exempelstad.se/federation.json",
}


@dataclass(frozen=True)
class Way:
    """`stages`: what each has, in order, "new", "old" or "-" (the list: "new" is listed, "old" under its old name). `ago`: minutes since

    the upload. `asked`: the entityID that is asked for. `trial`: it is in the feed of the test environment. `fails`: the rules it breaks.
    """

    name: str
    about: Words
    stages: str
    ago: int = 300
    fails: tuple[str, ...] = ()
    asked: str = ENTITY_ID
    trial: bool = False


_LATE = "trace/metadata-comes-through-in-the-usual-time"
GOOD = Way("", Words("it has come through", "den är framme"), "new new new new new")
DEFECTS = (
    Way(
        "entity-id-misspelt",
        Words("asked for with a slash too much", "efterfrågas med ett snedstreck för mycket"),
        "- - - - -",
        fails=("trace/idp-shows-its-metadata",),
        asked=f"{ENTITY_ID}/",
    ),
    Way(
        "metadata-ended",
        Words("what the IdP publishes has ended", "det IdP:n publicerar har gått ut"),
        "ended new new new new",
        fails=("trace/what-the-idp-shows-has-not-ended",),
    ),
    Way(
        "wrong-file-uploaded",
        Words("another IdP's file was uploaded", "en annan IdP:s fil laddades upp"),
        "new - - - -",
        fails=("trace/uploaded-file-holds-the-idp",),
    ),
    Way(
        "key-not-uploaded",
        Words("the IdP has a new key, and nobody uploaded it", "IdP:n har bytt nyckel, och ingen laddade upp den"),
        "new old old old new",
        fails=("trace/uploaded-file-is-the-newest-version",),
    ),
    Way(
        "in-trial-only",
        Words("uploaded in Trial, asked for in production", "uppladdad i Trial, efterfrågas i produktion"),
        "new new - - -",
        fails=("trace/idp-is-in-the-federations-feed", "trace/environments-are-not-mixed"),
        trial=True,
    ),
    Way(
        "federation-late",
        Words("the federation has not published the new key", "federationen har inte publicerat den nya nyckeln"),
        "new new old old new",
        fails=("trace/federations-feed-has-the-newest-version", _LATE),
    ),
    Way("not-in-fidus-yet", Words("on its way to Fidus", "på väg till Fidus"), "new new new - -", ago=30),
    Way(
        "fidus-late",
        Words("Fidus has not taken it", "Fidus har inte tagit emot den"),
        "new new new - -",
        fails=("trace/idp-is-in-fidus-feed", _LATE),
    ),
    Way(
        "fidus-has-the-old-key",
        Words("Fidus still has the old key", "Fidus har kvar den gamla nyckeln"),
        "new new new old new",
        fails=("trace/fidus-feed-has-the-newest-version", _LATE),
    ),
    Way(
        "not-in-the-gateway-yet",
        Words("listed before the gateway knows it", "visas innan gatewayen känner till den"),
        "new new new new new",
        ago=95,
    ),
    Way(
        "not-listed",
        Words("the discovery service does not list it", "anvisningstjänsten visar den inte"),
        "new new new new -",
        fails=("trace/discovery-service-lists-the-idp", _LATE),
    ),
    Way(
        "listed-under-an-old-name",
        Words("the discovery service lists it under an old name", "anvisningstjänsten visar den med ett gammalt namn"),
        "new new new new old",
        fails=("trace/discovery-service-lists-the-idp-as-it-is", _LATE),
    ),
)


def way(name: str | None) -> Way:
    """Without a name the good one. Raises ConfigurationError."""
    if name is None:
        return GOOD
    found = next((each for each in DEFECTS if each.name == name), None)
    if found is None:
        near = did_you_mean(name, [each.name for each in DEFECTS])
        raise ConfigurationError(
            f'no defect on the way of metadata is called "{name}"{near[0]}', f'inget fel på metadatas väg heter "{name}"{near[1]}'
        )
    return found


def traced(chosen: Way, now: datetime, uploaded: datetime | None = None) -> Trace:
    """As a trace would find it then; `uploaded` instead of the defect's own time."""
    seen = {stage: _observation(stage, has, chosen, now) for stage, has in zip(STAGES, chosen.stages.split(), strict=True)}
    other = Elsewhere("skolfederation-trial", "test", chosen.trial)
    return trace(chosen.asked, "production", seen, now, uploaded or now - timedelta(minutes=chosen.ago), (other,))


def _observation(stage: str, has: str, chosen: Way, now: datetime) -> Observation:
    seen = Observation(source=_SOURCES[stage], at=now)
    published = _HAS[has]
    if published is None:
        return replace(seen, nearest=ENTITY_ID if chosen.asked != ENTITY_ID else None)
    if stage == DISCOVERY:
        title = "Exempelstads kommun" if has == "new" else "Exempelstads gymnasium"
        return replace(seen, listed=Listed(ENTITY_ID, (title,), published.scopes))
    return replace(seen, entity=to_xml(replace(published, valid_until=now - timedelta(days=1)) if has == "ended" else published))
