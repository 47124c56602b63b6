"""Write iCalendar (RFC 5545): the calendar as it is now, one VEVENT for each event, changed in place.

A calendar is header + fragments + footer. A fragment holds everything of one event, so that a caller may cache it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.prop import vCategory, vRecur, vUri

from calendar_app.dates.recurrence import IcsParts, Instance, expand, ics_parts
from calendar_app.dates.slots import by_slot
from calendar_app.fields import EVENT, labelled
from calendar_app.formats import EventItem, Feed, FeedFormat, ics_limits, shared
from calendar_app.formats.ics_limits import SortKey
from calendar_app.formats.ics_values import Geo, SafeText
from calendar_app.formats.vtimezone import vtimezone
from calendar_app.text.labels import STATUS_MARKS, bracketed, marked
from calendar_app.text.languages import Words, tag
from calendar_app.text.markup import clean, cut, uri

DESCRIPTION_LIMIT = 2_000
MAX_CATEGORIES = 5
POLL = "PT4H"
COLOR = "mediumvioletred"  # a name of CSS, near the colour of the pages
DEFAULT_LENGTH = timedelta(hours=2)  # of an event without an end, since some programs show nothing without DTEND
SEASON_LENGTH = timedelta(days=7)

END_ASSUMED = "X-CALENDAR-APP-END-ASSUMED"  # DTEND is a guess, which an import must not keep
END_UNKNOWN = Words({"ja": "終了時刻未定", "en": "End time to be announced"})
SEASON = Words({"ja": "期間", "en": "Season"})
ONLINE = Words({"ja": "オンライン", "en": "Online"})

ICS = FeedFormat("ics", "text/calendar", "iCalendar", feeds=("calendar", "deadlines"))

log = logging.getLogger(__name__)


def render(feed: Feed, events: Sequence[EventItem], horizon: date) -> bytes:
    """Return a calendar to subscribe to. Where not all events fit, the first ones stay. `horizon` ends single dates."""
    fragments = [(sort_key(event), vevents(event, feed.lang, horizon)) for event in events]
    return join(feed, fragments, {zone for event in events for zone in zones(event)})


def render_single(event: EventItem, horizon: date, lang: str = "ja") -> bytes:
    """Return one event to add to a calendar. It has no calendar name, because Outlook would open a new calendar."""
    calendar = _calendar(lang)
    return _assemble(calendar, zones(event), [vevents(event, lang, horizon)])


def render_archive(feed: Feed, events: Sequence[EventItem], horizon: date) -> bytes:
    """Return a calendar to download: whole, however long it is."""
    ordered = [vevents(event, feed.lang, horizon) for event in sorted(events, key=sort_key)]
    return _assemble(_head(feed), {feed.timezone, *(zone for event in events for zone in zones(event))}, ordered)


def join(feed: Feed, fragments: Iterable[tuple[SortKey, bytes]], zones: Iterable[str], left_out: int = 0) -> bytes:
    """Return the calendar of rendered fragments, sorted; the first ones stay where not all fit. `zones` are the
    fragments'."""
    fitting, too_many = ics_limits.within_limits(fragments)
    left_out += too_many
    if left_out:
        log.warning("%s is too long for calendar apps: %d events left out", feed.id, left_out)
    return _assemble(_head(feed, left_out), {feed.timezone, *zones}, [fragment for _, fragment in sorted(fitting)])


def sort_key(event: EventItem) -> SortKey:
    """Return the key that orders events in a calendar: start, then UID."""
    return event.repeat.start, event.uid


def zones(event: EventItem) -> tuple[str, ...]:
    """Return the zones that the event's fragment names."""
    return zones_of(event.timezone, event.repeat.all_day)


def zones_of(timezone: str, all_day: bool) -> tuple[str, ...]:
    """Return `zones` for a fragment that is rendered already."""
    return (timezone,) if not all_day and timezone != "UTC" and vtimezone(timezone) is not None else ()


def vevents(event: EventItem, lang: str, horizon: date) -> bytes:
    """Return a whole event: of each slot master, overrides, single dates. `horizon` ends a rule only if it is sent date
    by date."""
    slots = (replace(event, repeat=repeat) for repeat in by_slot(event.repeat))
    return b"".join(
        component.to_ical() for slot in slots for component in _components(slot, _uid(event, slot), lang, horizon)
    )


