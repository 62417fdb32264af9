"""Rules about the way of an IdP's metadata: from the IdP, by the uploaded file, to the feeds that services read and the list people choose from."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.trace import (
    DISCOVERY,
    FEDERATION,
    FIDUS,
    IDP,
    LATE,
    MISSING,
    NOT_CONFIGURED,
    PRESENT,
    STAGES,
    STALE,
    TOO_OLD,
    UPLOADED,
    WAITING,
    DiscoveryService,
    Elsewhere,
    FederationFeed,
    FidusFeed,
    IdpItself,
    Stage,
    Trace,
    UploadedFile,
)
from idptest.trace.timing import at, lasting

_DELAYS = "https://wiki.federationer.internetstiftelsen.se/display/IF/FIDUS+integration+explained (read 2026-11)"
_CHECKLIST = "https://github.com/skolverket/dnp-access-management/blob/main/checklists/Inloggning%20med%20egen%20IDP%20utan%20e-legitimation.md (read 2026-11)"
_TRIAL = "https://www.skolfederation.se/teknisk-information/miljoer-for-test/ (read 2026-11)"

# Which rule tells that a stage lacks the IdP, or has another version.
_TOLD_BY = {
    (IDP, MISSING): "trace/idp-shows-its-metadata",
    (IDP, STALE): "trace/what-the-idp-shows-has-not-ended",
    (UPLOADED, MISSING): "trace/uploaded-file-holds-the-idp",
    (UPLOADED, STALE): "trace/uploaded-file-is-the-newest-version",
    (FEDERATION, MISSING): "trace/idp-is-in-the-federations-feed",
    (FEDERATION, STALE): "trace/federations-feed-has-the-newest-version",
    (FIDUS, MISSING): "trace/idp-is-in-fidus-feed",
    (FIDUS, STALE): "trace/fidus-feed-has-the-newest-version",
    (DISCOVERY, MISSING): "trace/discovery-service-lists-the-idp",
    (DISCOVERY, STALE): "trace/discovery-service-lists-the-idp-as-it-is",
}


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.2; SAMLCore 2.2.5",
    fix="Compare the entityID in the IdP's own metadata with the one that is registered, letter for letter, and change the one that is wrong.",
    sv=Text(
        "IdP:n visar sin egen metadata, under sitt entityID",
        why="Det entityID som IdP:n har är det som står i dess svar. Är ett annat registrerat avvisar tjänsterna svaren.",
        fix="Jämför entityID i IdP:ns egen metadata med det som är registrerat, tecken för tecken, och ändra det som är fel.",
    ),
)
def idp_shows_its_metadata(stage: IdpItself, inspection: Inspection) -> Outcome:
    """The IdP shows its own metadata, under its entityID.

    The entityID that the IdP has is what stands in its answers. When another one is registered, services refuse them.
    """
    return _there(stage, inspection)


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.3.2 (validUntil)",
    fix="Let the IdP publish its metadata anew, or take validUntil away: the federation sets the end of what it publishes.",
    sv=Text(
        "Det som IdP:n visar har inte gått ut",
        why="Den som hämtar metadata hos IdP:n får inte använda den efter validUntil, och federationen kan vägra att ta emot den.",
        fix="Se till att IdP:n publicerar ny metadata, eller ta bort validUntil: federationen sätter en sluttid på det den publicerar.",
    ),
)
def what_the_idp_shows_has_not_ended(stage: IdpItself, inspection: Inspection) -> Outcome:
    """What the IdP shows has not ended.

    Who fetches metadata from the IdP must not use it after validUntil, and the federation may refuse to take it.
    """
    return _newest(stage, inspection) if stage.state != PRESENT else passed()


@check(
    Level.MUST,
    source=_CHECKLIST,
    fix="Download the IdP's own metadata, look for the entityID in it, and upload that file.",
    sv=Text(
        "Den uppladdade filen innehåller IdP:n",
        why="Federationen publicerar det som laddas upp. En fil för en annan IdP, till exempel testmiljöns, gör den rätta okänd.",
        fix="Ladda ner IdP:ns egen metadata, leta upp entityID i den och ladda upp den filen.",
    ),
)
def uploaded_file_holds_the_idp(stage: UploadedFile, inspection: Inspection) -> Outcome:
    """The uploaded file holds the IdP.

    The federation publishes what is uploaded. A file of another IdP, such as the test environment's, leaves the right one unknown.
    """
    return _there(stage, inspection)


@check(
    Level.MUST,
    source=_DELAYS,
    fix="Download the IdP's metadata as it is now and upload it. While keys are changed it has both, the old and the new.",
    sv=Text(
        "Den uppladdade filen är den senaste versionen",
        why="Tjänsterna känner IdP:n så som den såg ut när den laddades upp. Byter IdP:n nyckel, adress eller scope efter det slutar inloggningar att fungera.",
        fix="Ladda ner IdP:ns metadata som den är nu och ladda upp den. Under ett nyckelbyte innehåller den båda nycklarna, den gamla och den nya.",
    ),
)
def uploaded_file_is_the_newest_version(stage: UploadedFile, inspection: Inspection) -> Outcome:
    """The uploaded file is the newest version.

    Services know the IdP as it was when it was uploaded. When it changes its key, address or scope after that, logins stop working.
    """
    return _newest(stage, inspection)


@check(
    Level.MUST,
    source=_CHECKLIST,
    fix="Look in the federation's administration: is the metadata uploaded, accepted and published, in the right environment, under this entityID?",
    sv=Text(
        "IdP:n finns i federationens flöde",
        why="Allt annat utgår från det flödet. En IdP som saknas där känner ingen tjänst till.",
        fix="Titta i federationens administration: är metadata uppladdad, mottagen och publicerad, i rätt miljö och med det här entityID?",
    ),
)
def idp_is_in_the_federations_feed(stage: FederationFeed, inspection: Inspection) -> Outcome:
    """The IdP is in the federation's feed.

    Everything else comes from that feed. No service knows an IdP that it lacks.
    """
    return _there(stage, inspection)


@check(
    Level.MUST,
    source=_DELAYS,
    fix="If you have not uploaded this version, do that. Else wait: some changes are looked at by the federation before they are published.",
    sv=Text(
        "Federationens flöde har den senaste versionen",
        why="Har flödet en äldre nyckel, adress eller scope än IdP:n godtar tjänsterna inte dess svar, eller så släpper de inte igenom EPPN.",
        fix="Har du inte laddat upp den här versionen, gör det. Annars vänta: vissa ändringar granskas av federationen innan de publiceras.",
    ),
)
def federations_feed_has_the_newest_version(stage: FederationFeed, inspection: Inspection) -> Outcome:
    """The federation's feed has the newest version.

    When the feed has an older key, address or scope than the IdP, services refuse its answers, or drop the EPPN.
    """
    return _newest(stage, inspection)


@check(
    Level.MUST,
    source=_CHECKLIST,
    fix="When the federation's feed has it and the usual time has passed, ask Skolverket: the federation marks which of its IdPs go on to Fidus.",
    sv=Text(
        "IdP:n finns i Fidus flöde",
        why="Skolverkets gateway och Fidus andra tjänster litar på de IdP:er som finns där, och på inga andra.",
        fix="Finns den i federationens flöde och har den vanliga tiden gått, fråga Skolverket: federationen anger vilka av dess IdP:er som ska vidare till Fidus.",
    ),
)
def idp_is_in_fidus_feed(stage: FidusFeed, inspection: Inspection) -> Outcome:
    """The IdP is in Fidus' feed.

    Skolverket's gateway and the other services of Fidus trust the IdPs that are there, and no others.
    """
    return _there(stage, inspection)


@check(
    Level.MUST,
    source=_DELAYS,
    fix="Wait the usual time; after that ask Skolverket. Until then let the IdP go on with the old key, if it can.",
    sv=Text(
        "Fidus flöde har den senaste versionen",
        why="Gatewayen litar på nycklarna och scopen i Fidus flöde, inte på dem i federationens.",
        fix="Vänta den vanliga tiden, fråga därefter Skolverket. Låt IdP:n fortsätta med den gamla nyckeln till dess, om det går.",
    ),
)
def fidus_feed_has_the_newest_version(stage: FidusFeed, inspection: Inspection) -> Outcome:
    """Fidus' feed has the newest version.

    The gateway trusts the keys and scopes in Fidus' feed, not those in the federation's.
    """
    return _newest(stage, inspection)


@check(
    Level.MUST,
    source=_DELAYS,
    fix="Wait the usual time; after that ask who runs the discovery service. An IdP that asks to be hidden (hide-from-discovery) is not listed.",
    sv=Text(
        "Anvisningstjänsten visar IdP:n",
        why="Det är i den listan som elever och lärare väljer sin skola. Den som saknas där går inte att välja.",
        fix="Vänta den vanliga tiden, fråga därefter den som driver anvisningstjänsten. En IdP som ber om att inte visas (hide-from-discovery) finns inte i listan.",
    ),
)
def discovery_service_lists_the_idp(stage: DiscoveryService, inspection: Inspection) -> Outcome:
    """The discovery service lists the IdP.

    It is the list in which pupils and teachers choose their school. What it lacks cannot be chosen.
    """
    return _there(stage, inspection)


@check(
    Level.SHOULD,
    source=_DELAYS,
    fix="Wait the usual time. If it stays, look at DisplayName and Scope in the metadata that was uploaded.",
    sv=Text(
        "Anvisningstjänsten visar IdP:n som den är",
        why="Visas IdP:n under ett gammalt namn, eller hittas den inte på sin domän, väljer folk fel eller hittar den inte.",
        fix="Vänta den vanliga tiden. Består det, granska DisplayName och Scope i den metadata som laddats upp.",
    ),
)
def discovery_service_lists_the_idp_as_it_is(stage: DiscoveryService, inspection: Inspection) -> Outcome:
    """The discovery service lists the IdP as it is.

    Under an old name, or when its domain does not lead to it, people choose the wrong one or do not find it.
    """
    return _newest(stage, inspection)


@check(
    Level.NOTE,
    source=_DELAYS,
    fix="Before the usual time has passed: wait. After it: ask who runs the stage that lacks it, with the entityID and the time of the upload.",
    sv=Text(
        "Metadata kommer fram inom den vanliga tiden, ända till Skolverkets gateway",
        why="Varje led hämtar på sina egna tider. Gatewayen läser Fidus flöde senare än anvisningstjänsten, så en tid går det att välja en IdP som den inte känner till.",
        fix="Innan den vanliga tiden har gått: vänta. Därefter: fråga den som driver ledet där den saknas, och ange entityID och när du laddade upp.",
    ),
)
def metadata_comes_through_in_the_usual_time(found: Trace) -> Outcome:
    """Metadata comes through in the usual time, as far as Skolverket's gateway.

    Each stage fetches at its own times. The gateway reads Fidus' feed later than the discovery service, so for a while people can
    choose an IdP that it does not know.
    """
    if found.stuck:
        return _on_the_way(found, found.stage(found.stuck))
    if found.stage(FIDUS).state != PRESENT and found.stage(FEDERATION).state != PRESENT:
        return inconclusive(found.sentence.en, found.sentence.sv)
    if found.gateway_due is None:
        return not_applicable(
            "nobody knows when it was uploaded; --uploaded TIME tells", "det är inte känt när den laddades upp; ange det med --uploaded TID"
        )
    when = at(found.gateway_due, found.now)
    if found.now < found.gateway_due:
        return inconclusive(f"the gateway normally has it by {when}: wait until then", f"gatewayen har den normalt {when}: vänta till dess")
    if found.stage(FIDUS).state != PRESENT:
        return inconclusive(
            f"the gateway should have had it by {when}, but Fidus' feed, which it reads, was not looked at",
            f"gatewayen borde ha haft den {when}, men Fidus flöde, som den läser, har inte granskats",
        )
    return passed()


def _on_the_way(found: Trace, stage: Stage) -> Outcome:
    if found.timing == LATE and found.due:
        late = lasting(found.now - found.due)
        return failed(f"it is {late.en} later than usual", f"den är {late.sv} senare än vanligt")
    return inconclusive("it is stuck before", "den har fastnat dessförinnan", blocked_by=_TOLD_BY[stage.name, stage.state])


@check(
    Level.SHOULD,
    source=_TRIAL,
    fix="Upload the metadata in the environment where the login is to work, and take it out of the other.",
    sv=Text(
        "Test och produktion är inte hopblandade",
        why="Trial och produktion har var sitt flöde och var sin administration. Det som laddats upp i den ena finns inte i den andra, och i Trial ska ingen produktion finnas.",
        fix="Ladda upp metadata i den miljö där inloggningen ska fungera och ta bort den ur den andra.",
    ),
)
def environments_are_not_mixed(other: Elsewhere, inspection: Inspection) -> Outcome:
    """Test and production are not mixed.

    Trial and production have a feed and an administration each. What is uploaded in one is not in the other, and production is not for Trial.
    """
    if other.there is None:
        words = other.trouble
        return not_applicable(words.en, words.sv) if words else not_applicable("it was not looked at", "det har inte granskats")
    if not other.there:
        return passed()
    found = _trace(inspection)
    here = found.stage(FEDERATION)
    if not here.known:
        return inconclusive(
            "the federation's feed of the right environment was not looked at",
            "federationens flöde för rätt miljö har inte granskats",
            blocked_by=_TOLD_BY[FEDERATION, MISSING],
        )
    if here.state == MISSING:
        return failed(
            f"the IdP is in {{actual}} ({other.environment}) and not in the {found.environment} feed: it was uploaded in the wrong environment",
            f"IdP:n finns i {{actual}} ({_MILJO[other.environment]}) men inte i flödet för {_MILJO[found.environment]}: den är uppladdad i fel miljö",
            actual=other.feed,
        )
    return failed(
        f"the IdP is in {{actual}} ({other.environment}) too, under the same entityID",
        f"IdP:n finns även i {{actual}} ({_MILJO[other.environment]}), med samma entityID",
        actual=other.feed,
    )


_MILJO = {"test": "test", "production": "produktion"}


def _trace(inspection: Inspection) -> Trace:
    return next(found for found in inspection.all(Trace) if isinstance(found, Trace))


def _there(stage: Stage, inspection: Inspection) -> Outcome:
    """The stage has the IdP, in whatever version."""
    if not stage.known:
        return _unseen(stage)
    return _not_here(stage, inspection) if stage.state == MISSING else passed()


def _newest(stage: Stage, inspection: Inspection) -> Outcome:
    """What the stage has is the newest version."""
    if not stage.known:
        return _unseen(stage)
    if stage.state == MISSING:
        waits = _not_here(stage, inspection).blocked_by
        return inconclusive("the IdP is not there", "IdP:n finns inte där", blocked_by=waits or _TOLD_BY[stage.name, MISSING])
    if stage.state == STALE:
        return _not_here(stage, inspection)
    if not stage.compared:
        return not_applicable("no stage before it tells what is newest", "inget tidigare led säger vad som är senast")
    return passed()


def _unseen(stage: Stage) -> Outcome:
    words = stage.trouble
    if words is None:
        return not_applicable("it was not looked at", "det har inte granskats")
    return not_applicable(words.en, words.sv) if stage.state == NOT_CONFIGURED else inconclusive(words.en, words.sv)


def _not_here(stage: Stage, inspection: Inspection) -> Outcome:
    """Where it is stuck the table's sentence is said, once; the stages after that wait for it."""
    found = _trace(inspection)
    if found.stuck == stage.name:
        said = found.sentence
        return inconclusive(said.en, said.sv) if found.timing in (WAITING, TOO_OLD) else failed(said.en, said.sv)
    if found.stuck and STAGES.index(found.stuck) < STAGES.index(stage.name):
        return inconclusive(
            "it waits for a stage before",
            "det väntar på ett tidigare led",
            blocked_by=_TOLD_BY[found.stuck, found.stage(found.stuck).state],
        )
    return inconclusive(
        "a later stage has it, so what was looked at here is not what went on",
        "ett senare led har den, så det som granskats här är inte det som gick vidare",
    )
