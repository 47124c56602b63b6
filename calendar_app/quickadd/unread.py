"""Find words of time that no reader understood, and warn of them: a reading that leaves some unread may be false."""

import re

from calendar_app.quickadd.clock_times import scan_times
from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import BLANK, Page, hidden, original, to_plain, without_addresses

MOST = 6  # doubts of this kind
_CLAUSE = re.compile(rf"[^\n。{BLANK}]+")
_SHOWN = 40  # letters
_WEEKDAY = r"(?<![^\W_])(?:[月火水木金土日]曜|[月火水木金土日][・、,/][月火水木金土日](?![^\W_])|土日)"
_TIME = re.compile(
    r"\d月(?!号)|(?<![\d/])\d{1,2} ?\([月火水木金土日][)・曜]|[一二三四五六七八九十]月[一二三四五六七八九十]|(?<![第\d全約計各/])\d{1,2}日(?!間)|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"
    r"|\d{1,2}:\d\d|\d時(?!間|代)|(?:毎|隔|各)(?:週|月|日(?!先着)|回(?!の?\d*[名人組]))|[月火水木金土]曜|(?<![^\W_の])日曜|土日|平日|休日|祝日|初日|最終日|前日|翌|\d日目"
    r"|(?:開催|実施|休館|定休|開館)日(?!程|時)|[週月]間?前まで|除[くきい]|以外|休み(?!の[^\W_])|休[館講業演](?!日カレンダー)|順延|延期|原則(?!\w)|の(?:ある|ない)日|未定|不定期|随時|なくなり次第"
    r"|(?:全|計)\d+回|\d+回(?:コース|シリーズ|連続)|[月年週]\d+回|\d+(?:日間|泊|週間)|日没|日の入り?|日の出|夜明け|正午|\d(?:ごろ|頃)|(?:上|中|下)旬|奇数|偶数"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:week(?:day|end)s?|daily|except|closed)\b|\d ?[ap]\.?m\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|\bnot (?:take place|be held)"
)
_IDLE = re.compile(  # words of time that move no date
    r"長期間イベント|(?:期間中[の、]?)?(?:開館|営業|開庁|開園)日(?:に開催|のみ開催|のみ|に限り)|当日受付|(?:定員|予約)(?:に達し|になり|が埋まり)次第[^。\n]{0,8}"
    r"|変更(?:になる|する|となる)?(?:場合|こと)が[^。\n]{0,8}|(?:各|毎)[日回](?:先着|定員)?[^。\n\d]{0,3}\d+[名人組]|1日\d?券|毎年恒例|お休みの日"
)
_TITLE = re.compile(
    r"\d{1,2}月 ?\d{1,2}日|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])|\d{1,2}:\d\d|\d時(?!間|代)|毎週|毎月|隔週|未定|を除く|(?:日|曜)のみ|[月火水木金土日]曜日|(?<![^\W_])[月火水木金土日][・][月火水木金土日](?![^\W_])"
    r"|(?:令和|来年|今年)?\d*年?\d{1,2}月(?=$|[\s~〜-]|中)|\d{1,2}日(?=$|\s)"
)
_NEGATED = re.compile(r"\b(?:not take place|not be held|no (?:class|collection|service))\b", re.IGNORECASE)
_SIDE = re.compile(r"(?:受付|集合|開場)(?:時間)?$|コース$|行程$")
_DATED = re.compile(
    r"\d{1,2}月 ?\d{1,2}日|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])|\b(?:by|until) [a-z]+ \d{1,2}\b[^\n]{0,10}"
)
_CLOSING = re.compile(
    r"[^\n。、]*(?:\d{1,2}月 ?\d{1,2}日|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])|\d[日週月](?:間)?前)[^\n。、]*"
)
_APPLYING = re.compile(r"申|予約|締|応募|〆")


def warn_unread(page: Page, sections: list[Section]) -> None:
    """Warn of each clause that names a time and that nobody claimed. `page` is read, but for its leftovers."""
    plain = hidden(without_addresses(page.plain), page.aside)
    plain = _IDLE.sub(lambda match: BLANK * len(match[0]), plain)
    clauses = [
        match
        for section in sections
        if section.kind in ("", "when", "clock", "place")
        for match in _CLAUSE.finditer(plain, section.start, section.end)
        if _TIME.search(match[0])
    ]
    for match in clauses[:MOST]:
        start, end = _cut(match)
        field = "deadline_date" if _APPLYING.search(match[0]) else "start_date"
        warn(page, "time_unread", field, words=original(page, start, end).strip(" 　、,()（）※・"))
    _warn_of_notes(page)
    _warn_of_side_times(page, sections)
    _warn_of_deadlines(page, sections)
    title = str(page.values.get("title", ""))
    if negated := _NEGATED.search(title):
        warn(page, "not_held", "start_date", words=negated[0])
    if word := _TITLE.search(title):
        warn(page, "time_in_title", "start_date", words=word[0])


def _warn_of_notes(page: Page) -> None:
    """Warn of dates that were copied with the words of a fee or a facility."""
    for name in ("fee_note", "facilities_note"):
        if match := _DATED.search("".join(map(to_plain, str(page.values.get(name, ""))))):
            warn(page, "time_unread", "deadline_date", words=match[0])


def _warn_of_side_times(page: Page, sections: list[Section]) -> None:
    """Warn if the only time is that of 受付 or 集合, which stands in a part of its own."""
    if page.values.get("start_time") or "start_date" not in page.values:
        return
    for section in sections:
        text = "".join(map(to_plain, original(page, section.start, section.end)))
        if _SIDE.match(section.label) and next(scan_times(text), None):
            warn(page, "aside_time", "start_time", words=f"{section.label} {text[:_SHOWN]}")


def _warn_of_deadlines(page: Page, sections: list[Section]) -> None:
    """Warn of a date in the part about applying if no deadline was read: 「開催日の1週間前まで」, 「5月7日」."""
    if "deadline_date" in page.values or "open_date" in page.values:
        return
    for section in sections:
        text = "".join(map(to_plain, original(page, section.start, section.end)))
        if section.kind == "apply" and (match := _CLOSING.search(text)):
            warn(page, "time_unread", "deadline_date", words=match[0][:_SHOWN])


def _cut(match: re.Match[str]) -> tuple[int, int]:
    """Return the span of a clause, or of its part around the word of time where it is long."""
    start, end = match.span()
    if end - start <= _SHOWN:
        return start, end
    word = _TIME.search(match[0])
    at = start + (word.start() if word else 0)
    return max(start, at - _SHOWN // 2), min(end, at + _SHOWN // 2)
