"""What goes wrong between us and a peer, in one line and both languages. A flow keeps the English line; the Swedish is found again by it."""

from __future__ import annotations

import re

from idptest.model.rule import Words

UNKNOWN_NAME = Words("the name is not known (DNS)", "namnet är inte känt (DNS)")
REFUSED = Words("connection refused", "anslutningen nekades")
CERTIFICATE_ENDED = Words("its certificate has ended", "dess certifikat har gått ut")
CERTIFICATE_FOR_ANOTHER = Words("its certificate is for another name", "dess certifikat gäller ett annat namn")
CERTIFICATE_NOT_TRUSTED = Words(
    "its certificate is not trusted; for a private CA set ca_file in idptest.toml",
    "dess certifikat är inte betrott; ange ca_file i idptest.toml för en egen CA",
)
NOT_TRUSTED_BY_COMPUTER = Words("its certificate is not trusted by this computer", "den här datorn litar inte på dess certifikat")
WANTS_CERTIFICATE = Words(
    "it wants a client certificate: set client_certificate for the account in idptest.toml",
    "den vill ha ett klientcertifikat: ange client_certificate för kontot i idptest.toml",
)
CLOSED_BEFORE = Words("the connection was closed before an answer", "anslutningen stängdes före ett svar")
CLOSED_HALFWAY = Words("the connection was closed half-way", "anslutningen stängdes halvvägs")
RESET = Words("the connection was reset", "anslutningen bröts")
NO_ANSWER = Words("no answer", "inget svar")

_WHOLE = (
    *(UNKNOWN_NAME, REFUSED, CERTIFICATE_ENDED, CERTIFICATE_FOR_ANOTHER, CERTIFICATE_NOT_TRUSTED, NOT_TRUSTED_BY_COMPUTER),
    *(WANTS_CERTIFICATE, CLOSED_BEFORE, CLOSED_HALFWAY, RESET, NO_ANSWER),
)
_AT_THE_END = {words.en: words.sv for words in _WHOLE}


def no_answer_within(host: str, seconds: float) -> Words:
    return Words(f"{host} did not answer within {seconds:g} s", f"{host} svarade inte inom {seconds:g} s")


def by_proxy(host: str, said: Words) -> Words:
    return Words(f"the proxy on the way to {host}: {said.en}", f"proxyn på vägen till {host}: {said.sv}")


def too_much(megabytes: int) -> Words:
    return Words(f"it sent more than {megabytes} MB", f"den skickade mer än {megabytes} MB")


_WITH_VALUES = (
    (re.compile(r"^(.+) did not answer within ([0-9.e+]+) s$"), r"\1 svarade inte inom \2 s"),
    (re.compile(r"^the proxy on the way to ([^ ]+): "), r"proxyn på vägen till \1: "),
    (re.compile(r"it sent more than ([0-9]+) MB$"), r"den skickade mer än \1 MB"),
)


def in_both(said: str) -> Words:
    """The line that a flow keeps; what is none of ours is the same in both languages."""
    sv = said
    for pattern, swedish in _WITH_VALUES:
        sv = pattern.sub(swedish, sv)
    before, colon, last = sv.rpartition(": ")
    while colon:
        if last in _AT_THE_END:
            return Words(said, f"{before}: {_AT_THE_END[last]}")
        before, colon, more = before.rpartition(": ")
        last = f"{more}: {last}"
    return Words(said, _AT_THE_END.get(last, sv))


def network_failed(said: str | None) -> Words:
    """For a report: what the network did to a request."""
    found = in_both(said) if said else Words("–", "–")
    return Words(f"the network failed: {found.en}", f"nätverket fungerade inte: {found.sv}")
