"""The EPPN and its scope."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

_EPPN_FORM = "eppn-objectguid/guid-is-in-canonical-form"
_CAPITALS = "eppn/local-part-has-no-capitals"
_CHARACTERS = "eppn/local-part-has-characters-of-account-names"

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
        "scope-case",
        Words("the EPPN's domain has a capital that the metadata's has not", "EPPN:s domän har en stor bokstav som inte finns i metadata"),
        ("dnp/eppn-scope-in-metadata",),
        answer=changes.eppn_values(lambda local, domain, who: (f"{local}@{domain.capitalize()}",)),
    ),
    Defect(
        "scope-regexp",
        Words("the scope is a regular expression", "scopet är ett reguljärt uttryck"),
        ("dnp/scope-is-literal",),
        metadata=changes.published(scope_patterns=(r"^.+\.exempelstad\.se$",)),
    ),
    Defect(
        "scope-top-domain",
        Words("a whole top domain is declared as well", "en hel toppdomän är också deklarerad"),
        ("saml-metadata-scopes/scopes-are-domain-names", "saml-metadata-scopes/scopes-are-the-organisations-own"),
        metadata=changes.more(scopes=("se",)),
    ),
    Defect(
        "scope-with-capitals",
        Words("a scope is declared with a capital letter", "ett scope är deklarerat med stor bokstav"),
        ("saml-metadata-scopes/scopes-are-domain-names",),
        metadata=changes.more(scopes=("Edu.exempelstad.se",)),
    ),
    Defect(
        "scope-mail-provider",
        Words("a public e-mail provider's domain is declared as well", "en e-postleverantörs domän är också deklarerad"),
        ("saml-metadata-scopes/scopes-are-no-mail-providers", "saml-metadata-scopes/scopes-are-the-organisations-own"),
        metadata=changes.more(scopes=("gmail.com",)),
    ),
    Defect(
        "scope-of-another",
        Words("the next municipality's domain is declared as well", "grannkommunens domän är också deklarerad"),
        ("saml-metadata-scopes/scopes-are-the-organisations-own",),
        metadata=changes.more(scopes=("grannkoping.se",)),
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
        Words("the EPPN ends with a line break", "EPPN slutar med en radbrytning"),
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
        Words("the GUID is sent as base64 of its bytes", "GUID:et skickas som base64 av sina bytes"),
        (_EPPN_FORM, _CAPITALS, _CHARACTERS),
        answer=changes.eppn_form("base64-ad"),
    ),
    Defect(
        "eppn-byte-order",
        Words("the GUID's bytes were read in the wrong order", "GUID:ets bytes är lästa i fel ordning"),
        (_EPPN_FORM,),
        answer=changes.eppn_form("byte-order-mistake"),
    ),
    Defect(
        "eppn-braces",
        Words("the GUID stands in braces", "GUID:et står inom klammerparenteser"),
        (_EPPN_FORM, _CAPITALS, _CHARACTERS),
        answer=changes.eppn_form("braces"),
    ),
    Defect(
        "eppn-upper-case",
        Words("the GUID is in capitals", "GUID:et är skrivet med stora bokstäver"),
        (_EPPN_FORM, _CAPITALS),
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
        Words("the EPPN is built on the personnummer", "EPPN är byggt av personnumret"),
        ("dnp/eppn-is-no-personnummer", "eppn-objectguid/local-part-is-an-objectguid"),
        answer=changes.eppn_local_part(lambda who: who.personnummer),
    ),
    Defect(
        "eppn-other-guid",
        Words("the GUID is another one, such as the cloud directory's", "GUID:et är ett annat, till exempel molnkatalogens"),
        ("eppn-objectguid/guid-is-the-accounts-own",),
        answer=changes.eppn_local_part(lambda who: "2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63"),
    ),
    Defect(
        "eppn-not-provisioned",
        Words("another EPPN is sent than the one that was provisioned", "ett annat EPPN skickas än det som har förts över"),
        ("dnp/eppn-is-the-provisioned-one", "eppn-objectguid/guid-is-the-accounts-own"),
        answer=changes.eppn_local_part(lambda who: "2f6b8a10-93c5-4e7d-8b21-5a0c4d9e7f63"),
        account="samordning",
    ),
    Defect(
        "eppn-long",
        Words("the EPPN is a long row of digits", "EPPN är en lång rad siffror"),
        ("eppn-objectguid/local-part-is-an-objectguid", "eppn/is-of-moderate-length"),
        answer=changes.eppn_local_part(lambda who: "elev" + "0123456789" * 7),
    ),
)
