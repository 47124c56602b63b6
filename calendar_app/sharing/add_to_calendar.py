"""Build links that add one event to Google Calendar or Outlook.

They are plain addresses; no third-party code is loaded.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView

LENGTH = timedelta(hours=2)  # assumed for an event without an end, as in the calendar file
GOOGLE = "https://calendar.google.com/calendar/render?"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose?"


def links(event: Event, coming: list[Occurrence], site_view: SiteView) -> dict[str, str]:
    """Map each calendar's name to its link for the next date.

    Empty if the event is over, cancelled, postponed or has no exact day.
    """
    if not coming or event.status in ("cancelled", "postponed") or event.precision != "exact":
        return {}
    return {"Google": google(event, coming[0], site_view), "Outlook": outlook(event, coming[0], site_view)}


def google(event: Event, occurrence: Occurrence, site_view: SiteView) -> str:
    """Build Google Calendar's link. The end of an all-day event is exclusive there, as in iCalendar."""
    start, end = _span(event, occurrence)
    form = "%Y%m%d" if event.all_day else "%Y%m%dT%H%M%S"
    parameters = {"dates": f"{start:{form}}/{end:{form}}", "ctz": event.timezone, "details": _details(event, site_view)}
    return GOOGLE + urlencode(
        {
            "action": "TEMPLATE",
            "text": describe.title(event, site_view.lang),
            **parameters,
            **_where(event, occurrence, site_view),
        }
    )


def outlook(event: Event, occurrence: Occurrence, site_view: SiteView) -> str:
    """Build Outlook.com's link; times are UTC."""
    start, end = _span(event, occurrence)
    if event.all_day:
        times = {"startdt": f"{start:%Y-%m-%d}", "enddt": f"{end:%Y-%m-%d}", "allday": "true"}
    else:
        times = {"startdt": _utc(start, event.timezone), "enddt": _utc(end, event.timezone)}
    path = {"path": "/calendar/action/compose", "rru": "addevent"}
    texts = {"subject": describe.title(event, site_view.lang), "body": _details(event, site_view)}
    return OUTLOOK + urlencode(path | times | texts | _where(event, occurrence, site_view))


def _span(event: Event, occurrence: Occurrence) -> tuple[datetime, datetime]:
    start = occurrence.wall_start
    if event.all_day:
        return start, datetime.combine(occurrence.last_day + timedelta(days=1), start.time())
    return start, occurrence.wall_end or start + LENGTH


def _utc(moment: datetime, zone: str) -> str:
    return f"{moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _details(event: Event, site_view: SiteView) -> str:
    """Give the summary and the address of the entry's page.

    The page holds the rest, and stays right when the event changes.
    """
    return "\n\n".join(filter(None, [describe.text(event, "summary", site_view.lang), site_view.entry(event)]))


def _where(event: Event, occurrence: Occurrence, site_view: SiteView) -> dict[str, str]:
    place = describe.place(occurrence.venue or event.venue, site_view.lang)
    where = "、".join(filter(None, [place.name, place.address])) if place else event.online_url
    return {"location": where} if where else {}
