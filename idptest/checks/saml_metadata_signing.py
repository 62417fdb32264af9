"""Rules about the keys, algorithms and signature in the IdP's metadata, beside the one key that every IdP needs."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.inspection import Judged
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, Words, failed, not_applicable, passed
from idptest.model.saml import IdpMetadata, Response
from idptest.saml.metadata import own_signature_holds


@check(
    Level.NOTE,
    spec="Kantara SDP-IDP32, IIP-MD07",
    fix="When the change of key is done, take out the certificate that is no longer used. Before: wait until every service has both.",
    sv=Text(
        "Metadata har en enda signeringsnyckel",
        why="Två nycklar betyder att ett nyckelbyte pågår, och så ska det gå till. Men ligger den gamla kvar efteråt kan den som har den fortfarande använda den.",
        fix="Ta bort certifikatet som inte används längre när bytet är klart. Vänta med bytet tills alla tjänster har hämtat båda.",
    ),
)
def has_one_signing_key(metadata: IdpMetadata, judged: Judged) -> Outcome:
    """The metadata has one signing key.

    Two mean that a change of key is under way, and so it should be done. But a key that is left behind can still be used by whoever has it.
    """
    keys = list(dict.fromkeys(certificate.pem for certificate in metadata.signing))
    if len(keys) < 2:
        return passed()
    used = _used(judged) if isinstance(judged, Login) else Words("", "")
    return failed(
        f"the metadata has {len(keys)} signing keys{used.en}",
        f"metadata har {len(keys)} signeringsnycklar{used.sv}",
        at=metadata.signing[1].at(),
        actual=tuple(f"{number}: {_end(certificate.not_after)}" for number, certificate in enumerate(metadata.signing[:10], 1)),
    )


def _used(login: Login) -> Words:
    """Which of them signed this login."""
    signatures = login.response.signatures if isinstance(login.response, Response) else ()
    which = ", ".join(str(number) for number in sorted({signature.key for signature in signatures if signature.key is not None}))
    if not which:
        return Words("; none signed this login", "; ingen av dem har signerat den här inloggningen")
    return Words(f"; this login is signed with number {which}", f"; den här inloggningen är signerad med nummer {which}")


def _end(moment: object) -> str:
    return str(moment)[:10] if moment else "–"


@check(
    Level.SHOULD,
    spec="Kantara SDP-ALG01; SAML V2.0 Metadata Profile for Algorithm Support 1.0, 2",
    fix="Declare SHA-256 as well (alg:DigestMethod, alg:SigningMethod), or take the declaration away: without one, peers choose themselves.",
    sv=Text(
        "Metadata anger fler algoritmer än SHA-1",
        why="En tjänst håller sig till det som IdP:n säger sig klara. Anges bara SHA-1 signerar tjänsten med en algoritm som är knäckt, eller inte alls.",
        fix="Ange även SHA-256 (alg:DigestMethod, alg:SigningMethod), eller ta bort uppgiften: utan den väljer motparten själv.",
    ),
)
def declares_more_than_sha_1(metadata: IdpMetadata) -> Outcome:
    """The metadata declares other algorithms than SHA-1.

    A service keeps to what the IdP says that it can do. Where that is SHA-1 alone, it signs with an algorithm that is broken, or not at all.
    """
    if not metadata.digests and not metadata.signings:
        return not_applicable("the metadata declares no algorithm", "metadata anger inga algoritmer")
    for declared, element in ((metadata.digests, "DigestMethod"), (metadata.signings, "SigningMethod")):
        if declared and all(found.casefold().endswith("sha1") for found in declared):
            return failed(
                "the metadata declares {actual} and nothing else",
                "metadata anger bara {actual}",
                at=metadata.at(element),
                actual=declared[:10],
            )
    return passed()


@check(
    Level.NOTE,
    spec="SAMLMeta 3",
    fix="Take the signature (ds:Signature) out of a file that you edit; the federation signs what it publishes itself.",
    sv=Text(
        "Metadatans egen signatur stämmer",
        why="AD FS och Entra ID signerar sin metadata, och när filen redigeras slutar signaturen att stämma. En tjänst som kontrollerar den tar inte emot filen.",
        fix="Ta bort signaturen (ds:Signature) ur en fil som ni redigerar; federationen signerar själv det som den publicerar.",
    ),
)
def own_signature_still_holds(metadata: IdpMetadata) -> Outcome:
    """The metadata's own signature holds.

    AD FS and Entra ID sign their metadata, and editing the file breaks that. A service that checks the signature refuses the file.
    """
    if not metadata.signed:
        return not_applicable("the metadata bears no signature of its own", "metadata har ingen egen signatur")
    holds = own_signature_holds(metadata.document)
    if holds is None:
        return not_applicable(
            "the metadata's signature is of a form that is not verified here",
            "metadatans signatur har en form som inte kontrolleras här",
        )
    if holds:
        return passed()
    return failed(
        "the metadata was changed after it was signed", "metadata har ändrats efter att den signerades", at=metadata.at("Signature")
    )
