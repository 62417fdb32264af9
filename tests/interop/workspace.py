"""A user's folder, idptest as a user runs it there, and what must be true of the folder whatever happened."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, quote_plus

from tests.interop.pages import metadata
from tests.interop.server import User
from tests.interop.simplesamlphp import Sp

# What passwords look like when people choose them, and what breaks URLs, HTML and shells.
LARARE = User("larare1", 'Blå krita & "tavla" + 1', "fc79e369-18a3-40c4-aa33-d92057bfff65", "Lova", "Lärarsson")
ELEV = User("elev1", "Röd penna & <sudd> + 2", "35918bc9-196d-40ea-9779-889d79b753f0", "Elis", "Elevsson")
# Base32; the account's secret for one-time codes, never asked for by SimpleSAMLphp.
TOTP_SECRET = "JBSWY3DPEHPK3PXPGEZDGNBVGY3TQOJQ"


# What Skolfederation wants of metadata and neither SimpleSAMLphp nor samlify writes by itself, and notes that are true of each login here:
# waived as a municipality would, so that the tests are about the login. tests/test_foreign_flows.py says what is found without.
UNSAID = (
    *("saml-metadata-offers/offers-login-alone", "saml-metadata-offers/takes-requests-by-post-too"),
    *("saml-metadata-scopes/scopes-are-the-organisations-own", "saml-encryption/is-used-when-we-offer-it"),
    *("skolfederation/contacts-are-listed", "skolfederation/security-contact-is-listed", "skolfederation/error-url-is-given"),
    *("skolfederation/description-in-swedish-and-english", "skolfederation/display-name-in-swedish-and-english"),
    *("skolfederation/information-page-is-linked", "skolfederation/privacy-statement-is-linked", "skolfederation/logo-is-https"),
    "skolfederation/organisation-in-swedish-and-english",
)
WAIVERS = "".join(f'\n[[waiver]]\nrule = "{rule}"\nreason = "as the program comes"\nuntil = 2099-12-31\n' for rule in UNSAID)
# Command → the files that it wrote: name, content, permissions. Making keys anew for every test took a quarter of the time.
_WROTE: dict[tuple[str, ...], list[tuple[Path, bytes, int]]] = {}


class Idp(Protocol):
    """An IdP that runs: SimpleSamlPhp or Samlify. In `folder`, `sessions/sess_*` tell its session cookies."""

    folder: Path

    @property
    def metadata_url(self) -> str: ...

    def metadata(self) -> bytes: ...


AnyIdp = TypeVar("AnyIdp", bound=Idp)


@dataclass(frozen=True)
class Run:
    """One command that has ended."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The reports of --format json, be they one or several."""
        plain = json.loads(self.out)
        return plain["reports"] if plain["format"] == "idptest-reports/1" else [plain]

    @property
    def line(self) -> str:
        """The one line on stderr of a command that could not be carried out; nothing is on stdout."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert self.out == ""
        return lines[0]


def failing(report: Mapping[str, Any], waived: bool = False) -> set[str]:
    """The rules that fail, of whatever level, and are not waived; with `waived`, those too. Nothing may have crashed."""
    assert report["summary"]["crashed"] == 0, [each for each in report["findings"] if each["verdict"] == "crashed"]
    return {each["rule"] for each in report["findings"] if each["verdict"] == "fail" and (waived or not each["waiver"])}


@dataclass
class Workspace:
    """`folder` is where the user works. `secrets` are looked for by `leaks()`; `watch` adds an IdP's session cookies to them."""

    place: Path
    environment: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=lambda: {LARARE.password, ELEV.password, TOTP_SECRET})
    runs: list[Run] = field(default_factory=list)
    idps: list[Idp] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.place / "Inloggning på prov"
        for folder in (self.folder, self.place / "home", self.place / "tmp"):
            folder.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            "TMPDIR": str(self.place / "tmp"),
            "LANG": "C.UTF-8",
            # Python itself leaves a temporary file when it is interrupted while it writes its cache.
            "PYTHONDONTWRITEBYTECODE": "1",
            "IDPTEST_LARARE_PASSWORD": LARARE.password,
            "IDPTEST_ELEV_PASSWORD": ELEV.password,
            "IDPTEST_TOTP": TOTP_SECRET,
        } | self.environment

    # -- what the user does

    def start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        """`idptest …` without a terminal. Ctrl-C reaches it even where the tests themselves are run without."""
        return subprocess.Popen(
            [sys.executable, "-m", "idptest", *arguments],
            cwd=cwd or self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def ended(self, process: subprocess.Popen[bytes], *arguments: str) -> Run:
        """Waits for it."""
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        self.runs.append(Run(arguments, process.returncode, out.decode("utf-8"), err.decode("utf-8")))
        return self.runs[-1]

    def idptest(self, *arguments: str, cwd: Path | None = None) -> Run:
        return self.ended(self.start(*arguments, cwd=cwd), *arguments)

    def judged(self, *arguments: str) -> tuple[Run, list[dict[str, Any]]]:
        """`idptest login … --format json`, and its reports."""
        run = self.idptest("login", *arguments, "--format", "json")
        assert run.err == ""
        return run, run.reports

    def once(self, *arguments: str) -> None:
        """A command that does the same in every new folder. It is carried out in the first; what it wrote there is copied to the others."""
        if arguments not in _WROTE:
            before = set(self.files())
            assert self.idptest(*arguments).code == 0
            made = [path for path in self.files() if path not in before]
            _WROTE[arguments] = [(path.relative_to(self.folder), path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) for path in made]
            return
        for name, data, mode in _WROTE[arguments]:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)

    def init(self) -> None:
        """`idptest init`, and waivers for what the IdP's own metadata will not say."""
        self.once("init")
        with (self.folder / "idptest.toml").open("a", encoding="utf-8") as settings:
            settings.write(WAIVERS)

    def set_up(self) -> Sp:
        """`idptest init` and `idptest metadata sp`: what the IdP is to know of us."""
        self.init()
        self.once("metadata", "sp", "--output", "sp.xml")
        return Sp.from_metadata((self.folder / "sp.xml").read_bytes())

    def use(self, idp: AnyIdp, by: str = "file") -> AnyIdp:
        """Points idptest.toml at the IdP: its metadata as a "file", or from its "url"."""
        self.watch(idp)
        if by == "url":
            self.edit('metadata = "idp-metadata.xml"', f'metadata = "{idp.metadata_url}"')
        else:
            (self.folder / "idp-metadata.xml").write_bytes(idp.metadata())
        return idp

    def edit(self, old: str, new: str, file: str = "idptest.toml") -> None:
        """Changes the one place where `old` stands."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def account(self, name: str, more: str) -> None:
        """Adds lines to an account."""
        self.edit(f"[account.{name}]", f"[account.{name}]\n{more}")

    # -- what is there afterwards

    def flows(self) -> list[Path]:
        """The saved flows, oldest first."""
        found = (self.folder / ".idptest" / "flows").glob("*.json")
        return sorted(found, key=lambda path: json.loads(path.read_text(encoding="utf-8"))["captured_at"])

    def files(self) -> Iterator[Path]:
        """Every file that a command may have written, the temporary folder's too."""
        for top in (self.folder, self.place / "home", self.place / "tmp"):
            yield from (path for path in top.rglob("*") if path.is_file())

    def watch(self, idp: Idp) -> None:
        if idp not in self.idps:
            self.idps.append(idp)

    def cookies(self) -> set[str]:
        """The values of the session cookies that the IdPs gave, as they remember them themselves."""
        found: set[str] = set()
        for idp in self.idps:
            for session in (idp.folder / "sessions").glob("sess_*"):
                tokens = re.findall(rb'authToken";s:\d+:"([^"]+)"', session.read_bytes())
                found |= {session.name.removeprefix("sess_"), *(token.decode() for token in tokens)}
        return found

    def leaks(self) -> list[str]:
        """Where a secret stands, in whatever spelling."""
        places = [(str(path), _everything(path)) for path in self.files()]
        places += [(" ".join(run.arguments), (run.out + run.err).encode()) for run in self.runs]
        return [
            f"{secret!r} as {spelling!r} in {place}"
            for secret in self.secrets | self.cookies()
            for spelling in spellings(secret)
            for place, data in places
            if spelling in data
        ]

    def check(self) -> None:
        """What holds after every command, whatever it was and however it ended."""
        for run in self.runs:
            assert "Traceback" not in run.out + run.err, run
        assert self.leaks() == []
        assert list((self.place / "tmp").iterdir()) == [], "left in the temporary folder"
        for path in (self.folder / ".idptest").rglob("*"):
            if path.is_file():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert [path for path in self.files() if path.name.startswith(".") and path.name != ".gitignore"] == []
        for path in (self.folder / ".idptest" / "flows").glob("*.json"):
            assert json.loads(path.read_text(encoding="utf-8"))["format"] == "idptest-flow/1"


