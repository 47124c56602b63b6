"""Kept pieces of feeds: used again across restarts, made anew by exactly what changes them, never missed."""

import shutil
import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.db.engine import sqlite
from calendar_app.db.models import Department, Event, Venue
from calendar_app.entries import publishing
from calendar_app.feeds import fragment_cache
from calendar_app.feeds.fragment_cache import FragmentKey, Fragments
from calendar_app.formats import ics
from calendar_app.text import countries
from helpers.town import NOW, STOPPED, announce

LATER = NOW + timedelta(hours=1)
TWO = [FragmentKey("a", "1"), FragmentKey("b", "1")]


class Renderer:
    """Says a name back, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, names: Iterable[str]) -> dict[str, bytes]:
        self.asked += names
        return {name: name.upper().encode() for name in names if name != "bad"}


@pytest.fixture
def render() -> Renderer:
    return Renderer()


def test_a_piece_is_rendered_once_and_outlives_a_restart(tmp_path: Path, render: Renderer) -> None:
    for _ in range(2):
        assert Fragments(tmp_path / "kept.db").get_or_render("ics/ja", "city", TWO, render) == [b"A", b"B"]
    assert render.asked == ["a", "b"]


@pytest.mark.parametrize(
    ("form", "about", "wanted", "made"),
    [
        ("ics/ja", "city", [FragmentKey("a", "2"), FragmentKey("b", "1")], ["a"]),
        ("ics/en", "city", TWO, ["a", "b"]),
        ("ics/ja", "renamed city", TWO, ["a", "b"]),
    ],
)
def test_only_what_changed_is_made_anew(
    tmp_path: Path, render: Renderer, form: str, about: str, wanted: list[FragmentKey], made: list[str]
) -> None:
    kept = Fragments(tmp_path / "kept.db")
    kept.get_or_render("ics/ja", "city", TWO, render)
    render.asked.clear()
    assert kept.get_or_render(form, about, wanted, render) == [b"A", b"B"]
    assert render.asked == made


def test_a_new_version_of_the_program_makes_all_anew(tmp_path: Path, render: Renderer) -> None:
    kept = Fragments(tmp_path / "kept.db")
    kept.get_or_render("ics/ja", "city", TWO, render)
    kept.renderer = "newer"
    kept.get_or_render("ics/ja", "city", TWO, render)
    assert render.asked == ["a", "b"] * 2


def test_one_that_cannot_be_rendered_leaves_the_others(tmp_path: Path, render: Renderer) -> None:
    assert Fragments(tmp_path / "kept.db").get_or_render("ics/ja", "", [FragmentKey("bad", "1"), *TWO], render) == [
        b"",
        b"A",
        b"B",
    ]


def test_a_spoiled_file_is_begun_afresh(tmp_path: Path, render: Renderer) -> None:
    path = tmp_path / "kept.db"
    path.write_bytes(b"this is no database" * 1000)
    for _ in range(2):
        assert Fragments(path).get_or_render("ics/ja", "city", TWO, render) == [b"A", b"B"]
    assert render.asked == ["a", "b"]


def test_a_file_that_is_held_for_a_moment_is_opened_after_it(
    tmp_path: Path, render: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragment_cache, "OPENING", 60.0)
    Fragments(tmp_path / "kept.db").get_or_render("ics/ja", "city", TWO, render)
    other = sqlite.connect(tmp_path / "kept.db", isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("UPDATE fragment SET body = body")
    threading.Timer(0.3, other.close).start()
    assert Fragments(tmp_path / "kept.db").get_or_render("ics/ja", "city", TWO, render) == [b"A", b"B"]
    assert render.asked == ["a", "b"], "nothing was rendered a second time"


def test_a_file_that_another_process_holds_is_left_alone(
    tmp_path: Path, render: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragment_cache, "OPENING", 0.1)
    kept = Fragments(tmp_path / "kept.db")
    kept.get_or_render("ics/ja", "city", TWO, render)
    kept = Fragments(tmp_path / "kept.db")
    with closing(sqlite.connect(tmp_path / "kept.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("UPDATE fragment SET body = 'held'")
        assert kept.get_or_render("ics/ja", "city", TWO, render) == [b"A", b"B"]
    assert render.asked == ["a", "b"] * 2


def test_a_place_that_cannot_be_written_costs_only_time(tmp_path: Path, render: Renderer) -> None:
    (tmp_path / "kept.db").mkdir()
    assert Fragments(tmp_path / "kept.db").get_or_render("ics/ja", "city", TWO, render) == [b"A", b"B"]


# In the application.


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the events whose VEVENTs were serialised."""
    titles: list[str] = []
    real = ics.vevents

    def noted(event: Any, lang: str, horizon: Any) -> bytes:
        titles.append(event.title)
        return real(event, lang, horizon)

    monkeypatch.setattr(ics, "vevents", noted)
    return titles


def town(write: Session, post: Any) -> tuple[Event, Event]:
    made = (
        post(write),
        post(write, title="花火大会", venue_id=None, department_id=2, start="2027-08-01T00:00:00", end=None),
    )
    write.commit()
    return made


