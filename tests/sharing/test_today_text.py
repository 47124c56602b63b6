"""What a voice assistant reads out: one sentence a line, emergencies first, then what has an hour."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from helpers.town import NOW, announce, published

TIMED = {"end": None, "all_day": False}


def test_today_is_said_in_sentences_with_what_is_cancelled_and_where(client: FlaskClient, write: Session) -> None:
    published(write, title="写真展", start="2027-02-20T00:00:00", end="2027-03-10T00:00:00", venue_id=None)
    published(write, title="体操", start="2027-03-01T18:30:00", **TIMED)
    off = published(write, title="茶会", start="2027-03-01T13:00:00", **TIMED)
    published(write, title="明日の会", start="2027-03-02T13:00:00", **TIMED)
    publishing.cancel(write, off, "大雪のため", actor=None, at=NOW)
    announce(write, title="避難指示", importance="emergency", at=NOW + timedelta(minutes=1))
    write.commit()
    answer = client.get("/api/v1/today.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "【緊急】避難指示。",
        "3月1日（月）の催し：3件。",
        "午後1時、【中止】茶会、桧木内川堤、大雪のため。",
        "午後6時30分、体操、桧木内川堤。",
        "写真展。",
    ]
    english = client.get("/api/v1/today.txt?lang=en&venue=1").text.splitlines()
    assert english[1:] == [
        "Mon 1 Mar, events: 2.",
        "13:00, [Cancelled] 茶会, Hinokinai River bank, 大雪のため.",
        "18:30, 体操, Hinokinai River bank.",
    ]


def test_a_day_without_events_says_so(client: FlaskClient) -> None:
    assert client.get("/api/v1/today.txt").text == "3月1日（月）の催しはありません。\n"
    assert client.get("/api/v1/today.txt?venue=99").status_code == 404
