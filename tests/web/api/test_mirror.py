"""A mirror that follows the changes holds what the town shows, and can prove that it has every change."""

import hashlib
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Department, Entry, Event, Tag, Venue
from calendar_app.entries import publishing, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.listings import renames
from helpers.town import NOW, announce, published

BASE = "https://calendar.example.jp"


class Mirror:
    """A program that knows only the API: it stores objects, removes tombstones, and checks the chain."""

    def __init__(self, client: FlaskClient, limit: int = 7) -> None:
        self.client, self.limit = client, limit
        self.number, self.hash = 0, ""
        self.objects: dict[tuple[str, Any], Any] = {}

    def follow(self) -> None:
        path = f"/api/v1/changes?since={self.number}&limit={self.limit}"
        while path:
            page = self.client.get(path).json
            for change in page["changes"]:
                self._check(change)
            for each in page["objects"]:
                self.objects[each["type"], each["object"]["id"]] = each["object"]
            for gone in page["tombstones"]:
                self.objects.pop((gone["type"], gone["id"]), None)
            path = (page["next"] or "").removeprefix(BASE)
        assert (self.number, self.hash) == (page["head"]["number"], page["head"]["hash"])

    def _check(self, change: Any) -> None:
        line = f"{change['number']} {change['at']} {change['kind']} {change['subject']}"
        expected = hashlib.sha256(f"{self.hash}\n{line}".encode()).hexdigest()
        assert change["hash"] == expected
        assert change["number"] > self.number
        self.number, self.hash = change["number"], expected

    def digest(self, kind: str) -> str:
        held = [value for (type_, _), value in sorted(self.objects.items(), key=str) if type_ == kind]
        return hashlib.sha256(json.dumps(held, ensure_ascii=False).encode()).hexdigest()


def whole(client: FlaskClient, resource: str) -> list[Any]:
    found, path = [], f"/api/v1/{resource}?limit=200"
    while path:
        page = client.get(path).json
        found += page["items"]
        path = (page["next"] or "").removeprefix(BASE)
    return found


def assert_same(mirror: Mirror, client: FlaskClient) -> None:
    """The mirror's entries are the town's, byte for byte by their hash."""
    for kind, resource in (("event", "events"), ("announcement", "announcements"), ("venue", "venues")):
        there = {(kind, each["id"]): each for each in whole(client, resource)}
        held = {key: value for key, value in mirror.objects.items() if key[0] == kind}
        assert held == there
        other = Mirror(client)
        other.objects = there
        assert mirror.digest(kind) == other.digest(kind)


def act(session: Session, dice: random.Random, number: int) -> None:
    """One random act of the desk."""
    at = NOW + timedelta(minutes=number)
    entries = list(session.scalars(select(Entry).order_by(Entry.id)))
    events = [entry for entry in entries if isinstance(entry, Event)]
    news = [entry for entry in entries if isinstance(entry, Announcement)]
    given: Any = {"actor": None, "at": at}
    entry, event = dice.choice(entries), dice.choice(events)
    tags = dice.sample(["桜", "雪", "祭り", "市"], 2)
    values = {"title": f"催し{number}", "tags": tags, "venue_id": dice.choice([None, 1])}
    season = {"parent_id": dice.choice(events).id, "previous_id": None}
    replaced = {"supersedes_id": dice.choice(news).id, "importance": dice.choice(["normal", "important", "emergency"])}
    live = {"title": f"開花{number}", "headline": dice.choice(["", "満開"]), "about_id": event.id}
    venue = {"name": f"会場{number}", "lat": 39.0, "lon": 140.0}
    acts: list[Any] = [
        lambda: published(session, **values, at=at),
        lambda: publishing.create(session, "event", {**published_values(), **values}, **given),
        lambda: announce(session, **live, at=at),
        lambda: announce(session, **live | replaced, at=at),
        lambda: announce(session, **live, valid_until=(at + timedelta(minutes=3)).isoformat(), at=at),
        lambda: publishing.save(session, entry, {"title": f"改題{number}", "tags": tags}, **given, note="訂正"),
        lambda: publishing.save(session, event, {"venue_id": values["venue_id"]}, **given),
        lambda: publishing.save(session, event, season, **given),
        lambda: publishing.save(session, dice.choice(news), {"about_id": event.id}, **given),
        lambda: publishing.cancel(session, event, "強風", **given),
        lambda: publishing.postpone(session, event, "大雪", **given),
        lambda: publishing.withdraw(session, entry, "誤り", **given),
        lambda: publishing.restore(session, entry, **given),
        lambda: publishing.publish(session, entry, **given) if entry.state == "draft" else None,
        lambda: publishing.save_reference(session, session.get_one(Venue, 1), venue, **given),
        lambda: publishing.save_reference(session, session.get_one(Department, 1), {"contact": str(number)}, **given),
        lambda: renames.rename_tag(
            session, dice.choice(list(session.scalars(select(Tag)))), dice.choice("桜雪市"), **given
        ),
        lambda: single_dates.set_status(session, event, event.occurrences[0].original, "cancelled", "雨", **given),
    ]
    try:
        dice.choice(acts)()
    except (Invalid, publishing.Gone, LookupError, ValueError):
        session.rollback()
    session.commit()


