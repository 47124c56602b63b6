"""What a machine writes is held, what a person writes arrives: 300 messages of people, and samples of what forms are sent."""

import random
from datetime import timedelta
from string import ascii_lowercase
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from calendar_app.feedback import inbox, spam
from helpers import ROOT
from helpers.town import NOW

PEOPLE, SHORT = ((ROOT / f"tests/data/{name}.txt").read_text().splitlines() for name in ("citizens", "citizens_short"))


def test_no_message_of_a_person_is_held() -> None:
    assert len(PEOPLE) == 300
    assert len(SHORT) > 300, "one word, a name, a number, dialect, other languages, emoji"
    assert [text for text in [*PEOPLE, *SHORT] if spam.points(text) >= spam.HELD] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi! I can bring your website to the first page of Google. https://rank.example", ""),
        ("[url=https://pills.example]cheap[/url]", ""),
        ("スマホだけで月収100万円稼げます！無料登録はこちら http://money.example", ""),
        ("Купить дешево https://shop.example", ""),
        ("Nice page. See https://a.example https://b.example https://c.example", ""),
        ("hello", "http://casino.example"),
    ],
)
def test_what_machines_write_is_held(text: str, name: str) -> None:
    assert spam.points(text, name) >= spam.HELD


def test_letters_without_sense_are_held() -> None:
    chance = random.Random(1)
    texts = ["".join(chance.choices(ascii_lowercase, k=chance.randint(8, 20))) for _ in range(300)]
    assert sum(spam.points(text) >= spam.HELD for text in texts) > 0.8 * len(texts)


def test_a_long_text_that_comes_again_and_again_is_held_and_a_short_one_is_not(session: Session) -> None:
    def states(text: str, hours: float = 0) -> list[str]:
        given: Any = {"entry": None, "department": None, "zone": ZoneInfo("Asia/Tokyo")}
        at = NOW + timedelta(hours=hours)
        return [inbox.receive(session, inbox.Submission("question", text), at=at, **given).state for _ in range(5)]

    long = "うちのサービスを使うと、町のお祭りがもっと楽しくなります。"
    assert states(long) == ["waiting"] * 3 + ["spam"] * 2
    assert states("ありがとうございました") == ["waiting"] * 5
    assert states(long, hours=25)[0] == "waiting", "a day later it counts anew"
