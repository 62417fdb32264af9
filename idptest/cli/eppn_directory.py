"""idptest eppn directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idptest.cli import language
from idptest.cli.options import exactly, lang_option
from idptest.cli.prompt import prompt

if TYPE_CHECKING:
    from idptest.adapters.directory_accounts import Found


@click.command("directory")
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]…")
@click.option("--directory", "only", metavar="NAME", help="Look in [directory.NAME] only, where there are several.")
@click.option("--write", "write", is_flag=True, help="Put what is missing into idptest.toml.")
@click.option("--replace", is_flag=True, help="With --write: also put in what differs from idptest.toml.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@lang_option
@click.option("--show-values", is_flag=True, help="Show values that identify a person. They are masked otherwise.")
def command(accounts: tuple[str, ...], only: str | None, write: bool, replace: bool, form: str, lang: str | None, show_values: bool) -> int:
    """What the directory has of an account, and the EPPN that it should have.

    Without ACCOUNT: every account in idptest.toml. The directory is the one in [directory] there. Exit code 1 when something in idptest.toml
    differs from the directory, 2 when an account is not found, 3 when the directory does not answer.
    """
    from idptest.adapters import store
    from idptest.adapters.directory_accounts import Found, look_up, put_in
    from idptest.adapters.directory_connection import Unreachable
    from idptest.errors import ConfigurationError, IdptestError

    if replace and not write:
        raise ConfigurationError("--replace goes with --write", "--replace hör ihop med --write")
    chosen, folder = language(lang), store.workspace()
    found: list[Found] = []
    problems: list[IdptestError] = []
    try:
        for each in look_up(folder, accounts, only, prompt(chosen)):
            found.append(each) if isinstance(each, Found) else problems.append(each)
    except Unreachable as trouble:
        click.echo(f"idptest: {_one_line(trouble.words.text(chosen))}", err=True)
        return 3
    if write and folder:
        put_in(folder, found, replace)
    told = [_told(each, chosen, write, replace, show_values) for each in found]
    if form == "json":
        import json

        exactly(json.dumps({"format": "idptest-directory/1", "accounts": told}, ensure_ascii=False, indent=2) + "\n")
    else:
        for plain in told:
            _print(plain, chosen)
    for problem in problems:
        click.echo(f"idptest: {_one_line(problem.line(chosen))}", err=True)
    differs = any(fact["state"] == "differs" for plain in told for fact in plain["facts"])
    return 2 if problems else 1 if differs else 0


def _told(each: Found, lang: str, write: bool, replace: bool, show_values: bool) -> dict[str, Any]:
    """One account as JSON has it; what identifies a person is masked unless it may be shown."""
    from idptest.identifiers.masking import mask, mask_guid

    def shown(value: object) -> str | None:
        if value is None:
            return None
        text = str(value)
        if show_values or each.account.test_person:
            return text
        return mask_guid(text) or mask(text, lang)

    entry = each.entry
    attributes = {
        "objectGUID": entry.object_guid,
        "mS-DS-ConsistencyGuid": entry.consistency_guid,
        "userPrincipalName": entry.user_principal_name,
        "sAMAccountName": entry.sam_account_name,
        "mail": entry.mail,
        "givenName": entry.given_name,
        "sn": entry.surname,
    }
    facts = []
    for key, value in each.facts.items():
        old = each.in_file(key)
        state = "same" if old == value else ("written" if write else "missing") if old is None else "replaced" if replace else "differs"
        facts.append({"key": key, "value": shown(value), "in_file": shown(old), "state": state})
    return {
        "account": each.account.name,
        "directory": each.directory.name or each.directory.host,
        "dn": shown(entry.dn),
        "attributes": {name: shown(value) for name, value in attributes.items()},
        "eppn": [
            {
                "idp": principal.idp,
                "eppn_source": principal.eppn_source,
                "values": [shown(value) for value in principal.values],
                "why": principal.why.text(lang) if principal.why else None,
            }
            for principal in each.principals
        ],
        "facts": facts,
    }


_STATES = {
    "sv": {
        "missing": "saknas i idptest.toml",
        "same": "",
        "written": "inskrivet",
        "differs": "idptest.toml har {}",
        "replaced": "ersatte {}",
    },
    "en": {
        "missing": "not in idptest.toml",
        "same": "",
        "written": "written",
        "differs": "idptest.toml has {}",
        "replaced": "replaced {}",
    },
}


def _print(plain: dict[str, Any], lang: str) -> None:
    from idptest import toml_edit

    sv = lang == "sv"
    lines = [f"{plain['account']}   {plain['dn']}"]
    lines += [f"  {name:<22} {value or '–'}" for name, value in plain["attributes"].items()]
    for principal in plain["eppn"]:
        label = f"{'EPPN ska vara' if sv else 'EPPN should be'}"
        told = (" eller " if sv else " or ").join(principal["values"]) or f"? ({principal['why']})"
        lines.append(f"  {label:<22} {told}   ({principal['idp']}, {principal['eppn_source']})")
    lines += ["", f"  [account.{plain['account']}]"]
    for fact in plain["facts"]:
        said = _STATES[lang][fact["state"]].format(fact["in_file"])
        lines.append(f"  {toml_edit.line(fact['key'], fact['value'])}{'   # ' + said if said else ''}")
    states = {fact["state"] for fact in plain["facts"]}
    if "missing" in states:
        lines.append(f"  {'för in dem med --write' if sv else 'put them in with --write'}")
    if "differs" in states:
        lines.append(
            "  det som skiljer sig lämnas som det är; --write --replace ersätter det"
            if sv
            else "  what differs is left as it is; --write --replace replaces it"
        )
    click.echo(_one_line("\n".join(lines), keep="\n") + "\n")


def _one_line(text: str, keep: str = "") -> str:
    """What the directory says may hold anything: nothing of it moves the cursor."""
    return "".join(sign if sign.isprintable() or sign in keep else " " for sign in text)
