"""Rules about what a federation's feed is signed with: trust in everybody in it stands on that."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.feed_words import grouped
from idptest.model import aggregate as wrong
from idptest.model.feed import SAML
from idptest.model.inspected_feed import FeedContent, SigningKey
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed, passed_unless

_SIGNED = "feed-signature/is-signed-as-a-whole"
_VERIFIED = "Kantara SDP-MD02"
_SOON = timedelta(days=90)


@check(
    Level.MUST,
    spec=_VERIFIED,
    fix="Take no unsigned feed into use. Check the address; if it is right, tell the federation.",
    sv=Text(
        "Flödet är signerat som helhet",
        why="Den som kan ändra flödet på vägen bestämmer annars vilka IdP:er och nycklar som gäller. En signatur på en del av det säger inget om resten.",
        fix="Ta inget osignerat flöde i bruk. Kontrollera adressen, och säg till federationen om den är rätt.",
    ),
)
def is_signed_as_a_whole(content: FeedContent) -> Outcome:
    """The feed is signed as a whole.

    Otherwise whoever can change it on its way says which IdPs and keys are right. A signature of a part of it tells nothing of the rest.
    """
    return passed_unless(content.why(wrong.UNSIGNED, wrong.MALFORMED))


@check(
    Level.MUST,
    spec="Kantara SDP-ALG01",
    fix="Tell the federation: a feed is signed with SHA-256 or better.",
    sv=Text(
        "Flödet är signerat med SHA-256 eller bättre",
        why="SHA-1 är knäckt: den som kan göra två flöden med samma kontrollsumma får in vem som helst i federationen.",
        fix="Säg till federationen: ett flöde signeras med SHA-256 eller bättre.",
    ),
)
def signature_is_strong(content: FeedContent) -> Outcome:
    """The feed is signed with SHA-256 or better.

    SHA-1 is broken: whoever can make two feeds of one digest gets anybody into the federation.
    """
    if content.said.has(wrong.UNSIGNED, wrong.MALFORMED):
        return inconclusive("it has no signature to look at", "det har ingen signatur att titta på", blocked_by=_SIGNED)
    return passed_unless(content.why(wrong.REFUSED))


@check(
    Level.MUST,
    spec=_VERIFIED,
    fix="Do not use it. Has the federation announced a new key, confirm its fingerprint with them and move the pin: idptest metadata fetch NAME --pin SHA256. Otherwise fetch again, and ask the federation.",
    sv=Text(
        "Flödet är signerat med den nyckel som du har godkänt",
        why="Certifikatet i flödets egen signatur bevisar inget: det kan vem som helst byta. Bara den nyckel som bekräftats med federationen gäller.",
        fix="Använd det inte. Har federationen meddelat en ny nyckel: bekräfta fingeravtrycket med dem och byt med idptest metadata fetch NAMN --pin SHA256. Annars: hämta på nytt, och fråga federationen.",
    ),
)
def is_signed_by_the_approved_key(content: FeedContent) -> Outcome:
    """The feed is signed with the key that you have approved.

    The certificate in the feed's own signature proves nothing, anybody can exchange it. Only the key that was confirmed with the federation counts.
    """
    if content.said.has(wrong.UNSIGNED, wrong.MALFORMED):
        return inconclusive("it has no signature to verify", "det har ingen signatur att verifiera", blocked_by=_SIGNED)
    if content.said.has(wrong.REFUSED):
        return inconclusive(
            "the signature does not count, whoever made it",
            "signaturen räknas inte, vem som än gjort den",
            blocked_by="feed-signature/signature-is-strong",
        )
    if content.said.verified:
        return passed()
    key, named = content.key, content.named
    if key and named and named.sha256 != key.sha256:
        return failed(
            "it is signed with another key than the approved one, by the certificate in its signature",
            "det är signerat med en annan nyckel än den godkända, enligt certifikatet i dess signatur",
            actual=grouped(named.sha256),
            expected=grouped(key.sha256),
        )
    if content.said.has(wrong.NO_CERTIFICATE):
        return inconclusive(
            "the certificate of an approved key is not at hand: --certificate FILE, or idptest metadata fetch NAME",
            "det finns inget certifikat för en godkänd nyckel att verifiera det med: --certificate FIL, eller idptest metadata fetch NAMN",
        )
    if content.feed.format == SAML:
        return failed(
            "the signature does not hold: the feed was changed after it was signed, or replaced while it was being sent",
            "signaturen håller inte: flödet har ändrats efter signeringen, eller bytts ut medan det skickades",
        )
    return passed_unless(content.why(wrong.INVALID))


@check(
    Level.NOTE,
    source="https://www.skolfederation.se/teknisk_information-juni-2016/ (read 2026-11)",
    fix="Ask the federation whether a change of key is planned, and how its fingerprint will be confirmed.",
    sv=Text(
        "Certifikatet som flödet signeras med gäller i minst tre månader till",
        why="Att det går ut stoppar ingen som har godkänt just den nyckeln. Men federationer byter nyckel omkring den dagen, och då kommer ett annat certifikat.",
        fix="Fråga federationen om ett nyckelbyte är planerat, och hur fingeravtrycket bekräftas då.",
    ),
)
def signing_certificate_lasts(key: SigningKey, judged: Inspection) -> Outcome:
    """The certificate that the feed is signed with lasts for three months more, at least.

    That it ends stops nobody who has approved just that key. But federations change keys around that day, and then another certificate comes.
    """
    if key.not_after is None:
        return not_applicable("it is a key without a certificate", "det är en nyckel utan certifikat")
    if key.not_after - judged.now < _SOON:
        return failed("it ends {actual}", "det går ut {actual}", actual=f"{key.not_after:%Y-%m-%d}")
    return passed()


@check(
    Level.SHOULD,
    spec="Kantara SDP-MD06 and SDP-MD07",
    fix="Tell the federation: everybody's logins stand on this key.",
    sv=Text(
        "Nyckeln som flödet signeras med är RSA på minst 2048 bitar eller EC på minst 256",
        why="Den som knäcker federationens nyckel kan lägga till vilken IdP som helst.",
        fix="Säg till federationen: allas inloggningar vilar på den nyckeln.",
    ),
)
def signing_key_is_strong(key: SigningKey) -> Outcome:
    """The key that the feed is signed with is RSA of 2048 bits or EC of 256, at least.

    Whoever breaks the federation's key can add any IdP he likes.
    """
    least = {"RSA": 2048, "EC": 256}.get(key.algorithm)
    if least is None or key.bits is None:
        return inconclusive("it is a key of a kind that is not known here", "det är en sorts nyckel som inte är känd här")
    if key.bits < least:
        return failed("it is {actual}", "den är {actual}", actual=f"{key.algorithm} {key.bits}")
    return passed()
