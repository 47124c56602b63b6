"""The command line: what an operator types, and what is answered when it cannot be done."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from calendar_app.cli.commands import COMMANDS, main
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Event, Site, User
from calendar_app.entries import publishing
from helpers.town import SAKURA


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CALENDAR_BASE_URL", "https://calendar.city.example.jp")

    def command(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, words, input=typed)

    return command


def session(folder: Path) -> Session:
    return write_session(make_engine(f"sqlite:///{folder}/calendar.db"))


def test_init_can_be_repeated_and_keeps_the_identity(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("init").exit_code == 0
    with session(tmp_path) as opened:
        assert opened.get_one(Site, 1).site_id == "calendar.city.example.jp"
        opened.get_one(Site, 1).site_id = "minted.once.example.jp"
        opened.commit()
    assert run("init").exit_code == 0
    with session(tmp_path) as opened:
        assert opened.get_one(Site, 1).site_id == "minted.once.example.jp"


def test_people_are_added_listed_and_given_new_passwords(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("init")
    password = "correct horse battery\n"
    added = run("user", "add", "Mayor@example.jp", "--name", "市長", "--admin", typed=password * 2)
    assert added.exit_code == 0, added.output
    assert "mayor@example.jp\t市長\tadmin" in run("user", "list").output
    assert run("user", "add", "mayor@example.jp", "--name", "市長", typed=password * 2).exit_code == 1
    with session(tmp_path) as opened:
        before = opened.query(User).one().password
    assert run("user", "password", "mayor@example.jp", typed=password * 2).exit_code == 0
    with session(tmp_path) as opened:
        assert opened.query(User).one().password != before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("user", "add", "a@example.jp", "--name", "A", "--password", "short"), "at least 10"),
        (
            ("user", "add", "a@example.jp", "--name", "A", "--department", "x", "--password", "amber crossing lamp"),
            "no department x",
        ),
        (("user", "password", "nobody@example.jp", "--password", "amber crossing lamp"), "nobody signs in"),
    ],
)
def test_what_cannot_be_done_is_said(run, words: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    run("init")
    answer = run(*words)
    assert answer.exit_code == 1
    assert says in answer.output


def test_wrong_setting_is_named_before_anything_is_done(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CALENDAR_TIMEZONE", "Tokyo")
    answer = run("init")
    assert answer.exit_code == 1
    assert "CALENDAR_TIMEZONE" in answer.output


def test_work_publishes_what_is_due(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("init")
    begun = datetime.now(UTC) - timedelta(minutes=10)
    with session(tmp_path) as opened:
        publishing.save_reference(opened, Department(), {"slug": "a", "name": "観光課"}, actor=None, at=begun)
        event = publishing.create(opened, "event", SAKURA | {"venue_id": None}, actor=None, at=begun)
        publishing.schedule(opened, event, begun + timedelta(minutes=5), actor=None, at=begun)
        opened.commit()
    assert "角館の桜まつり" in run("work", "--once").output
    with session(tmp_path) as opened:
        assert opened.query(Event).one().public


def test_demo_leaves_a_city_that_has_entries_alone(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("calendar_app.cli.demo.city.FOLDER", tmp_path)  # pictures and a year of records take long
    monkeypatch.setattr("calendar_app.cli.demo.records.plan", lambda *_given: None)
    run("init")
    assert run("demo").exit_code == 0
    assert run("demo").exit_code == 1
    again = run("demo", "--if-empty")
    assert again.exit_code == 0
    assert "demo sign-in" in again.output


def test_init_puts_into_the_index_what_is_not_there(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("init").exit_code == 0
    with session(tmp_path) as opened:
        opened.add(Department(slug="kanko", name="観光課"))
        opened.flush()
        publishing.create(
            opened, "announcement", {"title": "夜桜", "department_id": 1}, actor=None, at=datetime.now(UTC)
        )
        opened.execute(sa.text("DELETE FROM search_index"))
        opened.execute(sa.text("UPDATE search_state SET version = 0, digest = ''"))
        opened.commit()
    found = sa.text("SELECT count(*) FROM search_index")
    for command in (("init",), ("init",), ("init", "--reindex")):
        assert run(*command).exit_code == 0
        with session(tmp_path) as opened:
            assert opened.scalar(found) == 1


def test_help_needs_neither_the_database_nor_the_server() -> None:
    """In a process of its own: this one has imported everything."""
    script = (
        "import sys; from click.testing import CliRunner; from calendar_app.cli.commands import main\n"
        "print(CliRunner().invoke(main, ['--help']).output, *sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "Serve on HOST:PORT" in told
    assert not {"sqlalchemy", "alembic", "flask", "granian", "icalendar", "argon2"} & set(told.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_it_says_of_itself(name: str) -> None:
    *_, line = COMMANDS[name]
    command = main.get_command(click.Context(main), name)
    assert command
    assert command.name == name
    assert command.help == line


def test_a_mistyped_command_is_said(run) -> None:  # type: ignore[no-untyped-def]
    answer = run("innit")
    assert answer.exit_code == 2
    assert "No such command 'innit'" in answer.output
