"""A federation on loopback, for tests: signed feeds of invented entities, and a web server that does as it is told."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import CanonicalizationMethod
from signxml.signer import XMLSigner

from idptest.adapters.http_client import HttpClient
from idptest.demo import keys
from idptest.feed_facts import certificate_key
from idptest.model.inspected_feed import SigningKey

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
EXEMPELSTAD = "https://idp.exempelstad.se/idp"
ANKARVIK = "https://idp.ankarvik.se/idp"
TJANST = "https://larresurs.example/sp"

# Who asks: a workspace's settings, and a client that does not wait long.
SP = '[sp]\nentity_id = "https://idptest.exempelstad.se/sp"\nbase_url = "https://localhost:8443"\n'
CLIENT = HttpClient(timeout=2)


@cache
def _certificate(key: str) -> str:
    return "".join(keys.certificate(key).decode().splitlines()[1:-1])


def idp(entity_id: str = EXEMPELSTAD, *, name: str = "Exempelstads kommun", scope: str = "exempelstad.se", location: str = "") -> str:
    registered = "{registered}"
    return f"""<md:EntityDescriptor entityID="{entity_id}">
  <md:Extensions>{registered}</md:Extensions>
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:Extensions>
      <shibmd:Scope regexp="false">{scope}</shibmd:Scope>
      <mdui:UIInfo><mdui:DisplayName xml:lang="sv">{name}</mdui:DisplayName></mdui:UIInfo>
    </md:Extensions>
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_certificate("signing")}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{location or entity_id + "/sso"}"/>
  </md:IDPSSODescriptor>
  <md:Organization>
    <md:OrganizationName xml:lang="sv">{name}</md:OrganizationName>
    <md:OrganizationDisplayName xml:lang="sv">{name}</md:OrganizationDisplayName>
    <md:OrganizationURL xml:lang="sv">https://www.example.se/</md:OrganizationURL>
  </md:Organization>
</md:EntityDescriptor>"""


def sp(entity_id: str = TJANST, *, name: str = "Lärresurs") -> str:
    registered = "{registered}"
    return f"""<md:EntityDescriptor entityID="{entity_id}">
  <md:Extensions>{registered}</md:Extensions>
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="sv">{name}</mdui:DisplayName></mdui:UIInfo></md:Extensions>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{entity_id}/acs" index="1"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>"""


ENTITIES = (idp(), idp(ANKARVIK, name="Ankarviks kommun, Åre ö", scope="ankarvik.se"), sp())
REGISTERED = '<mdrpi:RegistrationInfo registrationAuthority="https://federation.example/" registrationInstant="2024-03-01T10:00:00Z"/>'


def fingerprint(key: str = "signing") -> str:
    return hashlib.sha256(x509.load_pem_x509_certificate(keys.certificate(key)).public_bytes(Encoding.DER)).hexdigest()


def unsigned(
    *entities: str, until: datetime | None = NOW + timedelta(days=7), lasts: str | None = "PT1H", registered: str = REGISTERED
) -> bytes:
    """An EntitiesDescriptor, that of three entities when none is given."""
    ends = (f' validUntil="{until:%Y-%m-%dT%H:%M:%SZ}"' if until else "") + (f' cacheDuration="{lasts}"' if lasts else "")
    body = "\n".join(each.replace("{registered}", registered) for each in entities or ENTITIES)
    return f"""<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
 xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:mdrpi="urn:oasis:names:tc:SAML:metadata:rpi"
 ID="feed-1" Name="https://federation.example/"{ends}>
{body}
</md:EntitiesDescriptor>""".encode()


def signed(data: bytes, key: str = "signing", *, algorithm: str = "sha256", key_info: bool = True) -> bytes:
    """With a signature where the schema wants it: first in the root."""
    root = etree.fromstring(data)
    root.insert(0, etree.Element("{http://www.w3.org/2000/09/xmldsig#}Signature", Id="placeholder"))

    class Signer(XMLSigner):  # type: ignore[misc]
        def check_deprecated_methods(self) -> None: ...

    signer = Signer(
        signature_algorithm=f"rsa-{algorithm}",
        digest_algorithm=algorithm,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    made = signer.sign(root, key=keys.private(key), cert=keys.certificate(key).decode(), reference_uri="feed-1")
    if not key_info:
        found = made.find(".//{*}Signature/{*}KeyInfo")
        found.getparent().remove(found)
    return bytes(etree.tostring(made, encoding="utf-8", xml_declaration=True))


@cache
def feed() -> bytes:
    """A good one."""
    return signed(unsigned())


@dataclass
class Answer:
    """What the server gives; `body` may be pieces that are made as they are sent. `wrong_length`: bytes more than there are."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Callable[[], Iterator[bytes]] = b""
    wrong_length: int = 0


@dataclass
class Federation:
    url: str
    answers: list[Answer]  # one after another; the last again and again
    asked: list[dict[str, str]] = field(default_factory=list)  # the headers of each request, in lower case

    def gives(self, *answers: Answer | bytes) -> None:
        self.answers[:] = [Answer(body=each) if isinstance(each, bytes) else each for each in answers]


@contextlib.contextmanager
def federation(*answers: Answer | bytes) -> Iterator[Federation]:
    """A server on loopback, without TLS."""
    running: Federation

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            running.asked.append({name.lower(): value for name, value in self.headers.items()} | {":path": self.path})
            answer = running.answers.pop(0) if len(running.answers) > 1 else running.answers[0]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            if isinstance(answer.body, bytes):
                if answer.status != 304:
                    self.send_header("Content-Length", str(len(answer.body) + answer.wrong_length))
                self.end_headers()
                self.wfile.write(answer.body)
            else:
                self.end_headers()
                with contextlib.suppress(OSError):
                    for piece in answer.body():
                        self.wfile.write(piece)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as server:
        running = Federation(f"http://127.0.0.1:{server.server_address[1]}/feed.xml", [])
        running.gives(*(answers or (feed(),)))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield running
        finally:
            server.shutdown()


def of(certificate: bytes) -> SigningKey:
    key = certificate_key(certificate)
    assert key is not None
    return key
