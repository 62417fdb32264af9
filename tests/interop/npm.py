"""Packages of npm for tests: installed once, exactly as package-lock.json says, in one folder, `.interop` unless INTEROP_CACHE names another."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.interop.server import ServerTrouble

PACKAGES = ("nodejs", "npm")
INSTALL = "apt-get install -y --no-install-recommends " + " ".join(PACKAGES)


def missing() -> str | None:
    """What has to be installed before a package can be, as one line; None when all is there."""
    absent = [name for name in ("node", "npm") if not shutil.which(name)]
    return f"{' and '.join(absent)} missing; install with: {INSTALL}" if absent else None


def installed(source: Path, name: str) -> Path:
    """A copy of `source` with its packages, made by npm the first time. Raises ServerTrouble."""
    files = sorted(path for path in source.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    cache = Path(os.environ.get("INTEROP_CACHE") or Path(__file__).parents[2] / ".interop")
    place = cache / f"{name}-{digest}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=f"{name}-") as made:
        for path in files:
            shutil.copy(path, made)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        run = subprocess.run(command, cwd=made, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if run.returncode:
            raise ServerTrouble(f"npm ci did not install {name} (is a registry in reach?):\n{run.stdout}{run.stderr}"[-2000:])
        # Whole or not at all; another run may have been faster.
        with contextlib.suppress(OSError):
            Path(made).rename(place)
            Path(made).mkdir()
    return place
