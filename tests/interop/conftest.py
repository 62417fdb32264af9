"""Fixtures for tests against other people's programs. What is missing fails with the command that installs it; nothing is skipped."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.interop import browsers, npm, server, simplesamlphp
from tests.interop.oidc_provider import THREE, Client, OidcProvider
from tests.interop.samlify import Samlify
from tests.interop.simplesamlphp import SimpleSamlPhp, Sp
from tests.interop.workspace import ELEV, LARARE, Workspace

SECRET = "en/hemlighet+4711 %"


@pytest.fixture
def free_port() -> int:
    return server.free_port()


@pytest.fixture
def simplesamlphp_idp(tmp_path: Path) -> Iterator[Callable[..., SimpleSamlPhp]]:
    """Start an IdP: `idp = simplesamlphp_idp(sp, declare_scope=False, …)`. All are stopped when the test ends."""
    if absent := simplesamlphp.missing():
        pytest.fail(f"no SimpleSAMLphp: {absent}", pytrace=False)
    with ExitStack() as running:

        def start(sp: Sp | None = None, **options: Any) -> SimpleSamlPhp:
            idp = SimpleSamlPhp(tmp_path / f"simplesamlphp-{len(list(tmp_path.iterdir()))}", sp, **options)
            return running.enter_context(idp)

        yield start


@pytest.fixture
def samlify_idp(tmp_path: Path) -> Iterator[Callable[..., Samlify]]:
    """Start an IdP: `idp = samlify_idp(sp_metadata, cipher=GCM, …)`. All are stopped when the test ends."""
    if absent := npm.missing():
        pytest.fail(f"no samlify: {absent}", pytrace=False)
    with ExitStack() as running:

        def start(sp: bytes, **options: Any) -> Samlify:
            return running.enter_context(Samlify(tmp_path / f"samlify-{len(list(tmp_path.iterdir()))}", sp, **options))

        yield start


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A user's folder. When the test ends it is swept for secrets, tracebacks and half-written files."""
    place = Workspace(tmp_path / "user")
    yield place
    place.check()


@pytest.fixture(scope="module")
def oidc_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., tuple[Workspace, OidcProvider]]]:
    """Start an OP, and make a folder whose idptest.toml has its clients: `user, op = oidc_provider(clients, port=…, …)`.

    When the module's last test has ended the OPs are stopped, and the folders are swept as `workspace` is, for the OP's codes and tokens too.
    """
    if absent := npm.missing():
        pytest.fail(f"no oidc-provider: {absent}", pytrace=False)
    made: list[tuple[Workspace, OidcProvider]] = []
    with ExitStack() as running:

        def start(clients: tuple[Client, ...] = THREE, **options: Any) -> tuple[Workspace, OidcProvider]:
            user = Workspace(tmp_path_factory.mktemp("user") / "user")
            user.init()
            user.environment["CLIENT_SECRET"] = SECRET
            key = (user.folder / ".idptest" / "keys" / "sp-key.pem").read_bytes()
            op = OidcProvider(tmp_path_factory.mktemp("op"), key, SECRET, clients, users=(LARARE, ELEV), **options)
            op.into(user.folder / "idptest.toml")
            made.append((user, running.enter_context(op)))
            return user, op

        yield start
    for user, op in made:
        user.secrets |= {SECRET} | op.issued()
        user.check()


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    if absent := browsers.missing():
        pytest.fail(absent, pytrace=False)
    monkeypatch.setenv("IDPTEST_BROWSER", "chromium")


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """The tests' own browsers have ended."""
    yield
    assert browsers.gone([pid for pid in browsers.children(os.getpid()) if b"chromium" in Path(f"/proc/{pid}/cmdline").read_bytes()])


@pytest.fixture
def desk(workspace: Workspace) -> Iterator[Workspace]:
    """A workspace with a browser. Chromium's sockets need a temporary folder with a short path; it must be empty afterwards."""
    workspace.environment["IDPTEST_BROWSER"] = "chromium"
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        workspace.environment["TMPDIR"] = folder
        yield workspace
        assert list(Path(folder).iterdir()) == []
