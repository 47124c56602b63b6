"""Say in people's words what an import found: the kind of file, its letters, when a row takes place."""

from datetime import date, datetime

from calendar_app.dates import approximate, formatting
from calendar_app.dates.recurrence import BadRule, Repeat, Slot, expand
from calendar_app.importing import Values

SHAPES: dict[str, dict[str, str]] = {
    "A": {"ja": "推奨データセットのイベント一覧", "en": "Event list of the recommended data sets"},
    "B": {"ja": "ベース・レジストリのイベント一覧", "en": "Event list of the base registry"},
    "C": {"ja": "自治体標準オープンデータのイベント一覧", "en": "Event list of the municipal standard"},
    "pages": {"ja": "ページ一覧の表", "en": "Table of pages"},
    "other": {"ja": "イベントの表", "en": "Table of events"},
}
_ENCODINGS = {"utf-8-sig": "UTF-8", "cp932": "Shift_JIS", "euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP"}


def say_shape(shape: str, lang: str) -> str:
    """Name the kind of a file; formats such as RSS 2.0 have one name in every language."""
    return SHAPES[shape]["en" if lang == "en" else "ja"] if shape in SHAPES else shape


def say_encoding(encoding: str) -> str:
    """Name an encoding as editors and spreadsheets do."""
    return _ENCODINGS.get(encoding, encoding.replace("_", "-").upper())


def say_when(values: Values, lang: str) -> tuple[str, int]:
    """Return the first date of a row in words, and the number of its dates; ("", 0) for a row without one."""
    if not values.get("start"):
        return "", 0
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values.get("end") else None
    precision = values.get("precision") or "exact"
    if precision != "exact":
        certainty = values.get("certainty") or "confirmed"
        return approximate.say_period(start, end or start, precision, certainty, lang), 1
    return formatting.say_when(start, end, values["all_day"], lang), _dates(values, start, end)


def _dates(values: Values, start: datetime, end: datetime | None) -> int:
    further, exceptions = (tuple(map(datetime.fromisoformat, values.get(name) or ())) for name in ("rdates", "exdates"))
    slots = tuple(Slot.read(*slot) for slot in values.get("slots") or ())
    try:
        repeat = Repeat(start, end, values["all_day"], values.get("rule") or "", further, exceptions, slots=slots)
        return len(expand(repeat, date.max))
    except BadRule:
        return 1
