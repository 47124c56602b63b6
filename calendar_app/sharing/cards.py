"""Compose an entry's share cards and keep their files. A file is drawn once and named by its content.

The files are in the instance's `cards` folder and may be deleted at any time.
"""

import hashlib
import os
import re
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from pathlib import Path

from calendar_app.dates import approximate, formatting
from calendar_app.db.models import Announcement, Entry, Event
from calendar_app.entries import describe, photos
from calendar_app.entries.urls import SiteView
from calendar_app.sharing import fonts, kit
from calendar_app.sharing.card_content import Card, CardDay
from calendar_app.text import labels, languages
from calendar_app.text.languages import Words

SIZES = {"og": (1200, 630), "square": (1080, 1080), "story": (1080, 1920)}
MOST = 3000  # files, each of about 100 kB
TONES = {"cancelled": "bad", "postponed": "warn", "full": "warn", "rescheduled": "note", "moved_online": "note"}
IMPORTANT = {"important": "warn", "emergency": "bad"}
SEASONS = tuple(season for season in ("spring", "summer", "autumn", "winter") for _ in range(3))  # by month, from March

_MORE = Words({"ja": "ほか", "en": "and more"})
_FROM = Words({"ja": "{}から", "en": "from {}"})
_YEAR = Words({"ja": "{}年", "en": "{}"})

# One drawing at a time: it takes tens of milliseconds of CPU and 40 MB.
_drawing = threading.Lock()


def card(entry: Entry, site_view: SiteView) -> Card:
    """Compose the words of a card.

    They depend on the entry alone, never on today, because networks keep cards for long.
    """
    return _of_event(entry, site_view) if isinstance(entry, Event) else _of_news(entry, site_view)


def _of_event(event: Event, site_view: SiteView) -> Card:
    lang, off = site_view.lang, event.status in ("cancelled", "postponed")
    days = _days(event, lang)
    where = describe.place(event.venue, lang)
    return Card(
        city=site_view.name,
        title=describe.text(event, "title", lang),
        theme=SEASONS[event.start.month - 3],
        mark=labels.STATUS_MARKS[event.status][lang],
        tone=TONES.get(event.status, ""),
        reason=describe.remark(event, event.reason, lang),
        year=_year(event.start, lang) if days else "",
        days=days,
        when=_when(event, lang),
        time=_time(event, lang),
        place=where.name if where else "",
        off=off,
    )


def _of_news(entry: Entry, site_view: SiteView) -> Card:
    lang = site_view.lang
    importance = entry.importance if isinstance(entry, Announcement) else "normal"
    headline = kit.status_note(entry, site_view)
    published = describe.seen_at(entry, site_view) if isinstance(entry, Announcement) else entry.created_at
    return Card(
        city=site_view.name,
        title=describe.text(entry, "title", lang),
        theme="news",
        mark=labels.IMPORTANCE_MARKS[importance][lang],
        tone=IMPORTANT.get(importance, ""),
        when=headline or formatting.say_date(published.date(), lang),
        place=describe.department(entry, lang),
    )


def _days(event: Event, lang: str) -> tuple[CardDay, ...]:
    """Give the first and the last day. Empty if no day is known, or if the text of the repeat says it better."""
    if event.precision != "exact" or event.certainty == "usual" or (event.rule and not _daily(event)):
        return ()
    first, last = event.start.date(), (event.end or event.start).date()
    if not event.all_day and _one_night(event):
        last = first
    if _daily(event) and event.occurrences:
        first, last = event.occurrences[0].first_day, event.occurrences[-1].first_day
    both = [first] if first == last else [first, last]
    return tuple(CardDay(_day_text(day, lang, first), _weekday(day, lang), _kind(day)) for day in both)


def _daily(event: Event) -> bool:
    """Whether the event takes place every day from its first to its last; the card then shows a span."""
    return event.rule.startswith("FREQ=DAILY") and "INTERVAL" not in event.rule


def _one_night(event: Event) -> bool:
    """Whether the event ends in the small hours after its first day, by the rule of `formatting.say_when`."""
    return "翌日" in formatting.say_when(event.start, event.end, False, "ja")


def _day_text(day: date, lang: str, first: date) -> str:
    return formatting.say_day(day, lang, year=day.year != first.year)


