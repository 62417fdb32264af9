"""The only sockets, files, clocks, randomness and processes."""
