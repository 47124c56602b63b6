"""Read a page of the changes that this program's API offers (docs/api.md), and check its chain. Pure: JSON in, rows out."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from calendar_app import fields
from calendar_app.importing import ImportRow, ParsedFile, Unreadable, Values
from calendar_app.importing.encoding import Decoded

Json = dict[str, Any]

KINDS = ("event", "announcement")
COPIED = {name for name, field in fields.FIELDS.items() if field.type != "reference"} - {"town", "url"}
BEGINS = re.compile(r'\{\s*"head"\s*:\s*\{\s*"number"')


class Position(NamedTuple):
    """How far a town's changes have been taken: the number of the last change and its link of the chain."""

    number: int = 0
    link: str = ""


class ChainBroken(ValueError):
    """The changes do not follow from the last one taken: something is missing, or the town has another history now."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changes: rows to take, keys that are gone, and the position after it. `last` says that it ends at the head."""

    rows: tuple[ImportRow, ...]
    gone: tuple[str, ...]
    position: Position
    last: bool


def read_page(data: bytes, before: Position) -> Page:
    """Return the page of changes after a position. Raises ChainBroken, and Unreadable when this is no page of changes."""
    try:
        page = json.loads(data)
        head = Position(page["head"]["number"], page["head"]["hash"])
        position = _followed(page["changes"], before)
        shown = [each for each in page["objects"] if each["type"] in KINDS and not each["object"].get("town")]
        rows = tuple(_row(number, each["type"], each["object"]) for number, each in enumerate(shown, 1))
        gone = tuple(f"{each['type']}:{each['id']}" for each in page["tombstones"] if each["type"] in KINDS)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Unreadable("no_town") from error
    last = position.number >= head.number
    if (last and position != head) or not (last or page["changes"]):
        raise ChainBroken(position.number)
    return Page(rows, gone, position, last)


def parse_changes(decoded: Decoded) -> ParsedFile:
    """Return the rows of the first page, to look at before a town is followed. Raises Unreadable."""
    try:
        rows = read_page(decoded.text.encode(), Position()).rows
    except ChainBroken as error:
        raise Unreadable("no_town") from error
    return ParsedFile(rows, decoded.encoding, "calendar-app API")


def _followed(changes: list[Json], before: Position) -> Position:
    """Return the position after these changes. Raises ChainBroken when one does not follow from the one before it."""
    number, link = before
    for change in changes:
        line = f"{change['number']} {change['at']} {change['kind']} {change['subject']}"
        link = hashlib.sha256(f"{link}\n{line}".encode()).hexdigest()
        if change["number"] <= number or change["hash"] != link:
            raise ChainBroken(change["number"])
        number = change["number"]
    return Position(number, link)


def _row(number: int, kind: str, found: Json) -> ImportRow:
    """Return an object of the API as a row. Its texts are those of the town's own language."""
    names = [name for name in fields.names(kind) if name in COPIED and name in found]
    values: Values = {name: found[name] for name in names} | {"tags": found["tags"]}
    values["url"] = found.get("official_url") or found["url"]
    values["contact"] = found["contact"] or (found.get("department") or {}).get("contact", "")
    if kind == "event":
        values |= _of_event(found)
    elif values["importance"] == "emergency":  # only the town itself declares one
        values["importance"] = "important"
    return ImportRow(number, kind, f"{kind}:{found['id']}", values)


def _of_event(found: Json) -> Values:
    venue, category = found.get("venue") or {}, found.get("category") or {}
    place = {"venue": venue.get("name", ""), **{name: venue.get(name) for name in ("address", "lat", "lon")}}
    status = found["status"] if found["status"] in ("cancelled", "postponed") else "scheduled"
    return place | {"category": category.get("name", ""), "status": status, "reason": found["reason"]}
