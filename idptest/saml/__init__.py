"""SAML 2.0: bytes to facts and facts to bytes. No I/O."""
