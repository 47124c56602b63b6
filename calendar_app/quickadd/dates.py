"""Find the dates in a text: single dates, spans, lists, weekdays of this and next week. `dates.parse` reads each date."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from calendar_app.dates.formatting import BadDate, parse_date
from calendar_app.dates.parse import MONTHS, WEEKDAYS_EN, WEEKDAYS_JA

MOST = 60  # dates in one list
NEAR = 60  # letters from a date to a bare day of the same month

Problem = tuple[str, str, BadDate | date]  # code, words, the error or the day that was assumed
Parsed = tuple[tuple[date, ...], tuple[Problem, ...]]

WEEKDAY = f"[{WEEKDAYS_JA}]"
_NOTE = r"(?:祝日?|休日?|振休|振替休日|振替)"
TAIL = (
    rf"(?: ?\( ?{WEEKDAY}(?:曜日?)?(?:[・,、/ ]?{_NOTE})? ?\)| ?\({_NOTE}\)| ?{WEEKDAY}曜日?(?:[・,、]{_NOTE})?"
    rf"| ?{WEEKDAY}(?=[ ,、。)~\n]|$)| ?\((?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\))?"
)
_YEAR = r"(?:(?:(?:令和|平成|昭和|[rh]\.?) ?(?:元|\d{1,2})|\d{4})年 ?(?:\([^()\n]{2,8}\) ?)?(?:の ?)?|(?:今年|来年|本年)の? ?)?"
_MONTH_EN = rf"(?:{'|'.join(f'{name[:3].lower()}(?:{name[3:].lower()})?' for name in MONTHS)}|sept)\.?"
WEEKDAY_EN = r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|r|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_BEFORE = rf"(?<![a-z])(?:{WEEKDAY_EN}\.?,? )?(?:on |the )*"
_AFTER_WORD = r"(?=$|[ \n\d\0,、。の(はに~]|午前|午後|正午|朝|夜|夕|昼)"
_WEEKDAYS = rf"{WEEKDAY}(?:曜日?)?(?:(?:[・、,/]|と){WEEKDAY}(?:曜日?)?){{0,6}}"
_HEAD = re.compile(
    "(?:"
    + "|".join(
        (
            rf"(?P<full>(?<!\d){_YEAR}\d{{1,2}}月 ?\d{{1,2}}日(?![間以前]))",
            rf"(?P<cut>(?<!\d){_YEAR}\d{{1,2}}月 ?\d{{1,2}}(?=(?: ?[・、,~-] ?\d{{1,2}}){{1,20}}日))",
            r"(?P<signs>(?<![a-z\d/.])(?<!\d:)(?:\d{4}|[rh]\.?\d{1,2})(?P<sign>[/.-])\d{1,2}(?P=sign)\d{1,2}(?![\d/]))",
            r"(?P<slash>(?<![a-z\d/.])(?<!\d:)\d{1,2}/\d{1,2}(?![\d/]))",
            rf"(?P<dotted>(?<![a-z\d/.-])(?<!\d:)\d{{1,2}}[.-]\d{{1,2}}(?= ?\({WEEKDAY}))",
            rf"(?P<word>(?<![^\W\d_])(?:明後日|あさって|明日|あした|あす|今日|本日|きょう|元日|元旦|大晦日|大みそか){_AFTER_WORD})",
            rf"(?P<week>(?:今週|再来週|来週)の? ?{_WEEKDAYS}(?![^\W\d_])|(?:今週|再来週|来週)の? ?{WEEKDAY}曜日?)",
            rf"(?P<weekend>(?:今週末|来週末|週末){_AFTER_WORD}|\b(?:this|next) weekend\b)",
            rf"(?P<next>(?:今度|次)の ?{WEEKDAY}曜日?)",
            rf"(?P<nth>(?:(?<!\d){_YEAR}\d{{1,2}}月|今月|来月|再来月)の? ?(?:第 ?[1-5一二三四五]|最終) ?{WEEKDAY}曜日?)",
            r"(?P<days>(?<![\d第全約計各/:.-])\d{1,2}(?=(?: ?[・、,~-] ?\d{1,2}){1,20}日(?![間目前後以])))",
            r"(?P<bare>(?<![\d第全約計各中続翌./])\d{1,2}日(?![間目前後分程以ほ連]))",
            rf"(?P<spread>(?<![\w:/.])\d{{1,2}}(?:st|nd|rd|th)? ?(?:-|to|and|&) ?\d{{1,2}}(?:st|nd|rd|th)? {_MONTH_EN}(?:,? \d{{4}})?(?![a-z\d]))",
            rf"(?P<english>{_BEFORE}(?:(?<![\d:])\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH_EN}(?:,? \d{{4}})?(?![a-z\d])"
            rf"|{_MONTH_EN} ?\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}}(?!\d))?(?![a-z\d:])))",
            rf"(?P<the>(?<![a-z])(?:{WEEKDAY_EN}\.?,? )?(?:on )?the \d{{1,2}}(?:st|nd|rd|th)(?![a-z]| [a-z]))",
            r"(?P<soon>\b(?:today|tomorrow)\b)",
            rf"(?P<coming>(?<![a-z-])(?:(?:on|this|next|coming) ){{0,2}}{WEEKDAY_EN}(?![a-z-]))",
            rf"(?P<name>(?<![\w・…])(?:{WEEKDAY}曜日?{_AFTER_WORD}|\({WEEKDAY}(?:曜日?)?\)))",
        )
    )
    + f"){TAIL}"
)
_JOIN = re.compile(
    r" ?(?:(?P<to>から ?~?|より|~|-|→|to (?:the )?|until |till |through )|、|\.(?=\d{1,2}(?![\d:]))|,|・|/|&|と|および|及び|and ) ?"
)
_SHORT = re.compile(
    rf"(?P<core>(?!\d{{1,2}}日間)\d{{1,2}}(?:日|st|nd|rd|th)?){TAIL}(?![\d:/%.時分人円名歳年月回階部組号間代]|半|午)(?! ?(?:am|pm|people|years)\b)"
)
_TILL = re.compile(r" ?まで(?!に)")
_COUNTED = (
    "name",
    "coming",
    "soon",
    "week",
    "weekend",
    "next",
    "word",
)  # counted from today, so never the second date of a pair
_NUMBERED = re.compile(rf"(?P<when>.*?)月?の? ?(?P<nth>第 ?[1-5一二三四五]|最終) ?(?P<day>{WEEKDAY})曜日?")
_ENGLISH = re.compile(
    rf"(?:(?P<weekday>{WEEKDAY_EN})\.?,? )?(?:on |the )*"
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?(?: (?P<m1>{_MONTH_EN}))?|(?P<m2>{_MONTH_EN}) ?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)"
    r"(?:,? (?P<year>\d{4}))?"
)


_YEARLY = {"元日": "1月1日", "元旦": "1月1日", "大晦日": "12月31日", "大みそか": "12月31日"}
_YEAR_TYPED = re.compile(r"年|\d{4}|^[rh]\.?\d")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A mention, at `[start:end]`, of a day or of several days; if `ranged`, of the first and last day of a span."""

    start: int
    end: int
    days: tuple[date, ...]
    ranged: bool = False
    problems: tuple[Problem, ...] = ()


