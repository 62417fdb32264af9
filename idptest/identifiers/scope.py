"""The scope of an EPPN and the scopes that an IdP's metadata declares (shibmd:Scope).

- Element and `regexp` attribute: https://wiki.shibboleth.net/confluence/display/SC/ShibMetaExt+V1.0 (read 2026-11).
- SAML2int: an IdP's scopes have regexp="false"; an SP may ignore others.
  https://kantarainitiative.github.io/SAMLprofiles/saml2int.html (read 2026-11)
- SATOSA, the gateway's family, compares literally and in the exact case, and lets an expression match the whole value.
  https://github.com/IdentityPython/SATOSA/blob/HEAD/src/satosa/micro_services/attribute_modifications.py (read 2026-11)
- No software read has a rule for parent domains: `kommun.se` does not cover `edu.kommun.se`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from idptest.model.rule import Words

# An expression comes from somebody else's metadata and must not be able to keep us busy for ever: bounded length, few
# repetitions, and no repeated group. Escapes are not looked at, so what is counted is never too little.
_LONGEST = 256
_MOST_REPETITIONS = 2
_MOST_OPTIONS = 3
_REPETITION = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REFERENCE = re.compile(r"\\[1-9]|\(\?[^:]")


@dataclass(frozen=True)
class Scope:
    """A scope as metadata declares it."""

    value: str
    regexp: bool = False

    def covers(self, scope: str) -> bool:
        """Is `scope` declared by this element? Letter for letter; never because it is a subdomain."""
        if not self.regexp:
            return scope == self.value
        if not self.evaluable or len(scope) > _LONGEST:
            return False
        return re.fullmatch(self.value, scope) is not None

    @property
    def evaluable(self) -> bool:
        """Can it be compared? A literal always can; an expression when it compiles and is plain enough to be safe."""
        if not self.regexp:
            return True
        if len(self.value) > _LONGEST or len(_REPETITION.findall(self.value)) > _MOST_REPETITIONS:
            return False
        if self.value.count("?") > _MOST_OPTIONS:
            return False
        if _REPEATED_GROUP.search(self.value) or _REFERENCE.search(self.value):
            return False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # Python warns of what it may come to read in another way
                re.compile(self.value)
        except (re.error, OverflowError, RecursionError, FutureWarning, DeprecationWarning):
            return False
        return True


@dataclass(frozen=True)
class ScopeFault:
    """Why a scope is not covered, and the declared scope that comes nearest to it (None when none does)."""

    words: Words
    nearest: str | None = None


def differs_only_by_case(scope: str, other: str) -> bool:
    """The same letters, not all in the same case. Software of the gateway's kind sees two scopes."""
    return scope != other and scope.casefold() == other.casefold()


def is_subdomain(scope: str, parent: str) -> bool:
    """Does `scope` lie below `parent` in the DNS? Whole labels only: storkommun.se is not below kommun.se."""
    return bool(parent) and scope.casefold().endswith("." + parent.casefold())


def covered(scope: str, declared: Sequence[Scope]) -> bool:
    """Is `scope` declared by any of the elements?"""
    return any(element.covers(scope) for element in declared)


def diagnose(scope: str, declared: Sequence[Scope]) -> ScopeFault | None:
    """Why `scope` is not declared; None when it is."""
    if covered(scope, declared):
        return None
    if not declared:
        return ScopeFault(Words("the IdP's metadata declares no scope at all", "IdP:ns metadata har inget scope alls"))
    literals = [element.value for element in declared if not element.regexp]
    for value in literals:
        fault = _compare(scope, value)
        if fault:
            return ScopeFault(fault, value)
    if any(not element.evaluable for element in declared):
        return ScopeFault(
            Words(
                'a scope with regexp="true" is too intricate to be compared here; list every domain with regexp="false" instead',
                'ett scope med regexp="true" är för invecklat för att jämföras här; räkna upp domänerna med regexp="false" i stället',
            )
        )
    return ScopeFault(Words("no declared scope resembles it", "inget scope i metadata liknar det"))


def _compare(scope: str, value: str) -> Words | None:
    if differs_only_by_case(scope, value):
        return Words(
            "it differs from a declared scope only in upper and lower case; the comparison is exact",
            "det skiljer sig från ett scope i metadata bara i stora och små bokstäver; jämförelsen är exakt",
        )
    if value.strip() == scope:
        return Words(
            "the declared scope has white space or a line break around it",
            "scope i metadata omges av mellanslag eller radbrytning",
        )
    if value.strip().strip(".@").casefold() == scope.casefold():
        return Words(
            "the declared scope has a dot or an @ too many",
            "scope i metadata har en punkt eller ett @ för mycket",
        )
    if is_subdomain(scope, value):
        return Words(
            "it is a subdomain of a declared scope; a scope does not cover its subdomains, each one must be declared",
            "det är en underdomän till ett scope i metadata; ett scope gäller inte underdomäner, så varje domän måste stå med",
        )
    if is_subdomain(value, scope):
        return Words(
            "a subdomain of it is declared, but not the domain itself",
            "en underdomän till det finns i metadata, men inte domänen själv",
        )
    return None


# Where anybody gets an address: the large ones, and what Swedish families have. From memory, November 2026; not meant to be complete.
PUBLIC_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "hotmail.se",
        "live.com",
        "live.se",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "yahoo.com",
        "yahoo.se",
        "aol.com",
        "gmx.com",
        "gmx.net",
        "mail.com",
        "proton.me",
        "protonmail.com",
        "telia.com",
        "home.se",
        "spray.se",
        "passagen.se",
        "comhem.se",
        "bredband.net",
        "tele2.se",
        "swipnet.se",
    ]
)


def written_badly(scope: str, padded: bool = False) -> Words | None:
    """Why a scope as declared is no domain name in small letters; None when it is one. `padded`: there was white space around it."""
    if not scope:
        return Words("a scope is empty", "ett scope är tomt")
    if padded or scope.split() != [scope]:
        return Words("there is white space in or around the scope {actual}", "scopet {actual} innehåller eller omges av blanktecken")
    if "." not in scope.strip("."):
        return Words("the scope {actual} is a whole top domain", "scopet {actual} är en hel toppdomän")
    if not all(label and all(sign.isalnum() or sign == "-" for sign in label) for label in scope.split(".")):
        return Words("the scope {actual} is no domain name", "scopet {actual} är inget domännamn")
    if scope != scope.lower():
        return Words("the scope {actual} has capital letters", "scopet {actual} har stora bokstäver")
    return None
