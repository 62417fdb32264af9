"""Exempelstad's pages, in Swedish, as a small municipality's product would write them."""

from __future__ import annotations

from html import escape

from idptest.model.flow import HttpResponse

_PAGE = """<!DOCTYPE html>
<html lang="sv"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1.1em/1.5 system-ui,sans-serif;max-width:26em;margin:3em auto;padding:0 1em}}label{{display:block;margin-top:1em}}
input{{font:inherit;width:100%}}button{{font:inherit;margin:1.5em 1em 0 0}}.fel{{color:#a00}}</style></head>
<body>{body}</body></html>
"""


def page(title: str, body: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    html = _PAGE.format(title=escape(title), body=body).encode()
    return HttpResponse(status, (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), *headers), html)


def password(error: str | None = None) -> HttpResponse:
    # "Avbryt" stands first in the document, as in products that people really use.
    said = f'<p class="fel" role="alert">{escape(error)}</p>' if error else ""
    return page(
        "Logga in – Exempelstads kommun",
        f"""<h1>Logga in</h1>{said}
<form method="post" action="losenord"><input type="hidden" name="_csrf" value="åäö-1">
<button name="avbryt" value="1" formnovalidate>Avbryt</button>
<label>Användarnamn <input name="anvandarnamn" autocomplete="username" required></label>
<label>Lösenord <input type="password" name="losenord" autocomplete="current-password" required></label>
<button type="submit">Logga in</button></form><p><a href="/glomt">Glömt lösenordet?</a></p>""",
    )


def one_time_code(error: str | None = None) -> HttpResponse:
    said = f'<p class="fel" role="alert">{escape(error)}</p>' if error else ""
    return page(
        "Engångskod – Exempelstads kommun",
        f"""<h1>Skriv din engångskod</h1>{said}
<form method="post" action="engangskod"><label>Engångskod <input name="engangskod" autocomplete="one-time-code" inputmode="numeric"></label>
<button>Fortsätt</button></form>""",
    )


def e_leg() -> HttpResponse:
    return page(
        "Simulerad e-legitimation",
        """<h1>Simulerad e-legitimation</h1><p>Här skulle Freja eller BankID ha tagit vid.</p>
<form method="post" action="eleg"><button name="avbryt" value="1">Avbryt</button>
<label>Vem är du? <input name="anvandare"></label><button name="legitimera" value="1">Legitimera</button></form>""",
    )


def log_out(fields: tuple[tuple[str, str], ...], answer: str) -> HttpResponse:
    """Asks whether to log out. `fields` come along, and `answer` is ja or nej."""
    return page(
        "Logga ut – Exempelstads kommun",
        f"""<h1>Vill du logga ut?</h1><form method="post" action="/oidc/logout">{_hidden(fields)}
<button name="{answer}" value="nej">Nej, stanna kvar</button><button name="{answer}" value="ja">Ja, logga ut</button></form>""",
    )


def refusal(title: str, explanation: str, status: int = 403) -> HttpResponse:
    return page(title, f'<h1 class="fel">{escape(title)}</h1><p>{escape(explanation)}</p>', status)


def post_to(action: str, fields: tuple[tuple[str, str], ...]) -> HttpResponse:
    """The page that carries the answer to the service, with script and without."""
    return page(
        "Skickar dig vidare",
        f"""<form method="post" action="{escape(action)}">{_hidden(fields)}<noscript><button>Fortsätt</button></noscript></form>
<script>document.forms[0].submit()</script>""",
    )


def _hidden(fields: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields)
