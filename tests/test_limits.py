"""`idptest check` on what is far too large, in a process of its own: an answer or one line, within seconds and within memory.

Seen on two busy cores: none took more than 5 s of processor time or 660 MB, most 2 s and 200 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from idptest.adapters import stock_sp
from idptest.model.flow_file import dumps
from idptest.model.rule import Verdict
from idptest.validator import judge
from tests.exempelstad import answer, flow, verdicts, with_answer

MB = 1024 * 1024
SECONDS, MEMORY = 20, 1000  # of processor time, which other programs do not lengthen much; MB in use at the peak

# Starts the command in a small process, whose own memory does not count, and tells what the command took.
LAUNCHER = """
import os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
print("took", os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


@dataclass(frozen=True)
class Run:
    code: int
    said: str
    seconds: float
    memory: float


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Run]:
    """`idptest check` on these bytes, with the IdP's metadata unless it is a saved flow."""
    if not hasattr(os, "wait4"):
        pytest.skip("what a process took is told on POSIX only")

    def run(data: bytes, *, saved: bool = False) -> Run:
        (tmp_path / "metadata.xml").write_bytes(flow().idp.metadata)
        (tmp_path / "file").write_bytes(data)
        more = [] if saved else ["--idp-metadata", "metadata.xml", "--at", "2026-11-22T07:45Z"]
        command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "idptest", "check", "file", *more]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, timeout=120
        )
        said, _, took = done.stdout.decode("utf-8", "replace").rpartition("took ")
        code, seconds, memory = took.split()
        return Run(int(code), said, float(seconds), int(memory) / (MB if sys.platform == "darwin" else 1024))

    return run


def sound(run: Run, *codes: int) -> None:
    assert "Traceback" not in run.said
    assert run.code in codes, run.said
    assert run.code != 2 or run.said.count("\n") == 1, run.said
    assert run.seconds < SECONDS
    assert run.memory < MEMORY


def grown(tag: str, more: bytes) -> bytes:
    """The good response with this before the first end tag of that name."""
    before, end, after = answer(flow()).partition(f"</{tag}>".encode())
    return before + more + end + after


def attributes(count: int) -> bytes:
    one = '<saml:Attribute Name="urn:oid:{}"><saml:AttributeValue>v</saml:AttributeValue></saml:Attribute>'
    return "".join(one.format(number) for number in range(count)).encode()


def one_element(size: int) -> bytes:
    return b"<x " + b" ".join(b'a%d=""' % number for number in range(size // 10)) + b"/>"


RESPONSES: dict[str, Callable[[], bytes]] = {
    "10 000 attributes": lambda: grown("saml:AttributeStatement", attributes(10_000)),
    "5 MB of attributes": lambda: grown("saml:AttributeStatement", attributes(5 * MB // 95)),
    "5 MB in one value": lambda: grown("saml:AttributeValue", b"x" * 5 * MB),
    "5 MB of elements": lambda: grown("saml:AttributeStatement", b"<x/>" * (5 * MB // 4)),
    "5 MB in one start tag": lambda: grown("saml:AttributeStatement", one_element(5 * MB)),
    "10 000 deep": lambda: grown("saml:AttributeStatement", b"<x>" * 10_000 + b"</x>" * 10_000),
}
FILES: dict[str, Callable[[], bytes]] = {
    "100 MB of nothing": lambda: bytes(100 * MB - 1),
    "100 MB of JSON": lambda: b'{"a":[' + b"0," * (49 * MB) + b"0]}",
    "100 MB of brackets": lambda: b'{"a":' + b"[" * (100 * MB - 10),
    "100 MB of base64": lambda: b"SAMLResponse=" + b"QUJD" * (25 * MB - 10),
    "100 MB of XML": lambda: grown("saml:AttributeStatement", b"<x/>" * (24 * MB)),
    "more than 100 MB": lambda: bytes(101 * MB),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_is_judged(name: str, check: Callable[..., Run]) -> None:
    sound(check(RESPONSES[name]()), 1)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_refused_in_one_line(name: str, check: Callable[..., Run]) -> None:
    sound(check(FILES[name]()), 2)


def test_a_saved_flow_of_60_megabytes(check: Callable[..., Run]) -> None:
    sound(check(dumps(flow()).encode()[:-3] + b',"x":"' + b"y" * 60 * MB + b'"}', saved=True), 0)


@pytest.mark.parametrize("name", ["5 MB of elements", "5 MB in one start tag"])
def test_nobody_else_is_asked_about_a_flood(name: str) -> None:
    """pysaml2 would take minutes."""
    captured = with_answer(flow(), RESPONSES[name]())
    start = time.process_time()
    assert stock_sp.ask(captured) is None
    assert verdicts(judge(captured))["saml-response/is-readable"] is Verdict.FAIL
    assert time.process_time() - start < SECONDS / 2
