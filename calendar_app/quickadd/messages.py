"""The sentences shown to the person who types: the meaning of dates and times, and warnings. Japanese and English."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from calendar_app.dates import formatting
from calendar_app.dates.parse import BadDate, message
from calendar_app.quickadd.reader import Page, add_doubt
from calendar_app.text import languages

_DOUBTS = {
    "day_assumed": {"ja": "「{words}」を{day}と読みました。", "en": "“{words}” was read as {day}."},
    "past": {"ja": "{day}はもう過ぎています。", "en": "{day} is past already."},
    "year_assumed": {
        "ja": "年が書かれていないので、{day.year}年と読みました。",
        "en": "No year is written: {day.year} was assumed.",
    },
    "long": {
        "ja": "{first}から{last}までの長い期間と読みました。年を確かめてください。",
        "en": "This is a long time, from {first} to {last}. Please check the years.",
    },
    "half_assumed": {
        "ja": "「{words}」を{times}と読みました。午前か午後かを確かめてください。",
        "en": "“{words}” was read as {times}. Please check: morning or afternoon?",
    },
    "daily_times": {
        "ja": "時刻は、初日の開始と最終日の終了として入れました。毎日の時刻なら、概要にも書いてください。",
        "en": "The times became the start of the first day and the end of the last. If they are those of every day,"
        " please say so in the summary.",
    },
    "more_dates": {
        "ja": "ほかの日付「{words}」は日時に入れていません。",
        "en": "Another date, “{words}”, is not among the dates of the event.",
    },
    "more_times": {
        "ja": "ほかの時刻「{words}」は日時に入れていません。",
        "en": "Another time, “{words}”, is not among the times of the event.",
    },
    "end_only": {
        "ja": "「{words}」だけでは、始まりの時刻がわかりません。",
        "en": "“{words}” does not say when it begins.",
    },
    "aside_time": {
        "ja": "「{words}」は始まりの時刻ではないので、日時に入れていません。",
        "en": "“{words}” is not when it begins, so it is not among the times.",
    },
    "period_word": {
        "ja": "「{words}」が何日から何日までかは、こちらではわかりません。日付を入れてください。",
        "en": "What days “{words}” means is not known here. Please write the dates.",
    },
    "first_assumed": {
        "ja": "始まりの日が書かれていないので、次の{day}からとしました。",
        "en": "No first day is written: it begins with the next one, {day}.",
    },
    "repeat_unread": {
        "ja": "「{words}」という繰り返しは、読み取れませんでした。",
        "en": "The repeat “{words}” could not be read.",
    },
    "weekly_assumed": {
        "ja": "「{words}」を{meaning}と読みました。",
        "en": "“{words}” was read as {meaning}.",
    },
    "first_moved": {
        "ja": "「{words}」は繰り返しの日ではないので、最初の回を{day}としました。",
        "en": "“{words}” is no day of the repeat: it begins on {day}.",
    },
    "total_differs": {
        "ja": "「{words}」と書かれていますが、読み取った日程は{number}日です。",
        "en": "The text says “{words}”, but the dates that were read are {number}.",
    },
    "left_out_beyond": {
        "ja": "「{words}」は、読み取った期間の外です。",
        "en": "“{words}” is outside the dates that were read.",
    },
    "not_held": {
        "ja": "「{words}」は、開かない日のようです。日付を確かめてください。",
        "en": "“{words}” seems to be a day on which nothing takes place. Please check the dates.",
    },
    "time_unread": {
        "ja": "「{words}」は読み取れなかったので、日時に入っていません。",
        "en": "“{words}” was not understood, so the dates and times do not follow it.",
    },
    "time_in_title": {
        "ja": "題名に残った「{words}」は、日時に入っていません。",
        "en": "“{words}”, which is left in the title, is not among the dates and times.",
    },
    "slots_assumed": {
        "ja": "「{words}」を、同じ日の別の回と読みました。",
        "en": "“{words}” was read as a further time of the same day.",
    },
    "own_hours": {
        "ja": "「{words}」を{day} {times}と読みました。",
        "en": "“{words}” was read as {day}, {times}.",
    },
    "place_assumed": {
        "ja": "「{words}」を、登録済みの「{name}」と読みました。",
        "en": "“{words}” was read as the known venue “{name}”.",
    },
    "place_unsure": {
        "ja": "「{words}」は、{names}のどれでしょうか。場所を選んでください。",
        "en": "Is “{words}” {names}? Please choose the venue.",
    },
    "place_new": {
        "ja": "「{words}」は登録されていない場所です。新しい場所として加えます。",
        "en": "“{words}” is not a known venue. It will be added as a new one.",
    },
    "place_unknown": {
        "ja": "「{words}」とあるので、場所は入れていません。",
        "en": "It says “{words}”, so no venue was filled in.",
    },
    "deadline_late": {
        "ja": "申込の締切（{day}）が、開催日より後になっています。",
        "en": "The last day to apply ({day}) is after the event.",
    },
    "deadline_before": {
        "ja": "申込の締切に年がないので、開催日の前の{day}と読みました。",
        "en": "The last day to apply has no year: it was read as {day}, before the event.",
    },
    "too_long": {
        "ja": "{most}字を超えた部分は読んでいません。",
        "en": "What is beyond {most} characters was not read.",
    },
    "cut": {"ja": "長すぎる部分は概要に残しました。", "en": "What was too long for its field stays in the details."},
}
_NEXT_DAY = {"ja": "翌日の{}", "en": "{} the next day"}
_SPAN = {"ja": "{}〜{}", "en": "{}–{}"}
_SINCE = {"ja": "{}から", "en": "from {}"}


def warn(page: Page, code: str, field: str, **parameters: object) -> None:
    """Add a doubt in the page's language. Dates in `parameters` are written out in words."""
    spoken = {
        name: formatting.say_date(value, page.lang) if isinstance(value, date) and code != "year_assumed" else value
        for name, value in parameters.items()
    }
    add_doubt(page, code, field, _DOUBTS[code][page.lang].format(**spoken))


def warn_bad_date(page: Page, code: str, field: str, error: BadDate) -> None:
    """Add the message of a date error as a doubt."""
    add_doubt(page, code, field, message(error, page.lang))


def say_days(first: date, last: date, lang: str) -> str:
    """Write a span of days, both inclusive, in words."""
    return formatting.say_when(datetime.combine(first, time()), datetime.combine(last, time()), True, lang)


def say_list(days: Iterable[date], lang: str) -> str:
    """Write a list of days in words: the first in full, the others without its year."""
    first, *rest = days
    phrases = [formatting.say_date(first, lang), *(formatting.say_date(day, lang, today=first) for day in rest)]
    return languages.comma(lang).join(phrases)


def say_clock_time(since: timedelta, lang: str) -> str:
    """Write a duration since midnight as a clock time: 午前10時; past midnight 翌日の午前1時30分."""
    spoken = formatting.say_time((datetime.min + since).time(), lang)
    if since < timedelta(days=1):
        return spoken
    return _NEXT_DAY[lang].format(spoken)


def say_time_span(begin: timedelta | None, until: timedelta | None, lang: str) -> str:
    """Write a start and an end, of which one may be missing, in words."""
    times = [say_clock_time(time, lang) if time is not None else "" for time in (begin, until)]
    return (_SPAN if times[1] else _SINCE)[lang].format(*times)
