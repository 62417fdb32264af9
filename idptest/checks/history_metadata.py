"""Rules over time about what the IdP's metadata says: keys, addresses, scopes, entity attributes, and what it asks of services.

Each compares what the metadata said at the login with what it said at the baseline's.
"""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.history import OF_METADATA, Change, History
from idptest.model.metadata_facts import KEYS, MetadataChange
from idptest.model.rule import Level, Outcome, Text, Value, not_applicable, passed

_DAILY = "https://www.skolfederation.se/teknisk-information-januari-2015/ (read 2026-11)"
_FAQ = "https://github.com/skolverket/dnp-access-management/blob/main/docs/FAQ.md"


def _unchanged(change: Change, history: History, kind: str, en: str, sv: str) -> Outcome:
    """`en` and `sv` say what is another now; what was and what is stand after it."""
    if change.was.entity_id != change.now.entity_id:
        return not_applicable("another IdP has metadata of its own", "en annan IdP har sin egen metadata")
    if not change.was.metadata or not change.now.metadata:
        return not_applicable(
            "the baseline was saved before idptest remembered metadata: save it again",
            "baslinjen sparades innan idptest mindes metadata: spara den på nytt",
        )
    found = [each for each in change.in_metadata if each.kind == OF_METADATA[kind]]
    if not found:
        return passed()
    was, now = _shown(found, "was"), _shown(found, "now")
    to = " ".join(sorted({each.name for each in found if each.now is not None}))
    return history.changed(kind, f"{en}: {{expected}} → {{actual}}", f"{sv}: {{expected}} → {{actual}}", was=was, now=now, to=to)


def _shown(found: list[MetadataChange], side: str) -> Value:
    return tuple(_fact(each, value) for each in found if (value := getattr(each, side)) is not None)[:20] or None


def _fact(change: MetadataChange, value: str) -> str:
    """A key by its certificate, which people can compare; anything else by its name and value."""
    return f"{change.name.partition(' ')[0]} {value}" if change.kind == KEYS else f"{change.name} {value}"


@check(
    Level.NOTE,
    source=_DAILY,
    fix="Nothing, when a change of key is under way: publish the new one beside the old, wait until every service has both, then sign with it.",
    sv=Text(
        "Metadata har samma nycklar som förut",
        why="En nyckel som tillkommer är början på ett nyckelbyte, och en som försvinner är slutet: däremellan ska alla tjänster ha hämtat metadata.",
        fix="Inget, om ett nyckelbyte pågår: publicera den nya bredvid den gamla, vänta tills alla tjänster har båda, och signera sedan med den.",
    ),
)
def keys_are_unchanged(change: Change, history: History) -> Outcome:
    """The metadata has the same keys as before.

    A key that is new is the beginning of a change of key, and one that is gone its end: between them every service has to fetch the metadata.
    """
    return _unchanged(change, history, "metadata-keys", "other keys in the metadata", "andra nycklar i metadata")


@check(
    Level.SHOULD,
    source=_DAILY,
    fix="Keep the old address answering until every service has the new metadata, or set the address back.",
    sv=Text(
        "Metadata har samma adresser som förut",
        why="Tjänster skickar folk till den adress de känner till, och hämtar metadata ungefär en gång om dygnet.",
        fix="Låt den gamla adressen svara tills alla tjänster har hämtat ny metadata, eller ställ tillbaka adressen.",
    ),
)
def addresses_are_unchanged(change: Change, history: History) -> Outcome:
    """The metadata has the same addresses as before.

    Services send people to the address that they know, and fetch metadata about once a day.
    """
    return _unchanged(change, history, "metadata-endpoints", "other addresses in the metadata", "andra adresser i metadata")


@check(
    Level.SHOULD,
    source=f"{_FAQ}, question 1 (read 2026-11)",
    fix="Put the scope back under IDPSSODescriptor/Extensions: a fresh copy of the metadata from the product loses what was added by hand.",
    sv=Text(
        "Metadata deklarerar samma scope som förut",
        why="Gatewayen slänger varje EPPN vars domän inte är deklarerad. Scope som lagts till för hand försvinner när metadata hämtas på nytt ur produkten.",
        fix="Lägg tillbaka scopet under IDPSSODescriptor/Extensions: en ny kopia av metadata ur produkten saknar det som lagts till för hand.",
    ),
)
def scopes_are_unchanged(change: Change, history: History) -> Outcome:
    """The metadata declares the same scopes as before.

    The gateway drops every EPPN whose domain is not declared. Scopes that were added by hand are lost when the metadata is exported anew.
    """
    return _unchanged(change, history, "metadata-scopes", "other scopes in the metadata", "andra scope i metadata")


@check(
    Level.SHOULD,
    source=f"{_FAQ}, question 2 (read 2026-11)",
    fix="Put the attribute back under EntityDescriptor/Extensions, or tell in expected-changes.toml that it is meant.",
    sv=Text(
        "Metadata har samma entitetsattribut som förut",
        why="De säger vilka nivåer IdP:n klarar. Utan deklarationen av e-leg frågar Skolverkets gateway inte efter någon nivå, utan skickar personalen till eduID.",
        fix="Lägg tillbaka attributet under EntityDescriptor/Extensions, eller skriv i expected-changes.toml att det är meningen.",
    ),
)
def entity_attributes_are_unchanged(change: Change, history: History) -> Outcome:
    """The metadata has the same entity attributes as before.

    They say which levels the IdP has. Without the declaration of e-leg Skolverket's gateway asks for no level, and sends the staff to eduID.
    """
    return _unchanged(
        change, history, "metadata-entity-attributes", "other entity attributes in the metadata", "andra entitetsattribut i metadata"
    )


@check(
    Level.SHOULD,
    source=f"{_FAQ}, question 3 (read 2026-11)",
    fix='Take WantAuthnRequestsSigned="true" out of the metadata, unless every service signs.',
    sv=Text(
        "Metadata kräver lika mycket av tjänsterna som förut",
        why="En IdP som börjar kräva signerade frågor stänger ute de tjänster som inte signerar. Skolverkets gateway är en av dem.",
        fix='Ta bort WantAuthnRequestsSigned="true" ur metadata, om inte alla tjänster signerar.',
    ),
)
def asks_no_more_of_services(change: Change, history: History) -> Outcome:
    """The metadata asks as much of services as before.

    An IdP that begins to demand signed requests locks out the services that do not sign. Skolverket's gateway is one of them.
    """
    return _unchanged(change, history, "metadata-requests", "the metadata asks for something else", "metadata kräver något annat")
