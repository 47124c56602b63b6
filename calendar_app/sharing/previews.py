"""Preview an entry as each channel will show it. The formats themselves render it, so the preview cannot differ."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from icalendar import Calendar

from calendar_app import fields
from calendar_app.db.models import Entry, Event
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import ics
from calendar_app.text import languages

RESULT = 110  # letters of a page that a search engine shows


@dataclass(frozen=True, slots=True)
class ChannelPreview:
    """The preview of one channel: its name, a heading, a line below it, and its texts."""

    channel: str
    title: str
    line: str
    texts: list[str]


@dataclass(frozen=True, slots=True)
class EntryPreviews:
    """The preview of the page, and of every other channel."""

    title: str
    lead: str
    summary: str
    body: str
    details: tuple[str, ...]
    channels: list[ChannelPreview]


def preview_channels(entry: Entry, site_view: SiteView, until: date) -> EntryPreviews:
    """Render the previews of an entry, which may be unsaved. `until` bounds the dates of a series."""
    lang = site_view.lang
    title, lead = describe.title(entry, lang), describe.lead(entry, lang) if isinstance(entry, Event) else ""
    item = items.feed_item(entry, site_view, id="", heading=title, at=entry.changed_at, note="")
    summary = describe.text(entry, "summary", lang) or item.text.partition("\n")[0]
    host = urlsplit(site_view.base_url).netloc
    channels = [
        ChannelPreview("feed", item.title, item.lead, [item.text, " ".join(f"#{tag}" for tag in item.tags)]),
        ChannelPreview(
            "search", f"{title} - {site_view.name}", f"{host} › {entry.kind}s", [f"{lead} {summary}".strip()[:RESULT]]
        ),
        ChannelPreview("chat", f"{title} - {site_view.name}", host, [lead or summary]),
    ]
    if isinstance(entry, Event):
        channels = [_calendar(entry, site_view, until), *channels, _column(entry, site_view)]
    details = describe.details(entry, lang) if isinstance(entry, Event) else ()
    return EntryPreviews(title, lead, describe.text(entry, "summary", lang), entry.body_html, details, channels)


def _calendar(event: Event, site_view: SiteView, until: date) -> ChannelPreview:
    """Read the preview back out of the calendar file that programs will fetch."""
    calendar = Calendar.from_ical(ics.render_single(items.event_item(event, site_view), until, site_view.lang))
    shown = next(iter(calendar.walk("VEVENT")))
    title, place, text = (str(shown.get(name, "")) for name in ("SUMMARY", "LOCATION", "DESCRIPTION"))
    return ChannelPreview("calendar", title, describe.when(event, site_view.lang), [place, text])


def _column(event: Event, site_view: SiteView) -> ChannelPreview:
    """Write the entry in the usual form of a bulletin's column."""
    lang = site_view.lang
    place = describe.place(event.venue, lang)
    lines = {
        "when": describe.when(event, lang),
        "where": f"{place.name}{f'（{place.address}）' if place.address and languages.formal(lang) else ''}"
        if place
        else "",
        "what": describe.text(event, "summary", lang),
        "contact": describe.contact(event, lang),
    }
    shown = [
        f"{COLUMN[name][languages.nearest(lang, COLUMN[name], 'en')]} {text}" for name, text in lines.items() if text
    ]
    facts = [line for line in describe.details(event, lang) if not line.startswith(fields.LABELS["contact"][lang])]
    return ChannelPreview("column", f"■{describe.text(event, 'title', lang)}", "", [*shown[:-1], *facts, *shown[-1:]])


COLUMN = {
    "when": {"ja": "【とき】", "en": "When:"},
    "where": {"ja": "【ところ】", "en": "Where:"},
    "what": {"ja": "【内容】", "en": "What:"},
    "contact": {"ja": "【問】", "en": "Contact:"},
}
