"""From rows to what the formats say: the one mapping that pages, calendars and feeds share."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from calendar_app.dates import approximate, formatting
from calendar_app.dates.recurrence import Instance, without_cancelled
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Photo, Revision, Venue
from calendar_app.entries import accessibility
from calendar_app.entries.photos import card_name, file_name, width_of
from calendar_app.entries.urls import Edition
from calendar_app.formats import EventItem, FeedItem, Image, Place
from calendar_app.text import facilities, labels, languages, season_stages
from calendar_app.text.labels import NOTICE_MARKS, STATUS_MARKS, labelled, marked
from calendar_app.text.markup import html, linked, plain


def text(entry: Entry, field: str, lang: str) -> str:
    """A field in the reader's language, or the nearest that there is."""
    return told(entry, field, lang)[0]


def told(entry: Entry, field: str, lang: str) -> tuple[str, str]:
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


def image(photo: Photo, edition: Edition) -> Image:
    full, small = _copy(photo, edition, photo.width), min(map(width_of, photo.sizes), default=photo.width)
    thumbnail = _copy(photo, edition, small) if small < photo.width else None
    return replace(full, card=f"{edition.base_url}/photos/{card_name(photo.name)}", thumbnail=thumbnail)


def _copy(photo: Photo, edition: Edition, width: int) -> Image:
    """The picture in one of the widths that are stored."""
    name, height = file_name(photo.name, width, "jpg"), max(1, round(photo.height * width / photo.width))
    return Image(f"{edition.base_url}/photos/{name}", "image/jpeg", photo.sizes.get(name, 0), width, height, photo.alt)


def when(event: Event, lang: str, occurrence: Occurrence | None = None, *, today: date | None = None) -> str:
    """Date and time in words, of one date or of the whole event; 「4月下旬（日程調整中）」 while nobody knows the day."""
    if event.precision != "exact":
        last = event.end or event.start
        return approximate.say_period(event.start, last, event.precision, event.certainty, lang, today=today)
    start, end = (occurrence.wall_start, occurrence.wall_end) if occurrence else (event.start, event.end)
    said = formatting.say_when(start, end, event.all_day, lang, today=today)
    return labels.bracketed(said, approximate.say_certainty(event.certainty, lang), lang)


def status(one: Occurrence) -> str:
    """How one date stands. What the whole event says comes first when it is off: no date of it can go ahead."""
    whole = one.event.status
    return whole if whole in ("cancelled", "postponed") else one.status or whole


def lead(event: Event, lang: str, occurrence: Occurrence | None = None) -> str:
    """The first line of every description: when and where."""
    where = place(occurrence.venue if occurrence and occurrence.venue else event.venue, lang)
    return " ".join(filter(None, [when(event, lang, occurrence), where.name if where else ""]))


def details(event: Event, lang: str, venue: Venue | None = None) -> tuple[str, ...]:
    """Fee, places, audience, how to apply: one plain line each. `venue` is that of a single date elsewhere."""
    moments = {
        "apply_start": event.apply_start,
        "apply_deadline": event.apply_deadline,
        "reserve": event.reserve_start,
    }
    said = {
        "date_note": event.date_note,
        "audience": labels.phrase(event.audience, lang),
        "fee": fee(event, lang),
        "capacity": str(event.capacity or ""),
        "apply": labels.phrase(event.apply, lang),
        **{name: moment(value, lang) for name, value in moments.items() if value},
        "weather": weather(event, lang),
        "decision": labels.phrase(event.decision, lang),
        **accessibility.said(event, lang, venue),
    }
    return tuple(labelled(name, said[name], lang) for name in labels.LABELS if said.get(name))


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


def event_item(
    event: Event,
    edition: Edition,
    headline: Announcement | None = None,
    window: tuple[date, date] | None = None,
    *,
    drop: bool = False,
) -> EventItem:
    """An event as calendars and pages say it; `drop` leaves out its cancelled single dates."""
    lang = edition.lang
    return EventItem(
        uid=event.uid,
        url=edition.entry(event),
        sequence=event.sequence,
        created=event.published_at or event.created_at,
        modified=event.changed_at,
        title=text(event, "title", lang),
        language=_language(event, edition),
        status=event.status,
        repeat=without_cancelled(event.repeat) if drop else event.repeat,
        timezone=event.timezone,
        tentative=not event.confirmed,
        related=event.previous.uid if event.previous else "",
        reason=event.reason,
        headline=say_headline(headline, edition) if headline else "",
        summary=plain(text(event, "summary", lang) or text(event, "body", lang)),
        details=_dated(event, lang) + details(event, lang),
        details_at=_details_at(event, lang),
        facilities=facilities.joined({}, event.facilities, online=bool(event.online_url)),
        place=place(event.venue, lang),
        places=_places(event, lang),
        online_url=event.online_url,
        fee=event.fee,
        previous_starts=tuple(map(datetime.fromisoformat, event.previous_starts)),
        contact=event.contact or event.department.contact,
        organizer=event.organizer,
        offered=event.apply_start,
        kind=event.category.slug if event.category else "",
        categories=tuple(filter(None, [_category(event, lang), *(tag.name for tag in event.tags)]))[:5],
        image=image(event.photos[0], edition) if event.photos else None,
        window=window,
    )


