"""A mail server for tests: speaks SMTP on a real socket, keeps what it is given, refuses whom it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


@dataclass
class PostOffice:
    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    refusal: str = "550 nobody here"

    @property
    def letters(self) -> list[EmailMessage]:
        return [cast(EmailMessage, message_from_bytes(message, policy=default)) for message in self.raw]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()

    class Clerk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 office\r\n")
            for line in self.rfile:
                command = line.strip().upper()
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    office.raw.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                refused = any(address.encode().upper() in command for address in office.refused)
                self.wfile.write(f"{office.refusal}\r\n".encode() if refused else b"250 ok\r\n")
                if command == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        office.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield office
        server.shutdown()
        thread.join()
