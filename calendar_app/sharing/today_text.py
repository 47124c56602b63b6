"""Say in plain text what is on today, one sentence a line, for voice assistants and signs without a browser."""

from collections.abc import Sequence
from datetime import date

from calendar_app.dates import formatting
from calendar_app.db.models import Announcement, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.text import labels, languages
from calendar_app.text.languages import Words

_NONE = Words({"ja": "{day}の催しはありません。", "en": "{day}: no events."})
_COUNT = Words({"ja": "{day}の催し：{count}件。", "en": "{day}, events: {count}."})
_SENTENCE = Words({"ja": "{}。", "en": "{}."})


def text(
    occurrences: Sequence[Occurrence], emergencies: Sequence[Announcement], site_view: SiteView, today: date
) -> str:
    """Return the emergencies in force, how many dates there are, and the dates: those with a time first, by their start."""
    lang = site_view.lang
    day = formatting.say_date(today, lang, today=today)
    mark = labels.IMPORTANCE_MARKS["emergency"]
    warnings = [labels.marked(describe.text(each, "title", lang), mark, lang) for each in emergencies]
    head = _COUNT[lang].format(day=day, count=len(occurrences)) if occurrences else _NONE[lang].format(day=day)
    dates = sorted(occurrences, key=lambda each: (not _timed(each, today), each.start, each.id))
    lines = [*(_SENTENCE[lang].format(each) for each in warnings), head, *(_line(each, lang, today) for each in dates)]
    return "".join(f"{line}\n" for line in lines)


def _line(occurrence: Occurrence, lang: str, today: date) -> str:
    """Return hours, title, place and note of a date as one sentence."""
    event, status = occurrence.event, describe.status(occurrence)
    title = labels.marked(describe.text(event, "title", lang), labels.STATUS_MARKS[status], lang)
    place = describe.place(occurrence.venue or event.venue, lang)
    note = describe.remark(event, occurrence.note or event.reason, lang)
    parts = [_hours(occurrence, lang) if _timed(occurrence, today) else "", title, place.name if place else "", note]
    return _SENTENCE[lang].format(languages.comma(lang).join(filter(None, parts)).rstrip("。."))


def _timed(occurrence: Occurrence, today: date) -> bool:
    """Whether a date begins today at a known hour."""
    return not occurrence.event.all_day and occurrence.first_day == today


def _hours(occurrence: Occurrence, lang: str) -> str:
    return formatting.say_time(occurrence.wall_start.time(), lang)
