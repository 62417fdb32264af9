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
    """Readable, sortable, and unlike that of a login that runs at the same second."""
    import secrets

    return f"{at.strftime('%Y%m%d-%H%M%S')}-{account}-{secrets.token_hex(2)}"