def scan_dates(
    plain: str, today: date, start: int = 0, end: int | None = None, *, follow: bool = False
) -> Iterator[DateMention]:
    """Yield every mention of dates in `plain[start:end]`, in order. An impossible date has problems and no days.

    `plain` is folded by `reader.to_plain`. A date without a year is the next one from `today`.
    `follow`: a bare day (30日) soon after a date is the next such day after it.
    """
    position, stop = start, len(plain) if end is None else end
    before: DateMention | None = None
    while match := _HEAD.search(plain, position, stop):
        kind = match.lastgroup or ""
        if follow and before and kind in ("bare", "days") and match.start() - before.end < NEAR:
            days, problems = _following_day(match[kind], match, before.days[-1])
        else:
            days, problems = _read(match, today)
        mention = DateMention(match.start(), match.end(), days, _is_span(match), problems)
        if len(days) == 1 and not mention.ranged and match.lastgroup not in ("name", "coming"):
            mention = _extend(plain, mention, stop)
        if days or problems:
            yield mention
        before = mention if mention.days else before
        position = max(mention.end, match.start() + 1)


def _is_span(match: re.Match[str]) -> bool:
    """Tell whether the head of a mention is a span by itself: a weekend, or 3-5 May."""
    return match.lastgroup == "weekend" or (
        match.lastgroup == "spread" and bool(re.search(r"\d\D* ?(?:-|to) ?\d", match[0]))
    )


