"""What pages offer to choose from, kept until a change of an entry's texts alone would not be all that has happened."""

import json
from collections.abc import Callable
from typing import Any

from calendar_app.entries.last_changes import MEMBERS
from calendar_app.feeds.fragment_cache import FragmentKey
from calendar_app.listings import filter_options, filters, validators
from calendar_app.listings.filter_options import Options
from calendar_app.listings.filters import Chooser
from calendar_app.web import fragments, lang, session, site_view, today


def choosers() -> dict[str, Chooser]:
    """The choices for each filter key, in the order of their rank."""
    found = _kept("choosers", "", lambda: filters.choosers(session, lang()))
    return {key: Chooser(heading, _pairs(options)) for key, (heading, options) in found.items()}


def groups() -> Options:
    """The audience groups that have events which are not over."""
    return _pairs(_kept("groups", f"{today()}", lambda: filter_options.groups(session, lang(), today())))


def _kept(name: str, day: str, ask: Callable[[], Any]) -> Any:
    """The kept answer of `ask` as JSON values."""
    changed = validators.last_change(session, [MEMBERS])
    key = FragmentKey(name, f"{changed.isoformat()} {day}")
    about = repr(site_view())
    [body] = fragments.get_or_render(f"choices/{lang()}", about, [key], lambda _: {name: json.dumps(ask()).encode()})
    return json.loads(body)


def _pairs(options: list[list[str]]) -> Options:
    return [(value, name) for value, name in options]
