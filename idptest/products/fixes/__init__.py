"""Data: what to change in which product, a file each. `idptest/products/changes.py` reads it and says what a table holds."""
