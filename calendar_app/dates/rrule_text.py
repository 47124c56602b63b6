"""Write a repeat rule in words. Japanese and English have functions of their own, for their finer points;
other languages combine phrases of their catalog.
"""

from dataclasses import replace

from calendar_app.dates import formatting, rrule
from calendar_app.dates.rrule import Rule, parse
from calendar_app.text import languages
from calendar_app.text.languages import Words

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


def _say_by_catalog(rule: "Rule", lang: str) -> str:
    """Write a rule with the phrases of a catalog: 每周周二、周五（至2027年3月31日）."""
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
        phrase = words["weekly"].format(days=days)
    else:
        phrase = words["on" if once else "few_on"].format(every=every, days=days) if days else every
    return _ended(phrase, rule, lang)


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


def _joined(words: list[str], lang: str) -> str:
    return _NAMES[lang].join(words)


def _ended(phrase: str, rule: "Rule", lang: str) -> str:
    if rule.until:
        return _JOINED[lang]["until"].format(said=phrase, day=formatting.say_day(rule.until, lang))
    return _JOINED[lang]["times"].format(said=phrase, count=rule.count) if rule.count else phrase


_UNITS = {
    "DAILY": {"ja": "日", "en": "day"},
    "WEEKLY": {"ja": "週", "en": "week"},
    "MONTHLY": {"ja": "か月", "en": "month"},
    "YEARLY": {"ja": "年", "en": "year"},
}


# Not from the standard library, whose names follow the locale of the machine.
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def say(rule: str, lang: str) -> str:
    """Write a rule in words: 「毎月第2土曜日（2027年3月31日まで）」, "every Tuesday and Friday, until 31 March 2027".

    A weekday or day of the month that the rule takes from its start is not named.
    """
    walk = {"ja": _say_ja, "en": _say_en}.get(lang)
    return walk(parse(rule)) if walk else _say_by_catalog(parse(rule), lang)


def rhythm(rule: str, lang: str) -> str:
    """Write how a rule repeats, as short as lists need it: 「毎週火・金曜」, "every Tuesday and Friday".

    Its end is left out, since the next date counts; only what happens every day says until when.
    """
    parsed = parse(rule)
    phrase = say(rrule.write(replace(parsed, until=None, count=None)), lang).replace("曜日", "曜")
    if parsed.freq == "DAILY" and parsed.until:
        return _JOINED[lang]["until"].format(said=phrase, day=formatting.say_day(parsed.until, lang, year=False))
    return phrase


def _say_ja(rule: Rule) -> str:
    unit = _UNITS[rule.freq]["ja"]
    every = f"{rule.interval}{unit}ごと" if rule.interval > 2 else "毎隔"[rule.interval - 1] + unit[-1]
    months = "・".join(f"{month}月" for month in rule.bymonth)
    days = _days_ja(rule)
    # 「毎週土曜日」 needs no の; 「3週ごとの土曜日」 and 「毎月の毎週土曜日」 do.
    heavy = bool(rule.bysetpos) or days.startswith("毎")
    if rule.freq == "YEARLY" and months:
        every += "の" * (rule.interval > 2) + months
        heavy = heavy or len(rule.bymonth) > 1
    else:
        every = f"{months}の{every}" if months else every
        heavy = heavy or rule.interval > 2
    if rule.freq == "DAILY" and days:
        return f"{every}（{days}のみ）{_end_ja(rule)}"
    return every + "の" * bool(heavy and days) + days + _end_ja(rule)


def _days_ja(rule: Rule) -> str:
    days = [f"{day}日" if day > 0 else "末日" if day == -1 else f"月末から{-day}日目" for day in rule.bymonthday]
    monthdays, weekdays = "・".join(days), _weekdays_ja(rule)
    both = f"{monthdays}（{weekdays}のみ）" if monthdays and weekdays else monthdays or weekdays
    if rule.freq == "YEARLY" and monthdays and not rule.bymonth:
        both = f"毎月{both}"
    if not rule.bysetpos:
        plain = weekdays and not monthdays and not rule.byday[0][0]
        return f"毎週{both}" if plain and rule.freq in ("MONTHLY", "YEARLY") else both
    places = [{1: "最初", -1: "最後"}.get(n, f"{n}番目" if n > 0 else f"最後から{-n}番目") for n in rule.bysetpos]
    return f"{both}のうち{'・'.join(places)}の日" if both else both


def _weekdays_ja(rule: Rule) -> str:
    """Write weekdays: 火・金曜日, 第2・第4土曜日, 第1月曜日・第3水曜日"""
    nths = [{0: "", -1: "最終"}.get(n, f"第{n}" if n > 0 else f"最後から{-n}番目の") for n, _ in rule.byday]
    names = ["月火水木金土日"[day] for _, day in rule.byday]
    if len(set(names)) == 1:
        return f"{'・'.join(nths)}{names[0]}曜日"
    if any(nths):
        return "・".join(f"{nth}{name}曜日" for nth, name in zip(nths, names, strict=True))
    return f"{'・'.join(names)}曜日" if names else ""


def _end_ja(rule: Rule) -> str:
    if rule.until:
        return f"（{rule.until.year}年{rule.until.month}月{rule.until.day}日まで）"
    return f"（全{rule.count}回）" if rule.count else ""


def _say_en(rule: Rule) -> str:
    unit = _UNITS[rule.freq]["en"]
    every = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    days = _days_en(rule)
    if rule.freq == "WEEKLY" and rule.interval == 1 and days:
        phrase = f"every {days}"
    else:
        phrase = every + (f"{', only' * (rule.freq == 'DAILY')} on {days}" if days else "")
    if rule.bymonth:
        preposition = "of" if rule.freq == "YEARLY" and days else "in"
        phrase += f" {preposition} {_and([_MONTHS_EN[month - 1] for month in rule.bymonth])}"
    if rule.until:
        return f"{phrase}, until {rule.until.day} {_MONTHS_EN[rule.until.month - 1]} {rule.until.year}"
    if rule.count:
        return f"{phrase}, once" if rule.count == 1 else f"{phrase}, {rule.count} times"
    return phrase


def _days_en(rule: Rule) -> str:
    every = "every " if rule.freq in ("MONTHLY", "YEARLY") and not (rule.bymonthday or rule.bysetpos) else ""
    names = [f"the {_nth_en(n)} {_WEEKDAYS_EN[day]}" if n else every + _WEEKDAYS_EN[day] for n, day in rule.byday]
    weekdays = _and(names)
    monthdays = _and([f"the {_nth_en(day)}{' day' * (day < 0)}" for day in rule.bymonthday])
    if monthdays and rule.freq == "YEARLY" and not rule.bymonth:
        monthdays += " of every month"
    both = f"{monthdays} (only {weekdays})" if monthdays and weekdays else monthdays or weekdays
    places = _and([_nth_en(n) for n in rule.bysetpos])
    return f"the {places} day among {both}" if places and both else both


def _nth_en(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_nth_en(-number)} to last"
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 // 10 != 1 else "th"
    return f"{number}{suffix}"


def _and(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
