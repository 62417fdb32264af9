"""Rules in code: what the standards say to everybody. One module to a subject, one function to a rule; the id is the address."""
