"""What a field or a button of a login page is for, judged by its type, autocomplete, name, id and label, in Swedish and English."""

from __future__ import annotations

import re
import unicodedata

from idptest.login.page import Control, Form
from idptest.products.product import ONE_TIME_CODE, PASSWORD, USERNAME

NEW_PASSWORD = "new-password"

# Matched against folded text: lower case, å ä as a, ö as o, camelCase and _ - . as blanks.
_CODE = re.compile(
    r"\b(one ?time|otp|totp|otc|engangs ?(kod|losenord)|verifi\w* ?(kod|code)|sakerhets ?kod|security ?code|autentiserings ?kod|"
    r"authenti\w+ ?code|bekraftelse ?kod|pass ?code|token ?code|pin ?kod|mfa|2fa|kod|code)\b|totp|engangskod"
)
_PASSWORD = re.compile(r"pass ?word|pass ?wd|\bpwd\b|losenord|passwort")
_USER = re.compile(
    r"user|anvandar|\blog(in|on|ga)\b|\b(login|logon) ?(name|fmt|id)|e ?mail|e ?post|\bupn\b|\bkonto|\baccount|identifier|identifierare|"
    r"loginfmt|sign ?in ?name|\buid\b|\bcn\b|\bid\b$"
)
_NEGATIVE = re.compile(
    r"avbryt|cancel|\babort|glomt|forgot|reset|aterstall|tillbaka|\bback\b|previous|foregaende|regist|skapa|create|sign ?up|report|rapport|"
    r"sprak|language|visa|show|\bbyt|change|switch|another|annan|annat|other|help|hjalp|support|\bnej\b|\bno\b|decline|neka|avboj|deny|"
    r"log ?out|logga ut|sign ?out|try again|kopiera|copy|ny kod|resend|skicka (ny|igen)|search|\bsok\b|send error|skicka fel|revoke"
)
_POSITIVE = re.compile(
    r"logga in|log ?in|log ?on|sign ?in|nasta|\bnext|fortsatt|continue|verif|legitimera|bekrafta|confirm|submit|proceed|\bok\b|skicka|send|"
    r"godkann|anslut|enter"
)
_NOT_A_LOGIN = re.compile(
    r"language|sprak|search|\bsok|regist|sign ?up|skapa|reset|forgot|glomt|report|rapport|feedback|contact|kontakt|logout|logga ut"
)


def folded(text: str) -> str:
    """Lower case without accents, camelCase and punctuation as blanks, for comparing words."""
    text = re.sub(r"([a-zåäö])([A-ZÅÄÖ])", r"\1 \2", text)
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[_\-.:;,/\\()\[\]\"'?!*&]+", " ", bare.casefold()).split())


def purpose(control: Control) -> str | None:
    """ "username", "password", "one-time-code", "new-password", or None. What autocomplete says goes first, then the words."""
    if not control.is_text or control.kind == "textarea":
        return None
    for token in control.autocomplete.split():
        if token in ("one-time-code", "new-password"):
            return token
        if token in ("current-password", "username"):
            return PASSWORD if token == "current-password" else USERNAME
    name, label = folded(f"{control.name} {control.id}"), folded(control.label)
    if control.kind == "password":
        return ONE_TIME_CODE if _CODE.search(f"{name} | {label}") and not _PASSWORD.search(f"{name} | {label}") else PASSWORD
    # The name was chosen by a programmer and stays; the label may be an example ("someone@example.com").
    for words in (name, label):
        if _CODE.search(words):
            return ONE_TIME_CODE
        if _USER.search(words):
            return USERNAME
    return USERNAME if control.kind == "email" else None


def purposes(form: Form) -> dict[str, Control]:
    """The fields of a form that are shown and can be typed into, by purpose; the first of each.

    Beside a password, one text field whose purpose cannot be told is the user name.
    """
    found: dict[str, Control] = {}
    open_fields = [control for control in form.shown if control.is_text and control.name]
    for control in open_fields:
        use = purpose(control)
        if use and (use != USERNAME or not control.readonly):
            found.setdefault(use, control)
    unknown = [control for control in open_fields if purpose(control) is None and not control.readonly and control.kind != "textarea"]
    if PASSWORD in found and USERNAME not in found and len(unknown) == 1:
        found[USERNAME] = unknown[0]
    return found


def wants_new_password(form: Form) -> bool:
    """A form for changing the password, or for registering: more than one password, or one marked as new."""
    secrets = [control for control in form.shown if control.kind == "password" and purpose(control) != ONE_TIME_CODE]
    return len(secrets) > 1 or any(purpose(control) == NEW_PASSWORD for control in form.shown)


def is_other_business(form: Form) -> bool:
    """A form for language, search, registration, reports: never a login, unless it has a password."""
    about = folded(f"{form.id} {form.name} {form.role} " + (form.action or "").partition("?")[0].rpartition("/")[2])
    buttons = [folded(button.text or button.name) for button in form.buttons if not button.noscript]
    only_other = bool(buttons) and all(_NEGATIVE.search(text) for text in buttons)
    return bool(_NOT_A_LOGIN.search(about)) or only_other or any(control.kind in ("textarea", "search") for control in form.shown)


def leads_on(text: str) -> bool:
    """Do these words on a button go on with the login?"""
    words = folded(text)
    return bool(_POSITIVE.search(words)) and not _NEGATIVE.search(words)


def right_button(form: Form) -> Control | None:
    """The button that goes on with the login: never cancel, forgotten password, language or the like. None: submit without one."""
    best: tuple[int, Control] | None = None
    for button in form.buttons:
        words = folded(f"{button.text} | {button.name} | {button.id}")
        spoken = folded(button.text)
        if button.noscript or _NEGATIVE.search(spoken or words):
            continue
        rank = 2 if _POSITIVE.search(spoken) else 1 if _POSITIVE.search(words) else 0
        rank = rank * 2 + (1 if button.visible else 0)
        if best is None or rank > best[0]:
            best = (rank, button)
    return best[1] if best else None
