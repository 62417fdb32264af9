"""Rules about the certificates in an SP's metadata, each by itself."""

from __future__ import annotations

from datetime import timedelta

from idptest.catalogue import check
from idptest.model.inspection import Inspection
from idptest.model.rule import Level, Outcome, Text, failed, inconclusive, not_applicable, passed
from idptest.model.sp import SpKey

_SOON = timedelta(days=90)


@check(
    Level.MUST,
    spec="Kantara SDP-MD06, SDP-MD07; SWAMID SAML WebSSO 6.2.1",
    fix="Make a new key, RSA of at least 3072 bits, and publish both certificates during the change.",
    sv=Text(
        "SP:ns nyckel är stark nog",
        why="Korta nycklar går att knäcka. Den som har knäckt krypteringsnyckeln läser alla intyg.",
        fix="Skapa en ny nyckel, RSA med minst 3072 bitar, och publicera båda certifikaten under bytet.",
    ),
)
def key_is_strong(key: SpKey) -> Outcome:
    """The SP's key is strong enough: RSA of at least 2048 bits or EC of at least 256.

    Short keys can be broken. Whoever has broken the encryption key reads every assertion.
    """
    if key.certificate.problem is not None:
        return failed(key.certificate.problem.en, key.certificate.problem.sv, at=key.at())
    if key.certificate.strong:
        return passed()
    return failed(
        "the key is {actual}",
        "nyckeln är {actual}",
        at=key.at(),
        actual=f"{key.certificate.algorithm} {key.certificate.bits or ''}".strip(),
        expected="RSA 2048, EC 256",
    )


@check(
    Level.MUST,
    source="Microsoft's management pack for AD FS, events 316 and 317, "
    "https://systemcenter.wiki/?GetElement=Microsoft.ActiveDirectoryFederationServices2012R2.TokenIssuanceRelyingPartySigningCertificateCrlCheckFailureRule"
    "&ManagementPack=Microsoft.ActiveDirectoryFederationServices.2012.R2&Type=Rule&Version=7.1.10173.1 (read 2026-11); "
    "SWAMID SAML WebSSO 6.2.2; Kantara SDP-MD05",
    fix="Make a new key and publish its certificate; take the one that has ended out of the metadata. Ours: idptest metadata sp --new-key, then --switch-key.",
    sv=Text(
        "SP:ns certifikat gäller i dag",
        why="AD FS nekar inloggningar till en tjänst vars certifikat har gått ut, och federationens kontroll släpper inte igenom filen.",
        fix="Skapa en ny nyckel och publicera dess certifikat. Ta bort det utgångna certifikatet ur metadata. Vårt eget: idptest metadata sp --new-key, sedan --switch-key.",
    ),
)
def certificate_is_in_force(key: SpKey, inspection: Inspection) -> Outcome:
    """The SP's certificate is in force today.

    AD FS refuses logins for a service whose certificate has ended, and the federation's check does not let the file through.
    """
    found = key.certificate
    if found.not_before is None or found.not_after is None:
        return _unreadable(key)
    if inspection.now < found.not_before:
        return failed(
            "the certificate does not begin until {actual}",
            "certifikatet börjar inte gälla förrän {actual}",
            at=key.at(),
            actual=found.not_before.date().isoformat(),
        )
    if inspection.now < found.not_after:
        return passed()
    return failed(
        "the certificate ended on {actual}", "certifikatet gick ut {actual}", at=key.at(), actual=found.not_after.date().isoformat()
    )


@check(
    Level.SHOULD,
    spec="SWAMID SAML WebSSO 6.2.2, whose validator tells 90 days before; Kantara SDP-MD05",
    fix="Publish a new certificate beside the old one, wait until every IdP has the new metadata, and take the old one out. Ours: idptest metadata sp --new-key.",
    sv=Text(
        "SP:ns certifikat räcker i minst 90 dagar",
        why="Alla IdP:er ska hinna läsa in det nya. Ett förhastat byte stänger ute användarna hos dem som inte hann.",
        fix="Publicera ett nytt certifikat bredvid det gamla, vänta tills alla IdP:er har läst in den nya metadatan, och ta bort det gamla. Vårt eget: idptest metadata sp --new-key.",
    ),
)
def certificate_lasts(key: SpKey, inspection: Inspection) -> Outcome:
    """The SP's certificate lasts at least 90 days more.

    Every IdP must have time to read the new one. A change in a hurry locks people out at those that had not.
    """
    end = key.certificate.not_after
    if end is None:
        return _unreadable(key)
    if end <= inspection.now:
        return not_applicable("it has ended already", "det har redan gått ut")
    if inspection.now + _SOON <= end:
        return passed()
    left = (end - inspection.now).days
    return failed(
        f"the certificate ends in {left} days, on {{actual}}",
        f"certifikatet går ut om {left} dagar, {{actual}}",
        at=key.at(),
        actual=end.date().isoformat(),
    )


def _unreadable(key: SpKey) -> Outcome:
    return inconclusive(
        "the certificate cannot be read", "certifikatet går inte att läsa", blocked_by="sp-metadata-keys/key-is-strong", at=key.at()
    )
