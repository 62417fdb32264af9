"""IdP metadata in the shapes that products give it, made here by what is commonly known of them, with Exempelstad's names and keys."""

from __future__ import annotations

from lxml import etree

from idptest.demo import keys

_NS = 'xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
_SAML = "urn:oasis:names:tc:SAML:2.0"
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706"'
_WS = "http://docs.oasis-open.org/wsfed/federation/200706"
_HOST, _TENANT = "https://adfs.exempelstad.se", "11111111-2222-3333-4444-555555555555"
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"


def _key(use: str | None, name: str = "signing") -> str:
    body = "".join(keys.certificate(name).decode().splitlines()[1:-1])
    attribute = f' use="{use}"' if use else ""
    return f"<KeyDescriptor{attribute}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"


def _service(name: str, binding: str, location: str, more: str = "") -> str:
    return f'<{name} Binding="{_SAML}:bindings:{binding}" Location="{location}"{more}/>'


def _role(kind: str, inner: str) -> str:
    return f'<RoleDescriptor xsi:type="fed:{kind}" protocolSupportEnumeration="{_WS}" {_XSI}>{inner}</RoleDescriptor>'


def adfs() -> bytes:
    """FederationMetadata.xml: signed, two roles of WS-Federation, itself as an SP, every claim listed."""
    sign, encrypt, ls = _key("signing"), _key("encryption", "other"), f"{_HOST}/adfs/ls/"
    formats = "".join(
        f"<NameIDFormat>{name}</NameIDFormat>"
        for name in (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            f"{_SAML}:nameid-format:persistent",
            f"{_SAML}:nameid-format:transient",
        )
    )
    logout = _service("SingleLogoutService", "HTTP-Redirect", ls) + _service("SingleLogoutService", "HTTP-POST", ls)
    claims = "".join(
        f'<Attribute xmlns="{_SAML}:assertion" Name="{_CLAIMS}/{name}" NameFormat="{_SAML}:attrname-format:uri" FriendlyName="{name}"/>'
        for name in ("emailaddress", "givenname", "name", "upn", "surname", "privatepersonalidentifier", "nameidentifier")
    )
    endpoint = (
        f'<fed:PassiveRequestorEndpoint><EndpointReference xmlns="http://www.w3.org/2005/08/addressing"><Address>{ls}</Address>'
        "</EndpointReference></fed:PassiveRequestorEndpoint>"
    )
    consumers = _service("AssertionConsumerService", "HTTP-POST", ls, ' index="0" isDefault="true"') + _service(
        "AssertionConsumerService", "HTTP-Redirect", ls, ' index="2"'
    )
    return _signed(
        f'<EntityDescriptor {_NS} ID="_5b3e" entityID="http://adfs.exempelstad.se/adfs/services/trust">'
        + _role("ApplicationServiceType", encrypt + endpoint)
        + _role("SecurityTokenServiceType", sign + endpoint)
        + f'<SPSSODescriptor WantAssertionsSigned="true" protocolSupportEnumeration="{_SAML}:protocol">{encrypt}{sign}{logout}{formats}{consumers}'
        + f'</SPSSODescriptor><IDPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol">{encrypt}{sign}{logout}{formats}'
        + _service("SingleSignOnService", "HTTP-Redirect", ls)
        + _service("SingleSignOnService", "HTTP-POST", ls)
        + claims
        + "</IDPSSODescriptor><ContactPerson contactType='support'/></EntityDescriptor>"
    )


def entra() -> bytes:
    """federationmetadata.xml of an application: signed, two roles of WS-Federation."""
    saml2 = f"https://login.microsoftonline.com/{_TENANT}/saml2"
    return _signed(
        f'<EntityDescriptor {_NS} ID="_c1d2" entityID="https://sts.windows.net/{_TENANT}/">'
        + _role("SecurityTokenServiceType", _key("signing"))
        + _role("ApplicationServiceType", _key("signing"))
        + f'<IDPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol">'
        + _key("signing")
        + _service("SingleLogoutService", "HTTP-Redirect", saml2)
        + _service("SingleSignOnService", "HTTP-Redirect", saml2)
        + _service("SingleSignOnService", "HTTP-POST", saml2)
        + "</IDPSSODescriptor></EntityDescriptor>"
    )


