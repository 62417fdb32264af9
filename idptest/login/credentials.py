"""What the account logs in with. One-time codes are computed here; time is an argument."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime

from idptest.errors import ConfigurationError

_PERIOD, _DIGITS = 30, 6


@dataclass(frozen=True)
class Credentials:
    """`totp_secret` is base32, blanks allowed; ConfigurationError when it is not."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    totp_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.totp_secret is not None:
            _key(self.totp_secret)

    def secrets(self) -> tuple[str, ...]:
        """Strings that must never be stored or printed."""
        return tuple(secret for secret in (self.password, self.totp_secret) if secret)

    def one_time_code(self, now: datetime) -> str | None:
        """Six digits, 30 seconds, SHA-1: what every authenticator app shows. RFC 6238. None without a secret."""
        if self.totp_secret is None:
            return None
        from cryptography.hazmat.primitives.hashes import SHA1
        from cryptography.hazmat.primitives.twofactor.totp import TOTP

        # SHA-1 is what RFC 6238 says and the apps compute; the key's length is the IdP's choice.
        generator = TOTP(_key(self.totp_secret), _DIGITS, SHA1(), _PERIOD, enforce_key_length=False)  # noqa: S303
        return generator.generate(int(now.timestamp())).decode("ascii")


def _key(secret: str) -> bytes:
    bare = "".join(secret.split()).replace("-", "").rstrip("=").upper()
    try:
        key = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        # The secret itself is not in the message.
        raise ConfigurationError(
            "the one-time code secret (totp_env) is not base32", "hemligheten för engångskod (totp_env) är inte base32"
        )
    return key
