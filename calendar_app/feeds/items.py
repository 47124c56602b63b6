"""Map rows to the values of the formats. Pages, calendars and feeds share this mapping."""

from dataclasses import replace
from datetime import date, datetime
from typing import cast

from calendar_app import fields
from calendar_app.dates import formatting
from calendar_app.dates.recurrence import Instance, Repeat, without_cancelled
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Photo, Revision
from calendar_app.entries import describe
from calendar_app.entries.photos import card_name, file_name, width_of
from calendar_app.entries.urls import SiteView
from calendar_app.formats import EventItem, FeedItem, Image, Place
from calendar_app.text import facilities, labels, languages
from calendar_app.text.labels import NOTICE_MARKS, STATUS_MARKS, marked
from calendar_app.text.markup import html, linked, plain


def image(photo: Photo, site_view: SiteView) -> Image:
    """Return a photo in its full width, with its card and its smallest copy as a thumbnail."""
    full, small = _copy(photo, site_view, photo.width), min(map(width_of, photo.sizes), default=photo.width)
    thumbnail = _copy(photo, site_view, small) if small < photo.width else None
    return replace(full, card=f"{site_view.base_url}/photos/{card_name(photo.name)}", thumbnail=thumbnail)


def _copy(photo: Photo, site_view: SiteView, width: int) -> Image:
    """Return the picture in one of its stored widths."""
    name, height = file_name(photo.name, width, "jpg"), max(1, round(photo.height * width / photo.width))
    return Image(
        f"{site_view.base_url}/photos/{name}",
        "image/jpeg",
        photo.sizes.get(name, 0),
        width,
        height,
        alt_of(photo, site_view.lang),
    )


def alt_of(photo: Photo, lang: str) -> str:
    """Return the description of a photo for who cannot see it."""
    return describe.remark(photo.entry, photo.alt, lang) if photo.entry else photo.alt


def event_item(
    event: Event,
    site_view: SiteView,
    headline: Announcement | None = None,
    window: tuple[date, date] | None = None,
    *,
    drop: bool = False,
) -> EventItem:
    """Return an event for calendars and pages. `window` limits its dates; `drop` leaves out its cancelled single dates."""
    lang = site_view.lang
    return EventItem(
        uid=event.uid,
        url=site_view.entry(event),
        sequence=event.sequence,
        created=event.published_at or event.created_at,
        modified=event.changed_at,
        title=describe.text(event, "title", lang),
        language=_language(event, site_view),
        status=event.status,
        repeat=_repeat(event, lang, drop=drop),
        timezone=event.timezone,
        tentative=not event.confirmed,
        related=event.previous.uid if event.previous else "",
        reason=describe.remark(event, event.reason, lang),
        headline=describe.say_headline(headline, site_view) if headline else "",
        summary=plain(describe.text(event, "summary", lang) or describe.text(event, "body", lang)),
        details=_dated(event, lang) + describe.details(event, lang),
        details_at=_details_at(event, lang),
        facilities=facilities.joined({}, event.facilities, online=bool(event.online_url)),
        place=describe.place(event.venue, lang),
        places=_places(event, lang),
        online_url=event.online_url,
        links=describe.links(event, lang),
        fee=event.fee,
        previous_starts=tuple(map(datetime.fromisoformat, event.previous_starts)),
        contact=describe.contact(event, lang),
        organizer=describe.text(event, "organizer", lang),
        offered=event.apply_start,
        kind=event.category.slug if event.category else "",
        categories=tuple(filter(None, [_category(event, lang), *tags(event, lang)]))[:5],
        image=image(event.photos[0], site_view) if event.photos else None,
        window=window,
    )


def _repeat(event: Event, lang: str, *, drop: bool) -> Repeat:
    """Return the dates of an event, with the notes of single ones in `lang`; `drop` leaves out cancelled ones."""
    repeat = without_cancelled(event.repeat) if drop else event.repeat
    if not repeat.overrides:  # of nearly all events
        return repeat
    said = (replace(each, note=describe.remark(event, each.note, lang)) for each in repeat.overrides)
    return replace(repeat, overrides=tuple(said))


def _language(entry: Entry, site_view: SiteView) -> str:
    """Return the language of the title where it may differ from the feed's; "" in the site's own language."""
    if site_view.lang == site_view.default_lang:
        return ""
    return languages.tag(describe.text_and_language(entry, "title", site_view.lang)[1] or site_view.default_lang)


def _places(event: Event, lang: str) -> dict[int, Place]:
    if not event.overrides:  # spares a query for nearly all events
        return {}
    return {
        occurrence.venue_id: place
        for occurrence in event.occurrences
        if occurrence.venue_id and (place := describe.place(occurrence.venue, lang))
    }


def _details_at(event: Event, lang: str) -> dict[int, tuple[str, ...]]:
    if not event.overrides:
        return {}
    others = {
        occurrence.venue_id: occurrence.venue
        for occurrence in event.occurrences
        if occurrence.venue_id and occurrence.venue
    }
    return {id_: _dated(event, lang) + describe.details(event, lang, venue) for id_, venue in others.items()}


def _dated(event: Event, lang: str) -> tuple[str, ...]:
    """Return the date in words for an inexact date, which a calendar shows as a bar over many days."""
    return (describe.when(event, lang),) if event.precision != "exact" else ()


