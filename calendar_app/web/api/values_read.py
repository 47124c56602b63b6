"""Read the values of a body in JSON: each function makes a reader that gives the value as `revisions.Values` holds it.

A reader is as strict as the JSON Schema beside it and raises Wrong with a code; `problems` has the words of each code.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from calendar_app.dates.limits import FIRST_YEAR, LAST_YEAR
from calendar_app.text import facilities as known_facilities
from calendar_app.web.converters import LARGEST

Reader = Callable[[Any], Any]
_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
# RFC 3339: a zone is required.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Wrong(ValueError):
    """A value that cannot be read. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(limit: int) -> Reader:
    """Read a text of at most so many characters."""

    def read(sent: Any) -> str:
        if not isinstance(sent, str):
            raise Wrong("no_text")
        if len(sent) > limit:
            raise Wrong("too_long")
        return sent

    return read


def whole(low: int, high: int) -> Reader:
    """Read a whole number or null; the bounds are inclusive."""

    def read(sent: Any) -> int | None:
        if sent is None:
            return None
        number = _number(sent)
        if not low <= number <= high:
            raise Wrong("out_of_bounds")
        return number

    return read


def _number(sent: Any) -> int:
    """A whole number of JSON, which may be written 3.0."""
    if (
        isinstance(sent, bool)
        or not isinstance(sent, int | float)
        or (isinstance(sent, float) and not sent.is_integer())
    ):
        raise Wrong("no_number")
    return int(sent)


def choice(known: Collection[str]) -> Reader:
    """Read one of the known words."""

    def read(sent: Any) -> str:
        if not isinstance(sent, str) or sent not in known:
            raise Wrong("unknown")
        return sent

    return read


def flag(sent: Any) -> bool:
    """Read true or false."""
    if not isinstance(sent, bool):
        raise Wrong("no_flag")
    return sent


def moment(sent: Any) -> str | None:
    """Read a wall-clock time (2027-04-15T10:00) or null."""
    return None if sent is None else _wall(sent)


def _wall(sent: Any) -> str:
    if not isinstance(sent, str) or not _WALL.fullmatch(sent):
        raise Wrong("no_moment")
    return _in_reach(sent).isoformat()


def _in_reach(sent: str) -> datetime:
    try:
        found = datetime.fromisoformat(sent)
    except ValueError as error:
        raise Wrong("no_moment") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Wrong("no_moment")
    return found


def instant(sent: Any) -> str | None:
    """Read an instant with its offset (RFC 3339) or null, and give it in UTC."""
    if sent is None:
        return None
    if not isinstance(sent, str) or not _INSTANT.fullmatch(sent):
        raise Wrong("no_instant")
    return _in_reach(sent.upper()).astimezone(UTC).isoformat()


def _each(sent: Any, most: int) -> list[Any]:
    if not isinstance(sent, list):
        raise Wrong("no_list")
    if len(sent) > most:
        raise Wrong("too_many")
    return sent


def moments(most: int) -> Reader:
    """Read a list of wall-clock times."""
    return lambda sent: [_wall(each) for each in _each(sent, most)]


def texts(most: int, limit: int) -> Reader:
    """Read a list of texts."""
    return lambda sent: [text(limit)(each) for each in _each(sent, most)]


def choices(known: Collection[str]) -> Reader:
    """Read a list of known words."""
    return lambda sent: list(dict.fromkeys(choice(known)(each) for each in _each(sent, len(known))))


def slots(clock: str, most: int) -> Reader:
    """Read further times of a day: [["13:00", "14:30"]]. `clock` is the pattern of a time."""

    def read(sent: Any) -> list[list[str]]:
        rows = [_each(each, 2) for each in _each(sent, most)]
        if any(
            not row or not all(isinstance(time, str) and re.fullmatch(clock, time, re.ASCII) for time in row)
            for row in rows
        ):
            raise Wrong("no_moment")
        return rows

    return read


def flags(known: Collection[str]) -> Reader:
    """Read an object of flags by known words."""

    def read(sent: Any) -> dict[str, bool]:
        held = _object(sent, known)
        return known_facilities.cleaned({name: flag(value) for name, value in held.items()})

    return read


def translations(codes: Collection[str], limits: Mapping[str, int]) -> Reader:
    """Read texts by language and field. Empty texts are left out."""

    def read(sent: Any) -> dict[str, dict[str, str]]:
        found = {}
        for code, held in _object(sent, codes).items():
            said = {name: text(limits[name])(value) for name, value in _object(held, limits).items()}
            found[code] = {name: value.strip() for name, value in said.items() if value.strip()}
        return {code: said for code, said in found.items() if said}

    return read


def photos(most: int, limit: int) -> Reader:
    """Read the photos that stay: [{"id": 7, "alt": "…"}]."""

    def read(sent: Any) -> list[dict[str, Any]]:
        rows = [_object(each, ("id", "alt")) for each in _each(sent, most)]
        return [
            {"id": whole(1, LARGEST)(row.get("id")) or _lacks(), "alt": text(limit)(row.get("alt", ""))} for row in rows
        ]

    return read


def _lacks() -> int:
    raise Wrong("no_number")


def reference(sent: Any, schema: Mapping[str, Any]) -> None:
    """Check the name of a row: a number within bounds, or a text, as the schema says. Raises Wrong."""
    if "minimum" in schema:
        if not 1 <= _number(sent) <= LARGEST:
            raise Wrong("unknown")
    elif not isinstance(sent, str):
        raise Wrong("no_text")
    elif "\0" in sent or len(sent) > schema.get("maxLength", 60) or not sent.isprintable():
        raise Wrong("unknown")


def _object(sent: Any, known: Collection[str]) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise Wrong("no_object")
    if not set(sent) <= set(known):
        raise Wrong("unknown")
    return sent
