"""The fixed words of the HTML report, in Swedish and English. `{…}` is filled in by `say`."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from idptest.model.rule import Words
from idptest.reporters.words import WORDS

HTML_WORDS = {
    # the frame
    "skip": Words("Skip to the verdict", "Hoppa till resultatet"),
    "of-several": Words("{n} logins, tested", "{n} prövade inloggningar"),
    "all-hold": Words("All {n} logins hold", "Alla {n} inloggningar håller"),
    "some-hold": Words("{n} of {all} logins hold", "{n} av {all} inloggningar håller"),
    "overview": Words("The logins at a glance", "Inloggningarna i korthet"),
    "login-number": Words("Login {n} of {all}", "Inloggning {n} av {all}"),
    "idp": Words("IdP", "IdP"),
    "several-judged": Words("{n} reports", "{n} rapporter"),
    "several-all-hold": Words("All {n} hold", "Alla {n} håller"),
    "several-some-hold": Words("{n} of {all} hold", "{n} av {all} håller"),
    "several-at-a-glance": Words("The reports at a glance", "Rapporterna i korthet"),
    "report-number": Words("Report {n} of {all}", "Rapport {n} av {all}"),
    "which": Words("Which", "Vilken"),
    "account": Words("Account", "Konto"),
    "result": Words("Result", "Resultat"),
    # the verdict
    "verdict-login-fine": Words("The login holds", "Inloggningen håller"),
    "verdict-login-not-fine": Words("The login does not hold", "Inloggningen håller inte"),
    "verdict-login-fine-so-far": Words("The login holds, as far as the file goes", "Inloggningen håller så långt filen räcker"),
    "verdict-login-not-judged": Words("The login could not be judged", "Inloggningen kunde inte bedömas"),
    "verdict-history-fine": Words("Nothing has changed that should not", "Inget har ändrats som inte skulle"),
    "verdict-history-not-fine": Words("Something has changed", "Något har ändrats"),
    "verdict-protocols-fine": Words("Both protocols say the same", "Båda protokollen säger detsamma"),
    "verdict-protocols-not-fine": Words("The two protocols say different things", "De två protokollen säger olika"),
    "verdict-protocols-not-judged": Words("It could not be judged", "Det kunde inte bedömas"),
    "verdict-history-not-judged": Words("It could not be judged", "Det kunde inte bedömas"),
    "verdict-metadata-fine": Words("The metadata holds", "Metadata håller"),
    "verdict-metadata-not-fine": Words("The metadata does not hold", "Metadata håller inte"),
    "verdict-metadata-not-judged": Words("The metadata could not be judged", "Metadata kunde inte bedömas"),
    "verdict-feed-fine": Words("The feed holds", "Metadataflödet håller"),
    "verdict-feed-not-fine": Words("The feed does not hold", "Metadataflödet håller inte"),
    "verdict-feed-not-judged": Words("The feed could not be judged", "Metadataflödet kunde inte bedömas"),
    "verdict-trace-fine": Words("The metadata is where it should be", "Metadata har nått hela vägen"),
    "verdict-trace-not-fine": Words("The metadata has not come all the way", "Metadata har inte nått hela vägen"),
    "verdict-trace-not-judged": Words("The metadata could not be traced all the way", "Metadata kunde inte spåras hela vägen"),
    "verdict-preflight-fine": Words("Ready for a login", "Redo för en inloggning"),
    "verdict-preflight-not-fine": Words("Not ready for a login", "Inte redo för en inloggning"),
    "verdict-preflight-not-judged": Words("It could not be told whether all is ready", "Det gick inte att avgöra om allt är redo"),
    "history-fine": Words("Nothing was unexpected.", "Inget var oväntat."),
    "history-not-judged": Words("Not all could be compared.", "Allt kunde inte jämföras."),
    "logins": Words("The logins beside each other", "Inloggningarna bredvid varandra"),
    "baseline": Words("baseline", "baslinje"),
    "came": Words("Changed as expected", "Ändrat som väntat"),
    "means-fine": Words("All that must be right is right.", "Allt som måste stämma stämmer."),
    "means-fine-nothing": Words(
        "All that was tested is right. Nothing needs to be done.", "Allt som prövades stämmer. Inget behöver göras."
    ),
    "means-fine-so-far": Words(
        "All that the file tells is right. {rules} could not be judged, because the file does not tell enough.",
        "Allt som filen säger stämmer. {rules} kunde inte bedömas, för filen säger inte tillräckligt.",
    ),
    "means-not-fine-teacher": Words(
        "{faults} must be put right. Until then, teachers who log in this way cannot count on getting in where this is required.",
        "{faults} måste rättas. Till dess kan lärare som loggar in så här inte räkna med att komma in där det krävs.",
    ),
    "means-not-fine-pupil": Words(
        "{faults} must be put right. Until then, pupils who log in this way cannot count on getting in where this is required.",
        "{faults} måste rättas. Till dess kan elever som loggar in så här inte räkna med att komma in där det krävs.",
    ),
    "means-not-fine": Words("{faults} must be put right.", "{faults} måste rättas."),
    "means-not-judged": Words(
        "{why}. What could be judged is right, but that is not enough for an answer.",
        "{why}. Det som gick att bedöma stämmer, men det räcker inte för ett besked.",
    ),
    "means-should": Words("{things} worth a look, but {stops} nobody.", "{things} bör ses över, men stoppar ingen."),
    "means-waived": Words("{faults} accepted for now, by a waiver.", "{faults} godtas tills vidare, enligt undantag."),
    "means-unsettled": Words("{rules} could not be settled.", "{rules} gick inte att avgöra."),
    "conformant": Words("Meets the requirements", "Uppfyller kraven"),
    "complete": Words("Everything judged", "Allt bedömt"),
    "yes": Words("Yes", "Ja"),
    "no": Words("No", "Nej"),
    "not-known": Words("Not known", "Oklart"),
    "passes": Words("Rules that hold", "Regler som håller"),
    # what to do
    "findings": Words("What to do", "Det här ska göras"),
    "level-must": Words("Must be put right", "Måste rättas"),
    "level-should": Words("Worth a look", "Bör ses över"),
    "level-note": Words("To know", "Bra att veta"),
    "rule": Words("Rule", "Regel"),
    "same-for-several": Words("See {n} above: the same for several accounts.", "Se {n} ovan: detsamma gäller flera konton."),
    "same-as": Words("The same change as for {n}.", "Samma ändring som för {n}."),
    "and-more": Words("and {n} more", "och {n} till"),
    # the page
    "page-seen": Words("Where the login stopped", "Här stannade inloggningen"),
    # the login
    "login": Words("The login, step by step", "Inloggningen steg för steg"),
    "drawing": Words("Sequence diagram of the login", "Sekvensdiagram över inloggningen"),
    "drawing-says": Words(
        "{n} steps between {lanes}. The list below tells the same.", "{n} steg mellan {lanes}. Listan nedanför säger detsamma."
    ),
    "lane-service": Words("Service", "Tjänst"),
    "lane-browser": Words("Browser", "Webbläsare"),
    "lane-idp": Words("IdP", "IdP"),
    "lane-idp-oidc": Words("OP", "OP"),
    "lane-other": Words("Other server", "Annan server"),
    "lane-others": Words("Other servers", "Andra servrar"),
    "arrived": Words("arrived at the service", "framme hos tjänsten"),
    "no-answer": Words("no answer", "inget svar"),
    "here": Words("Seen here", "Här syns"),
    "no-steps": Words("The file does not tell how the answer was delivered.", "Filen säger inte hur svaret levererades."),
    "given": Words("Given by the person to log in", "Det som personen angav för att logga in"),
    "factor-password": Words("password", "lösenord"),
    "factor-one-time-code": Words("one-time code", "engångskod"),
    "factor-e-leg": Words("e-legitimation", "e-legitimation"),
    "factor-client-certificate": Words("client certificate", "klientcertifikat"),
    # attributes
    "attributes": Words("Attributes as received", "Attribut så som de kom"),
    "attributes-oidc": Words("Claims as received", "Anspråk (claims) så som de kom"),
    "attribute": Words("Attribute", "Attribut"),
    "attribute-oidc": Words("Claim", "Anspråk"),
    "value": Words("Value", "Värde"),
    "sent-as": Words("sent as {name}", "skickat som {name}"),
    "unknown-attribute": Words("no attribute that idptest knows", "inget attribut som idptest känner till"),
    "no-attributes": Words("The answer holds no attributes.", "Svaret innehåller inga attribut."),
    "no-attributes-oidc": Words(
        "Neither the ID Token nor UserInfo says anything more of the person.", "Varken ID-token eller UserInfo säger något mer om personen."
    ),
    "no-assertion": Words("No assertion came that could be read.", "Det kom inget intyg som gick att läsa."),
    "no-assertion-oidc": Words("No ID Token came that could be read.", "Det kom ingen ID-token som gick att läsa."),
    "masked": Words(
        "What could identify a person is masked: a GUID shows its ends, anything else only its kind and length.",
        "Det som kan peka ut en person är maskerat: av ett GUID visas bara början och slutet, av annat bara sort och längd.",
    ),
    "unmasked": Words("Values are shown in clear.", "Värden visas i klartext."),
    "name-id": Words("the name of the person in this login", "beteckning på personen i den här inloggningen"),
    "name-id-oidc": Words("the person's identifier at this service", "personens identifierare hos den här tjänsten"),
    "no-format": Words("no format", "inget format"),
    # what each service would see
    "is-lost": Words("Lost there", "Tappas där"),
    # levels
    "levels": Words("Levels: asked and answered", "Nivåer: fråga och svar"),
    "asked-for": Words("We asked for", "Vi bad om"),
    "answered": Words("The IdP answered", "IdP:n svarade"),
    "one-of-these": Words("exactly one of these", "exakt en av dessa"),
    "compared": Words("comparison {how}", "jämförelse {how}"),
    "unknown-level": Words("no value that idptest knows", "inget värde som idptest känner till"),
    "nearest-level": Words("nearest known: {uri}", "närmast kända: {uri}"),
    "no-answered-level": Words("Nothing was said of the level.", "Svaret säger inget om nivån."),
    # times
    "times": Words("Times", "Klockslag"),
    "what": Words("What", "Vad"),
    "when": Words("When", "När"),
    "beside": Words("Compared with the login", "Jämfört med inloggningen"),
    "time-asked": Words("The service asked", "Tjänsten frågade"),
    "time-authn": Words("The person logged in (AuthnInstant)", "Personen loggade in (AuthnInstant)"),
    "time-authn-oidc": Words("The person logged in (auth_time)", "Personen loggade in (auth_time)"),
    "time-issued": Words("The assertion was issued (IssueInstant)", "Intyget utfärdades (IssueInstant)"),
    "time-issued-oidc": Words("The ID Token was issued (iat)", "ID-token utfärdades (iat)"),
    "time-from": Words("Holds from (NotBefore)", "Gäller från (NotBefore)"),
    "time-from-oidc": Words("Holds from (nbf)", "Gäller från (nbf)"),
    "time-until": Words("Holds until (NotOnOrAfter)", "Gäller till (NotOnOrAfter)"),
    "time-until-oidc": Words("Holds until (exp)", "Gäller till (exp)"),
    "time-got": Words("The answer came", "Svaret kom"),
    "unreadable": Words("unreadable: {text}", "oläsligt: {text}"),
    "same-time": Words("at the same time", "samtidigt"),
    "before": Words("{span} before", "{span} före"),
    "after": Words("{span} after", "{span} efter"),
    # certificates
    "certificates": Words("Certificates in the metadata", "Certifikat i metadata"),
    "key": Words("Key", "Nyckel"),
    "lasts": Words("Lasts", "Gäller"),
    "left": Words("Left", "Kvar"),
    "ended": Words("ended {span} ago", "gick ut för {span} sedan"),
    "not-begun": Words("begins in {span}", "börjar gälla om {span}"),
    "signed-this": Words("signed this answer", "signerade det här svaret"),
    "no-certificates": Words("The metadata holds no signing certificate.", "Metadata innehåller inget signeringscertifikat."),
    # an OpenID provider's keys
    "keys": Words("The OP's keys (jwks_uri)", "OP:ns nycklar (jwks_uri)"),
    "kind": Words("Kind", "Typ"),
    "no-kid": Words("no kid", "inget kid"),
    "signed-id-token": Words("signed the ID Token", "signerade ID-token"),
    # what could not be judged
    "unsettled": Words("What could not be judged", "Det här gick inte att bedöma"),
    "see-finding": Words("Finding {n} tells why.", "Punkt {n} säger varför."),
    "steps": Words("The steps", "Stegen"),
    "in-the-way": Words("What is in the way", "Det här är i vägen"),
    "facts-seen": Words("What was seen", "Det här sågs"),
    "idle": Words("Nothing to judge here", "Inget att bedöma här"),
    "enables": Words(
        "Where a setting is named, it enables the rule.", "Där en inställning nämns är det den som gör att regeln kan bedömas."
    ),
    # what holds
    "passed": Words("What holds", "Det här håller"),
    # the foot
    "about": Words("About this report", "Om rapporten"),
    "made-by": Words("idptest", "idptest"),
    "digest": Words("Rules, SHA-256", "Reglernas SHA-256"),
    "flow": Words("Saved login", "Sparad inloggning"),
    "not-saved": Words("not saved", "inte sparad"),
    "at": Words("Judged as of", "Bedömd vid tidpunkten"),
    "time": Words("Time of the login", "Tidpunkt för inloggningen"),
    "seconds": Words("{n} seconds", "{n} sekunder"),
    "rulesets": Words("Judged by", "Bedömd efter"),
    "standards": Words("the SAML standards", "SAML-standarderna"),
    "standards-oidc": Words("the OpenID Connect standards", "OpenID Connects standarder"),
    "entity-id": Words("The IdP's entityID", "IdP:ns entityID"),
    "entity-id-oidc": Words("The OP's issuer", "OP:ns issuer"),
    "product": Words("Product", "Produkt"),
    "product-unknown": Words("not recognised", "inte igenkänd"),
    "environment": Words("Environment", "Miljö"),
    "environment-test": Words("test", "test"),
    "environment-production": Words("production", "produktion"),
}

# What is counted: one of it, several of it.
COUNTED = {
    "fault": (Words("One fault", "Ett fel"), Words("{n} faults", "{n} fel")),
    "fault-is": (Words("One fault is", "Ett fel"), Words("{n} faults are", "{n} fel")),
    "thing-is": (Words("One thing is", "En sak"), Words("{n} things are", "{n} saker")),
    "rule": (Words("One rule", "En regel"), Words("{n} rules", "{n} regler")),
    "waits": (Words("One rule waits for", "En regel väntar på"), Words("{n} rules wait for", "{n} regler väntar på")),
    "day": (Words("1 day", "1 dag"), Words("{n} days", "{n} dagar")),
    "hour": (Words("1 h", "1 h"), Words("{n} h", "{n} h")),
    "minute": (Words("1 min", "1 min"), Words("{n} min", "{n} min")),
    "second": (Words("1 s", "1 s"), Words("{n} s", "{n} s")),
}

_MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def say(key: str, lang: str, **filled: object) -> str:
    """A fixed word. What is filled in is not read for braces again."""
    return (HTML_WORDS.get(key) or WORDS[key]).text(lang).format(**filled)


def of(key: str, protocol: str) -> str:
    """The key of what a thing is called in a login by that protocol: of OpenID Connect it mostly has a name of its own."""
    return own if (own := f"{key}-{protocol}") in HTML_WORDS else key


def named(kind: str, name: str, lang: str) -> str:
    """The word for one of a kind ("factor", "environment"); the name itself where there is none, as in a later idptest's flow."""
    return say(f"{kind}-{name}", lang) if f"{kind}-{name}" in HTML_WORDS else name


def counted(number: int, what: str, lang: str) -> str:
    one, several = COUNTED[what]
    return (one if number == 1 else several).text(lang).format(n=number)


def in_zone(when: datetime, zone: tzinfo | None) -> datetime:
    """As it is where no calendar reaches: certificates may last until the year 9999."""
    try:
        return when.astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return when


def day(moment: datetime, lang: str) -> str:
    return f"{moment.day} {_MONTHS[lang].split()[moment.month - 1]} {moment.year}"


def moment(when: datetime, lang: str, zone: tzinfo | None, *, seconds: bool = False) -> str:
    """A day and a time of day with the zone, which the reader may not share. None: the zone of this machine."""
    local = in_zone(when, zone)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    offset = local.strftime("%z")
    name = "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"
    return f"{day(local, lang)} kl. {clock.replace(':', '.')} {name}" if lang == "sv" else f"{day(local, lang)}, {clock} {name}"


def span(length: timedelta, lang: str) -> str:
    """How long, in its largest unit, rounded down; the sign counts for nothing."""
    seconds = abs(length).total_seconds()
    for what, unit in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= unit:
            return counted(int(seconds // unit), what, lang)
    return counted(int(seconds), "second", lang)
