"""Rules about our own keys and certificates, those that our metadata shows."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.preflight import OwnKey
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed

_SOON = timedelta(days=90)
_LEAST = {"RSA": 2048, "EC": 256}
_MISSING = "preflight-keys/key-and-certificate-are-there"


@check(
    Level.MUST,
    spec="Kantara SDP-MD05, SDP-MD06",
    fix="idptest init makes a key and a certificate where both are missing. Where one of them is lost: remove the other, run idptest init, and give the IdP our metadata anew.",
    sv=Text(
        "Våra nycklar och certifikat finns och går att läsa",
        why="Utan dem går det varken att skriva vår metadata, signera en fråga eller läsa ett krypterat intyg.",
        fix="idptest init skapar nyckel och certifikat där båda saknas. Har ett av dem gått förlorat: ta bort det andra, kör idptest init och ge IdP:n vår metadata på nytt.",
    ),
)
def key_and_certificate_are_there(key: OwnKey) -> Outcome:
    """Our keys and certificates are there and can be read.

    Without them our metadata cannot be written, a request not signed, an encrypted assertion not read.
    """
    if key.problem is None:
        return passed()
    return failed(key.problem.en, key.problem.sv, actual=key.name)


@check(
    Level.MUST,
    spec="Kantara SDP-MD05",
    fix="Put the right key and certificate back from a copy, or remove both, run idptest init, and give the IdP our metadata anew.",
    sv=Text(
        "Nyckeln hör till certifikatet",
        why="Det IdP:n krypterar för certifikatet kan vi annars inte läsa, och det vi signerar nekas.",
        fix="Lägg tillbaka rätt nyckel och certifikat från en kopia, eller ta bort båda, kör idptest init och ge IdP:n vår metadata på nytt.",
    ),
)
def key_belongs_to_its_certificate(key: OwnKey) -> Outcome:
    """The key belongs to its certificate.

    Otherwise we cannot read what the IdP encrypts for the certificate, and what we sign is refused.
    """
    if key.belong_together is None:
        return _unread()
    if key.belong_together:
        return passed()
    return failed(
        "{actual}-key.pem does not belong to {actual}-cert.pem", "{actual}-key.pem hör inte till {actual}-cert.pem", actual=key.name
    )


@check(
    Level.MUST,
    spec="SWAMID SAML WebSSO 6.2.2",
    fix="Remove the key and the certificate, run idptest init, and give the IdP and the federation our metadata anew.",
    sv=Text(
        "Vårt certifikat gäller nu",
        why="En del IdP:er nekar en tjänst vars certifikat har gått ut, eller skickar inget krypterat till den.",
        fix="Ta bort nyckeln och certifikatet, kör idptest init och ge IdP:n och federationen vår metadata på nytt.",
    ),
)
def own_certificate_is_in_date(key: OwnKey, inspection: Inspection) -> Outcome:
    """Our certificate is valid now.

    Some IdPs refuse a service whose certificate has ended, or send it nothing encrypted.
    """
    if key.not_before is None or key.not_after is None:
        return _unread()
    if inspection.now < key.not_before:
        return failed(
            f"{key.name}-cert.pem does not begin until {{actual}}",
            f"{key.name}-cert.pem börjar inte gälla förrän {{actual}}",
            actual=key.not_before.date().isoformat(),
        )
    if inspection.now < key.not_after:
        return passed()
    return failed(
        f"{key.name}-cert.pem ended on {{actual}}", f"{key.name}-cert.pem gick ut {{actual}}", actual=key.not_after.date().isoformat()
    )


@check(
    Level.SHOULD,
    spec="SWAMID SAML WebSSO 6.2.2",
    fix="Plan the change now: a new certificate beside the old one (sp-new-key.pem, sp-new-cert.pem) is shown in our metadata too; change when the IdP has read it.",
    sv=Text(
        "Vårt certifikat räcker i 90 dagar till",
        why="IdP:n och federationen behöver ha läst in det nya certifikatet innan det gamla går ut.",
        fix="Planera bytet nu: ett nytt certifikat bredvid det gamla (sp-new-key.pem, sp-new-cert.pem) kommer också med i vår metadata. Byt när IdP:n har läst in det.",
    ),
)
def own_certificate_lasts(key: OwnKey, inspection: Inspection) -> Outcome:
    """Our certificate lasts for 90 more days.

    The IdP and the federation have to have read the new certificate before the old one ends.
    """
    if key.not_after is None:
        return _unread()
    if key.not_after <= inspection.now:
        return not_applicable("it has ended already", "det har redan gått ut")
    if inspection.now + _SOON <= key.not_after:
        return passed()
    left = (key.not_after - inspection.now).days
    return failed(
        f"{key.name}-cert.pem ends in {left} days, on {{actual}}",
        f"{key.name}-cert.pem går ut om {left} dagar, {{actual}}",
        actual=key.not_after.date().isoformat(),
    )


@check(
    Level.MUST,
    spec="SWAMID SAML WebSSO 6.2.1; Kantara SDP-MD06",
    fix="Remove the key and the certificate, run idptest init (RSA, 3072 bits), and give the IdP our metadata anew.",
    sv=Text(
        "Vår nyckel är stark nog",
        why="Federationen godtar inte svagare nycklar, och det som krypteras för en svag nyckel kan andra läsa.",
        fix="Ta bort nyckeln och certifikatet, kör idptest init (RSA, 3072 bitar) och ge IdP:n vår metadata på nytt.",
    ),
)
def own_key_is_strong(key: OwnKey) -> Outcome:
    """Our key is strong enough.

    The federation takes no weaker keys, and others can read what is encrypted for a weak one.
    """
    if key.problem is not None:
        return _unread()
    least = _LEAST.get(key.algorithm or "")
    said = f"{key.algorithm} {key.bits or ''}".strip()
    if least is None:
        return failed(
            f"{key.name}-key.pem is of a kind that few IdPs know: {{actual}}",
            f"{key.name}-key.pem är av ett slag som få IdP:er känner till: {{actual}}",
            actual=said,
            expected="RSA, EC",
        )
    if (key.bits or 0) >= least:
        return passed()
    return failed(
        f"{key.name}-key.pem is {{actual}}", f"{key.name}-key.pem är {{actual}}", actual=said, expected=f"{key.algorithm} {least}"
    )


def _unread() -> Outcome:
    return inconclusive(
        "the key or the certificate could not be read", "nyckeln eller certifikatet gick inte att läsa", blocked_by=_MISSING
    )
