"""The IdP's metadata, apart from scopes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words
from idptest.saml.bindings import POST

_STOCK = "login/a-stock-sp-accepts-it"

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "certificate-missing",
        Words("the metadata holds no certificate", "metadata saknar certifikat"),
        (
            _STOCK,
            "saml-metadata/has-a-signing-certificate",
            "saml-signature/identity-is-signed-by-a-metadata-key",
            "saml-signature/is-valid",
        ),
        metadata=changes.published(key=None),
    ),
    Defect(
        "certificate-ends-soon",
        Words("the certificate ends in 41 days", "certifikatet går ut om 41 dagar"),
        ("saml-metadata/signing-certificate-lasts",),
        metadata=lambda published, now: replace(published, certificate_end=now.replace(microsecond=0) + timedelta(days=41, hours=1)),
    ),
    Defect(
        "key-weak",
        Words("the signing key has 1024 bits", "signeringsnyckeln har 1024 bitar"),
        ("saml-metadata/signing-key-is-strong",),
        answer=changes.answered(key="weak"),
        metadata=changes.published(key="weak"),
    ),
    Defect(
        "login-address-http",
        Words("the login address is http", "inloggningsadressen är http"),
        ("saml-metadata/login-address-is-https",),
        metadata=lambda published, now: replace(published, sso=published.sso.replace("https:", "http:")),
    ),
    Defect(
        "redirect-not-offered",
        Words("the metadata offers requests by POST only", "metadata erbjuder bara frågor med POST"),
        ("saml-metadata/takes-requests-by-redirect",),
        metadata=changes.published(bindings=(POST,)),
    ),
    Defect(
        "metadata-ended",
        Words("the metadata has ended", "metadata har gått ut"),
        (_STOCK, "saml-metadata/is-still-valid"),
        metadata=lambda published, now: replace(published, valid_until=now - timedelta(days=2)),
    ),
    Defect(
        "wants-signed-requests",
        Words("the IdP demands signed requests", "IdP:n kräver signerade frågor"),
        ("dnp/takes-unsigned-requests",),
        metadata=changes.published(wants_signed_requests=True),
    ),
)
