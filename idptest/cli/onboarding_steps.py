"""The steps of onboarding, in Skolverket's order: to add one is to add it here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from idptest.adapters.preflight import Look
from idptest.errors import ConfigurationError
from idptest.model.report import Report
from idptest.model.rule import Words
from idptest.model.settings import IdpSettings, Settings
from idptest.onboarding import KEYS, METADATA, PUPILS, RULES, SETTINGS, TEACHERS, Step

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Context:
    """What a step is given. `uploaded`: when the user says that the metadata was uploaded last. `saved` holds where each login that was made is saved."""

    settings: Settings
    folder: Path
    idp: IdpSettings
    look: Look
    lang: str
    driver: str
    headed: bool
    uploaded: datetime | None
    saved: dict[int, Path | None]


def _preflight(context: Context) -> Sequence[Report]:
    from idptest.cli.doctor import preflight

    return preflight(context.settings, context.folder, [context.idp.name], context.look)


def _metadata(context: Context) -> Sequence[Report]:
    """As `idptest metadata lint` judges it."""
    from idptest import lint
    from idptest.adapters import given_metadata
    from idptest.validator import inspect

    settings = context.settings
    found = given_metadata.from_settings(settings, context.folder, [context.idp.name], None, context.look.now())
    return [inspect(inspection, lint.rulesets(inspection), settings.waivers) for inspection in found]


def _trace(context: Context) -> Sequence[Report]:
    """As `idptest metadata trace` does it."""
    from idptest.adapters.trace_sources import Sources, targets
    from idptest.model.flow import HttpRequest
    from idptest.validator import inspect

    settings, now = context.settings, context.look.now().astimezone()
    sources = Sources(context.folder, settings, now, lambda place: context.look.progress(HttpRequest("GET", place)))
    [target] = targets(settings, context.folder, None, context.idp.name, None)
    return [inspect(sources.inspection(target, context.uploaded), waivers=settings.waivers)]


def _logins(context: Context, role: str) -> Sequence[Report]:
    """Every account of that role at this IdP, as `idptest login` does it."""
    from idptest.adapters import store
    from idptest.adapters.logins import key_of
    from idptest.cli import logins

    idp = context.idp.name
    names = [account.name for account in context.settings.accounts.values() if account.role == role and idp in account.idps]
    if not names:
        word, example = ("elev", "elev") if role == "pupil" else ("lärare", "larare")
        raise ConfigurationError(
            f'no account logs in at {idp} as a {role}: write [account.{example}] with idp = "{idp}", role = "{role}"; or leave the step out: --skip {role}',
            f'inget konto loggar in hos {idp} som {word}: skriv [account.{example}] med idp = "{idp}", role = "{role}"; eller hoppa över steget: --skip {role}',
            where="idptest.toml",
        )
    at = {name: [idp] for name in names}
    ready = list(logins.configured(names, context.folder, context.lang, context.driver, context.headed, at))
    store.check_room(context.folder)
    made = list(logins.log_in(ready, 1, context.folder, context.lang, key_of(context.folder)))
    context.saved |= {id(login.report): login.path for login in made}
    return [login.report for login in made]


def _pupil(context: Context) -> Sequence[Report]:
    return _logins(context, "pupil")


def _teacher(context: Context) -> Sequence[Report]:
    return _logins(context, "teacher")


_KNOWN = Words(
    "Was it uploaded long ago, --uploaded says when (2026-11-22T08:00). Can it not be found out, --skip trace leaves the step out.",
    "Laddades den upp för länge sedan anger du när med --uploaded (2026-11-22T08:00). Går det inte att ta reda på hoppar --skip trace över steget.",
)
# Skolverket's checklist: the login without an e-legitimation has to work before the one with it is tried. A preflight is soon out of date, a
# login that held holds until something that it rested on changes.
STEPS = (
    Step("preflight", Words("Preflight", "Förkontroll"), (SETTINGS, KEYS, METADATA, PUPILS, TEACHERS, RULES), _HOUR, _preflight),
    Step("metadata", Words("The IdP's metadata", "IdP:ns metadata"), (SETTINGS, METADATA, RULES), _DAY, _metadata),
    Step(
        "trace",
        Words("The metadata's way to Skolverket", "Metadatas väg till Skolverket"),
        (SETTINGS, METADATA, RULES),
        _DAY,
        _trace,
        _KNOWN,
    ),
    Step("pupil", Words("A pupil logs in", "En elev loggar in"), (SETTINGS, KEYS, METADATA, PUPILS, RULES), 30 * _DAY, _pupil),
    Step("teacher", Words("A teacher logs in", "En lärare loggar in"), (SETTINGS, KEYS, METADATA, TEACHERS, RULES), 30 * _DAY, _teacher),
)
