"""Answers kept as files: removed by what a save touches, hidden while it is committed, and never two under one ETag."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine
from calendar_app.entries import commits
from calendar_app.operations.answer_files import MARGIN, AnswerFiles

NOON, MIDNIGHT = 1_800_000_000.0, 1_800_040_000.0
CALENDAR, PAGE, HOME = "-/calendar.ics", "-/events/a.html", "-/index.html"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> Iterator[AnswerFiles]:
    made = AnswerFiles(tmp_path / "files", 10_000, clock)
    made.open("2027-01-15", MIDNIGHT)
    keep(made, CALENDAR, b"calendar", ["kind:event"])
    keep(made, PAGE, b"page", ["entry:1"])
    keep(made, HOME, b"home", None)
    yield made
    made.index.close()


def keep(
    files: AnswerFiles, name: str, body: bytes, shows: list[str] | None = None, *, right: bool = True
) -> int | None:
    return files.keep(name, {"": body, "gzip": b"packed"}, shows, lambda: right)


def shown(files: AnswerFiles) -> set[str]:
    return {
        str(path.relative_to(files.live)) for path in files.live.rglob("*") if path.is_file() and path.suffix != ".gz"
    }


def save(files: AnswerFiles, *touched: str) -> None:
    files.after_commit(files.before_commit(), touched)


def test_a_save_removes_what_it_touches_and_what_shows_everything(files: AnswerFiles) -> None:
    save(files, "entry:1")
    assert shown(files) == {CALENDAR}
    assert not list(files.live.rglob("a.html.gz"))
    save(files, "*")
    assert shown(files) == set()


def test_nothing_is_read_while_a_change_is_committed(files: AnswerFiles) -> None:
    begun = files.before_commit()
    assert shown(files) == set()
    files.after_commit(begun, ["tag:雪"])
    assert shown(files) == {CALENDAR, PAGE}


def test_after_a_commit_that_failed_nothing_is_kept(files: AnswerFiles) -> None:
    files.after_failure(files.before_commit())
    assert shown(files) == set()


def test_whoever_comes_after_a_process_that_died_in_a_save_gives_everything_up(files: AnswerFiles) -> None:
    files.live.rename(files.saving)
    files.open("2027-01-15", MIDNIGHT)
    assert shown(files) == set()


def test_an_answer_that_a_save_overtook_is_not_kept(files: AnswerFiles) -> None:
    assert keep(files, "-/late.html", b"late", right=False) is None
    assert "-/late.html" not in shown(files)


def test_the_time_of_an_address_rises_with_each_change_of_its_bytes_and_only_then(files: AnswerFiles) -> None:
    times = []
    for body in (b"page", b"egap", b"page", b"page"):
        save(files, "entry:1")
        times.append(keep(files, PAGE, body, ["entry:1"]))
    assert times == [NOON, NOON + 1, NOON + 2, NOON + 2]
    assert (files.live / PAGE).stat().st_mtime == NOON + 2


def test_nothing_is_shown_just_before_a_moment_that_changes_answers(files: AnswerFiles, clock: Clock) -> None:
    clock.now = MIDNIGHT - MARGIN
    save(files, "entry:1")
    assert shown(files) == set()
    files.open("2027-01-16", MIDNIGHT + 86400)
    assert shown(files) == set()
    keep(files, PAGE, b"tomorrow")
    assert shown(files) == {PAGE}
    files.close()
    assert shown(files) == set()
    files.open("2027-01-16", MIDNIGHT + 86400)
    assert shown(files) == {PAGE}


def test_the_disk_is_bounded(files: AnswerFiles) -> None:
    assert keep(files, "-/large.html", b"x" * 9_990) is None
    assert keep(files, "-/small.html", b"x" * 9_000) is not None
    save(files, "*")
    assert keep(files, "-/large.html", b"x" * 9_990) is not None


def test_a_damaged_index_is_begun_anew(files: AnswerFiles, clock: Clock) -> None:
    files.index.close()
    for path in files.folder.glob("index.db*"):
        path.write_bytes(b"no database" * 1000)
    again = AnswerFiles(files.folder, 10_000, clock)
    again.open("2027-01-15", MIDNIGHT)
    assert shown(again) == set()
    again.index.close()


def test_a_stopped_process_keeps_nobody_from_saving(files: AnswerFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_app.operations.answer_files.WAIT", 0.01)
    other = AnswerFiles(files.folder, 10_000, files.clock)
    with files._locked():
        save(other, "entry:1")
        assert shown(files) == set()
    other.index.close()


class Listening:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def before_commit(self) -> object:
        self.heard.append("before")
        return len(self.heard)

    def after_commit(self, begun: object, touched: object) -> None:
        self.heard.append(touched)

    def after_failure(self, begun: object) -> None:
        self.heard.append("failed")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Listening]]:
    monkeypatch.setattr(commits, "_keepers", {})
    keeper, url = Listening(), f"sqlite:///{tmp_path}/empty.db"
    commits.register(url, keeper)
    engine = make_engine(url)
    with Session(engine) as session:
        session.connection()
        yield session, keeper
    engine.dispose()


def test_keepers_hear_of_what_was_committed_and_of_nothing_else(database: tuple[Session, Listening]) -> None:
    session, keeper = database
    commits.note(session, ["entry:1"])
    with session.begin_nested():
        pass
    session.rollback()
    session.commit()
    assert keeper.heard == []
    commits.note(session, ["entry:2"])
    session.commit()
    session.commit()
    assert keeper.heard == ["before", {"entry:2"}]


def test_a_commit_that_fails_is_told(database: tuple[Session, Listening], monkeypatch: pytest.MonkeyPatch) -> None:
    session, keeper = database
    commits.note(session, ["entry:1"])
    with monkeypatch.context() as broken:
        broken.setattr("sqlalchemy.engine.Transaction.commit", _away)
        with pytest.raises(ConnectionError):
            session.commit()
    session.close()
    assert keeper.heard == ["before", "failed"]


def _away(*_: object) -> None:
    raise ConnectionError
