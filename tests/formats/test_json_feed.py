import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from calendar_app.dates.recurrence import Instance
from calendar_app.formats import EventItem, Feed, json_feed
from calendar_app.text.markup import clean
from helpers.feed_samples import (
    CANCELLED,
    CONCERT,
    HOSTILE,
    LOGS,
    MARKET,
    NO_END,
    PHOTO,
    SEASON,
    assert_golden,
    feed,
    item,
)


def read(log: Feed) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_feed.render(log))
    return document


def event_of(one: EventItem, instance: Instance | None = None) -> dict[str, Any]:
    said: dict[str, Any] = read(feed(item(one, instance=instance)))["items"][0]["_event"]
    return said


@pytest.mark.parametrize("name", LOGS)
def test_bytes_are_those_of_the_golden_file(name: str) -> None:
    assert_golden(f"{name}.json", json_feed.render(LOGS[name]))


def test_japanese_is_written_as_it_is() -> None:
    assert "仙北市民会館".encode() in json_feed.render(feed(item(CONCERT)))


def test_an_empty_value_is_left_out_but_never_the_items() -> None:
    document = read(feed(description="", icon_url=""))
    assert document["items"] == []
    assert not {"description", "icon"} & set(document)


def test_an_announcement_has_no_event() -> None:
    assert "_event" not in read(feed(item(None)))["items"][0]


def test_an_all_day_event_says_both_of_its_ends() -> None:
    said = event_of(SEASON)
    assert (said["start"], said["end"], said["end_exclusive"]) == ("2027-04-15", "2027-05-05", "2027-05-06")
    assert said["all_day"] is True


def test_an_unknown_end_is_not_invented() -> None:
    assert not {"end", "end_exclusive"} & set(event_of(NO_END))


def test_a_cancelled_event_says_why() -> None:
    said = event_of(CANCELLED)
    assert (said["status"], said["reason"]) == ("cancelled", "大雨の予報のため中止します。")
    assert (said["ical_uid"], said["sequence"]) == (CANCELLED.uid, 3)


def test_a_series_lists_the_dates_left_when_the_feed_last_changed() -> None:
    dates = event_of(MARKET)["occurrences"]
    assert [one["start"][5:10] for one in dates[:4]] == ["04-04", "04-11", "04-17", "04-25"]
    assert {"start": "2027-05-09T08:00:00+09:00", "status": "cancelled"}.items() <= dates[5].items()
    windowed = event_of(replace(MARKET, window=(date(2027, 5, 10), date(2027, 5, 20))))["occurrences"]
    assert [one["start"][5:10] for one in windowed] == ["05-16"]


def test_a_place_of_one_date_stands_before_that_of_the_series() -> None:
    moved = Instance(datetime(2027, 5, 16, 8), datetime(2027, 5, 16, 8), None, venue_id=7)
    assert event_of(MARKET, moved)["location"]["name"] == "仙北市民会館"
    assert event_of(MARKET)["location"] == {
        "name": "桧木内川堤",
        "address": "秋田県仙北市角館町",
        "lat": 39.59,
        "lon": 140.56,
    }


def test_pictures_and_the_calendar_file_are_attached() -> None:
    (one,) = read(feed(item(CONCERT, images=(PHOTO,))))["items"]
    assert one["image"] == PHOTO.url
    assert one["attachments"] == [
        {"url": f"{CONCERT.url}.ics", "mime_type": "text/calendar", "title": CONCERT.title},
        {"url": PHOTO.url, "mime_type": "image/jpeg", "title": PHOTO.alt, "size_in_bytes": 182345},
    ]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_arrives_cleaned(typed: str) -> None:
    one = replace(CONCERT, organizer=typed, reason=typed)
    document = read(feed(item(one, title=typed, lead=typed, text=typed, tags=(typed,)), title=typed, description=typed))
    assert document["title"][:90] == (clean(typed, lines=False)[:90] or "—")
    assert document["items"][0].get("summary", "") == clean(typed, lines=False)
    assert "<script>" not in document["items"][0]["content_html"]


def test_one_broken_item_is_left_out() -> None:
    broken = item(replace(CONCERT, timezone="Nowhere/Land"))
    assert len(read(feed(item(CANCELLED), broken))["items"]) == 1
