"""Find the repeat in a text (毎月第2土曜, 第1・第3日曜, "every 2nd Saturday") and turn it into the form's choices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from calendar_app.dates import repeat_patterns
from calendar_app.dates.parse import MONTHS, WEEKDAYS_EN, WEEKDAYS_JA, BadDate, parse_date
from calendar_app.quickadd import set_phrases
from calendar_app.quickadd.dates import WEEKDAY_EN
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import Page, hidden, original, set_aside

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DATE = re.compile(r"毎月の? ?(?P<days>\d{1,2}日?(?:(?:[・、,]|と)\d{1,2}日?){0,9}|末日|月末)(?<=日|末)")
_EACH_WEEK = re.compile(r"毎週(?!の?[月火水木金土日](?:曜|[・、\s]|$))(?!末)|\bevery week\b|\bweekly\b")
_EACH_YEAR = re.compile(r"毎年(?=の? ?\d{1,2}[月/])|\bevery year\b")
_NTH = r"(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)"
_NTHS = rf"(?P<nths>{_NTH}(?:(?:, ?| and | & |, and ){_NTH}){{0,4}})"
_EVERY = re.compile(
    rf"\b(?:every (?:(?P<other>other |second (?=week)|two weeks on )|{_NTHS} )?|(?:on )?(?:the )?(?P<set>{_NTH}) (?=[a-z]+ (?:of|in) (?:every|each)))"
    rf"(?P<days>{WEEKDAY_EN}s?(?:(?:, ?| and | & |, and ){WEEKDAY_EN}s?){{0,6}})\b(?: (?:of|in) (?:the|every|each) month)?"
    rf"|\b(?P<plural>(?:mon|tues|wednes|thurs|fri|satur|sun)days(?:(?:, | and | & )(?:mon|tues|wednes|thurs|fri|satur|sun)days){{0,5}})\b"
    rf"|\b(?P<weekdays>weekdays)(?: only)?\b"
)
_COUNT = re.compile(r"\(?(?:全|計)(\d{1,3})回(?:コース|講座|シリーズ)?\)?")
_MONTHS = re.compile(
    r"(?<![\d/.])(?P<year>(?:(?:令和|平成|[rh]\.?) ?(?:元|\d{1,2})年|\d{4}年|来年|今年)の? ?)?(?P<begin>\d{1,2})月?(?:(?: ?(?:~|-|から) ?)(?P<until>\d{1,2}))?月(?! ?\d{1,2}日)(?:中|まで)?の?(?!第|は|を|も|間|号|から)"
    rf"|\b(?:in|during) (?P<english>{'|'.join(name.lower() for name in MONTHS)})\b"
)
_EXCEPT_DAYS = re.compile(
    r"[(※]?(?:ただし、?)?(?<![^\W_の])(?P<days>[月火水木金土日](?:曜日?)?(?:[・、,と]?[月火水木金土日](?:曜日?)?){0,5})(?P<holiday>(?:[・、,と]?祝(?:祭?日)?)?)(?:は|を)? ?(?:除[くきい]て?|のぞ[くきい])\)?"
)
_DAY_OFF = r"(?:祝日?|休日|お盆|年末年始|土日)"
_EXCEPT = re.compile(
    rf"[(※]?(?:ただし、?)?(?P<days>{_DAY_OFF}(?:[・、,と]{_DAY_OFF}){{0,3}})(?:は|を)?(?:除く|のぞく|除き|除いて|休み|お休み)\)?"
    r"|\(?(?:except|not) (?:on )?(?P<english>public holidays|holidays)\)?"
)
_SKIPS = {"祝": "holiday", "休": "holiday", "お": "obon", "年": "newyear", "土": "weekend"}
_ORDER = {
    "1st": 1,
    "first": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
    "5th": 5,
    "fifth": 5,
    "last": -1,
}


@dataclass(frozen=True, slots=True)
class RepeatMention:
    """A repeat at `span`. `rule` is an RRULE without its end, or "" if only a period is named (`each`: week or year)."""

    rule: str
    each: str
    span: tuple[int, int]
    skips: tuple[str, ...] = ()
    assumed: bool = False  # weekdays stand beside a span of dates, without 毎週
    bare: bool = False  # 第3日曜 without 毎月
    listed: bool = False  # the form has no choice for the rule, so its dates are listed


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """The months of a series, from the first day to the last: 「5月～7月の毎週金曜」."""

    first: date
    last: date
    span: tuple[int, int]
    words: str


def find_repeat(page: Page, start: int, end: int) -> RepeatMention | None:
    """Find the repeat in a part of the page. Warns of one for which the form has no choice."""
    plain = page.plain[start:end]
    repeat = _month_days(plain) or _english_weekdays(plain)
    if not repeat and (phrase := set_phrases.find_repeat_phrase(plain, bare=True)):
        if not phrase.rule:
            span = phrase.span[0] + start, phrase.span[1] + start
            warn(page, "repeat_unread", "repeats", words=original(page, *span))
            set_aside(page, span)
            return None
        repeat = RepeatMention(
            phrase.rule,
            "",
            phrase.span,
            phrase.skips,
            listed=not _has_choice(phrase.rule),
            bare=phrase.words[0] in "第最",
        )
    repeat = repeat or _each_period(plain)
    return _moved(repeat, start) if repeat else None


def _moved(repeat: RepeatMention, by: int) -> RepeatMention:
    return replace(repeat, span=(repeat.span[0] + by, repeat.span[1] + by))


def find_weekdays(page: Page, start: int, end: int, taken: list[tuple[int, int]]) -> RepeatMention | None:
    """Find weekdays beside a span of dates: those on which it takes place, or those that it leaves out (土日を除く).

    `taken` are the spans of dates, whose own weekdays do not count.
    """
    plain = hidden(page.plain, taken)[start:end]
    if match := _EXCEPT_DAYS.search(plain):
        gone = {WEEKDAYS_JA.index(name) for name in re.sub("曜日?", "", match["days"]) if name in WEEKDAYS_JA}
        rest = [code for number, code in enumerate(_CODES) if number not in gone]
        if rest:
            skips = ("holiday",) if match["holiday"] else ()
            return _moved(RepeatMention(f"FREQ=WEEKLY;BYDAY={','.join(rest)}", "", match.span(), skips), start)
    phrase = set_phrases.find_bare_weekdays(plain)
    return _moved(RepeatMention(phrase.rule, "", phrase.span, assumed=True), start) if phrase else None


def find_months(page: Page, spans: list[tuple[int, int]]) -> MonthSpan | None:
    """Find the months beside a repeat, of this year or the next."""
    for start, end in spans:
        if match := _MONTHS.search(page.plain, start, end):
            return _month_span(match, page.today)
    return None


def _month_span(match: re.Match[str], today: date) -> MonthSpan | None:
    """Return the span of `_MONTHS`, whose end is at most a year after its beginning."""
    if match["english"]:
        begin = until = [name[:3].lower() for name in MONTHS].index(match["english"][:3]) + 1
    else:
        begin, until = int(match["begin"]), int(match["until"] or match["begin"])
    if not (1 <= begin <= 12 and 1 <= until <= 12):
        return None
    year = _typed_year(match["year"] or "", today) or today.year + (until < today.month and until >= begin)
    later = year + (until < begin)
    last = date(later + until // 12, until % 12 + 1, 1) - timedelta(1)
    return MonthSpan(max(date(year, begin, 1), today), last, match.span(), match[0])


def _typed_year(words: str, today: date) -> int:
    """Return the year of 「令和9年」 or 「来年」, 0 if there is none."""
    if "来年" in words or "今年" in words:
        return today.year + ("来年" in words)
    if not words:
        return 0
    try:
        return parse_date(f"{words.rstrip('の ')}1月1日", today).year
    except BadDate:
        return 0


def find_skips(page: Page, start: int, end: int) -> tuple[list[str], tuple[int, int]] | None:
    """Find the days that a repeat leaves out, and the span of the words for them."""
    if not (match := _EXCEPT.search(page.plain, start, end)):
        return None
    names = re.findall(_DAY_OFF, match["days"] or "祝")
    return sorted({_SKIPS[name[0]] for name in names}), match.span()


def find_count(page: Page, start: int, end: int) -> tuple[int, tuple[int, int]] | None:
    """Find how many times a repeat takes place (全8回), and the span of the words."""
    match = _COUNT.search(page.plain, start, end)
    return (int(match[1]), match.span()) if match and int(match[1]) > 1 else None


def rule_on_day(repeat: RepeatMention, day: date) -> str:
    """Return the rule of a repeat that begins on a day; 毎週 and 毎年 take their weekday or date from that day."""
    if repeat.each == "week":
        return f"FREQ=WEEKLY;BYDAY={_CODES[day.weekday()]}"
    if repeat.each == "year":
        return f"FREQ=YEARLY;BYMONTH={day.month};BYMONTHDAY={day.day}"
    return repeat.rule


def form_fields(rule: str, day: date) -> dict[str, object]:
    """Return the form fields that make this rule."""
    choice = repeat_patterns.choice_of(f"{rule};COUNT=2", datetime.combine(day, time()))
    kind = {"weekly": "biweekly" if choice.interval == 2 else "weekly"}.get(choice.kind, choice.kind)
    if kind == "monthly_weekday" and choice.nths == (-1,):
        kind = "monthly_last"
    values: dict[str, object] = {"repeats": kind}
    if kind in ("weekly", "biweekly", "monthly_weekday", "monthly_last"):
        values["weekdays"] = list(choice.weekdays)
    if kind == "monthly_weekday":
        values["nths"] = list(choice.nths)
    if kind == "monthly_date":
        values["month_days"] = "、".join("末日" if number == -1 else str(number) for number in choice.days)
    return values


def _has_choice(rule: str) -> bool:
    """Tell whether the form has a choice for this rule."""
    choice = repeat_patterns.choice_of(f"{rule};COUNT=2", datetime(2027, 1, 1))
    return choice.kind in ("weekly", "monthly_date", "monthly_weekday") and choice.interval <= (
        2 if choice.kind == "weekly" else 1
    )


def _month_days(plain: str) -> RepeatMention | None:
    if not (match := _BY_DATE.search(plain)):
        return None
    days = [int(number) for number in re.findall(r"\d+", match["days"])] or [-1]
    if not all(-1 <= number <= 31 and number for number in days):
        return None
    return RepeatMention(f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, sorted(set(days))))}", "", match.span())


def _each_period(plain: str) -> RepeatMention | None:
    for name, pattern in (("week", _EACH_WEEK), ("year", _EACH_YEAR)):
        if match := pattern.search(plain):
            return RepeatMention("", name, match.span())
    return None


def _english_weekdays(plain: str) -> RepeatMention | None:
    if not (match := _EVERY.search(plain)):
        return None
    short = [name[:3].lower() for name in WEEKDAYS_EN]
    names = re.findall(WEEKDAY_EN, match["days"] or match["plural"] or "")
    days = sorted({short.index(name[:3]) for name in names}) or [*range(5)]
    nths = [_ORDER[word] for word in re.findall(_NTH, match["nths"] or match["set"] or "")]
    if nths:
        pairs = ",".join(f"{nth}{_CODES[day]}" for nth in nths for day in days)
        rule = f"FREQ=MONTHLY;BYDAY={pairs}"
        return RepeatMention(rule, "", match.span()) if _has_choice(rule) else None
    interval = "INTERVAL=2;" if match["other"] else ""
    return RepeatMention(f"FREQ=WEEKLY;{interval}BYDAY={','.join(_CODES[day] for day in days)}", "", match.span())


def rule_of_fields(values: Mapping[str, Any], first: date) -> str:
    """Return the bounded RRULE that these form fields make, "" without a rule. It is the inverse of `form_fields`."""
    kind = values.get("repeats", "")
    if kind in ("", "dates"):
        return ""
    names = {"biweekly": "weekly", "monthly_last": "monthly_weekday"}
    until, count = values.get("repeat_until"), values.get("repeat_count")
    end = date.fromisoformat(until) if until else None if count else repeat_patterns.default_until(first)
    month_days = str(values.get("month_days", "")).split("、") if kind == "monthly_date" else []
    choice = repeat_patterns.Choice(
        names.get(kind, kind),
        interval=2 if kind == "biweekly" else 1,
        weekdays=tuple(values.get("weekdays", ())),
        nths=(-1,) if kind == "monthly_last" else tuple(values.get("nths", ())),
        days=tuple(-1 if day == "末日" else int(day) for day in month_days),
        until=end,
        count=int(count) if count else None,
    )
    return repeat_patterns.rule_of(choice, datetime.combine(first, time()))
