"""Change one date of a series: cancel it, move it, note something, decide by the weather; end or split the series
there.

`original` identifies a date by its planned start (wall-clock time): its RECURRENCE-ID in every calendar that holds it.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy.orm import Session

from calendar_app.dates import formatting, rrule
from calendar_app.dates.recurrence import Instance, expand, rule_dates
from calendar_app.db.models import Event, User
from calendar_app.entries import change_notices, editing, publishing, revisions
from calendar_app.entries.change_notices import Notice
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values

GOES_AHEAD = "予定どおり開催します。"
FROM_HERE = "{day}の回から変わります。"


def change_date(
    session: Session, event: Event, original: datetime, values: Values, *, actor: User | None, at: datetime
) -> None:
    """Set what differs for one date: start, end, status, note, venue_id. Without values it is as the series has it
    again.

    Raises Invalid when the series does not have the date, or the end lies before the start.
    """
    revisions.lock(session)
    before = change_of(event, original)
    after = _differing(event, original, before, editing.cleaned(session, values))
    if before == after:
        return
    others = [change for change in event.overrides if change["original"] != original.isoformat()]
    changed = [{"original": original.isoformat()} | after] if after else []
    editing.apply(
        session, event, {"overrides": sorted([*others, *changed], key=lambda change: str(change["original"]))}
    )
    note = after.get("note", "")
    kind = _kind(before, after)
    sequence = any(before.get(name) != after.get(name) for name in {*before, *after} - {"note"})
    notable = kind != "corrected" or bool(note)
    notice = Notice(kind, notable=notable, sequence=sequence, dates=True, original=original)
    change_notices.record(session, event, notice, actor=actor, at=at, note=note)


def set_status(
    session: Session, event: Event, original: datetime, status: str, note: str, *, actor: User | None, at: datetime
) -> None:
    """Set "cancelled", "full" or "held" for one date, and keep its changed time and place. Raises Invalid as
    `change_date` does."""
    values = change_of(event, original) | {"status": status, "note": note}
    change_date(session, event, original, values, actor=actor, at=at)


def change_of(event: Event, original: datetime) -> Values:
    """Return how one date differs from its series; {} when it does not."""
    changed: Values = next((change for change in event.overrides if change["original"] == original.isoformat()), {})
    return {name: value for name, value in changed.items() if name != "original"}


def instance(event: Event, original: datetime) -> Instance:
    """Return the date of the series with this planned start. Raises Invalid when there is none."""
    for candidate in expand(event.repeat, date.max):
        if candidate.original == original:
            return candidate
    raise Invalid(original="unknown")


def decide(
    session: Session, event: Event, original: datetime, choice: str, *, actor: User | None, at: datetime, note: str = ""
) -> None:
    """Decide by the weather for one date: "held", "cancelled", or "reserve" (moved to the reserve date).

    Raises Invalid when the series does not have the date, or the choice is unknown.
    """
    planned = instance(event, original)
    alone = len(expand(event.repeat, date.max)) == 1
    record_args: dict[str, Any] = {"actor": actor, "at": at}
    match choice:
        case "held":
            set_status(session, event, original, "held", note or GOES_AHEAD, **record_args)
        case "cancelled" if alone:
            publishing.cancel(session, event, note, **record_args)
        case "cancelled":
            set_status(session, event, original, "cancelled", note, **record_args)
        case "reserve":
            _to_reserve(session, event, planned, alone, note, **record_args)
        case _:
            raise Invalid(choice="unknown")


def reserve_of(event: Event, start: datetime) -> datetime:
    """Return when a date takes place instead: the named reserve date if it lies after `start`, or else the next day."""
    named = event.reserve_start
    return named if named and named > start else start + timedelta(days=1)


def split(
    session: Session,
    event: Event,
    original: datetime,
    values: Values,
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> Event:
    """Make this date and all that follow a new event, changed by `values`; the series ends before it. Returns the new
    event.

    The new event has a new UID and names the old one, because a UID in calendars cannot stand for two series. Raises
    Invalid when the series cannot be split here or the values cannot be saved.
    """
    revisions.lock(session)
    if not splittable(event, original):
        raise Invalid(original="not_splittable")
    record_args: dict[str, Any] = {"actor": actor, "at": at}
    now = revisions.values(event)
    later = cast(Event, publishing.create(session, "event", _following(event, original, now), **record_args))
    publishing.save(session, later, values, **record_args)  # as an edit: its exceptions follow a new time
    if event.status != "postponed" or not {"start", "end"} & values.keys():  # new dates end a postponement
        _keep_status(session, event, later, **record_args)
    editing.apply(session, event, _until(original, now))
    note_with_day = f"{FROM_HERE.format(day=formatting.say_date(original.date(), 'ja'))}{note}" if values else ""
    kind = "rescheduled" if {"start", "end"} & values.keys() else "moved" if values else "changed"
    change_notices.record(
        session, event, Notice(kind, notable=bool(values), sequence=True, dates=True), **record_args, note=note_with_day
    )
    if event.public:
        publishing.publish(session, later, **record_args)
    elif event.publish_at:
        publishing.schedule(session, later, event.publish_at, **record_args)
    return later


def _keep_status(session: Session, event: Event, later: Event, **record_args: Any) -> None:
    """Copy the status of the series (full, moved, called off) to its second part, and to the history of that part.

    The history also gets the status from before the series was called off, so that the part can be restored to it.
    """
    if event.status in ("cancelled", "postponed"):
        before = publishing.before_status(session, event)
        later.status, later.reason = before["status"], before["reason"]
        change_notices.record(session, later, Notice(), **record_args)
    for name in ("status", "reason", "status_at", "previous_starts"):
        setattr(later, name, getattr(event, name))
    if later.status != "scheduled":
        change_notices.record(session, later, Notice(), **record_args)


def splittable(event: Event, original: datetime) -> bool:
    """Whether the series can be split here: at a date of its rule other than the first."""
    days = rule_dates(event.repeat, date.max)
    return original.date() in days[1:] and original.time() == event.start.time()


def end_series(
    session: Session, event: Event, original: datetime, reason: str, *, actor: User | None, at: datetime
) -> Event:
    """Cancel this date and all that follow. They stay visible as an event of their own. Raises Invalid as `split` does."""
    later = split(session, event, original, {}, actor=actor, at=at)
    publishing.cancel(session, later, reason, actor=actor, at=at)
    return later


def _differing(event: Event, original: datetime, before: Values, values: Values) -> Values:
    """Return the values of a date that differ from its series; a moved date has the status "rescheduled"."""
    plain = _as_the_series_has_it(event, original)
    own_end = original.isoformat() in event.rdates and before.get("end")
    if not values and own_end and not before.get("start"):
        return {"end": own_end}  # typed with a further date, so it belongs to the series
    start = datetime.fromisoformat(values.get("start") or plain.start.isoformat())
    usual = {"start": plain.start.isoformat(), "venue_id": event.venue_id}
    if plain.end:  # keeps its length when it starts at another time
        usual["end"] = (start + (plain.end - plain.start)).isoformat()
    differing = {name: value for name, value in values.items() if value not in (None, "") and value != usual.get(name)}
    if "start" in differing or ("end" in differing and not own_end):
        return {"status": "rescheduled"} | differing
    return {name: value for name, value in differing.items() if (name, value) != ("status", "rescheduled")}


def _as_the_series_has_it(event: Event, original: datetime) -> Instance:
    for candidate in expand(replace(event.repeat, overrides=()), date.max):
        if candidate.original == original:
            return candidate
    raise Invalid(original="unknown")


def _kind(before: Values, after: Values) -> str:
    """Return the kind of the public notice. A date as planned again, or with places again, is announced as going ahead."""
    was, now = before.get("status"), after.get("status")
    if now and (now != was or now == "cancelled"):
        return str(now)
    if was in ("cancelled", "full") and not now:
        return "restored"
    if any(before.get(name) != after.get(name) for name in ("start", "end")):
        return "rescheduled"
    return "moved" if before.get("venue_id") != after.get("venue_id") else "corrected"


def _to_reserve(session: Session, event: Event, planned: Instance, alone: bool, note: str, **record_args: Any) -> None:
    start = reserve_of(event, planned.start)
    end = start + (planned.end - planned.start) if planned.end else None
    moved = {"start": start.isoformat(), "end": end.isoformat() if end else None}
    if alone:
        settled: Values = {"overrides": [], "reserve_start": None}
        publishing.save(session, event, moved | settled, note=note, **record_args)
    else:
        venue = change_of(event, planned.original).get("venue_id")
        change_date(session, event, planned.original, moved | {"venue_id": venue, "note": note}, **record_args)


def _following(event: Event, original: datetime, now: Values) -> Values:
    """Return the values of the second part: the same, from this date on."""
    rule = rrule.parse(event.rule)
    before = [day for day in rule_dates(event.repeat, date.max) if day < original.date()]
    count = rule.count - len(before) if rule.count else None
    exceptions = {
        name: [day for day in now[name] if day >= original.date().isoformat()] for name in ("rdates", "exdates")
    }
    return now | {
        "start": original.isoformat(),
        "end": (original + (event.end - event.start)).isoformat() if event.end else None,
        "rule": rrule.write(replace(rule, count=count)),
        **exceptions,
        "overrides": [change for change in now["overrides"] if change["original"] >= original.date().isoformat()],
        "previous_id": event.id,
        "photos": [],
    }


def _until(original: datetime, now: Values) -> Values:
    """Return the values with which the first part ends."""
    first = original.date().isoformat()
    rule = rrule.write(replace(rrule.parse(now["rule"]), until=original.date() - timedelta(days=1), count=None))
    exceptions = {name: [day for day in now[name] if day < first] for name in ("rdates", "exdates")}
    return exceptions | {
        "rule": rule,
        "overrides": [change for change in now["overrides"] if change["original"] < first],
    }
