"""A municipality on its way in: Exempelstad over loopback, its federation, and a folder with idptest.toml."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idptest.adapters import clock
from idptest.adapters.demo_server import DemoServer
from idptest.cli import main
from idptest.demo import keys
from idptest.demo.defect import Defect
from idptest.demo.defects import defect
from idptest.demo.people import person
from tests.feed_server import Federation, federation, idp, signed, sp, unsigned
from tests.running import running

SP, ACS = "https://idptest.exempelstad.se/sp", "https://localhost:8443/saml/acs"
TEACHER, PUPIL = person("larare"), person("elev")
SETTINGS = """
[sp]
entity_id = "{sp}"
base_url = "https://localhost:8443"

[idp.exempelstad]
metadata = "{metadata}"
timeout = 5

[account.larare]
idp = "exempelstad"
role = "teacher"
username = "{teacher}"
password_env = "IDPTEST_LARARE_PASSWORD"
totp_env = "IDPTEST_LARARE_TOTP"
test_person = true

[account.elev]
idp = "exempelstad"
role = "pupil"
username = "{pupil}"
password_env = "IDPTEST_ELEV_PASSWORD"
test_person = true

[trace]
discovery = "{discovery}"
fidus = "fidus-test"

[feed.skolfederation-trial]
url = "{federation}"
certificate = "signing.pem"
timeout = 5

[feed.fidus-test]
url = "{fidus}"
certificate = "signing.pem"
timeout = 5
"""
OTHERS = (idp("https://idp.ankarvik.se/idp", name="Ankarvik", scope="ankarvik.se"), sp(SP))


@dataclass
class Town:
    """A municipality on its way in: its folder, its IdP, its federation."""

    folder: Path
    stack: ExitStack
    federation: Federation
    fidus: Federation
    discovery: Federation
    monkeypatch: pytest.MonkeyPatch
    screen: pytest.CaptureFixture[bytes]
    values: dict[str, str] = field(default_factory=dict)
    settings: str = SETTINGS

    def open(self, *defects: str | Defect, now: Callable[[], datetime] = clock.now, sp: str = SP, published: bool = True) -> DemoServer:
        """The IdP runs; its metadata is in the feeds, unless it is not."""
        known = [found for each in defects if (found := defect(each) if isinstance(each, str) else each)]
        server = self.stack.enter_context(running(DemoServer({sp: ACS}, known, now=now)))
        self.values["metadata"] = server.metadata_url
        self.publish(server if published else None)
        self.write()
        return server

    def publish(self, server: DemoServer | None) -> None:
        own = [] if server is None else [server._municipality.metadata(datetime.now(UTC)).decode().partition("?>")[2]]
        feed = signed(unsigned(*own, *OTHERS, until=datetime.now(UTC) + timedelta(days=7)))
        self.federation.gives(feed)
        self.fidus.gives(feed)
        ours = {"entityID": "https://idp.exempelstad.se/saml", "title": "Exempelstads kommun", "scope": "exempelstad.se"}
        listed = [{"entityID": "https://idp.ankarvik.se/idp", "title": "Ankarvik"}, *([ours] if own else [])]
        self.discovery.gives(json.dumps(listed).encode())

    def write(self) -> None:
        (self.folder / "idptest.toml").write_text(self.settings.format(**self.values), encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        path = self.folder / "idptest.toml"
        text = path.read_text("utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), "utf-8")

    def onboard(self, *arguments: str, lang: str = "en") -> tuple[int, str]:
        """The exit code, and what was printed; nothing is ever said on stderr."""
        self.screen.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["onboard", *arguments, "--lang", lang])
        out, err = (stream.decode() for stream in self.screen.readouterr())
        assert err == "", err
        return int(ended.value.code or 0), out

    def stops(self, *arguments: str) -> tuple[int, dict[str, str], set[str], str]:
        """The exit code, the state of each step, what fails, and the checklist as it is shown."""
        code, out = self.onboard(*arguments, "--uploaded", "2026-01-01T08:00", "--format", "json", "--report", "text=seen.txt")
        plain = json.loads(out)
        reports = plain.get("reports", [plain])
        states = {fact["label"].split(" ", 2)[2]: fact["label"][0] for fact in reports[0]["inspection"]["facts"]}
        failing = {
            found["rule"]
            for report in reports[1:]
            for found in report["findings"]
            if found["verdict"] == "fail" and found["level"] == "must"
        }
        return code, states, failing, " ".join((self.folder / "seen.txt").read_text("utf-8").split())


@pytest.fixture
def town(tmp_path: Path, own_keys: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[Town]:
    assert TEACHER and PUPIL and TEACHER.totp_secret
    shutil.copytree(own_keys, tmp_path / ".idptest")
    (tmp_path / "signing.pem").write_bytes(keys.certificate("signing"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IDPTEST_LARARE_PASSWORD", TEACHER.password)
    monkeypatch.setenv("IDPTEST_LARARE_TOTP", TEACHER.totp_secret)
    monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", PUPIL.password)
    monkeypatch.setattr(socket, "getaddrinfo", _loopback_only(socket.getaddrinfo))
    with ExitStack() as stack:
        feeds = [stack.enter_context(federation()) for _ in range(3)]
        made = Town(tmp_path, stack, *feeds, monkeypatch, capsysbinary)
        made.values |= {"sp": SP, "teacher": TEACHER.username, "pupil": PUPIL.username}
        made.values |= {"federation": feeds[0].url, "fidus": feeds[1].url, "discovery": feeds[2].url}
        yield made


def _loopback_only(real: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: str, *arguments: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise socket.gaierror(-2, "Name or service not known")
        return real(host, *arguments, **named)

    return look_up


def line(town: Town, *arguments: str) -> str:
    town.screen.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--lang", "en"])
    out, err = (stream.decode() for stream in town.screen.readouterr())
    assert (ended.value.code, out) == (2, "")
    [line] = err.splitlines()
    return line
