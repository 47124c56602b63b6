"""nginx in front, as shipped, answers from files: what it says is what the program says, and never what was so before a save."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.operations import answer_files
from helpers.clients import Reader
from helpers.proxies import nginx, program, wait_for
from helpers.services import Server, free_port
from helpers.town import copied

EDITS = [60, pytest.param(3000, marks=pytest.mark.soak)]
PAGES = ("/", "/calendar/", "/calendar/2027/04", "/calendar/2027/04/15", "/announcements/", "/tags/夏?lang=en")
FEEDS = (
    "/calendar.ics",
    "/feed.atom",
    "/feed.rss?lang=en",
    "/feed.json",
    "/upcoming.rss",
    "/deadlines.ics",
    "/calendar.ics?tag=夏",
)
OF_THE_WAY = {
    "date",
    "server",
    "connection",
    "keep-alive",
    "accept-ranges",
    "vary",
    "content-length",
    "transfer-encoding",
}
DIES_IN_A_SAVE = """
import os, sys, time
from calendar_app.config import load
from calendar_app.cli.session import writing
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.operations import answer_files
from datetime import UTC, datetime
answer_files.AnswerFiles.after_commit = lambda *given: os._exit(9)
with writing(load()) as session:
    publishing.save(session, session.get_one(Event, int(sys.argv[1])), {"title": "停電"}, actor=None, at=datetime.now(UTC))