def _weekday(day: date, lang: str) -> str:
    word = formatting.holiday_word(day, lang) if languages.formal(lang) else ""
    return "・".join(filter(None, [formatting.weekday(day, lang), word]))


def _kind(day: date) -> str:
    if formatting.holiday(day) or day.weekday() == 6:
        return "sunday"
    return "saturday" if day.weekday() == 5 else ""


def _year(start: datetime, lang: str) -> str:
    return _YEAR[lang].format(start.year)


def _when(event: Event, lang: str) -> str:
    """Give the text in place of days (4月下旬, 毎週土曜日), or ほか behind the first of several dates."""
    if event.precision != "exact" or event.certainty == "usual":
        return describe.when(event, lang)
    if _daily(event):
        return ""
    if event.rule:
        # Without its end and its exceptions: the card has no room for them.
        return re.split(r"[（(。;]| until ", kit.repeat_text(event, lang))[0].strip()
    return _MORE[lang] if len(event.occurrences) > 1 else ""


def _time(event: Event, lang: str) -> str:
    """Give the hours (午前10時〜正午), for several days only the start; a doubtful certainty follows in brackets."""
    if event.precision != "exact":
        return ""
    certainty = approximate.say_certainty(describe.certainty(event), lang)
    if event.all_day:
        return certainty
    first, last = event.start.date(), (event.end or event.start).date()
    if first < last and not _one_night(event):
        begins = formatting.say_time(event.start.time(), lang)
        return labels.bracketed(_FROM[lang].format(begins), certainty, lang)
    text = formatting.say_when(event.start, event.end, False, lang, today=first)
    text = text.removeprefix(formatting.say_date(first, lang, today=first)).strip(", ")
    return labels.bracketed(text, certainty, lang)


def fingerprint(entry: Entry, site_view: SiteView) -> str:
    """Hash what the card shows, as 24 hex digits. A changed card gets a new address, so networks fetch it again."""
    shown = f"{asdict(card(entry, site_view))} {entry.photos[0].name if entry.photos else ''} {_renderer()}"
    return hashlib.sha256(shown.encode()).hexdigest()[:24]


@cache
def _renderer() -> str:
    """Hash the drawing code, so that an upgrade draws every card anew."""
    package = Path(__file__).resolve().parent.parent
    sources = ("sharing/card_drawing", "sharing/card_patterns", "sharing/text_drawing", "text/line_breaking")
    return hashlib.sha256(b"".join((package / f"{name}.py").read_bytes() for name in sources)).hexdigest()[:12]


def render(entry: Entry, size: str, site_view: SiteView, *, folder: Path, pictures: Path, font: str) -> bytes:
    """Give the card as JPEG, drawing it unless its file exists.

    Raises fonts.NoFont when no Japanese font is installed.
    """
    faces = fonts.find(font)
    path = folder / f"{fingerprint(entry, site_view)}-{hashlib.sha256(faces.bold.encode()).hexdigest()[:6]}-{size}.jpg"
    with suppress(FileNotFoundError):
        return path.read_bytes()

    from calendar_app.sharing import card_drawing  # imports Pillow; only a process that draws needs it

    photo = _photo(entry, pictures)
    with _drawing:
        with suppress(FileNotFoundError):  # another thread has drawn it meanwhile
            return path.read_bytes()
        jpeg = card_drawing.draw(card(entry, site_view), size, faces, photo)
        _keep(path, jpeg)
    return jpeg


def _photo(entry: Entry, pictures: Path) -> Path | None:
    """Give the file of the first photo in its full width, or None."""
    if not entry.photos:
        return None
    photo = entry.photos[0]
    path = photos.path_of(pictures, photos.file_name(photo.name, photo.width, "jpg"))
    return path if path and path.exists() else None


def _keep(path: Path, jpeg: bytes) -> None:
    """Write a file whole or not at all and delete the oldest beyond MOST.

    A full disk loses the copy, not the answer.
    """
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(jpeg)
        os.replace(file.name, path)
        files = sorted(path.parent.glob("*.jpg"), key=lambda path: path.stat().st_mtime)
        for old in files[: len(files) - MOST]:
            old.unlink()
