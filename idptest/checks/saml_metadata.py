"""Rules about the IdP's metadata, as far as a login needs it."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model.inspection import Judged
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.saml import Certificate, IdpMetadata, Unreadable
from idptest.saml.bindings import REDIRECT, is_https, on_this_machine
from idptest.saml.metadata_parts import LONGEST_ENTITY_ID, is_absolute_uri
from idptest.saml.schema import metadata_fault

_SOON = timedelta(days=90)


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.3, 2.4; Kantara SDP-G03",
    fix="Put the element where the schema has it, or take it away; the order counts. A federation refuses a file that is not valid.",
    sv=Text(
        "Metadata följer SAML-schemat",
        why="Federationen tar inte emot någon annan metadata, och program läser felen på olika sätt eller inte alls. Oftast beror de på att filen har redigerats för hand.",
        fix="Flytta elementet dit schemat vill ha det, eller ta bort det. Ordningen har betydelse. Federationen nekar en fil som inte följer schemat.",
    ),
)
def is_valid_by_the_schema(metadata: IdpMetadata) -> Outcome:
    """The metadata is valid by SAML's schema.

    A federation takes no other, and programs read what is wrong differently or not at all. Most such faults come of editing by hand.
    """
    fault = metadata_fault(metadata.document)
    if fault is None:
        return passed()
    return failed("the schema says: {actual}", "schemat säger: {actual}", at=fault[0], actual=fault[1])


@check(
    Level.SHOULD,
    spec="Kantara SDP-G04",
    fix="A new IdP: choose an https address of your own. One in use: every service must be told of the change, so plan it, or leave it.",
    sv=Text(
        "IdP:ns entityID är en absolut URI på högst 256 tecken",
        why="Ett namn utan URI-schema eller värdnamn kan någon annan också ha valt, och längre namn ryms inte i alla databaser.",
        fix="Ny IdP: välj en egen https-adress. IdP i drift: alla tjänster måste få veta att namnet ändras, så planera ändringen eller låt namnet vara.",
    ),
)
def entity_id_is_an_absolute_uri(metadata: IdpMetadata) -> Outcome:
    """The IdP's entityID is an absolute URI of at most 256 characters.

    A name without scheme or host may have been chosen by somebody else as well, and longer ones do not fit into every database.
    """
    name = metadata.entity_id
    if len(name) > LONGEST_ENTITY_ID:
        return failed(
            f"the entityID has {len(name)} characters",
            f"entityID är {len(name)} tecken långt",
            at=metadata.at(),
            actual=name[:LONGEST_ENTITY_ID],
            expected=LONGEST_ENTITY_ID,
        )
    if is_absolute_uri(name):
        return passed()
    return failed("the entityID {actual} is no URI", "entityID {actual} är ingen URI", at=metadata.at(), actual=name)


@check(
    Level.MUST,
    spec="Kantara SDP-MD08",
    fix="Publish the certificate that the IdP signs with under IDPSSODescriptor/KeyDescriptor.",
    sv=Text(
        "Metadata innehåller ett signeringscertifikat",
        why="Utan det kan ingen tjänst kontrollera IdP:ns signatur.",
        fix="Publicera certifikatet som IdP:n signerar med, under IDPSSODescriptor/KeyDescriptor.",
    ),
)
def has_a_signing_certificate(metadata: IdpMetadata) -> Outcome:
    """The metadata holds a signing certificate.

    Without it no service can check the IdP's signature.
    """
    if any(certificate.pem for certificate in metadata.signing):
        return passed()
    if metadata.signing:
        return failed(
            "the certificate in the metadata cannot be read", "certifikatet i metadata går inte att läsa", at=metadata.signing[0].at()
        )
    return failed("the metadata holds no signing certificate", "metadata saknar signeringscertifikat", at=metadata.at("IDPSSODescriptor"))


@check(
    Level.MUST,
    spec="Kantara SDP-MD06, SDP-MD07",
    fix="Make a new signing key, RSA of at least 3072 bits, and publish both certificates during the change.",
    sv=Text(
        "Signeringsnyckeln är stark nog",
        why="Korta nycklar går att knäcka, och tjänster slutar godta dem.",
        fix="Skapa en ny signeringsnyckel, RSA med minst 3072 bitar, och publicera båda certifikaten under bytet.",
    ),
)
def signing_key_is_strong(certificate: Certificate) -> Outcome:
    """The signing key is strong enough: RSA of at least 2048 bits or EC of at least 256.

    Short keys can be broken, and services stop accepting them.
    """
    if certificate.pem is None or certificate.bits is None:
        return inconclusive(
            "the certificate cannot be read",
            "certifikatet går inte att läsa",
            blocked_by="saml-metadata/has-a-signing-certificate",
            at=certificate.at(),
        )
    if certificate.strong:
        return passed()
    return failed(
        "the signing key is {actual}",
        "signeringsnyckeln är {actual}",
        at=certificate.at(),
        actual=f"{certificate.algorithm} {certificate.bits}",
        expected="RSA 2048, EC 256",
    )


@check(
    Level.SHOULD,
    spec="SWAMID SAML WebSSO 5.2.2; Kantara IIP-MD12",
    fix="Plan the change of certificate now: publish the new one beside the old, wait until every feed has it, then sign with it.",
    sv=Text(
        "Signeringscertifikatet gäller nu och i minst 90 dagar till",
        why="Enligt SAML är det nyckeln som räknas, inte certifikatets datum. En del tjänster slutar ändå godta inloggningar när det går ut, och ett förhastat byte stänger ute alla.",
        fix="Planera bytet nu: publicera det nya certifikatet bredvid det gamla, vänta tills alla har hämtat metadata, och börja sedan signera med det.",
    ),
)
def signing_certificate_lasts(certificate: Certificate, judged: Judged) -> Outcome:
    """The signing certificate is valid, and lasts at least 90 days more.

    By SAML the key counts and not the certificate's dates, but when it ends some services stop accepting logins all the same,
    and a change in a hurry locks everybody out.
    """
    if certificate.not_after is None:
        return inconclusive(
            "the certificate cannot be read",
            "certifikatet går inte att läsa",
            blocked_by="saml-metadata/has-a-signing-certificate",
            at=certificate.at(),
        )
    if certificate.not_before is not None and judged.now < certificate.not_before:
        return failed(
            "the signing certificate does not begin until {actual}",
            "signeringscertifikatet börjar inte gälla förrän {actual}",
            at=certificate.at(),
            actual=certificate.not_before.date().isoformat(),
        )
    left = (certificate.not_after - judged.now).days
    if judged.now + _SOON <= certificate.not_after:
        return passed()
    end = certificate.not_after.date().isoformat()
    if left < 0:
        return failed(
            "the signing certificate ended on {actual}", "signeringscertifikatet gick ut {actual}", at=certificate.at(), actual=end
        )
    return failed(
        f"the signing certificate ends in {left} days, on {{actual}}",
        f"signeringscertifikatet går ut om {left} dagar, {{actual}}",
        at=certificate.at(),
        actual=end,
    )


@check(
    Level.MUST,
    spec="Kantara SDP-IDP02, SAMLMeta 2.4.3",
    fix="Publish a SingleSignOnService with the binding HTTP-Redirect.",
    sv=Text(
        "IdP:n tar emot frågor med HTTP-Redirect",
        why="Skolverkets gateway och de flesta tjänster frågar så.",
        fix="Publicera en SingleSignOnService med bindningen HTTP-Redirect.",
    ),
)
def takes_requests_by_redirect(metadata: IdpMetadata) -> Outcome:
    """The IdP takes requests by HTTP-Redirect.

    Skolverket's gateway and most services ask that way.
    """
    if any(endpoint.binding == REDIRECT for endpoint in metadata.sso):
        return passed()
    return failed(
        "the metadata has no SingleSignOnService for HTTP-Redirect",
        "metadata saknar SingleSignOnService för HTTP-Redirect",
        at=metadata.at("SingleSignOnService"),
        actual=tuple(found.binding for found in metadata.sso),
        expected=REDIRECT,
    )


@check(
    Level.MUST,
    spec="Kantara SDP-IDP03",
    fix="Publish https addresses only.",
    sv=Text(
        "Inloggningsadressen börjar med https",
        why="Över http kan vem som helst på nätet läsa lösenord och byta ut svaret.",
        fix="Publicera bara https-adresser.",
    ),
)
def login_address_is_https(metadata: IdpMetadata) -> Outcome:
    """The login address is https.

    Over http anybody on the network can read passwords and exchange the answer.
    """
    if not metadata.sso:
        return not_applicable("the metadata has no login address", "metadata har ingen inloggningsadress")
    plain = [endpoint for endpoint in metadata.sso if not is_https(endpoint.location)]
    for endpoint in plain:
        if not on_this_machine(endpoint.location):
            return failed(
                "the login address is {actual}",
                "inloggningsadressen är {actual}",
                at=endpoint.at(),
                actual=endpoint.location,
                expected="https://…",
            )
    return not_applicable("the IdP runs on this very machine", "IdP:n körs på den här datorn") if plain else passed()


@check(
    Level.MUST,
    spec="SAMLMeta 2.3.2",
    fix="Upload the metadata anew; where the federation's feed has ended, fetch the feed again. Google's ends with its certificate: fetch it again in time.",
    sv=Text(
        "Metadata gäller fortfarande",
        why="Tjänster slutar lita på en IdP vars metadata har gått ut.",
        fix="Ladda upp metadata på nytt. Är det federationens metadataflöde som har gått ut: hämta det igen. Googles metadata går ut samtidigt med certifikatet: hämta den i tid.",
    ),
)
def is_still_valid(metadata: IdpMetadata, judged: Judged) -> Outcome:
    """The metadata is still valid.

    Services stop trusting an IdP whose metadata has ended.
    """
    end = metadata.valid_until
    if end is None:
        return not_applicable("it says no end", "metadata anger inget slutdatum")
    if isinstance(end, Unreadable):
        return failed("validUntil cannot be read: {actual}", "validUntil går inte att läsa: {actual}", at=end.at, actual=end.text)
    if judged.now < end:
        return passed()
    return failed(
        "the metadata ended at {actual}",
        "metadata gick ut {actual}",
        at=metadata.at(),
        actual=end.isoformat(),
        expected=judged.now.isoformat(),
    )
