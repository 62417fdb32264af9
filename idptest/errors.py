"""OUR mistakes only: what the person who runs idptest can put right. What a peer does wrong is a finding, never an exception."""

from __future__ import annotations

from idptest.model.rule import Words


class IdptestError(Exception):
    """A configuration, a rule file or an input that cannot be used. Exit code 2, one line, no traceback.

    `where` is a file, or file:line. `words` says what is wrong and what to do, in both languages.
    """

    def __init__(self, en: str, sv: str, *, where: str | None = None) -> None:
        self.words = Words(en, sv)
        self.where = where
        super().__init__(self.line("en"))

    def line(self, lang: str) -> str:
        """The one line that the user reads. It may quote what somebody else wrote: nothing in it moves the cursor."""
        said = f"{self.where}: {self.words.text(lang)}" if self.where else self.words.text(lang)
        return "".join(char if char.isprintable() else " " for char in said)


class ConfigurationError(IdptestError):
    """`idptest.toml`, an option or an environment variable is wrong."""


class RuleFileError(IdptestError):
    """A ruleset or a vocabulary in TOML, or a rule in code, is wrongly written."""


class InputError(IdptestError):
    """A file given to be judged is of no recognised kind, or the IdP metadata is no SAML metadata."""
