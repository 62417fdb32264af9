"""Which logins an account needs: each ruleset may ask for levels of its own, and one login may serve several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from idptest.catalogue import Request, Ruleset
from idptest.model.login import Login


@dataclass(frozen=True)
class Ask:
    """One login: what to ask for, and the rulesets that it is asked for."""

    rulesets: tuple[str, ...]
    contexts: tuple[str, ...] = ()
    comparison: str = "exact"
    force_authn: bool = True


def first(rulesets: Sequence[Ruleset], e_leg_declared: bool) -> tuple[Ask, tuple[Ruleset, ...]]:
    """The first login, as Skolverket's gateway would ask for it, and the rulesets that still wait for a level of their own.

    A ruleset whose request is only for IdPs that declare e-leg asks for nothing when this one does not: that is what the
    gateway does. ForceAuthn is always sent, as the gateway sends it.
    """
    asking = [ruleset for ruleset in rulesets if ruleset.request and _asks(ruleset.request, e_leg_declared)]
    conditional = [ruleset for ruleset in asking if ruleset.request and ruleset.request.only_when_e_leg_is_declared]
    gateway = any(ruleset.request and ruleset.request.only_when_e_leg_is_declared for ruleset in rulesets)
    leader = conditional[0] if conditional else asking[0] if asking and not gateway else None
    waiting = tuple(ruleset for ruleset in asking if ruleset is not leader)
    names = tuple(ruleset.name for ruleset in rulesets if ruleset not in waiting)
    return (_ask(names, leader.request) if leader and leader.request else Ask(names)), waiting


def _asks(request: Request, e_leg_declared: bool) -> bool:
    return e_leg_declared or not request.only_when_e_leg_is_declared


def _ask(names: tuple[str, ...], request: Request) -> Ask:
    return Ask(names, request.contexts, request.comparison, request.force_authn)


def served(ruleset: Ruleset, login: Login) -> bool:
    """Whether this login, asked for by others, answers what the ruleset would ask: it asked, and got one of its levels.

    A login that brought no assertion serves everybody: asking again would only lock the account.
    """
    if login.assertion is None:
        return True
    wanted = ruleset.request.contexts if ruleset.request else ()
    return bool(login.sent.contexts) and login.authn_context is not None and login.authn_context.value in wanted


def again(ruleset: Ruleset) -> Ask:
    """A login for this ruleset alone."""
    assert ruleset.request is not None  # noqa: S101 - only rulesets with a request wait
    return _ask((ruleset.name,), ruleset.request)
