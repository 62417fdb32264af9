"""Rules about a federation's feed: whether it can be read, is in force, and says who is in it without ambiguity.

What breaks a MUST here or in feed_signature is not taken into use: the last good copy stays.
"""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model import aggregate as wrong
from idptest.model.feed import SAML
from idptest.model.inspected_feed import FeedContent, FeedFile, FeedForm
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, passed_unless

_END = "Kantara SDP-MD03"
_UNENDING = "feed/says-until-when-it-is-valid"
_LONG, _ABSURD = timedelta(days=60), timedelta(days=366)
_SHOWN = 10


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.1",
    fix="Fetch it again. If it stays so, tell the federation: nobody can read it.",
    sv=Text(
        "Flödet är metadata som går att läsa",
        why="Ett flöde som är avhugget, tomt eller en felsida säger inget om någon.",
        fix="Hämta det på nytt. Är det likadant igen, säg till federationen: ingen kan läsa det.",
    ),
)
def is_metadata(file: FeedFile) -> Outcome:
    """The feed is metadata that can be read.

    A feed that is cut off, empty or an error page tells nothing of anybody.
    """
    return passed_unless(file.unreadable)


@check(
    Level.MUST,
    spec=_END,
    fix="Tell the federation: without an end, an old feed with a removed IdP or a stolen key can be shown for ever.",
    sv=Text(
        "Flödet anger hur länge det gäller",
        why="Utan ett slut kan ett gammalt flöde, med en IdP som tagits bort eller en nyckel som stulits, visas upp hur länge som helst.",
        fix="Säg till federationen. Flödet ska ha validUntil (i Moa: exp).",
    ),
)
def says_until_when_it_is_valid(content: FeedContent) -> Outcome:
    """The feed tells until when it is valid.

    Without an end an old feed, with an IdP that was removed or a key that was stolen, can be shown for ever.
    """
    return passed_unless(content.why(wrong.NO_END, wrong.UNREADABLE_END))


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.1",
    fix="Fetch it again: idptest metadata fetch NAME --force. Is it old at the source too, tell the federation: every service will soon refuse it.",
    sv=Text(
        "Flödet gäller fortfarande",
        why="Efter sitt slut får ett flöde inte användas: tjänster som håller på reglerna släpper då inte in någon alls.",
        fix="Hämta på nytt: idptest metadata fetch NAMN --force. Är det gammalt även hos källan, säg till federationen: snart vägrar alla tjänster det.",
    ),
)
def has_not_ended(content: FeedContent) -> Outcome:
    """The feed is still valid.

    After its end a feed must not be used: services that keep to the rules then let nobody in at all.
    """
    if content.said.valid_until is None:
        return inconclusive("it does not tell its end", "det anger inget slut", blocked_by=_UNENDING)
    return passed_unless(content.why(wrong.EXPIRED))


@check(
    Level.MUST,
    spec=_END,
    fix="Tell the federation. A feed that is published every day needs to be valid for some days.",
    sv=Text(
        "Flödet gäller inte längre än ett år framåt",
        why="Så länge som det gäller kan ett stulet eller gammalt flöde visas upp som äkta. Mer än ett år är detsamma som inget slut.",
        fix="Säg till federationen. Ett flöde som publiceras varje dag behöver gälla i några dagar.",
    ),
)
def ends_within_a_year(content: FeedContent, judged: Inspection) -> Outcome:
    """The feed is valid for at most a year from now.

    For as long as it is valid, a stolen or an old feed can be shown as genuine. More than a year is the same as no end.
    """
    end = content.said.valid_until
    if end is None:
        return inconclusive("it does not tell its end", "det anger inget slut", blocked_by=_UNENDING)
    if end - judged.now > _ABSURD:
        return failed("it is valid until {actual}", "det gäller till {actual}", actual=f"{end:%Y-%m-%d}")
    return passed()


