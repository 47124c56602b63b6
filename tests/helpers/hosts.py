"""Other people's servers, on this machine: they answer what a test wants, hostile ones included."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Sending = Callable[[Callable[[bytes], Any]], None]


@dataclass
class Host:
    """What it answers by path: bytes as they go out, or a function that sends them. `heard` are the requests."""

    port: int = 0
    pages: dict[str, bytes | Sending] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    tls: Any = None

    def url(self, path: str = "/", name: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    def says(self, path: str, body: bytes | str, *headers: str, status: str = "200 OK") -> str:
        """The address at which this will be answered."""
        self.pages[path] = answer(body, *headers, status=status)
        return self.url(path)

    def leads(self, path: str, to: str) -> str:
        return self.says(path, b"", f"Location: {to}", status="302 Found")

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        """One request for each connection."""
        with suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                request = b""
                while b"\r\n\r\n" not in request and (more := connection.recv(4096)):
                    request += more
                if not request.startswith(b"GET "):
                    return
                self.heard.append(request.decode())
                page = self.pages.get(self.heard[-1].split(" ")[1], answer(b"", status="404 Not Found"))
                if callable(page):
                    page(connection.sendall)
                else:
                    connection.sendall(page)


def answer(body: bytes | str, *headers: str, status: str = "200 OK") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers, "", ""))
    return head.encode() + data


@contextmanager
def host(tls: Any = None) -> Iterator[Host]:
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listening:
        server = Host(listening.getsockname()[1], tls=tls)
        threading.Thread(target=server.serve, args=(listening,), daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