def test_an_edit_renders_one_event_and_a_filter_none(
    client: FlaskClient, write: Session, post: Any, rendered: list[str]
) -> None:
    season, _ = town(write, post)
    client.get("/calendar.ics")
    assert sorted(rendered) == ["花火大会", "角館の桜まつり"]
    rendered.clear()
    assert "角館の桜まつり" in client.get("/calendar.ics?tag=桜").text
    assert rendered == []
    publishing.save(write, season, {"summary": "見ごろです"}, actor=None, at=NOW)
    write.commit()
    assert "見ごろです" in client.get("/calendar.ics").text
    assert rendered == ["角館の桜まつり"]


def test_what_is_shown_with_an_event_refreshes_exactly_it(
    client: FlaskClient, write: Session, post: Any, rendered: list[str]
) -> None:
    season, _ = town(write, post)
    for act, words, whose in [
        (lambda: announce(write, about_id=season.id, headline="満開"), "満開", "角館の桜まつり"),
        (lambda: renamed(write, Venue, "新しい堤"), "新しい堤", "角館の桜まつり"),
        (lambda: renamed(write, Department, "図書館", 2, "contact"), "図書館", "花火大会"),
    ]:
        client.get("/calendar.ics")
        rendered.clear()
        act()
        write.commit()
        assert words in client.get("/calendar.ics").text.replace("\r\n ", "")
        assert rendered == [whose]


def renamed(session: Session, model: type[Any], name: str, number: int = 1, field: str = "name") -> None:
    publishing.save_reference(session, session.get_one(model, number), {field: name}, actor=None, at=NOW)


def test_after_a_restart_the_same_bytes_without_rendering(
    app: Flask, config: Config, write: Session, post: Any, rendered: list[str]
) -> None:
    town(write, post)
    first = app.test_client().get("/calendar.ics").data
    rendered.clear()
    assert create_app(config).test_client().get("/calendar.ics").data == first
    assert rendered == []


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_the_log_is_put_together_from_kept_items(
    app: Flask, config: Config, write: Session, post: Any, form: str
) -> None:
    season, _ = town(write, post)
    first = app.test_client().get(f"/feed.{form}").data
    assert create_app(config).test_client().get(f"/feed.{form}").data == first
    publishing.cancel(write, season, "大雨のため", actor=None, at=NOW)
    write.commit()
    again = feedparser.parse(app.test_client().get(f"/feed.{form}").data)
    assert not again.bozo
    assert [one.title for one in again.entries] == ["【中止】角館の桜まつり", "花火大会", "【中止】角館の桜まつり"]


def test_a_series_sent_date_by_date_goes_on_with_the_window(
    app: Flask, config: Config, write: Session, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;UNTIL=20290331"
    post(write, start="2027-03-31T10:00:00", end="2027-03-31T12:00:00", all_day=False, rule=rule)
    write.commit()
    first = app.test_client().get("/calendar.ics").text
    assert "DTSTART;TZID=Asia/Tokyo:20270430T100000" in first
    assert ":20280731T100000" not in first
    monkeypatch.setattr("helpers.town.STOPPED", STOPPED + timedelta(days=400))
    assert ":20280731T100000" in create_app(config).test_client().get("/calendar.ics").text


@pytest.mark.parametrize("values", [{"about_id": 2}, {"about_id": None}, {"headline": ""}])
def test_a_status_line_that_leaves_a_season_leaves_its_calendar(
    client: FlaskClient, write: Session, post: Any, values: dict[str, Any]
) -> None:
    season, other = town(write, post)
    line = announce(write, about_id=season.id, headline="満開")
    publishing.save(write, other, {"tags": ["花火"]}, actor=None, at=NOW)
    write.commit()
    calendar = client.get("/calendar.ics?tag=桜")
    assert "満開" in calendar.text
    publishing.save(
        write, line, {name: other.id if value == 2 else value for name, value in values.items()}, actor=None, at=LATER
    )
    write.commit()
    after = client.get("/calendar.ics?tag=桜")
    assert "満開" not in after.text
    assert season.changed_at == LATER


@pytest.mark.parametrize(
    "source",
    [
        *("formats/ics.py", "entries/describe.py", "dates/recurrence.py", "text/labels.py", "db/models/entries.py"),
        *("feeds/items.py", "translations/ko/LC_MESSAGES/messages.po"),
    ],
)
def test_the_stamp_changes_with_every_byte_that_a_feed_is_made_by(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "calendar_app"
    left_out = shutil.ignore_patterns("static", "pictures", "*.json", "__pycache__")
    shutil.copytree(fragment_cache.SOURCES, copy, ignore=left_out)
    monkeypatch.setattr(fragment_cache, "SOURCES", copy)
    # Of what stands there now, without the one that is remembered.
    stamp = partial(fragment_cache.renderer.__wrapped__, countries.here())
    before = stamp()
    with (copy / source).open("ab") as file:
        file.write(b"#")
    assert stamp() != before
    assert len(before) == 16
