"""A certified OpenID provider is upgraded: stopped, changed, started. What has changed since the baseline is told, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.oidc_provider import Client, OidcProvider, private_jwk
from tests.interop.workspace import Workspace, failing

KEY = "history-answer/key-is-unchanged"


@pytest.fixture(scope="module")
def at_op(oidc_provider: Callable[..., tuple[Workspace, OidcProvider]]) -> tuple[Workspace, OidcProvider]:
    """A pupil has logged in, and a baseline is saved of it."""
    user, op = oidc_provider((Client("op"),))
    assert user.idptest("login", "elev").code == 0
    assert user.idptest("baseline", "save", "before").code == 0
    return user, op


@pytest.fixture
def upgraded(at_op: tuple[Workspace, OidcProvider]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Starts the OP with those changes, and gives regress' exit code and report. Afterwards all is as it was."""
    user, op = at_op
    before = dict(vars(op))

    def start(**changes: Any) -> tuple[int, dict[str, Any]]:
        op.stop()
        vars(op).update(changes)
        op.start()
        run = user.idptest("regress", "elev", "--format", "json", "--lang", "en")
        (report,) = run.reports
        return run.code, report

    yield start
    vars(op).update({name: value for name, value in before.items() if name != "_process"})


def level_of(report: dict[str, Any], rule: str) -> str:
    return next(each["level"] for each in report["findings"] if each["rule"] == rule)


@pytest.mark.parametrize("old_is_kept", [False, True])
def test_a_new_key_is_a_note(
    upgraded: Callable[..., tuple[int, dict[str, Any]]], at_op: tuple[Workspace, OidcProvider], old_is_kept: bool
) -> None:
    """Alone in the JWKS, or beside the one that it takes over from; the signature holds by either."""
    new = private_jwk("op-2")
    code, report = upgraded(keys=(new, *at_op[1].keys) if old_is_kept else (new,))
    assert (code, failing(report), level_of(report, KEY)) == (0, {KEY}, "note")


def test_keys_without_a_name_do_not_fit_a_token_that_names_one(
    upgraded: Callable[..., tuple[int, dict[str, Any]]], at_op: tuple[Workspace, OidcProvider]
) -> None:
    user, op = at_op
    nameless = tuple({name: key[name] for name in ("kty", "n", "e", "use", "alg")} for key in op.keys)
    code, report = upgraded(published=nameless)
    assert (code, failing(report)) == (1, {"history-login/answer-is-still-trusted"})
    (report,) = user.judged("elev")[1]
    assert failing(report) == {"oidc-id-token/signature-is-by-a-key-of-the-op", "oidc-keys/each-key-has-an-id-of-its-own"}


def test_another_sub_is_another_person(upgraded: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    code, report = upgraded(subjects="an-uppgraderad-")
    assert (code, failing(report)) == (1, {"history-subject/subject-is-unchanged"})


def test_another_eppn_is_another_person(upgraded: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    code, report = upgraded(scope="exempelstad.example")
    assert (code, failing(report)) == (1, {"history-eppn/eppn-is-unchanged"})


def test_each_time_the_same(at_op: tuple[Workspace, OidcProvider]) -> None:
    user, op = at_op
    op.stop()
    op.start()
    run, reports = user.judged("elev", "--repeat", "2")
    assert (run.code, [report["subject"] for report in reports]) == (0, ["login", "login", "history"])
    assert [failing(report) for report in reports] == [set()] * 3
