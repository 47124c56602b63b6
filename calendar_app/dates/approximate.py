"""Parse and write dates that are not known to the day: 4月下旬, 10月中旬〜下旬, 2027年春, "late April".

Such a date is stored as its first and last possible day, on the edges of a part of a month (上旬 1–10, 中旬 11–20,
下旬 from 21), a month or a season (春 March–May; 冬 December–February, named by its December).
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count

from calendar_app.dates.parse import LONGEST, MONTHS, YEAR, BadDate, fold, western_year
from calendar_app.text.languages import Words

_PARTS = Words(
    {
        "ja": ("上旬", "中旬", "下旬"),
        "en": ("early ", "mid-", "late "),
        "easy": ("初めごろ", "中ごろ", "終わりごろ"),
    }
)
_SEASONS = Words(
    {
        "ja": ("春", "夏", "秋", "冬"),
        "en": ("spring", "summer", "autumn", "winter"),
        "easy": ("春", "夏", "秋", "冬"),
    }
)

_BRACKETS = Words(  # remarks on a date that is not certain
    {
        "ja": {"confirmed": "", "planned": "日程調整中", "forecast": "予想", "usual": "例年"},
        "en": {"confirmed": "", "planned": "dates to be confirmed", "forecast": "forecast", "usual": "in most years"},
        "easy": {
            "confirmed": "",
            "planned": "まだ 決まっていません",
            "forecast": "予想です",
            "usual": "いつもの 年",
        },
    }
)
_CERTAIN = Words(
    {
        "ja": {
            "confirmed": "{said}",
            "planned": "{said}（{word}）",
            "forecast": "{said}ごろ（{word}）",
            "usual": "例年{said}",
        },
        "en": {
            "confirmed": "{said}",
            "planned": "{said} ({word})",
            "forecast": "around {said} ({word})",
            "usual": "usually {said}",
        },
        "easy": {
            "confirmed": "{said}",
            "planned": "{said}（{word}）",
            "forecast": "{said}（{word}）",
            "usual": "いつもの 年は {said}",
        },
    }
)
_UNIT = Words(
    {
        "ja": {"part": "{month}月{part}", "month": "{month}月", "season": "{season}"},
        "en": {"part": "{part}{name}", "month": "{name}", "season": "{season}"},
        "easy": {"part": "{month}月の {part}", "month": "{month}月"},
    }
)
_SPAN = Words(  # in one unit, one month, one year, over the new year
    {
        "ja": {
            "unit": "{year}{begin}",
            "month": "{year}{begin}〜{part}",
            "year": "{year}{begin}〜{until}",
            "years": "{year}{begin}〜{other_year}{until}",
        },
        "en": {
            "unit": "{begin}{year}",
            "month": "{first_part} to {until}{year}",
            "year": "{begin} – {until}{year}",
            "years": "{begin}{year} – {until}{other_year}",
        },
        "easy": {
            "unit": "{year}{begin}",
            "month": "{year}{begin}から {part}まで",
            "year": "{year}{begin}から {until}まで",
            "years": "{year}{begin}から {other_year}{until}まで",
        },
    }
)
_YEAR = Words({"ja": "{0}年", "en": " {0}", "easy": "{0}年 "})
_WINTER_YEAR = Words({"ja": "{0}〜{1:02}年", "en": " {0}–{1:02}"})

_CERTAINTY_WORDS = {
    **dict.fromkeys(("例年", "毎年", "通常", "usually", "normally", "in most years", "every year"), "usual"),
    **dict.fromkeys(("予想", "予測", "見込み", "見込", "forecast", "expected", "probably"), "forecast"),
    **dict.fromkeys(("予定", "日程調整中", "調整中", "planned", "dates to be confirmed", "tbc"), "planned"),
    **dict.fromkeys(("確定", "決定", "confirmed"), "confirmed"),
}
_PART_WORDS = {
    **dict.fromkeys(("上旬", "初旬", "初め", "はじめ", "early", "beginning of"), 1),
    **dict.fromkeys(("中旬", "半ば", "なかば", "mid", "middle of"), 2),
    **dict.fromkeys(("下旬", "末", "終わり", "late", "end of"), 3),
}
_SEASON_WORDS = {word: 3 * n for names in _SEASONS.values() for n, word in enumerate(names, 1)} | {"fall": 9}
_YEAR_WORDS = {"今年": 0, "本年": 0, "来年": 1, "再来年": 2}
_NAMES = {word: n for n, name in enumerate(MONTHS, 1) for word in (name.lower(), name[:3].lower())} | {"sept": 9}


def _one_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(words)})"


_WHOLE = re.compile(
    rf"(?P<before>{_one_of(_CERTAINTY_WORDS)})?[は、,]? ?(?:in |around |about |from )*(?P<span>.+?)"
    rf"(?:ごろ|ころ|頃)?[にの]?(?:開催)?(?: ?\(?(?P<after>{_one_of(_CERTAINTY_WORDS)})\)?)?"
)
_BARE_MONTH = re.compile(r"(?<![0-9])([0-9]{1,2})(?=[~〜-][0-9]{1,2}月)")  # the 4 of 4〜5月
_DASHED = re.compile(rf"\b(early|mid|late)-(?={_one_of(_NAMES)})")
_TO = r"(?:[~〜-]|から|より| to | until )"
_SPLIT = re.compile(rf"(?<![0-9]){_TO}|{_TO}(?![0-9])")  # not between the years of 2027〜28年冬
_SECOND_YEAR = r"(?:[~〜-](?P<second>[0-9]{2,4}))?"
_PART, _SEASON = rf"(?P<part>{_one_of(_PART_WORDS)})", rf"(?P<season>{_one_of(_SEASON_WORDS)})"
_YEAR_JA = rf"(?:{YEAR}{_SECOND_YEAR}年|(?P<coming>{_one_of(_YEAR_WORDS)})|(?P<following>翌年?))"
_YEAR_EN = rf"(?P<year>[0-9]{{4}}){_SECOND_YEAR}"
_ENDS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_YEAR_JA}の?)?(?:(?:(?P<month>[0-9]{{1,2}})月の?)?{_PART}?|{_SEASON})",
        rf"(?:the )?(?:(?:{_PART} ?)?(?P<name>{_one_of(_NAMES)})?\.?|{_SEASON})(?:(?:,| of)? ?{_YEAR_EN})?",
    )
)


@dataclass(frozen=True, slots=True)
class Period:
    """The first and last possible day. `precision` is part, month or season; `certainty` as in the models."""

    first: date
    last: date
    precision: str
    certainty: str


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a span as typed; 0 means not stated. `part` is 1 to 3; a season is named by its first `month`."""

    year: int
    month: int
    part: int
    season: bool
    following: bool


