"""Write an urgent change as it is read out over the town's loudspeakers: short sentences, everything said twice."""

from datetime import date

from calendar_app.dates import formatting
from calendar_app.db.models import Entry, Event, Revision
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.text import languages

LONGEST = 120  # letters of the reason
OPENING = {"ja": "こちらは、{}です。", "en": "This is {}."}
AGAIN = {"ja": "くり返します。", "en": "I repeat."}
CLOSING = {"ja": "{}からのお知らせでした。", "en": "This was a message from {}."}
NEWS = {
    "cancelled": {"ja": "「{}」は、中止します。", "en": "“{}” is cancelled."},
    "postponed": {"ja": "「{}」は、延期します。", "en": "“{}” is postponed."},
}
OTHERWISE = {"ja": "「{}」のお知らせです。", "en": "About “{}”."}
PLANNED = {"ja": "{}の予定でした。", "en": "It was planned for {}."}


def announcement(row: Revision, entry: Entry, site_view: SiteView, today: date) -> str:
    """Return the text of a change, with its reason, in the language of `site_view`.

    It names the day of a single date of a series, and the day of an event that has only one.
    """
    lang, starts = site_view.lang, [row.original] if row.original else []
    if not starts and isinstance(entry, Event) and len(entry.occurrences) < 2:
        starts = [entry.start]
    said = [NEWS.get(row.kind, OTHERWISE)[lang].format(describe.text(entry, "title", lang))]
    said += [PLANNED[lang].format(formatting.say_date(start.date(), lang, today=today)) for start in starts]
    said += [_stopped(words, lang) for words in (row.note, describe.text(entry, "summary", lang)) if words][:1]
    news = "\n".join(said)
    return "\n".join(
        [OPENING[lang].format(site_view.publisher), news, AGAIN[lang], news, CLOSING[lang].format(site_view.publisher)]
    )


def _stopped(text: str, lang: str) -> str:
    text = " ".join(text.split())[:LONGEST]
    return text if text.endswith((".", "。", "!", "！")) else text + ("." if languages.spaced(lang) else "。")
