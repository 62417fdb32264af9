"""The JSON report is what its schema says: people script against it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from idptest.model.flow_file import loads
from idptest.reporters import json as json_report
from idptest.validator import judge

FLOWS = sorted((Path(__file__).parents[2] / "fixtures" / "flows").glob("*/flow*.json"))
SCHEMA = json.loads(files("idptest.reporters").joinpath("report.schema.json").read_text(encoding="utf-8"))


def valid(plain: object) -> None:
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(plain)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_report_of_every_recorded_flow_follows_the_schema(path: Path) -> None:
    report = judge(loads(path.read_text(encoding="utf-8")))
    for lang in ("sv", "en"):
        valid(json.loads(json_report.render([report], lang=lang)))


def test_several_reports_follow_the_schema() -> None:
    reports = [judge(loads(path.read_text(encoding="utf-8"))) for path in FLOWS[:2]]
    plain = json.loads(json_report.render(reports, lang="sv"))
    valid(plain)
    assert plain["format"] == "idptest-reports/1"


def test_the_schema_notices_what_is_missing() -> None:
    plain = json.loads(json_report.render([judge(loads(FLOWS[0].read_text(encoding="utf-8")))], lang="sv"))
    del plain["findings"][0]["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        valid(plain)