def parse_period(text: str, today: date) -> Period | None:
    """Parse an approximate date; return None for any other text, which may be an exact date.

    Without a year it is the next one that is not past. Unless the text says usual, forecast or confirmed, it is planned.
    Raises BadDate for an impossible month, year or span.
    """
    match = _WHOLE.fullmatch(fold(text))
    if not match:
        return None
    span = _DASHED.sub(r"\1 ", _BARE_MONTH.sub(r"\1月", match["span"]))
    parts = [_parts(end.strip()) for end in _SPLIT.split(span, maxsplit=1)]
    if not all(parts):
        return None
    begin, until = _both([_end(each, today, text[:LONGEST]) for each in parts])
    days = _days(begin, until, today) if begin.month and not begin.following else None
    if days is None or days[0] > days[1]:
        raise BadDate("no_such_period", {"text": text[:LONGEST]})
    return Period(*days, _precision(begin, until), _CERTAINTY_WORDS.get(match["before"] or match["after"], "planned"))


def say_period(
    start: date, end: date | None, precision: str, certainty: str, lang: str, *, today: date | None = None
) -> str:
    """Return 2027年4月下旬（日程調整中）, 例年4月下旬, "late April 2027 (dates to be confirmed)".

    The year is left out when it is that of `today`, and when the date is usual. `precision` is not "exact".
    """
    first, last = _plain(start), _plain(end or start)
    if precision not in _UNIT[lang]:
        precision = "month"  # who learns Japanese may not know which months a season has
    yearless = certainty == "usual" or (today is not None and first.year == last.year == today.year)
    span = _say_span(first, last, precision, lang, yearless=yearless)
    return _CERTAIN[lang][certainty].format(said=span, word=_BRACKETS[lang][certainty])