@check(
    Level.NOTE,
    spec=_END,
    fix="Nothing for you to change. A federation chooses weeks, not months.",
    sv=Text(
        "Flödet gäller högst två månader framåt",
        why="Hur länge är federationens val och inte publicerat för Skolfederation. Men ju längre, desto längre kan en borttagen IdP visas upp som medlem.",
        fix="Inget för dig att ändra. En federation väljer veckor, inte månader.",
    ),
)
def ends_within_two_months(content: FeedContent, judged: Inspection) -> Outcome:
    """The feed is valid for two months at most.

    How long is the federation's choice, and not published for Skolfederation. But the longer, the longer an IdP that was removed can be shown as a member.
    """
    end = content.said.valid_until
    if end is None or end - judged.now > _ABSURD:
        return not_applicable("said by another rule", "det sägs av en annan regel")
    if end - judged.now > _LONG:
        return failed("it is valid until {actual}", "det gäller till {actual}", actual=f"{end:%Y-%m-%d}")
    return passed()


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.3.1",
    fix="Tell the federation: cacheDuration is to be shorter than what is left until validUntil at each publication.",
    sv=Text(
        "En kopia hinner förnyas innan flödet upphör att gälla",
        why="Den som nöjer sig med en kopia så länge som cacheDuration säger står annars med ett flöde som inte gäller, och släpper inte in någon.",
        fix="Säg till federationen: cacheDuration ska vara kortare än tiden som är kvar till validUntil vid varje publicering.",
    ),
)
def copy_is_renewed_in_time(content: FeedContent, judged: Inspection) -> Outcome:
    """A copy is renewed before the feed ends.

    Whoever keeps a copy for as long as cacheDuration says would otherwise be left with a feed that has ended, and let nobody in.
    """
    end, lasts = content.said.valid_until, content.said.cache_duration
    if end is None or lasts is None or end <= judged.now:
        return not_applicable("it lacks an end to come, or a cacheDuration", "det saknar ett slut framåt i tiden, eller cacheDuration")
    if lasts > end - judged.now:
        return failed(
            "a copy may be kept for {actual}, and {expected} are left",
            "en kopia får behållas i {actual}, och {expected} är kvar",
            actual=str(lasts),
            expected=str(end - judged.now),
        )
    return passed()


@check(
    Level.NOTE,
    spec="SAMLMeta 2.3.1",
    fix="Nothing for you to change: idptest then asks again after an hour.",
    sv=Text(
        "Flödet anger hur länge en kopia är färsk",
        why="Utan cacheDuration väljer varje tjänst själv hur ofta den hämtar, och ingen vet när en ändring har nått alla.",
        fix="Inget för dig att ändra: idptest frågar då igen efter en timme.",
    ),
)
def says_how_long_a_copy_is_fresh(content: FeedContent) -> Outcome:
    """The feed tells how long a copy is fresh.

    Without a cacheDuration every service chooses for itself how often it asks, and nobody knows when a change has reached all.
    """
    if content.said.cache_duration is None:
        return failed("it has no cacheDuration that can be read", "det har ingen cacheDuration som går att läsa")
    return passed()


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.1",
    fix="Keep to the last good copy, and ask the federation what has happened.",
    sv=Text(
        "Flödet innehåller någon",
        why="Ett tomt flöde är välformat och kan vara rätt signerat, men tas det i bruk kan ingen logga in någonstans.",
        fix="Håll dig till den senaste goda kopian, och fråga federationen vad som har hänt.",
    ),
)
def holds_entities(content: FeedContent) -> Outcome:
    """The feed holds somebody.

    An empty feed is well-formed and may be rightly signed, but where it is taken into use nobody can log in anywhere.
    """
    return passed_unless(content.why(wrong.NO_ENTITIES))


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.2 (an entityID identifies one entity)",
    fix="Tell the federation which entityID occurs twice. Until then nobody knows whose keys count.",
    sv=Text(
        "Varje entityID förekommer en gång i flödet",
        why="Står samma entityID två gånger väljer varje tjänst själv vems nycklar och adresser som gäller: någon annan kan då logga in som kommunens IdP.",
        fix="Säg till federationen vilket entityID som förekommer två gånger. Till dess vet ingen vems nycklar som gäller.",
    ),
)
def entity_ids_are_unique(content: FeedContent) -> Outcome:
    """Every entityID occurs once in the feed.

    Where one occurs twice, every service chooses for itself whose keys and addresses count: somebody else could then log people in as the municipality's IdP.
    """
    twice = content.said.duplicates
    if twice:
        return failed("occurs more than once: {actual}", "förekommer flera gånger: {actual}", actual=twice[:_SHOWN])
    return passed()


