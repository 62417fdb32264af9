"""The login as a state machine without I/O: a request goes out, an answer comes in, until our ACS is reached or it can go no further."""
