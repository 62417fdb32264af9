"""What a person typed is found, and nothing else is taken for it."""

from __future__ import annotations

from datetime import UTC, datetime

from idptest.login.redaction import redact
from idptest.login.typed import typed
from idptest.model.flow import Exchange, HttpRequest, HttpResponse

NOW = datetime(2026, 11, 22, 7, 45, tzinfo=UTC)
IDP = "https://idp.example"
PAGE = (
    '<form><input name="pnr" value=""><input name="sprak" value="svenska" type="hidden"><input name="skola" value="Berget">'
    '<input name="los" type="password"><select name="val"><option>ettan</option><option>tvåan</option></select>'
    '<input type="checkbox" name="kom" value="ihåg"></form>'
)


def hop(number: int, request: HttpRequest, body: str = "") -> Exchange:
    return Exchange(number, NOW, request, HttpResponse(200, (("Content-Type", "text/html; charset=utf-8"),), body.encode()))


def test_what_was_typed_goes_and_the_rest_stays() -> None:
    form = (
        ("pnr", "191212121212"),
        ("sprak", "svenska"),
        ("skola", "Berget"),
        ("los", "åå"),
        ("val", "tvåan"),
        ("kom", "ihåg"),
        ("js", "byggt"),
    )
    exchanges = [
        hop(1, HttpRequest("GET", f"{IDP}/sso?SAMLRequest=abcd&RelayState=efgh"), PAGE),
        hop(2, HttpRequest("POST", f"{IDP}/in", form=form), "<p>Hej 191212121212 på Berget, svenska</p>"),
        hop(3, HttpRequest("POST", f"{IDP}/acs", form=(("SAMLResponse", "PFg+"), ("RelayState", "efgh")))),
    ]
    secrets, fields = typed(exchanges)
    assert set(secrets) == {"191212121212", "byggt"}
    assert fields == {"pnr", "los", "val", "kom", "js"}
    kept = [redact(each, secrets, fields) for each in exchanges]
    assert kept[0] == exchanges[0] and kept[2] == exchanges[2]
    assert dict(kept[1].request.form or ())["sprak"] == "svenska"
    assert kept[1].response is not None and kept[1].response.body.decode() == "<p>Hej ‹secret› på Berget, svenska</p>"


def test_what_was_typed_into_an_address_goes_too() -> None:
    exchanges = [
        hop(1, HttpRequest("GET", f"{IDP}/sso?SAMLRequest=abcd"), '<form><input name="upn"></form>'),
        hop(2, HttpRequest("GET", f"{IDP}/in?upn=anna.andersson&sida=inloggning"), "anna.andersson"),
    ]
    secrets, fields = typed(exchanges)
    assert (secrets, fields) == (("anna.andersson",), {"upn"})
    assert "anna" not in repr([redact(each, secrets, fields) for each in exchanges])
    assert "inloggning" in repr([redact(each, secrets, fields) for each in exchanges])


def test_nothing_typed() -> None:
    assert typed([hop(1, HttpRequest("GET", f"{IDP}/sso?SAMLRequest=a"), PAGE)]) == ((), frozenset())
    assert typed([]) == ((), frozenset())
