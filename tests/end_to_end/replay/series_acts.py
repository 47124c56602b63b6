"""Acts upon the rest of a series, and upon dates that go to their reserve: split, end, decide."""

from datetime import timedelta
from typing import Any

from calendar_app.entries import single_dates
from end_to_end.replay.acts import RAIN, Act, changing
from end_to_end.replay.model import Date, Truth
from end_to_end.replay.town import MOST, Town

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def _divided(town: Town, values: dict[str, Any]) -> tuple[Truth, Truth]:
    """A public series of which a date and all that follow become an event of their own, with these values."""
    found = [one for one in town.truths.values() if one.public and len(one.dates) > 2 and not one.adjusted]
    found = [one for one in found if one.status == "scheduled"]
    if not found or len(town.alive()) >= MOST:
        raise LookupError
    truth = town.chance.choice(found)
    entry = town.entry(truth)
    firsts = [when for when in sorted(truth.dates)[1:] if entry.rule and single_dates.splittable(entry, when)]
    if not firsts or min(truth.dates).date() >= firsts[0].date():
        raise LookupError
    first = town.chance.choice(firsts)
    if "start" in values:
        values = _an_hour_later(truth, entry, first)
    town.number += 1
    later = truth.copy()
    made = single_dates.split(town.session, entry, first, values, **town.given)
    later.number, later.public_id, later.photo = town.number, made.public_id, False
    later.dates = {when: one for when, one in later.dates.items() if when.date() >= first.date()}
    truth.dates = {when: one for when, one in truth.dates.items() if when.date() < first.date()}
    later.published_at = town.at
    town.truths[later.public_id] = later
    town.forget(truth)
    town.tell(later, "published")
    return truth, later


def _an_hour_later(truth: Truth, entry: Any, first: Any) -> dict[str, Any]:
    """The times of the rest. Only where no date of it differs: else its exceptions follow, which `move` plays."""
    if entry.slots or entry.overrides or entry.rdates or entry.exdates or first.hour > 21:
        raise LookupError
    return {"start": (first + HOUR).isoformat(), "end": (first + HOUR + (entry.end - entry.start)).isoformat()}


def split(town: Town) -> None:
    """This date and those that follow become an event of their own: as it is, elsewhere, or an hour later."""
    change: dict[str, Any] = town.chance.choice([{}, {"venue_id": None}, {"start": ""}])
    truth, later = _divided(town, change)
    if "venue_id" in change:
        later.place = False
    if "start" in change:
        later.dates = {when + HOUR: Date(one.start + HOUR, one.end + HOUR) for when, one in later.dates.items()}
    if change:
        town.tell(truth, "rescheduled" if "start" in change else "moved")


def end_the_series(town: Town) -> None:
    """This date and those that follow are cancelled, and stay visible as an event of their own."""
    _, later = _divided(town, {})
    town.hands.act(later, "cancel", RAIN)
    later.set_status("cancelled", town.at)
    town.tell(later, "cancelled")


def name_a_reserve(town: Town) -> None:
    """The date on which it takes place if the weather is bad; telling it changes no date."""
    truth = town.pick(off=False)
    if truth.all_day:
        raise LookupError
    with changing(town, truth):
        reserve = min(truth.dates) + town.chance.choice([1, 2, 20]) * DAY
        town.hands.save(truth, {"reserve_start": reserve.isoformat()})
        truth.reserve = reserve


def go_to_the_reserve(town: Town) -> None:
    """Bad weather: a date takes place on its reserve date, or on the next day."""
    truth = town.pick(off=False)
    entry, original = town.entry(truth), town.chance.choice(sorted(truth.dates))
    was = truth.dates[original]
    start = truth.reserve if truth.reserve and truth.reserve > was.start else was.start + DAY
    new = Date(start, start + (was.end - was.start), "rescheduled", moved=True)
    alone = len(truth.dates) == 1
    if truth.all_day or (alone and (entry.rule or entry.rdates or entry.slots)):
        raise LookupError
    with changing(town, truth):
        single_dates.decide(town.session, entry, original, "reserve", note=RAIN, **town.given)
        if alone:
            truth.dates, truth.reserve = {start: Date(new.start, new.end)}, None
            truth.reschedule(town.at)
        else:
            truth.dates[original] = new
        town.tell(truth, "rescheduled")


SERIES: list[Act] = [*[split] * 3, end_the_series, name_a_reserve, *[go_to_the_reserve] * 2]
