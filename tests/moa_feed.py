"""Moa's feed for tests: JWS of JSON as a federation for provisioning publishes it, signed with keys of this run."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends.cryptography_backend import CryptographyECKey

from idptest.model.feed import PublicKey
from tests.feed_server import NOW

EXEMPELSTAD = "https://moa.exempelstad.se"


@cache
def _private(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key(name: str = "federation") -> PublicKey:
    """As it would be published."""
    numbers = _private(name).public_key().public_numbers()
    x, y = (urlsafe_b64encode(part.to_bytes(32, "big")).decode().rstrip("=") for part in (numbers.x, numbers.y))
    return PublicKey(f"kid-{name}", x, y)


def entity(entity_id: str = EXEMPELSTAD, organization: str = "Exempelstads kommun", number: str = "SE2120001234") -> dict[str, Any]:
    return {
        "entity_id": entity_id,
        "organization": organization,
        "organization_id": number,
        "issuers": [{"x509certificate": "-----BEGIN CERTIFICATE-----"}],
        "clients": [{"description": "EgilSCIM", "pins": [{"alg": "sha256", "digest": "x"}]}],
        "extensions": {"https://kontosynk.internetstiftelsen.se/saml-scope": {"scope": ["exempelstad.se"]}},
    }


def payload(*entities: Any, **more: Any) -> dict[str, Any]:
    service = {
        "entity_id": "https://larresurs.example",
        "organization": "Lärresurs AB",
        "issuers": [],
        "servers": [{"base_uri": "https://x"}],
    }
    return {"version": "1.0.0", "cache_ttl": 3600, "entities": list(entities) or [entity(), service], **more}


def signed(
    said: Any = None, *, by: str = "federation", kid: str | None = None, until: datetime | None = NOW + timedelta(days=7), **header: Any
) -> bytes:
    """In the general JSON form."""
    head = {"iat": int((NOW - timedelta(hours=1)).timestamp()), "iss": "https://federation.example/", "kid": kid or key(by).kid, **header}
    if until:
        head["exp"] = int(until.timestamp())
    made = jws.sign(payload() if said is None else said, CryptographyECKey(_private(by), "ES256"), headers=head, algorithm="ES256")
    protected, body, signature = made.split(".")
    return json.dumps({"payload": body, "signatures": [{"protected": protected, "signature": signature}]}).encode()


def compact(data: bytes) -> bytes:
    """The same in the compact form."""
    document = json.loads(data)
    (one,) = document["signatures"]
    return f"{one['protected']}.{document['payload']}.{one['signature']}".encode()


def flattened(data: bytes) -> bytes:
    """The same in the flattened JSON form."""
    document = json.loads(data)
    return json.dumps({"payload": document["payload"], **document["signatures"][0]}).encode()
