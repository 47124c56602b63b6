"""Whatever is edited, an application that keeps fragments and answers says the same as one that keeps nothing."""

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import (
    Announcement,
    Category,
    Department,
    Entry,
    Event,
    Feedback,
    Photo,
    Revision,
    Tag,
    User,
    Venue,
)
from calendar_app.entries import due, publishing, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import answers, inbox
from calendar_app.listings import renames
from calendar_app.staff import undo
from helpers.cities import cache_of
from helpers.town import NOW, SAKURA, STOPPED, Clock, announce, attached, person, settings

LONG = int(os.environ.get("REPLAY_STEPS", "1000"))
WEEKLY = {"title": "朝市", "start": "2027-03-07T06:00:00", "end": "2027-03-07T08:00:00", "all_day": False}
WEEKLY |= {"rule": "FREQ=WEEKLY;COUNT=6", "tags": ["市", "仙北市"], "venue_id": None, "department_id": 2}
TAGS, HEADLINES, WORDS = ("桜", "市", "花火", "雪"), ("", "budding", "full_bloom", "満開"), ("春", "夏", "秋", "冬")
ALL_KEPT = ("/calendar.ics", "/calendar.ics?lang=en", "/feed.atom", "/feed.rss?lang=en")  # each fragment, at every step
KEPT = ("/calendar.ics", "/feed.atom", "/feed.rss")
FRESH = ("/feed.json", "/upcoming.atom", "/upcoming.json", "/upcoming.rss", "/deadlines.ics", "/deadlines.rss")
FRESH += ("/archive/2026.ics", "/events.csv", "/events-core.json")
FRESH += ("/api/v1/events", "/api/v1/announcements", "/api/v1/occurrences")
PAGES = (
    "/",
    "/calendar/2027/03",
    "/calendar/2027/04",
    "/announcements/",
    "/departments/kanko",
    "/departments/toshokan",
    "/agenda",
    *(f"/tags/{tag}" for tag in TAGS),
)
PAGES += (
    "/map",
    "/seasons",
    "/seasons/2027",
    "/archive/2026",
    "/deadlines",
    "/weekend",
    "/venues/1",
    "/search?q=春",
    "/press.txt",
)
PAGES += ("/sitemap.xml", "/embed", "/subscribe", "/departments/kanko/ask", "/paper/2027/03/list")
CHANCE = re.compile(rb'name="(?:csrf_token|token)"[^>]*')  # made anew for each reader of a form
FILTERS = ("", "department=kanko", "tag=桜", "lang=en", "tag=市&lang=en", "cancelled=drop", "category=festival")


