"""Followed addresses at the desk, through HTTP: look first, follow, decide what differs, stop."""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Entry, Source
from helpers.clients import vevents
from helpers.hosts import Host, host
from helpers.import_samples import calendar, event
from helpers.staff_desk import errors, every, send, signed_in, value
from helpers.town import STOPPED, person

CONCERT = event("UID:1@example.org", "SUMMARY:春の演奏会", "DTSTART:20270410T090000Z", "DTEND:20270410T110000Z")
FAIR = event("UID:2@example.org", "SUMMARY:<b>物産展</b>", "DTSTART;VALUE=DATE:20270501")
RENAMED = CONCERT.replace("春の演奏会", "春の演奏会（吹奏楽）")
SOURCES, IMPORT = "/staff/sources", "/staff/import"


@pytest.fixture
def there() -> Iterator[Host]:
    with host() as made:
        yield made


@pytest.fixture
def config(config: Config) -> Config:
    """A town that may read this machine."""
    return replace(config, fetch_networks=(ip_network("127.0.0.1/32"),))


def hall(*events: str) -> str:
    return calendar(*events).replace("VERSION:2.0", "VERSION:2.0\r\nX-WR-CALNAME:市民会館")


def look(desk: FlaskClient, url: str) -> Any:
    return send(desk, IMPORT, {"url": url}, page=SOURCES)


def follow(desk: FlaskClient, url: str, **form: Any) -> Any:
    preview = look(desk, url).headers["Location"]
    told = {"source": value(desk.get(preview).text, "source"), "department": "1", "row": ["1", "2"], "follow": "y"}
    return send(desk, preview.partition("?")[0], told | form)


def press(desk: FlaskClient, verb: str, page: str = SOURCES) -> str:
    answer = send(desk, f"{SOURCES}/1/{verb}", {}, page=page)
    assert answer.status_code == 303
    return str(desk.get(answer.headers["Location"]).text)


def titles(client: FlaskClient) -> set[str]:
    return {str(one["SUMMARY"]) for one in vevents(client.get("/calendar.ics").data)}


def test_an_address_is_looked_at_then_followed(desk: FlaskClient, client: FlaskClient, there: Host) -> None:
    url = there.says("/c.ics", hall(CONCERT, FAIR))
    preview = look(desk, url)
    page = desk.get(preview.headers["Location"]).text
    assert "春の演奏会" in page
    assert "<b>物産展" not in page
    assert (titles(client), value(page, "source")) == (set(), "市民会館")
    answer = follow(desk, url, row=["1"])
    assert answer.headers["Location"] == SOURCES
    assert titles(client) == {"春の演奏会"}
    page = desk.get(SOURCES).text
    assert "市民会館" in page
    assert url in page
    there.says("/c.ics", hall(RENAMED, FAIR))
    press(desk, "refresh")
    assert titles(client) == {"春の演奏会（吹奏楽）"}  # what was not ticked is still left out


def test_an_address_can_be_taken_only_once(desk: FlaskClient, client: FlaskClient, there: Host, town: Session) -> None:
    preview = look(desk, there.says("/c.ics", hall(CONCERT))).headers["Location"]
    send(desk, preview.partition("?")[0], {"source": "x", "department": "1", "row": ["1"]})
    assert titles(client) == {"春の演奏会"}
    assert every(town, Source) == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/none", "404"),
        ("http://10.0.0.1/c.ics", "10.0.0.1"),
        ("/away", "127.0.0.2"),
        ("file:///etc/passwd", "file:"),
        ("https://calendar.example.jp/calendar.ics", "このカレンダー自身"),
        ("/page", "ウェブページ"),
    ],
)
def test_an_address_that_cannot_be_read_says_why_and_stays_typed(
    desk: FlaskClient, there: Host, path: str, says: str
) -> None:
    there.says("/page", "<!doctype html><p>x")
    there.leads("/away", "http://127.0.0.2:8000/")
    url = there.url(path) if path.startswith("/") else path
    answer = look(desk, url)
    assert answer.status_code == 422
    assert says in errors(answer.text)["url"]
    assert value(answer.text, "url") == url


def test_many_entries_are_left_to_the_worker(
    desk: FlaskClient, client: FlaskClient, there: Host, town: Session
) -> None:
    many = [event(f"UID:{number}", f"SUMMARY:催し{number}", "DTSTART:20270410") for number in range(301)]
    assert follow(desk, there.says("/c.ics", hall(*many))).status_code == 303
    assert titles(client) == set()
    assert every(town, Source)[0].next_at <= STOPPED  # due at once


