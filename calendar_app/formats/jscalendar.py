"""Write events as JSCalendar (RFC 8984): one Event with its series, or a Group of them.

Dates by a rule that every program reads alike are a recurrence rule; other dates are listed one by one as overrides, which
is how JSCalendar writes RDATE (section 4.3.5).
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from calendar_app.dates import rrule
from calendar_app.dates.recurrence import IcsParts, Instance, expand, ics_parts
from calendar_app.formats import EventItem, Place, shared
from calendar_app.text.markup import clean, uri

Json = dict[str, Any]

PRODUCT = "-//calendar-app//JSCalendar//EN"
DEFAULT_LENGTH = timedelta(hours=1)  # as in iCalendar, where no end is known
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


def render(event: EventItem, lang: str) -> bytes:
    """Return one event as bytes of `application/jscalendar+json;type=event`."""
    return _bytes(event_object(event, lang))


def render_group(events: Iterable[EventItem], uid: str, title: str, updated: datetime, lang: str) -> bytes:
    """Return events as bytes of `application/jscalendar+json;type=group` (section 2.3). `updated` is an instant."""
    head = {"@type": "Group", "uid": uid, "prodId": PRODUCT, "title": clean(title, lines=False), "locale": lang}
    return _bytes(head | {"updated": _utc(updated), "entries": [event_object(event, lang) for event in events]})


def event_object(event: EventItem, lang: str) -> Json:
    """Return an event as the object of section 2.1."""
    parts, first = _parts(event)
    master = parts.master or first
    return _filled(
        {
            "@type": "Event",
            "uid": event.uid,
            "prodId": PRODUCT,
            "created": _utc(event.created),
            "updated": _utc(event.modified),
            "sequence": event.sequence,
            "locale": event.language or lang,
            "title": shared.title(event.title),
            "description": _description(event, master),
            "start": _local(master.start),
            "timeZone": None if event.repeat.all_day else event.timezone,
            "duration": _duration(event, master),
            "showWithoutTime": event.repeat.all_day or None,
            "status": _status(event, master),
            "freeBusyStatus": "free" if event.transparent else None,
            "locations": _locations({"venue": shared.place(event, master)}),
            "virtualLocations": _online(event),
            "links": _links(event),
            "keywords": dict.fromkeys(filter(None, (clean(name, lines=False) for name in event.categories)), True),
            "relatedTo": {event.related: {"@type": "Relation", "relation": {}}} if event.related else {},
            "recurrenceRules": [_rule(parts.rule)] if parts.rule else [],
            "recurrenceOverrides": _overrides(event, parts, master),
        }
    )


def _parts(event: EventItem) -> tuple[IcsParts, Instance]:
    """The series, and the date that stands for it. Several times on a day follow no rule, so they are listed."""
    dates = expand(event.repeat, date.max)
    first = dates[0]
    return (IcsParts(None, singles=tuple(dates)) if event.repeat.slots else ics_parts(event.repeat)), first


def _overrides(event: EventItem, parts: IcsParts, master: Instance) -> Json:
    """The dates that differ from the rule (section 4.3.5): left out, changed, or added, by their planned local start."""
    base = _whole(event, master)
    singles = [instance for instance in parts.singles if parts.master or instance.original != master.original]
    changed = {_local(date.original): _patch(event, date, base) for date in (*parts.overrides, *singles)}
    return {_local(left_out): {"excluded": True} for left_out in parts.exdates} | changed


def _patch(event: EventItem, instance: Instance, base: Json) -> Json:
    """The properties of one date that are not those of the series."""
    own = _whole(event, instance)
    planned = {"start": _local(instance.original)}
    return {name: value for name, value in own.items() if value != (base | planned)[name]}


def _whole(event: EventItem, instance: Instance) -> Json:
    return {
        "start": _local(instance.start),
        "duration": _duration(event, instance),
        "status": _status(event, instance),
        "description": _description(event, instance),
        "locations": _locations({"venue": shared.place(event, instance)}),
    }


def _rule(text: str) -> Json:
    """An RRULE as a RecurrenceRule (section 4.3.3). Its `until` is the last second of a local day."""
    rule = rrule.parse(text)
    until = datetime.combine(rule.until, time(23, 59, 59)) if rule.until else None
    days = [_filled({"@type": "NDay", "day": DAYS[day], "nthOfPeriod": nth or None}) for nth, day in rule.byday]
    return _filled(
        {
            "@type": "RecurrenceRule",
            "frequency": rule.freq.lower(),
            "interval": rule.interval if rule.interval > 1 else None,
            "firstDayOfWeek": DAYS[rule.wkst] if rule.wkst else None,
            "byDay": days,
            "byMonthDay": list(rule.bymonthday),
            "byMonth": [str(month) for month in rule.bymonth],
            "bySetPosition": list(rule.bysetpos),
            "count": rule.count,
            "until": _local(until) if until else None,
        }
    )


def _duration(event: EventItem, instance: Instance) -> str:
    """The length in wall-clock time (section 1.4.6); an all-day event takes whole days."""
    end = instance.end or instance.start
    if event.repeat.all_day:
        return f"P{(end.date() - instance.start.date()).days + 1}D"
    length = end - instance.start if end > instance.start else DEFAULT_LENGTH
    seconds = length.seconds
    parts = [(length.days, "D"), (seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S")]
    written = [f"{number}{unit}" if number else "" for number, unit in parts]
    clock = "".join(written[1:])
    return f"P{written[0]}" + (f"T{clock}" if clock else "")


def _status(event: EventItem, instance: Instance) -> str:
    if shared.status(event, instance) in shared.OFF:
        return "cancelled"
    return "tentative" if event.tentative else "confirmed"


def _description(event: EventItem, instance: Instance) -> str:
    lines = [shared.reason(event, instance), event.headline, event.summary, *shared.details(event, instance)]
    return "\n".join(filter(None, (clean(line).strip() for line in [*lines, event.contact])))


def _locations(places: dict[str, Place | None]) -> Json:
    """The places by a key (section 4.2.5), with `geo:` coordinates (RFC 5870)."""
    return {
        key: _filled(
            {
                "@type": "Location",
                "name": clean(place.name, lines=False),
                "description": clean(place.address, lines=False),
                "coordinates": f"geo:{place.lat:.6f},{place.lon:.6f}" if None not in (place.lat, place.lon) else None,
            }
        )
        for key, place in places.items()
        if place
    }


def _online(event: EventItem) -> Json:
    return {"online": {"@type": "VirtualLocation", "uri": uri(event.online_url)}} if event.online_url else {}


def _links(event: EventItem) -> Json:
    links = {"page": {"@type": "Link", "href": uri(event.url), "rel": "alternate", "contentType": "text/html"}}
    links |= {link.name: {"@type": "Link", "href": uri(link.url), "rel": "related"} for link in event.links}
    if event.image:
        image = {"@type": "Link", "href": uri(event.image.url), "contentType": event.image.type, "rel": "icon"}
        links["image"] = image | {"title": clean(event.image.alt, lines=False), "display": "fullsize"}
    return links


def _local(wall: datetime) -> str:
    return wall.isoformat(timespec="seconds")


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(values: Json) -> Json:
    return {key: value for key, value in values.items() if value not in ("", [], {}, None)}


def _bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
