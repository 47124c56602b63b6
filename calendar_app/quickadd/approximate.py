"""Read dates that are not known to the day (4月中旬, 来年の春, "late April"), and warn of periods without dates (夏休み)."""

import re

from calendar_app.dates.approximate import parse_period, say_period
from calendar_app.dates.formatting import BadDate
from calendar_app.dates.parse import MONTHS
from calendar_app.quickadd.messages import warn, warn_bad_date
from calendar_app.quickadd.reader import Page, claim, original, set_aside, set_value

_YEAR = r"(?:(?:(?:令和|平成|[rh]\.?) ?(?:元|\d{1,2})|\d{4})年の? ?|(?:今年|来年|再来年|本年)の? ?)"
_PART = r"(?:上旬|中旬|下旬|初旬|初め|はじめ|半ば|なかば|末(?!日|っ)|終わり)"
_TO = r" ?(?:~|-|から|より) ?"
_SURE = r"(?: ?\((?:予定|予想|見込み?|日程調整中|調整中|確定)\)|の?(?:予定|予想|見込み))?"
_MONTH = r"(?<!\d)\d{1,2}月"
_ENGLISH_MONTH = rf"(?:{'|'.join(f'{name[:3].lower()}(?:{name[3:].lower()})?' for name in MONTHS)})"
_ENGLISH_PART = r"(?:early|mid|late|(?:the )?(?:beginning|middle|end) of)"
_VAGUE = re.compile(
    rf"(?:例年 ?)?{_YEAR}?{_MONTH}の? ?{_PART}(?:{_TO}(?:{_YEAR}?{_MONTH}の? ?)?{_PART})?(?:まで)?(?:ごろ|ころ|頃)?{_SURE}"
    rf"|(?:例年 ?)?{_YEAR}(?:春|夏|秋|冬)(?![一-龠])(?:ごろ|頃)?{_SURE}"
    rf"|(?:例年 ?){_MONTH}(?:{_TO}{_MONTH})?(?:ごろ|頃)?"
    rf"|{_YEAR}?{_MONTH}(?:{_TO}{_MONTH})?(?:ごろ|頃){_SURE}|{_YEAR}?\d{{1,2}}月?{_TO}{_MONTH}(?!の|分){_SURE}"
    rf"|(?:来年|再来年|今年)の? ?{_MONTH}(?! ?\d|の?(?:毎|第|[月火水木金土日]曜)){_SURE}"
    rf"|\b{_ENGLISH_PART}[ -](?:(?:to|-) ?{_ENGLISH_PART}[ -])?{_ENGLISH_MONTH}\b\.?(?:,? \d{{4}})?"
    r"|\b(?:spring|summer|autumn|fall|winter) \d{4}"
)
_BARE = re.compile(rf"{_YEAR}{_MONTH}(?!\s?\d){_SURE}|{_MONTH}(?=$|[ \n\0]){_SURE}")
_WORDS = re.compile(
    r"(?:夏|冬|春)休み(?:期間中?|中)?|(?:ゴールデン|シルバー)ウィーク(?:期間中?|中)?|\bgw(?:期間中?|中)?(?![a-z])|年末年始|お盆(?:期間中?|中)?"
    r"|(?:開催)?期間中|会期中|随時|(?:開催)?(?:日時|日程|日にち|期日|日)は?未定|\b(?:summer|winter|spring|school) holidays?\b|\bgolden week\b"
)


def read_approximate_date(page: Page, spans: list[tuple[int, int]], *, labelled: bool) -> bool:
    """Fill in an approximate date and return True; without one, warn of a word that names a period, and return False.

    A bare month (4月) counts only in text behind a label.
    """
    for pattern in (_VAGUE, _BARE) if labelled else (_VAGUE,):
        for start, end in spans:
            for match in pattern.finditer(page.plain, start, end):
                if _fill(page, match):
                    return True
    for start, end in spans:
        if word := _WORDS.search(page.plain, start, end):
            warn(page, "period_word", "start_date", words=original(page, *word.span()))
            if re.fullmatch(r"\W?", page.plain[word.end() : word.end() + 1]):  # otherwise the word is part of a name
                set_aside(page, word.span())
            break
    return False


def _fill(page: Page, match: re.Match[str]) -> bool:
    typed = match[0].replace("まで", "")
    try:
        period = parse_period(typed, page.today)
    except BadDate as error:
        warn_bad_date(page, error.code, "start_date", error)
        return False
    if period is None:
        return False
    value = say_period(period.first, period.last, period.precision, "confirmed", page.lang)
    if not set_value(page, "start_date", value):
        return False
    set_value(page, "certainty", period.certainty)
    meaning = say_period(period.first, period.last, period.precision, period.certainty, page.lang)
    claim(page, match.span(), "start_date", meaning)
    return True
