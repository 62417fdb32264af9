"""What an identifier is made of: EPPN, objectGUID, personnummer, scope. Pure knowledge, no I/O."""
