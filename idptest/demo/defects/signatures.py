"""Signatures."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_STOCK = "login/a-stock-sp-accepts-it"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "signed-by-the-second-key",
        Words("signed by the second certificate in the metadata", "signerat med det andra certifikatet i metadata"),
        ("saml-metadata-signing/has-one-signing-key", "saml-signature/fits-the-first-certificate"),
        metadata=changes.published(key="other", more_keys=("signing",)),
    ),
    Defect(
        "response-unsigned",
        Words("only the assertion is signed", "bara intyget är signerat"),
        ("saml-signature/covers-the-response-itself",),
        answer=changes.answered(sign_response=False),
    ),
    Defect(
        "unsigned",
        Words("nothing is signed", "inget är signerat"),
        (_STOCK, "saml-signature/identity-is-signed-by-a-metadata-key"),
        answer=changes.answered(sign_response=False, sign_assertion=False),
    ),
    Defect(
        "signed-by-other-key",
        Words("signed by a key that the metadata lacks", "signerat med en nyckel som saknas i metadata"),
        (_STOCK, "saml-signature/identity-is-signed-by-a-metadata-key", "saml-signature/is-valid"),
        answer=changes.answered(key="other"),
    ),
    Defect(
        "sha1",
        Words("signed with SHA-1", "signerat med SHA-1"),
        ("saml-signature/algorithms-are-accepted",),
        answer=changes.answered(algorithm="sha1"),
    ),
    Defect(
        "response-changed-on-the-way",
        Words("something rewrote the response after it was signed", "svaret skrevs om efter signeringen"),
        (_STOCK, "saml-signature/is-valid"),
        answer=changes.answered(after_signing=changes.changed_on_the_way),
    ),
    Defect(
        "signature-stray",
        Words("a signature stands where it covers nothing", "en signatur står där den inte täcker något"),
        ("saml-signature/covers-the-element-it-stands-in", "saml-signature/covers-the-response-itself"),
        answer=changes.answered(sign_response=False, after_signing=changes.stray_signature),
    ),
    Defect(
        "duplicate-id",
        Words("two elements bear the same ID", "två element har samma ID"),
        (
            _STOCK,
            "saml-document/follows-the-schema",
            "saml-response/ids-are-unique",
            "saml-signature/covers-the-element-it-stands-in",
            "saml-signature/covers-the-response-itself",
            "saml-signature/identity-is-signed-by-a-metadata-key",
        ),
        answer=changes.answered(sign_response=False, after_signing=changes.duplicate_id),
    ),
)
