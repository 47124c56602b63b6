"""Other languages at the desk: one page with every text, a list of what is missing, a machine that only proposes."""

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Announcement, Event, Tag, Venue
from calendar_app.entries import publishing, translating
from calendar_app.staff import untranslated
from calendar_app.text.languages import LANGUAGES
from helpers.clients import vevents
from helpers.receivers import Reply, Request, taker
from helpers.staff_desk import send, signed_in
from helpers.town import NOW, person

REASON = "大雪のため中止します。"


@pytest.fixture
def event(write: Session, post: Any) -> str:
    """The public id of a cancelled event with a hashtag and a way to apply."""
    found: Event = post(write, apply="窓口で申込", audience="どなたでも", contact="観光課", body="- 甘酒")
    publishing.cancel(write, found, REASON, actor=None, at=NOW)
    public_id = found.public_id
    write.commit()
    return public_id


def inputs(desk: FlaskClient, address: str) -> dict[str, str]:
    """The names of a page's inputs by the original that stands above each."""
    page = desk.get(address).text
    found = {}
    for part in page.split('id="of-')[1:]:
        name, _, rest = part.partition('"')
        found[rest.partition(">")[2].partition("</p>")[0]] = f"text-{name}"
    return found


def test_what_is_typed_here_is_on_the_page_in_the_calendar_and_in_the_api(
    desk: FlaskClient, client: FlaskClient, event: str
) -> None:
    address = f"/staff/translations/entry/{event}?to=en"
    names = inputs(desk, address)
    said = {
        names["窓口で申込"]: "Apply at the counter",
        names[REASON]: "Cancelled because of heavy snow.",
        names["- 甘酒"]: "- sweet **amazake**",
    }
    assert send(desk, address, said).status_code == 303
    page = client.get(f"/events/{event}?lang=en").text
    assert "<dd>Apply at the counter</dd>" in page
    assert "Cancelled because of heavy snow." in page
    assert "<li>sweet <strong>amazake</strong></li>" in page
    assert "Apply at the counter" in str(vevents(client.get("/calendar.ics?lang=en").data)[0]["DESCRIPTION"])
    assert client.get(f"/api/v1/events/{event}?lang=en").json["reason"] == "Cancelled because of heavy snow."
    assert REASON in client.get(f"/events/{event}").text


def test_another_reason_has_no_old_translation(desk: FlaskClient, client: FlaskClient, event: str) -> None:
    address = f"/staff/translations/entry/{event}?to=en"
    send(desk, address, {inputs(desk, address)[REASON]: "Heavy snow."})
    send(desk, f"/staff/entries/{event}/cancel", {"reason": "強風のため中止します。"})
    page = client.get(f"/events/{event}?lang=en").text
    assert '<p><span lang="ja">強風のため中止します。</span></p>' in page
    assert "Heavy snow." not in page.partition('class="banner')[2].partition("</div>")[0]


def test_a_hashtag_and_a_venue_have_a_name_in_english(
    app: Flask, client: FlaskClient, event: str, write: Session
) -> None:
    person(write, role="admin", email="admin@city.semboku.akita.jp")
    tag, venue = write.scalars(select(Tag)).all()[0], write.scalars(select(Venue)).all()[0]
    named = (("tag", tag.id, tag.name, "Blossom"), ("venue", venue.id, venue.name, "River bank"))
    write.commit()
    desk = signed_in(app, "admin@city.semboku.akita.jp")
    for kind, number, japanese, english in named:
        address = f"/staff/translations/{kind}/{number}?to=en"
        assert send(desk, address, {inputs(desk, address)[japanese]: english}).status_code == 303
    page = client.get(f"/events/{event}?lang=en").text
    assert "#Blossom</a>" in page
    assert "River bank</a>" in page
    assert f"#{named[0][2]}</a>" in client.get(f"/events/{event}").text


def test_the_list_begins_with_emergencies_and_what_is_on_next(write: Session, post: Any) -> None:
    post(write, title="あとの催し", start="2027-04-20T10:00:00")
    post(write, title="次の催し", start="2027-03-05T10:00:00")
    post(write, title="ずっと先の催し", start="2027-09-05T10:00:00", end="2027-09-05T12:00:00")
    news = publishing.create(
        write, "announcement", {"title": "避難指示", "department_id": 1, "importance": "emergency"}, actor=None, at=NOW
    )
    publishing.publish(write, news, actor=None, at=NOW)
    listed = untranslated.work(write, "en", date(2027, 3, 1))
    assert [each.row.title for each in listed] == ["避難指示", "次の催し", "あとの催し"]


def test_what_is_translated_leaves_the_list_and_set_phrases_never_enter_it(write: Session, post: Any) -> None:
    row = post(write, audience="どなたでも", summary="", body="")
    assert [text.original for text in translating.missing(row, "en")] == [row.title]
    translating.store(write, row, "en", {"title": "Festival"}, actor=person(write), at=NOW)
    assert untranslated.work(write, "en", date(2027, 3, 1)) == []


