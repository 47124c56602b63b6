"""One event into the calendars that take it by a link: their own addresses, filled in. Nothing of theirs is loaded."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView

LENGTH = timedelta(hours=2)  # of what has no end, as in the calendar file
GOOGLE = "https://calendar.google.com/calendar/render?"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose?"


def links(event: Event, coming: list[Occurrence], site_view: SiteView) -> dict[str, str]:
    """Each calendar with the link for the next date; none for what is over, off, or has no day yet."""
    if not coming or event.status in ("cancelled", "postponed") or event.precision != "exact":
        return {}
    return {"Google": google(event, coming[0], site_view), "Outlook": outlook(event, coming[0], site_view)}


def google(event: Event, occurrence: Occurrence, site_view: SiteView) -> str:
    """All-day ends are exclusive there, as in iCalendar."""
    start, end = _span(event, occurrence)
    form = "%Y%m%d" if event.all_day else "%Y%m%dT%H%M%S"
    said = {"dates": f"{start:{form}}/{end:{form}}", "ctz": event.timezone, "details": _details(event, site_view)}
    return GOOGLE + urlencode(
        {
            "action": "TEMPLATE",
            "text": describe.title(event, site_view.lang),
            **said,
            **_where(event, occurrence, site_view),
        }
    )


def outlook(event: Event, occurrence: Occurrence, site_view: SiteView) -> str:
    start, end = _span(event, occurrence)
    if event.all_day:
        times = {"startdt": f"{start:%Y-%m-%d}", "enddt": f"{end:%Y-%m-%d}", "allday": "true"}
    else:
        times = {"startdt": _utc(start, event.timezone), "enddt": _utc(end, event.timezone)}
    path = {"path": "/calendar/action/compose", "rru": "addevent"}
    said = {"subject": describe.title(event, site_view.lang), "body": _details(event, site_view)}
    return OUTLOOK + urlencode(path | times | said | _where(event, occurrence, site_view))


def _span(event: Event, occurrence: Occurrence) -> tuple[datetime, datetime]:
    start = occurrence.wall_start
    if event.all_day:
        return start, datetime.combine(occurrence.last_day + timedelta(days=1), start.time())
    return start, occurrence.wall_end or start + LENGTH


def _utc(moment: datetime, zone: str) -> str:
    return f"{moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _details(event: Event, site_view: SiteView) -> str:
    """Short: the rest stands behind the link, and is right there when it changes."""
    return "\n\n".join(filter(None, [describe.text(event, "summary", site_view.lang), site_view.entry(event)]))


def _where(event: Event, occurrence: Occurrence, site_view: SiteView) -> dict[str, str]:
    place = describe.place(occurrence.venue or event.venue, site_view.lang)
    where = "、".join(filter(None, [place.name, place.address])) if place else event.online_url
    return {"location": where} if where else {}
