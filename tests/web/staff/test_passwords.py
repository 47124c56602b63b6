"""Passwords guessed in an open session, many at once."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy.orm import Session

from calendar_app.db.models import SignInRecord
from helpers.staff_desk import every, signed_in
from helpers.town import person

GUESSES = 24
WRONG = {"password": "a wrong password", "new_password": "x", "new_password_again": "x"}


def test_guesses_sent_at_once_are_counted_one_by_one(app: Flask, write: Session, town: Session) -> None:
    """They were looked at together, before the first failure was written down."""
    person(write)
    write.commit()
    app.config["WTF_CSRF_ENABLED"] = False
    browsers = [signed_in(app, "staff@example.jp") for _ in range(GUESSES)]
    with ThreadPoolExecutor(GUESSES) as together:
        codes = list(together.map(lambda browser: browser.post("/staff/password", data=WRONG).status_code, browsers))
    looked_at = codes.count(422)
    assert 10 <= looked_at <= 11  # as many as the bucket takes; one more was in the middle of it
    assert codes.count(429) == GUESSES - looked_at
    assert [record.kind for record in every(town, SignInRecord)] == ["refused"] * looked_at
