"""What an address may ask for: read, written in one way, said in words; a wrong word is never the whole city."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.entries import publishing, single_dates
from calendar_app.listings.filters import BadFilter, keys, read_filter
from helpers.town import NOW, copied, published

SHOWS = ["/calendar.ics", "/feed.json", "/upcoming.json", "/events.csv", "/calendar/2027/04"]
SUNDAYS = {"start": "2027-04-04T08:00:00", "end": "2027-04-04T10:00:00", "all_day": False}
CHILDREN = {
    "title": "おはなし会",
    "audience": "小学生とその家族",
    "tags": ["子育て"],
    "department_id": 2,
    "venue_id": None,
}


@pytest.fixture(scope="module")
def city_of_two(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: nobody writes into it but into copies."""
    path = copied(sqlite_template, tmp_path_factory.mktemp("two"))
    engine = make_engine(f"sqlite:///{path}")
    with write_session(engine) as session:
        published(session)
        published(session, **CHILDREN, start="2027-04-20T00:00:00", end="2027-04-20T00:00:00")
        session.commit()
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    template = "city_of_two" if "two" in request.fixturenames else "sqlite_template"
    return f"sqlite:///{copied(request.getfixturevalue(template), tmp_path)}"


@pytest.fixture
def two() -> None:
    """For a test that asks for two events."""


@pytest.mark.parametrize("address", SHOWS)
@pytest.mark.parametrize(
    ("asked", "festival", "story"),
    [
        ("tag=桜", True, False),
        ("tag=桜&tag=子育て", True, True),
        ("tag=桜&tag=子育て&all=tag", False, False),
        ("tag=桜&tag=仙北市&all=tag", True, False),
        ("audience=小学生&audience=家族&all=audience", False, True),
        ("audience=小学生&audience=seniors&all=audience", False, False),
        ("tag=桜&all=audience", True, False),
        ("tag=桜&department=toshokan", False, False),
        ("tag=-桜", False, True),
        ("department=kanko", True, False),
        ("audience=小学生", False, True),
        ("audience=-小学生", True, False),
        ("venue=1", True, False),
        ("status=scheduled", True, True),
        ("kind=event", True, True),
        ("from=2027-04-21", True, False),
        ("to=2027-04-16", True, False),
        ("from=2027-04-16&to=2027-04-20", True, True),
        ("cancelled=drop", True, True),
        ("cancelled=mark&window=0-60", True, True),
        ("utm_source=x&fbclid=y", True, True),
    ],
)
def test_the_same_filter_chooses_the_same_events_everywhere(
    client: FlaskClient, two: None, address: str, asked: str, festival: bool, story: bool
) -> None:
    answer = client.get(f"{address}?{asked}")
    body = client.get(answer.headers.get("Location", f"{address}?{asked}")).get_data(as_text=True).replace("\r\n ", "")
    assert ("角館の桜まつり" in body, "おはなし会" in body) == (festival, story)


@pytest.mark.parametrize("address", [*SHOWS, "/deadlines", "/subscribe", "/announcements/"])
@pytest.mark.parametrize(
    "asked",
    [
        *("tag=無い", "department=nowhere", "category=x", "venue=9999", "venue=一", "status=happy", "kind=song"),
        *("audience=火星人", "from=yesterday", "from=2027-02-30", "to=2027-4-1", "from=2027-04-01&from=2027-04-02"),
        *(
            "cancelled=maybe",
            "tag=桜&all=color",
            "window=30",
            "window=1-99999",
            "window=-1-3",
            "window=0-30&window=0-60",
            "lang=fr",
        ),
    ],
)
def test_a_word_that_names_nothing_is_refused(client: FlaskClient, two: None, address: str, asked: str) -> None:
    assert client.get(f"{address}?{asked}").status_code in (400, 404)


def test_a_feed_says_its_filter_in_words(client: FlaskClient, two: None) -> None:
    feed = (
        client.get("/calendar.ics?tag=桜&department=kanko&from=2027-04-01").get_data(as_text=True).replace("\r\n ", "")
    )
    assert re.search("X-WR-CALNAME:.*#桜 観光課 2027年4月1日（木）から", feed)
    english = client.get("/feed.json?tag=桜&department=kanko&to=2027-04-30&lang=en").get_json()
    assert english["title"].endswith("#桜 Tourism to Fri 30 Apr 2027")


