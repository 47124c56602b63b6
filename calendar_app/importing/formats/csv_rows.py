"""Parse event lists in CSV: the generations of the Japanese open-data standard, and the variants of cities.

The heading identifies a column, never its position. Columns without a field of their own are kept in the body.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from calendar_app.fields import EVENT, names
from calendar_app.importing import MAX_ROWS, Defect, ImportContext, ImportRow, ParsedFile, Unreadable, Values
from calendar_app.importing.checks import check_rows
from calendar_app.importing.encoding import Decoded, strip_markup
from calendar_app.importing.formats import csv_columns, csv_periods
from calendar_app.importing.formats.csv_cells import Cells, parse_moments
from calendar_app.importing.formats.csv_columns import FIELD_OF, SAID, field_of
from calendar_app.quickadd.set_phrases import parse_number
from calendar_app.text import facility_parser

HEADING_ROWS = 10  # titles and notes may stand above the headings
MOST_LINES = 300  # lines in one cell; more of them mean an unclosed quotation mark

NOTE = EVENT["facilities_note"].limit
# The columns about facilities, with the facility of each; "" stands for any facility.
_ASKED = {
    **{field: field.removeprefix("has_") for field in FIELD_OF.values() if field.startswith("has_")},
    "childcare": "childcare",
    "languages": "languages",
    "accessibility": "",
}
# The fields that a cell holds as they are; `moments` reads the remarks on the dates.
_DIRECT = tuple(name for name in names("event", "line", "url") if EVENT[name].columns and name != "date_note")
_PUBLIC = "公開"
_OWN = {"no", "code", "ignored", "start_date", "end_date", "start_time", "end_time", "date_note"}  # of each merged row
_MERGED = ("title", "page_title", "start_date", "venue", "meeting_place", "address")
_STATUSES = {"中止": "cancelled", "休止中": "cancelled", "延期": "postponed"}
_ECHO = re.compile(r"(?:開始|終了)(?:日|日時|時[刻間])\s*[:：]\s*[\d/.:年月日 -]+")


@dataclass(frozen=True, slots=True)
class _Table:
    headings: list[str]
    rows: list[tuple[int, list[str]]]

    @property
    def fields(self) -> list[str]:
        return [field_of(heading) for heading in self.headings]


def parse_csv(decoded: Decoded, context: ImportContext) -> ParsedFile:
    """Parse a CSV, TSV or semicolon table. Raises Unreadable: no_headings, too_many, too_long_cell."""
    table = _table(decoded.text)
    rows = list(_rows(table, context))
    unknown = [name for name, field in zip(table.headings, table.fields, strict=True) if name and not field]
    return ParsedFile(
        rows=check_rows(rows, context),
        encoding=decoded.encoding,
        shape=csv_columns.shape(table.headings),
        unknown=tuple(unknown),
        lost=decoded.lost,
    )


def _table(text: str) -> _Table:
    head = text.split("\n", HEADING_ROWS)[:HEADING_ROWS]
    delimiter = max(",\t;", key=lambda delimiter: sum(line.count(delimiter) for line in head))
    lines = _lines(text, delimiter)
    above: list[list[str]] = []
    for _number, cells in lines:
        above.append(cells)
        known = {field_of(cell) for cell in cells}
        if "start_date" in known and known & {"title", "page_title"}:
            rows = [(line, row) for line, row in lines if any(row)]
            return _Table(cells, rows)
        if len(above) == HEADING_ROWS:
            break
    raise Unreadable("no_headings")


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its first line, from 1."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count > MAX_ROWS + HEADING_ROWS:
                raise Unreadable("too_many", most=MAX_ROWS)
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise Unreadable("too_long_cell", line=line) from None


def _rows(table: _Table, context: ImportContext) -> Iterator[ImportRow]:
    """Yield each row once for each group of its regular dates. A row without a name has that of the row above (merged cells)."""
    above: Cells = {}
    for line, cells in table.rows:
        typed = _fields_of(table, cells)
        filled = _filled_down(typed, above)
        above = filled
        for by_field in csv_periods.by_group(filled):
            row = _row(table, line, cells, by_field, context)
            defect = Defect("filled_down", "title", f"{row.values['title'][:40]}", risky=True)
            yield replace(row, defects=(*row.defects, defect)) if filled != typed else row


def _filled_down(typed: Cells, above: Cells) -> Cells:
    """Return the cells with those of the row above where a table had merged cells: nothing but a date or a time."""
    if typed.keys() - _OWN or not typed.keys() & {"start_date", "start_time"}:
        return typed
    return {field: above[field] for field in _MERGED if field in above} | typed


def _row(table: _Table, line: int, cells: Sequence[str], by_field: Cells, context: ImportContext) -> ImportRow:
    dates, defects, refused = parse_moments(by_field, _note(by_field), context)
    values, more = _values(by_field, context)
    values |= dates
    regular, wrong_repeat, unfit = csv_periods.weekly(by_field, values, context)
    values |= regular
    defects += [*more, *wrong_repeat]
    refused = refused or unfit
    if (status := by_field.get("page_status", _PUBLIC)) != _PUBLIC:
        defects.append(Defect("unpublished", "", status[:40]))
        refused = refused or "unpublished"
    if not values["title"]:
        defects.append(Defect("no_title", "title"))
        refused = refused or "no_title"
    if wrong := _structure_defect(table, cells):
        defects.append(wrong)
        refused = wrong.code
    return ImportRow(line, "event", _uid(by_field), values, tuple(defects), refused)


def _fields_of(table: _Table, cells: Sequence[str]) -> Cells:
    """Return the cells of a row by field; of several columns for one field, the first that is filled."""
    by_field: Cells = {}
    for field, cell in zip(table.fields, cells, strict=False):
        if cell and field and field not in by_field:
            by_field[field] = cell
    return by_field


def _structure_defect(table: _Table, cells: Sequence[str]) -> Defect | None:
    extra = [cell for cell in cells[len(table.headings) :] if cell]
    if extra:
        return Defect("columns", "", f"{len(cells)} > {len(table.headings)}")
    longest = max(cells, key=len)
    return Defect("quotes", "", longest[:40]) if longest.count("\n") > MOST_LINES else None


def _uid(cells: Cells) -> str:
    """Return a key for the next import. The number alone does not do: one file in four uses it twice."""
    parts = [cells.get(name, "") for name in ("code", "no", "start_date", "title")]
    return f"csv:{sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def _values(cells: Cells, context: ImportContext) -> tuple[Values, list[Defect]]:
    """Return all values but the dates, and their defects."""
    numbers, defects, words = _numbers(cells)
    categories = re.split(r"[;；\n]", cells.get("category", ""))
    tags = [tag.strip() for tag in re.split(r"[;；,、\n]", cells.get("tags", ""))]
    values: Values = {
        **{name: cells.get(name, "") for name in _DIRECT},
        "title": " ".join((cells.get("title") or cells.get("page_title", "")).split()),
        "summary": strip_markup(cells.get("summary", "")),
        "body": _body(cells),
        "translations": {"en": {"title": cells["title_en"]}} if "title_en" in cells else {},
        "timezone": context.timezone,
        "venue": cells.get("venue") or cells.get("meeting_place", ""),
        "address": cells.get("address") or _address(cells),
        "category": categories[0].strip(),
        "tags": [tag for tag in [*(name.strip() for name in categories[1:]), *tags] if tag],
        "status": _STATUSES.get(cells.get("status", ""), "scheduled"),
        "contact": _contact(cells),
        **_facilities(cells),
    }
    for field, text in words.items():
        values[field] = "　".join(filter(None, (text, values[field])))
    return values | numbers, defects


def _facilities(cells: Cells) -> Values:
    """Read yes and no from the columns about facilities; their other words become a note."""
    known: dict[str, bool] = {}
    notes: list[str] = []
    for field, code in _ASKED.items():
        if cell := strip_markup(cells.get(field, "")):
            stated, rest = facility_parser.read_cell(cell, code)
            known |= {facility: there for facility, there in stated.items() if facility not in known}
            notes += [" ".join(rest.split())] if rest else []
    values: Values = {"facilities": known} if known else {}
    return values | ({"facilities_note": "　".join(notes)[:NOTE]} if notes else {})


def _numbers(cells: Cells) -> tuple[Values, list[Defect], dict[str, str]]:
    """Parse fee, capacity and position. Returns the numbers, the defects, and other texts by the field that keeps them."""
    values: Values = {}
    defects: list[Defect] = []
    words: dict[str, str] = {}
    if "fee" not in cells and cells.get("fee_status") == "無料":
        values["fee"] = 0
    for field, words_field in (("fee", "fee_note"), ("capacity", "body"), ("lat", ""), ("lon", "")):
        if field not in cells:
            continue
        number = parse_number(cells[field], whole=field in ("fee", "capacity"))
        if number is not None:
            values[field] = number
            continue
        if words_field:
            words[words_field] = cells[field] if field == "fee" else f"定員：{cells[field]}"
        defects.append(Defect("not_a_number", field, cells[field]))
    return values, defects, words


def _body(cells: Cells) -> str:
    """Join the description and the columns without a field. Lines lose their indent, which is code in Markdown."""
    paragraphs = [
        f"{label}：{strip_markup(cells[field])}" if label else strip_markup(cells[field])
        for field, label in SAID.items()
        if field in cells
    ]
    if cells.get("meeting_place") and cells.get("venue"):
        paragraphs.append(f"集合場所：{cells['meeting_place']}")
    text = "\n\n".join(filter(None, (strip_markup(cells.get("body", "")), *paragraphs)))
    return "\n".join(line.strip() for line in text.split("\n"))


def _note(cells: Cells) -> str:
    """Return the remarks on the dates, without lines in which a program merely repeats the columns."""
    lines = (line.strip() for line in cells.get("date_note", "").split("\n"))
    return "　".join(line for line in lines if line and not _ECHO.fullmatch(line))


def _address(cells: Cells) -> str:
    parts = ("address_prefecture", "address_city", "address_town", "address_number")
    street = "".join(cells.get(part, "") for part in parts)
    return "　".join(filter(None, (street, cells.get("building", "")))) if cells.get("address_town") else ""


def _contact(cells: Cells) -> str:
    extension = f"内線{cells['contact_extension']}" if "contact_extension" in cells else ""
    parts = [cells.get(f"contact_{part}", "") for part in ("name", "point", "phone")]
    return "　".join(filter(None, (*parts, extension, cells.get("contact_mail", ""))))
