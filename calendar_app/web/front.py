"""Keep public answers as files for a web server in front (`operations.answer_files`): which answers, and by what name.

The shipped configurations (`deploy/`) find a file by the same rules and give it the same headers, so only answers with
exactly these headers are kept; everything else is left to this program. Each server process also guards the moments at
which answers change by themselves: midnight in the city and the next due work. Shortly before, nothing is shown; the due work is
done at its second, by whichever process comes first, and then what is still right is shown again.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo

from calendar_app.db.engine import Newest
from calendar_app.operations.answer_files import MARGIN, AnswerFiles
from calendar_app.web import POLICY
from calendar_app.web.answers import Answer

log = logging.getLogger(__name__)

ROUND = 0.5  # seconds between two looks at the next moment; less than MARGIN, by which files are hidden before it
AGAIN = 10.0  # seconds after which an answer that is asked of us is offered once more: its file may have gone
# A browser asks each time; a program that follows a feed may use its own copy for a quarter of an hour. A cache that others
# share asks each time in both cases, or a cancelled event would still be told from there.
PAGE_CONTROL = "public, no-cache"
FEED_CONTROL = "public, max-age=900, s-maxage=0"
PAGE = "text/html; charset=utf-8"
FEED_TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
QUERY = re.compile(r"(?!(.*&)?q=)[a-z]+=[A-Za-z0-9._~%+=&-]{0,180}")  # no searched words: there is no end of them
PATH = re.compile(r"(/[^/\x00-\x1f]+)*/?")
DOTS = re.compile(r"/\.\.?(/|$)")
FEED = re.compile(rf"\.({'|'.join(FEED_TYPES)})$")


def file_name(address: str) -> str | None:
    """Return the name of the file of an address in its one spelling (path as in WSGI), None when it cannot have one.

    The query is the first folder, `-` without one; a page is `.html`, and `index.html` where the path ends with a slash.
    """
    path, _, query = address.partition("?")
    try:
        path = path.encode("latin-1").decode()
    except UnicodeDecodeError:
        return None
    if (query and not QUERY.fullmatch(query)) or not PATH.fullmatch(path) or DOTS.search(path):
        return None
    if not FEED.search(path):
        path += "index.html" if path.endswith("/") else ".html"
    return f"{query or '-'}{path}" if max(map(len, path.encode().split(b"/"))) < 250 else None


def fits(address: str, headers: dict[str, str]) -> bool:
    """Whether a web server in front, as shipped, gives a file of this address exactly these headers (names in small letters)."""
    extension = FEED.search(address.partition("?")[0])
    kind, control = headers.get("content-type"), headers.get("cache-control")
    if extension:
        return kind == FEED_TYPES[extension[1]] and control == FEED_CONTROL
    return kind == PAGE and control == PAGE_CONTROL and headers.get("content-security-policy") == POLICY


class Front:
    """The files of this installation, as a server process fills and guards them."""

    def __init__(
        self,
        files: AnswerFiles,
        *,
        newest: Callable[[], Newest],
        do_due: Callable[[], None],
        now: Callable[[], datetime],
        zone: tzinfo,
    ) -> None:
        self.files = files
        self.newest = newest
        self.do_due = do_due
        self.now = now
        self.zone = zone
        self.moment: datetime | None = None  # the next one at which answers change by themselves
        self.shown: tuple[date, datetime] | None = None
        files.clear()  # other settings or templates may have made it

    def offer(self, answer: Answer, bodies: dict[str, bytes], still_right: Callable[[], bool]) -> None:
        """Keep an answer as files, if it can be, and give it their time, from which its ETag is made."""
        answer.offered = time.monotonic()
        name = file_name(answer.key)
        if name is None or not fits(answer.key, {name.lower(): value for name, value in answer.headers}):
            return
        try:
            if (written := self.files.keep(name, bodies, answer.shows, still_right)) is not None:
                answer.kept_as_files(written)
        except TimeoutError:
            return  # a change is being saved; the answer is offered again later
        except Exception:
            log.exception("no file could be kept of %s", name)

    def wants(self, answer: Answer) -> bool:
        """Whether an answer should be offered: now and then, because who asks us may not have found a file."""
        return time.monotonic() - answer.offered > AGAIN

    def guard(self) -> None:
        """Watch for the moments, for as long as the process lives."""
        while True:
            try:
                self.look()
                self.files.sweep()
            except Exception:
                log.exception("the files in front could not be looked after")
            time.sleep(ROUND)

    def look(self) -> None:
        """Do what is due, and hide or show the files, as the hour asks."""
        now = self.now()
        try:
            due_at = self.newest().due_at
        except Exception:
            if self.moment and self.moment - now <= timedelta(seconds=MARGIN):
                self._hide()
            raise
        if due_at is not None and due_at <= now:
            self._hide()
            self.do_due()
            return
        today = now.astimezone(self.zone).date()
        midnight = start_of_day(today + timedelta(days=1), self.zone)
        self.moment = min(midnight, due_at) if due_at else midnight
        if self.moment - now <= timedelta(seconds=MARGIN):
            self._hide()
        elif self.shown != (today, self.moment) or not self.files.live.exists():
            self.files.open(today.isoformat(), self.moment.timestamp())
            self.shown = today, self.moment

    def give_up(self) -> None:
        """Give up every file; the next look shows those that are made from then on."""
        self.files.clear()
        self.shown = None

    def _hide(self) -> None:
        self.files.close()
        self.shown = None


def start(front: Front) -> None:
    """Guard in a thread, which ends with the process."""
    threading.Thread(target=front.guard, name="front", daemon=True).start()


def start_of_day(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone)