def test_values_that_must_all_hold_are_joined_in_words_and_kept_by_the_subscribe_page(
    client: FlaskClient, two: None
) -> None:
    assert client.get("/feed.json?tag=仙北市&tag=桜&all=tag").json["title"].endswith("#仙北市＋#桜")
    shown = client.get("/subscribe?tag=仙北市&tag=桜&all=tag").text
    assert 'name="all" value="tag" checked' in shown
    assert 'type="hidden" name="all"' not in shown
    assert "all=tag" in client.get("/subscribe?tag=仙北市&tag=桜&all=tag").text.partition('id="address"')[2]


def test_a_calendar_of_other_days_is_theirs(client: FlaskClient, write: Session, post: Any) -> None:
    post(write, title="昔の会", start="2020-05-01T00:00:00", end="2020-05-01T00:00:00")
    write.commit()
    assert "昔の会" not in client.get("/calendar.ics").text
    assert "昔の会" in client.get("/calendar.ics?from=2020-04-01&to=2021-03-31").text


def test_a_calendar_of_as_many_days_as_one_wants(client: FlaskClient, two: None) -> None:
    """Today is 1 March; the festival begins on 15 April, 45 days on, the reading is on the 20th."""
    for address in ("/calendar.ics", "/upcoming.json", "/events.csv", "/events-core.json"):
        near, far = (client.get(f"{address}?window=0-{days}").text for days in (44, 45))
        assert "角館の桜まつり" not in near
        assert "角館の桜まつり" in far


def test_what_is_cancelled_may_be_left_out(client: FlaskClient, write: Session, post: Any) -> None:
    weekly = post(write, title="朝市", rule="FREQ=WEEKLY;BYDAY=SU;COUNT=4", **SUNDAYS)
    single_dates.set_status(write, weekly, datetime(2027, 4, 11, 8), "cancelled", "", actor=None, at=NOW)
    publishing.cancel(write, post(write, title="花火"), "強風", actor=None, at=NOW)
    write.commit()
    marked, dropped = (client.get(f"/calendar.ics{query}").text for query in ("", "?cancelled=drop"))
    assert (marked.count("STATUS:CANCELLED"), dropped.count("STATUS:CANCELLED")) == (2, 0)
    assert "EXDATE;TZID=Asia/Tokyo:20270411T080000" in dropped
    assert "RECURRENCE-ID" not in dropped
    coming = [item["title"] for item in client.get("/upcoming.json?cancelled=drop").json["items"]]
    assert coming == ["朝市"] * 3


@pytest.mark.parametrize(
    ("sent", "one"),
    [
        ("tag=桜&tag=子育て", "tag=子育て&tag=桜"),
        ("department=kanko&tag=桜", "tag=桜&department=kanko"),
        ("tag=桜&tag=桜", "tag=桜"),
        ("tag=&department=kanko", "department=kanko"),
        ("lang=en&kind=event&utm_source=x", "kind=event&lang=en"),
        ("tag=", ""),
    ],
)
def test_another_spelling_leads_to_the_one(client: FlaskClient, two: None, sent: str, one: str) -> None:
    for address in ("/calendar.ics", "/", "/feed.atom"):
        answer = client.get(f"{address}?{sent}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"https://calendar.example.jp{address}" + (
            f"?{quote(one, '=&')}" if one else ""
        )
        assert client.get(answer.headers["Location"]).status_code == 200


def test_a_spelling_may_be_percent_encoded_as_one_likes(client: FlaskClient, two: None) -> None:
    assert client.get("/calendar.ics?tag=%e6%a1%9c").status_code == 200


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8)


@given(pairs=st.dictionaries(st.sampled_from([*keys()[:6], "unknown"]), st.lists(VALUES, max_size=3)))
def test_every_filter_has_one_spelling_and_reads_back(pairs: dict[str, list[str]]) -> None:
    wanted = read_filter(pairs)
    spelled = wanted.query()
    assert read_filter(parse_qs(spelled)) == wanted
    shuffled = {key: list(reversed(pairs[key])) for key in reversed(pairs)}
    assert read_filter(shuffled).query() == spelled
    assert "unknown" not in spelled


@given(text=st.text(max_size=12))
def test_a_day_is_a_day_or_refused(text: str) -> None:
    try:
        wanted = read_filter({"from": [text]})
    except BadFilter:
        return
    assert not text.strip("-") or wanted.day("from")