def _components(event: EventItem, uid: str, lang: str, horizon: date) -> Iterator[Event]:
    parts = _parts(event, horizon)
    if parts.master and parts.rule:
        series = _vevent(event, parts.master, lang, uid)
        series.add("RRULE", _rrule(parts.rule, event))
        if parts.exdates:
            series.add("EXDATE", [_moment(when, event) for when in parts.exdates])
        yield series
    elif parts.master and shared.in_window(event, parts.master):
        yield _vevent(event, parts.master, lang, uid)
    for instance in parts.overrides:
        override = _vevent(event, instance, lang, uid)
        override.add("RECURRENCE-ID", _moment(instance.original, event))
        yield override
    for instance in parts.singles:
        if shared.in_window(event, instance):
            yield _vevent(event, instance, lang, _derived_uid(event, f"{instance.original:%Y%m%dT%H%M}"))


def _parts(event: EventItem, horizon: date) -> IcsParts:
    if event.repeat.rule and not (event.repeat.all_day or _local(event)):
        # A rule in UTC would drift by an hour when clocks change.
        return IcsParts(None, singles=tuple(expand(event.repeat, horizon)))
    return ics_parts(event.repeat)


def _calendar(lang: str) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", f"-//calendar-app//Event calendar//{tag(lang).upper()}")
    calendar.add("CALSCALE", "GREGORIAN")
    return calendar


def _head(feed: Feed, left_out: int = 0) -> Calendar:
    calendar = _calendar(feed.lang)
    # Only half of the programs unescape a name, so replace the characters that need an escape.
    name = shared.title(feed.title).translate({ord(","): "、", ord(";"): "；", ord("\\"): "＼"})
    calendar.add("X-WR-CALNAME", SafeText(name))
    calendar.add("NAME", SafeText(name))
    # No property for a licence works in today's programs: libical refuses LINK (RFC 9253).
    notice = ics_limits.LEFT_OUT[feed.lang].format(left_out) if left_out else ""
    if description := " ".join(filter(None, [notice, bracketed(feed.description, shared.rights(feed), feed.lang)])):
        calendar.add("X-WR-CALDESC", SafeText(description))
        calendar.add("DESCRIPTION", SafeText(description))
    if left_out:
        calendar.add("X-CALENDAR-APP-LEFT-OUT", SafeText(str(left_out)))
    calendar.add("X-WR-TIMEZONE", SafeText(feed.timezone))
    calendar.add("REFRESH-INTERVAL", SafeText(POLL, {"VALUE": "DURATION"}))
    calendar.add("X-PUBLISHED-TTL", SafeText(POLL))
    calendar.add("SOURCE", vUri(uri(feed.links[ICS.extension]), params={"VALUE": "URI"}))
    calendar.add("URL", vUri(uri(feed.page_url)))
    calendar.add("COLOR", SafeText(COLOR))
    calendar.add("LAST-MODIFIED", feed.updated)
    return calendar


def _assemble(calendar: Calendar, zones: Iterable[str], fragments: Iterable[bytes]) -> bytes:
    footer = b"END:VCALENDAR\r\n"
    header = calendar.to_ical(sorted=False).removesuffix(footer)
    timezones = [component for zone in sorted(set(zones)) if (component := vtimezone(zone))]
    return b"".join([header, *timezones, *fragments, footer])


def _vevent(event: EventItem, instance: Instance, lang: str, uid: str) -> Event:
    status = shared.status(event, instance)
    component = Event()
    component.add("UID", SafeText(uid))
    component.add("DTSTAMP", event.modified)
    component.add("LAST-MODIFIED", event.modified)
    component.add("CREATED", event.created)
    component.add("SEQUENCE", event.sequence)
    language = {"LANGUAGE": event.language} if event.language else {}
    component.add("SUMMARY", SafeText(shared.title(marked(event.title, STATUS_MARKS[status], lang)), language))
    component.add("DTSTART", _moment(instance.start, event))
    component.add("DTEND", _end(instance, event))
    if _end_assumed(instance, event):
        component.add(END_ASSUMED, SafeText("TRUE"))
    component.add("STATUS", _status(event, status))
    free = event.transparent or event.repeat.all_day or status in shared.OFF
    component.add("TRANSP", "TRANSPARENT" if free else "OPAQUE")
    component.add("CLASS", "PUBLIC")
    component.add("DESCRIPTION", SafeText(_description(event, instance, lang)))
    component.add("URL", vUri(uri(event.url)))
    _add_place(component, event, instance, lang)
    _add_extras(component, event, instance, lang)
    return component


