"""What an OpenID provider means by the errors that it sends back."""

from __future__ import annotations

from idptest.model.rule import Words

# OIDCCore 3.1.2.6, RFC 6749 4.1.2.1, and the one of "Unmet Authentication Requirements" 1.0.
ERRORS = {
    "access_denied": Words(
        "The person or the IdP said no to the login, or the account lacks access to this client.",
        "Personen eller IdP:n sade nej till inloggningen, eller så saknar kontot åtkomst till den här klienten.",
    ),
    "invalid_request": Words(
        "The IdP does not accept the request as it is written; its log says what is missing or wrong.",
        "IdP:n godtar inte frågan så som den är skriven. Loggen säger vad som saknas eller är fel.",
    ),
    "invalid_request_object": Words(
        "The IdP does not accept our signed request: it knows another key of ours. Give it the one of idptest metadata rp.",
        "IdP:n godtar inte vår signerade fråga: den har en annan nyckel för oss. Ge den nyckeln från idptest metadata rp.",
    ),
    "invalid_scope": Words(
        "The IdP does not give this client one of the scopes asked for.",
        "IdP:n ger inte den här klienten något av de scope som efterfrågades.",
    ),
    "login_required": Words(
        "The IdP cannot log in without showing a page, and was asked not to show one.",
        "IdP:n kan inte logga in någon utan att visa en sida, och den ombads att inte visa någon.",
    ),
    "unauthorized_client": Words(
        "The client may not log people in by the code flow: see how it is registered.",
        "Klienten får inte logga in någon med kodflödet: se över hur den är registrerad.",
    ),
    "unmet_authentication_requirements": Words(
        "The IdP can give none of the levels asked for.", "IdP:n kan inte ge någon av de nivåer som efterfrågades."
    ),
    "unsupported_response_type": Words(
        "The IdP does not support the code flow for this client.", "IdP:n stöder inte kodflödet för den här klienten."
    ),
}