def say_certainty(certainty: str, lang: str) -> str:
    """Return the words in brackets behind an exact date: 日程調整中, "forecast"; "" when it is confirmed."""
    return _BRACKETS[lang][certainty]


def _parts(text: str) -> dict[str, str]:
    """Return the named groups of one end of a span, {} if it is none."""
    for pattern in _ENDS:
        if match := pattern.fullmatch(text):
            parts = {name: value for name, value in match.groupdict().items() if value}
            return parts if parts.keys() & {"month", "name", "part", "season"} else {}
    return {}


def _end(parts: dict[str, str], today: date, text: str) -> _End:
    """Raises BadDate, with the whole text, for a month or a pair of years that cannot be."""
    year = western_year(parts, text) if "year" in parts else 0
    if "coming" in parts:
        year = today.year + _YEAR_WORDS[parts["coming"]]
    month = (
        _SEASON_WORDS.get(parts.get("season", "")) or _NAMES.get(parts.get("name", "")) or int(parts.get("month", 0))
    )
    winter = "season" in parts and month == 12
    pair_fits = "second" not in parts or (winter and str(year + 1).endswith(parts["second"]))
    if not pair_fits or ("month" in parts and month not in range(1, 13)):
        raise BadDate("no_such_period", {"text": text})
    return _End(year, month, _PART_WORDS.get(parts.get("part", ""), 0), "season" in parts, "following" in parts)


def _both(ends: list[_End]) -> tuple[_End, _End]:
    """Complete both ends with the month that only the other one states: 10月中旬〜下旬, "early to mid May"."""
    begin, until = ends[0], ends[-1]
    return replace(begin, month=begin.month or until.month), replace(until, month=until.month or begin.month)


def _days(begin: _End, until: _End, today: date) -> tuple[date, date]:
    """Return the first and last day. A span whose end is earlier in the year goes over the new year."""
    later = until.following or until.month < begin.month

    def days(year: int) -> tuple[date, date]:
        return _first_day(begin, year), _last_day(until, until.year or year + later)

    if begin.year or until.year:
        return days(begin.year or until.year - later)
    return next(span for span in map(days, count(today.year - 1)) if span[1] >= today)


def _first_day(end: _End, year: int) -> date:
    return date(year, end.month, (1, 1, 11, 21)[end.part])


def _last_day(end: _End, year: int) -> date:
    more_years, month = divmod(end.month - 1 + 2 * end.season, 12)
    month_end = monthrange(year + more_years, month + 1)[1]
    return date(year + more_years, month + 1, (month_end, 10, 20, month_end)[end.part])


def _precision(begin: _End, until: _End) -> str:
    """Return the precision of the finer end; two seasons are written by their months."""
    if begin.part or until.part:
        return "part"
    return "season" if begin.season and begin == until else "month"


def _plain(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _say_span(first: date, last: date, precision: str, lang: str, *, yearless: bool) -> str:
    begin, until = _unit(first, precision, lang), _unit(last, precision, lang)
    years = ["" if yearless else _say_year(day.year, precision, day.month, lang) for day in (first, last)]
    parts = [_PARTS[lang][_part(day)] for day in (first, last)]
    return _SPAN[lang][_shape(first, last, precision, same_unit=begin == until)].format(
        begin=begin, until=until, year=years[0], other_year=years[1], first_part=parts[0].strip(" -"), part=parts[1]
    )


def _unit(day: date, precision: str, lang: str) -> str:
    """Return the part, month or season of the day."""
    return _UNIT[lang][precision].format(
        month=day.month,
        name=MONTHS[day.month - 1],
        part=_PARTS[lang][_part(day)],
        season=_SEASONS[lang][(day.month - 3) // 3],
    )


def _part(day: date) -> int:
    return min((day.day - 1) // 10, 2)


def _say_year(year: int, precision: str, month: int, lang: str) -> str:
    winter = precision == "season" and month == 12
    return (_WINTER_YEAR if winter else _YEAR)[lang].format(year, (year + 1) % 100)


def _shape(first: date, last: date, precision: str, *, same_unit: bool) -> str:
    """Return the key of the phrase in _SPAN."""
    if precision == "season" or (same_unit and first.year == last.year):
        return "unit"
    if first.year != last.year:
        return "years"
    return "month" if first.month == last.month else "year"
