"""Put pages together from kept pieces: the rows, bands and cells of a list, rendered once for each change of their entry.

A template that asks for a piece gets a token. When the page is done, one query for each form of piece reads all that it
needs from the kept pieces; missing ones are rendered by the macros of `_pieces.html` and kept, and they replace the tokens.
A piece is found by its date and by the stamp of what it shows: the entry's last change, the year, which dates of the same
year leave out, and the day where its words depend on the day.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g
from markupsafe import Markup

from calendar_app.db.models import Announcement, Occurrence
from calendar_app.feeds.fragment_cache import FragmentKey
from calendar_app.listings import date_outlines, queries
from calendar_app.listings.date_outlines import DateOutline, NewsOutline
from calendar_app.web import config, fragments, session, site_view, today

TOKEN = secrets.token_hex(8)  # of this process, so that no text of an entry can hold it
ASKED = re.compile(rf"\x02{TOKEN}:([0-9]+)\x03")
WAITING = ("planned", "forecast")  # certainties whose words change when the days have passed
# A line break counts as a space in HTML, and as nothing beside an element that begins a line of its own.
SPACES = re.compile(r"\s*\n\s*")
BESIDE_BLOCKS = re.compile(r"\n?(</?(?:article|div|h[1-6]|li|p|picture|source)(?:\s[^>]*)?>)\n?")

Outline = DateOutline | NewsOutline


class Form(NamedTuple):
    """A form of piece: the macro that renders it, and what the macro is told beside the thing to show."""

    macro: str
    told: tuple[Any, ...] = ()


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        pieces={"row": row, "rows": rows, "cards": cards, "season": season, "news": news, "slots": slots, "band": band}
    )
    app.after_request(_fill_response)


def row(date: Occurrence | DateOutline, level: int = 3) -> Markup:
    """A date as a row in the list of its day, with a heading of this level."""
    return _later(Form("row", (level, False, True)), date)


def rows(dates: Iterable[Occurrence | DateOutline], level: int = 3) -> Markup:
    """Dates as rows in the list of their day, one after the other."""
    return _all_later(Form("row", (level, False, True)), dates)


def cards(dates: Iterable[Occurrence | DateOutline], level: int = 3, *, told: bool = True) -> Markup:
    """Events, each as a card that says its next date, the one given here. `told`: with its season's status line."""
    return _all_later(Form("row", (level, True, told)), dates)


def season(date: DateOutline, *, lazy: bool) -> Markup:
    """A running season as a card with its photo."""
    return _later(Form("season", (lazy,)), date)


def slots(dates: Iterable[Occurrence | DateOutline]) -> Markup:
    """Dates as lines in the cell of their day."""
    return _all_later(Form("slot"), dates)


def band(date: Occurrence | DateOutline, begins: bool, ends: bool, again: bool) -> Markup:
    """The part of a date of several days that lies in one week of a month."""
    return _later(Form("band", (begins, ends, again)), date)


def news(announcement: Announcement | NewsOutline) -> Markup:
    """An announcement as an item of a list."""
    outline = NewsOutline(announcement.id, announcement.public_id, announcement.changed_at)
    return _later(Form("news"), outline)


def _later(form: Form, thing: Occurrence | Outline) -> Markup:
    """Ask for a piece and return its token."""
    return _all_later(form, [thing])


def _all_later(form: Form, things: Iterable[Occurrence | Outline]) -> Markup:
    """Ask for pieces and return their tokens."""
    asked: list[tuple[Form, Outline]] = g.setdefault("pieces", [])
    first = len(asked)
    asked += [(form, date_outlines.of(thing) if isinstance(thing, Occurrence) else thing) for thing in things]
    return Markup("".join(f"\x02{TOKEN}:{number}\x03" for number in range(first, len(asked))))  # noqa: S704 - numbers


def _fill_response(response: Response) -> Response:
    if "pieces" in g:
        response.set_data(fill(response.get_data(as_text=True)))
    return response


