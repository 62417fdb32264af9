"""Rules about what the IdP's metadata offers, and what it carries besides."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed
from idptest.model.saml import IdpMetadata
from idptest.saml.bindings import POST

_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


@check(
    Level.NOTE,
    spec="SAMLProf 4.1.3.3; Kantara IIP-SSO02",
    fix="Publish a SingleSignOnService with the binding HTTP-POST too, if the product can.",
    sv=Text(
        "IdP:n tar även emot frågor med HTTP-POST",
        why="Skolverkets gateway frågar med HTTP-Redirect, men en del tjänster frågar med POST, särskilt när frågan är signerad och därmed lång.",
        fix="Publicera även en SingleSignOnService med bindningen HTTP-POST, om produkten klarar det.",
    ),
)
def takes_requests_by_post_too(metadata: IdpMetadata) -> Outcome:
    """The IdP takes requests by HTTP-POST too.

    Skolverket's gateway asks by HTTP-Redirect, but some services ask by POST, above all when a request is signed and grows long.
    """
    if any(endpoint.binding == POST for endpoint in metadata.sso):
        return passed()
    return failed(
        "the metadata has no SingleSignOnService for HTTP-POST",
        "metadata saknar SingleSignOnService för HTTP-POST",
        at=metadata.at("SingleSignOnService"),
        actual=tuple(found.binding for found in metadata.sso),
        expected=POST,
    )


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.4.1; Kantara SDP-MD04, SDP-IDP12",
    fix="List the format that the IdP issues as NameIDFormat, and take away those that it does not issue.",
    sv=Text(
        "NameID har ett format som står i metadata",
        why="En tjänst som läser metadata väntar sig något av formaten där. Skickas ett annat är antingen metadata fel eller IdP:n fel inställd.",
        fix="Skriv in det format som IdP:n skickar som NameIDFormat, och ta bort de format som den inte skickar.",
    ),
)
def issued_name_id_format_is_listed(login: Login) -> Outcome:
    """The NameID has a format that the metadata lists.

    A service that reads the metadata expects one of those. Where they differ, either the metadata or the IdP is set up wrongly.
    """
    metadata, name_id = login.metadata, login.assertion.name_id if login.assertion else None
    if name_id is None:
        return not_applicable("this login has no NameID to compare with", "inloggningen har inget NameID att jämföra med")
    if not metadata.name_id_formats:
        return not_applicable("the metadata lists no format", "metadata räknar inte upp något format")
    issued = name_id.format or _UNSPECIFIED
    if issued in metadata.name_id_formats:
        return passed()
    return failed(
        "the NameID has the format {actual}, and the metadata does not list it",
        "NameID har formatet {actual}, som inte står i metadata",
        at=name_id.at(),
        actual=issued,
        expected=metadata.name_id_formats,
    )


@check(
    Level.NOTE,
    spec="Kantara SDP-MD04",
    fix="Try what the IdP offers (logout above all, which Kantara's SDP-IDP21 asks for), or take out of the metadata what does not work.",
    sv=Text(
        "Metadata erbjuder inloggning och inget annat",
        why="Det som erbjuds ska fungera. Utloggning och artefakter syns inte vid en inloggning, så här är de inte prövade.",
        fix="Prova det som IdP:n erbjuder, främst utloggning, som Kantara vill ha (SDP-IDP21). Ta annars bort det som inte fungerar ur metadata.",
    ),
)
def offers_login_alone(metadata: IdpMetadata) -> Outcome:
    """The metadata offers login and nothing else.

    What is offered has to work. Logout and artifacts do not show in a login, so that nobody has tried them here.
    """
    if not metadata.other_endpoints:
        return passed()
    return failed(
        "the metadata also offers {actual}, which a login does not try",
        "metadata erbjuder också {actual}, och det prövas inte vid en inloggning",
        at=metadata.other_endpoints[0].at(),
        actual=tuple(dict.fromkeys(endpoint.service for endpoint in metadata.other_endpoints)),
    )


@check(
    Level.NOTE,
    spec="SAMLMeta 2.4.1",
    fix="Take the other descriptors out of the copy that goes to the federation. Do it with a script: the next copy has them again.",
    sv=Text(
        "Metadata beskriver IdP:n och inget annat",
        why="AD FS och Entra ID lägger till roller för WS-Federation och för sig själva som tjänst. Federationen har ingen nytta av dem, och en del program snubblar på dem.",
        fix="Ta bort de andra rollerna ur den fil som ska till federationen. Gör det med ett skript, för i nästa fil finns de igen.",
    ),
)
def describes_the_idp_alone(metadata: IdpMetadata) -> Outcome:
    """The metadata describes the IdP and nothing else.

    AD FS and Entra ID add roles of WS-Federation, and of themselves as a service. The federation has no use for them, and some programs
    stumble on them.
    """
    strangers = tuple(found for found in metadata.other_roles if found.startswith(("RoleDescriptor", "SPSSODescriptor")))
    if not strangers:
        return passed()
    return failed(
        "the metadata also holds {actual}",
        "metadata innehåller också {actual}",
        at=metadata.at(strangers[0].partition(" ")[0]),
        actual=strangers[:10],
    )
