"""idptest onboard the next time: what is done is not asked again, and what has changed is; what it says and leaves behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from idptest.cli import main
from tests.onboarding.conftest import PUPIL, Town, line
from tests.onboarding.test_mistakes import at, in_production, wrong_password


def test_it_goes_on_where_it_stopped_and_what_changed_is_taken_again(town: Town) -> None:
    wrong_password(town)
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


def test_a_state_that_cannot_be_read_is_oneline(town: Town) -> None:
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
        assert line(town, "onboard") == (
            "idptest: .idptest/onboarding/exempelstad.json: this is not what idptest remembers of an onboarding; --again starts over"
        )
    assert town.onboard("--again", "--skip", "trace")[0] == 0


def test_what_is_asked_wrongly_is_oneline(town: Town) -> None:
    town.open()
    assert 'there is no step "pupils"; did you mean "pupil"?' in line(town, "onboard", "--skip", "pupils")
    assert 'there is no [idp.exempelstaden]; did you mean "exempelstad"?' in line(town, "onboard", "exempelstaden")
    assert "--headed goes with --driver browser" in line(town, "onboard", "--headed")
    assert 'there is no [idp.exempel]; did you mean "exempelstad"?' in line(town, "doctor", "exempel")
    assert "--defect goes with --demo" in line(town, "doctor", "--defect", "sha1")
    town.edit("timeout = 5\n\n[account.larare]", 'timeout = 5\nenvironment = "production"\n\n[account.larare]')
    assert "without the preflight too it takes --yes-production" in line(town, "onboard", "--skip", "preflight")
    town.settings += '\n[idp.annan]\nmetadata = "{metadata}"\n'
    town.write()
    assert "several IdPs: say which (exempelstad, annan)" in line(town, "onboard")


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


def test_a_yes_to_production_is_asked_for_every_time(town: Town) -> None:
    in_production(town)
    town.settings = (town.folder / "idptest.toml").read_text("utf-8").replace("{", "{{").replace("}", "}}")
    assert town.stops("--yes-production", "--skip", "trace")[0] == 0
    code, states, failing, _ = town.stops("--skip", "trace")
    assert (code, failing) == (1, {"preflight-settings/production-takes-a-yes"}) and states["Preflight"] == "✕"


@pytest.mark.parametrize(("page", "lang"), [("onboarding.md", "en"), ("onboarding.sv.md", "sv")])
def test_the_guide_tells_the_steps(page: str, lang: str) -> None:
    from idptest.cli.onboarding_steps import STEPS

    text = (Path(__file__).parents[2] / "docs/guide" / page).read_text("utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert rows == [f"{number} {step.title.text(lang)}" for number, step in enumerate(STEPS, 1)]
