"""A real SAML IdP on loopback: SimpleSAMLphp 1.19 as Debian packages it, under PHP's built-in web server.

No root, no web server, nothing outside one folder. Needs the packages in `PACKAGES`.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from tests.interop.server import ELEV1, LARARE1, Server, ServerTrouble, User, free_port, key_pair

PACKAGES = ("simplesamlphp", "php-cli", "php-xml", "php-mbstring", "php-sqlite3")
INSTALL = "apt-get install -y --no-install-recommends " + " ".join(PACKAGES)

# Where Debian's package puts the program.
PROGRAM = Path("/usr/share/simplesamlphp")

EPPN = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
GIVEN_NAME = "urn:oid:2.5.4.42"
SURNAME = "urn:oid:2.5.4.4"
MAIL = "urn:oid:0.9.2342.19200300.100.1.3"

NAME_FORMATS = {"basic": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", "uri": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}

_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_NS = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


@dataclass(frozen=True)
class Sp:
    """What the IdP knows of an SP. `certificate`: base64 of the DER, for checking signed requests, and for encryption when there is no
    `encryption_certificate`.
    """

    entity_id: str
    acs_url: str
    certificate: str | None = None
    encryption_certificate: str | None = None

    @classmethod
    def from_metadata(cls, document: bytes) -> Sp:
        """Read entityID, the first HTTP-POST ACS and the first certificate of each use from an EntityDescriptor."""
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
        [acs, *_] = root.xpath("md:SPSSODescriptor/md:AssertionConsumerService[@Binding=$post]/@Location", namespaces=_NS, post=_POST)
        certificates: dict[str | None, str] = {}
        for descriptor in root.iterfind("md:SPSSODescriptor/md:KeyDescriptor", _NS):
            text = descriptor.findtext(".//ds:X509Certificate", namespaces=_NS) or ""
            certificates.setdefault(descriptor.get("use"), "".join(text.split()))
        signing = certificates.get("signing", certificates.get(None))
        return cls(root.get("entityID"), str(acs), signing, certificates.get("encryption"))


def php(value: object, indent: int = 0) -> str:
    """A Python value (None, bool, int, str, list, dict with str or int keys) as a PHP literal."""
    pad = "    " * (indent + 1)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, Mapping):
        rows = [f"{pad}{php(key)} => {php(item, indent + 1)},\n" for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        rows = [f"{pad}{php(item, indent + 1)},\n" for item in value]
    else:
        raise TypeError(f"no PHP literal for {type(value).__name__}")
    return "[\n" + "".join(rows) + "    " * indent + "]"


def missing() -> str | None:
    """What has to be installed before a server can start, as one line; None when all is there."""
    absent = [name for name, there in (("php", shutil.which("php")), (str(PROGRAM / "www"), (PROGRAM / "www").is_dir())) if not there]
    return f"{' and '.join(absent)} missing; install with: {INSTALL}" if absent else None


@dataclass
class SimpleSamlPhp(Server):
    """The IdP. Use as a context manager, or `start()` and `stop()`; `folder` is written to and not removed.

    `sp=None` leaves the SP unknown: then the IdP shows its own error page instead of a login.
    `declare_scope`: write `<shibmd:Scope>` into the metadata. `name_format`: "basic" is what SimpleSAMLphp 1.x sends by itself.
    `sign_*` and `encrypt_assertion`: see Core 5 and 6; encryption (AES-128-CBC, as 1.19 always does) needs `sp.certificate`.
    `require_signed_request`: refuse an AuthnRequest that the key in `sp.certificate` did not sign, and say so in the metadata.
    `sp_signs`: the same, set for this SP alone; then the metadata says nothing of it.
    `show_errors`: error pages tell what happened, as no IdP in production does.
    `eppn_as`: "canonical" GUID, or "base64" of the sixteen bytes as Active Directory stores them (the usual mistake).
    `extra`: attributes released to everybody besides the EPPN, name → values. `over_release` adds names and mail.
    `sp_metadata`: a file with SPs that are known beside `sp`, read by SimpleSAMLphp itself as it stands.
    `workers`: how many requests are served at a time.
    `authn_context`: always answer this class; None leaves SimpleSAMLphp's own (`Password` on plain http).
    `eppn_name`: what the directory calls the EPPN; None when it has none.
    `sources`: more of what it can log in with, beside "exempelstad" (users and passwords); `hosted` says which it uses. PHP gets `environment` too.
    `federation`: it knows the SPs that `consume` has taken out of a federation's feed, and no others but `sp`.
    `hosted`: more settings of the IdP, in place of what is above; `snippets`: PHP pasted into its array as it stands, after all else.
    """

    folder: Path
    sp: Sp | None = None
    port: int = field(default_factory=free_port)
    entity_id: str | None = None
    users: tuple[User, ...] = (LARARE1, ELEV1)
    scope: str = "exempelstad.se"
    declare_scope: bool = True
    name_format: str = "basic"
    sign_assertion: bool = True
    sign_response: bool = True
    encrypt_assertion: bool = False
    require_signed_request: bool = False
    sp_signs: bool = False
    show_errors: bool = True
    eppn_as: str = "canonical"
    over_release: bool = False
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authn_context: str | None = None
    eppn_name: str | None = EPPN
    sources: Mapping[str, object] = field(default_factory=dict)
    federation: bool = False
    hosted: Mapping[str, object] = field(default_factory=dict)
    snippets: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    workers: int = 1
    sp_metadata: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.name_format not in NAME_FORMATS or self.eppn_as not in ("canonical", "base64"):
            raise ValueError(f"name_format={self.name_format!r} eppn_as={self.eppn_as!r}")
        needed = self.encrypt_assertion or self.require_signed_request or self.sp_signs
        if needed and not (self.sp and self.sp.certificate) and not self.sp_metadata:
            raise ValueError("encryption and signed requests need the SP's certificate")

    @property
    def base_url(self) -> str:
        """With a trailing slash."""
        return f"http://127.0.0.1:{self.port}/simplesaml/"

    @property
    def metadata_url(self) -> str:
        return self.base_url + "saml2/idp/metadata.php"

    @property
    def sso_url(self) -> str:
        return self.base_url + "saml2/idp/SSOService.php"

    def start(self, timeout: float = 20.0) -> None:
        """Write the configuration, start the server and wait for its metadata. `timeout` in seconds; raises ServerTrouble."""
        if self._process:
            raise ServerTrouble("already started")
        if absent := missing():
            raise ServerTrouble(absent)
        self._write()
        environment = {"SIMPLESAMLPHP_CONFIG_DIR": str(self.folder / "config"), **self.environment}
        if self.workers > 1:
            environment["PHP_CLI_SERVER_WORKERS"] = str(self.workers)
        # When the port is taken, another server answers there: only one that shows our certificate is ours.
        certificate = "".join((self.folder / "cert" / "idp.crt").read_text().split("\n")[1:-2])
        self._run(
            [shutil.which("php") or "php", "-S", f"127.0.0.1:{self.port}", "-t", str(self.folder / "www")],
            environment,
            certificate,
            timeout,
        )

    def eppn(self, user: User) -> str:
        """What the IdP sends as this user's eduPersonPrincipalName."""
        guid = uuid.UUID(user.guid)
        local = str(guid) if self.eppn_as == "canonical" else base64.b64encode(guid.bytes_le).decode()
        return f"{local}@{self.scope}"

    def consume(self, feed: Path, certificate: Path) -> list[str]:
        """What its module metarefresh takes out of a feed whose every entity the certificate has to verify: the entityIDs of the SPs."""
        out = self.folder / "federation"
        command = [shutil.which("php") or "php", str(PROGRAM / "modules" / "metarefresh" / "bin" / "metarefresh.php")]
        environment = {"PATH": os.environ["PATH"], "SIMPLESAMLPHP_CONFIG_DIR": str(self.folder / "config")}
        done = subprocess.run(
            [*command, f"--certificate={certificate}", f"--out-dir={out}", str(feed)],
            env=environment, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise ServerTrouble(f"metarefresh: {done.stdout}{done.stderr}")
        written = out / "saml20-sp-remote.php"
        return re.findall(r"^\$metadata\['([^']+)'\]", written.read_text(encoding="utf-8"), re.MULTILINE) if written.is_file() else []

    def _write(self) -> None:
        for name in ("config", "metadata", "cert", "data", "log", "tmp", "sessions", "www"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        link = self.folder / "www" / "simplesaml"
        if not link.is_symlink():
            # So that addresses look as in an installation: /simplesaml/saml2/idp/…
            link.symlink_to(PROGRAM / "www")
        if not (self.folder / "cert" / "idp.key").exists():
            key, certificate = key_pair("Exempelstad SimpleSAMLphp")
            (self.folder / "cert" / "idp.key").write_bytes(key)
            (self.folder / "cert" / "idp.crt").write_bytes(certificate)
        self._php("config/config.php", "config", self._config())
        self._php("config/authsources.php", "config", self._authsources())
        entity_id = self.entity_id or self.metadata_url
        self._php("metadata/saml20-idp-hosted.php", "metadata", {entity_id: {**self._hosted(), **self.hosted}})
        with (self.folder / "metadata" / "saml20-idp-hosted.php").open("a", encoding="utf-8") as file:
            for snippet in self.snippets:
                file.write(f"$idp = &$metadata[{php(entity_id)}];\n$idp = array_replace_recursive($idp, [\n{snippet}\n]);\n")
        self._php("metadata/saml20-sp-remote.php", "metadata", {self.sp.entity_id: self._remote(self.sp)} if self.sp else {})

    def _php(self, path: str, variable: str, value: object) -> None:
        (self.folder / path).write_text(f"<?php\n${variable} = {php(value)};\n", encoding="utf-8")

    def _config(self) -> dict[str, object]:
        return {
            "baseurlpath": self.base_url,
            "certdir": f"{self.folder}/cert/",
            "loggingdir": f"{self.folder}/log/",
            "datadir": f"{self.folder}/data/",
            "tempdir": f"{self.folder}/tmp",
            "metadatadir": f"{self.folder}/metadata/",
            "attributenamemapdir": f"{PROGRAM}/config/attributemap/",
            "metadata.sources": [
                {"type": "flatfile"},
                *([{"type": "xml", "file": str(self.sp_metadata)}] if self.sp_metadata else []),
                *([{"type": "flatfile", "directory": f"{self.folder}/federation"}] if self.federation else []),
            ],
            "secretsalt": uuid.uuid4().hex,
            "auth.adminpassword": uuid.uuid4().hex,
            "technicalcontact_name": "IT-enheten",
            "technicalcontact_email": "it@exempelstad.se",
            "timezone": "Europe/Stockholm",
            "enable.saml20-idp": True,
            "module.enable": {
                "exampleauth": True,
                "core": True,
                "saml": True,
                "multiauth": True,
                "ldap": "ad" in self.sources,
                "metarefresh": True,
            },
            "logging.handler": "errorlog",
            "logging.level": 6,
            "showerrors": self.show_errors,
            "errorreporting": True,
            "store.type": "phpsession",
            "session.phpsession.savepath": f"{self.folder}/sessions",
            # Plain http: a secure cookie would be refused by SimpleSAMLphp itself.
            "session.cookie.secure": False,
            "session.cookie.samesite": None,
            "language.cookie.secure": False,
            "language.cookie.samesite": None,
            "language.available": ["en", "sv"],
            "language.default": self.language,
        }

    def _authsources(self) -> dict[object, object]:
        people: dict[object, object] = {f"{user.username}:{user.password}": self._attributes(user) for user in self.users}
        return {"exempelstad": {0: "exampleauth:UserPass", **people}, **self.sources}

    def _attributes(self, user: User) -> dict[str, list[str]]:
        attributes = {self.eppn_name: [self.eppn(user)]} if self.eppn_name else {}
        if self.over_release:
            mail = f"{user.username}@{self.scope}"
            attributes |= {GIVEN_NAME: [user.given_name], SURNAME: [user.surname], MAIL: [mail]}
        return attributes | {name: list(values) for name, values in self.extra.items()}

    def _hosted(self) -> dict[str, object]:
        hosted: dict[str, object] = {
            "host": "__DEFAULT__",
            "privatekey": "idp.key",
            "certificate": "idp.crt",
            "auth": "exempelstad",
            "SingleSignOnServiceBinding": [_REDIRECT, _POST],
            "NameIDFormat": ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"],
            "OrganizationName": {"sv": "Exempelstads kommun", "en": "Exempelstad municipality"},
            "OrganizationURL": {"sv": "https://www.exempelstad.se/", "en": "https://www.exempelstad.se/en"},
            "saml20.sign.assertion": self.sign_assertion,
            "saml20.sign.response": self.sign_response,
            "assertion.encryption": self.encrypt_assertion,
        }
        if self.declare_scope:
            hosted["scope"] = [self.scope]
        if self.name_format != "basic":
            hosted["attributes.NameFormat"] = NAME_FORMATS[self.name_format]
        if self.require_signed_request:
            hosted["validate.authnrequest"] = True
        if self.authn_context:
            hosted["authproc"] = {10: {"class": "saml:AuthnContextClassRef", "AuthnContextClassRef": self.authn_context}}
        return hosted

    def _remote(self, sp: Sp) -> dict[str, object]:
        remote: dict[str, object] = {"AssertionConsumerService": sp.acs_url}
        if self.sp_signs:
            remote["validate.authnrequest"] = True
        if sp.certificate and sp.encryption_certificate:
            uses = ((sp.certificate, True), (sp.encryption_certificate, False))
            remote["keys"] = [
                {"type": "X509Certificate", "signing": signing, "encryption": not signing, "X509Certificate": certificate}
                for certificate, signing in uses
            ]
        elif sp.certificate:
            remote["certData"] = sp.certificate
        return remote
