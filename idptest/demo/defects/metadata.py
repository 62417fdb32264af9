"""The IdP's metadata, apart from scopes and what it shows people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words
from idptest.saml.bindings import POST, REDIRECT

_STOCK = "login/a-stock-sp-accepts-it"
_URN = "urn:exempelstad:idp"
_BARE = "idp.exempelstad.se"
_SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

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
        ("saml-metadata/signing-key-is-strong", "skolfederation/long-lived-keys-are-longer"),
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
        Words("the metadata offers requests by POST only", "enligt metadata går det bara att fråga med POST"),
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
    Defect(
        "certificate-not-begun",
        Words("the certificate begins tomorrow", "certifikatet börjar gälla i morgon"),
        ("saml-metadata/signing-certificate-lasts",),
        metadata=lambda published, now: replace(published, certificate_start=now.replace(microsecond=0) + timedelta(days=1)),
    ),
    Defect(
        "certificate-bought",
        Words("the certificate was bought from an issuer", "certifikatet är köpt av en utfärdare"),
        ("skolfederation/certificate-is-self-signed",),
        metadata=changes.published(certificate_issuer="Utfärdare AB"),
    ),
    Defect(
        "key-change-under-way",
        Words("the metadata holds the next key as well", "metadata innehåller även nästa nyckel"),
        ("saml-metadata-signing/has-one-signing-key",),
        metadata=changes.more(more_keys=("other",)),
    ),
    Defect(
        "sha1-declared",
        Words("the metadata declares SHA-1 only", "metadata anger bara SHA-1"),
        ("saml-metadata-signing/declares-more-than-sha-1",),
        metadata=changes.published(algorithms=(("SigningMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),)),
    ),
    Defect(
        "metadata-edited-after-signing",
        Words("signed metadata was edited by hand", "signerad metadata har redigerats för hand"),
        ("saml-metadata-signing/own-signature-still-holds",),
        metadata=changes.published(signed=True, edited=True),
    ),
    Defect(
        "metadata-out-of-order",
        Words("an element stands where the schema does not have it", "ett element står på fel plats enligt schemat"),
        ("saml-metadata/is-valid-by-the-schema",),
        metadata=changes.published(name_id_formats_last=True),
    ),
    Defect(
        "entity-id-urn",
        Words("the entityID is a URN", "entityID är en URN"),
        ("skolfederation/entity-id-is-a-web-address",),
        answer=changes.answered(issuer=_URN, assertion_issuer=_URN),
        metadata=changes.published(entity_id=_URN),
    ),
    Defect(
        "entity-id-bare",
        Words("the entityID is a host name", "entityID är ett värdnamn"),
        ("saml-metadata/entity-id-is-an-absolute-uri", "skolfederation/entity-id-is-a-web-address"),
        answer=changes.answered(issuer=_BARE, assertion_issuer=_BARE),
        metadata=changes.published(entity_id=_BARE),
    ),
    Defect(
        "post-not-offered",
        Words("the metadata offers requests by Redirect only", "enligt metadata går det bara att fråga med Redirect"),
        ("saml-metadata-offers/takes-requests-by-post-too",),
        metadata=changes.published(bindings=(REDIRECT,)),
    ),
    Defect(
        "logout-offered",
        Words("the metadata offers logout, which nobody has tried", "metadata erbjuder utloggning, som ingen har provat"),
        ("saml-metadata-offers/offers-login-alone",),
        metadata=changes.more(other_endpoints=(("SingleLogoutService", REDIRECT, "https://idp.exempelstad.se/slo"),)),
    ),
    Defect(
        "artifacts-over-http",
        Words("the address for artifacts is http", "adressen för artefakter är http"),
        ("saml-metadata-offers/offers-login-alone", "skolfederation/other-endpoints-are-https"),
        metadata=changes.more(other_endpoints=(("ArtifactResolutionService", _SOAP, "http://idp.exempelstad.se/artifact"),)),
    ),
    Defect(
        "name-id-format-unlisted",
        Words("the metadata lists another NameIDFormat than is sent", "metadata anger ett annat NameIDFormat än det som skickas"),
        ("saml-metadata-offers/issued-name-id-format-is-listed",),
        metadata=changes.published(name_id_formats=("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",)),
    ),
    Defect(
        "metadata-of-adfs",
        Words("the metadata is as AD FS gives it, with other roles", "metadata är så som AD FS skriver den, med andra roller"),
        ("saml-metadata-offers/describes-the-idp-alone",),
        metadata=changes.published(federation_roles=True),
    ),
    Defect(
        "attributes-in-metadata",
        Words(
            "IDPSSODescriptor lists the attributes that the product knows",
            "IDPSSODescriptor räknar upp attributen som produkten känner till",
        ),
        ("skolfederation/no-attributes-are-listed",),
        metadata=changes.more(listed_attributes=("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",)),
    ),
    Defect(
        "e-leg-misspelt",
        Words("the declaration of e-leg has a slash too many", "deklarationen av e-leg har ett snedstreck för mycket"),
        ("dnp-teacher/e-leg-is-spelt-right",),
        metadata=lambda published, now: replace(published, e_leg_value=published.e_leg_value + "/"),
    ),
    Defect(
        "level-declared-uncertified",
        Words(
            "the metadata declares a level that only Digg-approved IdPs may",
            "metadata deklarerar en nivå som bara Digg-godkända IdP:er får ange",
        ),
        ("dnp-teacher/declared-levels-may-be-claimed",),
        metadata=changes.more(levels=("http://id.elegnamnden.se/loa/1.0/loa3",)),
    ),
)
