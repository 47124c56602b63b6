"""Put an entry into words in one language, for pages, calendars, feeds and messages: title, when, where, details."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app import fields
from calendar_app.dates import approximate, formatting
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Venue
from calendar_app.db.models.columns import Translated
from calendar_app.entries import accessibility
from calendar_app.entries.urls import SiteView
from calendar_app.fields import Field
from calendar_app.formats import Link, Place
from calendar_app.text import facilities, labels, languages, season_stages
from calendar_app.text.labels import STATUS_MARKS, marked

WAITING = ("planned", "forecast")  # dates that somebody still has to decide


def text(row: Translated, field: str, lang: str) -> str:
    """Return a field in the reader's language, or in the nearest language that has it."""
    return text_and_language(row, field, lang)[0]


def text_and_language(row: Translated, field: str, lang: str) -> tuple[str, str]:
    """Return a field and the code of its language; "" stands for the site's language, in which everything is first
    written. A set phrase such as 申込不要 is in the reader's language without a translation."""
    if field == "name":
        return _name_and_language(row, lang)
    for code in languages.translations(lang):
        if translated := row.translations.get(code, {}).get(field) or _easy(row, field, code):
            return str(translated), code
    return _phrase_and_language(str(getattr(row, field)), lang)


def remark(entry: Entry, words: str, lang: str) -> str:
    """Return a text of an entry that is no field (a reason, a note, a photo's description) in the reader's language."""
    return remark_and_language(entry, words, lang)[0]


def remark_and_language(entry: Entry, words: str, lang: str) -> tuple[str, str]:
    """Return a text of an entry that is no field, and its language as `text_and_language` does."""
    for code in languages.translations(lang):
        if translated := entry.translations.get(code, {}).get("texts", {}).get(words):
            return str(translated), code
    return _phrase_and_language(words, lang)


def _phrase_and_language(words: str, lang: str) -> tuple[str, str]:
    said = season_stages.say(labels.phrase(words, lang), lang)
    return said, "" if said == words else lang


def _easy(row: Translated, field: str, code: str) -> str:
    """Return the summary in easy Japanese, which has a column of its own because it is older than the other
    translations."""
    return row.summary_easy if isinstance(row, Entry) and (field, code) == ("summary", "easy") else ""


def _name_and_language(row: Any, lang: str) -> tuple[str, str]:
    """Return the name of a venue, department, category or tag. The English one has a column, except a tag's."""
    for code in languages.translations(lang):
        if code not in languages.STAFF and (translated := row.translations.get(code, {}).get("name")):
            return str(translated), code
    english = row.translations.get("en", {}).get("name") or getattr(row, "name_en", "")
    name = languages.named(row.name, english, lang)
    return name, "" if name == row.name else "en" if name == english else lang


def title(entry: Entry, lang: str) -> str:
    """Return the title with its status mark: 【中止】夏まつり."""
    mark = STATUS_MARKS[entry.status] if isinstance(entry, Event) else STATUS_MARKS["scheduled"]
    return marked(text(entry, "title", lang), mark, lang)


def place(venue: Venue | None, lang: str) -> Place | None:
    """Return a venue as a place with its name in `lang`; None without a venue."""
    if venue is None:
        return None
    name, address = text(venue, "name", lang), text(venue, "address", lang)
    return Place(name, address, venue.lat, venue.lon, facilities.cleaned(venue.facilities))


def when(
    event: Event,
    lang: str,
    occurrence: Occurrence | None = None,
    *,
    today: date | None = None,
    as_of: date | None = None,
) -> str:
    """Return date and time in words, of one date or of the whole event. A day not yet known reads 「4月下旬（日程調整中）」.

    Times are wall-clock times of the event's own zone. `today` lets the current year be left out. `as_of` is the day on
    which this is said; see `certainty`.
    """
    certainty_then = certainty(event, as_of)
    if event.precision != "exact":
        last = event.end or event.start
        return approximate.say_period(event.start, last, event.precision, certainty_then, lang, today=today)
    start, end = (occurrence.wall_start, occurrence.wall_end) if occurrence else (event.start, event.end)
    words = formatting.say_when(start, end, event.all_day, lang, today=today)
    return labels.bracketed(words, approximate.say_certainty(certainty_then, lang), lang)


def certainty(event: Event, as_of: date | None = None) -> str:
    """Return how certain the date is on the day `as_of`: what has passed is neither planned nor forecast any more.

    Without `as_of` it is the day of the last public change, for what is kept: such bytes cannot depend on the day on
    which they are made, and `entries.due` makes a change when the date has passed.
    """
    if event.certainty not in WAITING:
        return event.certainty
    then = as_of or event.changed_at.astimezone(ZoneInfo(event.timezone)).date()
    return "confirmed" if all(date.last_day < then for date in event.occurrences) else event.certainty


