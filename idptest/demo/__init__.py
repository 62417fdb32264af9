"""Exempelstad: a small municipal IdP, as a pure function of state, request, clock, ids and keys. Nothing in it is real."""
