"""Why a login ended, as short stable words, and what an administrator should understand by each.

Products use the same words for the same trouble, and add codes of their own ("AADSTS50126", "METADATANOTFOUND").
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from idptest.model.rule import Words

# Refusals that only make sense once the credential has been given: many login pages carry the sentence in a hidden place from the start.
AFTER_CREDENTIALS = frozenset({"wrong-password", "wrong-username", "wrong-one-time-code"})

# Refusals that rightly end at the IdP, for the person can put them right there, or there is no telling where an answer should go. Among the
# products' own codes: the password, the account or the second factor; an SP, an address or a request that is not recognised.
STAYS_AT_THE_IDP = AFTER_CREDENTIALS | {
    "account-locked", "account-disabled", "password-expired", "sp-unknown", "request-rejected", "login-expired", "cookies-refused",
    *("request-not-signed", "request-signature-refused", "client-unknown", "redirect-uri-unknown", "oidc-request-rejected"),
    *("AADSTS50034", "AADSTS50053", "AADSTS50055", "AADSTS50056", "AADSTS50057", "AADSTS50076", "AADSTS50079", "AADSTS50126", "AADSTS50128"),
    *("AADSTS50144", "AADSTS50011", "AADSTS70001", "AADSTS700016", "AADSTS75006", "AADSTS90011"),
    *("MSIS3077", "MSIS3110", "MSIS3200", "MSIS7007", "MSIS7065"),
    *("ACSPARAMS", "BADREQUEST", "METADATANOTFOUND", "NOSTATE", "SSOPARAMS"),
    *("app_not_configured", "app_not_configured_for_user"),
}  # fmt: skip

REASONS: Mapping[str, Words] = MappingProxyType(
    {
        # the IdP said no
        "wrong-password": Words(
            "The IdP did not accept the user name and password. idptest tries a password once only, so that the account is not locked.",
            "IdP:n godtog inte användarnamnet och lösenordet. idptest provar ett lösenord bara en gång, så att kontot inte låses.",
        ),
        "wrong-username": Words(
            "The IdP does not know the user name. Check username in idptest.toml: some IdPs want it with a domain.",
            "IdP:n känner inte till användarnamnet. Kontrollera username i idptest.toml: en del IdP:er vill ha det med domän.",
        ),
        "wrong-one-time-code": Words(
            "The IdP did not accept the one-time code. Check the secret in totp_env, and the clock of this computer.",
            "IdP:n godtog inte engångskoden. Kontrollera hemligheten i totp_env och datorns klocka.",
        ),
        "account-locked": Words(
            "The account is locked. Unlock it in the directory, or wait until the lock ends.",
            "Kontot är låst. Lås upp det i katalogen, eller vänta tills spärren släpper.",
        ),
        "account-disabled": Words(
            "The account is disabled. Enable it in the directory, or use another one.",
            "Kontot är avstängt. Aktivera det i katalogen, eller använd ett annat.",
        ),
        "password-expired": Words(
            "The password has expired. Log in once by hand and change it.", "Lösenordet har gått ut. Logga in en gång för hand och byt det."
        ),
        "sp-unknown": Words(
            "The IdP does not know this SP. Register our metadata there: idptest metadata sp.",
            "IdP:n känner inte till vår SP. Lägg in vår metadata där: idptest metadata sp.",
        ),
        "request-rejected": Words(
            "The IdP rejected the login request itself. Compare what it has registered for us (address, signature, NameID format) with"
            " idptest metadata sp.",
            "IdP:n avvisade själva frågan. Jämför det som är registrerat om oss där (adress, signatur, NameID-format) med"
            " idptest metadata sp.",
        ),
        "client-unknown": Words(
            "The IdP does not know our client_id. Compare it with [idp.…] in idptest.toml, and register us there: idptest metadata rp.",
            "IdP:n känner inte till vårt client_id. Jämför med [idp.…] i idptest.toml, och registrera oss där: idptest metadata rp.",
        ),
        "redirect-uri-unknown": Words(
            "The IdP does not know our redirect_uri. Enter it there, letter for letter: idptest metadata rp.",
            "IdP:n känner inte till vår redirect_uri. Lägg in den där, bokstav för bokstav: idptest metadata rp.",
        ),
        "oidc-request-rejected": Words(
            "The IdP rejected the login request itself. Compare what it has registered for us (keys, scopes, flow) with idptest metadata rp.",
            "IdP:n avvisade själva frågan. Jämför det som är registrerat om oss där (nycklar, scope, flöde) med idptest metadata rp.",
        ),
        "request-not-signed": Words(
            "The IdP demands that our request is signed, and it was not; Skolverket's gateway does not sign either. Let the IdP take unsigned"
            " requests from this SP. Until then sign_requests = true in [idp.…] makes idptest sign.",
            "IdP:n kräver att vår fråga är signerad, och det var den inte. Skolverkets gateway signerar inte heller. Låt IdP:n ta emot osignerade"
            " frågor från den här SP:n. Till dess: med sign_requests = true i [idp.…] signerar idptest.",
        ),
        "request-signature-refused": Words(
            "The IdP does not accept the signature on our request: it knows another certificate of ours. Give it our metadata anew"
            " (idptest metadata sp).",
            "IdP:n godtar inte signaturen på vår fråga: den har ett annat certifikat för oss. Ge den vår metadata på nytt"
            " (idptest metadata sp).",
        ),
        "login-expired": Words(
            "The IdP lost its session, or thinks the login took too long. Try again; if it comes back, look at its cookies and session store.",
            "IdP:n tappade sin session eller anser att inloggningen tog för lång tid. Försök igen. Händer det på nytt: se över dess kakor och"
            " sessionslager.",
        ),
        "cookies-refused": Words(
            "The IdP did not get its cookie back. A browser would not have sent it either: see the cookie's SameSite, Secure and Path.",
            "IdP:n fick inte tillbaka sin kaka. En webbläsare skulle inte heller ha skickat den: se över kakans SameSite, Secure och Path.",
        ),
        "no-access": Words(
            "According to the IdP the account may not use this service. Give it access there.",
            "Enligt IdP:n får kontot inte använda tjänsten. Ge det åtkomst där.",
        ),
        "refused": Words(
            "The IdP refused the login, and said why in its own words.", "IdP:n nekade inloggningen och sade varför med egna ord."
        ),
        "consent-denied": Words(
            "The IdP did not let its information go to the service: consent was refused, or may not be given.",
            "IdP:n släppte inte uppgifterna till tjänsten: samtycke gavs inte, eller får inte ges.",
        ),
        # idptest does not know what to do
        "username-missing": Words(
            "The page asks for a user name, and the account has none. Set username in idptest.toml.",
            "Sidan frågar efter användarnamn, men kontot har inget. Ange username i idptest.toml.",
        ),
        "password-missing": Words(
            "The page asks for a password, and the account has none. Set password_env in idptest.toml.",
            "Sidan frågar efter lösenord, men kontot har inget. Ange password_env i idptest.toml.",
        ),
        "one-time-code-missing": Words(
            "The page asks for a one-time code, and the account has no secret to make one from. Set totp_env in idptest.toml,"
            " or use --driver browser --headed.",
            "Sidan frågar efter en engångskod, men kontot har ingen hemlighet att räkna fram den ur. Ange totp_env i idptest.toml,"
            " eller använd --driver browser --headed.",
        ),
        "integrated-windows-login": Words(
            "The IdP wants to log in with the computer's own Windows session (Negotiate). Run from outside the domain, turn it off for this"
            " test at the IdP, or use --driver browser.",
            "IdP:n vill använda datorns Windows-inloggning (Negotiate). Kör utanför domänen, stäng av den i IdP:n för det här testet eller"
            " använd --driver browser.",
        ),
        "http-basic-login": Words(
            "The IdP asks for the password in a browser dialogue (HTTP Basic), not on a page. Use --driver browser.",
            "IdP:n frågar efter lösenordet i webbläsarens egen ruta (HTTP Basic), inte på en sida. Använd --driver browser.",
        ),
        "script-needed": Words(
            "The page is built by a script, so there is no form to fill in. Use --driver browser.",
            "Sidan byggs av ett skript, så det finns inget formulär att fylla i. Använd --driver browser.",
        ),
        "password-change-asked": Words(
            "The page wants the password to be changed. Log in once by hand and change it.",
            "Sidan vill att lösenordet ska bytas. Logga in en gång för hand och byt det.",
        ),
        "password-to-another-site": Words(
            "The form would send the password to another site than the one that shows the page. idptest does not do that.",
            "Formuläret skulle skicka lösenordet till en annan webbplats än den som visar sidan. Det gör idptest inte.",
        ),
        "password-over-plain-http": Words(
            "The form would send the password without encryption (http). idptest does not do that.",
            "Formuläret skulle skicka lösenordet okrypterat (http). Det gör idptest inte.",
        ),
        "form-encoding-not-supported": Words(
            "The form sends its fields in a way that idptest does not speak (enctype). Use --driver browser.",
            "Formuläret skickar sina fält på ett sätt som idptest inte behärskar (enctype). Använd --driver browser.",
        ),
        "redirect-to-other-program": Words(
            "The IdP sends the browser to another program, such as a BankID or Freja app. Use --driver browser --headed or --driver system.",
            "IdP:n skickar webbläsaren till ett annat program, till exempel en BankID- eller Freja-app. Använd --driver browser --headed eller --driver system.",
        ),
        "redirect-without-address": Words(
            "The IdP answered with a redirect that does not say where to, or not in a way that can be read.",
            "IdP:n svarade med en omdirigering som inte säger vart, eller säger det så att det inte går att läsa.",
        ),
        "not-a-web-page": Words(
            "The IdP answered with something that is not a web page.", "IdP:n svarade med något som inte är en webbsida."
        ),
        "page-waits": Words(
            "The page waits for something outside the browser, such as an approval in a phone. Use --driver browser, and give it while"
            " the page waits (timeout in idptest.toml).",
            "Sidan väntar på något utanför webbläsaren, till exempel ett godkännande i en mobil. Använd --driver browser, och"
            " godkänn medan sidan väntar (timeout i idptest.toml).",
        ),
        "e-leg-hand-over": Words(
            "The page hands over to an e-identification (BankID, Freja, a smart card), which only a person can give. Use --driver browser"
            " --headed or --driver system, and identify yourself in the window that opens.",
            "Sidan lämnar över till en e-legitimation (BankID, Freja, ett tjänstekort), som bara en människa kan använda. Använd"
            " --driver browser --headed eller --driver system och legitimera dig i fönstret som öppnas.",
        ),
        "login-method-choice": Words(
            "The page offers several ways to log in, and idptest does not choose for you. Say which one to press, in a step in idptest.toml.",
            "Sidan erbjuder flera sätt att logga in, och idptest väljer inte åt dig. Ange vilket som ska väljas, i ett steg i idptest.toml.",
        ),
        "consent-asked": Words(
            "The page seems to ask whether information may be sent to the service, but is not certain enough for idptest to say yes."
            " Say what to press, in a step in idptest.toml.",
            "Sidan tycks fråga om uppgifter får skickas till tjänsten, men det är för osäkert för att idptest ska svara ja."
            " Ange vad som ska tryckas på, i ett steg i idptest.toml.",
        ),
        "window-closed": Words(
            "The browser window was closed before the login was done.", "Webbläsarfönstret stängdes innan inloggningen var klar."
        ),
        "time-out": Words(
            "The login was not done in time. Give it longer with timeout in idptest.toml: ten times that is waited for.",
            "Inloggningen blev inte klar i tid. Ge den längre tid med timeout i idptest.toml: idptest väntar tio gånger så länge.",
        ),
        "page-came-back": Words(
            "The same page came back after it was filled in, and idptest does not fill it in twice.",
            "Samma sida kom tillbaka när den hade fyllts i, och idptest fyller inte i den två gånger.",
        ),
        "step-does-not-fit": Words(
            "A step in idptest.toml, or of the product, names this page, but the page lacks the field or the button that the step names.",
            "Ett steg i idptest.toml, eller för produkten, pekar ut sidan, men där saknas fältet eller knappen som steget anger.",
        ),
        "error-page": Words(
            "The IdP answered with an error page that idptest does not recognise.",
            "IdP:n svarade med en felsida som idptest inte känner igen.",
        ),
        "unknown-page": Words("idptest does not recognise the page.", "idptest känner inte igen sidan."),
    }
)
