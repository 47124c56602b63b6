"""JSCalendar (RFC 8984): another reading of our dates than ours gives the same days."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr

from calendar_app.dates.recurrence import Override, Repeat, Slot, expand
from calendar_app.formats import EventItem, Place, jscalendar

START, END = datetime(2027, 4, 3, 10), datetime(2027, 4, 3, 11, 30)


def event(repeat: Repeat, **values: Any) -> EventItem:
    at = datetime(2027, 3, 1, tzinfo=UTC)
    plain = {"uid": "a@example.jp", "url": "https://example.jp/events/a", "title": "朝市", "status": "scheduled"}
    return EventItem(sequence=2, created=at, modified=at, repeat=repeat, timezone="Asia/Tokyo", **plain | values)


def read(repeat: Repeat, **values: Any) -> Any:
    return json.loads(jscalendar.render(event(repeat, **values), "ja"))


def length(text: str) -> timedelta:
    days, _, clock = text.removeprefix("P").partition("T")
    units = {"H": 0, "M": 0}
    for number in clock.replace("H", "H ").replace("M", "M ").split():
        units[number[-1]] = int(number[:-1])
    return timedelta(days=int(days.removesuffix("D") or 0), hours=units["H"], minutes=units["M"])


def dates(found: Any) -> list[tuple[datetime, datetime, str]]:
    """Expand an object as section 4.3 says, with another library for the rule."""
    start = datetime.fromisoformat(found["start"])
    starts = {start}
    for rule in found.get("recurrenceRules", []):
        days = [f"{day.get('nthOfPeriod', '')}{day['day'].upper()}" for day in rule.get("byDay", [])]
        parts = {"FREQ": rule["frequency"], "INTERVAL": rule.get("interval", 1), "COUNT": rule.get("count")}
        parts |= {"BYDAY": ",".join(days), "UNTIL": rule.get("until", "").replace("-", "").replace(":", "")}
        text = ";".join(f"{name}={value}".upper() for name, value in parts.items() if value)
        starts |= set(rrulestr(text, dtstart=start))
    patches = {datetime.fromisoformat(key): patch for key, patch in found.get("recurrenceOverrides", {}).items()}
    result = []
    for planned in sorted(starts | set(patches)):
        whole = {"start": planned.isoformat()} | {name: found[name] for name in ("duration", "status")}
        whole |= patches.get(planned, {})
        if not whole.get("excluded"):
            begin = datetime.fromisoformat(whole["start"])
            result.append((begin, begin + length(whole["duration"]), whole["status"]))
    return sorted(result)


WEEKLY = "FREQ=WEEKLY;COUNT=5"


@pytest.mark.parametrize(
    "repeat",
    [
        Repeat(START, END),
        Repeat(START, END, rule=WEEKLY),
        Repeat(START, END, rule="FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270901"),
        Repeat(START, END, rule=WEEKLY, exdates=(START + timedelta(7),)),
        Repeat(START, END, rule=WEEKLY, exdates=(START,)),
        Repeat(START, END, rule=WEEKLY, rdates=(START + timedelta(3, hours=2),)),
        Repeat(START, END, rdates=(START + timedelta(3), START + timedelta(4))),
        Repeat(START, END, rule=WEEKLY, overrides=(Override(START, START + timedelta(1), END + timedelta(1)),)),
        Repeat(START, END, rule=WEEKLY, overrides=(Override(START + timedelta(14), status="cancelled"),)),
        Repeat(START, END, rule="FREQ=DAILY;COUNT=3", slots=(Slot.read("13:00", "14:00"),)),
    ],
)
def test_another_reading_gives_the_same_dates(repeat: Repeat) -> None:
    ours = [
        (date.start, date.end, "cancelled" if date.status == "cancelled" else "confirmed")
        for date in expand(repeat, datetime.max.date())
    ]
    assert dates(read(repeat)) == sorted(ours)


def test_an_all_day_event_lasts_whole_days_and_has_no_zone() -> None:
    found = read(Repeat(datetime(2027, 4, 15), datetime(2027, 5, 5), all_day=True))
    assert (found["start"], found["duration"], found["showWithoutTime"]) == ("2027-04-15T00:00:00", "P21D", True)
    assert "timeZone" not in found


def test_place_status_and_links_are_told() -> None:
    found = read(
        Repeat(START, END),
        status="cancelled",
        reason="強風",
        place=Place("河川敷", "仙北市", 39.59, 140.56),
        categories=("桜",),
    )
    assert found["status"] == "cancelled"
    assert found["description"].startswith("強風")
    assert found["locations"]["venue"]["coordinates"] == "geo:39.590000,140.560000"
    assert found["links"]["page"]["href"] == "https://example.jp/events/a"
    assert found["keywords"] == {"桜": True}