def _extend(plain: str, mention: DateMention, stop: int) -> DateMention:
    """Extend a mention by the dates joined to it: 5/10、17、24; 4月20日〜25日; April 20–May 5."""
    while len(mention.days) < MOST and not mention.ranged and (join := _JOIN.match(plain, mention.end, stop)):
        last, match = mention.days[-1], _HEAD.match(plain, join.end(), stop)
        if match and match.lastgroup in ("bare", "days", "the"):
            days, problems = _following_day(match[match.lastgroup], match, last)
        elif match and match.lastgroup not in _COUNTED:
            # The end of a span is the next such day; a list may go back in time.
            days, problems = _read(match, last + timedelta(31) if join["to"] else last)
        elif match := _SHORT.match(plain, join.end(), stop):
            days, problems = _following_day(match["core"], match, last)
        else:
            break
        if (
            days
            and join["to"]
            and _YEAR_TYPED.search(match[0])
            and not _YEAR_TYPED.search(plain[mention.start : mention.end])
        ):
            mention, last = _before(mention, days[0])
        if not days or (join["to"] and (len(mention.days) > 1 or days[0] < last)):
            break
        mention = DateMention(
            mention.start, match.end(), mention.days + days, bool(join["to"]), mention.problems + problems
        )
    till = _TILL.match(plain, mention.end, stop) if mention.ranged else None
    return replace(mention, end=till.end()) if till else mention


def _before(mention: DateMention, last: date) -> tuple[DateMention, date]:
    """Move a date without a year to its last one before the end of its span, whose year is typed."""
    first = mention.days[0]
    years = [year for year in (last.year, last.year - 1) if (first.month, first.day) != (2, 29)]
    days = [day for year in years if (day := first.replace(year=year)) <= last]
    return (replace(mention, days=(days[0],)), days[0]) if days else (mention, first)


def _read(match: re.Match[str], today: date) -> Parsed:
    """Return the days that the words name, and their problems."""
    kind = match.lastgroup or ""
    core, words = match[kind].strip(), match[0].strip()
    match kind:
        case "week":
            week = "再来週" if core.startswith("再") else core[:2]
            names = re.findall(WEEKDAY, re.sub("曜日?", "", core.removeprefix(week)))
            return tuple(parse_date(f"{week}{name}", today) for name in names), ()
        case "weekend":
            saturday = today + timedelta(5 - today.weekday() + 7 * core.startswith(("来", "next")))
            return (saturday, saturday + timedelta(1)), ()
        case "next" | "name":
            return _next_weekday(WEEKDAYS_JA.index(re.findall(WEEKDAY, re.sub("曜日?", "", core))[0]), words, today)
        case "coming":
            return _english_weekday(core, words, today)
        case "nth":
            return _nth_weekday(core, today)
        case "spread":
            first, rest = re.split(r" ?(?:-|to|and|&) ?", core, maxsplit=1)
            days, problems = _parse(_english_date(rest), "", words, today)
            number = int(re.sub(r"\D", "", first))
            if days and not 0 < number < days[0].day:  # 27-13 January is no span and no list
                return (), (("no_such_day", words, BadDate("no_such_day", {"text": words})),)
            return (*(day.replace(day=number) for day in days), *days), problems
        case "word" if core in _YEARLY:
            return _parse(_YEARLY[core], "", words, today)
        case "english" | "the":
            return _parse(_english_date(core), "", words, today)
    return _parse(_with_year(core, today), _weekday(match[0].removeprefix(match[kind])), words, today)


