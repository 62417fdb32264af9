"""One doubly signed response, from bytes to findings: all our rules, against pysaml2's `parse_authn_request_response` as shipped.

    python benchmarks/judge.py [--runs N]

pysaml2 keeps its client, and verifies with the xmlsec1 program, with and without the system's bundle of CA certificates, whose loading is
most of that program's time. The same bytes, in turn, in one run, each in blocks of five and the least of the block, so that nobody is
measured while the processor still holds what another did. Needs xmlsec1; says so without it. Never fails on time.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
from datetime import UTC, datetime
from statistics import median

from measure import BLOCK, seconds

from idptest.adapters import stock_sp
from idptest.selftest.good import good
from idptest.validator import judge

TARGET = 20


def main() -> None:
    parser = argparse.ArgumentParser(description="all our rules on one response, against pysaml2's acceptance of it")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)

    flow = good(datetime.now(UTC)).flow
    field = dict(flow.exchanges[0].request.form or ())["SAMLResponse"]
    asked = {flow.sent.request_id: flow.sent.acs_url}
    report = judge(flow)
    assert report.conformant and report.complete and len(report.findings) > 50, "the answer that is measured is a good one"

    binary = shutil.which("xmlsec1")
    if binary is None:
        print("xmlsec1 is not installed: pysaml2 as shipped cannot be measured (Debian: apt-get install xmlsec1)")
        return
    client = stock_sp.client(flow, binary)

    def theirs(bundle: bool) -> None:
        if bundle:
            os.environ.pop("SSL_CERT_FILE", None)
        else:
            os.environ["SSL_CERT_FILE"] = os.devnull
        # Its reply is checked, and nothing is left over from the last: a response counts once.
        client.users.remove_person = lambda *arguments: None
        answer = client.parse_authn_request_response(field, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", dict(asked))
        assert answer is not None and answer.assertion is not None

    for work in (lambda: judge(flow), lambda: theirs(True), lambda: theirs(False)):
        work()
    rows = [(seconds(lambda: judge(flow)), seconds(lambda: theirs(True)), seconds(lambda: theirs(False))) for _ in range(options.runs)]
    ours, with_bundle, without = (median(row[place] for row in rows) for place in range(3))
    print(f"ours: {len(report.findings)} findings in {ours * 1000:.1f} ms (median of {options.runs} blocks of {BLOCK})")
    for name, other in (("with", with_bundle), ("without", without)):
        ratio = median(row[1 if name == "with" else 2] / row[0] for row in rows)
        met = "met" if ratio >= TARGET else "NOT met"
        print(f"pysaml2, xmlsec1 {name} the CA bundle: {other * 1000:.1f} ms, {ratio:.1f} times ours (target {TARGET}: {met})")


if __name__ == "__main__":
    main()
