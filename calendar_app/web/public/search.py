"""The search page: the results, the best first, and links that narrow the search down."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort, jsonify, request
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from calendar_app.dates import search_days
from calendar_app.db.models import Announcement, Entry, Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.search_index import text_of
from calendar_app.listings import filters, queries
from calendar_app.listings.filters import BadFilter, Filter
from calendar_app.listings.search import facets, find, highlight, suggest
from calendar_app.listings.search.facets import Choice
from calendar_app.listings.search.find import Hit
from calendar_app.listings.search.highlight import Segment
from calendar_app.listings.search.query import read, spelled
from calendar_app.web import config, lang, page, requested_filter, session, today

bp = Blueprint("search", __name__)

PAGE, NEWS, TAGS, LAST_PAGE = 20, 5, 12, 500
EXCERPT = 110
EVENT_ROW = (selectinload(Event.tags), selectinload(Event.photos), joinedload(Event.venue))
NEWS_ROW = (joinedload(Announcement.department),)


class Result(NamedTuple):
    """An entry that the search found, and the date that its row shows: its next date, or else its last."""

    entry: Entry
    occurrence: Occurrence | None
    coming: bool


class Link(NamedTuple):
    """A link that adds a value to the filter, or removes it when it is `chosen`. `number` counts the results of the value."""

    name: str
    number: int
    address: str
    chosen: bool


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(lit=lit, excerpt=excerpt)


@bp.get("/search", endpoint="find")
def search_page() -> Response:
    """Search events and announcements.

    Raises BadFilter when the address holds a wrong filter, NotFound (404) when there is no such page of results.
    """
    try:
        site_filter = requested_filter()
    except BadFilter:
        if not _is_unreadable():
            raise
        return _nothing_to_search()
    typed = " ".join(site_filter.values("q")[:1])
    if not site_filter.terms:
        return _page("public/search.html", site_filter, typed="", shown="", tags=facets.popular_tags(session, TAGS))
    site_filter, words = _dated(site_filter, typed)
    hits = _hits(site_filter, words)
    better = words
    if not hits and words:
        better = find.meant(session, words, Entry.state == "published") or words
        hits = _hits(site_filter.but("q", better), better) if better != words else hits
    shown = site_filter.but("q", better) if words else site_filter
    literal = _address(Filter().but("q", f'"{typed}"')) if words != typed else ""
    return _results(shown, hits, typed, better, literal=literal)


@bp.get("/search/suggestions.json")
def suggestions() -> Response:
    """Return names that hold the typed words, as a JSON list: an empty one without words."""
    try:
        typed = requested_filter().first("q")
    except BadFilter:
        typed = ""
    answer = jsonify(suggest.names(session, typed, today(), lang()) if typed else [])
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def _dated(site_filter: Filter, typed: str) -> tuple[Filter, str]:
    """Return the filter with the days that the search names instead of their words, and the words that are left.

    Days chosen before stay: the words are letters then. Feeds and calendars always take them as letters.
    """
    words, days = search_days.take_days(typed, today())
    if days is None or site_filter.values("from") or site_filter.values("to"):
        return site_filter, typed
    first, last = (day.isoformat() for day in days)
    words = spelled(words)
    return site_filter.but("from", first).but("to", last).but("q", *filter(None, [words])), words


def _page(template: str, site_filter: Filter, **context: Any) -> Response:
    return page(template, site_filter, filter_words=filters.words(session, site_filter.but("q"), lang()), **context)


def _is_unreadable() -> bool:
    """Tell whether a search text holds neither a letter nor a digit."""
    return any(text.strip() and not spelled(text) for text in request.args.getlist("q"))


def _nothing_to_search() -> Response:
    tags = facets.popular_tags(session, TAGS)
    response = _page("public/search.html", Filter(), typed="", shown="", tags=tags, unreadable=True)
    response.status_code = 404
    return response


def _hits(site_filter: Filter, typed: str) -> list[Hit]:
    """Search for both kinds of entries, because the page counts the results of the kind that is not chosen too."""
    since = max(today(), site_filter.day("from") or today())  # a row names the first date among the chosen days
    return find.hits(session, typed, since, *site_filter.but("kind").conditions())


def _results(site_filter: Filter, hits: Sequence[Hit], typed: str, better: str, *, literal: str) -> Response:
    events, news = _chosen(site_filter, hits, "event"), _chosen(site_filter, hits, "announcement")
    listed = events or news
    number, pages = _page_number(len(listed))
    results = _load(listed[(number - 1) * PAGE : number * PAGE])
    return _page(
        "public/search.html",
        site_filter,
        typed=typed,
        shown=better,
        literal=literal,
        fewer=[] if hits else _fewer(site_filter, better),
        count=len(events) + len(news),
        **_rows(results, news if events and number == 1 else []),
        all_news=_all_news(site_filter, hits) if events else None,
        kinds=_kinds(site_filter, hits),
        narrowing=_narrowing(site_filter, [*events, *news]) if hits else {},
        turns=[_address(site_filter, other) if 1 <= other <= pages else "" for other in (number - 1, number + 1)],
        number=number,
        pages=pages,
        wide=_wider(site_filter, better),
        tags=[] if hits else facets.popular_tags(session, TAGS),
    )


def _fewer(site_filter: Filter, typed: str) -> list[Link]:
    """Return the searches with one word less that find something. Empty for a single word."""
    words = typed.split() if '"' not in typed else []
    rests = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))] if len(words) > 1 else []
    filters_by_rest = {rest: site_filter.but("q", rest) for rest in rests if spelled(rest)}
    counted = {rest: len(_hits(narrow, rest)) for rest, narrow in filters_by_rest.items()}
    return [Link(rest, counted[rest], _address(filters_by_rest[rest]), False) for rest in counted if counted[rest]]


def _chosen(site_filter: Filter, hits: Sequence[Hit], kind: str) -> list[Hit]:
    """The results of a kind; none when the reader chose the other kind alone."""
    kinds = site_filter.values("kind")
    return [hit for hit in hits if hit.kind == kind] if not kinds or kind in kinds else []


def _page_number(results: int) -> tuple[int, int]:
    """The number of the page that the address names, from 1, and the number of pages; 404 when it is none of them."""
    number = request.args.get("page", 1, int)
    pages = max(1, -(-results // PAGE))
    if not 1 <= number <= pages:
        abort(404)
    return number, pages


def _rows(results: Sequence[Result], more_news: Sequence[Hit]) -> dict[str, Any]:
    """The rows of the page: coming dates, past dates and announcements. A page of events adds a few of `more_news`."""
    events = [result.entry for result in results if isinstance(result.entry, Event)]
    news = [result for result in results if isinstance(result.entry, Announcement)] or _load(more_news[:NEWS])
    return {
        "coming": [result for result in results if result.coming],
        "past": [result for result in results if isinstance(result.entry, Event) and not result.coming],
        "news": [result.entry for result in news],
        "headlines": queries.headlines(session, events),
    }


def _all_news(site_filter: Filter, hits: Sequence[Hit]) -> tuple[str, int] | None:
    """The address and the number of all announcements, when there are more than a page of events shows."""
    number = sum(hit.kind == "announcement" for hit in hits)
    return (_address(site_filter.but("kind", "announcement")), number) if number > NEWS else None


def _wider(site_filter: Filter, typed: str) -> str:
    """The address of the same search without further filters; "" when there are none."""
    wide = Filter().but("q", typed)
    return _address(wide) if typed and site_filter != wide else ""


def _load(hits: Sequence[Hit]) -> list[Result]:
    """Load the entries, all of one kind, in the order of the hits, with all that a row shows."""
    if not hits:
        return []
    chosen = [hit.id for hit in hits]
    model, loads = (Event, EVENT_ROW) if hits[0].kind == "event" else (Announcement, NEWS_ROW)
    rows = session.scalars(select(model).where(model.id.in_(chosen)).options(*loads))
    entries: dict[int, Entry] = {entry.id: entry for entry in rows}
    occurrences = _dates(hits) if model is Event else {}
    return [Result(entries[hit.id], occurrences.get((hit.id, hit.day)), hit.coming) for hit in hits]


def _dates(hits: Iterable[Hit]) -> dict[tuple[int, date | None], Occurrence]:
    days = {hit.id: hit.day for hit in hits if hit.day}
    query = select(Occurrence).where(Occurrence.event_id.in_(days), Occurrence.first_day.in_(set(days.values())))
    latest = query.order_by(Occurrence.start.desc()).options(joinedload(Occurrence.venue))
    return {(occurrence.event_id, occurrence.first_day): occurrence for occurrence in session.scalars(latest)}


def _kinds(site_filter: Filter, hits: Sequence[Hit]) -> list[Link]:
    chosen = site_filter.values("kind")
    links = [Link("", len(hits), _address(site_filter.but("kind")), not chosen)]
    for kind in ("event", "announcement"):
        number = sum(hit.kind == kind for hit in hits)
        links.append(Link(kind, number, _address(site_filter.but("kind", kind)), chosen == (kind,)))
    return links if all(link.number for link in links) or chosen else []


def _narrowing(site_filter: Filter, hits: Sequence[Hit]) -> dict[str, list[Link]]:
    """The links by filter key. A key that has one value for all results is left out, because it narrows nothing down."""
    counted = facets.count(session, hits, site_filter.conditions(), today(), lang())
    links_by_key = {
        key: [_choice(site_filter, key, choice) for choice in counted[key]]
        for key in ("month", "category", "tag", "venue", "access", "department")
    }
    return {key: links for key, links in links_by_key.items() if len(links) > 1 or any(link.chosen for link in links)}


def _choice(site_filter: Filter, key: str, choice: Choice) -> Link:
    if key == "month":
        first, last = choice.value.split("/")
        chosen = (site_filter.values("from"), site_filter.values("to")) == ((first,), (last,))
        other = site_filter.but("from").but("to") if chosen else site_filter.but("from", first).but("to", last)
    else:
        chosen = choice.value in site_filter.values(key)
        rest = [value for value in site_filter.values(key) if value != choice.value]
        other = site_filter.but(key, *rest) if chosen else site_filter.but(key, *rest, choice.value)
    return Link(choice.name, choice.number, _address(other), chosen)


def _address(site_filter: Filter, number: int = 1) -> str:
    query = Filter(site_filter.terms, lang() if lang() != config.language else "").query()
    return f"/search?{query}" + (f"&page={number}" if number > 1 else "")


def lit(text: str, typed: str) -> Markup:
    """The text as HTML, with the words of the search marked."""
    return _marked(highlight.segments(text, read(typed)))


def excerpt(entry: Entry, typed: str) -> Markup:
    """The part of an entry's text that holds the words of the search, marked; else the beginning. About 110 characters."""
    texts = (describe.text(entry, "summary", lang()), _body(entry))
    return _marked(highlight.excerpt(texts, read(typed), EXCERPT))


def _marked(parts: Iterable[Segment]) -> Markup:
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part.text) if part.lit else escape(part.text) for part in parts
    )


def _body(entry: Entry) -> str:
    text, translated = describe.text_and_language(entry, "body", lang())
    return text if translated else text_of(entry.body_html)
