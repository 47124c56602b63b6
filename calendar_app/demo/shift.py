"""Moving the demo's records by whole years, each group on its own, so that it is nearest around today."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from calendar_app import dates, recurrence
from calendar_app.recurrence import Repeat

Record = dict[str, Any]

PAST = timedelta(days=60)
# These keep their date whatever the weekday.
FIXED = ("sakura", "omatsuri", "sasara", "tozawa", "fusen", "hiburi", "kandekko", "koma-2026", "light")


def root(record: Record, by_id: dict[str, Record]) -> str:
    """The season that a record belongs to, or itself."""
    above = record.get("parent") or record.get("related_event")
    return root(by_id[above], by_id) if above in by_id else str(record["id"])


def years_to_move(records: Iterable[Record], today: date) -> int:
    """So many years that the last of these dates is at most 60 days past, and less than a year ahead of that."""
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


def event_dates(record: Record, years: int) -> Record:
    """start, end, rule, rdates and exdates of a record, moved; a weekday stays one where the date is not fixed."""
    typed = datetime.fromisoformat(record["start"])
    start = moment(record["start"], years)
    if not record["all_day"] and not str(record["id"]).startswith(FIXED):
        start += timedelta(days=(typed.weekday() - start.weekday() + 3) % 7 - 3)
    rule = _rule(record["rrule"], years) if record["rrule"] else ""
    if rule:
        horizon = start.date() + timedelta(days=800)
        start = datetime.combine(recurrence.rule_dates(Repeat(start, None, rule=rule), horizon)[0], start.time())
    delta = start - typed
    end = datetime.fromisoformat(record["end"]) + delta
    extra = [] if rule else [_iso(datetime.fromisoformat(one) + delta) for one in record["rdate"]]
    out = _holidays(start, rule) if record["exdate"] else []
    if rule and record["rdate"]:  # the 20th, or the next weekday when that is none
        out, extra = _next_weekdays(start, rule)
    return {"start": _iso(start), "end": _iso(end), "rule": rule, "rdates": extra, "exdates": out}


def _rule(text: str, years: int) -> str:
    head, _, until = text.partition("UNTIL=")
    end = moved(datetime.fromisoformat(until[:8]).date(), years)
    return recurrence.normalise(f"{head}UNTIL={end:%Y%m%d}")


def given(start: datetime, rule: str) -> list[date]:
    return recurrence.rule_dates(Repeat(start, None, rule=rule), start.date() + timedelta(days=800))


def _holidays(start: datetime, rule: str) -> list[str]:
    return [_iso(datetime.combine(day, start.time())) for day in given(start, rule) if dates.holiday(day)]


def _next_weekdays(start: datetime, rule: str) -> tuple[list[str], list[str]]:
    out, extra = [], []
    for day in given(start, rule):
        other = day
        while other.weekday() > 4 or dates.holiday(other):
            other += timedelta(days=1)
        if other != day:
            out.append(_iso(datetime.combine(day, start.time())))
            extra.append(_iso(datetime.combine(other, start.time())))
    return out, extra


def _iso(value: datetime) -> str:
    return value.isoformat()