"""


class Town:
    """Two server processes, nginx in front of them, and somebody who saves in a third process, which is this one."""

    def __init__(self, settings: dict[str, str], engine: Engine, front: str, behind: str, files: Path) -> None:
        self.settings = settings
        self.engine = engine
        self.front = front
        self.behind = behind
        self.files = files
        self.readers: list[Reader] = []

    def reader(self, url: str) -> Reader:
        self.readers.append(Reader(url))
        return self.readers[-1]

    def act(self, change: Callable[[Session, datetime], object]) -> Any:
        with write_session(self.engine) as session:
            result = change(session, datetime.now(UTC))
            session.commit()
            return result

    def shown(self, name: str) -> Path:
        """Wait until a file is there that nginx may read."""
        deadline, behind = time.monotonic() + 60, self.reader(self.behind)
        while not (path := self.files / "live" / name).exists():
            assert time.monotonic() < deadline, f"{name} never became a file"
            behind.ask("/calendar.ics")
            time.sleep(0.1)
        return path


@pytest.fixture(scope="module")
def town(sqlite_template: Path) -> Iterator[Town]:
    program("nginx")
    with tempfile.TemporaryDirectory(prefix="calendar-front-") as name:
        Path(name).chmod(0o755)  # nginx's worker is another account
        with running(Path(name), sqlite_template) as made:
            yield made


@contextmanager
def running(folder: Path, template: Path) -> Iterator[Town]:
    files, proxy = folder / "files", folder / "proxy"
    proxy.mkdir(mode=0o755)
    settings = {
        "CALENDAR_DATABASE_URL": f"sqlite:///{copied(template, folder)}",
        "CALENDAR_BASE_URL": "https://calendar.example.jp",
        "CALENDAR_FILES": str(files),
        "CALENDAR_TRUSTED_PROXIES": "1",
    }
    engine, port = make_engine(settings["CALENDAR_DATABASE_URL"]), free_port()
    with (
        Server(folder / "one", settings, worker=False) as one,
        Server(folder / "two", settings, worker=False) as two,
        nginx(proxy, [one.port, two.port], port, files),
    ):
        answer_files.of(load(settings | {"CALENDAR_INSTANCE": str(folder / "three")}), time.time)
        made = Town(settings, engine, f"http://127.0.0.1:{port}", one.url, files)
        wait_for(made.reader(made.front))
        made.shown("-/calendar.ics")
        yield made
        for reader in made.readers:
            reader.close()
    engine.dispose()


def publish(session: Session, at: datetime, *, title: str = "夏まつり") -> int:
    start = (at + timedelta(days=30)).replace(tzinfo=None, microsecond=0).isoformat()
    values = {"title": title, "start": start, "timezone": "Asia/Tokyo", "tags": ["夏"], "department_id": 1}
    event = publishing.create(session, "event", values, actor=None, at=at)
    publishing.publish(session, event, actor=None, at=at)
    return int(event.id)


def retitle(session: Session, at: datetime, *, event: int, title: str) -> None:
    publishing.save(session, session.get_one(Event, event), {"title": title}, actor=None, at=at)


def test_a_file_says_what_the_program_says(town: Town) -> None:
    town.act(publish)
    front, behind = town.reader(town.front), town.reader(town.behind)
    for path in PAGES + FEEDS:
        for coding in ("identity", "gzip"):
            ours = behind.ask(path, Accept_Encoding=coding)
            theirs = front.ask(path, Accept_Encoding=coding)
            # nginx says so of plain files only.
            assert coding == "gzip" or theirs.headers.get("accept-ranges") == "bytes", f"{path} is no file"
            assert (theirs.status, theirs.body) == (ours.status, ours.body), path
            assert told(theirs.headers) == told(ours.headers), path
            for reader in (front, behind):
                assert reader.ask(path, Accept_Encoding=coding, If_None_Match=ours.headers["etag"]).status == 304
    assert told(front.ask("/subscribe").headers) == told(behind.ask("/subscribe").headers)


def told(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in OF_THE_WAY}


def test_what_is_no_file_reaches_the_program(town: Town) -> None:
    front = town.reader(town.front)
    assert front.ask("/nothing").status == 404
    assert front.ask("/feed").status == 301
    assert front.ask("/calendar.ics.gz").status == 404
    assert front.ask("/calendar/2027/04.html").status == 404
    assert front.ask("/calendar.ics?utm_source=x").status == 200
    assert front.ask("/calendar.ics?tag=/../../../index.db").status == 404
    assert front.ask("/staff/").status == 302


@pytest.mark.parametrize("edits", EDITS)
def test_many_saves_and_never_a_stale_answer(town: Town, edits: int) -> None:
    with ThreadPoolExecutor(2) as editors:
        read, from_files = zip(
            *editors.map(partial(read_after_saves, town, edits), ["盆踊り", "灯籠流し"]), strict=True
        )
    assert read == (0, 0)
    assert sum(from_files) > 0, "nginx never answered from a file"


def read_after_saves(town: Town, edits: int, name: str) -> tuple[int, int]:
    """Edit an event many times, each time reading what has just been saved, twice; count stale answers, and files."""
    event = town.act(partial(publish, title=name))
    with Session(town.engine) as session:
        path = session.get_one(Event, event).public_id
    addresses = (f"/events/{path}.ics", f"/events/{path}", "/calendar.ics?tag=夏", "/feed.atom")
    reader, stale, files, tags = town.reader(town.front), 0, 0, dict.fromkeys(addresses, '"none"')
    for number in range(edits // 2):
        title = f"{name} {number:05}"  # as long as the one before: an ETag of time and size must tell them apart
        town.act(partial(retitle, event=event, title=title))
        address = addresses[number % len(addresses)]
        for _ in range(2):
            answer = reader.ask(address, If_None_Match=tags[address])
            files += "accept-ranges" in answer.headers
            stale += (
                title.encode() not in answer.body.replace(b"\r\n ", b"")
                if answer.status == 200
                else answer.headers["etag"] == tags[address]
            )
        fresh = reader.ask(address)
        stale += title.encode() not in fresh.body.replace(b"\r\n ", b"")
        tags[address] = fresh.headers["etag"]
    return stale, files


def test_a_process_that_dies_between_commit_and_removal_leaves_nothing_stale(town: Town) -> None:
    event = town.act(partial(publish, title="落雷"))
    with Session(town.engine) as session:
        address = f"/events/{session.get_one(Event, event).public_id}.ics"
    front = town.reader(town.front)
    front.ask(address)
    town.shown(f"-{address}")
    died = subprocess.run(
        [sys.executable, "-c", DIES_IN_A_SAVE, str(event)],
        env=dict(town.settings, CALENDAR_INSTANCE=str(town.files.parent / "three")), check=False,
    )  # fmt: skip
    assert died.returncode == 9
    assert "停電".encode() in front.ask(address).body
    town.shown("-/calendar.ics")
    assert "停電".encode() in front.ask(address).body
