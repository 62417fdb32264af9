"""Rules about an SP's metadata: what the standards ask of every SP, ours too before it is written."""

from __future__ import annotations

from collections import Counter

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed
from idptest.model.saml import Unreadable
from idptest.model.sp import ENCRYPTION, SIGNING, SpMetadata
from idptest.saml.bindings import POST, REDIRECT, is_https
from idptest.saml.metadata_parts import LONGEST_ENTITY_ID, is_absolute_uri

_VALIDATION = "https://wiki.federationer.internetstiftelsen.se/display/IF/Metadata+Validation+Changes+in+Skolfederation (read 2026-11)"


@check(
    Level.MUST,
    spec="SAMLMeta 2",
    fix="Put the element where the schema has it, or take it away; the order counts.",
    sv=Text(
        "SP:ns metadata följer SAML-schemat",
        why="Federationen tar inte emot någon annan, och IdP:er läser felen på olika sätt eller inte alls.",
        fix="Flytta elementet dit schemat vill ha det, eller ta bort det. Ordningen har betydelse.",
    ),
)
def is_valid_by_the_schema(sp: SpMetadata) -> Outcome:
    """The SP's metadata is valid by SAML's schema.

    A federation takes no other, and IdPs read what is wrong differently or not at all.
    """
    if sp.fault is None:
        return passed()
    return failed("the schema says: {actual}", "schemat säger: {actual}", at=sp.fault[0], actual=sp.fault[1])


@check(
    Level.MUST,
    spec="Kantara SDP-G04; SAMLCore 8.3.6",
    fix="A new SP: choose an https address of your own. One in use: every IdP must be told of the change.",
    sv=Text(
        "SP:ns entityID är en absolut URI på högst 256 tecken",
        why="IdP:er hittar tjänsten på det namnet. Ett namn utan URI-schema kan någon annan också ha valt, och längre ryms inte överallt.",
        fix="Ny SP: välj en egen https-adress. SP i drift: varje IdP måste få veta att namnet ändras.",
    ),
)
def entity_id_is_an_absolute_uri(sp: SpMetadata) -> Outcome:
    """The SP's entityID is an absolute URI of at most 256 characters.

    IdPs find the service by that name. One without a scheme may have been chosen by somebody else as well, and longer ones do not fit everywhere.
    """
    name = sp.entity_id
    if is_absolute_uri(name) and len(name) <= LONGEST_ENTITY_ID:
        return passed()
    return failed(
        f"the entityID, of {len(name)} characters, is {{actual}}",
        f"entityID, på {len(name)} tecken, är {{actual}}",
        at=sp.at(),
        actual=name[:LONGEST_ENTITY_ID],
    )


@check(
    Level.MUST,
    spec="Kantara SDP-SP08; SAMLMeta 2.4.4",
    fix="Publish an AssertionConsumerService with the binding HTTP-POST.",
    sv=Text(
        "SP:n tar emot svar med HTTP-POST",
        why="Så svarar IdP:er. Utan en sådan adress vet de inte vart intyget ska.",
        fix="Publicera en AssertionConsumerService med bindningen HTTP-POST.",
    ),
)
def takes_answers_by_post(sp: SpMetadata) -> Outcome:
    """The SP takes answers by HTTP-POST.

    That is how IdPs answer. Without such an address they do not know where to send the assertion.
    """
    if any(endpoint.binding == POST for endpoint in sp.acs):
        return passed()
    return failed(
        "the metadata has no AssertionConsumerService for HTTP-POST",
        "metadata saknar AssertionConsumerService för HTTP-POST",
        at=sp.at("AssertionConsumerService"),
        actual=tuple(endpoint.binding for endpoint in sp.acs)[:10],
        expected=POST,
    )