def _add_place(component: Event, event: EventItem, instance: Instance, lang: str) -> None:
    place = shared.place(event, instance)
    online = uri(event.online_url)
    if shared.status(event, instance) == "moved_online" or (online and not place):
        component.add("LOCATION", SafeText(ONLINE[lang]))
    elif place:
        component.add("LOCATION", SafeText(shared.address(place)))
        if place.lat is not None and place.lon is not None:
            component.add("GEO", Geo(f"{place.lat:.6f};{place.lon:.6f}"), encode=False)
    if online:
        parameters = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": ONLINE[lang]}
        component.add("CONFERENCE", vUri(online, params=parameters))


def _add_extras(component: Event, event: EventItem, instance: Instance, lang: str) -> None:
    categories = list(filter(None, (clean(category, lines=False) for category in event.categories)))
    if _is_season(event, instance):
        categories = [*categories[: MAX_CATEGORIES - 1], SEASON[lang]]
    if categories:
        value = vCategory([])
        value.cats = [SafeText(category) for category in categories[:MAX_CATEGORIES]]
        component.add("CATEGORIES", value)
    if event.related:
        component.add("RELATED-TO", SafeText(event.related, {"RELTYPE": "SIBLING"}))
    if event.contact:
        component.add("CONTACT", SafeText(event.contact))
    for link in event.links:
        if name := EVENT[link.name].written:
            component.add(name, vUri(uri(link.url), params={"VALUE": "URI"}))
    if event.image:
        parameters = {"VALUE": "URI", "DISPLAY": "FULLSIZE", "FMTTYPE": event.image.type}
        component.add("IMAGE", vUri(uri(event.image.url), params=parameters))


def _description(event: EventItem, instance: Instance, lang: str) -> str:
    """Return plain text. The address comes last and is never cut off, because few calendar apps show URL."""
    notice = marked(shared.reason(event, instance), STATUS_MARKS[shared.status(event, instance)], lang)
    paragraphs = [
        notice,
        event.headline,
        event.summary,
        "\n".join(
            filter(None, [END_UNKNOWN[lang] if _end_assumed(instance, event) else "", *shared.details(event, instance)])
        ),
        *(labelled(name, value, lang) for name in ("organizer", "contact") if (value := getattr(event, name))),
    ]
    body = "\n".join(filter(None, (clean(paragraph).strip() for paragraph in paragraphs)))
    address = uri(event.url)
    return f"{cut(body, DESCRIPTION_LIMIT - len(address) - 2)}\n\n{address}".strip()


def _status(event: EventItem, status: str) -> str:
    if status in shared.OFF:
        return "CANCELLED"
    return "TENTATIVE" if event.tentative else "CONFIRMED"


def _moment(wall: datetime, event: EventItem) -> date | datetime:
    """Return a DATE for an all-day event, or else local time with its zone, or UTC where the zone follows no rule."""
    if event.repeat.all_day:
        return wall.date()
    moment = wall.replace(tzinfo=ZoneInfo(event.timezone))
    return moment if _local(event) else moment.astimezone(UTC)


def _end(instance: Instance, event: EventItem) -> date | datetime:
    """Return the exclusive end: for an all-day event the day after its last day."""
    if event.repeat.all_day:
        return (instance.end or instance.start).date() + timedelta(days=1)
    return _moment(_known_end(instance) or instance.start + DEFAULT_LENGTH, event)


def _end_assumed(instance: Instance, event: EventItem) -> bool:
    return not event.repeat.all_day and _known_end(instance) is None


def _known_end(instance: Instance) -> datetime | None:
    return instance.end if instance.end and instance.end > instance.start else None


def _rrule(rule: str, event: EventItem) -> vRecur:
    """Return the rule with UNTIL as an instant in UTC for a timed event; it includes the whole last day."""
    recur = vRecur(rule)
    if "UNTIL" in recur and not event.repeat.all_day:
        last_day: date = recur["UNTIL"][0]
        end_of_day = datetime.combine(last_day, time(23, 59, 59), ZoneInfo(event.timezone))
        recur["UNTIL"] = [end_of_day.astimezone(UTC)]
    return recur


def _local(event: EventItem) -> bool:
    return bool(zones(event))


def _is_season(event: EventItem, instance: Instance) -> bool:
    return event.repeat.all_day and (instance.end or instance.start) - instance.start >= SEASON_LENGTH


def _uid(event: EventItem, slot: EventItem) -> str:
    """Return the UID of a slot's series. The first has the event's own; a change of one slot leaves the others' alone."""
    first = slot.repeat.start == event.repeat.start
    return event.uid if first else _derived_uid(event, f"{slot.repeat.start:T%H%M}")


def _derived_uid(event: EventItem, suffix: str) -> str:
    local, _, authority = event.uid.rpartition("@")
    return f"{local}-{suffix}@{authority}"
