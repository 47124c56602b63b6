"""What the reading of another program's file gives: rows as `revisions.values` has them, their defects, what would mend them.

Nothing is mend in silence: `values` are as the file has them, a defect's `proposed` is laid over them by `mend`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.importing.messages import DEFECTS, UNREADABLE

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000

Values = dict[str, Any]

# What both kinds have; and the rest of an announcement that can be had from an event.
_SHARED = ("title", "title_kana", "summary", "body", "tags", "contact", "url", "venue", "published")


class Unreadable(ValueError):
    """A file of which nothing can be taken. `code` is stable; `given` holds what the sentence about it needs."""

    def __init__(self, code: str, **given: Any) -> None:
        super().__init__(code, given)
        self.code = code
        self.given = given


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What a file leaves open: the town's time zone, the day of the import, the last day that an endless repeat may reach."""

    timezone: str
    today: date
    horizon: date


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong, or only likely to be, in one field. `found` is for people; `proposed` is {} when nothing is sure.

    `proposed` is laid over the row's values; its key "kind" makes the row another kind of entry.
    """

    code: str
    field: str
    found: str = ""
    proposed: Values | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One entry of a file. `number` is its line in a table, its place in a calendar or a feed, from 1.

    Beside what `revisions.values` has, values may hold "status", "venue" and "category" (names), "lat", "lon",
    "address", "published"; an override may name its "venue". `source_uid` is unique in the file and the same in its
    next edition. `refused` is the code of the defect for which the row cannot be taken.
    """

    number: int
    kind: str
    source_uid: str
    values: Values
    defects: tuple[Defect, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file as it was read. `shape` says which generation or format, for people; `lost` the lines with unreadable letters."""

    rows: tuple[ImportRow, ...]
    encoding: str
    shape: str
    unknown: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()


def refuse(row: ImportRow, code: str, field: str, found: str = "") -> ImportRow:
    """The row with the defect for which it cannot be taken. The first reason stays."""
    return replace(row, defects=(*row.defects, Defect(code, field, found)), refused=row.refused or code)


def mend(row: ImportRow) -> ImportRow:
    """The row with every proposal taken."""
    values, kind = dict(row.values), row.kind
    for defect in row.defects:
        values |= defect.proposed or {}
    kind = values.pop("kind", kind)
    if kind != row.kind:
        values = _as_announcement(values)
    return replace(row, kind=kind, values=values)


def defect_message(defect: Defect, lang: str) -> str:
    """What is wrong, for the person who imports. Plain text: it repeats what the file says, so a page must escape it."""
    return DEFECTS[defect.code][lang].format(found=defect.found)


def unreadable_message(error: Unreadable, lang: str) -> str:
    """Why nothing could be read, and what to do about it."""
    return UNREADABLE[error.code][lang].format_map(error.given)


def _as_announcement(values: Values) -> Values:
    """An event that is no event: its last day says until when the notice matters."""
    kept = {name: values[name] for name in _SHARED if name in values}
    last = values.get("end") or values.get("start")
    if last:
        night = datetime.combine(datetime.fromisoformat(last), time(23, 59), ZoneInfo(values["timezone"]))
        kept["valid_until"] = night.astimezone(UTC).isoformat()
    return kept