# A machine.


def libre(request: Request) -> Reply:
    """Answer as LibreTranslate does."""
    asked = json.loads(request.body)
    if asked.get("api_key") != "right":
        return Reply(403, b'{"error":"Invalid API key"}')
    return Reply(200, json.dumps({"translatedText": [f"EN {text}" for text in asked["q"]]}).encode())


def with_machine(app: Flask, config: Config, url: str, key: str) -> None:
    app.extensions["calendar_config"] = replace(config, translation_server=url, translation_key=key)


def test_a_proposal_is_saved_only_when_a_person_confirms_it(
    app: Flask, config: Config, desk: FlaskClient, client: FlaskClient, event: str
) -> None:
    address = f"/staff/translations/entry/{event}?to=en"
    name = inputs(desk, address)["窓口で申込"]
    assert "proposed" not in desk.get(address).text  # off by default
    with taker() as server:
        server.reply = libre
        with_machine(app, config, server.url(), "right")
        page = send(desk, address, {"action": "propose"}).text
    assert 'value="EN 窓口で申込"' in page
    said = {name: "EN 窓口で申込", name.replace("text-", "proposed-"): "EN 窓口で申込"}
    assert send(desk, address, said).status_code == 422
    assert "EN 窓口で申込" not in client.get(f"/events/{event}?lang=en").text
    assert send(desk, address, said | {name.replace("text-", "checked-"): "on"}).status_code == 303
    assert "EN 窓口で申込" in client.get(f"/events/{event}?lang=en").text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Reply(403, b'{"error":"Invalid API key"}'), "Invalid API key"),
        (Reply(429, b'{"error":"Slowdown: 20 per 1 minute"}'), "Slowdown: 20 per 1 minute"),
        (Reply(502, b"<html>Bad Gateway"), "502"),
        (Reply(200, b'{"translatedText":["one too few"]}'), "200"),
    ],
)
def test_a_refusal_is_told_and_loses_nothing(
    app: Flask, config: Config, desk: FlaskClient, event: str, answer: Reply, told: str
) -> None:
    address = f"/staff/translations/entry/{event}?to=en"
    name = inputs(desk, address)["観光課"]
    with taker() as server:
        server.reply = lambda _request: answer
        with_machine(app, config, server.url(), "wrong")
        page = send(desk, address, {"action": "propose", name: "Tourism Division"}).text
    assert told in page
    assert 'value="Tourism Division"' in page


def test_an_announcement_has_such_a_page_too(desk: FlaskClient, write: Session) -> None:
    news = publishing.create(write, "announcement", {"title": "断水", "department_id": 1}, actor=None, at=NOW)
    assert isinstance(news, Announcement)
    public_id = news.public_id
    write.commit()
    assert "断水" in inputs(desk, f"/staff/translations/entry/{public_id}?to=en")


# Emergencies.


def filled(page: str) -> dict[str, str]:
    """What the inputs of a form hold, by name."""
    inputs = re.findall(r'<input [^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    texts = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', page)
    return {name: unescape(value) for name, value in [*inputs, *texts]}


def test_a_ready_sentence_goes_out_in_every_language(
    app: Flask, config: Config, desk: FlaskClient, client: FlaskClient
) -> None:
    app.extensions["calendar_config"] = replace(config, languages=tuple(LANGUAGES))
    form = filled(desk.get("/staff/announcements/new?sentence=bear&place=桧木内川堤").text)
    typed = {name: value for name, value in form.items() if name.startswith(("title", "summary"))}
    typed |= {"department_id": "1", "importance": "emergency", "action": "publish"}
    assert send(desk, "/staff/announcements/new", typed).status_code == 303
    told = {code: client.get(f"/?lang={code}" if code != "ja" else "/").text for code in LANGUAGES}
    assert "クマに注意：桧木内川堤" in told["ja"]
    assert "Bear sighted: Hinokinai River bank" in told["en"]
    assert "くまが います" in told["easy"]
    assert "发现熊" in told["zh"]
    assert "發現熊" in told["zh-Hant"]
    assert "곰이 나타났습니다" in told["ko"]


def test_an_emergency_asks_for_its_languages_once_and_never_blocks(desk: FlaskClient, client: FlaskClient) -> None:
    typed = {"title": "火災：角館町", "department_id": "1", "importance": "emergency", "action": "publish"}
    asked = send(desk, "/staff/announcements/new", typed)
    assert asked.status_code == 422
    assert "英語" in asked.text.partition('id="odd"')[2].partition("</section>")[0]
    assert "火災" not in client.get("/").text
    assert send(desk, "/staff/announcements/new", typed | {"warned": "y"}).status_code == 303
    assert "火災：角館町" in client.get("/").text
