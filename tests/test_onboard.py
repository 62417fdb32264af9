"""idptest onboard against Exempelstad over loopback: every mistake that a municipality makes stops it where it should, and it says what to do."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idptest.adapters import clock
from idptest.adapters.demo_server import DemoServer
from idptest.cli import main
from idptest.demo import keys, pages
from idptest.demo.defect import Defect
from idptest.demo.defects import defect
from idptest.demo.metadata import Published, to_xml
from idptest.demo.people import person
from idptest.model.flow import HttpRequest, HttpResponse
from tests.feed_server import Federation, federation, idp, signed, sp, unsigned

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
        server = DemoServer({sp: ACS}, known, now=now)
        thread = threading.Thread(target=server.serve)
        thread.start()
        self.stack.callback(lambda: (server.stop(), thread.join()))
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


@pytest.fixture(scope="session")
def own_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making keys takes longer than all else."""
    from idptest.adapters.keys import make

    folder = tmp_path_factory.mktemp("keys")
    for name in ("sp", "encryption"):
        make(folder, name, f"idptest {name}")
    return folder / ".idptest"


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


STEPS = ("Preflight", "The IdP's metadata", "The metadata's way to Skolverket", "A pupil logs in", "A teacher logs in")


def at(step: int, sign: str = "✕") -> dict[str, str]:
    """The checklist when it stops at that step, counted from 1."""
    return {name: "✓" if number < step else sign if number == step else "·" for number, name in enumerate(STEPS, 1)}


def test_from_nothing_to_a_green_teacher_login(town: Town) -> None:
    town.open()
    code, states, failing, shown = town.stops()
    assert (code, failing) == (0, set()), shown
    assert set(states.values()) == {"✓"}
    assert "FINE Every step holds." in shown
    # Nothing has changed: nothing is asked again.
    asked = len(town.federation.asked)
    code, out = town.onboard()
    assert code == 0 and out.count("\n") == 14 and "DNP-staging" in out and len(town.federation.asked) == asked


# --- the mistakes


