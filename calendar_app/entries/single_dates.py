"""One date of a series: cancel it, move it, say something about it; decide by the weather; end or change all that follow.

A date is known by its `original`, where the series put it: its RECURRENCE-ID in every calendar that holds it.
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
    """Let one date differ from its series: any of start, end, status, note, venue_id. No values: as the series has it.

    Raises Invalid for a date that the series does not have, and for an end before the start.
    """
    revisions.lock(session)
    before = change_of(event, original)
    after = _differing(event, original, before, editing.cleaned(session, values))
    if before == after:
        return
    others = [one for one in event.overrides if one["original"] != original.isoformat()]
    changed = [{"original": original.isoformat()} | after] if after else []
    editing.apply(session, event, {"overrides": sorted([*others, *changed], key=lambda one: str(one["original"]))})
    note = after.get("note", "")
    kind = _kind(before, after)
    sequence = any(before.get(name) != after.get(name) for name in {*before, *after} - {"note"})
    notable = kind != "corrected" or bool(note)
    notice = Notice(kind, notable=notable, sequence=sequence, dates=True, original=original)
    change_notices.record(session, event, notice, actor=actor, at=at, note=note)


def set_status(
    session: Session, event: Event, original: datetime, status: str, note: str, *, actor: User | None, at: datetime
) -> None:
    """Say "cancelled", "full" or "held" of one date; where and when it was to be, be it moved, stays."""
    values = change_of(event, original) | {"status": status, "note": note}
    change_date(session, event, original, values, actor=actor, at=at)


def change_of(event: Event, original: datetime) -> Values:
    """What one date has that its series has not; nothing if it is as the series has it."""
    found: Values = next((one for one in event.overrides if one["original"] == original.isoformat()), {})
    return {name: value for name, value in found.items() if name != "original"}


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
            set_status(session, event, original, "held", note or GOES_AHEAD, **given)
        case "cancelled" if alone:
            publishing.cancel(session, event, note, **given)
        case "cancelled":
            set_status(session, event, original, "cancelled", note, **given)
        case "reserve":
            _to_reserve(session, event, one, alone, note, **given)
        case _:
            raise Invalid(choice="unknown")


def reserve_of(event: Event, start: datetime) -> datetime:
    """When a date takes place instead: the reserve date that was named, if it is still to come, else the next day."""
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
    """This date and all that follow become an event of their own, changed by `values`; the series ends before it.

    The new event has a new UID and names the old one: a series that calendars hold cannot be two things at once.
    """
    revisions.lock(session)
    if not splittable(event, original):
        raise Invalid(original="not_splittable")
    given: dict[str, Any] = {"actor": actor, "at": at}
    now = revisions.values(event)
    later = cast(Event, publishing.create(session, "event", _following(event, original, now), **given))
    publishing.save(session, later, values, **given)  # as an edit: its exceptions follow a new time
    if event.status != "postponed" or not {"start", "end"} & values.keys():  # new dates end a postponement
        _keep_status(session, event, later, **given)
    editing.apply(session, event, _until(original, now))
    said = f"{FROM_HERE.format(day=formatting.say_date(original.date(), 'ja'))}{note}" if values else ""
    kind = "rescheduled" if {"start", "end"} & values.keys() else "moved" if values else "changed"
    change_notices.record(
        session, event, Notice(kind, notable=bool(values), sequence=True, dates=True), **given, note=said
    )
    if event.public:
        publishing.publish(session, later, **given)
    elif event.publish_at:
        publishing.schedule(session, later, event.publish_at, **given)
    return later


def _keep_status(session: Session, event: Event, later: Event, **given: Any) -> None:
    """Let the second part say of itself the same as the series: that it is full, moved or called off.

    Each state goes into the history of the second part, with what the series said before it was called off: restored, the
    second part says that again.
    """
    if event.status in ("cancelled", "postponed"):
        before = publishing.before_status(session, event)
        later.status, later.reason = before["status"], before["reason"]
        change_notices.record(session, later, Notice(), **given)
    for name in ("status", "reason", "status_at", "previous_starts"):
        setattr(later, name, getattr(event, name))
    if later.status != "scheduled":
        change_notices.record(session, later, Notice(), **given)


def splittable(event: Event, original: datetime) -> bool:
    """Whether the series can be parted here: before one of its rule's own dates, but for the first."""
    days = rule_dates(event.repeat, date.max)
    return original.date() in days[1:] and original.time() == event.start.time()


