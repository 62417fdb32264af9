"""Where the rules are proven that only inspections have: a module for each kind, with a function `cases()`.

tests/test_inspections.py finds every module here, and sees that each such rule fails in a case and passes in another.
"""

from __future__ import annotations

from dataclasses import dataclass

from idptest.model.inspection import Inspection


@dataclass(frozen=True)
class Case:
    """`fails`: the ids of all that fails in it, notes too, and nothing else does. `rulesets`: those whose rules apply beside those in code."""

    name: str
    inspection: Inspection
    fails: tuple[str, ...] = ()
    rulesets: tuple[str, ...] = ()
