"""Rules about encrypted assertions."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.saml import EncryptedAssertion, Response
from idptest.saml.encryption import AUTHENTICATED, OAEP, RSA_1_5, UNAUTHENTICATED


@check(
    Level.MUST,
    spec="SAMLMeta 2.4.1.1",
    fix="Let the IdP encrypt for the certificate that our metadata has for encryption now; after a change of ours, load the metadata anew.",
    sv=Text(
        "Det krypterade intyget går att dekryptera",
        why="Ett intyg som är krypterat med fel nyckel kan ingen läsa, och inloggningen stannar hos tjänsten.",
        fix="Låt IdP:n kryptera med det certifikat som vår metadata anger för kryptering nu. Läs in vår metadata på nytt när vi har bytt certifikat.",
    ),
)
def assertion_can_be_decrypted(encrypted: EncryptedAssertion) -> Outcome:
    """The encrypted assertion can be decrypted.

    Nobody can read an assertion that is encrypted for the wrong key, and the login stops at the service.
    """
    if encrypted.problem is None:
        return passed()
    if encrypted.problem.en in ("our library lacks the algorithm", "nobody tried to decrypt it", "we have no key to decrypt with"):
        return inconclusive(encrypted.problem.en, encrypted.problem.sv, at=encrypted.at())
    return failed(
        "the assertion cannot be decrypted: " + encrypted.problem.en,
        "intyget går inte att dekryptera: " + encrypted.problem.sv,
        at=encrypted.at(),
        actual=encrypted.key_transport,
    )


@check(
    Level.SHOULD,
    spec="Kantara SDP-ALG01",
    fix="Choose AES-128-GCM or AES-256-GCM for encryption to this SP.",
    sv=Text(
        "Krypteringen skyddar också mot ändring",
        why="Det som är krypterat med CBC går att ändra i. En tjänst som svarar olika på olika fel läcker då innehållet bit för bit.",
        fix="Välj AES-128-GCM eller AES-256-GCM för kryptering till den här tjänsten.",
    ),
)
def cipher_is_authenticated(encrypted: EncryptedAssertion) -> Outcome:
    """The encryption also guards against changes.

    What is encrypted with CBC can be tampered with, and services that answer differently to different faults then leak it bit by bit.
    """
    if encrypted.algorithm in AUTHENTICATED:
        return passed()
    name = UNAUTHENTICATED.get(encrypted.algorithm or "", encrypted.algorithm)
    return failed(
        "the assertion is encrypted with {actual}",
        "intyget är krypterat med {actual}",
        at=encrypted.at("EncryptionMethod"),
        actual=name,
        expected="AES-GCM",
    )


@check(
    Level.SHOULD,
    spec="Kantara SDP-ALG01",
    fix="Choose RSA-OAEP for the encryption of the key.",
    sv=Text(
        "Nyckeln är krypterad med RSA-OAEP",
        why="Det finns kända angrepp mot RSA 1.5, och flera tjänster godtar det inte längre.",
        fix="Välj RSA-OAEP för kryptering av nyckeln.",
    ),
)
def key_transport_is_oaep(encrypted: EncryptedAssertion) -> Outcome:
    """The key is encrypted with RSA-OAEP.

    There are known attacks on RSA 1.5, and several services accept it no longer.
    """
    if encrypted.key_transport in OAEP:
        return passed()
    name = RSA_1_5.get(encrypted.key_transport or "", encrypted.key_transport)
    return failed(
        "the key is encrypted with {actual}",
        "nyckeln är krypterad med {actual}",
        at=encrypted.at("EncryptedKey"),
        actual=name,
        expected="RSA-OAEP",
    )


@check(
    Level.NOTE,
    spec="Kantara SDP-IDP11",
    fix="Turn encryption of assertions on for this SP. What services in Skolfederation need it is not documented.",
    sv=Text(
        "Intyget är krypterat när vi erbjuder det",
        why="Intyget går genom användarens webbläsare. Krypterat kan inget tillägg eller program på datorn läsa vem det gäller. "
        "Kantaras profil kräver kryptering, men det gör inte Skolfederation, så vitt vi vet.",
        fix="Slå på kryptering av intyg för den här tjänsten. Vilka tjänster i Skolfederation som behöver det är inte dokumenterat.",
    ),
)
def is_used_when_we_offer_it(response: Response, login: Login) -> Outcome:
    """The assertion is encrypted when we offer it.

    It passes through the user's browser; encrypted, no extension or program there can read whom it is about. Kantara's profile demands it,
    and Skolfederation does not, as far as we know.
    """
    if response.encrypted_assertions:
        return passed()
    if not response.succeeded:
        return not_applicable("an error response holds no assertion", "ett felsvar innehåller inget intyg")
    if not login.sent.encryption_offered:
        return not_applicable(
            "our metadata offers no certificate for encryption, or the file does not tell",
            "vår metadata erbjuder inget certifikat för kryptering, eller så säger filen inget om saken",
        )
    return failed("the assertion is not encrypted", "intyget är inte krypterat", at=response.at("Assertion"))
