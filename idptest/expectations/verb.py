"""What a verb is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from idptest.assurance import Assurance
from idptest.model.rule import Outcome, Words

# Takes a subject, and the login or inspection that it belongs to.
Test = Callable[[Any, Any], Outcome]


@dataclass(frozen=True)
class Expectation:
    """What a rule in data comes to: a class of subject, which of that class (None: all), a test, and the protocol it is about.

    `wants`: the attributes that it asks the IdP for → whether each of them must come for everybody.
    """

    subject: type
    test: Test
    selects: Callable[[Any], bool] | None = None
    wants: Mapping[str, bool] = field(default_factory=dict)
    protocol: str | None = None


@dataclass(frozen=True)
class Verb:
    """A word of the closed list. `takes` says what its argument may be; `make` gives the test; `protocol` None: it is about any."""

    subject: type
    takes: Callable[[Any, Assurance], Words | None]
    make: Callable[[Any, Assurance], Test]
    protocol: str | None = None

    def refuses(self, argument: Any, assurance: Assurance) -> Words | None:
        """What is wrong with the argument; None when it will do."""
        return self.takes(argument, assurance)


def flag(test: Test, subject: type, protocol: str | None = None) -> Verb:
    """A verb whose argument is `true`, and nothing else."""

    def takes(argument: Any, assurance: Assurance) -> Words | None:
        return None if argument is True else Words(f"the argument is true, not {argument!r}", f"argumentet är true, inte {argument!r}")

    return Verb(subject, takes, lambda argument, assurance: test, protocol)


def one_of(*words: object) -> Callable[[Any, Assurance], Words | None]:
    """The argument is one of those words."""

    def takes(argument: Any, assurance: Assurance) -> Words | None:
        if any(argument is word or (argument == word and isinstance(word, str)) for word in words):
            return None
        listed = ", ".join(str(word).lower() for word in words)
        return Words(f"the argument is one of {listed}, not {argument!r}", f"argumentet är något av {listed}, inte {argument!r}")

    return takes


def texts(argument: Any, assurance: Assurance) -> Words | None:
    """The argument is a list of texts, and not empty."""
    if isinstance(argument, list) and argument and all(isinstance(text, str) and text for text in argument):
        return None
    return Words(f"the argument is a list of texts, not {argument!r}", f"argumentet är en lista med texter, inte {argument!r}")
