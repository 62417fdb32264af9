"""Two idptest.toml: the smallest that works, and one in which everything is said."""

from __future__ import annotations

GUID = "fc79e369-18a3-40c4-aa33-d92057bfff65"

SMALL = """\
[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443"

[idp.exempelstad]
metadata = "idp-metadata.xml"

[account.larare]
idp = "exempelstad"
role = "teacher"
"""

FULL = f"""\
keep_days = 7

[sp]
entity_id = "https://idptest.exempelstad.se/sp"
base_url = "https://localhost:8443/"
[sp.organization]
name = {{ sv = "Exempelstads kommun", en = "Exempelstad municipality" }}
url = "https://www.exempelstad.se/"
[sp.contact.technical]
email = "mailto:it@exempelstad.se"
given_name = "IT-enheten"
[sp.contact.security]
email = "it-sakerhet@exempelstad.se"
[sp.service]
display_name = "idptest"
privacy_url = {{ sv = "https://www.exempelstad.se/p", en = "https://www.exempelstad.se/en/p" }}

[idp.exempelstad]
protocol = "saml"
metadata = {{ from = "skolfederation-trial", entity_id = "https://idp.exempelstad.se/idp" }}
product = "adfs"
eppn_source = "mS-DS-ConsistencyGuid"
digg_approved = true
environment = "production"
proxy = "http://proxy.exempelstad.se:3128"
ca_file = 'C:\\certs\\ca.pem'
timeout = 12.5

[[idp.exempelstad.step]]
title = "Välj inloggningsmetod"
press = "Användarnamn och lösenord"

[[idp.exempelstad.step]]
url = "https://idp.exempelstad.se/wa/auth"
field = "pwd"
fill = {{ user = "{{username}}", pwd = "{{password}}", realm = "skola" }}

[idp.ny]
protocol = "oidc"
issuer = "https://op.exempelstad.se/"
client_id = "idptest"
client_secret_env = "IDPTEST_CLIENT_SECRET"
claims.eppn = "edu_person_principal_name"

[account.larare]
idp = ["exempelstad", "ny"]
role = "teacher"
username = "larare1"
password_env = "IDPTEST_LARARE_PASSWORD"
totp_env = "IDPTEST_LARARE_TOTP"
client_certificate = "larare.pem"
test_person = true
object_guid = "{{{GUID.upper()}}}"
given_name = "Lova"
surname = "Lärarsson"
provisioned_eppn = "{GUID}@exempelstad.se"
person = "p1"
protected_identity = true
rulesets = ["dnp", "egna/regler.toml"]

[account.elev]
idp = "exempelstad"
role = "pupil"

[feed.skolfederation-trial]
sha256 = "{":".join(["Ab"] * 32)}"
[feed.beta]
url = "https://fed.example.se/beta.jws"
format = "jws"
environment = "production"
title = "Beta"
key = {{ kid = "1", x = "{"x" * 43}", y = "{"y" * 43}" }}
ca_file = "ca.pem"
proxy = "http://proxy.exempelstad.se:3128"
timeout = 90
max_mb = 20

[[waiver]]
rule = "saml-metadata/signing-key-is-strong"
reason = "rollover planned, ticket 4711"
until = 2027-03-31
"""
