"""Named defects of Exempelstad: one fault each, and beside it the rules that it breaks, all of them and no others.

`fails` is the union over the reports of one `idptest login --demo ACCOUNT --defect NAME`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words
from idptest.saml.bindings import POST

_STOCK = "login/a-stock-sp-accepts-it"
_EPPN_FORM = "eppn-objectguid/guid-is-in-canonical-form"

DEFECTS: tuple[Defect, ...] = (
    # --- the scope
    Defect(
        "scope-wrong",
        Words(
            "the EPPN ends with a domain that the metadata does not declare", "EPPN slutar på en domän som inte är deklarerad i metadata"
        ),
        ("dnp/eppn-scope-in-metadata",),
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@edu.{domain}",)),
    ),
    Defect(
        "scope-undeclared",
        Words("the metadata declares no scope", "metadata deklarerar inget scope"),
        ("dnp/eppn-scope-in-metadata", "dnp/scope-is-declared"),
        metadata=changes.published(scopes=()),
    ),
    Defect(
        "scope-misplaced",
        Words(
            "the scope stands under EntityDescriptor, not under IDPSSODescriptor",
            "scopet står under EntityDescriptor, inte under IDPSSODescriptor",
        ),
        ("dnp/eppn-scope-in-metadata", "dnp/scope-is-declared"),
        metadata=changes.published(scope_place="entity"),
    ),
    Defect(
        "scope-regexp",
        Words("the scope is a regular expression", "scopet är ett reguljärt uttryck"),
        ("dnp/scope-is-literal",),
        metadata=changes.published(scope_patterns=(r"^.+\.exempelstad\.se$",)),
    ),
    # --- the EPPN
    Defect(
        "eppn-missing",
        Words("no EPPN is released", "inget EPPN skickas"),
        ("dnp/eppn-is-released",),
        answer=changes.answered(attributes=()),
    ),
    Defect(
        "eppn-two-values",
        Words("two accounts matched, and both EPPNs are sent", "två konton träffades, och båda EPPN skickas"),
        ("eppn/has-exactly-one-value", "eppn-objectguid/guid-is-the-accounts-own"),
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@{domain}", f"2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63@{domain}")),
    ),
    Defect(
        "eppn-two-at",
        Words("the domain is added twice", "domänen är tillagd två gånger"),
        ("eppn/is-local-part-at-scope",),
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@{domain}@{domain}",)),
    ),
    Defect(
        "eppn-padded",
        Words("the EPPN ends with a line break", "EPPN slutar med ett radbryt"),
        ("eppn/is-local-part-at-scope", "skolfederation/values-are-clean"),
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@{domain}\n",)),
    ),
    Defect(
        "eppn-short-name",
        Words("the EPPN is sent under its plain name", "EPPN skickas under sitt enkla namn"),
        ("dnp/eppn-name-is-the-oid",),
        answer=changes.eppn_named("eduPersonPrincipalName", None),
    ),
    Defect(
        "eppn-without-name-format",
        Words("the OID is sent without NameFormat", "OID:en skickas utan NameFormat"),
        ("dnp/eppn-name-is-the-oid", "dnp/eppn-name-is-understood", "skolfederation/attribute-names-have-format-uri"),
        answer=changes.eppn_named("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", None),
    ),
    Defect(
        "eppn-base64",
        Words("the GUID is sent as base64 of its bytes", "GUID:et skickas som base64 av byten"),
        (_EPPN_FORM,),
        answer=changes.eppn_form("base64-ad"),
    ),
    Defect(
        "eppn-byte-order",
        Words("the GUID's bytes were read in the wrong order", "GUID:ets byte är lästa i fel ordning"),
        (_EPPN_FORM,),
        answer=changes.eppn_form("byte-order-mistake"),
    ),
    Defect(
        "eppn-braces", Words("the GUID stands in braces", "GUID:et står inom klamrar"), (_EPPN_FORM,), answer=changes.eppn_form("braces")
    ),
    Defect(
        "eppn-upper-case",
        Words("the GUID is in capitals", "GUID:et är skrivet med stora bokstäver"),
        (_EPPN_FORM,),
        answer=changes.eppn_form("upper"),
    ),
    Defect(
        "eppn-upn",
        Words("the EPPN is the user principal name", "EPPN är användarens UPN"),
        ("dnp/eppn-holds-no-name", "dnp/eppn-is-not-the-account-name", "eppn-objectguid/local-part-is-an-objectguid"),
        answer=changes.eppn_local_part(lambda who: who.user_principal_name.partition("@")[0]),
    ),
    Defect(
        "eppn-personnummer",
        Words("the EPPN is built on the personnummer", "EPPN är byggt på personnumret"),
        ("dnp/eppn-is-no-personnummer", "eppn-objectguid/local-part-is-an-objectguid"),
        answer=changes.eppn_local_part(lambda who: who.personnummer),
    ),
    Defect(
        "eppn-other-guid",
        Words("the GUID is another one, such as the cloud directory's", "GUID:et är ett annat, till exempel molnkatalogens"),
        ("eppn-objectguid/guid-is-the-accounts-own",),
        answer=changes.eppn_local_part(lambda who: "2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63"),
    ),
    # --- the level
    Defect(
        "level-missing",
        Words("the assertion does not say how the person logged in", "intyget säger inte hur personen loggade in"),
        ("saml-assertion/tells-how-the-person-logged-in",),
        answer=changes.answered(context_class=None),
    ),
    Defect(
        "level-unrequested",
        Words("the IdP ignores the levels asked for and takes a password", "IdP:n struntar i efterfrågad nivå och nöjer sig med lösenord"),
        ("dnp-teacher/level-is-on-the-list", "level/answer-is-one-that-was-asked-for", "loa3-teacher/level-is-at-least-3"),
        answer=changes.answered(context_class="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        method="password",
    ),
    Defect(
        "level-password-at-loa3",
        Words("a password alone is called level 3", "bara ett lösenord kallas nivå 3"),
        ("level/fits-the-factors-given",),
        answer=changes.answered(context_class="http://id.swedenconnect.se/loa/1.0/uncertified-loa3"),
        method="password",
    ),
    Defect(
        "level-certified-claim",
        Words("the IdP claims a level that only DIGG-approved IdPs may", "IdP:n intygar en nivå som bara DIGG-godkända IdP:er får intyga"),
        ("dnp-teacher/level-may-be-claimed",),
        answer=changes.answered(context_class="http://id.elegnamnden.se/loa/1.0/loa3"),
    ),
    Defect(
        "level-refused",
        Words("the IdP says that it can give no level", "IdP:n säger att den inte kan ge någon nivå"),
        ("login/idp-completes-the-login",),
        answer=changes.answered(
            status=("urn:oasis:names:tc:SAML:2.0:status:Responder", "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext")
        ),
    ),
    Defect(
        "e-leg-misplaced",
        Words("e-leg is declared under IDPSSODescriptor", "e-leg är deklarerad under IDPSSODescriptor"),
        ("dnp-teacher/e-leg-is-declared-under-the-entity",),
        metadata=changes.published(e_leg="role"),
    ),
    Defect(
        "force-authn-ignored",
        Words("an old login is reused", "en gammal inloggning återanvänds"),
        ("saml-assertion/authentication-is-fresh",),
        answer=lambda answer, who, now: replace(answer, authn_instant=now - timedelta(hours=5)),
    ),
    # --- signatures
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
        Words("something rewrote the response after it was signed", "något skrev om svaret efter signeringen"),
        (_STOCK, "saml-signature/is-valid"),
        answer=changes.answered(after_signing=changes.changed_on_the_way),
    ),
    Defect(
        "signature-stray",
        Words("a signature stands where it covers nothing", "en signatur står där den inte täcker något"),
        ("saml-signature/covers-the-element-it-stands-in",),
        answer=changes.answered(sign_response=False, after_signing=changes.stray_signature),
    ),
    Defect(
        "duplicate-id",
        Words("two elements bear the same ID", "två element bär samma ID"),
        (
            _STOCK,
            "saml-response/ids-are-unique",
            "saml-signature/covers-the-element-it-stands-in",
            "saml-signature/identity-is-signed-by-a-metadata-key",
        ),
        answer=changes.answered(sign_response=False, after_signing=changes.duplicate_id),
    ),
    # --- encryption
    Defect(
        "encrypted-for-another",
        Words("the assertion is encrypted for another service", "intyget är krypterat för en annan tjänst"),
        (_STOCK, "saml-encryption/assertion-can-be-decrypted"),
        answer=changes.answered(cipher="aes256-gcm", encrypt_for="other"),
    ),
    Defect(
        "encrypted-with-cbc",
        Words("the assertion is encrypted with CBC", "intyget är krypterat med CBC"),
        ("saml-encryption/cipher-is-authenticated",),
        answer=changes.answered(cipher="aes256-cbc"),
    ),
    Defect(
        "encrypted-with-rsa-1-5",
        Words("the key is encrypted with RSA 1.5", "nyckeln är krypterad med RSA 1.5"),
        ("saml-encryption/key-transport-is-oaep",),
        answer=changes.answered(cipher="aes256-gcm", key_transport="rsa-1_5"),
    ),
    # --- the response and the assertion
    Defect(
        "wrong-audience",
        Words("issued for another service", "utställt till en annan tjänst"),
        (_STOCK, "saml-assertion/audience-contains-this-sp"),
        answer=changes.answered(audience="https://annan-tjanst.example/sp"),
    ),
    Defect(
        "wrong-recipient",
        Words("to be delivered elsewhere", "ska lämnas någon annanstans"),
        ("saml-assertion/recipient-is-our-acs",),
        answer=changes.answered(recipient="https://annan-tjanst.example/acs"),
    ),
    Defect(
        "wrong-destination",
        Words("addressed to somebody else", "adresserat till någon annan"),
        (_STOCK, "saml-response/destination-is-our-acs"),
        answer=changes.answered(destination="https://annan-tjanst.example/acs"),
    ),
    Defect(
        "wrong-in-response-to",
        Words("the answer to another request", "svaret på en annan fråga"),
        (_STOCK, "saml-assertion/answers-our-request", "saml-response/answers-our-request"),
        answer=changes.answered(in_response_to="id-annan", confirmation_in_response_to="id-annan"),
    ),
    Defect(
        "expired",
        Words("the assertion has ended", "intyget har gått ut"),
        (_STOCK, "saml-assertion/can-still-be-delivered", "saml-assertion/is-valid-now"),
        answer=lambda answer, who, now: changes.ended(answer, now),
    ),
    Defect(
        "not-yet-valid",
        Words("the assertion begins in an hour", "intyget börjar gälla om en timme"),
        (_STOCK, "saml-assertion/is-valid-now"),
        answer=lambda answer, who, now: replace(answer, not_before=now + timedelta(hours=1), not_on_or_after=now + timedelta(hours=2)),
    ),
    Defect(
        "clock-ahead",
        Words("the IdP's clock is ten minutes ahead", "IdP:ns klocka går tio minuter före"),
        (
            _STOCK,
            "saml-assertion/authentication-is-fresh",
            "saml-assertion/is-issued-now",
            "saml-assertion/is-valid-now",
            "saml-response/is-issued-now",
        ),
        answer=lambda answer, who, now: changes.later(answer, timedelta(minutes=10)),
    ),
    Defect(
        "issuer-other",
        Words("issued in another IdP's name", "utfärdat i en annan IdP:s namn"),
        (_STOCK, "saml-assertion/issuer-is-the-idp", "saml-response/issuer-is-the-idp"),
        answer=changes.answered(issuer="https://idp.grannstad.se/saml", assertion_issuer="https://idp.grannstad.se/saml"),
    ),
    Defect(
        "two-assertions",
        Words("two assertions in one response", "två intyg i ett svar"),
        (_STOCK, "saml-response/has-exactly-one-assertion"),
        answer=changes.answered(assertions=2),
    ),
    Defect(
        "authn-statement-missing",
        Words("the assertion tells of no login", "intyget berättar inte om någon inloggning"),
        (_STOCK, "saml-assertion/has-exactly-one-authn-statement"),
        answer=changes.answered(authn_statements=0),
    ),
    Defect(
        "not-bearer",
        Words("the assertion is not confirmed by bearer", "intyget bekräftas inte med bearer"),
        ("saml-assertion/has-a-bearer-confirmation",),
        answer=changes.answered(confirmation_method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"),
    ),
    Defect(
        "comment-in-eppn",
        Words("there is a comment inside the EPPN", "det finns en kommentar inne i EPPN"),
        ("saml-response/values-hold-no-comments",),
        answer=lambda answer, who, now: replace(answer, attributes=tuple(replace(sent, comment=True) for sent in answer.attributes)),
    ),
    Defect(
        "doctype",
        Words("the response has a doctype", "svaret har en doctype"),
        (_STOCK, "saml-response/is-readable"),
        answer=changes.answered(doctype=True),
    ),
    Defect(
        "by-get",
        Words("the response comes in the address bar", "svaret kommer i adressraden"),
        ("saml-response/arrives-by-post",),
        answer=changes.answered(by_get=True),
    ),
    Defect(
        "relay-state-lost",
        Words("RelayState is lost", "RelayState försvinner"),
        ("saml-response/relay-state-comes-back",),
        answer=changes.answered(relay_state=None),
    ),
    Defect(
        "over-release",
        Words("names, e-mail and personnummer are sent too", "namn, e-post och personnummer skickas med"),
        ("dnp/only-the-eppn-is-released",),
        answer=changes.over_release,
    ),
    # --- the metadata
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


def defect(name: str) -> Defect | None:
    return next((found for found in DEFECTS if found.name == name), None)