def published_values() -> dict[str, Any]:
    return {"start": "2027-04-15T10:00:00", "timezone": "Asia/Tokyo", "department_id": 1}


def walk(client: FlaskClient, session: Session, seed: int, acts: int, every: int) -> None:
    dice, mirror = random.Random(seed), Mirror(client)
    published(session)
    announce(session)
    session.commit()
    for number in range(acts):
        act(session, dice, number)
        if number % every == every - 1:
            mirror.follow()
            assert_same(mirror, client)
    late = Mirror(client, 500)
    late.follow()
    assert_same(late, client)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_a_mirror_holds_the_same_entries_as_the_town(client: FlaskClient, write: Session, seed: int) -> None:
    walk(client, write, seed, acts=60, every=15)


@pytest.mark.soak
def test_a_mirror_holds_the_same_entries_after_ten_thousand_acts(client: FlaskClient, write: Session) -> None:
    walk(client, write, 0, acts=10_000, every=500)


def test_a_withdrawn_entry_is_a_tombstone_and_a_restored_one_comes_back(client: FlaskClient, write: Session) -> None:
    event = published(write)
    write.commit()
    mirror = Mirror(client)
    mirror.follow()
    publishing.withdraw(write, event, "内部の理由", actor=None, at=NOW)
    write.commit()
    page = client.get(f"/api/v1/changes?since={mirror.number}").json
    assert page["tombstones"] == [{"type": "event", "id": event.public_id}]
    assert page["objects"] == []
    assert "内部の理由" not in str(page)
    mirror.follow()
    publishing.restore(write, event, actor=None, at=NOW)
    write.commit()
    mirror.follow()
    assert ("event", event.public_id) in mirror.objects


def test_drafts_leave_no_trace_in_the_changes(client: FlaskClient, write: Session) -> None:
    before = client.get("/api/v1/revisions").json
    publishing.create(write, "event", published_values() | {"title": "下書き"}, actor=None, at=NOW)
    write.commit()
    published(write)
    write.commit()
    after = client.get(f"/api/v1/revisions?since={before['head']['number']}").json
    assert [change["kind"] for change in after["changes"]] == ["published"]


def test_an_entry_comes_again_when_the_season_that_it_names_is_withdrawn(client: FlaskClient, write: Session) -> None:
    season = published(write)
    published(write, title="夜桜", parent_id=season.id)
    write.commit()
    mirror = Mirror(client)
    mirror.follow()
    publishing.withdraw(write, season, "", actor=None, at=NOW)
    write.commit()
    mirror.follow()
    assert_same(mirror, client)
