"""Rules about what an OpenID provider sends back to the service by way of the browser."""

from __future__ import annotations

from idptest.catalogue import check
from idptest.model.login import Login
from idptest.model.oidc import AuthorizationAnswer
from idptest.model.rule import Level, Outcome, Text, failed, not_applicable, passed, untold

_PROMISE = "authorization_response_iss_parameter_supported"


@check(
    Level.MUST,
    spec="OIDCCore 3.1.2.5",
    fix="Let the OP answer this client with response_type code; see which flows the client is registered for.",
    sv=Text(
        "OP:n ger en kod",
        why="Koden är det som tjänsten byter mot ID-token. Utan den tar inloggningen slut här.",
        fix="Låt OP:n svara den här klienten med response_type code. Se över vilka flöden klienten är registrerad för.",
    ),
)
def gives_a_code(answer: AuthorizationAnswer, login: Login) -> Outcome:
    """The OP gives a code.

    The code is what the service trades for the token. Without it the login ends here.
    """
    if not login.told("code_flow"):
        return not_applicable("another flow than the code flow was asked for", "ett annat flöde än kodflödet efterfrågades")
    if answer.error is not None:
        return not_applicable("the OP said no", "OP:n sade nej")
    if answer.values.get("code"):
        return passed()
    got = tuple(name[:40] for name in answer.values)[:20]
    return failed(
        "the answer holds no code, only {actual}", "svaret innehåller ingen kod, bara {actual}", at=answer.pointer, actual=got or None
    )


@check(
    Level.MUST,
    spec="RFC 6749 4.1.2; OIDCCore 3.1.2.5",
    fix="Give state back exactly as it came; look at proxies and gateways on the way that rewrite the address.",
    sv=Text(
        "OP:n skickar tillbaka state oförändrat",
        why="Med state vet tjänsten att svaret hör till just den här webbläsarens fråga. Stämmer det inte måste den neka.",
        fix="Skicka tillbaka state precis som det kom. Se över proxyer och mellanled som skriver om adressen.",
    ),
)
def state_comes_back(answer: AuthorizationAnswer, login: Login) -> Outcome:
    """The OP sends state back unchanged.

    With state the service knows that the answer belongs to this very browser's request. Where it differs it has to refuse.
    """
    if not login.told("relay_state"):
        return untold()
    got = answer.text("state")
    if got == login.sent.relay_state:
        return passed()
    if got is None:
        return failed("state does not come back", "state kommer inte tillbaka", at=answer.pointer, expected=login.sent.relay_state)
    return failed(
        "state comes back as {actual}",
        "state kommer tillbaka som {actual}",
        at=answer.at("state"),
        actual=got[:200],
        expected=login.sent.relay_state,
    )


@check(
    Level.MUST,
    spec="RFC 9207 2.4",
    fix="Let the OP send its issuer as iss, letter for letter as in the discovery document; where it cannot, take the promise out of that document.",
    sv=Text(
        "Svaret kommer från den OP som vi frågade",
        why="Med iss skyddar sig en tjänst som har flera OP:er mot att en av dem får en annans kod (mix-up). Ett felaktigt iss måste den neka.",
        fix="Låt OP:n skicka sin issuer som iss, bokstav för bokstav som i discovery-dokumentet. Kan den inte det: ta bort löftet ur dokumentet.",
    ),
)
def comes_from_the_op_we_asked(answer: AuthorizationAnswer, login: Login) -> Outcome:
    """The answer comes from the OP that we asked.

    With it, a service that has several OPs keeps one of them from getting another's code (mix-up). It must refuse a wrong iss.
    """
    if not login.told("issuer"):
        return untold()
    got, issuer = answer.text("iss"), login.flow.idp.entity_id
    if got == issuer:
        return passed()
    if got is not None:
        return failed("iss is {actual}", "iss är {actual}", at=answer.at("iss"), actual=got[:300], expected=issuer)
    if login.oidc and login.oidc.discovery.values.get(_PROMISE) is True:
        return failed(
            f"there is no iss, and the discovery document promises it ({_PROMISE})",
            f"iss saknas, men discovery-dokumentet lovar det ({_PROMISE})",
            at=answer.pointer,
            expected=issuer,
        )
    return not_applicable(
        "the OP does not send iss, and does not say that it will", "OP:n skickar inte iss, och säger inte att den gör det"
    )


@check(
    Level.SHOULD,
    spec="OAuth 2.0 Form Post Response Mode 2; OAuth 2.0 Multiple Response Types 2.1",
    fix="Answer in the response_mode that was asked for; without one, in the query of the address.",
    sv=Text(
        "Svaret kommer på det sätt som vi bad om",
        why="Ett svar med POST där tjänsten väntar sig en GET, eller tvärtom, hamnar på en felsida.",
        fix="Svara med det response_mode som efterfrågades. Utan sådant: i adressens frågedel.",
    ),
)
def comes_as_asked(answer: AuthorizationAnswer, login: Login) -> Outcome:
    """The answer comes in the way that we asked for.

    An answer by POST where the service waits for a GET, or the other way round, ends on an error page.
    """
    if not login.told("request_id"):
        return untold()
    asked = login.flow.oidc.response_mode if login.flow.oidc else None
    expected = "POST" if asked == "form_post" else "GET"
    if answer.method == expected:
        return passed()
    return failed("the answer came by {actual}", "svaret kom med {actual}", at=answer.pointer, actual=answer.method, expected=expected)


@check(
    Level.MUST,
    spec="RFC 6749 3.1",
    fix="Send each parameter once; something on the way, such as a proxy, adds it anew.",
    sv=Text(
        "Varje parameter i svaret kommer en gång",
        why="Olika bibliotek läser olika av två likadana parametrar, och de flesta nekar.",
        fix="Skicka varje parameter en gång. Något på vägen, till exempel en proxy, lägger till den på nytt.",
    ),
)
def parameters_come_once(answer: AuthorizationAnswer) -> Outcome:
    """Each parameter of the answer comes once.

    Of two alike one library reads the first and another the last, and most refuse.
    """
    if not answer.repeated:
        return passed()
    return failed(
        "{actual} comes more than once",
        "{actual} kommer mer än en gång",
        at=answer.pointer,
        actual=tuple(name[:40] for name in answer.repeated[:20]),
    )


@check(
    Level.SHOULD,
    spec="RFC 9700 2.1.2",
    fix="Register the client for the code flow alone, and turn the implicit and hybrid flows off.",
    sv=Text(
        "Ingen token går genom adressraden",
        why="Det som står i adressen hamnar i historik, loggar och Referer. Därför ska bara koden gå den vägen.",
        fix="Registrera klienten enbart för kodflödet, och stäng av de implicita och hybrida flödena.",
    ),
)
def carries_no_tokens(answer: AuthorizationAnswer, login: Login) -> Outcome:
    """No token passes through the address bar.

    What stands in an address ends up in histories, logs and Referer. Only the code should go that way.
    """
    if not login.told("code_flow"):
        return not_applicable("another flow than the code flow was asked for", "ett annat flöde än kodflödet efterfrågades")
    there = tuple(name for name in ("access_token", "id_token") if name in answer.values)
    if not there:
        return passed()
    return failed("the answer carries {actual}", "svaret innehåller {actual}", at=answer.pointer, actual=there)