def fill(html: str) -> str:
    """Replace the tokens of a rendered page by their pieces."""
    asked: list[tuple[Form, Outline]] = g.pop("pieces", [])
    by_form: dict[Form, dict[str, Outline]] = {}
    for form, outline in asked:
        by_form.setdefault(form, {})[_name(outline)] = outline
    shown = _Shown()
    bodies = {form: _bodies(form, outlines, shown) for form, outlines in by_form.items()}

    def body(found: re.Match[str]) -> str:
        form, outline = asked[int(found[1])]
        return bodies[form][_name(outline)]

    return ASKED.sub(body, html)


def _bodies(form: Form, outlines: Mapping[str, Outline], shown: "_Shown") -> dict[str, str]:
    """Return the pieces of one form by name."""
    day = today()
    keys = [FragmentKey(name, _stamp(outline, day)) for name, outline in outlines.items()]
    kept_as = "/".join(["html", form.macro, *map(str, form.told), site_view().lang])
    depends = f"{site_view()!r} {config.language} {_templates(_folder())}"
    made = fragments.get_or_render(kept_as, depends, keys, lambda names: _render(form, outlines, names, shown))
    return {key.name: body.decode() for key, body in zip(keys, made, strict=True)}


def _name(outline: Outline) -> str:
    if isinstance(outline, NewsOutline):
        return outline.public_id
    return f"{outline.public_id}/{outline.original.isoformat()}"


def _stamp(outline: Outline, day: date) -> str:
    changed = outline.changed_at.isoformat()
    if isinstance(outline, NewsOutline):
        return changed
    seen = f"{outline.wall_start.isoformat()}/{outline.wall_end} {outline.status}"
    return f"{changed} {seen} {day if outline.certainty in WAITING else day.year}"


def _render(form: Form, outlines: Mapping[str, Outline], names: list[str], shown: "_Shown") -> dict[str, bytes]:
    """Render the pieces of these names with the macro of their form."""
    by_id = {outlines[name].id: name for name in names}
    things = shown.announcements(list(by_id)) if form.macro == "news" else shown.dates(list(by_id))
    macro: Callable[..., Markup] = getattr(shown.macros, form.macro)
    return {by_id[id_]: _compact(macro(*thing, *form.told)).encode() for id_, thing in things.items()}


class _Shown:
    """What the missing pieces of one page show, loaded once, and the macros that render them."""

    def __init__(self) -> None:
        self._dates: dict[int, tuple[Occurrence, Announcement | None]] = {}

    @cached_property
    def macros(self) -> Any:
        """The module of the macros, in the language of the page."""
        context: dict[str, Any] = {}
        current_app.update_template_context(context)
        return current_app.jinja_env.get_template("_pieces.html").make_module(context)

    def dates(self, ids: Iterable[int]) -> dict[int, tuple[Occurrence, Announcement | None]]:
        """Return dates with the status lines of their seasons, by id."""
        if missing := [id_ for id_ in ids if id_ not in self._dates]:
            dates = queries.with_ids(session, missing)
            headlines = queries.headlines(session, [date.event for date in dates])
            self._dates |= {date.id: (date, headlines.get(date.event_id)) for date in dates}
        return {id_: self._dates[id_] for id_ in ids if id_ in self._dates}

    def announcements(self, ids: list[int]) -> dict[int, tuple[Announcement]]:
        """Return announcements by id."""
        return {entry.id: (entry,) for entry in queries.announcements_with_ids(session, ids)}


def _compact(html: str) -> str:
    """Return the same HTML without the spaces that only lay out its source."""
    return BESIDE_BLOCKS.sub(r"\1", SPACES.sub("\n", html.strip()))


def _folder() -> Path:
    return Path(current_app.root_path, current_app.template_folder or "")


@cache
def _templates(folder: Path) -> str:
    """Hash the templates of pieces; a new version of them makes every piece anew."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("_*.html")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
