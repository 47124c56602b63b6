"""What the tests of the readers share: the setting, the files, a row by its title."""

from datetime import date, datetime

from calendar_app.dates.recurrence import Override, Repeat, Slot, normalise
from calendar_app.importing import ImportContext, ImportRow, ParsedFile, Values, detect, mend
from helpers import DATA

FOLDER = DATA / "import"
SETTING = ImportContext(timezone="Asia/Tokyo", today=date(2026, 11, 23), horizon=date(2029, 3, 31))


def read(name: str) -> ParsedFile:
    return detect.parse_file((FOLDER / name).read_bytes(), SETTING)


def read_text(text: str) -> ParsedFile:
    return detect.parse_file(text.encode(), SETTING)


def row(source: ParsedFile, title: str) -> ImportRow:
    """The first whose title begins so."""
    return next(candidate for candidate in source.rows if candidate.values["title"].startswith(title))


def codes(row: ImportRow) -> list[str]:
    return [defect.code for defect in row.defects]


def dates(row: ImportRow) -> tuple[str | None, str | None, bool]:
    """Start, end, whole days: as they are when every proposal is taken."""
    values = mend(row).values
    return values["start"], values["end"], values["all_day"]


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def calendar(*events: str) -> str:
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Test//JA\r\n" + "".join(events) + "END:VCALENDAR\r\n"


def table(*rows: str, headings: str = "名称,開始日,終了日,開始時刻,終了時刻,日時備考,説明") -> str:
    return "\n".join((headings, *rows, ""))


def stored_repeat(values: Values) -> Repeat:
    """As the event will have it once it is stored."""
    moments = datetime.fromisoformat
    changes = [
        {name: one[name] for name in ("original", "start", "end") if one.get(name)}
        for one in values.get("overrides", ())
    ]
    return Repeat(
        start=moments(values["start"]),
        end=moments(values["end"]) if values["end"] else None,
        all_day=values["all_day"],
        rule=normalise(values["rule"], timezone=values["timezone"]) if values.get("rule") else "",
        rdates=tuple(map(moments, values.get("rdates", ()))),
        exdates=tuple(map(moments, values.get("exdates", ()))),
        overrides=tuple(Override(**{name: moments(text) for name, text in one.items()}) for one in changes),
        slots=tuple(Slot.read(*one) for one in values.get("slots", ())),
    )
