"""The examples for production are taken by the programs they are for, and behind nginx the calendar is what it is without it."""

import re
import subprocess
import tempfile
from pathlib import Path

from helpers.clients import Reader
from helpers.proxies import DEPLOY, nginx, program, run, wait_for
from helpers.services import Server, free_port
from helpers.town import copied


def test_behind_nginx_everything_is_as_without_it(sqlite_template: Path, tmp_path: Path) -> None:
    program("nginx")
    tmp_path.chmod(0o755)  # nginx's worker is another account
    town, proxy = tmp_path / "town", tmp_path / "proxy"
    for folder in (town, proxy):
        folder.mkdir()
    copied(sqlite_template, town)
    port = free_port()
    with Server(town, {"CALENDAR_TRUSTED_PROXIES": "1"}, worker=False) as server, nginx(proxy, [server.port], port):
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


def test_nginx_serves_an_export_without_the_program() -> None:
    program("nginx")
    files = {
        "-/index.html": "text/html",
        "-/events/a.html": "text/html",
        "-/calendar.ics": "text/calendar",
        "-/feed.atom": "application/atom+xml",
        "lang=en/index.html": "text/html",
        "-/404.html": "text/html",
    }
    with tempfile.TemporaryDirectory(prefix="calendar-export-") as name:
        folder, port = Path(name), free_port()
        for path in (written := {folder / "export/live" / file: file for file in files}):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written[path])
        for parent in (folder, *folder.rglob("*")):
            parent.chmod(0o755)  # nginx's worker is another account
        with nginx(folder, [], port, folder / "export", "nginx-export.conf"):
            reader = Reader(f"http://127.0.0.1:{port}")
            wait_for(reader, "/")
            asked = {"/": "-/index.html", "/events/a": "-/events/a.html", "/calendar.ics?tag=x": "-/calendar.ics",
                     "/feed.atom": "-/feed.atom", "/?lang=en": "lang=en/index.html"}  # fmt: skip
            for address, file in asked.items():
                answer = reader.ask(address)
                assert (answer.status, answer.body.decode()) == (200, file), address
                assert answer.headers["content-type"] == f"{files[file]}; charset=utf-8"
            assert (missing := reader.ask("/events/b")).status == 404
            assert missing.body == b"-/404.html"
            reader.close()


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
        assert (DEPLOY.parent / name).exists()
    assert "--require-hashes" in text
    assert re.search(r"^USER calendar-app$", text, re.MULTILINE)
