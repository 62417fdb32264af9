"""Rules about what is released beside the EPPN, whichever attribute it is. What a federation asks of one of them is data."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.expectations.release import hidden, nothing_to_look_in
from idptest.identifiers import names, writing
from idptest.identifiers.formats import FORMATS
from idptest.model.login import Login, ReleasedAttribute
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed

_SAML2INT = "https://kantarainitiative.github.io/SAMLprofiles/saml2int.html (read 2026-11)"
_NFC = "https://www.unicode.org/reports/tr15/ (read 2026-11); RFC 5198, 3"
# Its value is a NameID element by definition (eduPerson 202208, 2.2.11).
_HOLDS_XML = "eduPersonTargetedID"
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@check(
    Level.SHOULD,
    source="SAML Core 2.7.3.1.1; attribute definitions as attribute_rules/vocabularies/attributes.toml cites them",
    fix="Let the IdP release one value. Several mostly mean that a group of accounts was read, or that two rules both add the attribute.",
    sv=Text(
        "Ett attribut som bara får ha ett värde har ett",
        why="En tjänst som väntar sig ett värde tar det första eller det sista. Vilket det blir kan ändras mellan två inloggningar.",
        fix="Låt IdP:n skicka ett enda värde. Flera värden beror oftast på att sökningen träffade flera konton, eller på att två regler lägger till attributet.",
    ),
)
def single_valued_has_one_value(released: ReleasedAttribute, login: Login) -> Outcome:
    """An attribute that is defined to have one value has one.

    A service that expects one takes the first or the last; which one that is may change from one login to the next.
    """
    if not released.single:
        return not_applicable("it may have several values", "det får ha flera värden")
    if len(released.values) <= 1 or len({value.text for value in released.values}) == 1:
        return passed()
    return failed(
        "{actual} has " + f"{len(released.values)} values",
        "{actual} har " + f"{len(released.values)} värden",
        at=released.pointer,
        actual=released.name,
        expected=1,
    )


@check(
    Level.SHOULD,
    source="Kantara SDP-IDP20, " + _SAML2INT,
    fix="Send each value in an AttributeValue of its own. Most products do when the claim or the directory attribute is read as a list, not as a text.",
    sv=Text(
        "Varje värde skickas för sig",
        why="Skolenhetskoder eller roller i en lång text, med semikolon emellan, läses som ett enda värde som ingen känner igen.",
        fix="Skicka varje värde i ett eget AttributeValue. De flesta produkter gör det när attributet läses som en lista och inte som en text.",
    ),
)
def values_come_one_by_one(released: ReleasedAttribute, login: Login) -> Outcome:
    """Each value stands by itself.

    School unit codes or roles in one long text with semicolons between them are read as one value that nobody knows.
    """
    fault = FORMATS[released.format] if released.format else None
    if fault is None and released.single is not False:
        return not_applicable("punctuation may be part of its value", "skiljetecken kan höra till värdet")
    for value in released.values:
        parts = writing.packed(value.text, fault)
        if parts:
            return failed(
                "{actual} holds " + f"{len(parts)} values in one",
                "{actual} har " + f"{len(parts)} värden i ett",
                at=value.at,
                actual=released.name,
            )
    return passed()


@check(
    Level.SHOULD,
    source="Kantara SDP-IDP18, " + _SAML2INT,
    fix="Send the attribute once, under its OID with NameFormat uri, from one source.",
    sv=Text(
        "Ett attribut säger samma sak under alla namn som det skickas under",
        why="En tjänst läser det ena namnet, en annan det andra. Skiljer sig värdena blir personen två.",
        fix="Skicka attributet en gång, under sin OID med NameFormat uri, och från en enda källa.",
    ),
)
def says_the_same_under_every_name(released: ReleasedAttribute, login: Login) -> Outcome:
    """An attribute says the same under every name that it is sent under.

    One service reads the one name, another the other; where the values differ, the person becomes two.
    """
    if len(released.sent) == 1:
        return passed()
    told = [sorted(value.text for value in sent.values) for sent in released.sent]
    other = next((sent for sent, values in zip(released.sent, told, strict=True) if values != told[0]), None)
    if other is None:
        return passed()
    return failed(
        "{actual} is sent " + f"{len(released.sent)} times, with different values",
        "{actual} skickas " + f"{len(released.sent)} gånger, med olika värden",
        at=other.pointer,
        actual=released.name,
        expected=tuple(sent.name for sent in released.sent),
    )


@check(
    Level.SHOULD,
    source="Kantara SDP-IDP19, " + _SAML2INT,
    fix="Send the text itself. Base64 mostly means that a binary directory attribute was chosen; JSON or XML that a whole object was, not one of its fields.",
    sv=Text(
        "Värden är vanlig text, inte XML, JSON eller base64",
        why="Tjänsten visar eller jämför det den får, tecken för tecken. Den packar inte upp något.",
        fix="Skicka själva texten. Base64 beror oftast på att ett binärt katalogattribut har valts, JSON eller XML på att ett helt objekt har valts i stället för ett av dess fält.",
    ),
)
def values_are_plain_text(released: ReleasedAttribute, login: Login) -> Outcome:
    """Values are plain text, not XML, JSON or base64.

    A service shows or compares what it gets, letter by letter; it unwraps nothing.
    """
    if released.name == _HOLDS_XML:
        return not_applicable("its value is an element by definition", "värdet är enligt definitionen ett element")
    for value in released.values:
        found = writing.code(value.text)
        if value.markup or found is not None:
            en, sv = (found.en, found.sv) if found else ("XML elements", "XML-element")
            return failed(f"a value of {{actual}} is {en}", f"ett värde i {{actual}} är {sv}", at=value.at, actual=released.name)
    return passed()


@check(
    Level.SHOULD,
    source="RFC 3629; SAML Core 1.3.1",
    fix="Read the directory as UTF-8 and write UTF-8: look at the IdP's connection to the directory, at scripts, and at files that accounts were imported from.",
    sv=Text(
        "Å, ä, ö och andra bokstäver kommer fram oskadda",
        why="Annars visas namnet fel för alla, och den som söker på det hittar inte personen.",
        fix="Läs katalogen som UTF-8 och skriv UTF-8: se över IdP:ns koppling till katalogen, skript och filer som konton har lästs in från.",
    ),
)
def letters_are_whole(released: ReleasedAttribute, login: Login) -> Outcome:
    """Å, ä, ö and other letters are whole.

    Damaged, the name is shown wrong to everybody, and who searches for it does not find the person.
    """
    for value in released.values:
        if value.text.isascii() and "&" not in value.text and "%" not in value.text:
            continue
        found = writing.damage(value.text)
        if found is not None:
            return failed(f"a value of {{actual}}: {found.en}", f"ett värde i {{actual}}: {found.sv}", at=value.at, actual=released.name)
    return passed()


@check(
    Level.SHOULD,
    source=_NFC,
    fix="Normalise to NFC where the value enters the directory, or in the IdP. Names typed on a Mac, and file names, are common sources.",
    sv=Text(
        "Varje bokstav med prickar eller ring är ett enda tecken",
        why="Å skrivet som A och en ring för sig ser likadant ut, men för ett program är det en annan text. Då tas samma namn för två olika.",
        fix="Normalisera till NFC när värdet läggs in i katalogen, eller i IdP:n. Namn som skrivits på en Mac och filnamn är vanliga källor.",
    ),
)
def letters_are_composed(released: ReleasedAttribute, login: Login) -> Outcome:
    """Letters with rings and dots are one character each (Unicode NFC).

    Å written as A and a ring of its own looks the same and is another text: one name is compared as two.
    """
    for value in released.values:
        if not value.text.isascii() and not writing.is_nfc(value.text):
            return failed(
                "a value of {actual} has letters in pieces (it is not NFC)",
                "ett värde i {actual} har bokstäver i delar (det är inte NFC)",
                at=value.at,
                actual=released.name,
            )
    return passed()


@check(
    Level.MUST,
    source="https://www.skolverket.se/skolutveckling/digitala-nationella-prov/overforing-av-uppgifter-till-skolverket/eppn (read 2026-11); GDPR, articles 5.1 c and 32",
    fix="Give the account a release policy of its own, or mark it in the directory so that every policy leaves names, addresses, school and groups out. The NameID must be transient.",
    sv=Text(
        "För en person med skyddade personuppgifter skickas inget annat än EPPN",
        why="Namn, skola eller adress hos en enda tjänst kan räcka för att någon ska hittas. Inloggningen ska fungera utan dem: det är därför EPPN inte säger något om personen.",
        fix="Ge kontot en egen regel för vad som släpps, eller märk det i katalogen så att alla regler utelämnar namn, adresser, skola och grupper. NameID ska ha formatet transient.",
    ),
)
def none_but_the_eppn_with_protected_identity(login: Login) -> Outcome:
    """Of a person with protected identity nothing but the EPPN is released.

    A name, a school or an address at a single service may be enough to find somebody. The login has to work without them: that is
    why the EPPN says nothing of the person.
    """
    account = login.flow.account
    if not account.protected_identity:
        return login.not_given(
            "protected_identity = true (of a person who has it)", "protected_identity = true (för en person som har det)"
        )
    if login.assertion is None:
        return nothing_to_look_in(login)
    if login.released:
        return failed(
            "the IdP releases {actual} as well",
            "IdP:n skickar också {actual}",
            at=login.released[0].pointer,
            actual=tuple(released.name for released in login.released),
            expected=("eduPersonPrincipalName",),
        )
    name_id = login.assertion.name_id
    if name_id is not None and (name_id.format == _EMAIL or _tells_the_name(name_id.value, login)):
        return failed("the NameID says who it is", "NameID säger vem det är", at=name_id.pointer, expected="transient")
    return hidden(login.assertion) or passed()


def _tells_the_name(text: str, login: Login) -> bool:
    account, written = login.flow.account, names.letters(text[:256])
    told = (names.letters(name or "") for name in (account.surname, account.given_name))
    username = (account.username or "").casefold()
    return any(len(name) > 2 and name in written for name in told) or (len(username) > 2 and username in text[:256].casefold())
