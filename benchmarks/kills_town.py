"""The town of `benchmarks.kills`: made, signed in to, compared with what its writers remember, and asked afresh."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calendar_app import build
from calendar_app.accounts import sessions
from calendar_app.config import Config, load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event, User
from calendar_app.operations import doctor
from helpers.town import attached, person, set_up

if TYPE_CHECKING:
    from benchmarks.kills_writers import Writer

SECRET = "of this session"
TITLE = re.compile(r"(祭り|催し) (\d+)-(?:(\d+)-)?(\d+)$")
Found = Iterator[tuple[str, str]]  # "lost" or "half", and what


def make(folder: Path, url: str, people: int) -> Config:
    """A town with so many colleagues in one department."""
    folder.mkdir(exist_ok=True)
    set_up(url)
    engine = make_engine(url)
    with write_session(engine) as session:
        for number in range(people):
            person(session, f"p{number}@example.jp")
        session.commit()
    engine.dispose()
    return load(
        {
            "CALENDAR_INSTANCE": str(folder),
            "CALENDAR_DATABASE_URL": url,
            "CALENDAR_BASE_URL": "http://calendar.example.jp",
            "CALENDAR_SECRET_KEY": "only for this soak",
            "CALENDAR_FILES": str(folder / "ready"),
        }
    )


@cache
def _built(config: Config) -> Flask:
    return build(config)


def signed_in(config: Config, number: int) -> tuple[str, str]:
    """The cookie of a colleague who has signed in, and the token for forms."""
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        user = session.scalars(select(User).where(User.email == f"p{number}@example.jp")).one()
        key = sessions.begin(session, user, device="", at=datetime.now(UTC))
        session.commit()
    engine.dispose()
    app = _built(config)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"key": key, "csrf_token": SECRET})
    token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(SECRET)
    return f"{app.config['SESSION_COOKIE_NAME']}={cookie}", str(token)


def look(config: Config, writers: Sequence["Writer"]) -> Found:
    """Compare and examine, over connections of its own: SQLite's check of a search index trusts what a connection read before."""
    engine = make_engine(config.database_url)
    yield from compare(engine, writers)
    yield from examine(engine)
    engine.dispose()


def compare(engine: Engine, writers: Sequence["Writer"]) -> Found:
    """Say which answered saves are not there, and which entries are of no single save. What is there counts as answered."""
    from benchmarks.kills_writers import day_of

    with Session(engine) as session:
        rows = session.execute(select(Event.public_id, Event.title, Event.start)).all()
    there: dict[str, int] = {}
    imported: dict[tuple[int, int], list[int]] = {}
    for public_id, title, start in rows:
        match = TITLE.match(title)
        if not match or start is None or start.date() != day_of(int(match[4])):
            yield "half", f"{public_id}: {title} on {start}"
            continue
        there[public_id] = int(match[4])
        if match[3]:
            imported.setdefault((int(match[2]), int(match[3])), []).append(int(match[4]))
    for writer in writers:
        yield from _of_writer(writer, there)
        yield from _of_imports(writer, imported)


def missing(config: Config, answered: dict[str, int]) -> Iterator[str]:
    """Say which entries of a restored town are older than what was answered before the backup began."""
    engine = make_engine(config.database_url)
    with Session(engine) as session:
        titles = {event.public_id: event.title for event in session.scalars(select(Event))}
    engine.dispose()
    for public_id, number in answered.items():
        match = TITLE.match(titles.get(public_id, ""))
        if not match or int(match[4]) < number:
            yield f"{public_id}: {titles.get(public_id)}, answered {number}"


def _of_writer(writer: "Writer", there: dict[str, int]) -> Found:
    for public_id, kept in writer.entries.items():
        found = there.get(public_id, -1)
        if found not in (kept.answered, kept.sent):
            yield "lost", f"{public_id} is of save {found}, answered {kept.answered}, sent {kept.sent}"
        kept.answered = kept.sent = found


def _of_imports(writer: "Writer", imported: dict[tuple[int, int], list[int]]) -> Found:
    """Rows of an import that broke off may be of the file before; each row is of one file, and is there once."""
    kept = writer.imported
    for (number, place), saves in imported.items():
        if number == writer.number:
            if len(saves) > 1:
                yield "half", f"row {place} of {number} is there {len(saves)} times"
            if not kept.answered <= saves[0] <= kept.sent:
                yield "lost", f"row {place} of {number} is of file {saves[0]}, answered {kept.answered}"


def examine(engine: Engine) -> Found:
    """What `doctor` finds in the database."""
    findings = [*doctor.integrity(engine), doctor.history(engine, {}), doctor.dates(engine), doctor.search(engine)]
    for finding in findings:
        if finding.level == "fault":
            yield "half", finding.text


def answers(config: Config, folder: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """What an application that has kept nothing, and keeps it in an empty folder, says of the same database."""
    app = attached(_built(config), replace(config, instance=folder, files=""))
    try:
        client = app.test_client()
        return {path: client.get(path).data for path in paths}
    finally:
        app.extensions["calendar_engine"].dispose()


def ready_answer(config: Config, path: str) -> bytes | None:
    """The file from which a web server in front would answer; none while the folder is not shown."""
    name = path if path.rpartition(".")[2] in ("ics", "atom", "rss", "json") else f"{path}.html"
    file = Path(config.files) / "live" / "-" / name[1:]
    return file.read_bytes() if file.is_file() else None
