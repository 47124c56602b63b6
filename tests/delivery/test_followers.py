"""Following by mail, with a real mail server: asked, confirmed, told, reminded, and left with one press."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from calendar_app.db.models import Delivery, Receiver, Subscription, User
from calendar_app.delivery import digests, followers, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.followers import Wish
from calendar_app.entries import publishing
from calendar_app.operations import personal_data, sealed_secrets
from helpers.post_office import PostOffice, post_office
from helpers.town import NOW, STOPPED, announce, person, published, settings

TOKYO = ZoneInfo("Asia/Tokyo")
HANAKO = "hanako@example.jp"
FIREWORKS = {"title": "花火大会", "start": "2027-03-03T19:00:00", "end": None, "all_day": False}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


@pytest.fixture
def town(tmp_path: Any, database_url: str, office: PostOffice) -> Config:
    return replace(settings(tmp_path, database_url), mail_server=office.url)


def work(town: Config, at: datetime) -> list[str]:
    return list(worker.deliver(town, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))


def follow(session: Session, town: Config, query: str = "", at: datetime = NOW, **wish: Any) -> Subscription:
    """Somebody who has confirmed."""
    found = followers.find_or_make(session, town, "mail", HANAKO, Wish(query, **wish), {"address": HANAKO}, at=at)
    followers.confirm(session, town, found, at=at)
    session.commit()
    return found


def text(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body
    return str(body.get_content())


def morning(session: Session, town: Config, at: datetime) -> None:
    """The worker's round at a moment of the city's clock."""
    digests.queue(session, town, at=at)
    session.commit()
    work(town, at + timedelta(seconds=1))


def test_a_change_reaches_whose_filter_it_meets_in_their_language_as_text_and_html(
    session: Session, town: Config, office: PostOffice
) -> None:
    follow(session, town, "tag=桜", lang="en")
    event = published(session)
    published(session, title="おはなし会", tags=["子育て"])
    session.commit()
    work(town, NOW)
    publishing.cancel(session, event, "雪のため", actor=None, at=NOW + timedelta(minutes=1))
    session.commit()
    work(town, NOW + timedelta(minutes=2))
    new, cancelled = office.letters
    assert (new["To"], cancelled["Subject"].startswith("[Cancelled]")) == (HANAKO, True)
    assert f"https://calendar.example.jp/events/{event.public_id}?lang=en" in text(new)
    assert "雪のため" in text(cancelled)
    assert '<html lang="en">' in text(cancelled, "html")
    assert "<img" not in text(cancelled, "html"), "nothing tells us that it was read"


def test_nothing_is_sent_before_the_address_has_confirmed(session: Session, town: Config, office: PostOffice) -> None:
    followers.find_or_make(session, town, "mail", HANAKO, Wish(), {"address": HANAKO}, at=NOW)
    published(session)
    session.commit()
    work(town, NOW)
    morning(session, town, NOW + timedelta(days=1))
    assert office.raw == []


def test_the_address_is_kept_sealed_and_leaves_with_all_that_was_sent(session: Session, town: Config) -> None:
    found = follow(session, town)
    published(session)
    session.commit()
    work(town, NOW)
    kept = [found.person, found.token, found.receiver.secrets, str(found.receiver.settings), found.receiver.key]
    assert not any("hanako" in value for value in kept)
    followers.leave(session, found)
    session.commit()
    rows = [session.scalar(select(func.count()).select_from(table)) for table in (Receiver, Delivery, Subscription)]
    assert rows == [0, 0, 0]


def test_a_daily_digest_comes_at_seven_with_what_is_cancelled_first(
    session: Session, town: Config, office: PostOffice
) -> None:
    follow(session, town, often="daily")
    published(session, title="朝市")
    event = published(session, **FIREWORKS)
    publishing.cancel(session, event, "強風", actor=None, at=NOW)
    session.commit()
    work(town, NOW + timedelta(minutes=5))
    assert office.raw == [], "nothing at once"
    seven = datetime(2027, 3, 2, 7, tzinfo=TOKYO)
    morning(session, town, seven - timedelta(minutes=1))
    assert office.raw == []
    for minutes in (0, 1, 60):
        morning(session, town, seven + timedelta(minutes=minutes))
    [letter] = office.letters
    assert "今日のまとめ" in letter["Subject"]
    said = text(letter)
    assert said.index("【中止】花火大会") < said.index("朝市")


def test_a_day_with_nothing_to_say_brings_no_letter(session: Session, town: Config, office: PostOffice) -> None:
    follow(session, town, "tag=雪", often="daily", remind=True)
    published(session, **FIREWORKS)
    session.commit()
    for hour in (7, 17):
        morning(session, town, datetime(2027, 3, 2, hour, tzinfo=TOKYO))
    assert office.raw == []


def test_a_weekly_digest_comes_on_monday(session: Session, town: Config, office: PostOffice) -> None:
    follow(session, town, often="weekly")
    published(session, **FIREWORKS)
    session.commit()
    for day in range(2, 9):
        morning(session, town, datetime(2027, 3, day, 7, tzinfo=TOKYO))
    [letter] = office.letters
    assert "今週のまとめ" in letter["Subject"]
    assert letter["Date"].datetime.astimezone(TOKYO).weekday() == 0


def test_reminders_come_the_evening_before_the_day_and_before_the_deadline(
    session: Session, town: Config, office: PostOffice
) -> None:
    follow(session, town, remind=True)
    published(session, **FIREWORKS)
    published(session, title="写真教室", apply_deadline="2027-03-05T17:00:00")
    session.commit()
    work(town, NOW)
    office.raw.clear()
    for day in range(1, 7):
        morning(session, town, datetime(2027, 3, day, 17, tzinfo=TOKYO))
    first, second = office.letters
    assert "花火大会" in text(first)
    assert "明日の予定（3月3日" in first["Subject"]
    assert "3月5日（金）" in text(second)


def test_a_digest_that_is_half_a_day_late_is_left_out(session: Session, town: Config, office: PostOffice) -> None:
    follow(session, town, often="daily")
    published(session)
    session.commit()
    morning(session, town, datetime(2027, 3, 2, 19, 30, tzinfo=TOKYO))
    assert office.raw == []
    published(session, title="朝市", at=datetime(2027, 3, 2, 20, tzinfo=TOKYO))
    session.commit()
    morning(session, town, datetime(2027, 3, 3, 7, tzinfo=TOKYO))
    assert len(office.raw) == 1


@pytest.mark.parametrize(("answer", "stays"), [("550 5.1.1 no such mailbox", False), ("550 5.7.1 not from you", True)])
def test_an_address_that_is_no_more_is_deleted_but_not_one_that_refuses_us(
    session: Session, town: Config, office: PostOffice, answer: str, stays: bool
) -> None:
    follow(session, town)
    office.refused.add(HANAKO)
    office.refusal = answer
    published(session)
    session.commit()
    work(town, NOW)
    assert (session.scalar(select(func.count()).select_from(Receiver)) == 1) == stays


def test_a_mail_server_that_is_away_loses_no_letter_and_no_follower(
    session: Session, town: Config, office: PostOffice
) -> None:
    follow(session, town)
    published(session)
    session.commit()
    away = replace(town, mail_server="smtp://127.0.0.1:9")
    for hours in range(0, 20, 5):
        work(away, NOW + timedelta(hours=hours))
    assert office.raw == []
    work(town, NOW + timedelta(hours=23))
    assert len(office.raw) == 1


def test_an_emergency_reaches_who_follows_something_else(session: Session, town: Config, office: PostOffice) -> None:
    follow(session, town, "tag=桜")
    announce(session, title="避難指示", importance="emergency")
    session.commit()
    work(town, NOW)
    assert "避難指示" in office.letters[0]["Subject"]


def test_turned_off_nothing_goes_out_and_on_again_what_is_published_from_then(
    session: Session, town: Config, office: PostOffice
) -> None:
    administrator = person(session, role="admin")
    follow(session, town)
    followers.switch(session, town, "mail", False, actor=administrator, at=NOW)
    published(session, title="その間")
    session.commit()
    work(town, NOW)
    followers.switch(session, town, "mail", True, actor=administrator, at=NOW)
    published(session, title="その後")
    session.commit()
    work(town, NOW + timedelta(seconds=1))
    assert [letter["Subject"].startswith("その後") for letter in office.letters] == [True]


def test_a_new_installation_key_still_knows_each_follower(session: Session, town: Config) -> None:
    found = follow(session, town, "tag=桜")
    sealed_secrets.seal_again(session, town.secret_key, "another key")
    later = replace(town, secret_key="another key")
    again = followers.find_or_make(session, later, "mail", HANAKO, Wish("tag=桜"), {"address": HANAKO}, at=NOW)
    assert again is found


def test_whoever_asks_is_given_what_they_follow_and_erased(session: Session, town: Config) -> None:
    follow(session, town, "tag=桜")
    found = personal_data.collect(session, HANAKO.upper(), town.secret_key)
    assert found == {"subscription": [{"query": "tag=桜", "often": "now", "remind": False, "lang": ""}]}
    assert personal_data.erase(session, HANAKO, town.secret_key, at=NOW) == {"subscription": 1}
    assert session.scalar(select(func.count()).select_from(Receiver)) == 0


# Pages


@pytest.fixture
def look(config: Config) -> Iterator[Session]:
    engine = make_engine(config.database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def offered(app: Flask, write: Session, office: PostOffice) -> Config:
    administrator = person(write, "admin@example.jp", role="admin")
    mine = app.extensions["calendar_config"] = replace(app.extensions["calendar_config"], mail_server=office.url)
    followers.switch(write, mine, "mail", True, actor=administrator, at=NOW)
    write.commit()
    return mine


def asked(client: FlaskClient, offered: Config, office: PostOffice, query: str = "tag=桜", **more: str) -> str:
    """Ask, and return the path of the page in the letter."""
    answer = client.post(f"/follow/mail?{query}", data={"email": HANAKO, "often": "now", "remind": "1"} | more)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/follow/sent")
    list(worker.deliver(offered, now=lambda: STOPPED, page=lambda _: Page(404, {}, b""), once=True))
    found = re.search(r"https://calendar\.example\.jp(/follow/\S+)", text(office.letters[-1]))
    assert found
    return found[1]


def test_citizens_are_offered_nothing_before_it_is_turned_on(client: FlaskClient, write: Session, post: Any) -> None:
    post(write)
    write.commit()
    assert "/follow" not in client.get("/subscribe").text
    assert client.get("/follow").status_code == 404
    assert client.post("/follow/mail", data={"email": HANAKO}).status_code == 404


def test_asked_confirmed_changed_and_left_with_one_press(
    client: FlaskClient, offered: Config, office: PostOffice, write: Session, look: Session, post: Any
) -> None:
    post(write)
    write.commit()
    assert "/follow?tag=%E6%A1%9C" in client.get("/subscribe?tag=桜").text
    assert "#桜" in client.get("/follow?tag=桜").text
    path = asked(client, offered, office)
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert look.scalars(select(Subscription.confirmed_at)).all() == [None], "a look, by a scanner too, confirms nothing"
    client.post(path, data={"confirm": "1"})
    client.post(path, data={"often": "weekly"})
    look.rollback()
    kept = look.scalars(select(Subscription)).one()
    assert (kept.often, kept.remind, kept.query) == ("weekly", False, "tag=%E6%A1%9C")
    leave = office.letters[-1]["List-Unsubscribe"].strip("<>").removeprefix("https://calendar.example.jp")
    assert client.get(leave).status_code == 200
    assert look.scalar(select(func.count()).select_from(Subscription)) == 1
    for _ in range(2):
        assert client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    look.rollback()
    assert look.scalar(select(func.count()).select_from(Receiver)) == 0
    assert client.get(path).status_code == 404


def test_whoever_asks_again_learns_nothing_but_the_address_gets_its_page(
    client: FlaskClient, offered: Config, office: PostOffice
) -> None:
    path = asked(client, offered, office, "")
    client.post(path, data={"confirm": "1"})
    assert asked(client, offered, office, "") == path
    assert "すでに届いています" in text(office.letters[-1])


def test_letters_to_one_address_are_rationed_and_forms_of_others_refused(
    client: FlaskClient, offered: Config, office: PostOffice
) -> None:
    for _ in range(3):
        asked(client, offered, office, "")
    assert client.post("/follow/mail", data={"email": HANAKO}).status_code == 429
    wrong = client.post("/follow/mail", data={"email": "hanako"})
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
    elsewhere = client.post("/follow/mail", data={"email": HANAKO}, headers={"Origin": "https://other.example"})
    assert elsewhere.status_code == 403


def test_only_an_administrator_turns_it_on_with_one_press(app: Flask, desk: FlaskClient, write: Session) -> None:
    assert desk.post("/staff/status/follow/push", data={"on": "1"}).status_code in (400, 403)
    user = write.scalars(select(User)).one()
    user.role = "admin"
    write.commit()
    page = desk.get("/staff/status").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    desk.post("/staff/status/follow/push", data={"on": "1", "csrf_token": token[1]})
    write.rollback()
    assert followers.switches(write) == {"mail": False, "push": True, "fediverse": False}
