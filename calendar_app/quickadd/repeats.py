"""Find the repeat in a text (毎月第2土曜, 第1・第3日曜, "every 2nd Saturday") and turn it into the form's choices."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from calendar_app.dates import repeat_patterns
from calendar_app.dates.parse import WEEKDAYS_EN
from calendar_app.quickadd import set_phrases
from calendar_app.quickadd.dates import WEEKDAY_EN
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import Page, original, set_aside

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DATE = re.compile(r"毎月の? ?(?P<days>\d{1,2}日?(?:(?:[・、,]|と)\d{1,2}日?){0,9}|末日|月末)(?<=日|末)")
_EACH_WEEK = re.compile(r"毎週(?!の?[月火水木金土日](?:曜|[・、\s]|$))|\bevery week\b|\bweekly\b")
_EACH_YEAR = re.compile(r"毎年(?=の? ?\d{1,2}[月/])|\bevery year\b")
_NTH = r"(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)"
_NTHS = rf"(?P<nths>{_NTH}(?:(?:, ?| and | & |, and ){_NTH}){{0,4}})"
_EVERY = re.compile(
    rf"\b(?:every (?:(?P<other>other |second (?=week)|two weeks on )|{_NTHS} )?|(?:on )?(?:the )?(?P<set>{_NTH}) (?=[a-z]+ (?:of|in) (?:every|each)))"
    rf"(?P<days>{WEEKDAY_EN}s?(?:(?:, ?| and | & |, and ){WEEKDAY_EN}s?){{0,6}})\b(?: (?:of|in) (?:the|every|each) month)?"
    rf"|\b(?P<plural>(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b"
)
_COUNT = re.compile(r"\(?全(\d{1,3})回\)?")
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


def find_repeat(page: Page, start: int, end: int) -> RepeatMention | None:
    """Find the repeat in a part of the page. Warns of one for which the form has no choice."""
    plain = page.plain[start:end]
    repeat = _month_days(plain) or _english_weekdays(plain)
    if not repeat and (phrase := set_phrases.find_repeat_phrase(plain, bare=True)):
        if not (phrase.rule and _has_choice(phrase.rule)):
            span = phrase.span[0] + start, phrase.span[1] + start
            warn(page, "repeat_unread", "repeats", words=original(page, *span))
            set_aside(page, span)
            return None
        repeat = RepeatMention(phrase.rule, "", phrase.span)
    repeat = repeat or _each_period(plain)
    return RepeatMention(repeat.rule, repeat.each, (repeat.span[0] + start, repeat.span[1] + start)) if repeat else None


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
    days = sorted({short.index(name[:3]) for name in re.findall(WEEKDAY_EN, match["days"] or match["plural"])})
    nths = [_ORDER[word] for word in re.findall(_NTH, match["nths"] or match["set"] or "")]
    if nths:
        pairs = ",".join(f"{nth}{_CODES[day]}" for nth in nths for day in days)
        rule = f"FREQ=MONTHLY;BYDAY={pairs}"
        return RepeatMention(rule, "", match.span()) if _has_choice(rule) else None
    interval = "INTERVAL=2;" if match["other"] else ""
    return RepeatMention(f"FREQ=WEEKLY;{interval}BYDAY={','.join(_CODES[day] for day in days)}", "", match.span())
