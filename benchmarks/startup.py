"""How long until `idptest --help` and `idptest eppn explain` have answered, against `python -c "import click"` in the same interpreter.

    python benchmarks/startup.py [--use ENVIRONMENT] [--runs N]

Without --use: the wheel is built from this tree and installed into an environment that is removed afterwards. Never fails on time.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
TARGETS = {"--help": 1.5, "eppn explain fc79e369-18a3-40c4-aa33-d92057bfff65@exempelstad.se": 2}
PARTS = ("idptest", "attribute_rules", "metadata", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def scripts(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin")


def installed(work: Path) -> Path:
    """A new environment with the wheel of this tree, as a user has it: with compiled bytecode."""
    source, environment = work / "source", work / "env"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, source)
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(scripts(environment) / "python"), "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(work), str(source)], check=True)
    subprocess.run([*pip, "install", *(str(wheel) for wheel in work.glob("*.whl"))], check=True)
    return environment


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(environment: Path, runs: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Command → medians (ours, theirs) in seconds. One after the other in turn: what disturbs the machine disturbs all."""
    theirs = [str(scripts(environment) / "python"), "-c", "import click"]
    ours = {name: [str(scripts(environment) / "idptest"), *shlex.split(name)] for name in TARGETS}
    for command in (theirs, *ours.values()):
        seconds(command, folder)  # fills the disk cache, and writes bytecode if there is none
    rows = [(seconds(theirs, folder), *(seconds(command, folder) for command in ours.values())) for _ in range(runs)]
    reference = median(row[0] for row in rows)
    return {name: (median(row[place] for row in rows), reference) for place, name in enumerate(ours, start=1)}


def main() -> None:
    parser = argparse.ArgumentParser(description="idptest's commands against python -c 'import click'")
    parser.add_argument("--use", type=Path, metavar="ENVIRONMENT", help="a virtual environment that idptest's wheel is installed in")
    parser.add_argument("--runs", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        environment = options.use.absolute() if options.use else installed(work)
        measured = measure(environment, options.runs, work)
    print(f"median of {options.runs} runs, in turn")
    for command, (ours, theirs) in measured.items():
        ratio, target = ours / theirs, TARGETS[command]
        said = f"{ratio:.2f} (target {target}: {'met' if ratio <= target else 'NOT met'})"
        print(f"idptest {command.split(' fc79')[0]:<13} {ours * 1000:6.1f} ms, import click {theirs * 1000:6.1f} ms, ratio {said}")


if __name__ == "__main__":
    main()
