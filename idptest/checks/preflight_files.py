"""Rules about the workspace: who else can read what lies in it."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.preflight import PrivateFiles, Workspace
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed

_GDPR = "GDPR (EU) 2016/679, art. 32"


@check(
    Level.SHOULD,
    spec=_GDPR,
    fix='Take the others\' right to read away: chmod 600 FILE; on Windows icacls FILE /inheritance:r /grant:r "%USERNAME%:F".',
    sv=Text(
        "Nycklar och sparade inloggningar kan bara läsas av dig",
        why="Nyckeln är vår identitet hos IdP:n, och en sparad inloggning säger vem någon är.",
        fix='Ta bort andras rätt att läsa: chmod 600 FIL; i Windows icacls FIL /inheritance:r /grant:r "%USERNAME%:F".',
    ),
)
def files_are_for_you_alone(private: PrivateFiles) -> Outcome:
    """Keys and saved logins can be read by you alone.

    The key is our identity at the IdP, and a saved login tells who somebody is.
    """
    open_to = [file for file in private.files if file.others]
    unseen = [file for file in private.files if file.others is None]
    if open_to:
        first = open_to[0]
        en, sv = (", ".join(words.text(lang) for words in first.others or ()) for lang in ("en", "sv"))
        more = (f" (and {len(open_to) - 1} files more)", f" (och {len(open_to) - 1} filer till)") if len(open_to) > 1 else ("", "")
        return failed(f"{{actual}} can also be read by: {en}{more[0]}", f"{{actual}} kan också läsas av: {sv}{more[1]}", actual=first.path)
    if unseen:
        path = unseen[0].path
        return inconclusive(f"this computer does not tell who can read {path}", f"datorn säger inte vem som kan läsa {path}")
    return passed() if private.files else not_applicable("there is no such file yet", "det finns ingen sådan fil än")


@check(
    Level.SHOULD,
    spec=_GDPR,
    fix="Move the folder to a disk of this computer's own that nothing copies elsewhere, for instance C:\\idptest or ~/idptest.",
    sv=Text(
        "Arbetsmappen synkas inte någon annanstans",
        why="Annars hamnar nycklar och elevers inloggningar i en molntjänst, och hos alla som mappen är delad med.",
        fix="Flytta mappen till en lokal disk som inget kopierar vidare, till exempel C:\\idptest eller ~/idptest.",
    ),
)
def workspace_stays_on_this_computer(workspace: Workspace) -> Outcome:
    """The workspace is not synced to anywhere else.

    Otherwise keys and pupils' logins end up in a cloud service, and with everybody whom the folder is shared with.
    """
    if workspace.synced_by is None:
        return passed()
    return failed("the folder is synced by {actual}", "mappen synkas av {actual}", actual=workspace.synced_by)


@check(
    Level.SHOULD,
    spec="OWASP ASVS 4.0.3, 2.10.4",
    fix="Let .gitignore have the line .idptest/ (idptest init writes it). What git holds already: git rm -r --cached .idptest, and make new keys, for the old ones are in the history.",
    sv=Text(
        "Git rör varken nycklar eller sparade inloggningar",
        why="Det som en gång är incheckat finns kvar i historiken, hos alla som har en kopia.",
        fix="Se till att .gitignore har raden .idptest/ (idptest init skriver den). Finns filer redan i git: git rm -r --cached .idptest, och skapa nya nycklar, för de gamla finns kvar i historiken.",
    ),
)
def git_leaves_the_keys_alone(workspace: Workspace) -> Outcome:
    """Git touches neither keys nor saved logins.

    What was once committed stays in the history, with everybody who has a copy.
    """
    if not workspace.in_git:
        return not_applicable("the folder is in no git repository", "mappen ligger inte i något git-arkiv")
    if workspace.tracked:
        return failed("git holds {actual}", "git innehåller {actual}", actual=workspace.tracked[0])
    if workspace.ignored:
        return passed()
    return failed(".gitignore lacks {expected}", ".gitignore saknar {expected}", expected=".idptest/")
