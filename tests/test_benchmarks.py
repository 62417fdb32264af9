"""Benchmarks are run by `make bench` and by CI, and are described; none is forgotten. What they measure is never a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", BENCHMARKS)
@pytest.mark.parametrize(
    ("file", "line"), [("Makefile", "benchmarks/{}"), (".ci/run", "benchmarks/{}"), ("benchmarks/README.md", "| `{}` |")]
)
def test_every_benchmark_is_run_and_described(name: str, file: str, line: str) -> None:
    assert line.format(name) in (ROOT / file).read_text(encoding="utf-8")


def test_all_judge_the_id_tokens_alike() -> None:
    """benchmarks/oidc.py itself stops when joserfc, Authlib, python-jose and our rules do not agree on one of the tokens."""
    command = [sys.executable, str(ROOT / "benchmarks" / "oidc.py"), "--runs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if not line.startswith(" ")] == [
        "accept",
        "reject, ended",
        "reject, another's signature",
    ]
