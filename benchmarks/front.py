"""What one answer costs a server, in microseconds of CPU: nginx with a file, the shipped nginx with our files, an application
that does nothing on the same server as ours, and ours. All in one run, on one connection, the least of five rounds: read the
ratios. The goals are 0.9 of nginx with a file and 0.8 of the application that does nothing.
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.__main__ import NGINX, _prepare
from helpers.proxies import nginx, program
from helpers.services import LOOPBACK, Server, free_port

ADDRESS = "/calendar/"
REQUESTS, ROUNDS = 1_000, 5
NOTHING = """
import sys
from pathlib import Path
from granian import Granian
from granian.constants import Interfaces
BODY = [Path(sys.argv[2]).read_bytes()]
HEADERS = [(f"X-Header-{number}", "something as long as ours") for number in range(9)]
FULL = [*HEADERS, ("ETag", '"x"'), ("Content-Encoding", "gzip"), ("Content-Length", str(len(BODY[0])))]
def app(environ, start):
    if "HTTP_IF_NONE_MATCH" in environ:
        start("304 NOT MODIFIED", HEADERS)
        return []
    start("200 OK", FULL)
    return BODY
def load():
    return app
if __name__ == "__main__":
    Granian(f"{Path(sys.argv[0]).stem}:load", factory=True, port=int(sys.argv[1]), interface=Interfaces.WSGI, blocking_threads=16).serve()
"""


def main() -> None:
    least = measured()
    print(f"{'microseconds of CPU an answer':32}{'304':>8}{'200':>8}")
    for name, columns in least.items():
        print(f"{name:32}" + "".join(f"{cost:8.1f}" for cost in columns))
    nginx_file, our_files, nothing, ours = least.values()
    for words, theirs, mine in (
        ("our files of nginx's", nginx_file, our_files),
        ("ours of doing nothing", nothing, ours),
    ):
        print(f"{words:32}" + "".join(f"{other / own:8.2f}" for other, own in zip(theirs, mine, strict=True)))


def measured() -> dict[str, list[float]]:
    """Return microseconds of CPU for a 304 and a 200 by server: nginx with a file and with ours, an idle application, ours."""
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _prepare(folder / "town")
        settings = {"CALENDAR_FILES": str(folder / "files"), "CALENDAR_BASE_URL": "https://calendar.example.jp"}
        with Server(folder / "town", settings, worker=False) as ours:
            _wait_for_file(ours.port, folder / "files/live/-/calendar/index.html.gz")
            packed = folder / "files/live/-/calendar/index.html.gz"
            (folder / "www").mkdir(mode=0o755)
            (folder / "www/calendar").write_bytes(packed.read_bytes())
            (folder / "proxy").mkdir(mode=0o755)
            port = free_port()
            with (
                _static(folder) as static,
                nginx(folder / "proxy", [ours.port], port, folder / "files") as shipped,
                _nothing(folder, packed) as nothing,
            ):
                time.sleep(1)
                servers = {
                    "nginx, a file": (static, "/calendar"),
                    "shipped nginx, our files": ((shipped, port), ADDRESS),
                    "granian, doing nothing": (nothing, "/"),
                    "ours": ((ours.session, ours.port), ADDRESS),
                }
                return _least(servers)


def _least(servers: dict[str, tuple[tuple[int, int], str]]) -> dict[str, list[float]]:
    costs: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in servers}
    for _ in range(ROUNDS):
        for name, ((session, port), path) in servers.items():
            for column, conditional in enumerate((True, False)):
                costs[name][column].append(_cost(session, port, path, conditional))
    return {name: [min(column) for column in columns] for name, columns in costs.items()}


def _cost(session: int, port: int, path: str, conditional: bool) -> float:
    """The CPU time of one answer, over many on one connection."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    with socket.create_connection((LOOPBACK, port)) as connection:
        if conditional:
            asking = http.client.HTTPConnection(LOOPBACK, port)
            asking.request("GET", path, headers={"Accept-Encoding": "gzip"})
            request += f"If-None-Match: {asking.getresponse().getheader('ETag')}\r\n"
            asking.close()
        sent = (request + "\r\n").encode()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(30)
        before = _cpu(session)
        for _ in range(REQUESTS):
            head = _ask(connection, sent)
        if head[9:12] != (b"304" if conditional else b"200"):
            raise SystemExit(f"{path} at {port} answered {head.decode()}")
        return (_cpu(session) - before) / REQUESTS * 1e6


def _ask(connection: socket.socket, sent: bytes) -> bytes:
    """Ask once, and read the whole answer; its head."""
    connection.sendall(sent)
    got = b""
    while not (end := got.find(b"\r\n\r\n") + 4) > 3:
        got += connection.recv(1 << 20)
    head = got[:end].lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r")[0]
    missing = end + int(length or b"0") * (not head.startswith(b"http/1.1 304")) - len(got)
    while missing > 0:
        missing -= len(connection.recv(1 << 20))
    return head


def _cpu(session: int) -> float:
    """The CPU seconds of every process of a session so far, to the nanosecond."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                for task in (process / "task").iterdir():
                    total += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1e9


def _wait_for_file(port: int, path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"{path} never came")
        connection = http.client.HTTPConnection(LOOPBACK, port)
        connection.request("GET", ADDRESS)
        connection.getresponse().read()
        connection.close()
        time.sleep(0.5)


@contextmanager
def _static(folder: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, address=LOOPBACK, port=port))
    with _running([program("nginx"), "-c", str(folder / "nginx.conf")], folder) as session:
        yield session, port


@contextmanager
def _nothing(folder: Path, body: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    (folder / "nothing.py").write_text(NOTHING)
    with _running([sys.executable, "nothing.py", str(port), str(body)], folder) as session:
        yield session, port


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[int]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
