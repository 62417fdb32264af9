"""How many identifiers a second `idptest eppn explain --file` explains, from starting the program to the last line of its output.

    python benchmarks/explain.py [--values N] [--runs N] [--guids N]

Values as an export holds them: random version-4 GUIDs, in their usual form and in every other that has a name, in turn. Each run is a
process of its own, and its processor time is counted: other programs do not lengthen that much. Also, for random GUIDs in every form: where
among the readings the true one stands. Never fails on time.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from idptest.identifiers import objectguid

TARGET = 20_000


def guids(count: int) -> Iterator[uuid.UUID]:
    random_ = random.Random(20261122)
    return (uuid.UUID(int=random_.getrandbits(128), version=4) for _ in range(count))


def exported(count: int) -> str:
    ways = list(objectguid.forms(uuid.UUID(int=0)))
    texts = (objectguid.forms(guid)[ways[number % len(ways)]] for number, guid in enumerate(guids(count)))
    return "".join(f"{text}@exempelstad.se\n" for text in texts)


def seconds(form: str, file: Path) -> float:
    """Of processor time, in a process of its own."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "idptest", "eppn", "explain", "--file", str(file), "--format", form, "--lang", "en"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def speed(values: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.txt"
        file.write_text(exported(values), encoding="utf-8")
        for form in ("text", "json"):
            rate = values / min(seconds(form, file) for _ in range(runs))
            print(f"explain as {form}: {rate:,.0f} values a second (target {TARGET:,}: {'met' if rate >= TARGET else 'NOT met'})")


def truth(count: int) -> None:
    """Of each form: where among the readings the true GUID stands. "Later" are those read backwards, which are weak evidence."""
    found: dict[str, Counter[str]] = {}
    for guid in guids(count):
        for name, text in objectguid.forms(guid).items():
            read = [reading.guid for reading in objectguid.readings(text)]
            place = (
                "alone"
                if read == [guid]
                else "first"
                if read[:1] == [guid]
                else "second"
                if read[1:2] == [guid]
                else "later"
                if guid in read
                else "never"
            )
            found.setdefault(name, Counter())[place] += 1
    print(f"{count:,} random GUIDs, in each form: how often the true reading is")
    print(f"  {'':<24}{'alone':>9}{'first':>9}{'second':>9}{'later':>9}{'never':>9}")
    for name, places in found.items():
        print(f"  {name:<24}" + "".join(f"{places[place] / count:>9.2%}" for place in ("alone", "first", "second", "later", "never")))


def main() -> None:
    parser = argparse.ArgumentParser(description="idptest eppn explain on a long file")
    parser.add_argument("--values", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--guids", type=int, default=5_000, help="how many GUIDs are read back from every form")
    options = parser.parse_args()
    if options.values:
        speed(options.values, options.runs)
    truth(options.guids)


if __name__ == "__main__":
    main()
