from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from calendar_app.listings import date_outlines, queries
from calendar_app.listings.filters import EVERYTHING, Filter
from helpers.town import NOW, announce

WEEKLY = {"title": "朝市", "start": "2027-04-04T06:00:00", "end": "2027-04-04T08:00:00", "all_day": False}
WEEKLY |= {"rule": "FREQ=WEEKLY;COUNT=6", "tags": ["市"]}
APRIL = date(2027, 4, 1), date(2027, 4, 30)


def test_the_outlines_are_those_of_the_dates_themselves(session: Session, post: Callable[..., Event]) -> None:
    post(session)
    market = post(session, **WEEKLY)
    single_dates.change_date(
        session, market, market.occurrences[1].original, {"status": "cancelled"}, actor=None, at=NOW
    )
    publishing.withdraw(session, post(session, title="取り下げ"), "", actor=None, at=NOW)
    going = Filter((("cancelled", ("drop",)),))
    for wanted in (EVERYTHING, going, Filter((("tag", ("市",)),))):
        dates = queries.occurrences(session, *APRIL, wanted)
        assert date_outlines.on_days(session, *APRIL, wanted) == [date_outlines.of(occurrence) for occurrence in dates]
        first = {date.event_id: date_outlines.of(date) for date in reversed(dates)}
        listed = sorted(first.values(), key=lambda outline: outline.first_day)
        assert date_outlines.next_dates(session, APRIL[0], 5, wanted) == listed
    assert len(date_outlines.on_days(session, *APRIL, going)) == 4


def test_an_event_is_listed_once_by_its_next_date(session: Session, post: Callable[..., Event]) -> None:
    market = post(session, **WEEKLY)
    later = post(session, title="縁日", start="2027-04-20T00:00:00", all_day=True)

    def listed(first: date, **days: date) -> list[tuple[int, date]]:
        return [(found.event_id, found.first_day) for found in date_outlines.next_dates(session, first, 9, **days)]

    assert listed(date(2027, 4, 5)) == [(market.id, date(2027, 4, 11)), (later.id, date(2027, 4, 20))]
    # A later page has neither what stood on an earlier one nor its later dates.
    assert listed(date(2027, 4, 5), since=date(2027, 4, 12)) == [(later.id, date(2027, 4, 20))]
    assert listed(date(2027, 4, 5), until=date(2027, 4, 19)) == [(market.id, date(2027, 4, 11))]


def test_announcements_come_newest_first(session: Session) -> None:
    made = [announce(session, title=title).public_id for title in ("一", "二", "三")]
    assert [outline.public_id for outline in date_outlines.announcements(session, 2)] == made[:0:-1]
