"""An installation served from the tests' own process, over real HTTP on this machine.

For tests of pages. `services.Server`, a process of its own, costs two seconds of CPU time more: it is for tests of what
a process does.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from helpers import cities
from helpers.services import LOOPBACK, free_port


class Handler(WSGIRequestHandler):
    """Keeps connections, prints nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, *_told: Any) -> None:
        pass


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an application, on a free port if none is given; its address."""
    server = make_server(LOOPBACK, port, app, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["calendar_engine"].dispose()


@contextmanager
def installation(folder: Path, **settings: str) -> Iterator[str]:
    """Serve the installation in a folder, under the machine's clock; its address, where its links lead too."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    address = {"CALENDAR_BASE_URL": f"http://{LOOPBACK}:{port}"}
    with served(cities.over(cities.config_of(folder, **address | settings)), port) as url:
        yield url
