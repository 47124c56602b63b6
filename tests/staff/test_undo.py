"""Whatever is done at the desk, one press takes it back, and pages, calendars and feeds are right again."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from lxml import etree
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, User
from calendar_app.staff import batch_jobs
from calendar_app.staff import undo as staff_undo
from calendar_app.text.labels import NOTICE_MARKS
from helpers.import_samples import calendar, event
from helpers.staff_desk import NEW, TYPED, entry, every, publish, send, signed_in, value
from helpers.town import person

ATOM = "{http://www.w3.org/2005/Atom}"
MARKET = {
    "title": "朝市",
    "start_date": "2027-04-04",
    "end_date": "",
    "all_day": "",
    "start_time": "8:00",
    "end_time": "10:00",
    "repeats": "weekly",
    "weekdays": ["6"],
    "until": "2027-05-02",
}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_jobs, "PAUSE", 0)


def shown(client: FlaskClient) -> list[tuple[str, str, str, str]]:
    """What a subscriber's calendar shows: title, start, status, place of every event and changed date."""
    found = Calendar.from_ical(client.get("/calendar.ics").text).walk("VEVENT")
    names = ("SUMMARY", "STATUS", "LOCATION")
    said = [(*(str(one.get(name, "")) for name in names), one["DTSTART"].dt.isoformat()) for one in found]
    return sorted((title, start, status, place) for title, status, place, start in said)


def news(client: FlaskClient) -> list[str]:
    """The titles of the Atom feed, newest first."""
    root = etree.fromstring(client.get("/feed.atom").data)
    return [one.findtext(f"{ATOM}title") or "" for one in root.iter(f"{ATOM}entry")]


def undo(desk: FlaskClient, page: str) -> None:
    """Press the Undo that stands on a page."""
    text = desk.get(page).text
    form = re.search(r'action="(/staff/bulk/[^"]+/undo)">.*?name="back"\s+value="([^"]*)"', text, re.DOTALL)
    assert form, page
    assert send(desk, form[1], {"back": form[2]}, page=page).status_code == 303


def of(public_id: str) -> str:
    return f"/staff/entries/{public_id}"


def test_a_publication_is_taken_back(desk: FlaskClient, client: FlaskClient) -> None:
    public_id = publish(desk)
    assert len(shown(client)) == 1
    undo(desk, of(public_id))
    assert client.get(f"/events/{public_id}").status_code == 410
    assert shown(client) == []
    assert news(client) == []
    undo(desk, of(public_id))  # an undo is an act like any other
    assert client.get(f"/events/{public_id}").status_code == 200
    assert news(client) == ["角館の桜まつり"]


