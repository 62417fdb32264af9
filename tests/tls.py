"""Certificates, and a web server that asks for them, for tests."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: str | None = None) -> bytes:
        encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    def p12(self, password: str | None, *others: x509.Certificate) -> bytes:
        encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"larare", self.key, self.certificate, list(others), encryption)


def pair(name: str, issuer: Pair | None = None, host: str | None = None) -> Pair:
    """A new key with its certificate; without an issuer it is a CA's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(issuer.certificate.subject if issuer else who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    return Pair(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


@contextlib.contextmanager
def server(
    folder: Path, ca: Pair, answer: Callable[[str, str, str], tuple[int, dict[str, str], str]], *, asks: bool, version: str = "TLSv1_3"
) -> Iterator[str]:
    """An https server on loopback, of this CA; `asks` for a client certificate of the same CA. `answer` takes method, path, body."""
    own = pair("127.0.0.1", ca, "127.0.0.1")
    path = folder / "server.pem"
    path.write_bytes(own.key_pem() + own.certificate_pem)
    (folder / "ca.pem").write_bytes(ca.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.maximum_version = ssl.TLSVersion[version]
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, headers, body = answer(self.command, self.path, self.rfile.read(length).decode())
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...

        def finish_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
            request.settimeout(10)
            super().finish_request(context.wrap_socket(request, server_side=True), client_address)

    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        try:
            yield f"https://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
