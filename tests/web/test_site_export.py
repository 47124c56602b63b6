"""The public site as files: whole, then only what has changed; what answers no more goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.listings import queries
from calendar_app.web.site_export import exported_name
from helpers.commands import run
from helpers.town import NOW, SAKURA, announce


@pytest.fixture
def events(config: Config, write: Session) -> list[Event]:
    made = []
    for title in ("桜まつり", "雪まつり"):
        event = publishing.create(
            write, "event", SAKURA | {"title": title, "tags": [title], "end": None}, actor=None, at=NOW
        )
        publishing.publish(write, event, actor=None, at=NOW)
        made.append(event)
    write.commit()
    return made


def export(config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    done = run(config, monkeypatch, "export", str(folder), "--language", "en")
    assert done.exit_code == 0, done.output
    return done.output.splitlines()[-1]


def test_the_site_is_written_once_and_then_what_changes(
    config: Config, write: Session, events: list[Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site"
    live = folder / "live"
    first = export(config, folder, monkeypatch)
    one, other = (f"-/events/{event.public_id}" for event in events)
    write.commit()  # reading has taken the write lock
    for name in ("-/index.html", "lang=en/index.html", "-/calendar.ics", "-/feed.atom", "-/404.html", "-/static/app.css",
                 "-/events.csv", "-/sitemap.xml", "-/venues/1.html", f"{one}.html", f"{one}.ics", f"{one}.html.gz",
                 "tag=%E6%A1%9C%E3%81%BE%E3%81%A4%E3%82%8A/calendar.ics"):  # fmt: skip
        assert (live / name).exists(), name
    types = dict(line.split("\t") for line in (folder / "types.tsv").read_text().splitlines())
    assert types["live/-/calendar.ics"] == "text/calendar; charset=utf-8"
    assert types["live/-/static/app.css"] == "text/css"

    program_file = (live / "-/static/app.css").stat().st_ino
    publishing.save(write, events[0], {"title": "夜桜"}, actor=None, at=NOW + timedelta(days=1))
    publishing.withdraw(write, events[1], "", actor=None, at=NOW + timedelta(days=2))
    write.commit()
    second = export(config, folder, monkeypatch)
    assert 0 < int(second.split()[0]) < int(first.split()[0])
    assert (live / "-/static/app.css").stat().st_ino == program_file
    assert "夜桜" in (live / f"{one}.html").read_text()
    assert not list((live / "-/events").glob(f"{other.rpartition('/')[2]}*"))
    assert "雪まつり" not in (live / "-/calendar.ics").read_text()
    assert export(config, folder, monkeypatch).startswith("0 files written, 0 removed")


def test_what_programs_read_is_written_too(
    config: Config, write: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOG_ITEMS", 1)  # notices of an archive document
    announce(write, title="お知らせ7")
    numbers = [row.number for row in announce(write, title="避難指示", importance="emergency").revisions if row.public]
    write.commit()
    folder = tmp_path / "site"
    export(config, folder, monkeypatch)
    live = folder / "live/-"
    assert "お知らせ7<" in (live / "feed/archive/1.atom").read_text()
    assert "避難指示" in (live / f"alerts/{numbers[-1]}.cap").read_text()
    assert "/today.txt" in (live / "api/v1/openapi.json").read_text()
    assert "避難指示" in (live / "api/v1/today.txt").read_text()
    types = dict(line.split("\t") for line in (folder / "types.tsv").read_text().splitlines())
    assert types["live/-/catalog.jsonld"] == "application/ld+json; charset=utf-8"
    assert types[f"live/-/alerts/{numbers[-1]}.cap"] == "application/cap+xml; charset=utf-8"


def test_names_keep_their_extension() -> None:
    names = [
        exported_name(address)
        for address in ("/events.csv", "/a/b", "/", "/static/app.css", "/feed.atom?lang=en", "/..")
    ]
    assert names == ["-/events.csv", "-/a/b.html", "-/index.html", "-/static/app.css", "lang=en/feed.atom", None]
