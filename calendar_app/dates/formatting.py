"""Write dates and times for pages and feeds, in local time; `lang` is a code of `languages`.

All-day ends are the last day, inclusive. `dates.parse` reads typed dates; this module exports both.
"""

import calendar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jpholiday
from babel.dates import format_time

from calendar_app.dates.format_phrases import (
    DATE,
    DAY,
    HOLIDAY,
    MONTH,
    MONTH_NAMES,
    SHORT_DATE,
    SPAN,
    TIME,
    WEEKDAYS,
    WHEN,
)
from calendar_app.dates.parse import ERAS, BadDate, message, parse_date, parse_time
from calendar_app.text import countries, languages

__all__ = [
    "BadDate",
    "era",
    "fiscal_end",
    "fiscal_era",
    "fiscal_start",
    "fiscal_year",
    "holiday",
    "holiday_name",
    "holiday_word",
    "iso",
    "message",
    "month_title",
    "month_weeks",
    "parse_date",
    "parse_time",
    "say_date",
    "say_day",
    "say_era_date",
    "say_span",
    "say_time",
    "say_when",
    "weekday",
    "weekend",
]

HOLIDAY_YEARS = range(1949, 2101)  # from the law of July 1948; equinoxes after 2100 are uncertain

_SMALL_HOURS = time(6)  # an end before this belongs to the evening before, as 25:30 does when typed


def holiday(day: date) -> str:
    """Return the name of the public holiday in the country's own language, or ""."""
    here = countries.here()
    return _holidays(here.code, here.region, here.language, day.year).get(day, "")


def holiday_name(day: date, lang: str) -> str:
    """Return the name of the public holiday for readers of the country's language; "" for others, and on other days."""
    return holiday(day) if lang == countries.here().language else ""


def holiday_word(day: date, lang: str) -> str:
    """Return the mark beside the weekday: 祝, 振休, "holiday", 休みの日, or ""."""
    name = holiday(day)
    return HOLIDAY[lang]["振替休日" in name] if name else ""


def weekday(day: date, lang: str) -> str:
    """Return the weekday: 木, "Thu", 木曜日, 周四."""
    if lang in WEEKDAYS:
        return WEEKDAYS[lang][day.weekday()]
    return str(languages.locale(lang).days["format"]["abbreviated"][day.weekday()])


def weekend(day: date) -> tuple[date, date]:
    """Return the coming Saturday and Sunday, or the present ones."""
    sunday = day + timedelta(6 - day.weekday())
    return sunday - timedelta(1), sunday


def fiscal_year(day: date) -> int:
    """Return the fiscal year of a day; in Japan the 年度, April to March."""
    return day.year if day.month >= countries.here().fiscal_month else day.year - 1


def fiscal_end(day: date, years: int = 0) -> date:
    """Return the last day of the fiscal year of `day`, or of one so many years later."""
    return fiscal_start(fiscal_year(day) + 1 + years) - timedelta(1)


def fiscal_start(year: int) -> date:
    """Return the first day of a fiscal year."""
    return date(year, countries.here().fiscal_month, 1)


def era(day: date) -> str:
    """Return the era year: 令和9年, 令和元年, 平成31年; before Meiji the western year."""
    for first, name, _ in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    return f"{day.year}年"


def fiscal_era(year: int) -> str:
    """Return 令和9年度 for the fiscal year that begins in April of `year`. 2019 is 令和元年度, although it began in 平成."""
    return f"{era(date(year, 5, 1))}度"


def month_title(year: int, month: int, lang: str) -> str:
    """Return the heading of a month: 2027年4月, "April 2027"."""
    return MONTH[lang].format(year=year, month=month, name=_name(month, lang, "wide"))


def month_name(month: int, lang: str) -> str:
    """Return the short name of a month: 4月, "Apr"."""
    return _name(month, lang, "abbreviated")


def month_weeks(year: int, month: int) -> list[list[date]]:
    """Return the weeks that cover the month. They begin on the weekday on which weeks begin in the country."""
    return calendar.Calendar(countries.here().first_weekday).monthdatescalendar(year, month)


def iso(start: datetime, all_day: bool, timezone: str) -> str:
    """Format for <time datetime>: 2027-04-15, or 2027-04-15T10:00+09:00."""
    if all_day:
        return start.date().isoformat()
    return start.replace(tzinfo=ZoneInfo(timezone)).isoformat(timespec="minutes")


def say_date(day: date, lang: str, *, today: date | None = None) -> str:
    """Return 2027年4月15日（木）, "Thu 15 Apr 2027"; without the year when it is that of `today`."""
    return _say(day, DATE[lang], lang, year=today is None or day.year != today.year)


def say_day(day: date, lang: str, *, year: bool = True) -> str:
    """Return a day without its weekday: 2027年4月15日, "15 Apr 2027"."""
    whole, its_year = DAY[lang]
    return whole.format(day=day, name=month_name(day.month, lang), year=its_year.format(day.year) if year else "")


