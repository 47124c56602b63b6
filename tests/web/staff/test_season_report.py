"""The status line of a season: one tap from where the clerk stands, and the newest stands everywhere."""

import io
import re
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Announcement, Event
from calendar_app.entries import due, publishing
from calendar_app.text import season_stages
from helpers.clients import vevents
from helpers.staff_desk import picture, send, signed_in
from helpers.town import NOW, person


@pytest.fixture
def season(write: Session, post: Any) -> str:
    """The public id of a season that is on."""
    event: Event = post(write, start="2027-02-20T00:00:00", end="2027-05-05T00:00:00")
    public_id = event.public_id
    write.commit()
    return public_id


def address(season: str) -> str:
    return f"/staff/events/{season}/now"


def lines(session: Session) -> list[Announcement]:
    query = select(Announcement).options(selectinload(Announcement.photos)).order_by(Announcement.id)
    found = list(session.scalars(query))
    session.expunge_all()
    session.rollback()  # an open look would keep the desk from writing
    return found


def test_one_tap_puts_the_line_on_every_channel(desk: FlaskClient, client: FlaskClient, season: str) -> None:
    assert send(desk, address(season), {"stage": "満開", "place": "武家屋敷通り"}).status_code == 303
    said = "3月1日（月） 満開（武家屋敷通り）"
    assert said in client.get(f"/events/{season}").text
    assert said in client.get("/").text
    assert said in str(vevents(client.get("/calendar.ics").data)[0]["DESCRIPTION"])
    newest = feedparser.parse(client.get("/feed.atom").data).entries[0]
    assert newest.title == "角館の桜まつり：満開（武家屋敷通り）"
    assert "full bloom" in client.get(f"/events/{season}?lang=en").text


def test_the_newest_replaces_the_last_and_both_stay_in_the_log(
    desk: FlaskClient, client: FlaskClient, season: str, write: Session
) -> None:
    send(desk, address(season), {"stage": "満開"})
    send(desk, address(season), {"stage": "散り始め"})
    described = str(vevents(client.get("/calendar.ics").data)[0]["DESCRIPTION"])
    assert "散り始め" in described
    assert "満開" not in described
    page = client.get(f"/events/{season}").text
    assert "満開" in page
    assert [line.headline for line in lines(write)] == ["満開", "散り始め"]


def test_the_page_after_a_tap_takes_it_back(desk: FlaskClient, client: FlaskClient, season: str) -> None:
    done = send(desk, address(season), {"stage": "満開"}).headers["Location"]
    act = re.search(r'action="(/staff/bulk/[\w-]+/undo)"', desk.get(done).text)
    assert act
    assert send(desk, act[1], {"back": ""}).status_code == 303
    assert "満開" not in str(vevents(client.get("/calendar.ics").data)[0]["DESCRIPTION"])


def test_a_stage_months_before_the_event_is_asked_about_first(desk: FlaskClient, write: Session, post: Any) -> None:
    far = post(write, start="2027-10-15T00:00:00", end="2027-11-05T00:00:00").public_id
    write.commit()
    asked = send(desk, address(far), {"stage": "満開"})
    assert asked.status_code == 422
    assert "2027年10月15日" in asked.text
    assert lines(write) == []
    assert send(desk, address(far), {"headline": "満開", "sure": "満開"}).status_code == 303
    assert [line.headline for line in lines(write)] == ["満開"]


def test_a_colleague_who_says_the_same_a_moment_later_adds_nothing(
    app: Flask, desk: FlaskClient, season: str, write: Session
) -> None:
    person(write, "second@example.jp")
    write.commit()
    send(desk, address(season), {"stage": "満開"})
    second = signed_in(app, "second@example.jp")
    assert "公開しませんでした" in second.get(send(second, address(season), {"stage": "満開"}).headers["Location"]).text
    assert len(lines(write)) == 1


def test_a_photo_and_own_words_and_yesterday(desk: FlaskClient, season: str, write: Session) -> None:
    given = {"headline": "枝先がほころぶ", "seen": "2/28", "body": "南向きの枝から。", "photo": (picture(), "a.jpg")}
    assert send(desk, address(season), given).status_code == 303
    (line,) = lines(write)
    assert (line.headline, line.seen_at and line.seen_at.isoformat()) == ("枝先がほころぶ", "2027-02-28T00:00:00")
    assert line.photos[0].alt == "角館の桜まつり"


def test_an_impatient_second_tap_says_it_once(desk: FlaskClient, season: str, write: Session) -> None:
    for _ in range(2):
        send(desk, address(season), {"stage": "満開", "place": "桧木内川堤"})
    assert len(lines(write)) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "言葉を選ぶか"),
        ({"stage": "満開", "seen": "2月31日"}, "2月31日"),
        ({"stage": "満開", "photo": (io.BytesIO(b"not a photo"), "a.jpg")}, "写真"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_typed_is_lost(
    desk: FlaskClient, season: str, write: Session, given: dict[str, Any], told: str
) -> None:
    answer = send(desk, address(season), given | {"place": "武家屋敷通り", "body": "書きかけの文"})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="武家屋敷通り"' in answer.text
    assert "書きかけの文" in answer.text
    assert lines(write) == []


def test_only_who_may_edit_the_event_speaks_for_it(app: Flask, season: str, write: Session) -> None:
    person(write, "other@example.jp", department=2)
    write.commit()
    assert signed_in(app, "other@example.jp").get(address(season)).status_code == 403


def test_a_draft_has_no_status_line(desk: FlaskClient, season: str, write: Session) -> None:
    publishing.withdraw(write, write.scalars(select(Event)).one(), "", actor=None, at=NOW + timedelta(hours=1))
    write.commit()
    assert desk.get(address(season)).status_code == 404


def test_a_full_car_park_is_no_news_the_next_morning(
    desk: FlaskClient, client: FlaskClient, season: str, write: Session
) -> None:
    send(desk, address(season), {"stage": "満開"})
    send(desk, address(season), {"stage": "駐車場満車"})
    assert "駐車場満車" in client.get("/").text
    due.run(write, at=NOW + timedelta(days=1))
    write.commit()
    assert "駐車場満車" not in client.get("/").text.partition("お知らせ一覧")[0].partition('id="news"')[0]
    assert "満開" in client.get("/").text


def test_words_used_before_are_offered_again(desk: FlaskClient, season: str) -> None:
    send(desk, address(season), {"headline": "枝先がほころぶ", "place": "武家屋敷通り"})
    page = desk.get(address(season)).text
    assert 'name="stage" value="枝先がほころぶ"' in page
    assert '<option value="武家屋敷通り">' in page


def test_each_season_is_offered_its_own_words() -> None:
    assert "満開" in season_stages.offered("春の花だより", [])
    assert "見ごろ" in season_stages.offered("抱返り渓谷", ["紅葉"])
    assert "満開" not in season_stages.offered("抱返り渓谷", ["紅葉"])
    assert "空いています" in season_stages.offered("雪まつり", [])
    for lang in ("ja", "en"):
        assert all(season_stages.say(word, lang) for word in season_stages.SAID)
    assert season_stages.say("枝先がほころぶ", "en") == "枝先がほころぶ"