def test_an_edit_of_dates_and_words_is_taken_back(desk: FlaskClient, client: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    was, sequence = shown(client), entry(town, public_id).sequence
    changed = {"title": "桜まつり", "start_date": "2027-04-20", "venue_id": "", "note": "開花が遅れるため"}
    form = TYPED | changed | {"version": str(entry(town, public_id).version)}
    assert send(desk, f"{of(public_id)}/edit", form).status_code == 303
    assert shown(client) != was
    undo(desk, of(public_id))
    assert shown(client) == was
    page = client.get(f"/events/{public_id}").text
    assert "角館の桜まつり" in page
    assert "桧木内川堤" in page
    assert entry(town, public_id).sequence >= sequence + 2  # calendars take only what is newer
    assert entry(town, public_id).status == "scheduled"


@pytest.mark.parametrize("verb", ["cancel", "postpone", "full"])
def test_a_status_is_taken_back(desk: FlaskClient, client: FlaskClient, verb: str) -> None:
    public_id = publish(desk)
    was = shown(client)
    send(desk, f"{of(public_id)}/{verb}", {"reason": "大雪のため"}, page=f"{of(public_id)}/status")
    assert shown(client) != was
    assert "大雪のため" in client.get(f"/events/{public_id}").text
    undo(desk, of(public_id))
    assert shown(client) == was
    assert news(client)[0].startswith("【開催】")


def test_a_withdrawal_is_taken_back(desk: FlaskClient, client: FlaskClient) -> None:
    public_id = publish(desk)
    was = shown(client), news(client)
    send(desk, f"{of(public_id)}/withdraw", {"reason": "まちがい"}, page=f"{of(public_id)}/status")
    assert (shown(client), news(client)) == ([], [])
    undo(desk, of(public_id))
    assert (shown(client), news(client)) == was


def test_one_date_that_was_cancelled_goes_ahead_again(desk: FlaskClient, client: FlaskClient) -> None:
    public_id = publish(desk, **MARKET)
    was, path = shown(client), f"{of(public_id)}/dates/20270411T0800"
    typed = {name: value(desk.get(path).text, name) for name in ("version", "start_date", "start_time", "end_time")}
    answer = send(desk, path, typed | {"action": "cancel", "note": "大雪のため"})
    assert answer.status_code == 303, answer.text
    assert any("中止" in title for title, *_ in shown(client))
    undo(desk, answer.headers["Location"])
    assert shown(client) == was
    assert news(client)[0] == "【開催】朝市（4月11日（日））"
    assert "EventCancelled" not in client.get(f"/events/{public_id}").text


def test_many_dates_that_were_cancelled_go_ahead_again(desk: FlaskClient, client: FlaskClient) -> None:
    publish(desk, **MARKET)
    lecture = publish(desk, **MARKET | {"title": "講演会", "repeats": "", "start_date": "2027-04-11"})
    was, storm = shown(client), "/staff/bulk?first=2027-04-11&last=2027-04-18"
    ticks = re.findall(r'name="date" value="([^"]+)"', desk.get(storm).text)
    form = {"first": "2027-04-11", "last": "2027-04-18", "date": ticks, "reason": "暴風のため"}
    answer = send(desk, "/staff/bulk", form, page=storm)
    assert sum("中止" in title for title, *_ in shown(client)) == 3
    undo(desk, answer.headers["Location"])
    assert shown(client) == was
    assert sum(title.startswith("【開催】") for title in news(client)) == 3
    assert "EventCancelled" not in client.get(f"/events/{lecture}").text


def test_an_import_is_taken_back(desk: FlaskClient, client: FlaskClient) -> None:
    publish(desk)
    was = shown(client), news(client)
    file = calendar(*(event(f"UID:{n}", f"SUMMARY:演奏会{n}", f"DTSTART:2027041{n}T090000Z") for n in range(1, 4)))
    given: Any = {"file": (io.BytesIO(file.encode()), "concerts.ics")}
    preview = send(desk, "/staff/import", given).headers["Location"]
    form = {"source": "市民会館", "department": "1", "row": ["1", "2", "3"]}
    answer = send(desk, preview.partition("?")[0], form, page=preview)
    assert len(shown(client)) == 4
    undo(desk, answer.headers["Location"])
    assert (shown(client), news(client)) == was


def test_handing_over_is_taken_back_and_no_feed_has_moved(
    desk: FlaskClient, client: FlaskClient, write: Session, town: Session
) -> None:
    person(write, "other@example.jp")
    write.commit()
    public_id = publish(desk)
    feeds = [client.get(path).headers["ETag"] for path in ("/calendar.ics", "/feed.atom")]
    me, taker = (next(one for one in every(town, User) if one.email.startswith(name)) for name in ("staff", "other"))
    form = {"person": str(me.id), "to": str(taker.id), "entry": [public_id]}
    answer = send(desk, "/staff/handover", form)
    assert entry(town, public_id).owner_id == taker.id
    undo(desk, answer.headers["Location"])
    assert entry(town, public_id).owner_id is None
    assert [client.get(path).headers["ETag"] for path in ("/calendar.ics", "/feed.atom")] == feeds


@pytest.mark.parametrize(
    ("verb", "given"), [("cancel", "暴風のため"), ("withdraw", ""), ("tag", "春"), ("category", "1")]
)
def test_a_change_of_many_entries_is_taken_back(desk: FlaskClient, client: FlaskClient, verb: str, given: str) -> None:
    made = [publish(desk, title=f"{number}回目の会") for number in range(3)]
    was, pages = shown(client), [client.get(f"/events/{one}").text.count("#春") for one in made]
    form = {"verb": verb, "value": given, "change": " ".join(made)}
    answer = send(desk, "/staff/entries/many", form, page="/staff/entries")
    if verb in ("cancel", "withdraw"):
        assert shown(client) != was
    elif verb == "tag":
        assert client.get("/tags/春").text.count("回目の会") >= 3
    undo(desk, answer.headers["Location"])
    assert shown(client) == was
    assert [client.get(f"/events/{one}").text.count("#春") for one in made] == pages
    if verb == "cancel":
        assert [title[:4] for title in news(client)[:3]] == ["【開催】"] * 3


def test_two_acts_upon_the_same_tags_are_taken_back_in_any_order(desk: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    made = []
    for verb, given in (("tag", "春"), ("untag", "桜"), ("tag", "夜")):
        form = {"verb": verb, "value": given, "change": public_id}
        made.append(send(desk, "/staff/entries/many", form, page="/staff/entries").headers["Location"])
    assert {tag.name for tag in entry(town, public_id).tags} == {"仙北市", "春", "夜"}
    undo(desk, made[0])
    undo(desk, made[1])
    assert {tag.name for tag in entry(town, public_id).tags} == {"仙北市", "桜", "夜"}
    undo(desk, made[2])
    assert {tag.name for tag in entry(town, public_id).tags} == {"仙北市", "桜"}


def test_what_a_colleague_changed_since_stays(desk: FlaskClient, client: FlaskClient, town: Session) -> None:
    made = [publish(desk, title=f"{number}回目の会") for number in range(2)]
    form = {"verb": "cancel", "value": "暴風のため", "change": " ".join(made)}
    act = send(desk, "/staff/entries/many", form, page="/staff/entries").headers["Location"]
    send(desk, f"{of(made[0])}/cancel", {"reason": "主催者の都合"}, page=f"{of(made[0])}/status")
    undo(desk, act)
    assert [(one.status, one.reason) for one in every(town, Event)] == [
        ("cancelled", "主催者の都合"),
        ("scheduled", ""),
    ]


def test_nobody_takes_back_what_belongs_to_another_department(app: Flask, desk: FlaskClient, write: Session) -> None:
    form = {"verb": "cancel", "value": "暴風のため", "change": publish(desk)}
    act = send(desk, "/staff/entries/many", form, page="/staff/entries").headers["Location"]
    person(write, "library@example.jp", department=2)
    write.commit()
    other = signed_in(app, "library@example.jp")
    assert send(other, f"{act}/undo", {}, page=NEW).status_code == 403


def test_whatever_the_public_can_be_told_has_an_inverse() -> None:
    assert not set(NOTICE_MARKS) - set(staff_undo.INVERSES)
