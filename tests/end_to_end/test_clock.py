"""The table of the clock: each channel one second before a moment, at it, and one second after.

A row names, for each channel, a text and whether the channel holds it before the moment and from then on. It is the same
with a worker, without one, and with a server that was restarted over the moment.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.entries import due, publishing
from conftest import settings
from entries.test_due import Clock
from helpers.town import NOW, SAKURA, STOPPED, announce, attached, published

MOMENT = STOPPED + timedelta(hours=6)  # 18:00 in Tokyo
MIDNIGHT = STOPPED + timedelta(hours=12)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TITLE, BANNER = "角館の桜まつり", 'class="emergency"'
IN, OUT, COMES, GOES = (True, True), (False, False), (False, True), (True, False)

Says = tuple[str, tuple[bool, bool]]


class Due(NamedTuple):
    """Something that becomes due: how to arrange it (returns the address of its page), when, and what channels say."""

    arrange: Callable[[Session], str]
    moment: datetime
    day: str  # the address of the day page below /calendar/
    home: Says
    page: Says
    day_page: Says
    ics: Says
    atom: Says
    json: Says
    csv: Says


def event(at: datetime = NOW, **values: Any) -> Callable[[Session], str]:
    timed = {"all_day": False, "start": "2027-03-01T15:00:00", "end": "2027-03-01T18:00:00"}
    return lambda session: f"/events/{published(session, at=at, **timed | values).public_id}"


def notice(**values: Any) -> Callable[[Session], str]:
    return lambda session: f"/announcements/{announce(session, **{'title': TITLE} | values).public_id}"


def scheduled(session: Session) -> str:
    values = SAKURA | {"start": "2027-03-02T00:00:00", "end": "2027-03-02T00:00:00"}
    entry = publishing.create(session, "event", values, actor=None, at=NOW)
    publishing.schedule(session, entry, MOMENT, actor=None, at=NOW)
    return f"/events/{entry.public_id}"


def ended_emergency(session: Session) -> str:
    page = notice(importance="emergency", valid_until=MOMENT.isoformat())(session)
    due.run(session, at=MOMENT)
    return page


def old_notice(session: Session) -> str:
    page = event(at=MIDNIGHT - 14 * DAY - SECOND, start="2027-04-01T15:00:00", end="2027-04-01T18:00:00")(session)
    published(session, title="花火")
    return page


def everywhere(says: Says) -> dict[str, Says]:
    return dict.fromkeys(("home", "page", "day_page", "ics", "atom", "json", "csv"), says)


def row(arrange: Callable[[Session], str], moment: datetime, day: str, says: Says, **others: Says) -> Due:
    return Due(arrange, moment, day, **everywhere(says) | others)


TABLE = {
    "an emergency ends": row(
        notice(importance="emergency", valid_until=MOMENT.isoformat()),
        MOMENT,
        "2027/03/01",
        (BANNER, GOES),
        page=("有効期間は終了しました", COMES),
        ics=("STATUS:CANCELLED", COMES),
        atom=(TITLE, IN),
        json=(TITLE, IN),
        csv=(TITLE, OUT),
    ),
    "its cancelled week ends": row(
        ended_emergency,
        MIDNIGHT + 7 * DAY,
        "2027/03/01",
        (BANNER, OUT),
        ics=("STATUS:CANCELLED", GOES),
        atom=(TITLE, IN),
        json=(TITLE, IN),
    ),
    "an important announcement ends": row(
        notice(importance="important", valid_until=MOMENT.isoformat()),
        MOMENT,
        "2027/03/01",
        (TITLE, OUT),
        home=(TITLE, IN),
        page=("有効期間は終了しました", COMES),
        atom=(TITLE, IN),
        json=(TITLE, IN),
    ),
    "applications close": row(
        event(
            start="2027-03-20T15:00:00", end="2027-03-20T18:00:00", apply="電話", apply_deadline="2027-03-01T18:00:00"
        ),
        MIDNIGHT,
        "2027/03/20",
        (TITLE, IN),
        home=("申込締切", GOES),
    ),
    "an event ends": row(event(), MOMENT, "2027/03/01", (TITLE, IN)),
    "the day of an event ends": row(event(), MIDNIGHT, "2027/03/01", (TITLE, IN), home=('class="row h-event', GOES)),
    "tomorrow becomes today": row(
        event(start="2027-03-02T15:00:00", end="2027-03-02T18:00:00"),
        MIDNIGHT,
        "2027/03/02",
        (TITLE, IN),
        home=("今日の催しはありません", GOES),
    ),
    "an uncertain date passes": row(
        event(
            start="2027-02-21T00:00:00", end="2027-03-01T00:00:00", all_day=True, precision="part", certainty="planned"
        ),
        MIDNIGHT,
        "2027/03/01",
        (TITLE, IN),
        home=(TITLE, GOES),
        page=("（日程調整中）</strong>", GOES),
        ics=("日程調整中", GOES),
        atom=("日程調整中", GOES),
        json=("日程調整中", GOES),
        csv=("日程調整中", GOES),
    ),
    "a notice is fourteen days old": row(
        old_notice, MIDNIGHT, "2027/04/01", (TITLE, IN), atom=(TITLE, GOES), json=(TITLE, GOES)
    ),
    "a scheduled event is published": row(scheduled, MOMENT, "2027/03/02", (TITLE, COMES)),
}


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, database_url)


def said(app: Flask, row: Due, page: str) -> dict[str, bool]:
    """Whether each channel holds its text."""
    client = app.test_client()
    addresses = {
        "home": "/",
        "page": page,
        "day_page": f"/calendar/{row.day}",
        "ics": "/calendar.ics",
        "atom": "/feed.atom",
        "json": "/feed.json",
        "csv": "/events.csv",
    }
    return {name: getattr(row, name)[0] in client.get(address).text for name, address in addresses.items()}


@pytest.mark.parametrize("hands", ["worker", "no worker", "restart"])
@pytest.mark.parametrize("name", TABLE)
def test_every_channel_is_right_at_the_moment(
    name: str, hands: str, built: Flask, app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = TABLE[name]
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setattr("calendar_app.listings.queries.LOG_ITEMS", 1)
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        page = row.arrange(session)
        session.commit()
    seen = []
    for moment in (row.moment - SECOND, row.moment, row.moment + SECOND):
        monkeypatch.setattr(Clock, "stands", moment)
        if moment == row.moment and hands == "worker":
            with write_session(engine) as session:
                due.run(session, at=moment)
                session.commit()
        if moment == row.moment and hands == "restart":
            app = attached(built, config)
        seen.append(said(app, row, page))
    engine.dispose()
    before, after = ({channel: getattr(row, channel)[1][when] for channel in seen[0]} for when in (0, 1))
    assert seen == [before, after, after]
