"""What each change says, as a table: its kind, what is to be done with what was said before, its headline."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, Venue
from calendar_app.delivery import messages, turns
from calendar_app.entries import due, publishing, single_dates
from helpers.town import NOW, announce, published, settings

Act = Callable[[Session], Entry]
WHO: dict[str, Any] = {"actor": None, "at": NOW + timedelta(minutes=1)}
FIRST = datetime(2027, 4, 15, 10)


def festival(session: Session) -> Event:
    return published(session, title="夏まつり", start="2027-08-01T10:00:00", end=None, all_day=False)


def market(session: Session) -> Event:
    values = {"title": "朝市", "start": "2027-04-15T10:00:00", "end": None, "all_day": False}
    return published(session, rule="FREQ=WEEKLY;COUNT=4", **values)


def new(session: Session) -> Entry:
    return festival(session)


def cancelled(session: Session) -> Entry:
    publishing.cancel(session, event := festival(session), "大雨のため", **WHO)
    return event


def postponed(session: Session) -> Entry:
    publishing.postpone(session, event := festival(session), "", **WHO)
    return event


def restored(session: Session) -> Entry:
    publishing.cancel(session, event := festival(session), "", **WHO)
    publishing.restore(session, event, **WHO)
    return event


def rescheduled(session: Session) -> Entry:
    publishing.save(session, event := festival(session), {"start": "2027-08-02T10:00:00"}, **WHO)
    return event


def moved(session: Session) -> Entry:
    event = festival(session)
    publishing.save_reference(session, hall := Venue(), {"name": "市民会館"}, **WHO)
    publishing.save(session, event, {"venue_id": hall.id}, **WHO)
    return event


def corrected(session: Session) -> Entry:
    publishing.save(session, event := festival(session), {"fee": 100}, note="料金を訂正", **WHO)
    return event


def typo(session: Session) -> Entry:
    publishing.save(session, event := festival(session), {"title": "夏祭り"}, **WHO)
    return event


def one_date(session: Session) -> Entry:
    single_dates.set_status(session, event := market(session), FIRST, "cancelled", "雨天", **WHO)
    return event


def withdrawn(session: Session) -> Entry:
    publishing.withdraw(session, event := festival(session), "内部の理由", **WHO)
    return event


def put_back(session: Session) -> Entry:
    publishing.restore(session, entry := withdrawn(session), **WHO)
    return entry


def status(session: Session) -> Entry:
    season = published(session)
    return announce(session, title="開花状況", headline="満開", about_id=season.id)


def emergency(session: Session, **more: Any) -> Entry:
    return announce(session, title="避難指示", importance="emergency", **more)


def over(session: Session) -> Entry:
    entry = emergency(session, valid_until=(NOW + timedelta(hours=1)).isoformat())
    due.run(session, at=NOW + timedelta(hours=2))
    return entry


def ended_news(session: Session) -> Entry:
    entry = announce(session, valid_until=(NOW + timedelta(hours=1)).isoformat())
    due.run(session, at=NOW + timedelta(hours=2))
    return entry


TABLE: list[tuple[Act, tuple[str, str, str, bool] | None]] = [
    (new, ("new", "post", "夏まつり", False)),
    (cancelled, ("cancelled", "change", "【中止】夏まつり", True)),
    (postponed, ("postponed", "change", "【延期】夏まつり", True)),
    (restored, ("restored", "change", "【開催】夏まつり", False)),
    (rescheduled, ("rescheduled", "change", "【日時変更】夏まつり", False)),
    (moved, ("moved", "change", "【会場変更】夏まつり", False)),
    (corrected, ("corrected", "change", "【訂正】夏まつり", False)),
    (typo, None),
    (one_date, ("date_cancelled", "change", "【中止】朝市（4月15日（木））", True)),
    (withdrawn, ("withdrawn", "delete", "【取り下げ】夏まつり", False)),
    (put_back, ("new", "post", "夏まつり", False)),
    (status, ("status", "post", "開花状況", False)),
    (emergency, ("emergency", "post", "【緊急】避難指示", True)),
    (over, ("over", "change", "【終了】避難指示", True)),
    (ended_news, None),
]


@pytest.mark.parametrize(("act", "expected"), TABLE, ids=[act.__name__ for act, _ in TABLE])
def test_what_a_change_says(write: Session, tmp_path: Path, act: Act, expected: Any) -> None:
    entry = act(write)
    write.flush()
    write.expire_all()
    row = max(entry.revisions, key=lambda each: each.number)
    said = messages.of(row, turns.site_view(write, settings(tmp_path, ""), "ja"), date(2027, 3, 1))
    assert (said and (said.kind, said.act, said.headline, said.urgent)) == expected
    if said:
        assert said.text.startswith(said.headline)
        assert said.link == f"https://calendar.example.jp/{entry.kind}s/{entry.public_id}"
        assert "内部の理由" not in said.text, "only staff see why"


def test_the_reason_and_the_new_date_are_in_the_text(write: Session, tmp_path: Path) -> None:
    view = turns.site_view(write, settings(tmp_path, ""), "ja")
    for act, words in (
        (cancelled, "大雨のため"),
        (rescheduled, "8月2日"),
        (moved, "市民会館"),
        (one_date, "雨天"),
        (status, "満開"),
    ):
        entry = act(write)
        write.expire_all()
        row = max(entry.revisions, key=lambda each: each.number)
        said = messages.of(row, view, date(2027, 3, 1))
        assert words in (said.text if said else ""), act.__name__
    english = messages.of(row, replace(view, lang="en"), date(2027, 3, 1))
    assert english is not None
    assert english.lang == "en"
