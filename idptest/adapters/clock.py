"""Now, and ids that nobody can guess."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """An XML ID: 128 random bits (SAML Core 1.3.4)."""
    import secrets  # asking the time does without it

    return f"id-{secrets.token_hex(16)}"


def flow_id(account: str, at: datetime) -> str:
    """Readable, in the order of time (to the millisecond), and unlike that of a login that runs at the same moment."""
    import secrets

    return f"{at:%Y%m%d-%H%M%S}{at.microsecond // 1000:03d}-{account}-{secrets.token_hex(2)}"
