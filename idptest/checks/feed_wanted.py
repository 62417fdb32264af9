"""Rules about who is to be in a federation's feed, by idptest.toml: the IdPs that are found through it, and idptest itself."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.inspected_feed import Wanted
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed


@check(
    Level.MUST,
    source="https://wiki.federationer.internetstiftelsen.se/display/IF/FIDUS+integration+explained (read 2026-11)",
    fix="Upload the IdP's metadata to this federation, and wait: idptest metadata fetch NAME --watch --entity ENTITYID tells when it is there.",
    sv=Text(
        "IdP:n som anges i idptest.toml finns i flödet, exakt en gång",
        why="En IdP som inte finns i flödet finns inte för tjänsterna som läser det. Finns den två gånger vet ingen vilken som gäller.",
        fix="Ladda upp IdP:ns metadata i den här federationen, och vänta: idptest metadata fetch NAMN --watch --entity ENTITYID säger till när den är där.",
    ),
)
def holds_the_idp_once(wanted: Wanted) -> Outcome:
    """The IdP that is named in idptest.toml is in the feed, exactly once.

    An IdP that is not in the feed is not there for the services that read it. When it is there twice, nobody knows which one counts.
    """
    if wanted.role != "idp":
        return not_applicable("it is an SP", "det är en SP")
    found = [entity for entity in wanted.listed if "idp" in entity.roles]
    if len(found) == 1 and len(wanted.listed) == 1:
        return passed()
    if not wanted.listed:
        return failed("{expected} is not there", "{expected} finns inte där", expected=wanted.entity_id)
    if not found:
        return failed("{expected} is there, but as no IdP", "{expected} finns där, men inte som IdP", expected=wanted.entity_id)
    return failed(
        f"{{expected}} is there {len(wanted.listed)} times",
        f"{{expected}} finns där {len(wanted.listed)} gånger",
        expected=wanted.entity_id,
    )


@check(
    Level.SHOULD,
    source="https://www.skolfederation.se/teknisk-information/miljoer-for-test/ (read 2026-11)",
    fix="Register idptest in this federation: idptest metadata sp. An IdP that has been given our metadata by hand does not need it.",
    sv=Text(
        "Vårt eget entityID finns i flödet som IdP:n läser",
        why="En IdP som läser det här flödet känner annars inte igen idptest och vägrar inloggningen, om den inte har fått vår metadata för hand.",
        fix="Registrera idptest i federationen: idptest metadata sp. En IdP som har fått vår metadata för hand behöver det inte.",
    ),
)
def holds_this_sp(wanted: Wanted) -> Outcome:
    """Our own entityID is in the feed that the IdP reads.

    An IdP that reads this feed otherwise does not know idptest and refuses the login, unless it was given our metadata by hand.
    """
    if wanted.role != "sp":
        return not_applicable("it is an IdP", "det är en IdP")
    if not wanted.listed:
        return failed("{expected} is not there", "{expected} finns inte där", expected=wanted.entity_id)
    return passed()


@check(
    Level.SHOULD,
    source="https://www.skolfederation.se/teknisk-information/miljoer-for-test/ (read 2026-11)",
    fix='Use the feed of the right environment, or correct environment = "…" of the IdP in idptest.toml. Test IdPs belong in Trial, and production IdPs not only there.',
    sv=Text(
        "IdP:n är i flödet för sin egen miljö",
        why="En test-IdP i produktionsflödet kan logga in i skarpa tjänster. En skarp IdP som bara finns i Trial når inga skarpa tjänster alls.",
        fix='Använd flödet för rätt miljö, eller rätta environment = "…" för IdP:n i idptest.toml. Test-IdP:er hör hemma i Trial, och skarpa IdP:er inte bara där.',
    ),
)
def idp_is_in_its_own_environment(wanted: Wanted) -> Outcome:
    """The IdP is in the feed of its own environment.

    A test IdP in the production feed can log people in to real services. A production IdP that is in Trial alone reaches no real service at all.
    """
    if wanted.role != "idp" or not wanted.listed:
        return not_applicable("there is no IdP here to judge", "här finns ingen IdP att bedöma")
    if wanted.environment != wanted.feed.environment:
        return failed(
            'idptest.toml says environment = "{expected}" of it, and the feed is for {actual}',
            'idptest.toml anger environment = "{expected}" för den, och flödet är för {actual}',
            actual=wanted.feed.environment,
            expected=wanted.environment,
        )
    return passed()
