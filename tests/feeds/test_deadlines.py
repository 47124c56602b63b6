"""Application deadlines as dated things of their own: a list, a calendar, feeds. The clock stands at 1 March 2027."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.feeds import deadlines
from calendar_app.formats import ics_limits
from helpers.clients import SYNDICATED, shown, vevents
from helpers.town import NOW

Post = Callable[..., Event]
MARATHON: dict[str, Any] = {
    "title": "田沢湖マラソン",
    "translations": {"en": {"title": "Lake Tazawa Marathon"}},
    "start": "2027-09-19T09:30:00",
    "end": "2027-09-19T16:00:00",
    "all_day": False,
    "apply_start": "2027-03-15T00:00:00",
    "apply_deadline": "2027-03-26T17:00:00",
    "apply": "電話または窓口",
}
OPENS, CLOSES = "【申込開始】田沢湖マラソン", "【申込締切】田沢湖マラソン"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def marathon(write: Session, post: Post) -> Event:
    made = post(write, **MARATHON)
    post(write, title="締切のない催し")
    write.commit()
    return made


def calendar(client: FlaskClient) -> dict[str, Any]:
    """The deadlines by their title."""
    return {str(one["SUMMARY"]): one for one in vevents(client.get("/deadlines.ics").data)}


def change(session: Session, event: Event, **values: Any) -> None:
    publishing.save(session, event, values, actor=None, at=LATER)
    session.commit()


def test_what_opens_and_closes_is_found_in_order_of_time(session: Session, post: Post) -> None:
    post(session, **MARATHON)
    post(session, **MARATHON | {"title": "写生大会", "apply_start": None, "apply_deadline": "2027-03-26T00:00:00"})
    found = deadlines.between(session, date(2027, 3, 15), date(2027, 3, 26))
    assert [(one.event.title, one.kind, one.whole_day) for one in found] == [
        ("田沢湖マラソン", "opens", True),
        ("写生大会", "closes", True),
        ("田沢湖マラソン", "closes", False),
    ]
    assert [one.kind for one in deadlines.between(session, date(2027, 3, 16), date(2027, 3, 25))] == []
    assert deadlines.between(session, date.min, date.max) == found


def test_the_last_day_to_ask_for_help_is_an_item_too(client: FlaskClient, write: Session, post: Post) -> None:
    post(write, **MARATHON | {"facilities": {"signing": True}, "facilities_by": "2027-03-20T00:00:00"})
    write.commit()
    asked = calendar(client)["【支援の申込期限】田沢湖マラソン"]
    assert (asked["DTSTART"].dt, str(asked["UID"]).partition("@")[0][-14:]) == (date(2027, 3, 20), "-facilities-by")
    [item] = [one for one in client.get("/deadlines.json").json["items"] if "支援の申込期限" in one["title"]]
    assert "支援の申込は2027年3月20日（土）まで" in item["content_html"]
    page = client.get("/deadlines").text
    assert page.index("支援の申込期限") < page.index("申込締切</span>")


def test_a_full_calendar_leaves_out_what_is_furthest_from_today(
    client: FlaskClient, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ics_limits, "MAX_VEVENTS", 3)
    for day in ("2027-01-20", "2027-02-26", "2027-03-01", "2027-12-01"):
        post(write, **MARATHON | {"title": day, "apply_start": None, "apply_deadline": f"{day}T00:00:00"})
    write.commit()
    kept = [title.removeprefix("【申込締切】") for title in calendar(client)]
    assert kept == ["2027-02-26", "2027-03-01", "2027-12-01"]


def test_a_draft_has_no_deadline(session: Session) -> None:
    publishing.create(session, "event", MARATHON | {"timezone": "Asia/Tokyo", "department_id": 1}, actor=None, at=NOW)
    assert deadlines.between(session, date(2027, 3, 1), date(2027, 3, 31)) == []


def test_the_list_says_what_closes_and_what_opens_soon(client: FlaskClient, marathon: Event) -> None:
    page = client.get("/deadlines").text
    assert page.index("2027年3月26日（金）午後5時まで") < page.index("2027年3月15日（月）から")
    assert "あと25日" in page
    assert "14日後から" in page
    assert "締切のない催し" not in page
    english = client.get("/deadlines?lang=en").text
    assert "until Fri 26 Mar 2027, 17:00" in english
    assert "25 days left" in english
    assert "Lake Tazawa Marathon" in english


@pytest.mark.parametrize(
    ("deadline", "said", "english"),
    [
        ("2027-03-01T00:00:00", "今日まで", "closes today"),
        ("2027-03-02T00:00:00", "明日まで", "closes tomorrow"),
        ("2027-03-04T00:00:00", "あと3日", "3 days left"),
    ],
)
def test_a_deadline_without_a_time_is_the_whole_of_its_day(
    client: FlaskClient, write: Session, post: Post, deadline: str, said: str, english: str
) -> None:
    post(write, **MARATHON | {"apply_start": None, "apply_deadline": deadline})
    write.commit()
    page = client.get("/deadlines").text
    assert said in page
    assert "午前0時" not in page
    assert english in client.get("/deadlines?lang=en").text
    (one,) = calendar(client).values()
    assert one["DTSTART"].dt == date.fromisoformat(deadline[:10])
    assert one["DTEND"].dt - one["DTSTART"].dt == timedelta(days=1)


def test_what_has_closed_or_is_far_away_is_not_soon(client: FlaskClient, write: Session, post: Post) -> None:
    for title, day in [("昨日まで", "2027-02-28"), ("三十日後", "2027-03-31"), ("その先", "2027-04-01")]:
        post(write, **MARATHON | {"title": title, "apply_start": None, "apply_deadline": f"{day}T00:00:00"})
    write.commit()
    page = client.get("/deadlines").text
    assert [title in page for title in ("昨日まで", "三十日後", "その先")] == [False, True, False]
    assert len(calendar(client)) == 3


def test_every_calendar_program_reads_the_deadlines(client: FlaskClient, marathon: Event) -> None:
    titles = {OPENS: date(2027, 3, 15), CLOSES: "03-26 16:30"}
    for program, events in shown(client.get("/deadlines.ics").data).items():
        starts = [f"{one.start:%m-%d %H:%M}" if isinstance(one.start, datetime) else one.start for one in events]
        assert dict(zip([one.title for one in events], starts, strict=True)) == titles, program
        assert {one.status for one in events} == {"CONFIRMED"}


def test_a_deadline_in_a_calendar_takes_nobodys_time_and_is_no_part_of_the_event(
    client: FlaskClient, marathon: Event
) -> None:
    found = calendar(client)
    closes = found[CLOSES]
    assert f"{closes['DTSTART'].dt:%H:%M}–{closes['DTEND'].dt:%H:%M}" == "16:30–17:00"
    assert [one["TRANSP"] for one in found.values()] == ["TRANSPARENT", "TRANSPARENT"]
    assert "LOCATION" not in closes
    assert "申込締切" in closes["CATEGORIES"].cats
    assert "申込は2027年3月26日（金）午後5時まで。催しは2027年9月19日（日）" in closes["DESCRIPTION"]
    assert "電話または窓口" in closes["DESCRIPTION"]
    assert closes["URL"].endswith(f"/events/{marathon.public_id}")
    local, _, authority = marathon.uid.partition("@")
    assert [str(one["UID"]) for one in found.values()] == [
        f"{local}-apply-start@{authority}",
        f"{local}-deadline@{authority}",
    ]


def test_an_extended_deadline_moves_in_place_and_is_a_new_item(
    client: FlaskClient, write: Session, marathon: Event
) -> None:
    before, items = calendar(client)[CLOSES], ids(client, "atom")
    change(write, marathon, apply_deadline="2027-03-31T17:00:00")
    after = calendar(client)[CLOSES]
    assert after["UID"] == before["UID"]
    assert after["DTEND"].dt.day == 31
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert len(set(ids(client, "atom")) - set(items)) == 1
    assert len(ids(client, "atom")) == 2


def test_another_text_makes_no_new_item(client: FlaskClient, write: Session, marathon: Event) -> None:
    items = ids(client, "atom")
    change(write, marathon, summary="湖畔を走ります。")
    assert ids(client, "atom") == items


@pytest.mark.parametrize("verb", [publishing.cancel, publishing.postpone, publishing.withdraw])
def test_what_does_not_take_place_closes_nothing(
    client: FlaskClient, write: Session, marathon: Event, verb: Any
) -> None:
    verb(write, marathon, "台風のため", actor=None, at=LATER)
    write.commit()
    assert calendar(client) == {}
    assert ids(client, "json") == []
    assert "田沢湖マラソン" not in client.get("/deadlines").text


def test_a_full_event_says_so_before_somebody_applies(client: FlaskClient, write: Session, marathon: Event) -> None:
    publishing.mark(write, marathon, "full", "定員に達しました", actor=None, at=LATER)
    write.commit()
    assert f"【満席】{CLOSES}" in calendar(client)
    assert f"【満席】{CLOSES}" in titles(client, "rss")
    assert "満席" in client.get("/deadlines").text


def test_each_feed_says_the_same(client: FlaskClient, marathon: Event) -> None:
    for form in SYNDICATED:
        assert titles(client, form) == [OPENS, CLOSES]
    assert len({tuple(ids(client, form)) for form in SYNDICATED}) == 1
    feed = json.loads(client.get("/deadlines.json").data)
    assert feed["title"].endswith("締切間近")
    assert feed["home_page_url"] == "https://calendar.example.jp/deadlines"
    assert feed["items"][1]["content_text"].startswith("申込は2027年3月26日（金）午後5時まで。催しは")
    english = json.loads(client.get("/deadlines.json?lang=en").data)
    assert english["title"].endswith("Closing soon")
    assert english["items"][1]["title"] == "[Applications close] Lake Tazawa Marathon"


def test_an_item_is_dated_by_the_day_on_which_it_came_near(client: FlaskClient, write: Session, post: Post) -> None:
    """Readers sort by that: a deadline must not appear below what was published months ago."""
    post(write, **MARATHON, at=NOW - timedelta(days=90))
    write.commit()
    entries = feedparser.parse(client.get("/deadlines.atom").data).entries
    assert [one.updated for one in entries] == ["2027-02-12T15:00:00Z", "2027-02-23T15:00:00Z"]


def test_a_filter_works_on_deadlines_too(client: FlaskClient, marathon: Event) -> None:
    page = client.get("/deadlines?department=kanko").text
    assert "田沢湖マラソン" in page
    assert "https://calendar.example.jp/deadlines.ics?department=kanko" in page
    assert "田沢湖マラソン" not in client.get("/deadlines?department=toshokan").text
    for path in ("/deadlines", "/deadlines.ics", "/deadlines.atom"):
        assert client.get(f"{path}?department=nowhere").status_code == 404
    assert vevents(client.get("/deadlines.ics?department=toshokan").data) == []


def test_the_day_shows_what_opens_and_closes_on_it(client: FlaskClient, marathon: Event) -> None:
    assert "午後5時まで" in client.get("/calendar/2027/03/26").text
    assert "午後5時まで" not in client.get("/calendar/2027/03/25").text


def ids(client: FlaskClient, form: str) -> list[str]:
    return [str(one["id"]) for one in entries(client, form)]


def titles(client: FlaskClient, form: str) -> list[str]:
    return [str(one["title"]) for one in entries(client, form)]


def entries(client: FlaskClient, form: str) -> list[Any]:
    body = client.get(f"/deadlines.{form}").data
    if form == "json":
        return list(json.loads(body)["items"])
    feed = feedparser.parse(body)
    assert not feed.bozo
    return list(feed.entries)
