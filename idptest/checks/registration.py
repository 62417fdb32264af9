"""Rules about our own registration: what the registrar asks for, and whether the federation holds what we would write today."""

from __future__ import annotations

from collections.abc import Callable

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.registration import Item, Registered, RequiredItem, WantedItem
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed
from idptest.model.saml import Unreadable
from idptest.model.sp import SpKey, SpMetadata
from idptest.saml.metadata_facts import fingerprint

_SWAMID = "https://github.com/SUNET/swamid-metadata-sp (read 2026-11)"
_PATH = "https://wiki.federationer.internetstiftelsen.se/display/IF/FIDUS+integration+explained (read 2026-11)"
_SEND = "Write our metadata (idptest metadata sp --for production --output sp-metadata.xml) and upload it in Federationsadmin; then wait for the feed."
_SEND_SV = "Skriv vår metadata (idptest metadata sp --for production --output sp-metadata.xml) och ladda upp den i Federationsadmin. Vänta sedan på flödet."


@check(
    Level.MUST,
    source="SWAMID's SAML WebSSO profile 6.1.12, 6.1.21-25 (MUST), which Skolfederation's is derived from, by " + _SWAMID,
    fix="Write it in idptest.toml, under the key that is named.",
    sv=Text(
        "Det som krävs för att registrera en SP i produktion står i idptest.toml",
        why="Federationens kontroll släpper inte igenom filen utan det. Skolfederations egen profil gick inte att läsa; kraven är de i SWAMID:s, som den bygger på.",
        fix="Skriv in det i idptest.toml, under nyckeln som anges.",
    ),
)
def what_is_required_is_given(item: RequiredItem) -> Outcome:
    """What it takes to register an SP in production is in idptest.toml.

    The federation's check does not let the file through without it. Skolfederation's own profile could not be read: these are the demands of
    SWAMID's, which it is derived from.
    """
    return _given(item)


@check(
    Level.SHOULD,
    source="SWAMID's SAML WebSSO profile 6.1.13, 6.1.26-27 (SHOULD), by " + _SWAMID + "; in Trial the file's syntax alone is checked, "
    "https://www.skolfederation.se/teknisk-information/miljoer-for-test/ (read 2026-11)",
    fix="Write it in idptest.toml, under the key that is named.",
    sv=Text(
        "Det som registreringen vill ha därutöver står i idptest.toml",
        why="Filen godtas utan det, men den som möter tjänsten ser ett namn utan logotyp och vet inte vem den ska fråga. Trial kontrollerar bara syntaxen; i produktion krävs det mesta.",
        fix="Skriv in det i idptest.toml, under nyckeln som anges.",
    ),
)
def what_is_wanted_is_given(item: WantedItem) -> Outcome:
    """What the registration wants besides is in idptest.toml.

    The file is accepted without it, but whoever meets the service sees a name without logotype and does not know whom to ask. Trial checks the
    syntax alone; in production most of it is required.
    """
    return _given(item)


def _given(item: Item) -> Outcome:
    if item.given:
        return passed()
    return failed(
        f"missing: {item.name.en} ({item.element}). Write {item.key}",
        f"saknas: {item.name.sv} ({item.element}). Skriv {item.key}",
        expected=item.key,
    )


@check(
    Level.MUST,
    source=_PATH,
    fix=_SEND + " An upload takes 15 minutes to the feed, and more through a cache; the first one waits for the operator's approval.",
    sv=Text(
        "Federationen har vår metadata",
        why="En IdP kan bara lita på en tjänst som den känner till. Utan metadata nekar den varje inloggning.",
        fix=_SEND_SV
        + " Från uppladdning till flöde tar det 15 minuter, och längre genom en cache. Den första väntar på operatörens godkännande.",
    ),
)
def is_in_the_feed(registered: Registered) -> Outcome:
    """The federation has our metadata.

    An IdP can trust a service only when it knows it. Without the metadata it refuses every login.
    """
    if registered.theirs is not None:
        return passed()
    return failed("our entityID {actual} is not there", "vårt entityID {actual} finns inte där", actual=registered.ours.entity_id)