def google() -> bytes:
    """GoogleIDPMetadata.xml: ends with its certificate."""
    sso = "https://accounts.google.com/o/saml2/idp?idpid=C01abcdef"
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><EntityDescriptor {_NS} '
        'entityID="https://accounts.google.com/o/saml2?idpid=C01abcdef" validUntil="2030-06-14T08:12:31.000Z">'
        f'<IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="{_SAML}:protocol">'
        + _key("signing")
        + "<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>"
        + _service("SingleSignOnService", "HTTP-Redirect", sso)
        + _service("SingleSignOnService", "HTTP-POST", sso)
        + "</IDPSSODescriptor></EntityDescriptor>"
    ).encode()


def shibboleth() -> bytes:
    """idp-metadata.xml as its installer writes it: the scope in its place, three keys, artifacts and attribute queries."""
    host, soap = "https://idp.exempelstad.se/idp/profile", "https://idp.exempelstad.se:8443/idp/profile"
    three = _key("signing") + _key("signing", "other") + _key("encryption", "sp")
    scope = '<Extensions><shibmd:Scope xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" regexp="false">exempelstad.se</shibmd:Scope></Extensions>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><EntityDescriptor {_NS} entityID="https://idp.exempelstad.se/idp/shibboleth">'
        f'<IDPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol urn:mace:shibboleth:1.0">{scope}{three}'
        + _service("ArtifactResolutionService", "SOAP", f"{soap}/SAML2/SOAP/ArtifactResolution", ' index="2"')
        + _service("SingleSignOnService", "HTTP-POST", f"{host}/SAML2/POST/SSO")
        + _service("SingleSignOnService", "HTTP-POST-SimpleSign", f"{host}/SAML2/POST-SimpleSign/SSO")
        + _service("SingleSignOnService", "HTTP-Redirect", f"{host}/SAML2/Redirect/SSO")
        + f'</IDPSSODescriptor><AttributeAuthorityDescriptor protocolSupportEnumeration="{_SAML}:protocol">{scope}{three}'
        + _service("AttributeService", "SOAP", f"{soap}/SAML2/SOAP/AttributeQuery")
        + "</AttributeAuthorityDescriptor></EntityDescriptor>"
    ).encode()


def keycloak() -> bytes:
    """A realm's descriptor, which says that requests must be signed."""
    saml = "https://login.exempelstad.se/realms/skola/protocol/saml"
    logout = _service("SingleLogoutService", "HTTP-POST", saml) + _service("SingleLogoutService", "HTTP-Redirect", saml)
    return (
        f'<EntityDescriptor {_NS} entityID="https://login.exempelstad.se/realms/skola">'
        f'<IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="{_SAML}:protocol">'
        + _key("signing")
        + _service("ArtifactResolutionService", "SOAP", f"{saml}/resolve", ' index="0"')
        + logout
        + "".join(f"<NameIDFormat>{_SAML}:nameid-format:{name}</NameIDFormat>" for name in ("persistent", "transient"))
        + _service("SingleSignOnService", "HTTP-POST", saml)
        + _service("SingleSignOnService", "HTTP-Redirect", saml)
        + "</IDPSSODescriptor></EntityDescriptor>"
    ).encode()


PRODUCTS = {"adfs": adfs, "entra": entra, "google": google, "shibboleth": shibboleth, "keycloak": keycloak}


def _signed(xml: str) -> bytes:
    """As Microsoft's come: the signature first."""
    from signxml.algorithms import CanonicalizationMethod
    from signxml.signer import XMLSigner

    root = etree.fromstring(xml.encode())
    root.insert(0, etree.Element("{http://www.w3.org/2000/09/xmldsig#}Signature", Id="placeholder"))
    key, certificate = keys.pair("signing")
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    made = signer.sign(root, key=key, cert=certificate.decode(), reference_uri=f"#{root.get('ID')}", id_attribute="ID")
    return etree.tostring(made, encoding="utf-8", xml_declaration=True)