def _refuses_unsigned(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    unsigned_request = "/sso?" in request.url and "Signature=" not in request.url
    return pages.refusal("Osignerad fråga", "Tjänstens fråga är inte signerad.") if unsigned_request else response


def _demanding() -> Defect:
    found = defect("wants-signed-requests")
    assert found
    return replace(found, http=_refuses_unsigned)


def _no_level_for_teachers() -> Defect:
    found = defect("level-refused")
    assert found and found.answer
    refuse = found.answer
    return replace(found, answer=lambda answer, who, now: refuse(answer, who, now) if who.role == "teacher" else answer)


@dataclass(frozen=True)
class Mistake:
    """`make` makes it; onboarding then stops at `step`, `rules` fail there, and the first screen says all of `says`."""

    name: str
    step: int
    rules: Sequence[str]
    says: Sequence[str]
    make: Callable[[Town], object]
    code: int = 1
    sign: str = "✕"


def _unset(town: Town) -> None:
    town.open()
    town.monkeypatch.delenv("IDPTEST_ELEV_PASSWORD")


def _own_metadata(town: Town) -> None:
    town.open()
    with pytest.raises(SystemExit):
        main(["metadata", "sp", "--output", "sp.xml"])
    town.values["metadata"] = "sp.xml"
    town.write()


def _elsewhere(town: Town) -> None:
    """In the other federation: production's feed is named for a test IdP."""
    server = town.open(published=False)
    feed = signed(
        unsigned(
            server._municipality.metadata(datetime.now(UTC)).decode().partition("?>")[2],
            *OTHERS,
            until=datetime.now(UTC) + timedelta(days=7),
        )
    )
    other = town.stack.enter_context(federation(feed))
    town.settings += f'\n[feed.skolfederation]\nurl = "{other.url}"\ncertificate = "signing.pem"\ntimeout = 5\n'
    town.write()


def _no_teacher(town: Town) -> None:
    town.open()
    town.edit('role = "teacher"', 'role = "pupil"')
    town.edit('totp_env = "IDPTEST_LARARE_TOTP"\n', "")


def _wrong_password(town: Town) -> None:
    town.open()
    town.monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", "fel lösenord")


def _no_key(town: Town) -> None:
    town.open()
    (town.folder / ".idptest/keys/sp-key.pem").unlink()


def _in_production(town: Town) -> None:
    town.open()
    town.edit("timeout = 5\n\n[account.larare]", 'timeout = 5\nenvironment = "production"\n\n[account.larare]')


MISTAKES = (
    Mistake(
        "a password variable is not set",
        1,
        ["preflight-settings/credentials-are-at-hand"],
        ["Not set: IDPTEST_ELEV_PASSWORD", "export NAME="],
        _unset,
    ),
    Mistake(
        "the metadata is our own",
        1,
        ["preflight-idp/metadata-is-at-hand"],
        ["sp.xml: there is no IdP in this metadata", "Fetch the IdP's metadata, save it unchanged"],
        _own_metadata,
    ),
    Mistake(
        "the IdP does not know us",
        1,
        ["preflight-idp/idp-takes-our-request"],
        ["The IdP does not know this SP. Register our metadata there: idptest metadata sp."],
        lambda town: town.open(sp="https://annan.example/sp"),
    ),
    Mistake(
        "the IdP takes signed requests only",
        1,
        ["preflight-idp/idp-takes-our-request"],
        ["The IdP demands that our request is signed", "sign_requests = true"],
        lambda town: town.open(_demanding()),
    ),
    Mistake(
        "the clocks are ten minutes apart",
        1,
        ["preflight-idp/clocks-agree"],
        ["ahead of ours", "timedatectl"],
        lambda town: town.open(now=lambda: clock.now() + timedelta(minutes=10)),
    ),
    Mistake("our key is gone", 1, ["preflight-keys/key-and-certificate-are-there"], ["sp-key.pem", "idptest init"], _no_key),
    Mistake(
        "production without a yes",
        1,
        ["preflight-settings/production-takes-a-yes"],
        ["nothing was sent to it", "--yes-production"],
        _in_production,
    ),
    Mistake("no scope", 2, ["dnp/scope-is-declared"], ["Scope"], lambda town: town.open("scope-undeclared")),
    Mistake(
        "the scope stands under the entity", 2, ["dnp/scope-is-declared"], ["IDPSSODescriptor"], lambda town: town.open("scope-misplaced")
    ),
    Mistake(
        "e-leg is declared under the role",
        2,
        ["dnp-teacher/e-leg-is-declared-under-the-entity"],
        ["EntityDescriptor"],
        lambda town: town.open("e-leg-misplaced"),
    ),
    Mistake(
        "the metadata has no certificate",
        2,
        ["saml-metadata/has-a-signing-certificate"],
        ["certificate"],
        lambda town: town.open("certificate-missing"),
    ),
    Mistake(
        "not in the feed yet",
        3,
        ["trace/idp-is-in-the-federations-feed"],
        ["The federation's feed does not have https://idp.exempelstad.se/saml", "is the metadata uploaded, accepted and published"],
        lambda town: town.open(published=False),
    ),
    Mistake(
        "in the other federation's feed",
        3,
        ["trace/idp-is-in-the-federations-feed"],
        ["The IdP is in skolfederation (production) and not in the test feed"],
        _elsewhere,
    ),
    Mistake(
        "the pupil's password is wrong",
        4,
        ["login/idp-completes-the-login"],
        ["did not accept the user name and password"],
        _wrong_password,
    ),
    Mistake("no EPPN", 4, ["dnp/eppn-is-released"], ["eduPersonPrincipalName"], lambda town: town.open("eppn-missing")),
    Mistake(
        "the level is refused",
        5,
        ["login/idp-completes-the-login"],
        ["can give none of the levels asked for"],
        lambda town: town.open(_no_level_for_teachers()),
    ),
    Mistake(
        "a password is all the teacher gives", 5, ["loa3-teacher/level-is-at-least-3"], [""], lambda town: town.open("level-unrequested")
    ),
    Mistake("no teacher has an account", 5, [], ["no account logs in at exempelstad as a teacher", "--skip teacher"], _no_teacher, code=2),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_stops_it_at_the_right_place(town: Town, mistake: Mistake) -> None:
    mistake.make(town)
    code, states, failing, shown = town.stops()
    assert (code, states) == (mistake.code, at(mistake.step, mistake.sign)), shown
    assert set(mistake.rules) <= failing
    first_screen = shown.partition("Then: idptest onboard exempelstad goes on from here.")[0]
    for said in mistake.says:
        assert said in first_screen
    assert "Do this:" in first_screen or mistake.code == 2


# --- going on


def test_it_goes_on_where_it_stopped_and_what_changed_is_taken_again(town: Town) -> None:
    _wrong_password(town)
    assert town.stops()[:2] == (1, at(4))
    state = town.folder / ".idptest/onboarding/exempelstad.json"
    assert set(json.loads(state.read_text("utf-8"))["done"]) == {"preflight", "metadata", "trace"}
    assert state.stat().st_mode & 0o777 == 0o600
    assert PUPIL
    town.monkeypatch.setenv("IDPTEST_ELEV_PASSWORD", PUPIL.password)
    asked = len(town.federation.asked)
    assert town.stops()[0] == 0
    assert len(town.federation.asked) == asked, "the trace was taken again"
    # A teacher's account changes: what rests on it is taken again, and says why.
    town.edit("test_person = true\n\n[account.elev]", 'given_name = "Åsa"\ntest_person = true\n\n[account.elev]')
    code, out = town.onboard()
    assert code == 0
    again = [line for line in out.splitlines() if "(the teachers' accounts have changed)" in line]
    assert [line.split()[1] for line in again] == ["1", "5"]
    # All of it, when that is asked for.
    assert town.stops("--again")[0] == 0
    assert len(town.federation.asked) > asked


def test_the_metadata_changes(town: Town) -> None:
    town.open()
    assert town.stops()[0] == 0
    town.open("scope-undeclared")
    assert town.stops()[:2] == (1, at(2))


def test_a_new_key_of_ours_opens_what_rests_on_it(town: Town, own_keys: Path) -> None:
    town.open()
    assert town.stops()[0] == 0
    for part in ("key", "cert"):
        shutil.copy(own_keys / f"keys/encryption-{part}.pem", town.folder / f".idptest/keys/sp-{part}.pem")
    code, out = town.onboard()
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if "(our keys have changed)" in line] == ["1", "4", "5"]


def test_what_is_left_out_is_said_and_is_no_pass(town: Town) -> None:
    town.open(published=False)
    code, out = town.onboard("--skip", "trace", lang="sv")
    assert code == 0
    assert "1 hoppades över" in out and "– 3  Metadatas väg till Skolverket   hoppas över, som du bad om" in out


def test_a_state_that_cannot_be_read_is_one_line(town: Town) -> None:
    town.open()
    state = town.folder / ".idptest/onboarding/exempelstad.json"
    state.parent.mkdir()
    for broken in (
        b"",
        b"{",
        b"[]",
        b'{"format": "x"}',
        b'{"format": "idptest-onboarding/1", "done": {"trace": {"at": "2026-01-01"}}}',
        b"\xff",
    ):
        state.write_bytes(broken)
        assert _line(town, "onboard") == (
            "idptest: .idptest/onboarding/exempelstad.json: this is not what idptest remembers of an onboarding; --again starts over"
        )
    assert town.onboard("--again", "--skip", "trace")[0] == 0


def _line(town: Town, *arguments: str) -> str:
    town.screen.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--lang", "en"])
    out, err = (stream.decode() for stream in town.screen.readouterr())
    assert (ended.value.code, out) == (2, "")
    [line] = err.splitlines()
    return line


def test_what_is_asked_wrongly_is_one_line(town: Town) -> None:
    town.open()
    assert 'there is no step "pupils"; did you mean "pupil"?' in _line(town, "onboard", "--skip", "pupils")
    assert 'there is no [idp.exempelstaden]; did you mean "exempelstad"?' in _line(town, "onboard", "exempelstaden")
    assert "--headed goes with --driver browser" in _line(town, "onboard", "--headed")
    assert 'there is no [idp.exempel]; did you mean "exempelstad"?' in _line(town, "doctor", "exempel")
    assert "--defect goes with --demo" in _line(town, "doctor", "--defect", "sha1")
    town.edit("timeout = 5\n\n[account.larare]", 'timeout = 5\nenvironment = "production"\n\n[account.larare]')
    assert "without the preflight too it takes --yes-production" in _line(town, "onboard", "--skip", "preflight")
    town.settings += '\n[idp.annan]\nmetadata = "{metadata}"\n'
    town.write()
    assert "several IdPs: say which (exempelstad, annan)" in _line(town, "onboard")


def test_ctrl_c_in_the_middle_leaves_what_is_done(town: Town) -> None:
    town.open()
    from idptest.adapters import logins

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with town.monkeypatch.context() as patch:
        patch.setattr(logins, "log_in", interrupted)
        patch.setattr("idptest.cli.logins.log_in", interrupted)
        with pytest.raises(SystemExit) as ended:
            main(["onboard", "--uploaded", "2026-01-01T08:00", "--lang", "en"])
    assert ended.value.code == 130
    assert "interrupted; nothing half-written is left" in town.screen.readouterr().err.decode()
    assert not list(town.folder.rglob(".*.tmp")) and not list((town.folder / ".idptest/onboarding").glob(".*"))
    code, out = town.onboard()
    assert code == 0 and "done" in out


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_report(town: Town, lang: str) -> None:
    from jsonschema import validate

    town.open("scope-misplaced")
    files = [f"--report={form}=page.{form}" for form in ("json", "junit", "html")]
    assert town.onboard("--uploaded", "2026-01-01T08:00", *files, lang=lang)[0] == 1
    plain = json.loads((town.folder / "page.json").read_text("utf-8"))
    schema = json.loads((Path(main.__code__.co_filename).parents[1] / "reporters/report.schema.json").read_text("utf-8"))
    validate(plain, schema)
    assert [report["inspection"]["kind"] for report in plain["reports"]] == ["onboarding", "metadata"]
    page = (town.folder / "page.html").read_text("utf-8")
    assert "✕ 2" in page and "dnp/scope-is-declared" in page
    assert "step-is-done" in (town.folder / "page.junit").read_text("utf-8")


# --- idptest doctor


def doctor(town: Town, *arguments: str) -> tuple[int, dict[str, dict[str, Any]], set[str]]:
    """The exit code, the reports by name, and the rules that fail, of whatever level."""
    town.screen.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments, "--format", "json", "--lang", "en"])
    out, err = (stream.decode() for stream in town.screen.readouterr())
    assert err == "", err
    plain = json.loads(out)
    reports = plain.get("reports", [plain])
    failing = {found["rule"] for report in reports for found in report["findings"] if found["verdict"] == "fail"}
    assert not any(report["summary"]["crashed"] for report in reports)
    return int(ended.value.code or 0), {report["inspection"]["name"]: report for report in reports}, failing