@check(
    Level.MUST,
    spec="SAMLMeta 2.4.1.1; Kantara SDP-MD01",
    fix=_SEND,
    sv=Text(
        "Federationen har våra certifikat och inga andra",
        why="En IdP som krypterar till ett gammalt certifikat skickar intyg som ingen kan läsa, och nekar en fråga som är signerad med en nyckel den inte har sett.",
        fix=_SEND_SV,
    ),
)
def certificates_are_the_same(registered: Registered) -> Outcome:
    """The federation has our certificates and no others.

    An IdP that encrypts to an old certificate sends assertions that nobody can read, and refuses a request signed by a key that it has not seen.
    """

    def test(ours: SpMetadata, theirs: SpMetadata) -> Outcome:
        en: list[str] = []
        sv: list[str] = []
        for use, use_sv in (("signing", "signering"), ("encryption", "kryptering")):
            mine, there = _by_digest(ours.keys_for(use)), _by_digest(theirs.keys_for(use))
            for digest in [each for each in there if each not in mine]:
                en.append(f"it has a certificate for {use} that is not ours any more, {_told(digest, there[digest])}")
                sv.append(f"den har ett certifikat för {use_sv} som inte är vårt längre, {_told(digest, there[digest])}")
            for digest in [each for each in mine if each not in there]:
                en.append(f"it lacks our certificate for {use}, {_told(digest, mine[digest])}")
                sv.append(f"den saknar vårt certifikat för {use_sv}, {_told(digest, mine[digest])}")
        if not en:
            return passed()
        return failed(
            f"not the same in the federation: {'; '.join(en)}",
            f"inte detsamma i federationen: {'; '.join(sv)}",
            at=theirs.at("KeyDescriptor"),
            actual=tuple(_by_digest(theirs.keys)),
            expected=tuple(_by_digest(ours.keys)),
        )

    return _both(registered, test)


def _by_digest(keys: tuple[SpKey, ...]) -> dict[str, SpKey]:
    return {fingerprint(key.certificate.pem) if key.certificate.pem else str(key.at()): key for key in keys}


def _told(digest: str, key: SpKey) -> str:
    end = key.certificate.not_after
    return f"sha256 {digest[:16]}…, {end.date()}" if end else digest


@check(
    Level.MUST,
    spec="SAMLProf 4.1.4.1; Kantara SDP-IDP06",
    fix=_SEND,
    sv=Text(
        "Federationen har våra adresser",
        why="En IdP skickar intyg bara till adresser som står i metadata, tecken för tecken. Står en annan där nekas frågan, eller hamnar svaret någon annanstans.",
        fix=_SEND_SV,
    ),
)
def addresses_are_the_same(registered: Registered) -> Outcome:
    """The federation has our addresses.

    An IdP sends assertions only to addresses in the metadata, letter for letter. With another one there, the request is refused or the answer
    goes elsewhere.
    """

    def test(ours: SpMetadata, theirs: SpMetadata) -> Outcome:
        mine, there = ({(each.binding, each.location) for each in (*sp.acs, *sp.other_endpoints)} for sp in (ours, theirs))
        if mine == there:
            return passed()
        return failed(
            "the federation has {actual}, and we would write {expected}",
            "federationen har {actual}, och vi skulle skriva {expected}",
            at=theirs.at("AssertionConsumerService"),
            actual=_locations(there),
            expected=_locations(mine),
        )

    return _both(registered, test)


def _locations(found: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(location[:256] for _, location in found))[:10]


@check(
    Level.MUST,
    spec="SAMLMeta 2.4.4; Kantara SDP-IDP04",
    fix=_SEND,
    sv=Text(
        "Federationen vet om vi signerar våra frågor",
        why="En IdP nekar osignerade frågor från en tjänst vars metadata säger att den signerar.",
        fix=_SEND_SV,
    ),
)
def signing_is_the_same(registered: Registered) -> Outcome:
    """The federation knows whether we sign our requests.

    An IdP refuses unsigned requests from a service whose metadata says that it signs.
    """

    def test(ours: SpMetadata, theirs: SpMetadata) -> Outcome:
        if ours.signs_requests == theirs.signs_requests:
            return passed()
        return failed(
            "AuthnRequestsSigned is {actual} there, and {expected} with us",
            "AuthnRequestsSigned är {actual} där, och {expected} hos oss",
            at=theirs.at("SPSSODescriptor"),
            actual=theirs.signs_requests,
            expected=ours.signs_requests,
        )

    return _both(registered, test)


