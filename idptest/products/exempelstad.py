"""Exempelstad, the small municipal IdP that comes with idptest."""

from __future__ import annotations

from idptest.products.product import E_LEG, ErrorPattern, Product, Step

PRODUCT = Product(
    id="exempelstad",
    name="Exempelstad (demo)",
    entity_id=r"^https?://idp\.exempelstad\.se(/(saml|oidc|op))?/?$",
    page_marks=(r'<h1 class="fel">', r"<title>Simulerad e-legitimation</title>", r"<title>[^<]* – Exempelstads kommun</title>"),
    errors=(
        ErrorPattern(r"Fel användarnamn eller lösenord", "wrong-password"),
        ErrorPattern(r"Fel engångskod", "wrong-one-time-code"),
        ErrorPattern(r"Klienten [^<]* är inte inlagd", "client-unknown"),
        ErrorPattern(r"Okänd tjänst", "sp-unknown"),
        ErrorPattern(r'<h1 class="fel">\s*(?P<said>[^<]*)', "refused", where="source"),
    ),
    steps=(Step(title="Simulerad e-legitimation", fill={"anvandare": "username"}, press="Legitimera", factor=E_LEG),),
)
