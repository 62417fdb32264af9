"""Shibboleth IdP 4 and 5.

Its storage pages (fields `shib_idp_ls_…`) are hidden forms that a script submits; they are sent as they stand, as by a browser without
local storage, and the IdP then keeps its session in a cookie. The page that releases attributes is as the shipped
views/intercept/attribute-release.vm, seen in https://github.com/UniBuc-DITC/shibboleth-idp-config (read 2026-11). Its radio buttons are
there only where the administrator allows a choice; asking again at the next login is preferred, never "do not ask me again".
The page for terms of use has another button for no (`_eventId_TermsRejected`) and is left alone.
"""

from __future__ import annotations

from idptest.products.product import Consent, ErrorPattern, Product

PRODUCT = Product(
    id="shibboleth",
    name="Shibboleth IdP",
    entity_id=r"/idp/shibboleth$",
    metadata_marks=(r"/idp/profile/SAML2/(Redirect|POST|POST-SimpleSign)/SSO", r"/idp/profile/oidc/authorize\""),
    page_marks=(
        r"name=\"j_username\"",
        r"name=\"shib_idp_ls_",
        r"name=\"_eventId_(proceed|AttributeReleaseRejected)\"",
        r"<title>Web Login Service",
    ),
    header_marks=(
        r"^Set-Cookie: (__Host-)?(shib_idp_session|shib_idp_session_ss|shib_idp_persistent_ss)=",
        r"^Location: .*/idp/profile/.*execution=e\d+s\d+",
    ),
    errors=(
        ErrorPattern(
            r"(The password you entered was incorrect|Lösenordet du angav är felaktigt|Credentials not recognized|"
            r"The (username|user name)(/| or | and/or )password[^.\n]* (was|were) incorrect)",
            "wrong-password",
        ),
        ErrorPattern(r"(The username you entered cannot be identified|Användarnamnet du angav)", "wrong-username"),
        ErrorPattern(r"Your account is locked", "account-locked"),
        ErrorPattern(r"Your password has expired", "password-expired"),
        ErrorPattern(r"The application you have accessed is not registered for use with this service", "sp-unknown"),
        ErrorPattern(
            r"The request cannot be fulfilled because the message received does not meet the security requirements", "request-rejected"
        ),
        ErrorPattern(
            r"(No peer endpoint available to which to send SAML response|"
            r"The login service was unable to identify a compatible way to respond)",
            "request-rejected",
        ),
        ErrorPattern(
            r"(Your login session has expired|Stale Request|Loss of Session|You may be seeing this page because you used the Back button)",
            "login-expired",
        ),
        ErrorPattern(r"(You do not have access to|not authorized to access)", "no-access"),
        ErrorPattern(r"^(?P<said>An error occurred: \w+)", "refused"),
    ),
    consents=(
        Consent(
            r"name=\"_eventId_AttributeReleaseRejected\"",
            "_eventId_proceed",
            choose=("_shib_idp_doNotRememberConsent", "_shib_idp_rememberConsent"),
        ),
    ),
)
