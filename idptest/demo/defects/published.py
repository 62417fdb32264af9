"""What the IdP's metadata shows people: names, links, logo, contacts."""

from __future__ import annotations

from idptest.demo import changes
from idptest.demo.defect import Defect
from idptest.model.rule import Words

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "name-in-swedish-only",
        Words("the IdP's name is given in Swedish only", "IdP:ns namn finns bara på svenska"),
        ("skolfederation/display-name-in-swedish-and-english",),
        metadata=changes.not_shown("DisplayName", "en"),
    ),
    Defect(
        "description-missing",
        Words("the IdP is not described", "IdP:n saknar beskrivning"),
        ("skolfederation/description-in-swedish-and-english",),
        metadata=changes.not_shown("Description"),
    ),
    Defect(
        "information-page-no-link",
        Words("the information page is given as a text, not as an address", "informationssidan är angiven som text, inte som adress"),
        ("skolfederation/information-page-is-linked",),
        metadata=changes.shown(lambda old: ((old[0], old[1], "www.exempelstad.se") if old[0] == "InformationURL" else old,)),
    ),
    Defect(
        "privacy-statement-missing",
        Words("nothing links to how personal data is treated", "inget länkar till hur personuppgifter behandlas"),
        ("skolfederation/privacy-statement-is-linked",),
        metadata=changes.not_shown("PrivacyStatementURL"),
    ),
    Defect(
        "logo-over-http",
        Words("the logo is fetched over http", "logotypen hämtas över http"),
        ("skolfederation/logo-is-https",),
        metadata=changes.shown(lambda old: ((old[0], old[1], old[2].replace("https:", "http:")) if old[0] == "Logo" else old,)),
    ),
    Defect(
        "organisation-twice-in-swedish",
        Words("the organisation's name stands twice in Swedish", "organisationens namn står två gånger på svenska"),
        ("skolfederation/organisation-in-swedish-and-english",),
        metadata=changes.shown(lambda old: (old, (old[0], old[1], "Exempelstad")) if old[:2] == ("OrganizationName", "sv") else (old,)),
    ),
    Defect(
        "error-url-missing",
        Words("there is no page for those who do not get in", "det finns ingen sida för den som inte kommer in"),
        ("skolfederation/error-url-is-given",),
        metadata=changes.published(error_url=None),
    ),
    Defect(
        "error-url-http",
        Words("the page for those who do not get in is http", "sidan för den som inte kommer in har en http-adress"),
        ("skolfederation/error-url-is-https",),
        metadata=changes.published(error_url="http://www.exempelstad.se/inloggning/hjalp"),
    ),
    Defect(
        "support-contact-missing",
        Words("the metadata has no contact for support", "metadata saknar supportkontakt"),
        ("skolfederation/contacts-are-listed",),
        metadata=changes.contacts(lambda kind, address: () if kind == "support" else ((kind, address),)),
    ),
    Defect(
        "security-contact-missing",
        Words("the metadata has no contact for security", "metadata saknar säkerhetskontakt"),
        ("skolfederation/security-contact-is-listed",),
        metadata=changes.contacts(lambda kind, address: () if kind == "security" else ((kind, address),)),
    ),
    Defect(
        "contact-without-mailto",
        Words("a contact's e-mail address lacks mailto:", "en kontakts e-postadress saknar mailto:"),
        ("skolfederation/contacts-have-mail-addresses",),
        metadata=changes.contacts(
            lambda kind, address: ((kind, address.removeprefix("mailto:")),) if kind == "technical" else ((kind, address),)
        ),
    ),
    Defect(
        "two-technical-contacts",
        Words("there are two technical contacts", "det finns två tekniska kontakter"),
        ("skolfederation/one-contact-of-each-kind",),
        metadata=changes.more(contacts=(("technical", "mailto:drift@exempelstad.se"),)),
    ),
)