def end_series(
    session: Session, event: Event, original: datetime, reason: str, *, actor: User | None, at: datetime
) -> Event:
    """This date and all that follow are cancelled. They stay in sight, as an event of their own that says so."""
    later = split(session, event, original, {}, actor=actor, at=at)
    publishing.cancel(session, later, reason, actor=actor, at=at)
    return later


def _differing(event: Event, original: datetime, before: Values, values: Values) -> Values:
    """Of the values of a date, those in which it differs from its series; a date that was moved says so."""
    plain = _as_the_series_has_it(event, original)
    own_end = original.isoformat() in event.rdates and before.get("end")
    if not values and own_end and not before.get("start"):
        return {"end": own_end}  # typed beside a further date: that is how the series has it
    start = datetime.fromisoformat(values.get("start") or plain.start.isoformat())
    usual = {"start": plain.start.isoformat(), "venue_id": event.venue_id}
    if plain.end:  # as long as ever, wherever it begins
        usual["end"] = (start + (plain.end - plain.start)).isoformat()
    kept = {name: value for name, value in values.items() if value not in (None, "") and value != usual.get(name)}
    if "start" in kept or ("end" in kept and not own_end):
        return {"status": "rescheduled"} | kept
    return {name: value for name, value in kept.items() if (name, value) != ("status", "rescheduled")}


def _as_the_series_has_it(event: Event, original: datetime) -> Instance:
    for one in expand(replace(event.repeat, overrides=()), date.max):
        if one.original == original:
            return one
    raise Invalid(original="unknown")


def _kind(before: Values, after: Values) -> str:
    """What the public is told of it. A date that is as before after all, or has places again, is announced as going ahead."""
    was, now = before.get("status"), after.get("status")
    if now and (now != was or now == "cancelled"):
        return str(now)
    if was in ("cancelled", "full") and not now:
        return "restored"
    if any(before.get(name) != after.get(name) for name in ("start", "end")):
        return "rescheduled"
    return "moved" if before.get("venue_id") != after.get("venue_id") else "corrected"


def _to_reserve(session: Session, event: Event, one: Instance, alone: bool, note: str, **given: Any) -> None:
    start = reserve_of(event, one.start)
    end = start + (one.end - one.start) if one.end else None
    moved = {"start": start.isoformat(), "end": end.isoformat() if end else None}
    if alone:
        settled: Values = {"overrides": [], "reserve_start": None}
        publishing.save(session, event, moved | settled, note=note, **given)
    else:
        venue = change_of(event, one.original).get("venue_id")
        change_date(session, event, one.original, moved | {"venue_id": venue, "note": note}, **given)


def _following(event: Event, original: datetime, now: Values) -> Values:
    """The values of the second part: the same, from this date on."""
    rule = rrule.parse(event.rule)
    before = [day for day in rule_dates(event.repeat, date.max) if day < original.date()]
    count = rule.count - len(before) if rule.count else None
    kept = {name: [day for day in now[name] if day >= original.date().isoformat()] for name in ("rdates", "exdates")}
    return now | {
        "start": original.isoformat(),
        "end": (original + (event.end - event.start)).isoformat() if event.end else None,
        "rule": rrule.write(replace(rule, count=count)),
        **kept,
        "overrides": [change for change in now["overrides"] if change["original"] >= original.date().isoformat()],
        "previous_id": event.id,
        "photos": [],
    }


def _until(original: datetime, now: Values) -> Values:
    """What is left of the first part."""
    first = original.date().isoformat()
    rule = rrule.write(replace(rrule.parse(now["rule"]), until=original.date() - timedelta(days=1), count=None))
    kept = {name: [day for day in now[name] if day < first] for name in ("rdates", "exdates")}
    return kept | {"rule": rule, "overrides": [change for change in now["overrides"] if change["original"] < first]}
