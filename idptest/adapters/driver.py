"""The seam between a login and whoever carries it out: a driver takes an errand, and comes back with what happened."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from idptest.login.credentials import Credentials
from idptest.model.flow import Ended, Exchange, HttpRequest, Sent
from idptest.model.rule import Words
from idptest.products.product import Product, Step

# Tells the person, in one line, what they need to know while the login is under way.
Say = Callable[[Words], None]
# Shows where the login is right now.
Progress = Callable[[HttpRequest], None]


@dataclass(frozen=True)
class Errand:
    """Send `first`, log in, and bring what is delivered to `sent.acs_url`. `product` and `steps` help on pages that need it.

    `leaving`: nobody is to log in; the person is to be logged out, and brought to `sent.acs_url`.
    """

    first: HttpRequest
    sent: Sent
    credentials: Credentials
    product: Product | None = None
    steps: tuple[Step, ...] = ()
    protocol: str = "saml"
    leaving: bool = False


@dataclass(frozen=True)
class Driven:
    """What happened, as it was: `secrets` and the values of `secret_fields` are still in it, and are for the runner to take out.

    An arrival is the last exchange, without a response. `factors` is empty where it was not seen what the person gave. `page` is the
    body of the page that was not understood.
    """

    exchanges: tuple[Exchange, ...]
    ended: Ended
    factors: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    secret_fields: frozenset[str] = frozenset()
    page: bytes | None = None


# Carries out an errand. Whatever the peer does is in the answer. Raises ConfigurationError when this computer lacks what the driver needs.
Drive = Callable[[Errand], Driven]


class Driver(Protocol):
    """A driver may serve several sessions, one after the other; each begins from nothing. `goes_on`: a session may have several errands."""

    goes_on: ClassVar[bool] = True

    @abstractmethod
    def session(self) -> AbstractContextManager[Drive]:
        """One browser: what it carries out has the cookies of what it carried out before."""

    def drive(self, errand: Errand) -> Driven:
        """One errand in a session of its own."""
        with self.session() as drive:
            return drive(errand)
