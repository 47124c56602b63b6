"""The doctor finds what is wrong, says what to do, and mends what can be made anew."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config, load
from calendar_app.db.engine import make_engine, sqlite, write_session
from calendar_app.db.models import Event, Photo
from calendar_app.operations import doctor, startup
from calendar_app.operations.doctor import Finding
from helpers.commands import run
from helpers.town import NOW, SITE_ID, published, settings


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Config:
    config = settings(tmp_path, database_url)
    startup.mark(config, SITE_ID)
    with write_session(make_engine(database_url)) as session:
        published(session)
        published(session, title="夜桜", rule="FREQ=DAILY;COUNT=3", end=None)
        session.commit()
    return config


def do(config: Config, statement: str) -> None:
    engine = make_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_town_in_order_has_no_fault_of_its_data(town: Config) -> None:
    engine = make_engine(town.database_url)
    found = [*doctor.integrity(engine), *doctor.permissions(town), *doctor.photos(town, engine)]
    found += [doctor.dates(engine), doctor.search(engine)]
    assert {finding.level for finding in found} == {"ok"}
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM occurrence WHERE event_id = 2", "the dates of 1 events"),
        ("UPDATE occurrence SET status = 'cancelled'", "the dates of 2 events"),
        ("UPDATE entry SET title = '別の題'", "search does not know 2 entries"),
        ("DELETE FROM search_state", "search does not know 2 entries"),
    ],
)
def test_what_is_derived_is_compared_and_mended(town: Config, statement: str, says: str) -> None:
    do(town, statement)
    for _ in range(2):  # to look changes nothing
        (fault,) = fault_of(derived(town), says)
        assert "doctor --mend" in fault.remedy
    assert any(finding.text.startswith(f"mended: {says}") for finding in derived(town, mend=NOW))
    assert [(finding.level, says in finding.text) for finding in derived(town)] == [("ok", False)] * 2


def derived(town: Config, *, mend: datetime | None = None) -> list[Finding]:
    engine = make_engine(town.database_url)
    findings = [doctor.dates(engine, mend=mend), doctor.search(engine, mend=mend)]
    engine.dispose()
    return findings


def test_the_command_says_every_fault_and_mends_it_when_told(town: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    do(town, "DELETE FROM occurrence WHERE event_id = 2")
    do(town, "DELETE FROM search_state")
    faults = ("the dates of 1 events", "search does not know 2 entries")
    found = run(town, monkeypatch, "doctor")
    assert (found.exit_code, "doctor --mend" in found.output) == (1, True)
    assert all(f"FAULT   {fault}" in found.output for fault in faults)
    mended = run(town, monkeypatch, "doctor", "--mend").output
    assert all(f"mended: {fault}" in mended for fault in faults)
    after = run(town, monkeypatch, "doctor").output
    assert not any(fault in after for fault in faults)


def test_a_server_that_runs_shows_what_was_mended(
    client: FlaskClient, config: Config, write: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup.mark(config, SITE_ID)
    published(write)
    write.execute(sa.text("DELETE FROM occurrence"))
    write.commit()
    assert "角館の桜まつり" not in client.get("/calendar/2027/04/20").text
    run(config, monkeypatch, "doctor", "--mend")
    assert "角館の桜まつり" in client.get("/calendar/2027/04/20").text


def test_history_changed_past_the_program_is_named(town: Config) -> None:
    engine = make_engine(town.database_url)
    assert doctor.history(engine, {}).level == "ok"
    assert doctor.history(engine, {2: "0" * 64}).text.startswith("revision 2 is not what was recorded")
    do(town, "UPDATE revision SET note = 'x' WHERE number = 3")
    found = doctor.history(engine, {})
    engine.dispose()
    assert (found.level, found.text[:11]) == ("fault", "revision 3 ")


def test_lost_and_orphaned_photos_are_named(town: Config) -> None:
    kept, lost, orphan = (letter * 24 for letter in "abc")
    with write_session(make_engine(town.database_url)) as session:
        for name in (kept, lost):
            sizes = {f"{name}-640.jpg": 4}
            session.add(Photo(name=name, width=640, height=1, sizes=sizes, uploaded_at=NOW, entry_id=1))
        session.commit()
    for name in (kept, orphan):
        (town.photos / name[:2]).mkdir()
        (town.photos / name[:2] / f"{name}-640.jpg").write_text("four")
    engine = make_engine(town.database_url)
    first, second = doctor.photos(town, engine)
    assert (first.level, lost in first.text, "backups/photos" in first.remedy) == ("fault", True, True)
    assert (second.level, orphan in second.text) == ("warning", True)
    engine.dispose()


def test_a_damaged_file_is_a_fault(config: Config) -> None:
    engine = make_engine(config.database_url)
    do(config, "PRAGMA wal_checkpoint(TRUNCATE)")
    file = startup.sqlite_file(config)
    assert file
    body = bytearray(file.read_bytes())
    for page in range(20, 40):
        body[page * 4096 + 8 : page * 4096 + 200] = b"\xff" * 192
    file.write_bytes(body)
    engine.dispose()
    assert any(finding.level == "fault" and "restore" in finding.remedy for finding in doctor.integrity(engine))


def test_old_and_missing_backups_are_faults(town: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of(doctor.keeping(town, at=datetime.now(UTC)), "backup is missing")
    assert run(town, monkeypatch, "backup").exit_code == 0
    assert not fault_of(doctor.keeping(town, at=datetime.now(UTC)), "backup")
    assert fault_of(doctor.keeping(town, at=datetime(2099, 1, 1, tzinfo=UTC)), "days old")


def fault_of(findings, words: str) -> list[Finding]:  # type: ignore[no-untyped-def]
    return [finding for finding in findings if finding.level == "fault" and words in finding.text]


def test_feeds_from_kept_fragments_are_compared_with_a_fresh_build(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_session(make_engine(config.database_url)) as session:
        published(session)
        session.commit()
    assert "feeds are what a fresh build gives" in run(config, monkeypatch, "doctor").output
    with sqlite.connect(config.instance / "fragments.db") as kept:
        kept.execute("UPDATE fragment SET body = CAST(replace(body, 'SUMMARY', 'SUMMARX') AS BLOB)")
    kept.close()
    found = run(config, monkeypatch, "doctor")
    assert "FAULT   feeds are not what a fresh build gives: /calendar.ics" in found.output
    assert "fragments.db" in found.output


def test_mail_that_nobody_answers_and_http_are_said(tmp_path: Path) -> None:
    given = {"INSTANCE": str(tmp_path), "MAIL_SERVER": "smtp://127.0.0.1:1", "BASE_URL": "http://calendar.example.jp"}
    config = load({f"CALENDAR_{name}": value for name, value in given.items()})
    assert doctor.mail_server(config).level == "fault"
    assert [finding.level for finding in doctor.settings(config, at=NOW)] == ["warning"]


def test_events_are_left_as_they_were(town: Config) -> None:
    engine = make_engine(town.database_url)
    doctor.dates(engine, mend=NOW)
    with write_session(engine) as session:
        assert [event.sequence for event in session.scalars(sa.select(Event))] == [0, 0]
    engine.dispose()
