"""One date of a series: cancel it, move it, say something about it; decide by the weather; end or change all that follow."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy.orm import Session

from calendar_app import editing, notices, publishing, revisions, rrule
from calendar_app.editing import Invalid
from calendar_app.markup import clean
from calendar_app.models import Event, User
from calendar_app.notices import Notice
from calendar_app.recurrence import Instance, expand, rule_dates
from calendar_app.revisions import Values

# What the public is told when a date gets this status; None: of the words beside it.
KINDS = {"cancelled": "cancelled", "rescheduled": "rescheduled", "full": "full", "held": "held", None: "corrected"}
GOES_AHEAD = "予定どおり開催します。"


def change_date(
    session: Session, event: Event, original: datetime, values: Values, *, actor: User | None, at: datetime
) -> None:
    """Let one date differ from its series: any of start, end, status, note, venue_id. No values: as the series has it.

    `original` is where the series put the date. Raises Invalid for a date that it does not have.
    """
    revisions.lock(session)
    instance(event, original)
    values = {name: value for name, value in editing.cleaned(values).items() if value not in (None, "")}
    if values.get("start", original.isoformat()) != original.isoformat():
        values = {"status": "rescheduled"} | values
    before: Values = next((one for one in event.overrides if one["original"] == original.isoformat()), {})
    after = {"original": original.isoformat()} | values if values else {}
    if before == after:
        return
    kept = [one for one in event.overrides if one is not before]
    editing.apply(session, event, {"overrides": [*kept, after] if after else kept})
    notice = Notice(_kind(before, after), notable=True, sequence=True, original=original)
    notices.record(session, event, notice, actor=actor, at=at, note=values.get("note", ""))


def _kind(before: Values, after: Values) -> str:
    """A date that is as the series has it again is announced as restored."""
    if not after or (before.get("status") == "cancelled" and not after.get("status")):
        return "restored"
    if after.get("venue_id") != before.get("venue_id") and not after.get("status"):
        return "moved"
    return KINDS.get(after.get("status"), "corrected")


def instance(event: Event, original: datetime) -> Instance:
    """The date of the series that was to be then. Raises Invalid when it has none."""
    for one in expand(event.repeat, date.max):
        if one.original == original:
            return one
    raise Invalid(original="unknown")


def decide(
    session: Session, event: Event, original: datetime, choice: str, *, actor: User | None, at: datetime, note: str = ""
) -> None:
    """The decision by the weather, for one date: "held", "cancelled", or "reserve" (moved to the reserve date)."""
    one = instance(event, original)
    alone = len(expand(event.repeat, date.max)) == 1
    given: dict[str, Any] = {"actor": actor, "at": at}
    match choice:
        case "held":
            change_date(session, event, original, {"status": "held", "note": note or GOES_AHEAD}, **given)
        case "cancelled" if alone:
            publishing.cancel(session, event, note, **given)
        case "cancelled":
            change_date(session, event, original, {"status": "cancelled", "note": note}, **given)
        case "reserve":
            _to_reserve(session, event, one, alone, note, **given)
        case _:
            raise Invalid(choice="unknown")


def reserve_of(event: Event, one: Instance) -> datetime:
    """When a date takes place instead: the reserve date that was named, else the next day."""
    return event.reserve_start or one.start + timedelta(days=1)


def _to_reserve(session: Session, event: Event, one: Instance, alone: bool, note: str, **given: Any) -> None:
    start = reserve_of(event, one)
    end = start + (one.end - one.start) if one.end else None
    moved = {"start": start.isoformat(), "end": end.isoformat() if end else None}
    if alone:
        settled: Values = {"overrides": [], "reserve_start": None}
        publishing.save(session, event, moved | settled, note=note, **given)
    else:
        change_date(session, event, one.original, moved | {"note": note}, **given)


def split(
    session: Session, event: Event, original: datetime, values: Values, *, actor: User | None, at: datetime
) -> Event:
    """This date and all that follow become an event of their own, changed by `values`; the series ends before it.

    The new event has a new UID and names the old one: a series that calendars hold cannot be two things at once.
    """
    revisions.lock(session)
    one = instance(event, original)
    days = rule_dates(event.repeat, date.max)
    before = [day for day in days if day < original.date()]
    if not before or original.date() not in days or original.time() != event.start.time():
        raise Invalid(original="not_splittable")
    now = revisions.values(event)
    following = _following(event, one, before, now) | values
    later = publishing.create(session, "event", following, actor=actor, at=at)
    editing.apply(session, event, _until(event, original, now))
    notices.record(session, event, Notice(sequence=True), actor=actor, at=at)
    if event.public:
        publishing.publish(session, later, actor=actor, at=at)
    return cast(Event, later)


def _following(event: Event, one: Instance, before: list[date], now: Values) -> Values:
    """The values of the second part: the same, from this date on."""
    rule = rrule.parse(event.rule)
    count = rule.count - len(before) if rule.count else None
    kept = {name: [day for day in now[name] if day >= one.original.isoformat()] for name in ("rdates", "exdates")}
    return now | {
        "start": one.original.isoformat(),
        "end": (one.original + (event.end - event.start)).isoformat() if event.end else None,
        "rule": rrule.write(replace(rule, count=count)),
        **kept,
        "overrides": [change for change in now["overrides"] if change["original"] >= one.original.isoformat()],
        "previous_id": event.id,
        "photos": [],
    }


def _until(event: Event, original: datetime, now: Values) -> Values:
    """What is left of the first part."""
    last = original.date() - timedelta(days=1)
    rule = rrule.write(replace(rrule.parse(event.rule), until=last, count=None))
    kept = {name: [day for day in now[name] if day < original.isoformat()] for name in ("rdates", "exdates")}
    return kept | {
        "rule": rule,
        "overrides": [change for change in now["overrides"] if change["original"] < original.isoformat()],
    }


def end_series(
    session: Session, event: Event, original: datetime, reason: str, *, actor: User | None, at: datetime
) -> Event:
    """This date and all that follow are cancelled. They stay in sight, as an event of their own that says so."""
    later = split(session, event, original, {}, actor=actor, at=at)
    publishing.cancel(session, later, clean(reason, lines=False), actor=actor, at=at)
    return later