@check(
    Level.MUST,
    spec="SAMLProf 4.1.2; Skolfederation's technical profile 3.1.5, checked at upload since 2026-04-09, " + _VALIDATION,
    fix="Take the AssertionConsumerService with HTTP-Redirect out of the metadata.",
    sv=Text(
        "SP:n vill inte ha svar med HTTP-Redirect",
        why="Ett intyg får inte plats i en adress, och skulle hamna i webbläsarens historik och i loggar. SAML förbjuder det, och Federationsadmin tar inte emot filen.",
        fix="Ta bort AssertionConsumerService med HTTP-Redirect ur metadata.",
    ),
)
def takes_no_answers_by_redirect(sp: SpMetadata) -> Outcome:
    """The SP does not ask for answers by HTTP-Redirect.

    An assertion does not fit into an address, and would end up in the browser's history and in logs. SAML forbids it, and Federationsadmin
    refuses the file.
    """
    found = next((endpoint for endpoint in sp.acs if endpoint.binding == REDIRECT), None)
    if found is None:
        return passed()
    return failed(
        "an AssertionConsumerService has the binding HTTP-Redirect",
        "en AssertionConsumerService har bindningen HTTP-Redirect",
        at=found.at(),
        actual=found.location[:256],
    )


@check(
    Level.MUST,
    spec="Kantara SDP-SP09; Skolfederation's technical profile 3.1.5, checked at upload since 2026-04-09, " + _VALIDATION,
    fix="Publish https addresses only.",
    sv=Text(
        "SP:ns adresser börjar med https",
        why="Intyg med personuppgifter skickas dit. Över http kan vem som helst på nätet läsa dem eller använda dem före tjänsten.",
        fix="Publicera bara https-adresser.",
    ),
)
def endpoints_are_https(sp: SpMetadata) -> Outcome:
    """The SP's addresses are https.

    Assertions with personal data are sent there. Over http anybody on the network can read them, or use them before the service does.
    """
    every = (*sp.acs, *sp.other_endpoints)
    if not every:
        return not_applicable("the metadata has no address", "metadata har ingen adress")
    plain = next((endpoint for endpoint in every if not is_https(endpoint.location)), None)
    if plain is None:
        return passed()
    return failed(
        f"the address of {plain.service} is {{actual}}",
        f"adressen till {plain.service} är {{actual}}",
        at=plain.at(),
        actual=plain.location[:256],
        expected="https://…",
    )


@check(
    Level.MUST,
    spec="SAMLMeta 2.2.3",
    fix="Give each AssertionConsumerService an index of its own.",
    sv=Text(
        "Varje AssertionConsumerService har ett eget index",
        why="En IdP väljer adress efter index. Har två samma är det slumpen som avgör vart intyget skickas.",
        fix="Ge varje AssertionConsumerService ett eget index.",
    ),
)
def acs_indexes_are_distinct(sp: SpMetadata) -> Outcome:
    """Each AssertionConsumerService has an index of its own.

    An IdP chooses the address by index. Where two have the same, chance decides where the assertion goes.
    """
    count = Counter(endpoint.index for endpoint in sp.acs)
    if not count:
        return not_applicable("the metadata has no AssertionConsumerService", "metadata saknar AssertionConsumerService")
    same = next((endpoint for endpoint in sp.acs if endpoint.index is not None and count[endpoint.index] > 1), None)
    if same is None:
        return passed()
    return failed(
        f"{count[same.index]} of them have the index {{actual}}",
        f"{count[same.index]} av dem har index {{actual}}",
        at=same.at(),
        actual=same.index,
    )


@check(
    Level.MUST,
    spec="Kantara SDP-MD08; Skolfederation's technical profile 3.1.4, checked at upload since 2025-06-16, " + _VALIDATION,
    fix='Publish a certificate in a KeyDescriptor with use="encryption", or without use.',
    sv=Text(
        "SP:ns metadata innehåller ett krypteringscertifikat",
        why="Utan det kan IdP:n inte kryptera intyget, och Federationsadmin tar inte emot filen.",
        fix='Publicera ett certifikat i en KeyDescriptor med use="encryption", eller utan use.',
    ),
)
def has_an_encryption_certificate(sp: SpMetadata) -> Outcome:
    """The SP's metadata holds a certificate to encrypt to.

    Without it an IdP cannot encrypt the assertion, and Federationsadmin refuses the file.
    """
    if any(key.certificate.pem for key in sp.keys_for(ENCRYPTION)):
        return passed()
    return failed("there is no certificate to encrypt to", "det finns inget certifikat att kryptera till", at=sp.at("SPSSODescriptor"))


