"""The result of parsing another program's file: rows with values as in `revisions.values`, their defects, proposed corrections.

Nothing is corrected silently: `values` are those of the file; `mend` lays a defect's `proposed` values over them.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.fields import names
from calendar_app.importing.messages import DEFECTS, UNREADABLE

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000

Values = dict[str, Any]

# The fields that an announcement takes over from an event.
_SHARED = ("title", "title_kana", "summary", "body", "tags", "contact", "venue", "published", *names("event", "url"))


class Unreadable(ValueError):
    """A file that cannot be read at all. `code` is stable; `parameters` fill the placeholders of its message."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class ImportContext:
    """Facts that a file leaves open.

    `timezone` is the town's zone (IANA), `today` the day of the import, `horizon` the last day of an endless repeat.
    """

    timezone: str
    today: date
    horizon: date


@dataclass(frozen=True, slots=True)
class Defect:
    """An error, or a likely error, in one field. `code` is stable; `found` quotes the file, for people.

    `proposed` holds values that correct the row, or is empty if the correction is unsure. Its key "kind" changes the kind of
    the entry. `risky` are guesses about the days: a person must look at the row before it is imported.
    """

    code: str
    field: str
    found: str = ""
    proposed: Values | None = None
    risky: bool = False


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One entry of a file. `number`, from 1, is its line in a table or its place in a calendar or a feed.

    Besides the fields of `revisions.values`, `values` may hold "status", "venue" and "category" (names), "lat", "lon",
    "address", "published"; an override may name its "venue". `source_uid` is unique in the file and the same in its
    next edition. `refused` is the code of the defect that prevents the import, or "".
    """

    number: int
    kind: str
    source_uid: str
    values: Values
    defects: tuple[Defect, ...] = ()
    refused: str = ""

    @property
    def held(self) -> bool:
        """Whether a person must look at the row before it is imported: its days were guessed or not understood."""
        return any(defect.risky for defect in self.defects)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A parsed file. `shape` names its format or generation, for people; `lost` lists the lines with unreadable letters.

    `notes` are about the file as a whole: what it holds beyond its rows.
    """

    rows: tuple[ImportRow, ...]
    encoding: str
    shape: str
    unknown: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    notes: tuple[Defect, ...] = ()


def refuse(row: ImportRow, code: str, field: str, quote: str = "") -> ImportRow:
    """Return the row with a defect that prevents its import. An earlier reason stays in `refused`."""
    return replace(row, defects=(*row.defects, Defect(code, field, quote)), refused=row.refused or code)


def mend(row: ImportRow) -> ImportRow:
    """Return the row with every proposed correction applied."""
    values, kind = dict(row.values), row.kind
    for defect in row.defects:
        values |= defect.proposed or {}
    kind = values.pop("kind", kind)
    if kind != row.kind:
        values = _as_announcement(values)
    return replace(row, kind=kind, values=values)


def defect_message(defect: Defect, lang: str) -> str:
    """Describe a defect to the person who imports. The text is plain and quotes the file, so a page must escape it."""
    return DEFECTS[defect.code][lang].format(found=defect.found)


def unreadable_message(error: Unreadable, lang: str) -> str:
    """Explain why a file cannot be read, and what to do about it."""
    return UNREADABLE[error.code][lang].format_map(error.parameters)


def _as_announcement(values: Values) -> Values:
    """Turn the values of an event into those of an announcement, valid until 23:59 of the event's last day (UTC)."""
    announcement = {name: values[name] for name in _SHARED if name in values}
    last = values.get("end") or values.get("start")
    if last:
        night = datetime.combine(datetime.fromisoformat(last), time(23, 59), ZoneInfo(values["timezone"]))
        announcement["valid_until"] = night.astimezone(UTC).isoformat()
    return announcement
