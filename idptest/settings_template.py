"""The idptest.toml that `idptest init` writes."""

from __future__ import annotations


def template(language: str) -> str:
    """The idptest.toml that `idptest init` writes: comments in "sv", otherwise "en"; the same settings in both."""
    mine, other = ("#sv ", "#en ") if language == "sv" else ("#en ", "#sv ")
    lines = [line for line in _TEMPLATE.splitlines() if not line.startswith(other)]
    return "".join(f"{line.replace(mine, '# ', 1)}\n" for line in lines)


_TEMPLATE = """\
#sv Inställningar för idptest. Byt ut det som hör till Exempelstad.
#en Settings for idptest. Replace what belongs to Exempelstad.
#sv Lösenord skrivs aldrig här: de hämtas ur miljövariabler, eller frågas efter.
#en Passwords are never written here: they come from environment variables, or are asked for.

#sv Så många dagar sparas inloggningarna.
#en For so many days recorded logins are kept.
keep_days = 30

#sv Tjänsten som idptest uppträder som. IdP:n ska ha läst in dess metadata: idptest metadata sp
#en The service that idptest appears as. The IdP must have read its metadata: idptest metadata sp
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"
#sv Ska tjänsten registreras i Skolfederation: idptest metadata sp --check säger vad som ska stå här.
#en To register it in Skolfederation: idptest metadata sp --check tells what is to stand here.

#sv IdP:n som prövas. metadata: en fil, eller adressen där IdP:n själv visar den.
#en The IdP to test. metadata: a file, or the address where the IdP itself shows it.
[idp.exempelstad]
protocol = "saml"
metadata = "idp-metadata.xml"
#sv Eller ur federationens flöde (idptest metadata fetch --list):
#en Or out of the federation's feed (idptest metadata fetch --list):
# metadata = { from = "skolfederation-trial", entity_id = "https://idp.exempelstad.se/saml" }
#sv Är IdP:n en OpenID-leverantör (OP): dessa tre rader i stället för protocol och metadata.
#en If the IdP is an OpenID provider (OP): these three lines instead of protocol and metadata.
#sv Vad OP:n behöver veta om oss: idptest metadata rp
#en What the OP needs to know of us: idptest metadata rp
# protocol = "oidc"
# issuer = "https://op.exempelstad.se"
# client_id = "idptest"
#sv Vad EPPN byggs av i katalogen: "objectGUID", "mS-DS-ConsistencyGuid" eller "other".
#en What the EPPN is built on in the directory: "objectGUID", "mS-DS-ConsistencyGuid" or "other".
eppn_source = "objectGUID"
#sv Har Digg godkänt att IdP:n anger loa2, loa3, loa4 utan "uncertified-"?
#en Has Digg approved that the IdP claims loa2, loa3, loa4 without "uncertified-"?
digg_approved = false
#sv "test" eller "production".
#en "test" or "production".
environment = "test"

[account.larare]
idp = "exempelstad"
#sv "teacher" för all personal i skolan, "pupil" för elever.
#en "teacher" for anybody on the school's staff, "pupil" for pupils.
role = "teacher"
username = "larare1"
password_env = "IDPTEST_LARARE_PASSWORD"
#sv true bara för en påhittad person: då visar rapporterna värdena i klartext.
#en true only for an invented person: then reports show values in clear.
test_person = false
#sv Ange kontots objectGUID, så prövas att EPPN är byggt av just det.
#en Give the account's objectGUID, and the EPPN is tested to be built on that one.
# object_guid = "00000000-0000-0000-0000-000000000000"

[account.elev]
idp = "exempelstad"
role = "pupil"
username = "elev1"
password_env = "IDPTEST_ELEV_PASSWORD"
test_person = false

#sv Katalogen (AD), som fyller i object_guid, given_name och surname: idptest eppn directory --write
#en The directory (AD), which fills in object_guid, given_name …: idptest eppn directory --write
# [directory]
# url = "ldaps://dc1.ad.exempelstad.se"
# base = "DC=ad,DC=exempelstad,DC=se"
# username = "idptest@ad.exempelstad.se"
# password_env = "IDPTEST_DIRECTORY_PASSWORD"
# ca_file = "ad-ca.pem"
"""