@check(
    Level.SHOULD,
    source="https://github.com/FIDUSFederation/Interfederationsramverk/blob/main/Information_om_attributoverforing_i_metadata.md (read 2026-11)",
    fix=_SEND,
    sv=Text(
        "Federationen vet vilka attribut vi vill ha",
        why="Den som sköter en IdP läser där vad som ska släppas till oss. Det som inte står där kommer inte.",
        fix=_SEND_SV,
    ),
)
def attributes_are_the_same(registered: Registered) -> Outcome:
    """The federation knows which attributes we want.

    Whoever runs an IdP reads there what to release to us. What is not there does not come.
    """

    def test(ours: SpMetadata, theirs: SpMetadata) -> Outcome:
        mine, there = ({(each.name, each.required): each.friendly_name for each in sp.requested} for sp in (ours, theirs))
        if mine.keys() == there.keys():
            return passed()
        return failed(
            "the federation has {actual}, and we would write {expected}",
            "federationen har {actual}, och vi skulle skriva {expected}",
            at=theirs.at("AttributeConsumingService"),
            actual=_names(there),
            expected=_names(mine),
        )

    return _both(registered, test)


def _names(found: dict[tuple[str, bool], str | None]) -> tuple[str, ...]:
    return tuple(f"{friendly or name}{' (isRequired)' if required else ''}"[:256] for (name, required), friendly in found.items())[:20]


@check(
    Level.SHOULD,
    source="https://www.skolfederation.se/teknisk-information/metadata-2/ (read 2026-11): see that å, ä and ö came out right",
    fix=_SEND,
    sv=Text(
        "Federationen visar våra namn, länkar och kontakter",
        why="Det är vad användare och andra medlemmar ser av oss. Svenska tecken som har gått sönder på vägen syns här.",
        fix=_SEND_SV,
    ),
)
def texts_are_the_same(registered: Registered) -> Outcome:
    """The federation shows our names, links and contacts.

    That is what people and other members see of us. Swedish letters that were damaged on the way show here.
    """

    def test(ours: SpMetadata, theirs: SpMetadata) -> Outcome:
        mine, there = _texts(ours), _texts(theirs)
        for key in (*mine, *(key for key in there if key not in mine)):
            if mine.get(key) != there.get(key):
                return failed(
                    f"{key} is {{actual}} there, and {{expected}} with us",
                    f"{key} är {{actual}} där, och {{expected}} hos oss",
                    at=theirs.at(key.partition(" ")[0]),
                    actual=there.get(key),
                    expected=mine.get(key),
                )
        return passed()

    return _both(registered, test)


def _texts(sp: SpMetadata) -> dict[str, tuple[str, ...]]:
    """What is shown, by element and language, and the contacts by kind."""
    found = {f"{each.element} {each.language or ''}".strip(): (each.text[:256],) for each in sp.shown}
    return found | {f"ContactPerson {each.kind}": tuple(address[:256] for address in each.addresses) for each in sp.contacts}


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.2",
    fix="Fetch the feed again. When it still has ended, the federation does not publish: ask its operator.",
    sv=Text(
        "Federationens uppgifter om oss gäller fortfarande",
        why="En IdP slutar lita på en tjänst vars metadata har gått ut.",
        fix="Hämta flödet igen. Har det ändå gått ut publicerar federationen inte: fråga operatören.",
    ),
)
def entry_is_still_valid(registered: Registered, inspection: Inspection) -> Outcome:
    """What the federation has of us is still valid.

    An IdP stops trusting a service whose metadata has ended.
    """
    end = registered.theirs.valid_until if registered.theirs else None
    if end is None:
        return not_applicable("there is no end to it", "det finns inget slutdatum")
    if not isinstance(end, Unreadable) and inspection.now < end:
        return passed()
    return failed("it ended at {actual}", "den gick ut {actual}", actual=end.text if isinstance(end, Unreadable) else end.isoformat())


def _both(registered: Registered, test: Callable[[SpMetadata, SpMetadata], Outcome]) -> Outcome:
    if registered.theirs is None:
        return not_applicable("the federation has nothing to compare with", "federationen har inget att jämföra med")
    return test(registered.ours, registered.theirs)
