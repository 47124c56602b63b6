"""The dates in a text: single ones, spans, lists, weekdays of this and the next week. What they say is read by `typed_dates`."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from calendar_app.dates.formatting import BadDate, parse_date
from calendar_app.dates.parse import MONTHS, WEEKDAYS_EN, WEEKDAYS_JA

MOST = 60  # dates in one list

Problem = tuple[str, str, BadDate | date]  # code, words, what is wrong or the day that was assumed
Read = tuple[tuple[date, ...], tuple[Problem, ...]]

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
            rf"(?P<word>(?<![^\W\d_])(?:明後日|あさって|明日|あした|あす|今日|本日|きょう){_AFTER_WORD})",
            rf"(?P<week>(?:今週|再来週|来週)の? ?{_WEEKDAYS}(?![^\W\d_])|(?:今週|再来週|来週)の? ?{WEEKDAY}曜日?)",
            rf"(?P<weekend>(?:今週末|来週末|週末){_AFTER_WORD}|\b(?:this|next) weekend\b)",
            rf"(?P<next>(?:今度|次)の ?{WEEKDAY}曜日?)",
            rf"(?P<nth>(?:(?<!\d){_YEAR}\d{{1,2}}月|今月|来月|再来月)の? ?(?:第 ?[1-5一二三四五]|最終) ?{WEEKDAY}曜日?)",
            r"(?P<days>(?<![\d第全約計各/:.-])\d{1,2}(?=(?: ?[・、,~-] ?\d{1,2}){1,20}日(?![間目前後以])))",
            r"(?P<bare>(?<![\d第全約計各中続./])\d{1,2}日(?![間目前後分程以ほ]))",
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
    r" ?(?:(?P<to>から ?~?|より|~|-|→|to (?:the )?|until |till |through )|、|,|・|/|&|と|および|及び|and ) ?"
)
_SHORT = re.compile(
    rf"(?P<core>\d{{1,2}}(?:日|st|nd|rd|th)?){TAIL}(?![\d:/%.時分人円名歳年月回階部組号間代]|半|午)(?! ?(?:am|pm|people|years)\b)"
)
_TILL = re.compile(r" ?まで(?!に)")
_COUNTED = ("name", "coming", "soon", "week", "weekend", "next", "word")  # from today, so never the second of a pair
_NUMBERED = re.compile(rf"(?P<when>.*?)月?の? ?(?P<nth>第 ?[1-5一二三四五]|最終) ?(?P<day>{WEEKDAY})曜日?")
_ENGLISH = re.compile(
    rf"(?:(?P<weekday>{WEEKDAY_EN})\.?,? )?(?:on |the )*"
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?(?: (?P<m1>{_MONTH_EN}))?|(?P<m2>{_MONTH_EN}) ?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)"
    r"(?:,? (?P<year>\d{4}))?"
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """One mention of a day, of several, or of the first and the last of a span."""

    start: int
    end: int
    days: tuple[date, ...]
    ranged: bool = False
    problems: tuple[Problem, ...] = ()


def scan_dates(plain: str, today: date, start: int = 0, end: int | None = None) -> Iterator[DateMention]:
    """Every mention of dates, in order. What looks like a date and is none has problems and no days."""
    at, stop = start, len(plain) if end is None else end
    while found := _HEAD.search(plain, at, stop):
        days, problems = _read(found, today)
        made = DateMention(found.start(), found.end(), days, _is_span(found), problems)
        if len(days) == 1 and not made.ranged and found.lastgroup not in ("name", "coming"):
            made = _more(plain, made, stop)
        if days or problems:
            yield made
        at = max(made.end, found.start() + 1)


def _is_span(found: re.Match[str]) -> bool:
    return found.lastgroup == "weekend" or (
        found.lastgroup == "spread" and bool(re.search(r"\d\D* ?(?:-|to) ?\d", found[0]))
    )


def _more(plain: str, made: DateMention, stop: int) -> DateMention:
    """The mention with what is joined to it: 5/10、17、24; 4月20日〜25日; April 20–May 5."""
    while len(made.days) < MOST and not made.ranged and (join := _JOIN.match(plain, made.end, stop)):
        last, found = made.days[-1], _HEAD.match(plain, join.end(), stop)
        if found and found.lastgroup in ("bare", "days", "the"):
            days, problems = _same_month(found[found.lastgroup], found, last)
        elif found and found.lastgroup not in _COUNTED:
            # The end of a span is the next such day; a list may go back.
            days, problems = _read(found, last + timedelta(31) if join["to"] else last)
        elif found := _SHORT.match(plain, join.end(), stop):
            days, problems = _same_month(found["core"], found, last)
        else:
            break
        if not days or (join["to"] and (len(made.days) > 1 or days[0] < last)):
            break
        made = DateMention(made.start, found.end(), made.days + days, bool(join["to"]), made.problems + problems)
    till = _TILL.match(plain, made.end, stop) if made.ranged else None
    return replace(made, end=till.end()) if till else made


def _read(found: re.Match[str], today: date) -> Read:
    """The days that these words name, and what is odd about them."""
    kind = found.lastgroup or ""
    core, words = found[kind].strip(), found[0].strip()
    match kind:
        case "week":
            week = "再来週" if core.startswith("再") else core[:2]
            names = re.findall(WEEKDAY, re.sub("曜日?", "", core.removeprefix(week)))
            return tuple(parse_date(f"{week}{name}", today) for name in names), ()
        case "weekend":
            saturday = today + timedelta(5 - today.weekday() + 7 * core.startswith(("来", "next")))
            return (saturday, saturday + timedelta(1)), ()
        case "next" | "name":
            return _coming(WEEKDAYS_JA.index(re.findall(WEEKDAY, re.sub("曜日?", "", core))[0]), words, today)
        case "coming":
            return _english_weekday(core, words, today)
        case "nth":
            return _numbered(core, today)
        case "spread":
            first, rest = re.split(r" ?(?:-|to|and|&) ?", core, maxsplit=1)
            days, problems = _parsed(_english(rest), "", words, today)
            number = int(re.sub(r"\D", "", first))
            return (tuple(one.replace(day=number) for one in days if 0 < number < one.day) + days), problems
        case "english" | "the":
            return _parsed(_english(core), "", words, today)
    return _parsed(_plain(core, today), _weekday(found[0].removeprefix(found[kind])), words, today)


def _parsed(core: str, weekday: str, words: str, today: date) -> Read:
    try:
        return (parse_date(f"{core}({weekday})" if weekday else core, today),), ()
    except BadDate as error:
        if error.code == "weekday_mismatch":
            return (error.given["day"],), (("weekday", words, error),)
        return (), (("no_such_day", words, error),) if error.code == "no_such_day" else ()


def _plain(core: str, today: date) -> str:
    """As `parse_date` reads it: no second year in brackets, no 今年."""
    core = re.sub(r"\([^)]*\)|の", "", core)
    for word, more in (("今年", 0), ("本年", 0), ("来年", 1)):
        core = core.replace(word, f"{today.year + more}年")
    return core if core[-1] == "日" or not re.search(r"\d月 ?\d{1,2}$|^\d{1,2}$", core) else f"{core}日"


def _weekday(tail: str) -> str:
    found = re.search(WEEKDAY, tail)
    return found[0] if found else ""


def _same_month(core: str, found: re.Match[str], last: date) -> Read:
    """A bare number is a day of the month of the date before it, or else of the next month."""
    number = int(re.sub(r"\D", "", core))
    step = date(last.year + (last.month == 12), last.month % 12 + 1, 1) if number <= last.day else last.replace(day=1)
    if not 1 <= number <= monthrange(step.year, step.month)[1]:
        return (), ()
    return _parsed(f"{step:%Y-%m}-{number:02}", _weekday(found[0].partition(core)[2]), found[0].strip(), last)


def _coming(weekday: int, words: str, today: date) -> Read:
    day = today + timedelta((weekday - today.weekday()) % 7)
    return (day,), (("day_assumed", words, day),)


def _english_weekday(core: str, words: str, today: date) -> Read:
    name = core.split()[-1][:3]
    number = [full[:3].lower() for full in WEEKDAYS_EN].index(name)
    if core.startswith(("this ", "next ")):
        day = parse_date(f"{core[:4]} {name}", today)
        return (day,), (("day_assumed", words, day),) if core.startswith("next") else ()
    return _coming(number, words, today)


def _numbered(core: str, today: date) -> Read:
    """9月第3日曜: the one to come."""
    found = _NUMBERED.fullmatch(core)
    if not found:
        return (), ()
    months = {"今": 0, "来": 1, "再来": 2}
    if found["when"] in months:
        total = today.year * 12 + today.month - 1 + months[found["when"]]
        year, month = divmod(total, 12)
        first = date(year, month + 1, 1)
    else:
        days, _problems = _parsed(f"{_plain(found['when'] + '月', today)}28日", "", core, today)
        if not days:
            return (), ()
        first = days[0].replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    weekday = WEEKDAYS_JA.index(found["day"])
    if found["nth"] == "最終":
        return (last - timedelta((last.weekday() - weekday) % 7),), ()
    nth = int(found["nth"].strip("第 ").translate(str.maketrans("一二三四五", "12345")))
    day = first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return ((day,), ()) if day <= last else ((), ())


def _english(core: str) -> str:
    """As `parse_date` reads it: tue 20 april 2027."""
    found = _ENGLISH.fullmatch(core)
    if not found:
        return core
    month = (found["m1"] or found["m2"] or "").rstrip(".")
    day = found["d1"] or found["d2"]
    if not month:
        return f"{day}日"
    return " ".join(filter(None, (found["weekday"] and found["weekday"][:3], day, month, found["year"])))
