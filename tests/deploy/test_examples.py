"""The examples for production are taken by the programs they are for, and behind nginx the calendar is what it is without it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers import ROOT
from helpers.clients import Reader
from helpers.services import Server, free_port
from helpers.town import copied

DEPLOY = ROOT / "deploy"
SYSTEM = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def program(name: str) -> str:
    found = shutil.which(name, path=SYSTEM)
    if not found:
        pytest.skip(f"{name} is not installed here")
    return found


def run(*command: str) -> str:
    """Run a program that must succeed; what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def nginx(folder: Path, upstream: int, port: int) -> Iterator[None]:
    """The example with this machine's ports, and a certificate made here."""
    for name in ("key", "certificate"):
        assert not (folder / name).exists()
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=calendar.example.jp",
        "-keyout", str(folder / "key"), "-out", str(folder / "certificate"))  # fmt: skip
    site = (DEPLOY / "nginx.conf").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    site = re.sub(r"/etc/letsencrypt\S+fullchain.pem", str(folder / "certificate"), site)
    site = re.sub(r"/etc/letsencrypt\S+privkey.pem", str(folder / "key"), site)
    site = re.sub(r"listen \[::\].*;\n", "", site)
    site = site.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};").replace(
        "listen 80;", f"listen 127.0.0.1:{free_port()};"
    )
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"pid {folder}/pid;\nerror_log {folder}/errors;\ndaemon off;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{site}}}\n"
    )
    run(program("nginx"), "-t", "-c", str(main), "-p", str(folder))
    running = subprocess.Popen([program("nginx"), "-c", str(main), "-p", str(folder)])
    try:
        yield
    finally:
        running.terminate()
        running.wait()


def test_behind_nginx_everything_is_as_without_it(sqlite_template: Path, tmp_path: Path) -> None:
    program("nginx")
    tmp_path.chmod(0o755)  # nginx's worker is another account
    town, proxy = tmp_path / "town", tmp_path / "proxy"
    for folder in (town, proxy):
        folder.mkdir()
    copied(sqlite_template, town)
    port = free_port()
    with Server(town, {"CALENDAR_TRUSTED_PROXIES": "1"}, worker=False) as server, nginx(proxy, server.port, port):
        there, here = Reader(f"http://127.0.0.1:{port}"), Reader(server.url)
        wait_for(there)
        for path in ("/", "/calendar.ics", "/feed.atom", "/feed.json"):
            first, second = there.ask(path, Accept_Encoding="gzip"), here.ask(path, Accept_Encoding="gzip")
            assert (first.status, first.body, first.headers["etag"]) == (200, second.body, second.headers["etag"])
            assert there.ask(path, If_None_Match=second.headers["etag"]).status == 304
        assert there.ask("/metrics").status == 404
        assert here.ask("/metrics").status == 200
        assert there.ask("/staff/").status == 302
        for reader in (there, here):
            reader.close()


def wait_for(reader: Reader) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if reader.ask("/healthz").status == 200:
                return
        except OSError:
            reader.close()
        time.sleep(0.1)
    raise AssertionError("nginx does not answer")


def test_caddy_takes_its_example() -> None:
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))


def test_systemd_takes_its_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "calendar-app@.service").read_text()
    (tmp_path / "calendar-app@.service").write_text(
        unit.replace("/opt/calendar-app/.venv/bin/calendar-app", "/bin/true")
    )
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", str(tmp_path / "calendar-app@.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "calendar-app@" not in done.stderr, done.stderr


def test_every_path_of_the_container_is_in_the_checkout() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for name in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert (ROOT / name).exists()
    assert "--require-hashes" in text
    assert re.search(r"^USER calendar-app$", text, re.MULTILINE)
