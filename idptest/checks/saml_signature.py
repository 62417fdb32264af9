"""Rules about signatures. Keys come from the IdP's metadata and from nowhere else."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.saml import Response, Signature
from idptest.saml.signature import DIGEST_METHODS, SIGNATURE_METHODS, WEAK_DIGEST_METHODS, WEAK_SIGNATURE_METHODS


@check(
    Level.MUST,
    spec="SAMLProf 4.1.3.5",
    fix="Let the IdP sign, and publish the certificate it signs with in its metadata; after a change of certificate, upload the metadata again.",
    sv=Text(
        "Identiteten är signerad med en nyckel som finns i metadata",
        why="Utan giltig signatur kan vem som helst utge sig för att vara IdP:n. Alla tjänster nekar en sådan inloggning.",
        fix="Låt IdP:n signera, och publicera certifikatet som den signerar med i metadata. Ladda upp metadata på nytt efter ett certifikatbyte.",
    ),
)
def identity_is_signed_by_a_metadata_key(response: Response, login: Login) -> Outcome:
    """The identity is signed by a key that the IdP's metadata holds.

    Without a valid signature anybody could pose as the IdP, and every service refuses the login.
    """
    if not response.succeeded:
        return not_applicable("an error response may be unsigned", "ett felsvar får vara osignerat")
    if login.trusted:
        return passed()
    if response.encrypted_assertions and not response.assertions:
        return inconclusive(
            "the assertion could not be decrypted",
            "intyget gick inte att dekryptera",
            blocked_by="saml-encryption/assertion-can-be-decrypted",
            at=response.encrypted_assertions[0].at(),
        )
    if not response.signatures:
        return failed("neither the response nor the assertion is signed", "varken svaret eller intyget är signerat", at=response.at())
    if all(signature.state == "malformed" for signature in response.signatures):
        return failed("there is no signature that counts", "det finns ingen signatur som räknas", at=response.at("Signature"))
    count = len(login.metadata.signing)
    return failed(
        f"the signature fits none of the {count} certificates in the metadata",
        f"signaturen stämmer inte med något av de {count} certifikaten i metadata"
        if count != 1
        else "signaturen stämmer inte med certifikatet i metadata",
        at=response.at("Signature"),
    )


@check(
    Level.MUST,
    spec="SAMLCore 5.4",
    fix="Leave signing to the IdP product and let nothing rewrite the response on its way.",
    sv=Text(
        "Signaturen täcker elementet den står i",
        why="Signaturer som pekar på något annat är kärnan i kända angrepp, där det som läses inte är det som är signerat.",
        fix="Låt IdP-produkten sköta signeringen, och låt inget skriva om svaret på vägen.",
    ),
)
def covers_the_element_it_stands_in(signature: Signature) -> Outcome:
    """A signature covers the element it stands in, and nothing else.

    Signatures that point elsewhere are at the heart of known attacks, where what is read is not what was signed.
    """
    if signature.problem is None:
        return passed()
    return failed(
        "a signature counts for nothing: " + signature.problem.en, "en signatur är inget värd: " + signature.problem.sv, at=signature.at()
    )


@check(
    Level.MUST,
    spec="XMLSig 3.2",
    fix="Publish the certificate that the IdP signs with, and let nothing rewrite the response on its way.",
    sv=Text(
        "Varje signatur i svaret stämmer",
        why="Vissa tjänster kontrollerar svarets signatur, andra intygets. Båda måste hålla.",
        fix="Publicera certifikatet som IdP:n signerar med, och låt inget skriva om svaret på vägen.",
    ),
)
def is_valid(signature: Signature) -> Outcome:
    """Every signature in the response is valid.

    Some services check the response's signature, others the assertion's; both have to hold.
    """
    if signature.state == "valid":
        return passed()
    if signature.state == "malformed":
        return inconclusive(
            "it was not tried", "den prövades inte", blocked_by="saml-signature/covers-the-element-it-stands-in", at=signature.at()
        )
    if signature.state == "refused":
        return inconclusive("it was not tried", "den prövades inte", blocked_by="saml-signature/algorithms-are-accepted", at=signature.at())
    return failed(
        "the signature of {actual} fits no key in the metadata",
        "signaturen på {actual} stämmer inte med någon nyckel i metadata",
        at=signature.at(),
        actual=signature.of,
    )


@check(
    Level.MUST,
    spec="Kantara SDP-ALG01",
    fix="Choose RSA-SHA256 (or stronger) as the signature algorithm for this SP.",
    sv=Text(
        "Signaturen använder godtagna algoritmer",
        why="SHA-1 går att förfalska och nekas av moderna tjänster. När en tjänst uppgraderas kan alla era användare bli utestängda på en gång.",
        fix="Välj RSA-SHA256 (eller starkare) som signaturalgoritm för den här tjänsten.",
    ),
)
def algorithms_are_accepted(signature: Signature) -> Outcome:
    """The signature uses algorithms that are accepted today.

    SHA-1 can be forged, and modern services refuse it: an upgrade at the service would lock all your users out at once.
    """
    wrong = [
        weak.get(used or "", used or "none")
        for accepted, weak, used in (
            (SIGNATURE_METHODS, WEAK_SIGNATURE_METHODS, signature.algorithm),
            (DIGEST_METHODS, WEAK_DIGEST_METHODS, signature.digest),
        )
        if used not in accepted
    ]
    if not wrong:
        return passed()
    return failed(
        "the signature uses {actual}",
        "signaturen använder {actual}",
        at=signature.at("SignatureMethod"),
        actual=tuple(wrong),
        expected="RSA-SHA256",
    )


@check(
    Level.NOTE,
    spec="Kantara SDP-IDP09",
    fix="Let the IdP sign the response, or both the response and the assertion, for this SP.",
    sv=Text(
        "Själva svaret är signerat",
        why="Flera profiler, Sweden Connects bland dem, kräver att svaret självt är signerat. Skolverket anger inte vilken signatur som behövs.",
        fix="Låt IdP:n signera svaret, eller både svaret och intyget, för den här tjänsten.",
    ),
)
def covers_the_response_itself(response: Response) -> Outcome:
    """The response itself is signed.

    Several profiles, Sweden Connect's among them, ask for the response's own signature. Skolverket does not say which it wants.
    """
    if not response.succeeded:
        return not_applicable("an error response may be without a signature", "ett felsvar får sakna signatur")
    if any(signature.of == "Response" for signature in response.signatures):
        return passed()
    return (
        failed("only the assertion is signed", "bara intyget är signerat", at=response.at())
        if response.signatures
        else not_applicable("nothing is signed", "inget är signerat")
    )


@check(
    Level.NOTE,
    spec="Kantara IIP-MD07",
    fix="Nothing, while you change keys. Afterwards remove the old certificate from the metadata; until then let the one in use stand first.",
    sv=Text(
        "Signaturen är gjord med det första certifikatet i metadata",
        why="En tjänst ska pröva alla certifikat, men det finns de som bara prövar det första.",
        fix="Gör inget medan nyckelbytet pågår. Ta sedan bort det gamla certifikatet ur metadata, och låt till dess det som används stå först.",
    ),
)
def fits_the_first_certificate(signature: Signature) -> Outcome:
    """The signature is made with the first certificate in the metadata.

    A service is to try them all, but there are those that try the first only.
    """
    if signature.key is None:
        return not_applicable("the signature is not valid", "signaturen är inte giltig")
    if signature.key == 1:
        return passed()
    return failed(
        "it is made with number {actual} of the certificates in the metadata",
        "den är gjord med certifikat nummer {actual} i metadata",
        at=signature.at(),
        actual=signature.key,
        expected=1,
    )
