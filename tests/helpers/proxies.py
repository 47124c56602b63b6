"""Web servers in front of ours, with the examples of `deploy/` and this machine's ports."""

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
from helpers.services import free_port

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


def nginx_settings(
    folder: Path, upstreams: list[int], port: int, files: Path | None = None, example: str = "nginx.conf"
) -> Path:
    """The example with this machine's ports, and a certificate made here, checked by nginx; the path of the main file."""
    for name in ("key", "certificate"):
        assert not (folder / name).exists()
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=calendar.example.jp",
        "-keyout", str(folder / "key"), "-out", str(folder / "certificate"))  # fmt: skip
    site = (DEPLOY / example).read_text()
    servers = " ".join(f"server 127.0.0.1:{upstream};" for upstream in upstreams)
    site = site.replace("server 127.0.0.1:8000;", servers)
    for place in ("/var/cache/calendar-app/semboku", "/srv/export"):
        site = site.replace(place, str(files or folder / "nothing"))
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
    return main


@contextmanager
def nginx(
    folder: Path, upstreams: list[int], port: int, files: Path | None = None, example: str = "nginx.conf"
) -> Iterator[int]:
    """nginx with the example, as leader of a session of its own, whose id this gives."""
    main = nginx_settings(folder, upstreams, port, files, example)
    running = subprocess.Popen([program("nginx"), "-c", str(main), "-p", str(folder)], start_new_session=True)
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait()


def wait_for(reader: Reader, path: str = "/healthz") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if reader.ask(path).status == 200:
                return
        except OSError:
            reader.close()
        time.sleep(0.1)
    raise AssertionError("nginx does not answer")
