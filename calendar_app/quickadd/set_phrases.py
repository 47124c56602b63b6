"""Set phrases that notices and imported files share: repeats in words, and amounts.

Only a phrase with a single meaning yields a rule; others yield their words alone.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from calendar_app.dates.parse import WEEKDAYS_JA

MOST = 8  # phrases of each kind in one text; two already make the rule unsure

_ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = r"[月火水木金土日](?:曜日?)?"
_AND = r"[・、,/と〜~]?(?:から)?"
_DAYS = rf"(?P<days>{_DAY}(?:{_AND}{_DAY}){{0,6}})"
# Without 毎週 a weekday is whole (土曜) or one of several (土日): the 日 of 平日, 初日 and 開館日 is no Sunday.
_ALONE = r"(?:(?<![^\W_])|(?<=[のに]))"
_WHOLE_DAYS = rf"{_ALONE}(?=[月火水木金土日](?:曜|[・、,/と〜~]?[月火水木金土日])){_DAYS}"
_HOLIDAY = r"(?:[・、,]?祝日?)?"
_EVERY = re.compile(rf"(?P<each>毎週|隔週|[毎各](?=[月火水木金土日]曜))[の ]?{_DAYS}{_HOLIDAY}")
_ONLY = re.compile(
    rf"(?:(?:期間中|会期中|期間内|開催期間中)[の、]?(?:毎週)?)?(?:(?P<plain>(?<![^\W_の中、])平日)|{_WHOLE_DAYS}){_HOLIDAY}(?:のみ|だけ|に開催)"
)
_BARE_DAYS = re.compile(
    rf"(?:期間中の?|会期中の?)?{_WHOLE_DAYS}{_HOLIDAY}(?=[\s\0、。)\]】のは:]|$|コース|クラス|(?<=曜)の部)(?!の?(?:休み|休館|定休))"
)
_UNKNOWN_DAYS = re.compile(
    r"(?<![^\W_の中、・,])(?:土日祝日?|土日・?祝日?|休日|祝日|祝祭日|休みの日)(?:のみ|だけ|に開催)"
)
_NTHS = (
    r"(?P<nths>(?:第[1-5一二三四五](?:[・、,](?=第?[1-5一二三四五]))?|(?<=[・、,])[1-5一二三四五](?:[・、,](?=第?[1-5一二三四五]))?){1,5}|最終)の?"
    r"(?P<day>[月火水木金土]|日(?=曜))(?:曜日?|(?![一-龠ァ-ヶ]))"
)
_NTH = re.compile(rf"(?P<months>毎月|各月|偶数月|奇数月)の?{_NTHS}")
_BARE_NTH = re.compile(
    rf"(?<!\d月)(?<!\d月の)(?<![今来]月)(?<![今来]月の)(?=[第最毎各偶奇])(?:(?P<months>毎月|各月|偶数月|奇数月)の?)?{_NTHS}(?!目)"
)
_HOLIDAYS_TOO = re.compile(r"[月火水木金土日曜][・、,]?祝")
_NO_HOLIDAYS = re.compile(r"祝日?(?:・?休日)?(?:は|を)(?:除|のぞ|休)")
_MONTHS = {"偶数月": "BYMONTH=2,4,6,8,10,12;", "奇数月": "BYMONTH=1,3,5,7,9,11;"}
_KANJI = str.maketrans("一二三四五", "12345")

_NUMBER = re.compile(r"[約各]?([+-]?\d{1,9}(?:\.\d{1,15})?)(?:円|人|名|組|度|席)?")
_FREE = {"無料", "なし", "無し", "無", "不要"}


@dataclass(frozen=True, slots=True)
class RepeatPhrase:
    """A repeat: its RRULE without an end, the days it skips, and its words."""

    rule: str
    skips: tuple[str, ...]
    words: str
    span: tuple[int, int]  # of the words, in the text folded by NFKC


def find_repeat_phrase(text: str, *, bare: bool = False) -> RepeatPhrase | None:
    """Find the first repeat in a text. Its rule is "" if the text has several, or one with several meanings.

    `bare` also accepts 「第1・第3日曜」 without 毎月: in a text about dates it has no other meaning.
    """
    plain = unicodedata.normalize("NFKC", text)
    numbered = _BARE_NTH if bare else _NTH
    patterns = (numbered, _EVERY, _ONLY, _UNKNOWN_DAYS)
    matches = [(match, pattern) for pattern in patterns for match in islice(pattern.finditer(plain), MOST)]
    matches = [pair for pair in matches if not any(_inside(pair[0], other[0]) for other in matches)]
    if not matches:
        return None
    match, pattern = matches[0]
    sure = len(matches) == 1 and pattern is not _UNKNOWN_DAYS and not _HOLIDAYS_TOO.search(plain)
    rule = (_numbered(match) if pattern is numbered else _weekly(match)) if sure else ""
    plain_days = sure and match.groupdict().get("plain")
    skips = ("holiday",) if plain_days or _NO_HOLIDAYS.search(plain) else ()
    return RepeatPhrase(rule, skips, match[0], match.span())


def find_bare_weekdays(text: str) -> RepeatPhrase | None:
    """Find weekdays without 毎週, as they stand beside a span of dates: 「7/21〜8/20の月・水・金曜日」, 「【木曜日】」."""
    plain = unicodedata.normalize("NFKC", text)
    matches = list(islice(_BARE_DAYS.finditer(plain), 2))
    if len(matches) != 1 or _HOLIDAYS_TOO.search(plain):
        return None
    return RepeatPhrase(_weekly(matches[0]), (), matches[0][0], matches[0].span())


def parse_number(text: str, *, whole: bool) -> int | float | None:
    """Parse 1,000円 as 1000 and 無料 as 0. Returns None for a text that says more than a number, or one not `whole`."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    if whole and plain in _FREE:
        return 0
    match = _NUMBER.fullmatch(plain)
    if not match or (whole and not float(match[1]).is_integer()):
        return None
    return int(float(match[1])) if whole else float(match[1])


def _inside(match: re.Match[str], other: re.Match[str]) -> bool:
    return match is not other and other.start() <= match.start() and match.end() <= other.end() and match[0] != other[0]


def _weekly(match: re.Match[str]) -> str:
    """Write 月・水・金曜日, 月曜日から金曜日 or 平日 as a weekly rule with BYDAY (RFC 5545 3.3.10)."""
    if match.groupdict().get("plain"):
        return f"FREQ=WEEKLY;BYDAY={','.join(_ICAL_DAYS[:5])}"
    bare = re.sub("曜日?", "", match["days"])
    marks = sorted({WEEKDAYS_JA.index(day) for day in bare if day in WEEKDAYS_JA})
    if re.search("から|[~〜]", bare):
        marks = list(range(marks[0], marks[-1] + 1))
    every = "INTERVAL=2;" if match.groupdict().get("each") == "隔週" else ""
    return f"FREQ=WEEKLY;{every}BYDAY={','.join(_ICAL_DAYS[day] for day in marks)}"


def _numbered(match: re.Match[str]) -> str:
    """Write 第1・第3日曜 as a monthly rule with numbered BYDAY."""
    day = _ICAL_DAYS[WEEKDAYS_JA.index(match["day"])]
    nths = re.findall(r"[1-5]", match["nths"].translate(_KANJI)) or ["-1"]
    return f"FREQ=MONTHLY;{_MONTHS.get(match['months'] or '', '')}BYDAY={','.join(nth + day for nth in nths)}"