@check(
    Level.NOTE,
    source="https://github.com/FIDUSFederation/Interfederationsramverk (read 2026-11)",
    fix="Tell the federation which entities lack mdrpi:RegistrationInfo: others cannot tell who answers for them.",
    sv=Text(
        "Varje entitet i flödet anger vem som har registrerat den",
        why="När flöden från flera federationer slås ihop, som i Fidus, går det annars inte att se vem som har granskat en IdP och dess scope. Att Skolfederation märker sitt eget flöde så är inte publicerat.",
        fix="Säg till federationen vilka entiteter som saknar mdrpi:RegistrationInfo.",
    ),
)
def entities_name_their_registrar(content: FeedContent) -> Outcome:
    """Every entity in the feed tells who registered it.

    Where feeds of several federations are put together, as in Fidus, nobody can otherwise see who has vetted an IdP and its scopes. That Skolfederation marks its own feed so is not published.
    """
    if content.feed.format != SAML:
        return not_applicable("Moa has nothing of the kind", "Moa har inget sådant")
    if content.said.registrar:
        return passed()
    without = [entity.entity_id for entity in content.said.entities if not entity.registrar]
    if without:
        return failed(
            f"{len(without)} of {len(content.said.entities)} do not, such as {{actual}}",
            f"{len(without)} av {len(content.said.entities)} gör det inte, till exempel {{actual}}",
            actual=tuple(without[:3]),
        )
    return passed()


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.3.1",
    fix="Tell those who run these entities, or the federation: their metadata is to be renewed.",
    sv=Text(
        "Ingen entitet i flödet har upphört att gälla",
        why="En entitet kan ha ett eget slut, före flödets. Därefter räknas den inte, och inloggningar till och från den slutar fungera.",
        fix="Säg till dem som driver entiteterna, eller federationen: deras metadata behöver förnyas.",
    ),
)
def no_entity_has_ended(content: FeedContent, judged: Inspection) -> Outcome:
    """No entity in the feed has ended.

    An entity may have an end of its own, before the feed's. After that it does not count, and logins to and from it stop working.
    """
    end = content.said.valid_until
    if end is not None and end <= judged.now:
        return not_applicable("the whole feed has ended", "hela flödet har upphört att gälla")
    ended = [entity.entity_id for entity in content.said.entities if entity.valid_until is not None and entity.valid_until <= judged.now]
    if ended:
        return failed(f"{len(ended)} have, such as {{actual}}", f"{len(ended)} har det, till exempel {{actual}}", actual=tuple(ended[:3]))
    return passed()


@check(
    Level.SHOULD,
    spec="SAMLMeta 2 and its schema",
    fix="Tell the federation where it departs: stricter services may refuse the whole feed.",
    sv=Text(
        "Flödet följer OASIS scheman",
        why="En tjänst som validerar flödet mot schemat kastar annars hela flödet, för en enda medlems skull.",
        fix="Säg till federationen var det avviker: strängare tjänster kan vägra hela flödet.",
    ),
)
def is_valid_by_the_schema(form: FeedForm) -> Outcome:
    """The feed is as the OASIS schemas have it.

    A service that validates the feed by the schema otherwise throws all of it away, for the sake of one member.
    """
    if form.fault is None:
        return passed()
    at, said = form.fault
    return failed(said, said, at=at)
