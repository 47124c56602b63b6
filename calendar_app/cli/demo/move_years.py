"""Move the records of the demo by whole years, each group separately, so that they lie around today."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from calendar_app.dates import recurrence
from calendar_app.dates.recurrence import Repeat

Record = dict[str, Any]

PAST = timedelta(days=60)
# Records that keep their date although the weekday changes.
FIXED = ("sakura", "omatsuri", "sasara", "tozawa", "fusen", "hiburi", "kandekko", "koma-2026", "light")


def root(record: Record, by_id: dict[str, Record]) -> str:
    """The season that a record belongs to, or itself."""
    above = record.get("parent") or record.get("related_event")
    return root(by_id[above], by_id) if above in by_id else str(record["id"])


def years_to_move(records: Iterable[Record], today: date) -> int:
    """The number of years after which the last of these dates lies between 60 days ago and a year after that."""
    last = max(_last(record) for record in records)
    years = today.year - last.year - 1
    while moved(last, years) < today - PAST:
        years += 1
    return years


def _last(record: Record) -> date:
    ends = [record["end"], *record.get("rdate", ())]
    if rule := record.get("rrule"):
        ends.append(rule.partition("UNTIL=")[2][:8])
    return max(datetime.fromisoformat(end).date() for end in ends)


def moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def moment(text: str, years: int) -> datetime:
    typed = datetime.fromisoformat(text)
    return datetime.combine(moved(typed.date(), years), typed.time())


def event_dates(record: Record, years: int, hint: Record) -> Record:
    """The moved dates of a record. The weekday stays the same unless the date is fixed.

    `hint` completes the repeat: the days it skips, more times on each day, an earlier end of the last date.
    """
    typed = datetime.fromisoformat(record["start"])
    start = moment(record["start"], years)
    if not record["all_day"] and not str(record["id"]).startswith(FIXED):
        start += timedelta(days=(typed.weekday() - start.weekday() + 3) % 7 - 3)
    rule = _rule(record["rrule"], years) if record["rrule"] else ""
    if rule:
        start = datetime.combine(rule_days(start, rule)[0], start.time())
    delta = start - typed
    listed = [datetime.fromisoformat(text) + delta for text in record["rdate"]]
    extra = [] if rule or "slots" in hint else listed
    out = [] if {"skips", "shift"} & hint.keys() else [_nearest(start, rule, text, years) for text in record["exdate"]]
    return {
        "start": _iso(start),
        "end": _iso(datetime.fromisoformat(record["end"]) + delta),
        "rule": rule,
        "rdates": [_iso(moment) for moment in extra],
        "exdates": out,
        "overrides": [_ends(extra[-1], hint["last_end"])] if "last_end" in hint else [],
        **{name: hint[name] for name in ("skips", "shift", "slots", "precision") if name in hint},
    }


def _ends(day: datetime, clock: str) -> Record:
    return {"original": _iso(day), "end": _iso(datetime.combine(day, time.fromisoformat(clock)))}


def _nearest(start: datetime, rule: str, text: str, years: int) -> str:
    """The date of the moved series that is nearest to an original date."""
    wanted = moment(text, years).date()
    return _iso(datetime.combine(min(rule_days(start, rule), key=lambda day: abs(day - wanted)), start.time()))


def _rule(text: str, years: int) -> str:
    head, _, until = text.partition("UNTIL=")
    end = moved(datetime.fromisoformat(until[:8]).date(), years)
    return recurrence.normalise(f"{head}UNTIL={end:%Y%m%d}")


def rule_days(start: datetime, rule: str) -> list[date]:
    return recurrence.rule_dates(Repeat(start, None, rule=rule), start.date() + timedelta(days=800))


def _iso(value: datetime) -> str:
    return value.isoformat()