class Town:
    """A city in which one random act after another is done."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance, self.at = session, random.Random(seed), STOPPED
        self.given: dict[str, Any] = {"actor": None, "at": NOW}
        publishing.save_reference(session, Venue(), {"name": "武家屋敷通り"}, **self.given)
        publishing.save_reference(session, Category(), {"slug": "market", "name": "市"}, **self.given)
        for values in (SAKURA | {"category_id": 1, "apply_deadline": "2027-03-20T12:00:00"}, SAKURA | WEEKLY):
            for _ in range(2):
                entry = publishing.create(session, "event", values, **self.given)
                publishing.publish(session, entry, **self.given)
        for headline in ("満開", "", "咲き始め"):
            announce(session, about_id=self.any(Event).id, headline=headline, tags=["桜"])
        for number, entry in enumerate(session.scalars(select(Entry).order_by(Entry.id))):
            session.add_all([_question(number, entry), _photo(number)])
        self.colleague = person(session)
        session.commit()

    def any(self, model: type[Any]) -> Any:
        return self.chance.choice(list(self.session.scalars(select(model).order_by(model.id))))

    @property
    def by_a_colleague(self) -> dict[str, Any]:
        return {"actor": self.session.get_one(User, self.colleague.id), "at": self.at}

    def step(self) -> str:
        """Do one act; its name. An act that the rules refuse changes nothing."""
        act = self.chance.choice(ACTS)
        self.at += timedelta(minutes=self.chance.choice([0, 1, 60, 900]))
        self.given = {"actor": None, "at": self.at}
        try:
            act(self)
            self.session.commit()
        except (Invalid, LookupError):
            self.session.rollback()
        return act.__name__


def _question(number: int, entry: Entry) -> Feedback:
    return Feedback(
        token=f"t{number}", kind="question", entry_id=entry.id, department_id=1, text="?", asked_at=NOW, due_at=NOW
    )


def _photo(number: int) -> Photo:
    name = f"{number:024x}"
    sizes = {f"{name}-{width}.jpg": 1000 + width for width in (320, 640)}
    return Photo(name=name, width=640, height=480, sizes=sizes, uploaded_at=NOW)


def edit(town: Town) -> None:
    word = town.chance.choice(WORDS)
    changes: list[dict[str, Any]] = [{"title": word}, {"summary": word}, {"body": word}]
    changes += [{"translations": {"en": {town.chance.choice(["title", "summary", "body"]): word}}}, {"contact": word}]
    changes += [{"photos": [{"id": town.any(Photo).id, "alt": word}]}, {"photos": []}]
    changes += [{"tags": town.chance.sample(TAGS, 2)}, {"department_id": town.chance.choice([1, 2])}]
    publishing.save(town.session, town.any(Entry), town.chance.choice(changes), **town.given)


def edit_event(town: Town) -> None:
    changes: list[dict[str, Any]] = [{"venue_id": town.chance.choice([None, 1, 2])}, {"facilities": {"parking": "yes"}}]
    changes += [{"category_id": town.chance.choice([None, 1, 2])}, {"previous_id": 1}, {"parent_id": 1}]
    changes += [{"apply_deadline": None}, {"fee": 0}, {"weather": town.chance.choice(WORDS)}, {"previous_id": None}]
    changes += [{"start": "2027-04-10T00:00:00"}, {"certainty": "tentative"}, {"online_url": "https://example.jp/"}]
    publishing.save(town.session, town.any(Event), town.chance.choice(changes), **town.given)


def edit_status_line(town: Town) -> None:
    soon = (town.at + timedelta(hours=town.chance.randint(1, 30))).isoformat()
    changes: list[dict[str, Any]] = [{"about_id": town.any(Event).id}, {"headline": town.chance.choice(HEADLINES)}]
    changes += [{"about_id": None}, {"valid_until": soon}, {"valid_until": None}, {"place": "駅前"}]
    changes += [{"importance": town.chance.choice(["normal", "emergency"])}, {"supersedes_id": None}]
    publishing.save(town.session, town.any(Announcement), town.chance.choice(changes), **town.given)


def replace_status_line(town: Town) -> None:
    """A newer announcement in the place of another, of the same season or of none."""
    about = town.chance.choice([None, town.any(Event).id])
    new = {"about_id": about, "headline": "散り始め" if about else "", "supersedes_id": town.any(Announcement).id}
    announce(town.session, at=town.at, **new)


def withdraw(town: Town) -> None:
    publishing.withdraw(town.session, town.any(Entry), "", **town.given)


def restore(town: Town) -> None:
    for entry in town.session.scalars(select(Entry).where(Entry.state == "withdrawn")):
        publishing.restore(town.session, entry, **town.given)


def cancel(town: Town) -> None:
    publishing.cancel(town.session, town.any(Event), "大雨", **town.given)


def go_ahead(town: Town) -> None:
    publishing.restore(town.session, town.any(Event), **town.given)


def change_date(town: Town) -> None:
    values: list[dict[str, Any]] = [{"status": "cancelled"}, {"note": "雨天決行"}, {"venue_id": 2}, {}]
    original = datetime(2027, 3, 7, 6) + timedelta(weeks=town.chance.randint(0, 5))
    series = town.chance.choice(list(town.session.scalars(select(Event).where(Event.rule != "").order_by(Event.id))))
    single_dates.change_date(town.session, series, original, town.chance.choice(values), **town.given)


def rename(town: Town) -> None:
    thing, word = town.any(town.chance.choice([Venue, Department, Category])), town.chance.choice(WORDS)
    new = f"{word}{thing.id}"  # no two departments have one name
    publishing.save_reference(town.session, thing, {town.chance.choice(["name", "name_en"]): new}, **town.given)


def change_facilities(town: Town) -> None:
    facilities = {"parking": town.chance.choice(["yes", "no"])}
    publishing.save_reference(town.session, town.any(Venue), {"facilities": facilities}, **town.given)


def rename_tag(town: Town) -> None:
    renames.rename_tag(town.session, town.any(Tag), town.chance.choice(TAGS), **town.given)


def answer(town: Town) -> None:
    answers.publish(town.session, town.any(Feedback), "いつ？", town.chance.choice(WORDS), **town.given)


def take_answer_off(town: Town) -> None:
    answers.withdraw(town.session, town.any(Feedback), **town.given)


def close_question(town: Town) -> None:
    inbox.set_state(town.session, town.any(Feedback), town.chance.choice(["closed", "spam"]), **town.by_a_colleague)


def forget(town: Town) -> None:
    inbox.forget_askers(town.session, 1, at=town.at)


def pass_on(town: Town) -> None:
    inbox.pass_on(town.session, town.any(Feedback), town.any(Department), "", **town.by_a_colleague)


def move_department(town: Town) -> None:
    renames.move_department(
        town.session, town.session.get_one(Department, 1), town.chance.choice(["kanko", "sanpo"]), **town.given
    )


def do_due(town: Town) -> None:
    due.run(town.session, at=town.at)


def take_back(town: Town) -> None:
    rows = town.session.scalars(select(Revision).order_by(Revision.number.desc()).limit(8)).all()
    undo.undo(town.session, town.chance.choice(rows), **town.given)


ACTS: list[Callable[[Town], None]] = [edit, edit_event, *[edit_status_line] * 3, replace_status_line, withdraw]
ACTS += [*[restore] * 2, cancel, go_ahead, change_date, rename, change_facilities, rename_tag, *[answer] * 2]
ACTS += [move_department, take_answer_off, close_question, forget, pass_on, do_due, *[take_back] * 2]


@pytest.fixture
def town_engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


def application(built: Flask, config: Config) -> Flask:
    """An application with a cache of its own; its fragments lie where its files are."""
    config.instance.mkdir(exist_ok=True)
    return attached(built, config)


def forgetful(built: Flask, config: Config) -> Flask:
    """One that keeps nothing: no answer fits into its cache, and a folder lies where its fragments would."""
    made = application(built, config)
    (config.instance / "fragments.db").mkdir(exist_ok=True)
    cache = cache_of(made)
    cache.kept.limit = cache.misses.limit = 0
    return made


def others(town: Town) -> list[str]:
    """The addresses of feeds in each filter, of pages, and of what lies there for each entry."""
    entries = town.session.execute(select(Entry.kind, Entry.public_id).order_by(Entry.id)).all()
    town.session.rollback()
    found = [f"{path}?{query}".rstrip("?") for path in (*KEPT, *FRESH) for query in FILTERS]
    found += [f"{path}{'&' if '?' in path else '?'}lang=en" for path in PAGES] + [*PAGES]
    found += [f"/{kind}s/{id_}{more}" for kind, id_ in entries for more in ("", "/ask", "?lang=en")]
    found += [f"/api/v1/{kind}s/{id_}" for kind, id_ in entries]
    events = [id_ for kind, id_ in entries if kind == "event"]
    return found + [f"/events/{id_}.ics" for id_ in events] + [f"/embed/events/{id_}" for id_ in events]


def said(client: FlaskClient, address: str) -> tuple[int, str, bytes]:
    response = client.get(address)
    return response.status_code, response.headers.get("Location", ""), CHANCE.sub(b"", response.data)


class Both:
    """The application that keeps and the one that forgets, over one database."""

    def __init__(self, built: Flask, folder: Path, database_url: str) -> None:
        self.built = built
        self.keeping, self.fresh = (settings(folder / name, database_url) for name in ("keeping", "fresh"))
        self.start("仙北市観光課")

    def start(self, publisher: str) -> None:
        """Start both again, with another setting; the fragments in their file are still there."""
        makers = ((application, self.keeping), (forgetful, self.fresh))
        self.clients = [make(self.built, replace(config, publisher=publisher)).test_client() for make, config in makers]

    def say(self, address: str) -> list[tuple[int, str, bytes]]:
        return [said(client, address) for client in self.clients]


@pytest.mark.parametrize(
    ("seed", "steps", "pages"), [(1, 24, 2), pytest.param(None, LONG, 12, marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_kept_answers_are_fresh(
    seed: int | None,
    steps: int,
    pages: int,
    built: Flask,
    town_engine: Engine,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = seed or int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {seed}")
    if steps < LONG and database_url.startswith("postgresql"):
        steps //= 3  # the same code under another database, which `make soak` looks at for as long
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setattr("calendar_app.feeds.fragment_cache.log.disabled", True)  # it warns of the folder each time
    both = Both(built, tmp_path, database_url)
    with write_session(town_engine) as session:
        town, acts, asked = Town(session, seed), ["began"], list[str]()
        for step in range(steps):
            monkeypatch.setattr("helpers.town.STOPPED", town.at)
            if step % 30 == 29:
                both.start(town.chance.choice(WORDS))
            if step % 8 == 0:  # asked again after each of some acts: what is kept from before must not be stale
                asked = town.chance.sample(others(town), pages)
            for address in [*ALL_KEPT, *asked]:
                kept, fresh = both.say(address)
                differing = {*kept[2].splitlines()} ^ {*fresh[2].splitlines()}
                assert kept == fresh, (seed, step, address, acts[-4:], differing)
            acts.append(town.step())
