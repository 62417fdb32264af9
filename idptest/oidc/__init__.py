"""OpenID Connect: bytes and facts, no I/O."""
