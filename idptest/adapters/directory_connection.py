"""A connection to a directory: TLS first, the certificate checked, then one bind. What goes wrong is one line.

Nothing is ever sent in clear, and no referral is followed: another server would get the password (RFC 4513, 5.1.3 and 6.3.3;
RFC 4511, 4.1.10).
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from idptest.errors import ConfigurationError
from idptest.model.rule import Words
from idptest.model.settings import DirectorySettings

Where = Callable[[str], str]
"""A key of the directory's table → file:line, for messages."""

# https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--1300-1699- and --1700-3999- (read 2026-11), in hexadecimal as
# AD writes them; that 52e also comes for a name that there is not was seen with Samba 4.17.
_REFUSED = {
    "525": Words("there is no such account", "kontot finns inte"),
    "52e": Words("wrong password, or no such account", "fel lösenord, eller så finns inte kontot"),
    "530": Words("the account may not log in at this hour", "kontot får inte logga in vid den här tiden"),
    "531": Words("the account may not log in from this computer", "kontot får inte logga in från den här datorn"),
    "532": Words("the password has expired", "lösenordet har gått ut"),
    "533": Words("the account is disabled", "kontot är inaktiverat"),
    "701": Words("the account has expired", "kontot har gått ut"),
    "773": Words("the password must be changed first", "lösenordet måste bytas först"),
    "775": Words("the account is locked", "kontot är låst"),
}

_OTHER_NAME = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH


class Unreachable(Exception):
    """The directory did not answer, or not so that it can be trusted: exit code 3."""

    def __init__(self, en: str, sv: str) -> None:
        self.words = Words(en, sv)
        super().__init__(en)


@contextlib.contextmanager
def bound(settings: DirectorySettings, password: str, ca_file: str | None, where: Where) -> Iterator[Any]:
    """An ldap3 connection, bound. Raises ConfigurationError or Unreachable; closed at the end."""
    ldap3 = library()
    tls = _tls(ca_file, settings)
    server = ldap3.Server(
        settings.host,
        port=settings.port,
        use_ssl=settings.tls == "ldaps",
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=settings.timeout,
    )
    connection = ldap3.Connection(
        server, settings.username, password, auto_referrals=False, read_only=True, check_names=False, client_strategy=ldap3.SYNC
    )
    try:
        with answering(settings, tls):
            connection.open(read_server_info=False)
            connection.socket.settimeout(settings.timeout)
            if settings.tls == "starttls":
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False)
        if connection.result["result"] != 0:
            raise _not_bound(settings, connection.result, where)
        yield connection
    finally:
        with contextlib.suppress(Exception):  # whoever has hung up already need not be told
            connection.unbind()


def library() -> Any:
    """ldap3, or the line that says how to get it."""
    try:
        import ldap3
    except ImportError:
        raise ConfigurationError(
            'reading a directory needs ldap3: pip install "idptest[directory]"',
            'för att läsa en katalog behövs ldap3: pip install "idptest[directory]"',
        ) from None
    return ldap3


@contextlib.contextmanager
def answering(settings: DirectorySettings, tls: Any = None) -> Iterator[None]:
    """Whatever the network, TLS or a server that is none does in here becomes Unreachable."""
    from ldap3.core.exceptions import LDAPException

    try:
        yield
    except (LDAPException, OSError, ValueError, TypeError, LookupError, AttributeError) as problem:
        trouble = getattr(tls, "trouble", None) or problem
        raise _unreachable(settings, trouble) from None


def _tls(ca_file: str | None, settings: DirectorySettings) -> Any:
    """ldap3's Tls with Python's own check of certificate and name, and a handshake that ends."""
    from ldap3 import Tls

    class Checked(Tls):  # type: ignore[misc]
        trouble: Exception | None = None

        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
            context = ssl.create_default_context(cafile=ca_file)
            connection.socket.settimeout(settings.timeout)
            try:
                connection.socket = context.wrap_socket(connection.socket, server_hostname=settings.host)
            except (OSError, ValueError) as problem:
                self.trouble = problem
                raise

    return Checked(validate=ssl.CERT_REQUIRED)


def _unreachable(settings: DirectorySettings, problem: Exception) -> Unreachable:
    at = f"{settings.host}:{settings.port}"
    said = " ".join(str(problem).split())
    if isinstance(problem, ssl.SSLCertVerificationError) and problem.verify_code in _OTHER_NAME:
        return Unreachable(
            f"{at}: the directory's certificate is for another name; url in {settings.table} must have a name that stands in it",
            f"{at}: katalogens certifikat gäller ett annat namn; url i {settings.table} ska ha ett namn som står i det",
        )
    if isinstance(problem, ssl.SSLCertVerificationError):
        why = problem.verify_message.rstrip(".")
        return Unreachable(
            f"{at}: the directory's certificate is not trusted: {why}; ca_file in {settings.table} names a file with the CA's certificate",
            f"{at}: katalogens certifikat är inte betrott: {why}; ca_file i {settings.table} anger en fil med CA:ns certifikat",
        )
    if isinstance(problem, ssl.SSLError):
        return Unreachable(
            f"{at}: no TLS was agreed upon ({problem.reason or said}); is it the right port?",
            f"{at}: det gick inte att komma överens om TLS ({problem.reason or said}); är det rätt port?",
        )
    if "startTLS failed" in said:
        return Unreachable(
            f"{at}: the directory does not start TLS, and nothing is sent without it; try ldaps:// in {settings.table}",
            f"{at}: katalogen inleder inte TLS, och utan det skickas inget; prova ldaps:// i {settings.table}",
        )
    if "invalid server address" in said or "getaddrinfo" in said or "Name or service" in said:
        return Unreachable(f"{at}: there is no computer of that name", f"{at}: det finns ingen dator med det namnet")
    if "Connection refused" in said or "actively refused" in said:
        return Unreachable(f"{at}: nobody answers there (connection refused)", f"{at}: ingen svarar där (anslutningen nekades)")
    if isinstance(problem, TimeoutError) or "timed out" in said:
        seconds = f"{settings.timeout:g}"
        return Unreachable(f"{at}: no answer within {seconds} s", f"{at}: inget svar inom {seconds} s")
    return Unreachable(
        f"{at}: it does not answer as a directory does ({said[:150]})", f"{at}: den svarar inte som en katalog ({said[:150]})"
    )


def _not_bound(settings: DirectorySettings, result: Any, where: Where) -> ConfigurationError:
    """Why the bind was refused, in AD's own words explained. Neither name nor password is shown."""
    said = str(result["message"])
    code = re.search(r"\bdata ([0-9a-f]{3,})\b", said)
    why = _REFUSED.get(code[1]) if code else None
    if why is None and result["description"] == "invalidCredentials":
        why = _REFUSED["52e"]
    detail = f" (AD: {code[1]})" if code else f" ({result['description']})"
    words = why or Words("", "")
    return ConfigurationError(
        f"the directory refuses username with its password: {words.en or said or 'no reason given'}{detail}",
        f"katalogen nekar username med sitt lösenord: {words.sv or said or 'inget skäl anges'}{detail}",
        where=where("username"),
    )
