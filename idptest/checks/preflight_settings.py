"""Rules about what idptest.toml asks for, before anything is sent: credentials, accounts, extras, production."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.preflight import Credentials, Extra, People, Production
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed
from idptest.model.settings import ROLES

_CHECKLIST = (
    "https://github.com/skolverket/dnp-access-management/blob/main/checklists/"
    "Inloggning%20med%20egen%20IDP-ansluten%20e-legitimation.md (read 2026-11)"
)


@check(
    Level.MUST,
    spec="OWASP ASVS 4.0.3, 2.10.4",
    fix="Set it where idptest runs: export NAME=… in the shell, $env:NAME = '…' in PowerShell, a secret in CI. Or see whether the name is misspelt in idptest.toml.",
    sv=Text(
        "Miljövariablerna med hemligheter är satta",
        why="Lösenord står aldrig i idptest.toml. Utan sin variabel stannar en inloggning innan den har börjat.",
        fix="Sätt den där idptest körs: export NAMN=… i skalet, $env:NAMN = '…' i PowerShell, en hemlighet i CI. Eller se efter om namnet är felstavat i idptest.toml.",
    ),
)
def credentials_are_at_hand(credentials: Credentials) -> Outcome:
    """The environment variables that hold secrets are set.

    Passwords never stand in idptest.toml. Without its variable a login stops before it has begun.
    """
    missing = [found for found in credentials.named if not found.is_set]
    if not credentials.named:
        return not_applicable("idptest.toml names no environment variable", "idptest.toml anger ingen miljövariabel")
    if not missing:
        return passed()
    names = ", ".join(found.variable for found in missing)
    if credentials.asked:
        return not_applicable(f"not set, so you will be asked: {names}", f"inte satta, så du blir tillfrågad: {names}")
    listed = ", ".join(f"{found.variable} ([{found.table}] {found.key})" for found in missing)
    return failed(f"not set: {listed}", f"inte satt: {listed}", actual=tuple(found.variable for found in missing))


@check(
    Level.SHOULD,
    source=_CHECKLIST,
    fix='Write an account for the role that is missing: [account.elev] with role = "pupil", [account.larare] with role = "teacher". Use test persons.',
    sv=Text(
        "Både en elev och en lärare kan logga in hos IdP:n",
        why="Skolverket prövar båda vägarna, inloggning utan e-legitimation först. En väg som ingen går är inte prövad.",
        fix='Lägg till ett konto för rollen som saknas: [account.elev] med role = "pupil", [account.larare] med role = "teacher". Använd testpersoner.',
    ),
)
def both_roles_can_log_in(people: People) -> Outcome:
    """Both a pupil and a teacher can log in at the IdP.

    Skolverket tries both ways, the one without an e-legitimation first. A way that nobody goes is not tested.
    """
    missing = [role for role in ROLES if role not in people.roles]
    if not missing:
        return passed()
    en, sv = {"teacher": ("teacher", "lärare"), "pupil": ("pupil", "elev")}[missing[0]]
    if len(missing) == len(ROLES):
        return failed(
            "no account in idptest.toml logs in at {actual}", "inget konto i idptest.toml loggar in hos {actual}", actual=people.idp
        )
    return failed(
        f"no account in idptest.toml logs in at {{actual}} as a {en}",
        f"inget konto i idptest.toml loggar in hos {{actual}} som {sv}",
        actual=people.idp,
        expected=f'role = "{missing[0]}"',
    )


@check(
    Level.MUST,
    spec="PEP 508, Extras",
    fix='Install it: pip install "idptest[NAME]".',
    sv=Text(
        "De tillägg som idptest.toml behöver är installerade",
        why="Annars stannar kommandot som behöver tillägget.",
        fix='Installera det: pip install "idptest[NAMN]".',
    ),
)
def extras_in_use_are_installed(extra: Extra) -> Outcome:
    """The extras that idptest.toml needs are installed.

    Otherwise the command that needs one stops.
    """
    if extra.installed:
        return passed()
    if extra.wanted_by is None:
        return not_applicable(
            f'idptest[{extra.name}] is not installed, and nothing in idptest.toml needs it',
            f'idptest[{extra.name}] är inte installerat, och inget i idptest.toml behöver det',
        )  # fmt: skip
    return failed(
        "{expected} needs idptest[{actual}], which is not installed",
        "{expected} behöver idptest[{actual}], som inte är installerat",
        actual=extra.name,
        expected=extra.wanted_by,
    )


@check(
    Level.MUST,
    source="https://www.skolfederation.se/teknisk-information/miljoer-for-test/ (read 2026-11): tests without production's and persons' data",
    fix='Decide it together with whoever runs the IdP, then add --yes-production. If it is a test IdP: environment = "test" in idptest.toml.',
    sv=Text(
        "En IdP i produktion prövas bara med ett uttryckligt ja",
        why="Riktiga elever och lärare loggar in där. Inget skickas till den av misstag.",
        fix='Kom överens med dem som driver IdP:n och lägg till --yes-production. Är det en test-IdP: environment = "test" i idptest.toml.',
    ),
)
def production_takes_a_yes(production: Production) -> Outcome:
    """An IdP in production is tested with an explicit yes only.

    Real pupils and teachers log in there. Nothing is sent to it by mistake.
    """
    if production.allowed or not production.production:
        return passed()
    return failed(
        "[idp.{actual}] is in production, so nothing was sent to it",
        "[idp.{actual}] är i produktion, så inget har skickats dit",
        actual=production.idp,
    )