def _parse(core: str, weekday: str, words: str, today: date) -> Parsed:
    try:
        return (parse_date(f"{core}({weekday})" if weekday else core, today),), ()
    except BadDate as error:
        if error.code == "weekday_mismatch":
            if (later := _next_year(core, weekday, error.parameters["day"], today)) is not None:
                return (later,), ()
            return (error.parameters["day"],), (("weekday", words, error),)
        return (), (("no_such_day", words, error),) if error.code == "no_such_day" else ()


def _next_year(core: str, weekday: str, day: date, today: date) -> date | None:
    """Return the date a year later, if the weekday fits it and the date without a year was past."""
    if day >= today or not weekday or _YEAR_TYPED.search(core):
        return None
    later = None if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
    return later if later and WEEKDAYS_JA[later.weekday()] == weekday else None


def _with_year(core: str, today: date) -> str:
    """Write a date for `parse_date`: without a second year in brackets, with a number for 今年."""
    core = re.sub(r"\([^)]*\)|の", "", core)
    for word, more in (("今年", 0), ("本年", 0), ("来年", 1)):
        core = core.replace(word, f"{today.year + more}年")
    return core if core[-1] == "日" or not re.search(r"\d月 ?\d{1,2}$|^\d{1,2}$", core) else f"{core}日"


def _weekday(tail: str) -> str:
    match = re.search(WEEKDAY, tail)
    return match[0] if match else ""


def _following_day(core: str, match: re.Match[str], last: date) -> Parsed:
    """Read a bare number as a day of the preceding date's month, or of the next month if that day is past."""
    number = int(re.sub(r"\D", "", core))
    step = date(last.year + (last.month == 12), last.month % 12 + 1, 1) if number <= last.day else last.replace(day=1)
    if not 1 <= number <= monthrange(step.year, step.month)[1]:
        return (), ()
    return _parse(f"{step:%Y-%m}-{number:02}", _weekday(match[0].partition(core)[2]), match[0].strip(), last)


def _next_weekday(weekday: int, words: str, today: date) -> Parsed:
    """Return the next such weekday (0 is Monday), today included, as an assumption."""
    day = today + timedelta((weekday - today.weekday()) % 7)
    return (day,), (("day_assumed", words, day),)


def _english_weekday(core: str, words: str, today: date) -> Parsed:
    name = core.split()[-1][:3]
    number = [full[:3].lower() for full in WEEKDAYS_EN].index(name)
    if core.startswith(("this ", "next ")):
        day = parse_date(f"{core[:4]} {name}", today)
        return (day,), (("day_assumed", words, day),) if core.startswith("next") else ()
    return _next_weekday(number, words, today)


def _nth_weekday(core: str, today: date) -> Parsed:
    """Read the nth or last weekday of a month: 9月第3日曜. No days if the month has no such day."""
    match = _NUMBERED.fullmatch(core)
    if not match:
        return (), ()
    months = {"今": 0, "来": 1, "再来": 2}
    if match["when"] in months:
        total = today.year * 12 + today.month - 1 + months[match["when"]]
        year, month = divmod(total, 12)
        first = date(year, month + 1, 1)
    else:
        days, _problems = _parse(f"{_with_year(match['when'] + '月', today)}28日", "", core, today)
        if not days:
            return (), ()
        first = days[0].replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    weekday = WEEKDAYS_JA.index(match["day"])
    if match["nth"] == "最終":
        return (last - timedelta((last.weekday() - weekday) % 7),), ()
    nth = int(match["nth"].strip("第 ").translate(str.maketrans("一二三四五", "12345")))
    day = first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return ((day,), ()) if day <= last else ((), ())


def _english_date(core: str) -> str:
    """Write an English date for `parse_date`: tue 20 april 2027."""
    match = _ENGLISH.fullmatch(core)
    if not match:
        return core
    month = (match["m1"] or match["m2"] or "").rstrip(".")
    day = match["d1"] or match["d2"]
    if not month:
        return f"{day}日"
    return " ".join(filter(None, (match["weekday"] and match["weekday"][:3], day, month, match["year"])))
