"""Pages that ask whether to log out: recognised only when certain, and answered yes by who is leaving.

Certain is a page that speaks of logging out, has nothing to fill in, and one button that says so or says yes.
"""

from __future__ import annotations

import re

from idptest.login.consent import Release
from idptest.login.fields import folded
from idptest.login.page import Page

# For folded text: lower case, å ä as a, ö as o, no punctuation.
_ABOUT = re.compile(r"\blogga(r|s)? (dig |mig )?ut|\butlogg|\blog ?(ging )?(you |me )?(out|off)\b|\bsign(ing)? ?(you |me )?(out|off)\b")
_YES = re.compile(
    r"(ja|yes|ok|fortsatt|continue|bekrafta|confirm)\b|(jag vill )?logga (mig )?ut\b|(i want to )?(log|sign) ?(me )?(out|off)\b|avsluta\b"
)
_NO = re.compile(
    r"\b(nej|no|avbryt|cancel|tillbaka|back|stanna|stay|behall|keep|inte|not|don t|utan|without|inloggad|(logged|signed) in)\b"
)


def way_out(page: Page) -> Release | None:
    """How to say yes to logging out; None when the page does not ask that, or not certainly."""
    if any(form.shown for form in page.forms):
        return None
    pressed = [
        (form, button)
        for form in page.forms
        for button in form.buttons
        if button.visible and not button.noscript and _YES.match(words := folded(button.text or button.value)) and not _NO.search(words)
    ]
    spoken = folded(" | ".join((page.title, page.heading, page.text, *(button.text or button.value for _, button in pressed))))
    return Release(pressed[0][0], {}, pressed[0][1]) if len(pressed) == 1 and _ABOUT.search(spoken) else None
