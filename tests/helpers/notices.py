"""The corpus of notices and remarks in `quickadd/corpus`, with their right values, and how a reading is judged.

A case is a text, then a line `=> field=value; …` for each event in it. A date is a day, `first..last`, a list of days, or
`first RULE..last xCOUNT -left_out`; `@` gives a day its own hours. A value `?` cannot be known from the text, so a doubt must
be told. A field that is not named must stay empty. A remark begins with `[first..last hours]`, the cells of its row.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from calendar_app import quickadd
from calendar_app.dates import repeat_patterns
from calendar_app.dates.recurrence import Repeat, rule_dates
from calendar_app.importing import ImportContext, ImportRow, detect, mend
from calendar_app.quickadd import KnownVenue, Reading

FOLDER = Path(__file__).resolve().parent.parent / "quickadd" / "corpus"
TODAY = date(2027, 3, 1)  # a Monday
SETTING = ImportContext("Asia/Tokyo", TODAY, date(2029, 3, 31))
NAMES = (
    *("川瀬町民会館", "中央公民館", "川瀬町立図書館", "北部コミュニティセンター", "総合体育館"),
    *("あおぞら公園", "保健センター", "道の駅かわせ", "川瀬小学校", "郷土資料館"),
)
ENGLISH = {"川瀬町立図書館": "Kawase Town Library", "川瀬町民会館": "Kawase Town Hall"}
VENUES = tuple(KnownVenue(number, name, ENGLISH.get(name, "")) for number, name in enumerate(NAMES, 1))
FIELDS = ("date", "time", "place", "title", "deadline")
WHEN = {  # doubts about these fields are doubts about the schedule
    *("start_date", "end_date", "start_time", "end_time", "slots", "own_dates", "repeats", "skips", "left_out"),
    *("repeat_until", "repeat_count", "all_day"),
}
IDLE = {"past", "year_assumed", "first_assumed", "day_assumed"}  # they tell an assumption, not that words are unread
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULE = re.compile(
    r"(?P<first>[\d-]+) (?P<rule>(?:2w:)?[A-Z\d,d]+)(?:\.\.(?P<last>[\d-]+))?(?: x(?P<count>\d+))?(?P<less>(?: -\S+)*)"
)

Verdict = dict[str, bool]  # by field, and "silent": something was misread and no doubt told


@dataclass(frozen=True, slots=True)
class Case:
    """A text with the right values of each event in it; a remark has the cells of its row."""

    text: str
    expected: tuple[dict[str, str], ...]
    cells: tuple[str, ...] = ()


def cases(half: str) -> list[Case]:
    """Return the cases of a set: "tuned", "held_out" or "apart"."""
    return [case for path in sorted(FOLDER.glob(f"{half}_*.txt")) for case in _cases(path.read_text())]


def _cases(text: str) -> Iterator[Case]:
    lines: list[str] = []
    for line in text.split("\n"):
        if not line and lines and lines[-1].startswith("=>"):
            yield _case(lines)
            lines = []
        elif line or lines:
            lines.append(line)
    if lines:
        yield _case(lines)


def _case(lines: list[str]) -> Case:
    shown = [line for line in lines if not line.startswith("=>")]
    expected = tuple(
        dict(pair.strip().split("=", 1) for pair in line[2:].split(";") if "=" in pair)
        for line in lines
        if line.startswith("=>")
    )
    if match := re.match(r"\[([\d-]+)\.\.([\d-]+) ([\d:]*)-?([\d:]*)\] (.*)", shown[0]):
        return Case("\n".join([match[5], *shown[1:]]), expected, (match[1], match[2], match[3], match[4]))
    return Case("\n".join(shown), expected)


def score(half: str) -> tuple[Counter[str], Counter[str], list[tuple[Case, list[Verdict], Any]]]:
    """Judge a half. Returns what was right and the totals by field, and every case with its verdicts and its reading."""
    right, totals = Counter[str](), Counter[str]()
    judged = []
    for case, verdicts, reading in judge(cases(half)):
        judged.append((case, verdicts, reading))
        for verdict in verdicts:
            fields = [name for name in verdict if name != "silent"]
            totals.update([*fields, "all", "silent"])
            right.update(name for name in fields if verdict[name])
            right["all"] += all(verdict[name] for name in fields)
            right["silent"] += verdict["silent"]
    return right, totals, judged


def judge(chosen: Iterable[Case]) -> Iterator[tuple[Case, list[Verdict], Any]]:
    """Read each case and judge it."""
    chosen = list(chosen)
    remarks = iter(_imported([case for case in chosen if case.cells]))
    for case in chosen:
        if case.cells:
            row = next(remarks)
            yield case, [_judge_row(row, case.expected[0])], row
        else:
            readings = quickadd.parse_notice(case.text, TODAY, venues=VENUES)
            yield case, list(_judge_readings(readings, case.expected)), readings


def _judge_readings(readings: list[Reading], expected: tuple[dict[str, str], ...]) -> Iterator[Verdict]:
    if len(readings) != len(expected):
        for right in expected:
            yield {name: False for name in FIELDS if name in right or name == "date"} | {
                "silent": not any(_about(reading, WHEN) for reading in readings)
            }
        return
    for reading, right in zip(readings, expected, strict=True):
        yield _judge(reading, right)


def _judge(reading: Reading, right: dict[str, str]) -> Verdict:
    values = reading.values
    doubted, late = _about(reading, WHEN), _about(reading, {*WHEN, "deadline_date"})
    verdict: Verdict = {}
    for name, found, told in (
        ("date", _found_date(values), doubted),
        ("time", _found_time(values), doubted),
        ("deadline", values.get("deadline_date", ""), late),
    ):
        wanted = right.get(name, "")
        verdict[name] = told if wanted == "?" else found == (_wanted_date(wanted) if name == "date" else _hours(wanted))
    verdict["silent"] = (not (verdict["date"] and verdict["time"]) and not doubted) or (
        not verdict["deadline"] and not late
    )
    if right.get("title") != "?":
        verdict["title"] = _plain(values.get("title", "")) == _plain(right.get("title", ""))
    if right.get("place") != "?":
        place = next(
            (venue.name for venue in VENUES if venue.id == values.get("venue_id")), values.get("venue_new", "")
        )
        wanted = right.get("place", "")
        verdict["place"] = _plain(place) == _plain(wanted)
        named = "venue_id" in values and not any(doubt.field.startswith("venue") for doubt in reading.doubts)
        verdict["silent"] |= not verdict["place"] and named
    return {name: good for name, good in verdict.items() if name in right or not good or name in ("date", "silent")}


def _about(reading: Reading, fields: set[str]) -> bool:
    return any(doubt.field in fields and doubt.code not in IDLE for doubt in reading.doubts)


def _plain(text: str) -> str:
    return re.sub(r"^the |[\s　]", "", text, flags=re.IGNORECASE)


def _hours(text: str) -> str:
    """Write hours as the form holds them: 9:00-10:00 as 09:00-10:00."""
    return re.sub(r"(?<!\d)(\d):", r"0\1:", text)


def _found_time(values: dict[str, Any]) -> str:
    first = "-".join(filter(None, (values.get("start_time", ""), values.get("end_time", ""))))
    return ",".join(filter(None, (first, values.get("slots", "").replace("、", ","))))


Days = str | tuple[tuple[date, str], ...]


def _found_date(values: dict[str, Any]) -> Days:
    """Return the days of a form, each with its own hours or ""; or the words of an approximate date."""
    try:
        first = date.fromisoformat(values.get("start_date", ""))
    except ValueError:
        return str(values.get("start_date", ""))
    kind = values.get("repeats", "")
    left_out = {line[:10] for line in str(values.get("left_out", "")).split("\n")}
    if kind in ("", "dates"):
        last = date.fromisoformat(values.get("end_date") or f"{first}")
        days = _each(first, last)
        own = [line.partition(" ")[::2] for line in str(values.get("own_dates", "")).split("\n") if line]
        first_hours = "-".join(filter(None, (values.get("start_time", ""), values.get("end_time", ""))))
        listed = dict.fromkeys(days, "") | {date.fromisoformat(day): hours for day, hours in own}
        if any(hours not in ("", first_hours) for hours in listed.values()):
            listed = {day: hours or first_hours for day, hours in listed.items()}
        else:
            listed = dict.fromkeys(listed, "")
        return tuple(sorted((day, hours) for day, hours in listed.items() if f"{day}" not in left_out))
    until = values.get("repeat_until") or (
        "" if values.get("repeat_count") else f"{repeat_patterns.default_until(first)}"
    )
    byday = [_CODES[number] for number in values.get("weekdays", [])]
    numbered = [f"{nth}{day}" for nth in values.get("nths", []) or [-1] for day in byday]
    rule = {
        "weekly": f"FREQ=WEEKLY;BYDAY={','.join(byday)}",
        "biweekly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={','.join(byday)}",
        "monthly_weekday": f"FREQ=MONTHLY;BYDAY={','.join(numbered)}",
        "monthly_last": f"FREQ=MONTHLY;BYDAY={','.join(numbered)}",
        "monthly_date": f"FREQ=MONTHLY;BYMONTHDAY={str(values.get('month_days', '')).replace('、', ',').replace('末日', '-1')}",
        "yearly": f"FREQ=YEARLY;BYMONTH={first.month};BYMONTHDAY={first.day}",
    }[kind]
    end = f"UNTIL={until.replace('-', '')}" if until else f"COUNT={values['repeat_count']}"
    days = _expanded(f"{rule};{end}", first, values.get("skips", ()))
    extra = [date.fromisoformat(line[:10]) for line in str(values.get("own_dates", "")).split("\n") if line]
    return tuple((day, "") for day in sorted({*days, *extra}) if f"{day}" not in left_out)


def _expanded(rule: str, first: date, skips: Iterable[str]) -> list[date]:
    days = rule_dates(Repeat(datetime.combine(first, time()), None, rule=rule), date(2030, 1, 1))
    gone = {adjustment.day for adjustment in repeat_patterns.adjust(days, set(skips), "")}
    return [day for day in days if day not in gone]


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def _wanted_date(text: str) -> Days:
    if not text or not re.match(r"\d{4}-\d\d-\d\d", text):
        return text
    if match := _RULE.fullmatch(text):
        return tuple((day, "") for day in _by_rule(match))
    text, *less = text.split(" -")
    listed: dict[date, str] = {}
    for piece in text.split(","):
        days, _at, hours = piece.partition("@")
        first, _dots, last = days.partition("..")
        listed |= {day: _hours(hours) for day in _each(date.fromisoformat(first), date.fromisoformat(last or first))}
    return tuple(sorted((day, hours) for day, hours in listed.items() if f"{day}" not in less))


def _by_rule(match: re.Match[str]) -> list[date]:
    first, typed = date.fromisoformat(match["first"]), match["rule"]
    if typed.startswith("d"):
        rule = f"FREQ=MONTHLY;BYMONTHDAY={typed[1:]}"
    elif re.match(r"\d[A-Z]|-", typed):
        rule = f"FREQ=MONTHLY;BYDAY={typed}"
    else:
        rule = f"FREQ=WEEKLY;{'INTERVAL=2;' if typed.startswith('2w:') else ''}BYDAY={typed.removeprefix('2w:')}"
    less = [word.removeprefix("-") for word in match["less"].split()]
    until = match["last"] or f"{repeat_patterns.default_until(first)}"
    end = f"COUNT={match['count']}" if match["count"] else f"UNTIL={until.replace('-', '')}"
    days = _expanded(f"{rule};{end}", first, [word for word in less if word in repeat_patterns.SKIPS])
    return [day for day in days if f"{day}" not in less]


def _imported(remarks: list[Case]) -> list[ImportRow]:
    """Import the remarks as one table."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["イベント名", "開始日", "終了日", "開始時間", "終了時間", "開始日時特記事項"])
    for number, case in enumerate(remarks):
        writer.writerow([f"第{number}番の催し{number * number}", *case.cells, case.text])
    return list(detect.parse_file(table.getvalue().encode(), SETTING).rows)


