"""ARCHITECTURE.md's steps of one login are true: a login by each protocol goes through the modules that the text names, in its order."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import pytest
from click.testing import CliRunner

import idptest
from idptest.cli import group
from idptest.demo.people import person
from tests.interop.workspace import Workspace
from tests.test_demo_server import running

ROOT = Path(idptest.__file__).parent
PROTOCOLS = {"By SAML": "saml", "By OpenID Connect": "oidc"}  # how a sentence begins that is about one of them only
# What else stands in backticks there: none of our modules.
WORDS = {
    *("idptest.toml", "loa3-teacher", "acr", "acr_values", "claims", "request_object", "log_out", "form", "browser", "system"),
    *("Flow", "Finding", "Report"),
}
_MODULE = re.compile(r"[a-z_]+(?:/[a-z_]+)*")


def steps(text: str) -> list[list[str]]:
    """The sentences of each step."""
    _, _, after = text.partition("## One login, step by step\n")
    numbered = re.findall(r"^\d+\. (.*(?:\n   .*)*)", after.partition("\n## ")[0], re.MULTILINE)
    return [re.split(r"(?<=[.;])\s+", " ".join(step.split())) for step in numbered]


def named(sentences: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """The modules that a step names, in order, and by which protocol they are gone through: None by both.

    A sentence that a semicolon ends is about the same protocol as its second half.
    """
    protocol = None
    begins = True
    for sentence in sentences:
        if begins:
            protocol = next((name for words, name in PROTOCOLS.items() if sentence.startswith(words)), None)
        begins = not sentence.endswith(";")
        for span in re.findall(r"`([^`]+)`", sentence):
            module = re.sub(r"\.\w+\(\w*\)$", "", span)  # validator.judge(flow)
            if module not in WORDS:
                yield module, protocol


STEPS = [list(named(sentences)) for sentences in steps((ROOT.parent / "ARCHITECTURE.md").read_text(encoding="utf-8"))]


def test_there_are_eight_steps_that_name_modules() -> None:
    assert len(STEPS) == 8
    assert all(STEPS)
    assert {protocol for step in STEPS for _, protocol in step} == {None, "saml", "oidc"}


@pytest.mark.parametrize("module", sorted({module for step in STEPS for module, _ in step}))
def test_every_module_exists(module: str) -> None:
    """And whatever else stands in backticks is one of WORDS, so that no name is forgotten when its module gets another."""
    assert _MODULE.fullmatch(module), f"neither a module nor one of the words known: {module}"
    assert (ROOT / f"{module}.py").is_file() or (ROOT / module / "__init__.py").is_file()


def gone_through(protocol: str) -> list[str]:
    """The modules that a login by that protocol goes through, in a workspace and over HTTP, in order.

    What is carried out by importing one is no function of it.
    """
    seen = [""]

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            name = frame.f_globals.get("__name__", "")
            if name != seen[-1] and name.startswith("idptest."):
                seen.append(name)

    sys.setprofile(note)
    try:
        login(protocol)
    finally:
        sys.setprofile(None)
    return [name.removeprefix("idptest.").replace(".", "/") for name in seen[1:]]


def login(protocol: str) -> None:
    done = CliRunner().invoke(group, ["login", "larare", "--protocol", protocol], standalone_mode=False)
    assert (done.exception, done.return_value) == (None, 0), done.output


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The modules that a login by each protocol goes through."""
    place, teacher = Workspace(tmp_path_factory.mktemp("steps")), person("larare")
    assert teacher is not None
    assert place.idptest("init").code == 0
    place.edit('username = "larare1"', f'username = "{teacher.username}"')
    provider = '[idp.op]\nprotocol = "oidc"\nissuer = "http://127.0.0.1:1"\nclient_id = "idptest"\n\n'
    place.edit('[account.larare]\nidp = "exempelstad"', f'{provider}[account.larare]\nidp = ["exempelstad", "op"]')
    with pytest.MonkeyPatch.context() as patch, running(place) as town:
        place.edit('"idp-metadata.xml"', f'"{town.url}/metadata"')
        place.edit('"http://127.0.0.1:1"', f'"{town.url}"')
        patch.chdir(place.folder)
        patch.setenv("IDPTEST_LARARE_PASSWORD", teacher.password)
        for protocol in PROTOCOLS.values():  # imports, and fills what is kept between logins
            login(protocol)
        return {protocol: gone_through(protocol) for protocol in PROTOCOLS.values()}


def followed(protocol: str, trace: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """(step, module, where in the trace) for each module that the text names for a login by that protocol, one after the other."""
    place = 0
    for number, step in enumerate(STEPS, 1):
        for module in [name for name, only in step if only in (None, protocol)]:
            inside = (at for at in range(place, len(trace)) if trace[at] == module or trace[at].startswith(f"{module}/"))
            here = next(inside, None)
            assert here is not None, f"step {number}: a login by {protocol} does not go through {module} after {trace[place]}"
            place = here
            yield number, module, place


@pytest.mark.parametrize("protocol", PROTOCOLS.values())
def test_a_login_goes_through_the_modules_in_that_order(protocol: str, logins: dict[str, list[str]]) -> None:
    assert len(list(followed(protocol, logins[protocol]))) > 20


@pytest.mark.parametrize("protocol", PROTOCOLS.values())
def test_what_a_step_says_of_the_other_protocol_is_not_done(protocol: str, logins: dict[str, list[str]]) -> None:
    trace, places = logins[protocol], list(followed(protocol, logins[protocol]))
    for number, step in enumerate(STEPS, 1):
        start = max((place for step_number, _, place in places if step_number < number), default=0)
        end = next((place for step_number, _, place in places if step_number > number), len(trace))
        said = {name for name, only in step if only in (None, protocol)}
        others = {name for name, only in step if only not in (None, protocol)} - said
        assert not others & set(trace[start:end]), f"step {number}"
