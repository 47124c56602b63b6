"""The page of search: what was found, best first, and ways to narrow it down."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort, request
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from calendar_app.db.models import Announcement, Entry, Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.search_index import text_of
from calendar_app.listings import filters, queries
from calendar_app.listings.filters import BadFilter, Filter
from calendar_app.listings.search import facets, find, highlight
from calendar_app.listings.search.facets import Choice
from calendar_app.listings.search.find import Hit
from calendar_app.listings.search.query import read, spelled
from calendar_app.web import asked, config, lang, page, session, today

bp = Blueprint("search", __name__)

PAGE, NEWS, TAGS, LAST_PAGE = 20, 5, 12, 500
EXCERPT = 110


class Found(NamedTuple):
    """An entry that was found, with the date of it that is shown."""

    entry: Entry
    one: Occurrence | None
    coming: bool


class Link(NamedTuple):
    """A way to narrow the search down, or back: `chosen` when it is taken."""

    name: str
    number: int
    address: str
    chosen: bool


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(lit=lit, excerpt=excerpt)


@bp.get("/search", endpoint="find")
def search_page() -> Response:
    """Search events and announcements."""
    try:
        wanted = asked()
    except BadFilter:
        if not _means_nothing():
            raise
        return _nothing_to_look_for()
    typed = " ".join(wanted.values("q")[:1])
    if not wanted.terms:
        return _page("public/search.html", wanted, typed="", shown="", tags=facets.popular_tags(session, TAGS))
    found = _hits(wanted, typed)
    better = typed
    if not found and typed:
        better = find.meant(session, typed, Entry.state == "published") or typed
        found = _hits(wanted.but("q", better), better) if better != typed else found
    return _results(wanted.but("q", better) if typed else wanted, found, typed, better)


def _page(template: str, wanted: Filter, **context: Any) -> Response:
    return page(template, wanted, said=filters.words(session, wanted.but("q"), lang()), **context)


def _means_nothing() -> bool:
    typed = request.args.getlist("q")
    return any(one.strip() and not spelled(one) for one in typed)


def _nothing_to_look_for() -> Response:
    tags = facets.popular_tags(session, TAGS)
    response = _page("public/search.html", Filter(), typed="", shown="", tags=tags, unreadable=True)
    response.status_code = 404
    return response


def _hits(wanted: Filter, typed: str) -> list[Hit]:
    """Whatever kind was chosen: the page says how many there are of the other."""
    return find.hits(session, typed, today(), *wanted.but("kind").conditions())


def _results(wanted: Filter, found: Sequence[Hit], typed: str, better: str) -> Response:
    events = [hit for hit in found if hit.kind == "event"]
    news = [hit for hit in found if hit.kind == "announcement"]
    kinds = wanted.values("kind")
    events, shown_news = ([] if kinds == ("announcement",) else events), ([] if kinds == ("event",) else news)
    listed = events or shown_news
    number = request.args.get("page", 1, int)
    pages = max(1, -(-len(listed) // PAGE))
    if not 1 <= number <= pages:
        abort(404)
    part = _load(listed[(number - 1) * PAGE : number * PAGE])
    beside = _load(shown_news[:NEWS]) if events and number == 1 else []
    return _page(
        "public/search.html",
        wanted,
        typed=typed,
        shown=better,
        count=len(events) + len(shown_news),
        coming=[one for one in part if one.coming],
        past=[one for one in part if isinstance(one.entry, Event) and not one.coming],
        news=[one.entry for one in part if isinstance(one.entry, Announcement)] or [one.entry for one in beside],
        all_news=(_address(wanted.but("kind", "announcement")), len(news)) if events and len(news) > NEWS else None,
        kinds=_kinds(wanted, found),
        narrowing=_narrowing(wanted, [*events, *shown_news]) if found else {},
        turns=[_address(wanted, at) if 1 <= at <= pages else "" for at in (number - 1, number + 1)],
        number=number,
        pages=pages,
        headlines=queries.headlines(session, [one.entry for one in part if isinstance(one.entry, Event)]),
        wide=_address(Filter().but("q", better)) if better and wanted != Filter().but("q", better) else "",
        tags=[] if found else facets.popular_tags(session, TAGS),
    )


def _load(hits: Sequence[Hit]) -> list[Found]:
    """The entries with what a row shows, each with its next or its last date."""
    ids = [hit.id for hit in hits]
    events = queries.shown_with(select(Event).where(Event.id.in_(ids)))
    news = select(Announcement).where(Announcement.id.in_(ids))
    options = (selectinload(Announcement.department), selectinload(Announcement.tags))
    entries: dict[int, Entry] = {one.id: one for one in session.scalars(events)}
    entries |= {one.id: one for one in session.scalars(news.options(*options))}
    ones = _dates(hits)
    return [Found(entries[hit.id], ones.get((hit.id, hit.day)), hit.coming) for hit in hits]


def _dates(hits: Iterable[Hit]) -> dict[tuple[int, date | None], Occurrence]:
    days = {hit.id: hit.day for hit in hits if hit.day}
    query = select(Occurrence).where(Occurrence.event_id.in_(days), Occurrence.first_day.in_(set(days.values())))
    latest = query.order_by(Occurrence.start.desc()).options(selectinload(Occurrence.venue))
    return {(one.event_id, one.first_day): one for one in session.scalars(latest)}


def _kinds(wanted: Filter, found: Sequence[Hit]) -> list[Link]:
    chosen = wanted.values("kind")
    names = {"event": "event", "announcement": "announcement"}
    made = [Link("", len(found), _address(wanted.but("kind")), not chosen)]
    for kind in names:
        number = sum(hit.kind == kind for hit in found)
        made.append(Link(kind, number, _address(wanted.but("kind", kind)), chosen == (kind,)))
    return made if all(link.number for link in made) or chosen else []


def _narrowing(wanted: Filter, found: Sequence[Hit]) -> dict[str, list[Link]]:
    """For each key what can be pressed, and what was. A key with one value for all tells nothing."""
    counted = facets.count(session, found, wanted.conditions(), today(), lang())
    made = {
        key: [_choice(wanted, key, one) for one in counted[key]]
        for key in ("month", "category", "tag", "venue", "access", "department")
    }
    return {key: links for key, links in made.items() if len(links) > 1 or any(link.chosen for link in links)}


def _choice(wanted: Filter, key: str, choice: Choice) -> Link:
    if key == "month":
        first, last = choice.value.split("/")
        chosen = (wanted.values("from"), wanted.values("to")) == ((first,), (last,))
        other = wanted.but("from").but("to") if chosen else wanted.but("from", first).but("to", last)
    else:
        chosen = choice.value in wanted.values(key)
        rest = [value for value in wanted.values(key) if value != choice.value]
        other = wanted.but(key, *rest) if chosen else wanted.but(key, *rest, choice.value)
    return Link(choice.name, choice.number, _address(other), chosen)


def _address(wanted: Filter, number: int = 1) -> str:
    query = Filter(wanted.terms, lang() if lang() != config.language else "").query()
    return f"/search?{query}" + (f"&page={number}" if number > 1 else "")


def lit(text: str, typed: str) -> Markup:
    """The text with what was searched for marked in it."""
    stretches = highlight.parts(text, read(typed))
    return Markup("").join(
        Markup("<mark>{}</mark>").format(one.text) if one.lit else escape(one.text) for one in stretches
    )


def excerpt(entry: Entry, typed: str) -> Markup:
    """The line of its text that says why it was found; else how it begins."""
    words = read(typed)
    texts = [describe.text(entry, "summary", lang()), _body(entry)]
    telling = next((text for text in texts if text and highlight.spans(text[: highlight.MOST_READ], words)), "")
    return lit(highlight.excerpt(telling or texts[0] or texts[1], words, EXCERPT), typed)


def _body(entry: Entry) -> str:
    said, translated = describe.text_and_language(entry, "body", lang())
    return said if translated else text_of(entry.body_html)