LINKS = {"preflight-address/links-answer"}  # Exempelstad's web pages are nowhere


def test_a_yes_to_production_is_asked_for_every_time(town: Town) -> None:
    _in_production(town)
    town.settings = (town.folder / "idptest.toml").read_text("utf-8").replace("{", "{{").replace("}", "}}")
    assert town.stops("--yes-production", "--skip", "trace")[0] == 0
    code, states, failing, _ = town.stops("--skip", "trace")
    assert (code, failing) == (1, {"preflight-settings/production-takes-a-yes"}) and states["Preflight"] == "✕"


def test_doctor_of_openid_connect_looks_at_the_way_there(town: Town) -> None:
    town.open()
    with federation(b"{}") as issuer:
        town.settings += f'\n[idp.op]\nprotocol = "oidc"\nissuer = "{issuer.url.rpartition("/")[0]}"\nclient_id = "idptest"\n'
        town.write()
        code, _, failing = doctor(town, "op")
    assert (code, failing) == (0, {"preflight-settings/both-roles-can-log-in"})
    assert "does not speak SAML" in _line(town, "onboard", "op")


def test_doctor_finds_all_well(town: Town) -> None:
    town.open()
    code, reports, failing = doctor(town)
    assert (code, failing) == (0, LINKS)
    assert set(reports) == {"idptest.toml", "exempelstad"}
    assert not list((town.folder / ".idptest").glob("flows/*")), "a preflight is no login"


