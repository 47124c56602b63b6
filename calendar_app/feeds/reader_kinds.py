"""Recognise what kind of program follows a feed, by its User-Agent. Only the kind is kept, never the text itself."""

import re
from functools import lru_cache

# By a word of the User-Agent in small letters; the first that is found counts.
TOKENS = (
    ("google-calendar", "google"),
    ("googlecalendar", "google"),
    ("dataaccessd", "apple"),
    ("calendaragent", "apple"),
    ("calendarfoundation", "apple"),
    ("icloud", "apple"),
    ("microsoft exchange", "outlook"),
    ("microsoft outlook", "outlook"),
    ("microsoft office", "outlook"),
    ("outlook", "outlook"),
    ("nextcloud", "nextcloud"),
    ("thunderbird", "calendar"),
    ("icsx5", "calendar"),
    ("davx5", "calendar"),
    ("home assistant", "calendar"),
    ("homeassistant", "calendar"),
    ("timetree", "calendar"),
    ("feedly", "reader"),
    ("inoreader", "reader"),
    ("feedbin", "reader"),
    ("newsblur", "reader"),
    ("theoldreader", "reader"),
    ("freshrss", "reader"),
    ("miniflux", "reader"),
    ("netnewswire", "reader"),
    ("tiny tiny rss", "reader"),
    ("reeder", "reader"),
    ("slackbot", "reader"),
    ("discord", "reader"),
    ("googlebot", "search"),
    ("bingbot", "search"),
    ("mozilla/", "browser"),
)
OTHER = "program"

LABELS = {
    "google": {"ja": "Googleカレンダー", "en": "Google Calendar"},
    "apple": {"ja": "Appleカレンダー", "en": "Apple Calendar"},
    "outlook": {"ja": "Outlook", "en": "Outlook"},
    "nextcloud": {"ja": "Nextcloud", "en": "Nextcloud"},
    "calendar": {"ja": "ほかのカレンダー", "en": "Other calendar programs"},
    "reader": {"ja": "フィードリーダー", "en": "Feed readers"},
    "browser": {"ja": "ブラウザ", "en": "Browsers"},
    "search": {"ja": "検索サイト", "en": "Search engines"},
    OTHER: {"ja": "そのほかのプログラム", "en": "Other programs"},
}
_SUBSCRIBERS = re.compile(r"(\d{1,7})[ _](?:subscribers?|readers?|users?)")


@lru_cache(maxsize=2048)
def recognise(agent: str) -> tuple[str, int]:
    """Return the kind of a program, a key of LABELS, and how many subscribers it reports (0: none reported)."""
    small = agent.lower()
    kind = next((kind for token, kind in TOKENS if token in small), OTHER)
    reported = _SUBSCRIBERS.search(small)
    return ("reader" if reported and kind in ("browser", OTHER) else kind), int(reported[1]) if reported else 0