def say_era_date(day: date) -> str:
    """Return 令和9年4月15日, to stand beside the western date."""
    return f"{era(day)}{day.month}月{day.day}日"


def say_time(at: time, lang: str) -> str:
    """Return a time of day: 午前10時, 正午, 午後0時30分, 午前0時; "10:00"; 昼の12時; 오전 10:00."""
    if lang not in TIME:
        return _time(at, lang)
    half = "am" if at.hour < 12 else "pm"
    if at.hour == 12:
        half = "past" if at.minute else "noon"
    return TIME[lang][half].format(at=at, hour=at.hour % 12, minutes=f"{at.minute}分" if at.minute else "")


def say_when(start: datetime, end: datetime | None, all_day: bool, lang: str, *, today: date | None = None) -> str:
    """Write start and end in one line. The second date omits what the first has stated."""
    first, last = start.date(), (end or start).date()
    if all_day:
        return _say_days(first, last, lang, today) if first < last else say_date(first, lang, today=today)
    return WHEN[lang][_shape(start, end)].format(
        day=say_date(first, lang, today=today),
        begin=say_time(start.time(), lang),
        until=say_date(last, lang, today=first),
        finish=say_time((end or start).time(), lang),
    )


def say_span(start: datetime, end: datetime | None, all_day: bool, lang: str) -> str:
    """Return the short form for lists and cards, without a year: 4/15(木) 10:00–12:00, "Thu 15 Apr 10:00–12:00"."""
    days = [_say(moment.date(), SHORT_DATE[lang], lang, year=False) for moment in (start, end or start)]
    short = lang if languages.plain(lang) else "en"  # the hours of the clock, but where they might be misread
    times = [say_time(moment.time(), short) for moment in (start, end or start)]
    if all_day and days[0] == days[1]:
        return days[0]
    phrase = SPAN[lang]["whole" if all_day else _shape(start, end)]
    return phrase.format(day=days[0], until=days[1], begin=times[0], finish=times[1])


def _name(month: int, lang: str, width: str) -> str:
    if lang in MONTH_NAMES:
        return MONTH_NAMES[lang][width][month - 1]
    return str(languages.locale(lang).months["format"][width][month])


@lru_cache(maxsize=24 * 60)
def _time(at: time, lang: str) -> str:
    locale = languages.locale(lang)
    pattern = str(locale.time_formats["short"].pattern).replace("a", "aaaa")  # 오전, which its short form writes as AM
    return str(format_time(at, pattern, locale=locale))


@lru_cache(maxsize=len(HOLIDAY_YEARS))
def _holidays(code: str, region: str, language: str, year: int) -> dict[date, str]:
    """Return the holidays of a year. Those of Japan keep the names and the years that calendars already carry."""
    if year not in HOLIDAY_YEARS:
        return {}
    if code == "JP":
        return dict(jpholiday.year_holidays(year))
    from holidays import country_holidays  # takes half a second, and Japan needs none of it

    known = country_holidays(code, years=())
    own = next((name for name in known.supported_languages if name.startswith(language)), known.default_language)
    return dict(country_holidays(code, subdiv=region or None, years=year, language=own))


def _say(day: date, phrases: tuple[str, str, str], lang: str, *, year: bool) -> str:
    """Fill the phrases of DATE or SHORT_DATE."""
    whole, its_year, its_mark = phrases
    word = holiday_word(day, lang)
    return whole.format(
        day=day,
        name=month_name(day.month, lang),
        weekday=weekday(day, lang),
        year=its_year.format(day.year) if year else "",
        mark=its_mark.format(word) if word else "",
    )


def _say_days(first: date, last: date, lang: str, today: date | None) -> str:
    begin, until = say_date(first, lang, today=today), say_date(last, lang, today=first)
    if languages.formal(lang) and (first.year, first.month) == (last.year, last.month):
        until = until.partition("月")[2]
    if _year_last(lang):
        begin, until = _days_with_year_last(first, last, lang, today)
    return WHEN[lang]["whole"].format(day=begin, until=until)


def _year_last(lang: str) -> bool:
    """Tell whether a date ends with its year. The language's own phrase decides, so that no other list can contradict it."""
    whole = DATE[lang][0]
    return whole.index("{year}") > whole.index("{day.day")


def _days_with_year_last(first: date, last: date, lang: str, today: date | None) -> tuple[str, str]:
    """Write a shared year once, at the end; leave out holidays, which would seem to name the whole span."""
    both = first.year != last.year
    year = both or today is None or last.year != today.year
    return _say(first, SHORT_DATE[lang], lang, year=both), _say(last, SHORT_DATE[lang], lang, year=year)


def _shape(start: datetime, end: datetime | None) -> str:
    """Return the key of the phrase in WHEN and SPAN for a timed event."""
    if end is None:
        return "open"
    if end == start:
        return "moment"
    if end.date() == start.date():
        return "day"
    if end.date() - start.date() != timedelta(1) or end.time() >= _SMALL_HOURS:
        return "days"
    return "night" if end.time() > time() else "midnight"