def test_a_name_that_others_have_is_refused(desk: FlaskClient, there: Host, town: Session) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    answer = follow(desk, there.says("/d.ics", hall(FAIR)))
    assert answer.status_code == 422
    assert errors(answer.text)["source"]
    assert len(every(town, Source)) == 1


def test_trouble_is_said_in_words_and_gone_when_it_recovers(
    desk: FlaskClient, client: FlaskClient, there: Host
) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    there.says("/c.ics", "", status="500 Oops")
    press(desk, "refresh")
    page = press(desk, "refresh")
    assert "エラーを返しました（500）" in page
    assert "flash" not in page  # nothing that looks like success
    there.says("/c.ics", hall())
    assert "消していません" in press(desk, "refresh")
    assert titles(client) == {"春の演奏会"}
    page = desk.get(f"{SOURCES}/1").text
    assert re.search(r'id="missing".*春の演奏会', page, re.DOTALL)
    there.says("/c.ics", hall(CONCERT))
    press(desk, "refresh")
    assert "source-trouble" not in desk.get(SOURCES).text


@pytest.mark.parametrize(("verb", "stands"), [("take", "春の演奏会（吹奏楽）"), ("leave", "春の大演奏会")])
def test_words_that_differ_are_shown_and_decided(
    desk: FlaskClient, client: FlaskClient, there: Host, town: Session, verb: str, stands: str
) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    entry = town.scalars(select(Entry)).one()
    page = desk.get(f"/staff/entries/{entry.public_id}/edit").text
    fields = {name: value(page, name) for name in ("start_date", "start_time", "end_time", "version")}
    send(
        desk,
        f"/staff/entries/{entry.public_id}/edit",
        fields | {"title": "春の大演奏会", "department_id": "1", "action": "save"},
    )
    assert titles(client) == {"春の大演奏会"}
    there.says("/c.ics", hall(RENAMED))
    press(desk, "refresh")
    assert titles(client) == {"春の大演奏会"}
    page = desk.get(f"{SOURCES}/1").text
    assert re.search(r"<td>春の大演奏会</td>\s*<td>春の演奏会（吹奏楽）</td>", page)
    send(desk, f"{SOURCES}/1/{entry.public_id}/{verb}", {}, page=f"{SOURCES}/1")
    assert titles(client) == {stands}
    assert 'id="differing"' not in desk.get(f"{SOURCES}/1").text


def test_what_a_reading_changed_is_taken_back_by_one_press(desk: FlaskClient, client: FlaskClient, there: Host) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT, FAIR)))
    there.says("/c.ics", hall(RENAMED, FAIR.replace("0501", "0502")))
    page = press(desk, "refresh")
    found = re.search(r'href="(/staff/bulk/[\w-]+)"', page)
    assert found
    send(desk, f"{found[1]}/undo", {}, page=found[1])
    assert titles(client) == {"春の演奏会", "物産展"}


def test_a_source_is_stopped_and_started(desk: FlaskClient, there: Host, town: Session) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    assert "/sources/1/start" in press(desk, "stop")
    assert not every(town, Source)[0].enabled
    assert "/sources/1/stop" in press(desk, "start")


def test_another_department_looks_but_does_not_touch(
    app: Flask, desk: FlaskClient, client: FlaskClient, there: Host, write: Session, town: Session
) -> None:
    person(write, "other@example.jp", department=2)
    write.commit()
    url = there.says("/c.ics", hall(CONCERT))
    follow(desk, url)
    other = signed_in(app, "other@example.jp")
    page = other.get(f"{SOURCES}/1").text
    assert "市民会館" in page
    assert "/refresh" not in page
    for verb in ("refresh", "stop", "start", "abc/take"):
        assert send(other, f"{SOURCES}/1/{verb}", {}, page=SOURCES).status_code in (403, 404)
    assert follow(other, there.says("/d.ics", hall(FAIR))).status_code == 403
    assert len(every(town, Source)) == 1


def test_the_desk_says_what_fails_and_what_to_do_until_it_works_again(
    app: Flask, desk: FlaskClient, there: Host, write: Session
) -> None:
    person(write, "other@example.jp", department=2)
    write.commit()
    follow(desk, there.says("/c.ics", hall(CONCERT, FAIR)))
    there.says("/c.ics", "", status="404 Not Found")
    press(desk, "refresh")
    page = desk.get("/staff/").text
    assert 'id="failing"' in page
    assert "そのアドレスには何もありません" in page
    assert 'id="failing"' not in signed_in(app, "other@example.jp").get("/staff/").text
    there.says("/c.ics", hall(CONCERT))
    press(desk, "refresh")
    assert 'id="failing"' not in desk.get("/staff/").text