def test_doctor_never_shows_what_a_variable_holds(town: Town) -> None:
    town.open()
    for form in ("text", "json", "junit", "html"):
        with pytest.raises(SystemExit):
            main(["doctor", "-v", "--format", form, "--show-values"])
        assert TEACHER and TEACHER.totp_secret and PUPIL
        shown = b"".join(town.screen.readouterr()).decode()
        assert not {secret for secret in (TEACHER.password, TEACHER.totp_secret, PUPIL.password) if secret in shown}


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (lambda folder: (folder / ".idptest/keys/sp-key.pem").write_text("no key"), {"preflight-keys/key-and-certificate-are-there"}),
        (
            lambda folder: (folder / ".idptest/keys/sp-cert.pem").write_text("no certificate"),
            {"preflight-keys/key-and-certificate-are-there"},
        ),
        (
            lambda folder: shutil.copy(folder / ".idptest/keys/encryption-key.pem", folder / ".idptest/keys/sp-key.pem"),
            {"preflight-keys/key-belongs-to-its-certificate"},
        ),
        (lambda folder: (folder / ".idptest/keys/sp-key.pem").chmod(0o644), {"preflight-files/files-are-for-you-alone"}),
        (lambda folder: (folder / ".git").mkdir(), {"preflight-files/git-leaves-the-keys-alone"}),
    ],
)
def test_doctor_looks_at_keys_and_files(town: Town, spoil: Callable[[Path], object], rules: set[str]) -> None:
    town.open()
    spoil(town.folder)
    assert doctor(town)[2] == LINKS | rules


