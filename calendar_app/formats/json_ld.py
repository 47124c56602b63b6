"""Write schema.org Event as JSON-LD for the head of an event's page, for search engines.

Each coming date of a series is one object, because search engines read no schedules. An all-day end is the last day,
inclusive.
"""

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Instance
from calendar_app.fields import EVENT, labelled
from calendar_app.formats import EventItem, Place, shared
from calendar_app.text import countries, facilities
from calendar_app.text.markup import clean, uri

Json = dict[str, Any]

MOST = 10
SIGNED = "jsl"  # Japanese Sign Language (ISO 639-3, as BCP 47 takes it)
# The categories that schema.org has a type for; Google reads any of them as an Event.
TYPES = {"music": "MusicEvent", "festival": "Festival", "seminar": "EducationEvent"}
SCHEMA = "https://schema.org/"
STATUS = {
    "cancelled": "EventCancelled",
    "postponed": "EventPostponed",
    "rescheduled": "EventRescheduled",
    "moved_online": "EventMovedOnline",
}
ATTENDANCE = {
    (True, False): "OnlineEventAttendanceMode",
    (False, True): "OfflineEventAttendanceMode",
    (True, True): "MixedEventAttendanceMode",
}


def render(
    event: EventItem, dates: Sequence[Instance], publisher: str, site_url: str, lang: str = "ja", department: str = ""
) -> str:
    """Return the text of a <script type="application/ld+json">, without "<", so that nothing can end the script."""
    named, office, city = (clean(name, lines=False) for name in (event.organizer, department, publisher))
    organizer = _organizer(named, office, city, uri(site_url))
    described = [_event(event, date, organizer, number, lang) for number, date in enumerate(dates[:MOST])]
    body: Any = described[0] if len(described) == 1 else described
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")


def _event(event: EventItem, date: Instance, organizer: Json, number: int, lang: str) -> Json:
    status = shared.status(event, date)
    end = date.end or (date.start if event.repeat.all_day else None)
    before = event.previous_starts if status == "rescheduled" else ()
    previous = [date.original] if date.start != date.original else before
    known = shared.known(event, date)
    return _filled(
        {
            "@context": SCHEMA,
            "@type": TYPES.get(event.kind, "Event"),
            "@id": f"{uri(event.url)}#event{number or ''}",
            "name": shared.title(event.title),
            "url": uri(event.url),
            "sameAs": _address(event, "sameAs"),
            "startDate": shared.spoken_time(date.start, event),
            "endDate": end and shared.spoken_time(end, event),
            "previousStartDate": _one_or_all([shared.spoken_time(start, event) for start in previous]),
            "eventStatus": SCHEMA + STATUS.get(status, "EventScheduled"),
            "eventAttendanceMode": _attendance(event, status),
            "description": _description(event, known, lang),
            "image": [uri(start) for start in (event.image.card, event.image.url) if start] if event.image else [],
            "location": _locations(event, date, status, known, lang),
            "organizer": organizer,
            "inLanguage": [lang, SIGNED] if known.get("signing") else [],
            **_price(event, status),
        }
    )


def _description(event: EventItem, known: facilities.Known, lang: str) -> str:
    """Return the summary with known facilities: Event has no property for them (accessibilitySummary is a
    CreativeWork's)."""
    if not event.summary:
        return clean("\n".join(event.details)).strip() or shared.title(event.title)
    facility_text = facilities.sentence(known, lang)
    return clean(
        "\n".join(filter(None, [event.summary, labelled("facilities", facility_text, lang) if facility_text else ""]))
    ).strip()


def _organizer(named: str, department: str, publisher: str, site_url: str) -> Json:
    """Return the named organizer, or else the department of the city, or the city itself."""
    if named and named != publisher:
        return {"@type": "Organization", "name": named}
    city = {"@type": "GovernmentOrganization", "name": publisher, "url": site_url}
    if not department or named:
        return city
    return {"@type": "GovernmentOrganization", "name": department, "parentOrganization": city}


def _attendance(event: EventItem, status: str) -> str:
    online = bool(event.online_url) or status == "moved_online"
    mode = ATTENDANCE.get((online, bool(event.place) and status != "moved_online"))
    return SCHEMA + mode if mode else ""


def _locations(event: EventItem, date: Instance, status: str, known: facilities.Known, lang: str) -> Any:
    there = _place(shared.place(event, date), known, lang) if status != "moved_online" else {}
    online = {"@type": "VirtualLocation", "url": uri(event.online_url)} if event.online_url else {}
    return _one_or_all([location for location in (there, online) if location])


def _place(place: Place | None, known: facilities.Known, lang: str) -> Json:
    if not place:
        return {}
    where: Json = {"@type": "Place", "name": clean(place.name, lines=False)}
    where["address"] = {"@type": "PostalAddress", **shared.address_parts(place)}
    if place.lat is not None and place.lon is not None:
        where["geo"] = {"@type": "GeoCoordinates", "latitude": round(place.lat, 6), "longitude": round(place.lon, 6)}
    features = [
        {"@type": "LocationFeatureSpecification", "name": facilities.name(code, lang), "value": there}
        for code, there in known.items()
        if code in facilities.OF_PLACE
    ]
    return where | ({"amenityFeature": features} if features else {})


def _address(event: EventItem, schema: str) -> str:
    """Return the address that the table of fields assigns to a property of schema.org; "" without one."""
    return next((uri(link.url) for link in event.links if EVENT[link.name].schema == schema), "")


def _price(event: EventItem, status: str) -> Json:
    booked = _address(event, "offers.url")
    if event.fee is None and not booked:
        return {}
    available = "SoldOut" if status == "full" else "InStock"
    price = {"price": str(event.fee), "priceCurrency": countries.here().currency} if event.fee is not None else {}
    offer = {"@type": "Offer", **price, "url": booked or uri(event.url)}
    since = event.offered.replace(tzinfo=ZoneInfo(event.timezone)) if event.offered else event.created
    offer |= {"availability": SCHEMA + available, "validFrom": since.isoformat(timespec="seconds")}
    return {"offers": offer} if event.fee is None else {"isAccessibleForFree": event.fee == 0, "offers": offer}


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _filled(values: Json) -> Json:
    return {key: value for key, value in values.items() if value not in ("", [], {}, None)}
