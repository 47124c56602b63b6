"""Event lists as tables: the Japanese open-data standard in its generations, and what cities made of it.

A column is known by its heading, never by its place; what has no field of its own is kept in the body.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from calendar_app.importing import MAX_BYTES, MAX_ROWS, Defect, Row, Setting, Source, Unreadable, Values
from calendar_app.importing.checks import checked
from calendar_app.importing.encoding import decode, plain
from calendar_app.importing.formats import csv_columns
from calendar_app.importing.formats.csv_cells import Cells, moments
from calendar_app.importing.formats.csv_columns import FIELD_OF, SAID, fold
from calendar_app.quickadd.set_phrases import parse_number
from calendar_app.text import facility_parser

HEADING_ROWS = 10  # titles and notes may stand above the headings
MOST_LINES = 300  # in one cell; more is a quotation mark that was not closed

NOTE = 300  # characters
# The columns about facilities, and the one that each is about; "" is about any.
_ASKED = {
    **{field: field.removeprefix("has_") for field in FIELD_OF.values() if field.startswith("has_")},
    "childcare": "childcare",
    "languages": "languages",
    "accessibility": "",
}
_STATUSES = {"中止": "cancelled", "休止中": "cancelled", "延期": "postponed"}
_ECHO = re.compile(r"(?:開始|終了)(?:日|日時|時[刻間])\s*[:：]\s*[\d/.:年月日 -]+")


@dataclass(frozen=True, slots=True)
class _Table:
    headings: list[str]
    rows: list[tuple[int, list[str]]]

    @property
    def fields(self) -> list[str]:
        return [FIELD_OF.get(fold(one), "") for one in self.headings]


def read(data: bytes, setting: Setting, max_bytes: int = MAX_BYTES) -> Source:
    """Raises Unreadable: what `decode` does, and no_headings, too_many, too_long_cell."""
    decoded = decode(data, max_bytes)
    table = _table(decoded.text)
    rows = [_row(table, line, cells, setting) for line, cells in table.rows]
    unknown = [one for one, field in zip(table.headings, table.fields, strict=True) if not field and one]
    return Source(
        rows=checked(rows, setting),
        encoding=decoded.encoding,
        shape=csv_columns.shape(table.headings),
        unknown=tuple(unknown),
        lost=decoded.lost,
    )


def _table(text: str) -> _Table:
    head = text.split("\n", HEADING_ROWS)[:HEADING_ROWS]
    mark = max(",\t;", key=lambda one: sum(line.count(one) for line in head))
    lines = _lines(text, mark)
    above: list[list[str]] = []
    for _number, cells in lines:
        above.append(cells)
        known = {FIELD_OF.get(fold(cell)) for cell in cells}
        if {"title", "start_date"} <= known:
            rows = [(line, row) for line, row in lines if any(row)]
            return _Table(cells, rows)
        if len(above) == HEADING_ROWS:
            break
    raise Unreadable("no_headings")


def _lines(text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line on which it begins."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count > MAX_ROWS + HEADING_ROWS:
                raise Unreadable("too_many", most=MAX_ROWS)
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise Unreadable("too_long_cell", line=line) from None


def _row(table: _Table, line: int, cells: Sequence[str], setting: Setting) -> Row:
    given = _given(table, cells)
    dates, defects, refused = moments(given, _note(given), setting)
    values, more = _values(given, setting)
    values |= dates
    defects += more
    if not values["title"]:
        defects.append(Defect("no_title", "title"))
        refused = refused or "no_title"
    if wrong := _broken(table, cells):
        defects.append(wrong)
        refused = wrong.code
    return Row(line, "event", _uid(given), values, tuple(defects), refused)


def _given(table: _Table, cells: Sequence[str]) -> Cells:
    """What the row says, by field; of two columns of one field the first that is filled."""
    given: Cells = {}
    for field, cell in zip(table.fields, cells, strict=False):
        if cell and field and field not in given:
            given[field] = cell
    return given


def _broken(table: _Table, cells: Sequence[str]) -> Defect | None:
    extra = [cell for cell in cells[len(table.headings) :] if cell]
    if extra:
        return Defect("columns", "", f"{len(cells)} > {len(table.headings)}")
    longest = max(cells, key=len)
    return Defect("quotes", "", longest[:40]) if longest.count("\n") > MOST_LINES else None


def _uid(given: Cells) -> str:
    """What this row will be known by at the next import: the number alone is used twice in one file in four."""
    parts = [given.get(name, "") for name in ("code", "no", "start_date", "title")]
    return f"csv:{sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def _values(given: Cells, setting: Setting) -> tuple[Values, list[Defect]]:
    """All but the dates."""
    numbers, defects, words = _numbers(given)
    categories = re.split(r"[;；\n]", given.get("category", ""))
    tags = [one.strip() for one in re.split(r"[;；,、\n]", given.get("tags", ""))]
    values: Values = {
        "title": " ".join(given.get("title", "").split()),
        "title_kana": given.get("title_kana", ""),
        "summary": plain(given.get("summary", "")),
        "body": _body(given),
        "translations": {"en": {"title": given["title_en"]}} if "title_en" in given else {},
        "timezone": setting.timezone,
        "venue": given.get("venue") or given.get("meeting_place", ""),
        "address": given.get("address") or _address(given),
        "category": categories[0].strip(),
        "tags": [one for one in [*(one.strip() for one in categories[1:]), *tags] if one],
        "status": _STATUSES.get(given.get("status", ""), "scheduled"),
        "fee_note": given.get("fee_note", ""),
        "apply": given.get("apply", ""),
        "contact": _contact(given),
        "organizer": given.get("organizer", ""),
        "audience": given.get("audience", ""),
        "url": given.get("url", ""),
        **_facilities(given),
        "online_url": given.get("online_url", ""),
    }
    for field, text in words.items():
        values[field] = "　".join(filter(None, (text, values[field])))
    return values | numbers, defects


def _facilities(given: Cells) -> Values:
    """What the columns about them say yes or no to; their other words are kept as they are."""
    known: dict[str, bool] = {}
    notes: list[str] = []
    for field, code in _ASKED.items():
        if cell := plain(given.get(field, "")):
            found, rest = facility_parser.read_cell(cell, code)
            known |= {one: there for one, there in found.items() if one not in known}
            notes += [" ".join(rest.split())] if rest else []
    values: Values = {"facilities": known} if known else {}
    return values | ({"facilities_note": "　".join(notes)[:NOTE]} if notes else {})


def _numbers(given: Cells) -> tuple[Values, list[Defect], dict[str, str]]:
    """Fee, capacity and position; what is wrong; and what is no number, by the field of words that it goes to."""
    values: Values = {}
    defects: list[Defect] = []
    words: dict[str, str] = {}
    if "fee" not in given and given.get("fee_status") == "無料":
        values["fee"] = 0
    for field, kept in (("fee", "fee_note"), ("capacity", "body"), ("lat", ""), ("lon", "")):
        if field not in given:
            continue
        found = parse_number(given[field], whole=field in ("fee", "capacity"))
        if found is not None:
            values[field] = found
            continue
        if kept:
            words[kept] = given[field] if field == "fee" else f"定員：{given[field]}"
        defects.append(Defect("not_a_number", field, given[field]))
    return values, defects, words


def _body(given: Cells) -> str:
    """The description, then what has no field of its own. Indented lines would be code in Markdown."""
    said = [
        f"{label}：{plain(given[field])}" if label else plain(given[field])
        for field, label in SAID.items()
        if field in given
    ]
    if given.get("meeting_place") and given.get("venue"):
        said.append(f"集合場所：{given['meeting_place']}")
    text = "\n\n".join(filter(None, (plain(given.get("body", "")), *said)))
    return "\n".join(line.strip() for line in text.split("\n"))


def _note(given: Cells) -> str:
    """The remarks on the dates, without the lines in which a program only repeated the columns."""
    lines = (line.strip() for line in given.get("date_note", "").split("\n"))
    return "　".join(line for line in lines if line and not _ECHO.fullmatch(line))


def _address(given: Cells) -> str:
    parts = ("address_prefecture", "address_city", "address_town", "address_number")
    street = "".join(given.get(one, "") for one in parts)
    return "　".join(filter(None, (street, given.get("building", "")))) if given.get("address_town") else ""


def _contact(given: Cells) -> str:
    extension = f"内線{given['contact_extension']}" if "contact_extension" in given else ""
    parts = [given.get(f"contact_{one}", "") for one in ("name", "point", "phone")]
    return "　".join(filter(None, (*parts, extension, given.get("contact_mail", ""))))