def spellings(secret: str) -> set[bytes]:
    """A secret raw, quoted for URLs, escaped for HTML and JSON, in base64 at each of three offsets; in UTF-8 and Latin-1."""
    texts = {secret, html.escape(secret), html.escape(secret, quote=False)}
    texts |= {"".join(char if char.isalnum() and char.isascii() else f"&#{ord(char)};" for char in secret)}
    found: set[bytes] = set()
    for encoding in ("utf-8", "latin-1"):
        raw = secret.encode(encoding)
        for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
            texts |= {quoted, quote(quoted, safe=""), re.sub("%..", lambda match: match.group().lower(), quoted)}
        for offset in range(3):
            coded = base64.b64encode(b"\0" * offset + raw)[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
            found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")}
    texts |= {json.dumps(text)[1:-1] for text in texts} | {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    return found | {text.encode(encoding) for text in texts for encoding in ("utf-8", "latin-1")}


def _everything(path: Path) -> bytes:
    """A file's bytes; of JSON also every text in it as it was before it became JSON, and base64 bodies decoded."""
    data = path.read_bytes()
    if path.suffix != ".json":
        return data
    return data + b"\n" + b"\n".join(_texts(json.loads(data)))


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            yield base64.b64decode(value["base64"])
        for name, item in value.items():
            yield name.encode()
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value.encode()


def point_to(workspace: Workspace, sso_url: str) -> None:
    """An IdP that is nothing but a login address; its certificate is any."""
    pem = (workspace.folder / ".idptest" / "keys" / "sp-cert.pem").read_text(encoding="ascii")
    (workspace.folder / "idp-metadata.xml").write_bytes(metadata(sso_url, certificate="".join(pem.splitlines()[1:-1])))