def test_doctor_when_the_idp_is_down(town: Town) -> None:
    town.open()
    (town.folder / "idp.xml").write_bytes(to_xml(Published(sso="https://127.0.0.1:1/sso", error_url=None, shown=())))
    town.values["metadata"] = "idp.xml"
    town.write()
    code, reports, failing = doctor(town, "exempelstad")
    assert (code, failing) == (1, {"preflight-address/login-address-answers"})
    blocked = {found["rule"]: found["blocked_by"] for found in reports["exempelstad"]["findings"] if found["blocked_by"]}
    assert (
        blocked["preflight-idp/clocks-agree"] == blocked["preflight-idp/idp-takes-our-request"] == "preflight-address/login-address-answers"
    )


@pytest.mark.parametrize("form", ["text", "json", "junit", "html"])
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_doctor_at_the_demo(capsysbinary: pytest.CaptureFixture[bytes], form: str, lang: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--demo", "--format", form, "--lang", lang])
    assert ended.value.code in (0, None)
    assert b"exempelstad" in capsysbinary.readouterr().out


def test_doctor_sees_the_demos_defects(town: Town) -> None:
    assert doctor(town, "--demo", "--defect", "metadata-ended")[2] == {"preflight-idp/metadata-is-at-hand"}


@pytest.mark.parametrize(("page", "lang"), [("onboarding.md", "en"), ("onboarding.sv.md", "sv")])
def test_the_guide_tells_the_steps(page: str, lang: str) -> None:
    from idptest.cli.onboarding_steps import STEPS

    text = (Path(__file__).parents[1] / "docs/guide" / page).read_text("utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert rows == [f"{number} {step.title.text(lang)}" for number, step in enumerate(STEPS, 1)]
