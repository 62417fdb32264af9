"""A server of Exempelstad's in a thread, for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from idptest.adapters.demo_server import DemoServer


@contextmanager
def running(server: DemoServer) -> Iterator[DemoServer]:
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
