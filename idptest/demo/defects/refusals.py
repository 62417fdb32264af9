"""How the IdP says no."""

from __future__ import annotations

from idptest.demo import changes, pages
from idptest.demo.defect import Defect
from idptest.model.flow import HttpRequest, HttpResponse
from idptest.model.rule import Words

_COMPLETES = "login/idp-completes-the-login"
_TRACE = """Behörigheten kunde inte läsas.
java.lang.NullPointerException
    at se.exempelstad.idp.Behorighet.slaUpp(Behorighet.java:117)
    at se.exempelstad.idp.Inloggning.svara(Inloggning.java:42)
/opt/exempelstad/conf/behorighet.xml – Apache Tomcat/9.0.31"""


def _page(explanation: str) -> changes.ChangeHttp:
    """A page of the IdP's own in place of its answer to the service."""

    def change(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return pages.refusal("Du saknar behörighet", explanation) if b'name="SAMLResponse"' in response.body else response

    return change


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "error-without-detail",
        Words("the IdP says no without saying why", "IdP:n säger nej utan att säga varför"),
        (_COMPLETES, "refusal/status-says-what-is-wrong"),
        answer=changes.answered(status=("urn:oasis:names:tc:SAML:2.0:status:Responder",)),
    ),
    Defect(
        "refused-on-a-page",
        Words("the IdP says no on a page of its own", "IdP:n säger nej på en egen sida"),
        (_COMPLETES, "refusal/reaches-the-service"),
        http=_page("Din skola har inte tillgång till tjänsten."),
    ),
    Defect(
        "error-page-with-stack-trace",
        Words("the error page shows a stack trace", "felsidan visar en stackspårning"),
        (_COMPLETES, "refusal/page-keeps-the-inside-to-itself", "refusal/reaches-the-service"),
        http=_page(_TRACE),
    ),
)