@check(
    Level.MUST,
    spec="SAMLMeta 2.4.4; Kantara SDP-MD05, SDP-IDP05",
    fix='Publish the certificate that requests are signed with, or say AuthnRequestsSigned="false".',
    sv=Text(
        "Signerar SP:n sina frågor finns certifikatet i metadata",
        why="AuthnRequestsSigned lovar IdP:n en signatur. Kan den inte kontrolleras nekas varje inloggning.",
        fix='Publicera certifikatet som frågorna signeras med, eller ange AuthnRequestsSigned="false".',
    ),
)
def signer_shows_its_certificate(sp: SpMetadata) -> Outcome:
    """An SP that signs its requests shows the certificate.

    AuthnRequestsSigned promises the IdP a signature. When it cannot be checked, every login is refused.
    """
    if not sp.signs_requests:
        return not_applicable("the SP does not sign its requests", "SP:n signerar inte sina frågor")
    if any(key.certificate.pem for key in sp.keys_for(SIGNING)):
        return passed()
    return failed(
        "the SP signs its requests, and shows no signing certificate",
        "SP:n signerar sina frågor men visar inget signeringscertifikat",
        at=sp.at("SPSSODescriptor"),
    )


@check(
    Level.SHOULD,
    spec="Kantara SDP-ALG01; XML Encryption 1.1, 5.2",
    fix="List aes256-gcm and aes128-gcm as EncryptionMethod, before any CBC, or list none.",
    sv=Text(
        "SP:n vill ha kryptering med GCM hellre än CBC",
        why="CBC utan kontroll av innehållet går att angripa: den som stör kan gissa sig till klartexten. IdP:n tar den första metod som den klarar.",
        fix="Skriv aes256-gcm och aes128-gcm som EncryptionMethod, före all CBC, eller skriv ingen metod alls.",
    ),
)
def prefers_gcm(sp: SpMetadata) -> Outcome:
    """The SP would rather have encryption by GCM than by CBC.

    CBC, which does not protect the content, can be attacked: whoever tampers may guess the plain text. An IdP takes the first method that it can.
    """
    listed = [(key, [method for method in key.methods if "-cbc" in method or "-gcm" in method]) for key in sp.keys_for(ENCRYPTION)]
    if not any(methods for _, methods in listed):
        return not_applicable("the metadata names no method", "metadata anger ingen metod")
    for key, methods in listed:
        if methods and "-gcm" not in methods[0]:
            return failed("the first method is {actual}", "den första metoden är {actual}", at=key.at(), actual=methods[0][:100])
    return passed()


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.2",
    fix="Write the metadata anew, or leave validUntil out: the federation's feed sets an end of its own.",
    sv=Text(
        "SP:ns metadata gäller fortfarande",
        why="IdP:er slutar skicka intyg till en tjänst vars metadata har gått ut.",
        fix="Skriv metadata på nytt, eller utelämna validUntil: federationens metadataflöde sätter ett eget slut.",
    ),
)
def is_still_valid(sp: SpMetadata, inspection: Inspection) -> Outcome:
    """The SP's metadata is still valid.

    IdPs stop sending assertions to a service whose metadata has ended.
    """
    end = sp.valid_until
    if end is None:
        return not_applicable("it says no end", "metadata anger inget slutdatum")
    if isinstance(end, Unreadable):
        return failed("validUntil cannot be read: {actual}", "validUntil går inte att läsa: {actual}", at=end.at, actual=end.text)
    if inspection.now < end:
        return passed()
    return failed("it ended at {actual}", "den gick ut {actual}", at=sp.at(), actual=end.isoformat(), expected=inspection.now.isoformat())