def _language(entry: Entry, edition: Edition) -> str:
    """What its title is in, where that needs saying: nothing in the site's own edition."""
    if edition.lang == edition.default_lang:
        return ""
    return languages.tag(told(entry, "title", edition.lang)[1] or edition.default_lang)


def _places(event: Event, lang: str) -> dict[int, Place]:
    if not event.overrides:  # spares a query for nearly all events
        return {}
    return {one.venue_id: said for one in event.occurrences if one.venue_id and (said := place(one.venue, lang))}


def _details_at(event: Event, lang: str) -> dict[int, tuple[str, ...]]:
    if not event.overrides:
        return {}
    others = {one.venue_id: one.venue for one in event.occurrences if one.venue_id and one.venue}
    return {id_: _dated(event, lang) + details(event, lang, venue) for id_, venue in others.items()}


def _dated(event: Event, lang: str) -> tuple[str, ...]:
    """A calendar shows an inexact date as a bar over many days: its text must say what that means."""
    return (when(event, lang),) if event.precision != "exact" else ()


def seen(announcement: Announcement, edition: Edition) -> datetime:
    """When a status line was seen, on the wall; the time of its publication where nobody said."""
    published = announcement.published_at or announcement.created_at
    return announcement.seen_at or published.astimezone(ZoneInfo(edition.timezone)).replace(tzinfo=None)


def say_headline(announcement: Announcement, edition: Edition) -> str:
    """A season's status line with its day and place: 「4月24日（土） 満開（武家屋敷通り）」."""
    day = seen(announcement, edition).date()
    said = (
        f"{formatting.say_date(day, edition.lang, today=day)} {season_stages.say(announcement.headline, edition.lang)}"
    )
    return labels.bracketed(said, announcement.place, edition.lang)


def log_item(row: Revision, edition: Edition) -> FeedItem:
    """One notice of the log: what happened, and the entry as it is now."""
    entry, lang = cast(Entry, row.entry), edition.lang
    made = feed_item(entry, edition, id=str(row.guid), heading=notice(row, lang), at=row.at, note=row.note)
    if not entry.answers:
        return made
    answers = [f"Q. {one.public_question}\nA. {one.public_answer}" for one in entry.answers]
    shown = "".join(f"\n<p>{linked(one)}</p>" for one in answers)
    return replace(made, text="\n".join([made.text, *answers]).strip(), html=made.html + shown)


def notice(row: Revision, lang: str) -> str:
    """The heading of a notice: 【中止】夏まつり, and of one date of a series 【中止】朝市（4月18日（日））."""
    entry = cast(Entry, row.entry)
    if row.kind == "published" and isinstance(entry, Event):
        return title(entry, lang)
    said = text(entry, "title", lang)
    if isinstance(entry, Announcement):
        said = marked(said, labels.IMPORTANCE_MARKS[entry.importance], lang)
    if row.original:
        said = labels.bracketed(said, formatting.say_date(row.original.date(), lang, today=row.original.date()), lang)
    return marked(said, NOTICE_MARKS.get(row.kind, NOTICE_MARKS["published"]), lang)


def upcoming_item(occurrence: Occurrence, edition: Edition) -> FeedItem:
    """One coming date, as an item dated by its last change: readers sort by that, people by the first line."""
    event, lang = occurrence.event, edition.lang
    stamp = f"{occurrence.original:%Y%m%dT%H%M}"
    year = event.created_at.year
    id_ = f"tag:{edition.site_id},{year}:event/{event.public_id}/{stamp}"
    mark = STATUS_MARKS[status(occurrence)]
    heading = marked(text(event, "title", lang), mark, lang)
    note = occurrence.note or event.reason
    return feed_item(event, edition, id=id_, heading=heading, at=event.updated_at, note=note, occurrence=occurrence)


def feed_item(
    entry: Entry,
    edition: Edition,
    *,
    id: str,
    heading: str,
    at: datetime,
    note: str,
    occurrence: Occurrence | None = None,
) -> FeedItem:
    lang = edition.lang
    body, summary = text(entry, "body", lang), text(entry, "summary", lang)
    event = entry if isinstance(entry, Event) else None
    return FeedItem(
        id=id,
        url=edition.entry(entry),
        title=heading,
        language=_language(entry, edition),
        published=at.replace(microsecond=0),
        updated=at.replace(microsecond=0),
        lead=lead(event, lang, occurrence) if event else "",
        text="\n".join(filter(None, [note, summary, plain(body)])),
        html=html("\n\n".join(filter(None, [note, summary, body])), edition.base_url),
        details=details(event, lang, occurrence.venue if occurrence else None) if event else (),
        department=department(entry, lang),
        categories=tuple(filter(None, [_category(event, lang) if event else ""])),
        tags=tuple(tag.name for tag in entry.tags),
        images=tuple(image(photo, edition) for photo in entry.photos),
        ics_url=edition.url(f"/events/{event.public_id}.ics") if event else "",
        event=event_item(event, edition) if event else None,
        instance=instance(occurrence) if occurrence else None,
    )


def instance(one: Occurrence) -> Instance:
    return Instance(one.original, one.wall_start, one.wall_end, one.status, one.note, one.venue_id)


def department(entry: Entry, lang: str) -> str:
    return languages.named(entry.department.name, entry.department.name_en, lang)


def _category(event: Event, lang: str) -> str:
    if event.category is None:
        return ""
    return languages.named(event.category.name, event.category.name_en, lang)
