"""A repeat rule in words, for languages that have their own words for its pieces but no walk of their own.

Every piece is a phrase of the catalog. Japanese and English are told by `rrule` itself, with their finer points.
"""

from typing import TYPE_CHECKING

from calendar_app.dates import formatting
from calendar_app.text import languages
from calendar_app.text.languages import Words

if TYPE_CHECKING:
    from calendar_app.dates.rrule import Rule

_EVERY = Words(  # once, and every so many
    {
        "ja": {"DAILY": "毎日", "WEEKLY": "毎週", "MONTHLY": "毎月", "YEARLY": "毎年"},
        "en": {"DAILY": "every day", "WEEKLY": "every week", "MONTHLY": "every month", "YEARLY": "every year"},
    }
)
_EVERY_FEW = Words(
    {
        "ja": {"DAILY": "{}日ごと", "WEEKLY": "{}週ごと", "MONTHLY": "{}か月ごと", "YEARLY": "{}年ごと"},
        "en": {
            "DAILY": "every {} days",
            "WEEKLY": "every {} weeks",
            "MONTHLY": "every {} months",
            "YEARLY": "every {} years",
        },
    }
)
_JOINED = Words(
    {
        "ja": {
            "weekly": "毎週{days}",
            "on": "{every}{days}",
            "few_on": "{every}の{days}",
            "only": "{days}（{others}のみ）",
            "in": "{every}{months}",
            "among": "{days}のうち{places}",
            "until": "{said}（{day}まで）",
            "times": "{said}（全{count}回）",
            "each_month": "毎月{days}",
        },
        "en": {
            "weekly": "every {days}",
            "on": "{every} on {days}",
            "few_on": "{every}, on {days}",
            "only": "{days} (only {others})",
            "in": "{every} in {months}",
            "among": "{places} of {days}",
            "until": "{said}, until {day}",
            "times": "{said}, {count} times",
            "each_month": "{days} of every month",
        },
    }
)
_PLACES = (
    Words(  # counted from the start, the last, counted from the end: weekdays, days of the month, days among others
        {
            "ja": {
                "weekday": ("第{n}{day}", "最終{day}", "最後から{n}番目の{day}"),
                "monthday": ("{n}日", "末日", "月末から{n}日目"),
                "place": ("{n}番目の日", "最後の日", "最後から{n}番目の日"),
            },
            "en": {
                "weekday": ("{day} no. {n}", "the last {day}", "{day} no. {n} from the end"),
                "monthday": ("day {n}", "the last day", "day {n} from the end"),
                "place": ("date no. {n}", "the last date", "date no. {n} from the end"),
            },
        }
    )
)
_NAMES = Words({"ja": "・", "en": ", "})


def say(rule: "Rule", lang: str) -> str:
    """每周周二、周五（至2027年3月31日）."""
    words, days = _JOINED[lang], _days(rule, lang)
    plain = rule.byday and not rule.byday[0][0] and not rule.bymonthday and not rule.bysetpos
    once = rule.interval == 1
    every = _EVERY[lang][rule.freq] if once else _EVERY_FEW[lang][rule.freq].format(rule.interval)
    if rule.bymonth:
        months = _joined([formatting.month_name(month, lang) for month in rule.bymonth], lang)
        every = words["in"].format(every=every, months=months)
    if plain and rule.freq != "WEEKLY":
        days = words["weekly"].format(days=days)
    elif rule.freq == "YEARLY" and rule.bymonthday and not rule.bymonth:
        days = words["each_month"].format(days=days)
    if plain and once and rule.freq == "WEEKLY" and not rule.bymonth:
        said = words["weekly"].format(days=days)
    else:
        said = words["on" if once else "few_on"].format(every=every, days=days) if days else every
    return _ended(said, rule, lang)


def _days(rule: "Rule", lang: str) -> str:
    words, names = _JOINED[lang], languages.locale(lang).days["format"]["wide"]
    weekdays = _joined(
        [_place("weekday", nth, lang, names[day]) if nth else names[day] for nth, day in rule.byday], lang
    )
    monthdays = _joined([_place("monthday", day, lang) for day in rule.bymonthday], lang)
    both = words["only"].format(days=monthdays, others=weekdays) if monthdays and weekdays else monthdays or weekdays
    places = _joined([_place("place", n, lang) for n in rule.bysetpos], lang)
    return words["among"].format(days=both, places=places) if places and both else both


def _place(kind: str, number: int, lang: str, day: str = "") -> str:
    first, last, back = _PLACES[lang][kind]
    return (first if number > 0 else last if number == -1 else back).format(n=abs(number), day=day)


def _joined(said: list[str], lang: str) -> str:
    return _NAMES[lang].join(said)


def _ended(said: str, rule: "Rule", lang: str) -> str:
    if rule.until:
        return _JOINED[lang]["until"].format(said=said, day=formatting.say_day(rule.until, lang))
    return _JOINED[lang]["times"].format(said=said, count=rule.count) if rule.count else said