def status(occurrence: Occurrence) -> str:
    """Return the status of one date. A cancelled or postponed event overrides it, since no date of it can go ahead."""
    whole = occurrence.event.status
    return whole if whole in ("cancelled", "postponed") else occurrence.status or whole


def lead(event: Event, lang: str, occurrence: Occurrence | None = None, *, as_of: date | None = None) -> str:
    """Return the first line of every description: when and where."""
    where = place(occurrence.venue if occurrence and occurrence.venue else event.venue, lang)
    return " ".join(filter(None, [when(event, lang, occurrence, as_of=as_of), where.name if where else ""]))


def details(event: Event, lang: str, venue: Venue | None = None) -> tuple[str, ...]:
    """Return fee, places, audience and how to apply, one plain line each. `venue` is that of a single date held
    elsewhere."""
    special = {
        "fee": fee(event, lang),
        "weather": weather(event, lang),
        **facility_texts(event, lang, venue),
    }
    special |= dict.fromkeys(("contact", "organizer"), "")  # each format writes these two by itself
    values = {name: special.get(name, _plain(event, field, lang)) for name, field in fields.EVENT.items() if field.line}
    return tuple(fields.labelled(name, value, lang) for name, value in values.items() if value)


def facts(event: Event, lang: str) -> list[tuple[str, str, bool]]:
    """Return the rows of the generic part of an event's page: label, text, and whether the text is an address."""
    generic = {name: field for name, field in fields.EVENT.items() if field.line and field.page == "generic"}
    rows = [(fields.LABELS[link.name][lang], link.url, True) for link in links(event, lang) if link.name in generic]
    values = {name: _plain(event, field, lang) for name, field in generic.items()}
    return rows + [(fields.LABELS[name][lang], value, False) for name, value in values.items() if value]


def links(event: Event, lang: str) -> tuple[Link, ...]:
    """Return the addresses that an event gives beside its own page, each with its plain line."""
    addresses = {name: getattr(event, name) for name in fields.names("event", "url") if fields.EVENT[name].line}
    return tuple(Link(name, url, fields.labelled(name, url, lang)) for name, url in addresses.items() if url)


def _plain(event: Event, field: Field, lang: str) -> str:
    """Return a field's value as plain text; "" where it is empty or another function writes it."""
    value = getattr(event, field.name)
    if field.type == "moment":
        return moment(value, lang) if value else ""
    if field.translatable:
        return text(event, field.name, lang)
    return str(value or "") if field.type in ("line", "integer") else ""


def fee(event: Event, lang: str) -> str:
    """Return the fee with its note, unless both say the same: 「無料」, not 「無料、無料」."""
    amount = labels.money(event.fee, lang) if event.fee is not None else ""
    return languages.comma(lang).join(dict.fromkeys(filter(None, [amount, text(event, "fee_note", lang)])))


def weather(event: Event, lang: str) -> str:
    """Return the rule for bad weather with its note."""
    rule = labels.WEATHER[event.weather_rule][lang]
    more = text(event, "weather", lang)
    return labels.bracketed(rule, more, lang) if rule else more


def facility_texts(event: Event, lang: str, venue: Venue | None = None) -> dict[str, str]:
    """Return the accessibility texts by field: the facilities in words, the notes, and the day by which to ask for
    help.

    A text is "" when there is nothing to say.
    """
    there, by = venue or event.venue, event.facilities_by
    notes = [text(row, "facilities_note", lang) for row in (there, event) if row]
    return {
        "facilities": facilities.sentence(accessibility.known_facilities(event, venue), lang),
        "facilities_note": " ".join(filter(None, notes)),
        "facilities_by": formatting.say_when(by, by, True, lang) if by else "",
    }


def moment(value: datetime, lang: str) -> str:
    """Return a wall-clock moment in words; midnight stands for a whole day."""
    return formatting.say_when(value, value, value.time() == time(), lang)


def seen_at(announcement: Announcement, site_view: SiteView) -> datetime:
    """Return the wall-clock time at which a status line was seen, or else the time of its publication, in the site's
    zone."""
    published = announcement.published_at or announcement.created_at
    return announcement.seen_at or published.astimezone(ZoneInfo(site_view.timezone)).replace(tzinfo=None)


def say_headline(announcement: Announcement, site_view: SiteView) -> str:
    """Return a season's status line with its day and place: 「4月24日（土） 満開（武家屋敷通り）」."""
    day = seen_at(announcement, site_view).date()
    words = f"{formatting.say_date(day, site_view.lang, today=day)} {text(announcement, 'headline', site_view.lang)}"
    return labels.bracketed(words, text(announcement, "place", site_view.lang), site_view.lang)


def department(entry: Entry, lang: str) -> str:
    """Return the name of the entry's department in `lang`."""
    return text(entry.department, "name", lang)


def contact(entry: Event | Announcement, lang: str) -> str:
    """Return whom to ask: the entry's own contact, or else that of its department."""
    return text(entry if entry.contact else entry.department, "contact", lang)
