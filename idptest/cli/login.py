"""idptest login."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import deliver, extra_reports, judging
from idptest.errors import ConfigurationError
from idptest.toml_lines import did_you_mean

if TYPE_CHECKING:
    from idptest.adapters.login_runner import Captured, LoginRunner, Target
    from idptest.model.flow import HttpRequest
    from idptest.model.report import Report
    from idptest.model.settings import AccountSettings, IdpSettings, Settings


@click.command("login")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@click.option("--demo", is_flag=True, help="Log in at Exempelstad, the demo municipality (accounts: larare, elev). Needs no configuration.")
@click.option(
    "--defect",
    "defects",
    multiple=True,
    metavar="NAME",
    help="Give Exempelstad a defect. May be repeated. See: idptest demo --list-defects",
)
@click.option("--repeat", type=click.IntRange(1, 100), default=1, help="Log in so many times, each time afresh.")
@judging
def command(accounts: tuple[str, ...], demo: bool, defects: tuple[str, ...], repeat: int, **output: Any) -> int:
    """Log in, judge, and say what to change.

    Without ACCOUNT: every account in idptest.toml, and a table at the end.
    """
    extra = extra_reports(output.pop("reports"))
    if defects and not demo:
        raise ConfigurationError("--defect goes with --demo", "--defect hör ihop med --demo")
    from idptest.adapters import clock, store

    folder = store.workspace()
    lang = language(output["lang"])
    reports: list[Report] = []
    saved: list[Path | None] = []
    for target, runner in _demo(accounts, defects, lang) if demo else _configured(accounts, folder, lang):
        for _ in range(repeat):
            for captured in runner.run(target):
                path = _keep(captured, folder, clock.flow_id)
                captured_flow, where = path
                from idptest.validator import judge

                reports.append(judge(captured_flow))
                saved.append(where)
    if folder:
        store.tidy(folder, _keep_days(folder, demo), clock.now())
    return deliver(reports, saved, extra=extra, **output)


def _keep(captured: Captured, folder: Path | None, flow_id: Any) -> tuple[Any, Path | None]:
    """The flow with its id, and where it is saved; without a workspace nothing is written, and the id is None."""
    from idptest.adapters import store

    if folder is None:
        return captured.flow, None
    flow = replace(captured.flow, id=flow_id(captured.flow.account.name, captured.flow.captured_at))
    path = store.save_flow(folder, flow)
    if captured.page is not None:
        store.save_page(path, flow.ended.exchange, captured.page)
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return flow, path


def _keep_days(folder: Path, demo: bool) -> int:
    from idptest.adapters import store

    try:
        return store.settings(folder).keep_days if not demo else 30
    except ConfigurationError:
        return 30


def _runner(transport: Any, lang: str) -> LoginRunner:
    from idptest.adapters import clock
    from idptest.adapters.login_runner import LoginRunner

    return LoginRunner(transport, clock.now, clock.new_id, _progress(lang))


def _progress(lang: str) -> Any:
    """On a terminal: where the login is right now, on one line that goes away. In a pipe: nothing."""
    if not sys.stderr.isatty():
        return lambda request: None

    def show(request: HttpRequest) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(request.url)
        click.echo(f"\r\x1b[K… {parts.netloc}{parts.path}"[:100], err=True, nl=False)

    click.get_current_context().call_on_close(lambda: click.echo("\r\x1b[K", err=True, nl=False))
    return show


def _demo(names: tuple[str, ...], defects: tuple[str, ...], lang: str) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest.adapters import clock
    from idptest.adapters.demo import accounts, demo
    from idptest.demo.defects import DEFECTS, defect
    from idptest.demo.people import person

    wrong = []
    for name in defects:
        found = defect(name)
        if found is None:
            near = did_you_mean(name, [known.name for known in DEFECTS])
            raise ConfigurationError(
                f'Exempelstad has no defect "{name}"{near[0]} (all: idptest demo --list-defects)',
                f'Exempelstad har inget fel som heter "{name}"{near[1]} (alla: idptest demo --list-defects)',
            )
        wrong.append(found)
    for name in names or accounts():
        who = person(name)
        if who is None:
            listed = ", ".join(accounts())
            raise ConfigurationError(
                f'nobody in Exempelstad is called "{name}"; there are {listed}', f'ingen i Exempelstad heter "{name}"; där finns {listed}'
            )
        target, transport = demo(who, wrong, clock.now, clock.new_id)
        yield target, _runner(transport, lang)


def _configured(names: tuple[str, ...], folder: Path | None, lang: str) -> Iterator[tuple[Target, LoginRunner]]:
    from idptest import catalogue, products, resources
    from idptest.adapters import store

    settings = store.settings(
        folder,
        products=[known.id for known in products.products()],
        rulesets=resources.rulesets(),
        rules=_rule_ids(),
    )
    assert folder is not None  # noqa: S101 - settings() has refused already
    for name in names:
        if name not in settings.accounts:
            near = did_you_mean(name, settings.accounts)
            raise ConfigurationError(
                f"there is no [account.{name}]{near[0]}", f"det finns inget [account.{name}]{near[1]}", where="idptest.toml"
            )
    chosen = [settings.accounts[name] for name in names or settings.accounts]
    if not chosen:
        raise ConfigurationError(
            "there is no account: write one as [account.larare]",
            "det finns inget konto: skriv ett som [account.larare]",
            where="idptest.toml",
        )
    # Everything that can be wrong is looked at before the first login.
    prepared = [_target(account, settings.idps[idp], settings, folder, lang) for account in chosen for idp in account.idps]
    for target, _ in prepared:
        catalogue.rules_for(target.rulesets, target.own_rulesets)
    for target, transport in prepared:
        yield target, _runner(transport, lang)


def _rule_ids() -> list[str]:
    from idptest import catalogue

    return [rule.id for rule in catalogue.all_rules()]


def _target(account: AccountSettings, idp: IdpSettings, settings: Settings, folder: Path, lang: str) -> tuple[Target, Any]:
    from idptest.adapters import store
    from idptest.adapters.http_client import HttpClient
    from idptest.adapters.login_runner import Target
    from idptest.adapters.sources import idp_metadata
    from idptest.login.credentials import Credentials
    from idptest.model.flow import AccountFacts, IdpFacts
    from idptest.products.product import Step

    if idp.protocol != "saml":
        raise ConfigurationError(
            f'[idp.{idp.name}] protocol = "{idp.protocol}": this version tests SAML only',
            f'[idp.{idp.name}] protocol = "{idp.protocol}": den här versionen prövar bara SAML',
            where="idptest.toml",
        )
    ca_file = str(folder / idp.ca_file) if idp.ca_file else None
    client = HttpClient(timeout=idp.timeout, proxy=idp.proxy, ca_file=ca_file)
    entity_id, metadata = idp_metadata(idp, folder, client)
    target = Target(
        idp=IdpFacts(idp.name, entity_id, metadata, idp.product, idp.eppn_source, idp.digg_approved, idp.environment),
        account=AccountFacts(
            name=account.name,
            role=account.role,
            username=account.username,
            test_person=account.test_person,
            object_guid=account.object_guid,
            given_name=account.given_name,
            surname=account.surname,
            provisioned_eppn=account.provisioned_eppn,
            person=account.person,
            protected_identity=account.protected_identity,
        ),
        credentials=Credentials(
            account.username,
            _secret(account.password_env, account.name, lang, "password_env"),
            _secret(account.totp_env, account.name, lang, "totp_env") if account.totp_env else None,
        ),
        sp_entity_id=settings.sp.entity_id,
        acs_url=settings.sp.acs_url,
        rulesets=account.rulesets,
        own_rulesets=dict(store.own_rulesets(folder, account.rulesets)),
        waivers=settings.waivers,
        steps=tuple(Step(step.url, step.title, step.field, _fills(step.fill), step.press) for step in idp.steps),
    )
    return target, client


def _fills(fill: Mapping[str, str]) -> dict[str, str]:
    """The three words of idptest.toml as the login machine calls them; anything else is text to be typed as it stands."""
    words = {"{username}": "username", "{password}": "password", "{code}": "one-time-code"}
    return {field: words.get(value, f"text:{value}") for field, value in fill.items()}


def _secret(variable: str | None, account: str, lang: str, key: str) -> str | None:
    """From the environment; asked for on a terminal when it is not there. Never from argv, never echoed."""

    if variable is None:
        return None
    value = os.environ.get(variable)
    if value:
        return value
    if sys.stdin.isatty():
        what = {"password_env": ("Password", "Lösenord"), "totp_env": ("One-time code secret", "Hemlighet för engångskod")}[key]
        asked: str = click.prompt(f"{what[1] if lang == 'sv' else what[0]} ({account})", hide_input=True, err=True)
        return asked
    raise ConfigurationError(
        f"[account.{account}] {key}: the environment variable {variable} is not set",
        f"[account.{account}] {key}: miljövariabeln {variable} är inte satt",
        where="idptest.toml",
    )