def log_item(row: Revision, site_view: SiteView) -> FeedItem:
    """Return a notice as a feed item: what happened, and the entry as it is now."""
    entry, lang = cast(Entry, row.entry), site_view.lang
    item = feed_item(
        entry,
        site_view,
        id=str(row.guid),
        heading=notice(row, lang),
        at=row.at,
        note=describe.remark(entry, row.note, lang),
    )
    if not entry.answers:
        return item
    answers = [f"Q. {question}\nA. {answer}" for question, answer in answers_of(entry, lang)]
    text, shown = [item.text, *answers], [item.html, *(f"<p>{linked(answer)}</p>" for answer in answers)]
    if row.kind == "qa_published":  # the answers are its news, so they come first
        text, shown = [*text[1:], text[0]], [*shown[1:], shown[0]]
    return replace(item, text="\n".join(text).strip(), html="\n".join(shown))


def answers_of(entry: Entry, lang: str) -> list[tuple[str, str]]:
    """Return the questions answered on an entry's page, each with its answer."""
    rows = [(row.public_question, row.public_answer) for row in entry.answers]
    return [(describe.remark(entry, asked, lang), describe.remark(entry, told, lang)) for asked, told in rows]


def notice(row: Revision, lang: str) -> str:
    """Return the heading of a notice: 【中止】夏まつり, or for one date of a series 【中止】朝市（4月18日（日））."""
    entry = cast(Entry, row.entry)
    if row.kind == "published" and isinstance(entry, Event):
        return describe.title(entry, lang)
    heading = describe.text(entry, "title", lang)
    if isinstance(entry, Announcement):
        heading = marked(heading, labels.IMPORTANCE_MARKS[entry.importance], lang)
    if row.original:
        heading = labels.bracketed(
            heading, formatting.say_date(row.original.date(), lang, today=row.original.date()), lang
        )
    return marked(heading, NOTICE_MARKS.get(row.kind, NOTICE_MARKS["published"]), lang)


def upcoming_item(occurrence: Occurrence, site_view: SiteView) -> FeedItem:
    """Return one coming date as an item. Its date is that of the last change; its first line says when the event is."""
    event, lang = occurrence.event, site_view.lang
    stamp = f"{occurrence.original:%Y%m%dT%H%M}"
    year = event.created_at.year
    id_ = f"tag:{site_view.site_id},{year}:event/{event.public_id}/{stamp}"
    mark = STATUS_MARKS[describe.status(occurrence)]
    heading = marked(describe.text(event, "title", lang), mark, lang)
    note = describe.remark(event, occurrence.note or event.reason, lang)
    return feed_item(event, site_view, id=id_, heading=heading, at=event.updated_at, note=note, occurrence=occurrence)


def feed_item(
    entry: Entry,
    site_view: SiteView,
    *,
    id: str,
    heading: str,
    at: datetime,
    note: str,
    occurrence: Occurrence | None = None,
) -> FeedItem:
    """Return an entry as a feed item. `at` is the instant of the item; `note` and the summary precede the text."""
    lang = site_view.lang
    body, summary = describe.text(entry, "body", lang), describe.text(entry, "summary", lang)
    event = entry if isinstance(entry, Event) else None
    replaced = _replaced(entry, site_view)
    return FeedItem(
        id=id,
        url=site_view.entry(entry),
        title=heading,
        language=_language(entry, site_view),
        published=at.replace(microsecond=0),
        updated=at.replace(microsecond=0),
        lead=describe.lead(event, lang, occurrence) if event else "",
        text="\n".join(filter(None, [note, summary, plain(body), replaced])),
        html=html("\n\n".join(filter(None, [note, summary, body])), site_view.base_url)
        + (f"\n<p>{linked(replaced)}</p>" if replaced else ""),
        details=describe.details(event, lang, occurrence.venue if occurrence else None) if event else (),
        department=describe.department(entry, lang),
        categories=tuple(filter(None, [_category(event, lang) if event else ""])),
        tags=tags(entry, lang),
        images=tuple(image(photo, site_view) for photo in entry.photos),
        ics_url=site_view.url(f"/events/{event.public_id}.ics") if event else "",
        event=event_item(event, site_view) if event else None,
        instance=instance(occurrence, lang) if occurrence else None,
    )


def _replaced(entry: Entry, site_view: SiteView) -> str:
    """Return a line that names the announcement which this one replaces, with its address; "" when there is none."""
    old = entry.supersedes if isinstance(entry, Announcement) else None
    if old is None or not old.public:
        return ""
    label = fields.labelled("supersedes_id", describe.text(old, "title", site_view.lang), site_view.lang)
    return f"{label} {site_view.entry(old)}"


def instance(occurrence: Occurrence, lang: str) -> Instance:
    """Return an occurrence as an instance, in wall-clock time, with its note in `lang`."""
    return Instance(
        occurrence.original,
        occurrence.wall_start,
        occurrence.wall_end,
        occurrence.status,
        describe.remark(occurrence.event, occurrence.note, lang),
        occurrence.venue_id,
    )


def _category(event: Event, lang: str) -> str:
    if event.category is None:
        return ""
    return describe.text(event.category, "name", lang)


def tags(entry: Entry, lang: str) -> tuple[str, ...]:
    """Return the names of an entry's hashtags, without #."""
    return tuple(describe.text(tag, "name", lang) for tag in entry.tags)
