"""Find facts in the words of an entry that its fields lack: a cancellation, a wrong weekday, that it is no event.

Only words with a single meaning lead to a correction; others are only pointed out.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from calendar_app.dates.parse import WEEKDAYS_JA, BadDate, parse_date
from calendar_app.dates.parse_lists import parse_slots

_MARK = r"[【\[〔〈(<《]\s*{words}(?:\s*(?:しました|となりました|になりました|のお知らせ|決定))?\s*[】\]〕〉)>》]"
_STATUS_MARKS = {
    "cancelled": re.compile(_MARK.format(words="(?:開催)?中止")),
    "postponed": re.compile(_MARK.format(words="(?:開催)?延期")),
    "full": re.compile(_MARK.format(words="(?:満員(?:御礼)?|満席|定員に達しました|受付終了)")),
}
_DONE = r"(?:となりました|になりました|となっています|としました|にしました|しました|いたしました|いたします|致します|とします|といたします|決定)"
_STATUS_WORDS = {
    "cancelled": re.compile(rf"中止(?:が|を)?{_DONE}"),
    "postponed": re.compile(rf"延期(?:が|を)?{_DONE}"),
}
_IF = re.compile(
    r"場合|とき|時は|際は|雨天|荒天|悪天候|警報|状況|可能性|ことが|ことも|以外|一部|ほか|次第|満たない|昨年|前回"
)
_SENTENCE = re.compile(r"[。\n！!]")

_NO_EVENT = re.compile(
    r"臨時休(?:館|業|園|場)|休(?:館|業|園|場)日?(?:します|の?お知らせ|について)?$|料金.{0,6}改定|予約.{0,4}停止"
    r"|(?:職員|会計年度任用職員|委員|パブリックコメント).{0,6}募集|(?:工事|断水|通行止め|停電).{0,6}(?:お知らせ|について)"
    r"|(?:利用|使用|貸出|窓口).{0,6}(?:休止|停止|変更)"
)
_HARDLY_EVENT = re.compile(r"(?:受講生|作品|出店者|ボランティア|参加者|団体).{0,6}募集|お知らせ$")
_DATE = re.compile(
    r"(?:(?:(?P<era>令和)?(?P<year>元|\d{1,4})年)?(?P<month>\d{1,2})月|(?P<m>\d{1,2})/)"
    r"(?P<day>\d{1,2})日?\((?P<weekday>[月火水木金土日])(?:曜日?)?(?:[・、][祝休振]日?)?\)"
)


def find_status(title: str, words: str) -> tuple[str, str, str]:
    """Find a status in title and text. Returns the status ("" if none), the words for it, and the title without the mark."""
    for name, mark in _STATUS_MARKS.items():
        if match := mark.search(unicodedata.normalize("NFKC", title)):
            bare = mark.sub("", unicodedata.normalize("NFKC", title)).strip()
            return name, match[0], bare or title
    for sentence in _SENTENCE.split(unicodedata.normalize("NFKC", f"{title}\n{words}")):
        for name, pattern in _STATUS_WORDS.items():
            if pattern.search(sentence) and not _IF.search(sentence):
                return name, sentence.strip()[:80], title
    return "", "", title


def find_announcement_words(title: str) -> tuple[str, bool]:
    """Return the words that make a title an announcement, and whether they are sure; ("", False) for an event."""
    plain = unicodedata.normalize("NFKC", title).strip()
    if match := _NO_EVENT.search(plain):
        return match[0], True
    match = _HARDLY_EVENT.search(plain)
    return (match[0], False) if match else ("", False)


def find_wrong_weekdays(text: str, near: date) -> Iterator[str]:
    """Yield each 「4月15日（木）」 with a wrong weekday. A date without a year is the one nearest to `near`."""
    for match in _DATE.finditer(unicodedata.normalize("NFKC", text)):
        day = _day(match, near)
        if day and WEEKDAYS_JA[day.weekday()] != match["weekday"]:
            yield match[0]


def parse_times(text: str) -> list[tuple[str, str]]:
    """Parse a text that consists of times only: 「10:30~11:30 / 13:00~14:30」. Returns [] for any other text."""
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > 200 or not re.search(r"[~〜\-から/・、].*\d", plain):
        return []
    try:
        return parse_slots(re.sub(r"\s*(?:[/・]|および|と)\s*", "、", plain))
    except BadDate:
        return []


def _day(match: re.Match[str], near: date) -> date | None:
    month, number = int(match["month"] or match["m"]), int(match["day"])
    if year := match["year"]:
        if not match["era"] and year != "元" and len(year) < 4:
            return None
        years = [f"{match['era'] or ''}{year}"]
    else:
        years = [str(near.year + step) for step in (0, -1, 1)]
    days = []
    for year in years:
        try:
            days.append(parse_date(f"{year}年{month}月{number}日", near))
        except BadDate:
            continue
    return min(days, key=lambda day: abs((day - near).days), default=None)
