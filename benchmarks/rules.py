"""All rules on one login, from bytes to findings, against one accept and one reject of the same bytes by python3-saml.

    python benchmarks/rules.py [--runs N] [--all]

python3-saml keeps its settings. Also: what each rule costs (the dearest; `--all`: every one), and the peak of memory that Python
allocates while judging. In one process, in turn, in blocks. Never fails on time.
"""

from __future__ import annotations

import argparse
import base64
import logging
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from measure import BLOCK, seconds
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from idptest import catalogue, decode
from idptest.model.flow import Flow
from idptest.saml import metadata
from idptest.selftest.good import ACS, SP, good
from idptest.validator import judge

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

TARGET = 1
SHOWN = 12


def settings(flow: Flow) -> Any:
    """python3-saml's, for the same SP and the IdP's own certificate."""
    idp = metadata.read_idp(flow.idp.metadata)
    certificate = "".join((idp.signing[0].pem or b"").decode().splitlines()[1:-1])
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {"entityId": SP, "assertionConsumerService": {"url": ACS}},
            "idp": {
                "entityId": idp.entity_id,
                "singleSignOnService": {"url": "https://idp.exempelstad.se/sso"},
                "x509cert": certificate,
            },
        }
    )


def per_rule(flow: Flow, runs: int) -> list[tuple[float, str]]:
    """(microseconds, rule id), the dearest first."""
    login = decode.decode(flow, catalogue.attributes(), catalogue.assurance())
    costs = []
    for rule in catalogue.rules_for(flow.rulesets):
        subjects = login.all(rule.subject)
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            for subject in subjects:
                rule.test(subject, login)
            times.append(time.perf_counter() - start)
        costs.append((median(times) * 1e6, rule.id))
    return sorted(costs, reverse=True)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description="all our rules on one login, against python3-saml on the same bytes")
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--all", action="store_true", help="the cost of every rule")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)

    made = good(datetime.now(UTC))
    accepted, rejected = made.flow, made.answered(audience="https://annan-tjanst.example/sp")
    report = judge(accepted)
    assert report.conformant and report.complete, "the answer that is accepted is a good one"
    kept, place = settings(accepted), urlsplit(ACS)
    request = {"http_host": place.netloc, "script_name": place.path, "https": "on", "get_data": {}, "post_data": {}}

    def theirs(flow: Flow, expected: bool) -> None:
        field = dict(flow.exchanges[0].request.form or ())["SAMLResponse"]
        assert OneLogin_Saml2_Response(kept, field).is_valid(request, flow.sent.request_id) is expected

    work: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "accept": (lambda: judge(accepted), lambda: theirs(accepted, True)),
        "reject": (lambda: judge(rejected), lambda: theirs(rejected, False)),
    }
    for name, (ours, other) in work.items():
        ours(), other()
        rows = [(seconds(ours), seconds(other)) for _ in range(options.runs)]
        mine, peer = (median(row[side] for row in rows) * 1000 for side in (0, 1))
        ratio = median(row[0] / row[1] for row in rows)
        print(
            f"{name}: ours {mine:.2f} ms, python3-saml {peer:.2f} ms, {ratio:.2f} of theirs (target {TARGET}: {'met' if ratio <= TARGET else 'NOT met'})"
        )
    costs = per_rule(accepted, options.runs * BLOCK)
    print(f"{len(costs)} rules take {sum(cost for cost, _ in costs):.0f} µs together; the rest of a judgement is reading and verifying")
    for cost, rule in costs if options.all else costs[:SHOWN]:
        print(f"  {cost:7.1f} µs  {rule}")
    size = len(base64.b64decode(dict(accepted.exchanges[0].request.form or ())["SAMLResponse"]))
    fresh = replace(accepted)
    print(f"peak memory: {peak(lambda: judge(fresh)) / 1024:.0f} KiB for a response of {size / 1024:.1f} KiB, what Python allocates")
    if resource:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
        print(f"             {most:.0f} MiB for the whole process, python3-saml and signxml included")


if __name__ == "__main__":
    main()
