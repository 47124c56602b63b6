"""The endpoints that read: entries, dates, places, and the changes that a mirror follows."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response
from sqlalchemy import select

from calendar_app.db import public_chain
from calendar_app.db.models import Announcement, Category, Department, Event, Occurrence, Revision, Tag, Venue
from calendar_app.entries import last_changes
from calendar_app.feeds import changes, items, objects
from calendar_app.feeds.objects import Context, Json
from calendar_app.formats import jscalendar
from calendar_app.listings import event_outlines, queries, validators
from calendar_app.listings.filters import Filter
from calendar_app.sharing import today_text
from calendar_app.text import languages
from calendar_app.web import config, depends_on, lang, requested_filter, session, shown, site_view, today
from calendar_app.web.api import openapi, paging
from calendar_app.web.api.endpoints import (
    CHANGES,
    CHANGES_MOST,
    CHANGES_USUAL,
    FILTERS,
    ID,
    LANG,
    SINCE,
    answer,
    bp,
    endpoint,
    fields_of,
    listing,
    paged,
    ref,
)

JSCALENDAR = "application/jscalendar+json; type={}; charset=utf-8"
JSCALENDAR_CONTENT: dict[str, Json] = {"application/jscalendar+json": {"type": "object", "required": ["@type", "uid"]}}
LARGEST = 2**31 - 1


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@endpoint("/openapi.json", {"application/json": {"type": "object"}})
def document() -> Response:
    """Send this document."""
    return answer(openapi.document(config.base_url, site_view().name))


@endpoint("/events", listing("Event"), *FILTERS, *paged(Event))
def events() -> Response:
    """List the public events of a filter by their start, past ones too."""
    return _entries(Event, requested_filter(), Event.start, descending=False)


@endpoint("/announcements", listing("Announcement"), *FILTERS, *paged(Announcement))
def announcements() -> Response:
    """List the public announcements of a filter, newest first."""
    return _entries(Announcement, requested_filter(), Announcement.published_at, descending=True)


@endpoint("/occurrences", listing("Occurrence"), *FILTERS, *paged(Occurrence))
def occurrences() -> Response:
    """List the single dates of the events of a filter in order of time: from today on, unless `from` or `window` is given."""
    wanted = requested_filter()
    first, last = queries.calendar_window(today(), wanted)
    if not (wanted.window or wanted.day("from")):
        first, last = today(), wanted.day("to") or last
    query = queries.dated(select(Occurrence), queries.touching(first, last), wanted)
    depends_on(_shown_by(wanted, "event"))
    rows, more = _page(query, Occurrence.start, Occurrence.id, descending=False)
    return _listed(Occurrence, rows, Context(site_view(), {}), more)


@endpoint("/today.txt", {"text/plain": {"type": "string"}}, *FILTERS, LANG)
def on_today() -> Response:
    """Say what is on today in plain text, one sentence a line, the emergencies in force first: for voice assistants."""
    dates = queries.occurrences(session, today(), today(), requested_filter())
    said = today_text.text(dates, queries.emergencies(session), site_view(), today())
    return answer(said.encode(), "text/plain; charset=utf-8")


@endpoint("/venues", listing("Venue"), *paged(Venue))
def venues() -> Response:
    """List the venues."""
    return _named(Venue)


@endpoint("/departments", listing("Department"), *paged(Department))
def departments() -> Response:
    """List the departments."""
    return _named(Department)


@endpoint("/categories", listing("Category"), *paged(Category))
def categories() -> Response:
    """List the categories of events."""
    return _named(Category)


@endpoint("/tags", listing("Tag"), *paged(Tag))
def tags() -> Response:
    """List the hashtags."""
    return _named(Tag)


@endpoint("/events/{id}", {"application/json": ref("Event")}, ID, LANG, fields_of(Event))
def event(public_id: str) -> Response:
    """Send one event.

    Raises NotFound, and Gone for a withdrawn one.
    """
    return _entry(Event, public_id)


@endpoint("/announcements/{id}", {"application/json": ref("Announcement")}, ID, LANG, fields_of(Announcement))
def announcement(public_id: str) -> Response:
    """Send one announcement.

    Raises NotFound, and Gone for a withdrawn one.
    """
    return _entry(Announcement, public_id)


@endpoint("/events/{id}/jscalendar", JSCALENDAR_CONTENT, ID, LANG)
def event_jscalendar(public_id: str) -> Response:
    """Send one event as JSCalendar (RFC 8984).

    Raises NotFound, and Gone for a withdrawn one.
    """
    published = shown(Event, public_id)
    depends_on([last_changes.entry_key(published.id)])
    item = items.event_item(published, site_view(), queries.headlines(session, [published]).get(published.id))
    return answer(jscalendar.render(item, languages.tag(lang())), JSCALENDAR.format("event"))


@endpoint("/jscalendar", JSCALENDAR_CONTENT, *FILTERS, LANG)
def jscalendar_group() -> Response:
    """Send the events of a filter as one JSCalendar group: the same events as /calendar.ics, 1,000 at most."""
    wanted = requested_filter()
    depends_on(validators.touches(session, wanted))
    outlines = event_outlines.in_calendar(session, today(), wanted, queries.MAX_EVENTS)
    found = {event.public_id: event for event in queries.events_of(session, [each.public_id for each in outlines])}
    headlines = queries.headlines(session, found.values())
    shown_events = [found[each.public_id] for each in outlines if each.public_id in found]
    view = site_view()
    written = [items.event_item(each, view, headlines.get(each.id)) for each in shown_events]
    uid = view.url("/api/v1/jscalendar", wanted.query())
    updated = validators.changed_at(session, wanted)
    body = jscalendar.render_group(written, uid, view.name, updated, languages.tag(lang()))
    return answer(body, JSCALENDAR.format("group"))


@endpoint("/revisions", {"application/json": ref("Revisions")}, SINCE, CHANGES)
def revisions() -> Response:
    """List the public changes after a number, oldest first, each with its link of the chain."""
    since, most = _since()
    rows = changes.listed(session, since, most)
    return answer({"head": _head(), "changes": _rows(rows), "next": _more(rows)})


@endpoint("/changes", {"application/json": ref("Changes")}, SINCE, CHANGES, LANG)
def changed() -> Response:
    """List the public changes after a number with what they made look different: what a mirror stores and removes."""
    since, most = _since()
    found = changes.since(session, since, most)
    context = _context([entry for entry in found.entries if isinstance(entry, Event)])
    stored = [*found.references, *found.entries]
    return answer(
        {
            "head": _head(),
            "changes": _rows(found.rows),
            "objects": [{"type": each.__tablename__, "object": objects.describe_row(each, context)} for each in stored],
            "tombstones": [{"type": entry.kind, "id": entry.public_id} for entry in found.gone],
            "next": _more(found.rows),
        }
    )


def _since() -> tuple[int, int]:
    return paging.number("since", 0, 0, LARGEST), paging.number("limit", CHANGES_USUAL, 1, CHANGES_MOST)


def _head() -> Json:
    number, link = changes.head(session)
    return {"number": number, "hash": link}


def _more(rows: list[Revision]) -> str | None:
    """The address of the changes after these; None at the head."""
    last = rows[-1].number if rows else LARGEST
    return paging.next_page(since=last) if last < changes.head(session)[0] else None


def _rows(rows: list[Revision]) -> list[Json]:
    ids = changes.public_ids(session, rows)
    return [
        {
            "number": row.number,
            "at": public_chain.moment(row.at),
            "kind": row.kind,
            "subject": row.subject,
            "id": ids.get(row.entry_id or 0),
            "notable": row.notable,
            "guid": row.guid,
            "note": row.note if row.notable else "",
            "hash": row.public_hash,
        }
        for row in rows
    ]


def _shown_by(wanted: Filter, kind: str) -> list[str]:
    """The keys of `last_changes` on which a list of entries of one kind depends."""
    return validators.touches(session, wanted) or [f"kind:{kind}"]


def _linked(entries: Iterable[Any]) -> list[str]:
    """The keys of the entries that these name: whether they are public decides whether they are named."""
    ids = {getattr(entry, name, None) for entry in entries for name in last_changes.REFERENCES}
    return [last_changes.entry_key(id_) for id_ in ids if id_]


def _entries(model: Any, wanted: Filter, first: Any, *, descending: bool) -> Response:
    query = queries.shown_with(select(model).where(model.state == "published", *wanted.conditions()))
    rows, more = _page(query, first, model.id, descending=descending)
    depends_on([*_shown_by(wanted, model.__tablename__), *_linked(rows)])
    return _listed(model, rows, _context(rows if model is Event else []), more)


def _entry(model: Any, public_id: str) -> Response:
    row = shown(model, public_id)
    depends_on([last_changes.entry_key(row.id), *_linked([row])])
    only = paging.chosen_fields(objects.names(model))
    return answer(objects.describe_row(row, _context([row] if model is Event else []), only))


def _named(model: Any) -> Response:
    requested_filter()  # refuses an unknown language
    depends_on(
        None if model is Tag else ()
    )  # a tag comes with the entry that has it; a change of others touches everything
    rows, more = _page(select(model), model.id, model.id, descending=False)
    return _listed(model, rows, Context(site_view(), {}), more)


def _context(shown_events: list[Event]) -> Context:
    return Context(site_view(), queries.headlines(session, shown_events))


def _page(query: Any, first: Any, second: Any, *, descending: bool) -> tuple[list[Any], str | None]:
    """The rows of this page, and the address of the next one."""
    narrowed, most = paging.page(query, first, second, descending=descending)
    rows = list(session.scalars(narrowed))
    if len(rows) <= most:
        return rows, None
    last = rows[most - 1]
    return rows[:most], paging.next_page(cursor=paging.cursor(getattr(last, first.key), last.id))


def _listed(model: Any, rows: list[Any], context: Context, more: str | None) -> Response:
    only = paging.chosen_fields(objects.names(model))
    response = answer({"items": [objects.describe_row(row, context, only) for row in rows], "next": more})
    if more:
        response.headers["Link"] = f'<{more}>; rel="next"'  # RFC 8288
    return response
