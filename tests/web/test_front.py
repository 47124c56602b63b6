"""Which answers become files, by what name, and what happens to them at the moments that change answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calendar_app.db.engine import Newest
from calendar_app.operations.answer_files import AnswerFiles
from calendar_app.web.front import Front, file_name

NAMES = {
    "/": "-/index.html",
    "/calendar/": "-/calendar/index.html",
    "/calendar/2027/04": "-/calendar/2027/04.html",
    "/calendar.ics": "-/calendar.ics",
    "/calendar.ics?lang=en": "lang=en/calendar.ics",
    "/feed.atom?tag=%E6%A1%9C&lang=en": "tag=%E6%A1%9C&lang=en/feed.atom",
    "/tags/桜".encode().decode("latin-1"): "-/tags/桜.html",
    "/events.csv": "-/events.csv.html",
    "/a/../../b": None,
    "/..": None,
    "/./a": None,
    "//a": None,
    "/a\0b": None,
    "/\xff": None,
    "/calendar.ics?tag=a/b": None,
    "/search?q=a": None,
    "/feed.atom?kind=event&q=a": None,
    f"/feed.atom?tag={'a' * 200}": None,
    f"/tags/{'桜' * 90}".encode().decode("latin-1"): None,
}


@pytest.mark.parametrize("address", NAMES)
def test_every_address_has_one_safe_name_or_none(address: str) -> None:
    assert file_name(address) == NAMES[address]


def test_files_are_hidden_before_a_due_moment_and_the_work_is_done_at_it(tmp_path: Path) -> None:
    now = datetime(2027, 4, 15, 3, tzinfo=UTC)
    due: list[datetime | None] = [now + timedelta(seconds=30)]
    files = AnswerFiles(tmp_path / "files", 1000, lambda: now.timestamp())
    done: list[datetime] = []

    def do_due() -> None:
        done.append(now)
        due[0] = None

    front = Front(files, newest=lambda: Newest(1, due[0], ""), do_due=do_due, now=lambda: now, zone=UTC)
    seen = []
    for seconds in (0, 27, 1, 2, 0):
        now += timedelta(seconds=seconds)
        front.look()
        seen.append((files.live.exists(), len(done)))
    assert seen == [(True, 0), (True, 0), (False, 0), (False, 1), (True, 1)]
    files.index.close()


def test_files_are_hidden_before_midnight_even_without_a_database(tmp_path: Path) -> None:
    now, away = datetime(2027, 4, 15, 23, 59, tzinfo=UTC), False

    def newest() -> Newest:
        if away:
            raise ConnectionError
        return Newest(1, None, "")

    files = AnswerFiles(tmp_path / "files", 1000, lambda: now.timestamp())
    front = Front(files, newest=newest, do_due=lambda: None, now=lambda: now, zone=UTC)
    front.look()
    assert files.live.exists()
    now, away = now + timedelta(seconds=59), True
    with pytest.raises(ConnectionError):
        front.look()
    assert not files.live.exists()
    files.index.close()
