"""Rules about the addresses in the IdP's metadata: each answers, safely, from here."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.preflight import Address, Link, Reached
from idptest.model.rule import Level, Outcome, Text, Words, failed, inconclusive, not_applicable, passed

_NAME, _ANSWERS = "preflight-address/name-is-known", "preflight-address/login-address-answers"
_SOON = timedelta(days=14)
# There is no such page, or nobody behind the proxy. Anything else is an IdP that misses a SAML request.
_NOBODY_THERE = frozenset({404, 410, 502, 503, 504})


@check(
    Level.MUST,
    spec="RFC 1034, 3.1",
    fix="See whether the address in the metadata is right, and whether this network's DNS knows names on the internet: nslookup HOST.",
    sv=Text(
        "DNS känner till inloggningsadressens namn",
        why="Annars hittar ingen webbläsare dit.",
        fix="Se efter om adressen i metadata stämmer, och om nätets DNS känner till namn på internet: nslookup NAMN.",
    ),
)
def name_is_known(address: Address) -> Outcome:
    """DNS knows the name of the login address.

    Otherwise no browser finds the way.
    """
    if address.seen.by_proxy:
        return _by_proxy()
    if not address.seen.unknown_name:
        return passed()
    return failed("DNS does not know the name {actual}", "DNS känner inte till namnet {actual}", actual=_host(address.seen))


@check(
    Level.MUST,
    spec="SAMLMeta 2.4.3; Kantara SDP-IDP03",
    fix="See whether the IdP is up, and whether a firewall between here and there lets you through. Behind a proxy: set proxy in idptest.toml.",
    sv=Text(
        "Inloggningsadressen svarar",
        why="Där börjar varje inloggning.",
        fix="Se efter om IdP:n är igång, och om en brandvägg på vägen släpper igenom dig. Bakom en proxy: ange proxy i idptest.toml.",
    ),
)
def login_address_answers(address: Address) -> Outcome:
    """The login address answers.

    Every login starts there.
    """
    seen = address.seen
    if seen.unknown_name or seen.tls_problem:
        return inconclusive("there was no connection", "det blev ingen förbindelse", blocked_by=_NAME if seen.unknown_name else _TRUST)
    if seen.error:
        return failed(seen.error.en, seen.error.sv, actual=seen.url)
    if seen.status in _NOBODY_THERE:
        return failed(f"{seen.url} answers {{actual}}", f"{seen.url} svarar {{actual}}", actual=f"HTTP {seen.status}")
    return passed()


@check(
    Level.MUST,
    spec="Kantara SDP-IDP03; RFC 5280, 6.1; RFC 9525, 6",
    fix="Let the server show a certificate for this name that has not ended, with its intermediate certificates. Is it a CA of your own: set ca_file in idptest.toml.",
    sv=Text(
        "Inloggningsadressens TLS-certifikat håller",
        why="Webbläsare varnar annars, och en elev ska aldrig lära sig att klicka bort en varning.",
        fix="Låt servern visa ett certifikat för det här namnet som inte har gått ut, tillsammans med mellanliggande certifikat. Är det en egen CA: ange ca_file i idptest.toml.",
    ),
)
def tls_certificate_holds(address: Address) -> Outcome:
    """The login address's TLS certificate holds.

    Browsers warn otherwise, and a pupil must never learn to click a warning away.
    """
    seen = address.seen
    if seen.tls_problem:
        return failed(f"{{actual}}: {seen.tls_problem.en}", f"{{actual}}: {seen.tls_problem.sv}", actual=_host(seen))
    return passed() if seen.tls or (seen.by_proxy and seen.status and _is_https(seen.url)) else _no_tls(seen)


@check(
    Level.SHOULD,
    spec="CA/Browser Forum Baseline Requirements 4.9, 6.3.2",
    fix="Renew the TLS certificate now, and find out why its renewal is not automatic.",
    sv=Text(
        "Inloggningsadressens TLS-certifikat räcker i två veckor till",
        why="Den dag det går ut kommer ingen in.",
        fix="Förnya TLS-certifikatet nu, och ta reda på varför det inte förnyas av sig självt.",
    ),
)
def tls_certificate_lasts(address: Address, inspection: Inspection) -> Outcome:
    """The login address's TLS certificate lasts for two more weeks.

    On the day it ends nobody gets in.
    """
    end = address.seen.certificate_ends
    if address.seen.by_proxy:
        return _by_proxy()
    if end is None:
        return _no_tls(address.seen)
    left = end - inspection.now
    if left >= _SOON:
        return passed()
    return failed(
        f"the TLS certificate of {_host(address.seen)} ends in {left.days} days, on {{actual}}",
        f"TLS-certifikatet för {_host(address.seen)} går ut om {left.days} dagar, {{actual}}",
        actual=end.date().isoformat(),
    )


@check(
    Level.SHOULD,
    spec="RFC 8996; RFC 9325, 3.1.1",
    fix="Turn TLS 1.0 and 1.1 off, and 1.2 or newer on, in the server or the load balancer that ends TLS.",
    sv=Text(
        "Inloggningsadressen talar bara TLS 1.2 eller nyare",
        why="Äldre versioner har kända svagheter och är utmönstrade sedan 2021.",
        fix="Stäng av TLS 1.0 och 1.1, och slå på 1.2 eller nyare, i servern eller lastdelaren som avslutar TLS.",
    ),
)
def tls_is_1_2_or_newer(address: Address) -> Outcome:
    """The login address speaks TLS 1.2 or newer only.

    Older versions have known weaknesses, and were retired in 2021.
    """
    seen = address.seen
    if seen.by_proxy:
        return _by_proxy()
    if seen.old_tls:
        return failed(
            f"{_host(seen)} takes {{actual}} too", f"{_host(seen)} godtar också {{actual}}", actual=seen.old_tls, expected="TLSv1.2"
        )
    if seen.tls is None:
        return _no_tls(seen)
    if seen.old_tls is None:
        return inconclusive(
            "this computer cannot speak older versions, so they were not tried", "datorn kan inte tala äldre versioner, så de prövades inte"
        )
    return passed()


@check(
    Level.MUST,
    spec="Kantara SDP-IDP03; RFC 9700, 2.6",
    fix="Let the server, and the proxy in front of it, redirect to https addresses only.",
    sv=Text(
        "Inloggningsadressen leder inte till http",
        why="På skolans nät kan då vem som helst läsa eller byta ut det som skickas.",
        fix="Låt servern, och proxyn framför den, bara omdirigera till https-adresser.",
    ),
)
def login_address_stays_on_https(address: Address) -> Outcome:
    """The login address does not lead to http.

    On the school's network anybody could then read or exchange what is sent.
    """
    seen = address.seen
    if not _is_https(seen.url):
        return not_applicable("it is no https address", "det är ingen https-adress")
    if seen.status is None:
        return inconclusive("there was no answer", "det kom inget svar", blocked_by=_ANSWERS)
    if seen.leads_to is not None and seen.leads_to[:5].lower() == "http:":
        return failed("it redirects to {actual}", "den omdirigerar till {actual}", actual=seen.leads_to)
    return passed()


@check(
    Level.SHOULD,
    spec="RFC 8305, 1",
    fix="Let the server listen on the address that DNS publishes (AAAA for IPv6), and the firewall let it through; or take the address out of DNS.",
    sv=Text(
        "Inloggningsadressen svarar på varje slags adress som DNS anger",
        why="Där IPv6 är publicerat men inte svarar väntar en del klienter i onödan, och andra kommer inte fram alls.",
        fix="Låt servern lyssna på adressen som DNS anger (AAAA för IPv6), och brandväggen släppa fram den; eller ta bort adressen ur DNS.",
    ),
)
def every_published_network_answers(address: Address) -> Outcome:
    """The login address answers on every kind of address that DNS publishes.

    Where IPv6 is published but does not answer, some clients wait in vain, and others do not arrive at all.
    """
    seen = address.seen
    if seen.by_proxy:
        return _by_proxy()
    silent = [name for name, answers in seen.families if answers is False]
    if silent and any(answers for _, answers in seen.families):
        return failed(
            f"{_host(seen)} does not answer over {{actual}}, which DNS publishes",
            f"{_host(seen)} svarar inte över {{actual}}, som DNS anger",
            actual=silent[0],
        )
    if silent:
        return inconclusive("it answers nowhere", "den svarar ingenstans", blocked_by=_ANSWERS)
    if not any(answers for _, answers in seen.families):
        return inconclusive("there was no connection", "det blev ingen förbindelse", blocked_by=_NAME)
    if untried := [name for name, answers in seen.families if answers is None]:
        return not_applicable(f"this computer has no {untried[0]}", f"datorn har ingen {untried[0]}")
    return passed()


@check(
    Level.SHOULD,
    spec="SAMLMeta 2.4.1; Kantara SDP-IDP03",
    fix="Correct the address in the metadata, or let the server there answer.",
    sv=Text(
        "De andra adresserna i metadata svarar",
        why="De visas för användare eller behövs för att logga ut. En som inte svarar lämnar användaren på en felsida.",
        fix="Rätta adressen i metadata, eller låt servern där svara.",
    ),
)
def links_answer(link: Link) -> Outcome:
    """The other addresses in the metadata answer.

    They are shown to users, or needed to log out. One that does not answer leaves the user on an error page.
    """
    seen = link.seen
    trouble = _trouble(seen)
    if trouble:
        return failed(f"{link.what}: {trouble.en}", f"{link.what}: {trouble.sv}", actual=seen.url)
    for_people = link.what not in _FOR_PROGRAMS
    if seen.status is not None and (seen.status >= 400 if for_people else seen.status in _NOBODY_THERE):
        return failed(f"{link.what}: {{actual}} answers {seen.status}", f"{link.what}: {{actual}} svarar {seen.status}", actual=seen.url)
    if seen.leads_to is not None and seen.leads_to[:5].lower() == "http:" and _is_https(seen.url):
        return failed(
            f"{link.what}: {seen.url} redirects to {{actual}}", f"{link.what}: {seen.url} omdirigerar till {{actual}}", actual=seen.leads_to
        )
    return passed()


def _trouble(seen: Reached) -> Words | None:
    if seen.unknown_name:
        return Words("DNS does not know the name in {actual}", "DNS känner inte till namnet i {actual}")
    if seen.tls_problem:
        return Words(f"{{actual}}: {seen.tls_problem.en}", f"{{actual}}: {seen.tls_problem.sv}")
    return Words(f"{{actual}}: {seen.error.en}", f"{{actual}}: {seen.error.sv}") if seen.error else None


# Asked for nothing, as here, they may well refuse.
_FOR_PROGRAMS = frozenset({"SingleLogoutService", "userinfo_endpoint", "end_session_endpoint"})
_TRUST = "preflight-address/tls-certificate-holds"


def _no_tls(seen: Reached) -> Outcome:
    if not _is_https(seen.url):
        return not_applicable("it is no https address", "det är ingen https-adress")
    return inconclusive(
        "there was no connection",
        "det blev ingen förbindelse",
        blocked_by=_NAME if seen.unknown_name else _TRUST if seen.tls_problem else _ANSWERS,
    )


def _by_proxy() -> Outcome:
    return not_applicable(
        "only the answer is seen from here: a proxy is in between, or this is the demo",
        "härifrån syns bara svaret: en proxy är emellan, eller så är det demon",
    )


def _is_https(url: str) -> bool:
    return url[:6].lower() == "https:"


def _host(seen: Reached) -> str:
    return urlsplit(seen.url).netloc
