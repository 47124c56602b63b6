"""The letter of Monday morning, by a real mail server: once to everybody who wants it, and never lost."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import BadSetting, Config, load
from calendar_app.db.models import Event, Mail, User
from calendar_app.delivery import letters, mail_worker, weekly_digest
from calendar_app.staff import comments
from helpers.post_office import PostOffice, post_office
from helpers.staff_desk import every
from helpers.town import person

MONDAY = datetime(2027, 3, 1, 7, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
EARLIER = MONDAY - timedelta(days=3)
Post = Callable[..., Event]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


@pytest.fixture
def mailed(config: Config, office: PostOffice) -> Config:
    return replace(config, mail_server=office.url)


@pytest.fixture
def staff(write: Session) -> None:
    for name in ("a", "b"):
        person(write, f"{name}@example.jp").created_at = EARLIER
    write.commit()


@pytest.mark.usefixtures("staff")
def test_everybody_gets_one_letter_on_monday_at_seven(mailed: Config, office: PostOffice) -> None:
    for minutes in (-1, 0, 1, 60, 23 * 60):
        list(mail_worker.run(mailed, at=MONDAY + timedelta(minutes=minutes)))
        assert len(office.raw) == (0 if minutes < 0 else 2)
    assert [one["To"] for one in office.letters] == ["a@example.jp", "b@example.jp"]
    list(mail_worker.run(mailed, at=MONDAY + timedelta(days=2)))
    assert len(office.raw) == 2
    list(mail_worker.run(mailed, at=MONDAY + timedelta(days=7)))
    assert len(office.raw) == 4


def test_the_letter_says_the_week_in_japanese(mailed: Config, office: PostOffice, write: Session, post: Post) -> None:
    me, other = person(write, "a@example.jp"), person(write, "b@example.jp")
    me.created_at = other.created_at = EARLIER
    event = post(
        write, title="雛まつり 🎎", at=EARLIER, start="2027-03-03T10:00:00", end=None, all_day=False, venue_id=None
    )
    post(write, title="図書館の催し", at=EARLIER, department_id=2)
    comments.add(write, event, "会場は\n決まりましたか", actor=other, at=EARLIER)
    write.commit()
    list(mail_worker.run(mailed, at=MONDAY))
    letter = office.letters[0]
    text = letter.get_content()
    assert letter.get_content_type() == "text/plain"
    assert letter["Subject"] == "【仙北市 まちのカレンダー】今週のまとめ（3月1日（月））"
    assert all(line.isascii() for line in office.raw[0].splitlines())
    assert max(map(len, office.raw[0].splitlines())) <= 998
    published, coming, missing, asked = (part for part in text.split("■")[1:])
    assert f"https://calendar.example.jp/events/{event.public_id}" in published
    assert "雛まつり 🎎" in published
    assert "3月3日（水）" in coming
    assert "写真なし・会場なし" in missing
    assert "会場は 決まりましたか" in asked
    assert "図書館の催し" not in text


def test_one_click_turns_the_letters_off_without_signing_in(
    app: Flask, mailed: Config, office: PostOffice, write: Session, town: Session
) -> None:
    person(write, "a@example.jp").created_at = EARLIER
    write.commit()
    list(mail_worker.run(mailed, at=MONDAY))
    letter = office.letters[0]
    found = re.fullmatch(r"<https://calendar\.example\.jp(/staff/mail/[\w.-]+)>", letter["List-Unsubscribe"].strip())
    assert found, letter["List-Unsubscribe"]
    assert found[0][1:-1].encode() in office.raw[0], "no mail program decodes it"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found[1] in letter.get_content()
    browser = app.test_client()
    assert browser.get(found[1]).status_code == 200
    assert every(town, User)[0].weekly_mail, "mail programs look at addresses"
    assert browser.post(found[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not every(town, User)[0].weekly_mail
    list(mail_worker.run(mailed, at=MONDAY + timedelta(days=7)))
    assert len(office.raw) == 1


@pytest.mark.usefixtures("staff")
def test_a_changed_signature_turns_off_nobodys_letters(client: FlaskClient, town: Session, config: Config) -> None:
    first, second = every(town, User)
    mine = weekly_digest.unsubscribe_token(first, config.secret_key)
    forged = weekly_digest.unsubscribe_token(second, "another key")
    for token in (mine[:-2] + "xx", forged, "1", "x" * 300):
        assert client.post(f"/staff/mail/{token}").status_code == 404
        assert client.get(f"/staff/mail/{token}").status_code == 404
    assert all(one.weekly_mail for one in every(town, User))


def test_who_is_closed_turned_it_off_or_came_later_gets_none(
    mailed: Config, office: PostOffice, write: Session
) -> None:
    people = [person(write, f"{name}@example.jp") for name in "abc"]
    for one in people[:2]:
        one.created_at = EARLIER
    people[0].active, people[1].weekly_mail = False, False
    people[2].created_at = MONDAY + timedelta(hours=1)
    write.commit()
    list(mail_worker.run(mailed, at=MONDAY + timedelta(hours=2)))
    assert office.raw == []


@pytest.mark.usefixtures("staff")
def test_without_a_mail_server_nothing_is_written(config: Config, town: Session) -> None:
    list(mail_worker.run(config, at=MONDAY))
    assert every(town, Mail) == []


@pytest.mark.usefixtures("staff")
def test_a_server_that_is_away_gets_every_letter_once_it_is_back(
    config: Config, office: PostOffice, town: Session
) -> None:
    away = replace(config, mail_server="smtp://127.0.0.1:1")
    said = list(mail_worker.run(away, at=MONDAY))
    assert len(said) == 1, "the second letter is not tried in vain"
    assert "ConnectionRefused" in every(town, Mail)[0].problem
    back = replace(config, mail_server=office.url)
    list(mail_worker.run(back, at=MONDAY + timedelta(seconds=10)))
    assert office.raw == [], "not at once again"
    list(mail_worker.run(back, at=MONDAY + timedelta(minutes=11)))
    list(mail_worker.run(back, at=MONDAY + timedelta(hours=5)))
    assert sorted(one["To"] for one in office.letters) == ["a@example.jp", "b@example.jp"]
    assert [(bool(one.sent_at), one.problem) for one in every(town, Mail)] == [(True, "")] * 2


@pytest.mark.usefixtures("staff")
def test_one_refused_address_keeps_no_other_letter_back(mailed: Config, office: PostOffice, town: Session) -> None:
    office.refused.add("a@example.jp")
    at = MONDAY
    for _ in range(9):
        list(mail_worker.run(mailed, at=at))
        at += timedelta(days=1)
    to_b = [one for one in office.letters if one["To"] == "b@example.jp"]
    assert len(to_b) == 2, "one for each Monday"
    lost = [one for one in every(town, Mail) if one.recipient == "a@example.jp"]
    assert max(one.tries for one in lost) == len(letters.BACK_OFF), "given up in the end"
    assert "nobody here" in lost[0].problem


@pytest.mark.usefixtures("staff")
def test_a_sender_that_died_leaves_its_letters_to_the_next(mailed: Config, office: PostOffice, write: Session) -> None:
    weekly_digest.queue(write, mailed, at=MONDAY)
    assert len(letters.claim(write, at=MONDAY)) == 2
    write.commit()
    list(mail_worker.run(mailed, at=MONDAY + timedelta(minutes=9)))
    assert office.raw == []
    list(mail_worker.run(mailed, at=MONDAY + timedelta(minutes=10)))
    assert len(office.raw) == 2
    assert len({one["Message-ID"] for one in office.letters}) == 2


def test_two_workers_share_the_letters(session: Session) -> None:
    for name in "abc":
        assert letters.queue(session, f"k-{name}", f"{name}@example.jp", "s", "b", at=MONDAY)
    assert not letters.queue(session, "k-a", "a@example.jp", "s", "b", at=MONDAY)
    assert len(letters.claim(session, at=MONDAY)) == 3
    assert letters.claim(session, at=MONDAY) == []


def test_a_sent_letter_is_forgotten_after_a_month(mailed: Config, write: Session, town: Session) -> None:
    letters.queue(write, "k", "a@example.jp", "s", "b", at=MONDAY)
    write.commit()
    list(mail_worker.run(mailed, at=MONDAY))
    list(mail_worker.run(mailed, at=MONDAY + timedelta(days=32)))
    assert every(town, Mail) == []


def test_a_long_address_to_unsubscribe_stays_one_that_programs_can_follow(office: PostOffice) -> None:
    """Python's own folding makes an encoded word of it from 77 characters on."""
    long = f"https://calendar.city.semboku.akita.jp/staff/mail/{'x' * 60}"
    letter = letters.compose("k", "c@example.jp", "a@example.jp", "件名" * 40, "b", unsubscribe=long, at=MONDAY)
    letters.send(office.url, letter)
    assert f"List-Unsubscribe: <{long}>\r\n".encode() in office.raw[0]
    assert office.letters[0]["Subject"] == "件名" * 40


def test_no_password_travels_in_the_clear(office: PostOffice) -> None:
    letter = letters.compose("k", "c@example.jp", "a@example.jp", "s", "b", at=MONDAY)
    with pytest.raises(letters.UnencryptedServer):
        letters.send(office.url.replace("127.0.0.1", "user:secret@0.0.0.0"), letter)
    assert office.raw == []


@pytest.mark.parametrize(
    ("name", "value"), [("SERVER", "mail.example.jp"), ("SERVER", "http://mail.example.jp"), ("FROM", "nobody")]
)
def test_a_wrong_setting_is_named(tmp_path: object, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"CALENDAR_MAIL_{name}"):
        load({"CALENDAR_INSTANCE": str(tmp_path), f"CALENDAR_MAIL_{name}": value})
