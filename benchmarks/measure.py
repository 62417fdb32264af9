"""How a piece of work is timed: in blocks of a few calls, of which the least counts."""

from __future__ import annotations

import time
from collections.abc import Callable

BLOCK = 5


def seconds(work: Callable[[], object]) -> float:
    """The least of a block of calls: what the work takes when nobody else has the processor."""
    taken = []
    for _ in range(BLOCK):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)
