"""Rules about the rest of the answer over time: what is released, NameID, level, and how it is protected."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.history import PERSISTENT, TRANSIENT, Change, History, Identifier, Observation
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed

_RELEASE = "https://github.com/keycloak/keycloak/issues/20614 (read 2026-11): an upgrade changed what attributes look like"
_NAME_ID = "https://github.com/keycloak/keycloak/issues/14798 (read 2026-11): an upgrade changed the NameID"
# What a migration from SAML to OpenID Connect, or back, changes by itself.
OTHER_PROTOCOL = not_applicable(
    "SAML and OpenID Connect have names and forms of their own", "SAML och OpenID Connect har var sina namn och former"
)
_PERSISTENT, _TRANSIENT = "SAMLCore 8.3.7", "SAMLCore 8.3.8"


@check(
    Level.SHOULD,
    source=_RELEASE,
    fix="Compare the IdP's release rules for this SP with what they were, and add or take away what differs.",
    sv=Text(
        "Samma attribut skickas som förut",
        why="Ett attribut som försvinner saknas i någon tjänst; ett som tillkommer är en personuppgift som ingen bad om.",
        fix="Jämför IdP:ns regler för denna SP med hur de var, och lägg till eller ta bort det som skiljer.",
    ),
)
def attributes_are_unchanged(change: Change, history: History) -> Outcome:
    """The same attributes are sent as before.

    One that disappears is missed in some service; one that is added is personal data that nobody asked for.
    """
    if "attributes" not in change.kinds:
        return passed()
    was, now = _names(change.was), _names(change.now)
    return history.changed(
        "attributes",
        "other attributes are sent: {expected} → {actual}",
        "andra attribut skickas: {expected} → {actual}",
        was=tuple(sorted(was)) or "–",
        now=tuple(sorted(now)) or "–",
        to=" ".join(sorted(now)),
    )


def _names(seen: Observation) -> set[str]:
    """Beside the EPPN, which has rules of its own."""
    return {sent.name for sent in seen.others}


@check(
    Level.SHOULD,
    source=_RELEASE,
    fix="Give each attribute the Name and NameFormat that it had.",
    sv=Text(
        "Attributen har samma Name och NameFormat som förut",
        why="Tjänster letar upp attribut på Name och NameFormat, och hittar dem inte under andra.",
        fix="Ge varje attribut det Name och NameFormat som det hade.",
    ),
)
def attribute_names_are_unchanged(change: Change, history: History) -> Outcome:
    """The attributes have the same Name and NameFormat as before.

    Services look attributes up by Name and NameFormat, and do not find them under others.
    """
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if "attribute-names" not in change.kinds:
        return passed()
    both = _names(change.was) & _names(change.now)
    was, now = ({f"{name}: {sent_as} ({form or '–'})" for name, sent_as, form in seen.named(both)} for seen in (change.was, change.now))
    return history.changed(
        "attribute-names",
        "Name or NameFormat has changed: {expected} → {actual}",
        "Name eller NameFormat har ändrats: {expected} → {actual}",
        was=tuple(sorted(was - now)),
        now=tuple(sorted(now - was)),
    )


@check(
    Level.SHOULD,
    source=_RELEASE,
    fix="See whether the source attribute has other values now, or whether a rule joins or splits them.",
    sv=Text(
        "Attributen har lika många värden som förut",
        why="Två värden där det var ett, eller ett där det var flera, betyder oftast att IdP:n slår ihop eller delar dem.",
        fix="Se efter om källattributet har andra värden nu, eller om en regel slår ihop eller delar dem.",
    ),
)
def numbers_of_values_are_unchanged(change: Change, history: History) -> Outcome:
    """The attributes have as many values as before.

    Two where there was one, or one where there were several, mostly means that the IdP joins or splits them.
    """
    both = _names(change.was) & _names(change.now)
    was, now = change.was.counted(both), change.now.counted(both)
    other = sorted(name for name in both if was[name] != now[name])
    if not other:
        return passed()
    return history.changed(
        "attribute-values",
        "the number of values has changed: {expected} → {actual}",
        "antalet värden har ändrats: {expected} → {actual}",
        was=tuple(f"{name}: {was[name]}" for name in other),
        now=tuple(f"{name}: {now[name]}" for name in other),
    )


@check(
    Level.SHOULD,
    source=_NAME_ID,
    fix="Let the IdP send the NameID format that it did. An e-mail address in place of a transient tells every service who it is.",
    sv=Text(
        "NameID har samma format som förut",
        why="En tjänst som loggar in på NameID möter en ny person, och ett nytt format kan röja vem det är.",
        fix="Låt IdP:n skicka det format på NameID som den gjorde. En e-postadress i stället för transient berättar för varje tjänst vem det är.",
    ),
)
def name_id_format_is_unchanged(change: Change, history: History) -> Outcome:
    """The NameID has the same format as before.

    A service that knows people by NameID meets a new person, and a new format can give away who it is.
    """
    was, now = change.was.name_id_format, change.now.name_id_format
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if "name-id-format" not in change.kinds:
        return passed()
    return history.changed(
        "name-id-format",
        "the NameID has another format: {expected} → {actual}",
        "NameID har ett annat format: {expected} → {actual}",
        was=was,
        now=now,
        to=now,
    )


@check(
    Level.SHOULD,
    spec=_PERSISTENT,
    fix="Give the IdP back the salt or the table that its persistent identifiers are made from.",
    sv=Text(
        "Ett persistent NameID står fast",
        why="En tjänst som känner personen på det möter annars en ny.",
        fix="Ge IdP:n tillbaka det salt eller den tabell som dess persistenta identifierare görs av.",
    ),
)
def persistent_name_id_stays(change: Change, history: History) -> Outcome:
    """A persistent NameID stays.

    A service that knows the person by it meets a new one otherwise.
    """
    both = _name_ids(change, PERSISTENT)
    if both is None:
        return not_applicable("there is no persistent NameID on both sides", "det finns inget persistent NameID på båda sidor")
    if change.was.entity_id != change.now.entity_id:
        return not_applicable("it is made for one IdP, and this is another", "det gäller en IdP, och det här är en annan")
    if "name-id" not in change.kinds:
        return passed()
    return history.changed(
        "name-id",
        "the persistent NameID is another: {expected} → {actual}",
        "det persistenta NameID är ett annat: {expected} → {actual}",
        was=both[0].shown,
        now=both[1].shown,
    )


@check(
    Level.SHOULD,
    spec=_TRANSIENT,
    fix="Let the IdP make a new transient for each login.",
    sv=Text(
        "Ett transient NameID är nytt för varje inloggning",
        why="Ett som återkommer följer personen mellan tjänster och tillfällen, vilket transient ska förhindra.",
        fix="Låt IdP:n göra ett nytt transient för varje inloggning.",
    ),
)
def transient_name_id_is_new(change: Change, history: History) -> Outcome:
    """A transient NameID is new in each login.

    One that comes back follows the person between services and occasions, which transient is there to prevent.
    """
    both = _name_ids(change, TRANSIENT)
    if both is None:
        return not_applicable("there is no transient NameID on both sides", "det finns inget transient NameID på båda sidor")
    if both[0].exact != both[1].exact:
        return passed()
    return failed("the transient NameID came again: {actual}", "det transienta NameID kom igen: {actual}", actual=both[1].shown)


def _name_ids(change: Change, kind: str) -> tuple[Identifier, Identifier] | None:
    was, now = change.was, change.now
    return (was.name_id, now.name_id) if was.name_id and now.name_id and was.name_id_format == now.name_id_format == kind else None


@check(
    Level.SHOULD,
    spec="SAMLCore 2.7.2.2",
    fix="Map the way to log in to the same AuthnContextClassRef as before, or say in expected-changes.toml that it is meant.",
    sv=Text(
        "Samma nivå anges som förut",
        why="Tjänster jämför värdet tecken för tecken: en nivå som bytt namn släpper inte in.",
        fix="Koppla inloggningssättet till samma AuthnContextClassRef som förut, eller skriv i expected-changes.toml att det är meningen.",
    ),
)
def level_is_unchanged(change: Change, history: History) -> Outcome:
    """The same level is stated as before.

    Services compare the value character by character: a level by another name does not let anybody in.
    """
    was, now = change.was.context, change.now.context
    if "level" not in change.kinds and was != now:
        return not_applicable(
            "no level was asked for, and an OP need not say any", "ingen nivå efterfrågades, och en OP behöver inte ange någon"
        )
    if "level" not in change.kinds:
        return passed()
    return history.changed(
        "level", "another level is stated: {expected} → {actual}", "en annan nivå anges: {expected} → {actual}", was=was, now=now, to=now
    )


# --- how it is protected


@check(
    Level.NOTE,
    spec="Kantara SDP-ALG01",
    fix="Nothing, when it is a step up. Otherwise set the algorithms back.",
    sv=Text(
        "Samma algoritmer för signatur som förut",
        why="En tjänst som inte kan den nya nekar inloggningen, och en äldre är svagare.",
        fix="Inget, om det är ett steg framåt. Ställ annars tillbaka algoritmerna.",
    ),
)
def algorithms_are_unchanged(change: Change, history: History) -> Outcome:
    """The answer is signed with the same algorithms as before.

    A service that lacks a new one refuses the login, and an older one is weaker.
    """
    was, now = change.was.algorithms, change.now.algorithms
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if not was or not now:
        return not_applicable("it was not signed on both sides", "det var inte signerat på båda sidor")
    if "algorithms" not in change.kinds:
        return passed()
    return history.changed(
        "algorithms",
        "other signature algorithms: {expected} → {actual}",
        "andra algoritmer för signatur: {expected} → {actual}",
        was=was,
        now=now,
        to=" ".join(now),
    )


@check(
    Level.NOTE,
    source="https://www.skolfederation.se/teknisk-information-januari-2015/ (read 2026-11)",
    fix="Nothing, when the key was changed on purpose: see that the federation's feed holds the new one before the old one goes.",
    sv=Text(
        "Svaret är signerat med samma nyckel som förut",
        why="Tjänster hämtar metadata en gång om dygnet: innan dess nekar de det som är signerat med en ny nyckel.",
        fix="Inget, om nyckeln är bytt med flit: se till att federationens metadata har den nya innan den gamla tas bort.",
    ),
)
def key_is_unchanged(change: Change, history: History) -> Outcome:
    """The answer is signed with the same key as before.

    Services fetch metadata about once a day: until then they refuse what is signed with a new key.
    """
    was, now = change.was.key, change.now.key
    if change.was.entity_id != change.now.entity_id:
        return not_applicable("another IdP has another key", "en annan IdP har en annan nyckel")
    if not was or not now:
        return not_applicable("it was not signed on both sides", "det var inte signerat på båda sidor")
    if "key" not in change.kinds:
        return passed()
    return history.changed(
        "key",
        "another key signs: {expected} → {actual}",
        "en annan nyckel signerar: {expected} → {actual}",
        was=was[:16],
        now=now[:16],
        to=now,
    )


@check(
    Level.NOTE,
    spec="Kantara SDP-ALG01",
    fix="Nothing, when it is meant. A service without a key to decrypt with cannot read an encrypted assertion.",
    sv=Text(
        "Intyget är krypterat på samma sätt som förut",
        why="En tjänst utan nyckel kan inte läsa ett krypterat intyg, och ett okrypterat syns för webbläsaren.",
        fix="Inget, om det är meningen. En tjänst utan nyckel kan inte läsa ett krypterat intyg.",
    ),
)
def encryption_is_unchanged(change: Change, history: History) -> Outcome:
    """The assertion is encrypted in the same way as before.

    A service without a key cannot read an encrypted assertion, and one in clear is seen by the browser.
    """
    was, now = change.was.encryption, change.now.encryption
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if "encryption" not in change.kinds:
        return passed()
    return history.changed(
        "encryption",
        "the encryption has changed: {expected} → {actual}",
        "krypteringen har ändrats: {expected} → {actual}",
        was=was or "–",
        now=now or "–",
        to=" ".join(now),
    )


@check(
    Level.NOTE,
    spec="SAMLCore 2.5.1",
    fix="Set the lifetime of assertions back to a few minutes.",
    sv=Text(
        "Intyget gäller ungefär lika länge som förut",
        why="Ett som gäller mycket längre kan användas av den som kommer över det; ett mycket kortare hinner gå ut.",
        fix="Ställ tillbaka intygens giltighetstid till några minuter.",
    ),
)
def lifetime_is_unchanged(change: Change, history: History) -> Outcome:
    """The assertion holds for about as long as before.

    One that holds much longer can be used by whoever gets hold of it; a much shorter one may end on the way.
    """
    was, now = change.was.lifetime, change.now.lifetime
    if not change.by_one_protocol:
        return OTHER_PROTOCOL
    if was is None or now is None:
        return not_applicable("the lifetime is not given on both sides", "giltighetstiden anges inte på båda sidor")
    if "lifetime" not in change.kinds:
        return passed()
    return history.changed(
        "lifetime",
        "the assertion's lifetime has changed: {expected} s → {actual} s",
        "intygets giltighetstid har ändrats: {expected} s → {actual} s",
        was=was,
        now=now,
    )
