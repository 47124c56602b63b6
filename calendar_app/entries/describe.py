"""What pages, calendars, feeds and messages say of an entry in a language: title, when, where, details."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from calendar_app import fields
from calendar_app.dates import approximate, formatting
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Venue
from calendar_app.entries import accessibility
from calendar_app.entries.urls import SiteView
from calendar_app.fields import Field
from calendar_app.formats import Link, Place
from calendar_app.text import facilities, labels, languages, season_stages
from calendar_app.text.labels import STATUS_MARKS, marked


def text(entry: Entry, field: str, lang: str) -> str:
    """A field in the reader's language, or the nearest that there is."""
    return text_and_language(entry, field, lang)[0]


def text_and_language(entry: Entry, field: str, lang: str) -> tuple[str, str]:
    """The same, and the language that it is in; "" for that of the site, in which everything is written first."""
    for code in languages.translations(lang):
        if found := entry.translations.get(code, {}).get(field) or _easy(entry, field, code):
            return str(found), code
    return str(getattr(entry, field)), ""


def _easy(entry: Entry, field: str, code: str) -> str:
    """The summary in easy Japanese has a column of its own: it is older than the other translations."""
    return entry.summary_easy if (field, code) == ("summary", "easy") else ""


def title(entry: Entry, lang: str) -> str:
    """The title with its status before it: 【中止】夏まつり."""
    mark = STATUS_MARKS[entry.status] if isinstance(entry, Event) else STATUS_MARKS["scheduled"]
    return marked(text(entry, "title", lang), mark, lang)


def place(venue: Venue | None, lang: str) -> Place | None:
    if venue is None:
        return None
    name = languages.named(venue.name, venue.name_en, lang)
    return Place(name, venue.address, venue.lat, venue.lon, facilities.cleaned(venue.facilities))


def when(event: Event, lang: str, occurrence: Occurrence | None = None, *, today: date | None = None) -> str:
    """Date and time in words, of one date or of the whole event; 「4月下旬（日程調整中）」 while nobody knows the day."""
    if event.precision != "exact":
        last = event.end or event.start
        return approximate.say_period(event.start, last, event.precision, event.certainty, lang, today=today)
    start, end = (occurrence.wall_start, occurrence.wall_end) if occurrence else (event.start, event.end)
    said = formatting.say_when(start, end, event.all_day, lang, today=today)
    return labels.bracketed(said, approximate.say_certainty(event.certainty, lang), lang)


def status(occurrence: Occurrence) -> str:
    """How one date stands. What the whole event says comes first when it is off: no date of it can go ahead."""
    whole = occurrence.event.status
    return whole if whole in ("cancelled", "postponed") else occurrence.status or whole


def lead(event: Event, lang: str, occurrence: Occurrence | None = None) -> str:
    """The first line of every description: when and where."""
    where = place(occurrence.venue if occurrence and occurrence.venue else event.venue, lang)
    return " ".join(filter(None, [when(event, lang, occurrence), where.name if where else ""]))


def details(event: Event, lang: str, venue: Venue | None = None) -> tuple[str, ...]:
    """Fee, places, audience, how to apply: one plain line each. `venue` is that of a single date elsewhere."""
    special = {
        "fee": fee(event, lang),
        "weather": weather(event, lang),
        **accessibility.facility_texts(event, lang, venue),
    }
    special |= dict.fromkeys(("contact", "organizer"), "")  # each format writes these two by itself
    said = {name: special.get(name, _plain(event, field, lang)) for name, field in fields.EVENT.items() if field.line}
    return tuple(fields.labelled(name, value, lang) for name, value in said.items() if value)


def facts(event: Event, lang: str) -> list[tuple[str, str, bool]]:
    """What the generic part of an event's page shows: label, words, and whether these are an address."""
    generic = {name: field for name, field in fields.EVENT.items() if field.line and field.page == "generic"}
    found = [(fields.LABELS[link.name][lang], link.url, True) for link in links(event, lang) if link.name in generic]
    said = {name: _plain(event, field, lang) for name, field in generic.items()}
    return found + [(fields.LABELS[name][lang], value, False) for name, value in said.items() if value]


def links(event: Event, lang: str) -> tuple[Link, ...]:
    """The addresses that an event gives beside its own page, each with its plain line."""
    given = {name: getattr(event, name) for name in fields.names("event", "url") if fields.EVENT[name].line}
    return tuple(Link(name, url, fields.labelled(name, url, lang)) for name, url in given.items() if url)


def _plain(event: Event, field: Field, lang: str) -> str:
    """A field's value as plain words; "" where it is empty or has no words of its own."""
    value = getattr(event, field.name)
    if field.type == "moment":
        return moment(value, lang) if value else ""
    return labels.phrase(str(value or ""), lang) if field.type in ("line", "integer") else ""


def fee(event: Event, lang: str) -> str:
    """What it costs, and what was written beside it where that says more: 「無料」, not 「無料、無料」."""
    amount = labels.yen(event.fee, lang) if event.fee is not None else ""
    return languages.comma(lang).join(dict.fromkeys(filter(None, [amount, event.fee_note])))


def weather(event: Event, lang: str) -> str:
    """What happens in bad weather: the rule, and what was written beside it."""
    rule = labels.WEATHER[event.weather_rule][lang]
    return labels.bracketed(rule, event.weather, lang) if rule else event.weather


def moment(value: datetime, lang: str) -> str:
    return formatting.say_when(value, value, value.time() == time(), lang)


def seen_at(announcement: Announcement, site_view: SiteView) -> datetime:
    """When a status line was seen, on the wall; the time of its publication where nobody said."""
    published = announcement.published_at or announcement.created_at
    return announcement.seen_at or published.astimezone(ZoneInfo(site_view.timezone)).replace(tzinfo=None)


def say_headline(announcement: Announcement, site_view: SiteView) -> str:
    """A season's status line with its day and place: 「4月24日（土） 満開（武家屋敷通り）」."""
    day = seen_at(announcement, site_view).date()
    said = f"{formatting.say_date(day, site_view.lang, today=day)} {season_stages.say(announcement.headline, site_view.lang)}"
    return labels.bracketed(said, announcement.place, site_view.lang)


def department(entry: Entry, lang: str) -> str:
    return languages.named(entry.department.name, entry.department.name_en, lang)