def test_one_slow_answer_troubles_nobody_two_do(desk: FlaskClient, there: Host) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT, FAIR)))
    there.says("/c.ics", "", status="503 Service Unavailable")
    press(desk, "refresh")
    assert 'id="failing"' not in desk.get("/staff/").text
    press(desk, "refresh")
    assert 'id="failing"' in desk.get("/staff/").text


def test_name_and_address_are_changed_at_the_desk(desk: FlaskClient, there: Host, town: Session) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT, FAIR)))
    page, new = f"{SOURCES}/1", there.says("/new.ics", hall(RENAMED, FAIR))
    send(desk, page, {"name": "市民ホール", "url": new})
    [source] = every(town, Source)
    assert (source.name, source.url) == ("市民ホール", new)
    press(desk, "refresh")
    assert {one.title for one in every(town, Entry)} == {"春の演奏会（吹奏楽）", "物産展"}
    send(desk, page, {"name": " ", "url": new})
    send(desk, page, {"name": "市民ホール", "url": "ftp://example.org/"})
    send(desk, page, {"name": "市民ホール", "url": new, "department": "2"})  # for an administrator only
    [source] = every(town, Source)
    assert (source.name, source.url, source.department_id) == ("市民ホール", new, 1)


def test_who_follows_hands_it_over_and_takes_it_back(
    app: Flask, desk: FlaskClient, there: Host, write: Session, town: Session
) -> None:
    taker = person(write, "taker@example.jp").id
    write.commit()
    follow(desk, there.says("/c.ics", hall(CONCERT, FAIR)))
    me = every(town, Source)[0].owner_id
    assert "市民会館" in desk.get("/staff/handover").text
    answer = send(desk, "/staff/handover", {"person": str(me), "to": str(taker), "thing": "source:1"})
    assert every(town, Source)[0].owner_id == taker
    act = answer.headers["Location"].rsplit("/", 1)[1]
    assert "市民会館" in desk.get(f"/staff/bulk/{act}").text
    send(desk, f"/staff/bulk/{act}/undo", {}, f"/staff/bulk/{act}")
    assert every(town, Source)[0].owner_id == me


TURNED = event("UID:3@example.org", "SUMMARY:逆さまの会", "DTSTART;VALUE=DATE:20270510", "DTEND;VALUE=DATE:20270505")


@pytest.mark.parametrize(
    ("choice", "stands"), [("checked", {"春の演奏会", "逆さまの会"}), ("out", {"春の演奏会"}), ("", {"春の演奏会"})]
)
def test_a_row_whose_days_are_guessed_waits_until_a_person_decides(
    desk: FlaskClient, client: FlaskClient, there: Host, choice: str, stands: set[str]
) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    there.says("/c.ics", hall(CONCERT, TURNED))
    press(desk, "refresh")
    assert titles(client) == {"春の演奏会"}
    assert "#waiting" in desk.get(SOURCES).text
    page = f"{SOURCES}/1"
    assert re.search(r"逆さまの会.*提案どおりに取り込む：2027年5月10日（月）", desk.get(page).text, re.DOTALL)
    send(desk, f"{page}/waiting", {"row0": choice}, page=page)
    assert titles(client) == stands
    assert ('id="waiting"' in desk.get(page).text) == (not choice)
    press(desk, "refresh")
    assert titles(client) == stands  # the decision is kept


@pytest.mark.parametrize(("choice", "uids"), [("checked", 1), ("as_is", 2)])
def test_an_event_under_another_uid_is_proposed_as_the_same(
    desk: FlaskClient, client: FlaskClient, there: Host, town: Session, choice: str, uids: int
) -> None:
    follow(desk, there.says("/c.ics", hall(CONCERT)))
    before = {str(found["UID"]) for found in vevents(client.get("/calendar.ics").data)}
    renumbered = CONCERT.replace("UID:1@", "UID:1-new@").replace("110000Z", "113000Z")
    there.says("/c.ics", hall(renumbered))
    press(desk, "refresh")
    page = f"{SOURCES}/1"
    assert "別の識別子" in desk.get(page).text
    send(desk, f"{page}/waiting", {"row0": choice}, page=page)
    after = {str(found["UID"]) for found in vevents(client.get("/calendar.ics").data)}
    assert before <= after
    assert len(after) == uids
    assert len({found["DTEND"].dt for found in vevents(client.get("/calendar.ics").data)}) == uids
    town.expire_all()
    assert "1-new@example.org" in {found.source_uid for found in town.scalars(select(Entry))}