def _judge_row(row: ImportRow, right: dict[str, str]) -> Verdict:
    values = mend(row).values
    held = row.held or bool(row.refused)
    verdict: Verdict = {}
    for name, found in (("date", _row_date(values)), ("time", _row_time(values))):
        wanted = right.get(name, "")
        if wanted == "?":
            verdict[name] = held
        elif wanted:
            verdict[name] = found == (_wanted_date(wanted) if name == "date" else _hours(wanted))
    if right.get("time") == "?":
        verdict["date"] |= held
    verdict["silent"] = not all(verdict.values()) and not held
    return {name: good for name, good in verdict.items() if name in right or not good or name == "silent"}


def _row_date(values: dict[str, Any]) -> Days:
    start, end = datetime.fromisoformat(values["start"]), datetime.fromisoformat(values["end"] or values["start"])
    if values.get("rule"):
        days = _expanded(values["rule"], start.date(), values.get("skips", ()))
    else:
        last = end.date() - timedelta(not values["all_day"] and end.date() > start.date() and end.time() <= time(5))
        days = _each(start.date(), last)
    gone = {moment[:10] for moment in values.get("exdates", ())}
    extra = [date.fromisoformat(moment[:10]) for moment in values.get("rdates", ())]
    changed = {change["original"][:10]: change for change in values.get("overrides", ())}
    usual = _row_time(values)
    listed = {day: "" for day in [*days, *extra] if f"{day}" not in gone}
    begins = {moment[:10]: moment[11:16] for moment in values.get("rdates", ())}
    if changed:
        listed = {day: _override_hours(changed.get(f"{day}"), begins.get(f"{day}"), usual) for day in listed}
    return tuple(sorted(listed.items()))


def _override_hours(change: dict[str, Any] | None, begin: str | None, usual: str) -> str:
    first, _dash, until = usual.partition("-")
    return "-".join(filter(None, (begin or first, change["end"][11:16] if change else until)))


def _row_time(values: dict[str, Any]) -> str:
    if values["all_day"]:  # a season is one bar, with its hours at the head of the note
        hours = re.search(r"(?:^|　)(\d\d:\d\d)(?:〜(\d\d:\d\d)|から)", values.get("date_note") or "")
        return "-".join(filter(None, hours.groups())) if hours else ""
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values["end"] else None
    spans = [f"{start:%H:%M}" + (f"-{_clock(start, end)}" if end else "")]
    return ",".join([*spans, *("-".join(slot) for slot in values.get("slots", ()))])


def _clock(start: datetime, end: datetime) -> str:
    night = end.date() > start.date() and end.time() <= time(5)
    return f"{end.hour + 24 * night:02}:{end:%M}"
