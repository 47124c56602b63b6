"""Count what is used in each month: pages, feeds, short and old addresses. No cookie is set and no address of a reader kept.

A request costs one entry of a dictionary. What is counted is written at most once a minute, from a thread of its own; a
process that ends loses its last minute.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from time import monotonic
from urllib.parse import urlencode

from sqlalchemy import Engine, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calendar_app.db.engine import write_session
from calendar_app.db.models import Receiver, Subscription, UsageMonth
from calendar_app.feeds import reader_kinds
from calendar_app.listings.filters import in_order, known

log = logging.getLogger(__name__)

PAUSE = 60.0  # seconds between two writes of one process
MOST = 5000  # different requests remembered in one pause
ROWS = {"page": 10000, "feed": 100, "short": 2000, "old": 500, "follower": 100}  # in one month
LONGEST = 200  # characters of a subject

FEED = re.compile(r"\.(?:ics|atom|rss|json)$")
SHORT = re.compile(r"/f/(\w+)(?:\.\w+)?")
GUESSED = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/ical")  # addresses where programs look for a feed
EACH = re.compile(r"/(?:events|announcements|departments|tags|venues|for)/[^/]+")  # pages that are counted one by one
# All other pages are counted by the first part of their address; some of these end with a private token.
PARTS = frozenset(
    (
        *("", "agenda", "announcements", "archive", "ask", "calendar", "deadlines", "departments", "embed", "events"),
        *("follow", "map", "open-data", "paper", "press", "search", "seasons", "subscribe", "weekend"),
    )
)
PROGRAMS = re.compile(r"bot|crawl|spider|slurp|preview|fetch|monitor|headless", re.IGNORECASE)

Subject = tuple[str, str]  # kind and subject, as in the table


class UsageLog:
    """What this process has answered since its last write."""

    def __init__(self, engine: Engine, now: Callable[[], datetime], zone: tzinfo) -> None:
        self.engine, self.now, self.zone = engine, now, zone
        self.counted: Counter[Subject] = Counter()
        self.due = monotonic() + PAUSE
        self.writing = threading.Lock()

    def note(self, environ: Mapping[str, str], status: int) -> None:
        """Count an answer. Requests that a browser makes on its own, ahead of a reader, are left out."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_SEC_PURPOSE" in environ:
            return
        agent = environ.get("HTTP_USER_AGENT", "")
        for subject in subjects(environ["PATH_INFO"], environ.get("QUERY_STRING", ""), agent, status):
            if subject in self.counted or len(self.counted) < MOST:
                self.counted[subject] += 1
        if self.counted and monotonic() >= self.due:
            self.due = monotonic() + PAUSE
            threading.Thread(target=self.write, daemon=True).start()

    def write(self) -> None:
        """Write what is counted. Never raises: counts may be lost, an answer may not."""
        with self.writing:
            counted, self.counted = self.counted, Counter()
            try:
                with write_session(self.engine) as session:
                    month = self.now().astimezone(self.zone).date().replace(day=1)
                    _add(session, month, counted)
                    _count_followers(session, month)
                    session.commit()
            except Exception:
                log.exception("what is used is not written")


@lru_cache(maxsize=2048)
def subjects(path: str, query: str, agent: str, status: int) -> list[Subject]:
    """Return what an answer counts as. `path` is as in WSGI (PEP 3333); searched words are never part of it."""
    try:
        path = path.encode("latin-1").decode()
    except UnicodeDecodeError:
        return []
    if status in (301, 308, 410):
        old = _old(path, query)
        return [("old", old[:LONGEST])] if old else []
    if status not in (200, 304):
        return []
    found: list[Subject] = []
    if short := SHORT.fullmatch(path):
        found.append(("short", short[1]))
    if FEED.search(path):
        found.append(("feed", reader_kinds.recognise(agent)[0]))
    elif (page := _page(path)) and _person(agent):
        found.append(("page", page[:LONGEST]))
    return found


def _page(path: str) -> str:
    """Return the subject of a page: its address, or the first part of it; "" for what is no page."""
    if EACH.fullmatch(path):
        return path
    part = path.split("/")[1] if path.startswith("/") else "static"
    return f"/{part}" if part in PARTS else ""


def _person(agent: str) -> bool:
    return reader_kinds.recognise(agent)[0] == "browser" and not PROGRAMS.search(agent)


def _old(path: str, query: str) -> str:
    """Return an address that was in use once: of a feed that is gone, renamed or guessed, or of a renamed page.

    A filter that is only spelled in another way than the program spells it is none.
    """
    if path.rstrip("/") in GUESSED:
        return path.rstrip("/")
    if not FEED.search(path):
        return path if EACH.fullmatch(path) else ""
    try:
        spelled = urlencode(in_order(path, known(path, query)))
    except ValueError:
        return ""
    return "" if spelled != query else f"{path}?{query}" if query else path


def _add(session: Session, month: date, counted: Mapping[Subject, int]) -> None:
    held = select(UsageMonth.kind, func.count()).where(UsageMonth.month == month).group_by(UsageMonth.kind)
    rows = Counter(_numbers(session, held))
    for (kind, subject), number in counted.items():
        if not _raise(session, month, kind, subject, UsageMonth.number + number) and rows[kind] < ROWS[kind]:
            rows[kind] += 1
            _insert(session, month, kind, subject, number)


def _raise(session: Session, month: date, kind: str, subject: str, number: object) -> bool:
    """Set the number of a row. Return whether there is such a row."""
    row = (UsageMonth.month == month, UsageMonth.kind == kind, UsageMonth.subject == subject)
    found = session.execute(update(UsageMonth).where(*row).values(number=number).returning(UsageMonth.number))
    return found.first() is not None


def _insert(session: Session, month: date, kind: str, subject: str, number: int) -> None:
    """Insert a row. When another process was first, add to its row."""
    try:
        with session.begin_nested():
            session.add(UsageMonth(month=month, kind=kind, subject=subject, number=number))
    except IntegrityError:
        _raise(session, month, kind, subject, UsageMonth.number + number)


def _count_followers(session: Session, month: date) -> None:
    """Note how many follow by each channel now: subscribers who have confirmed, and receivers set up at the desk."""
    confirmed = Subscription.receiver_id.is_(None) | Subscription.confirmed_at.is_not(None)
    query = select(Receiver.channel, func.count()).outerjoin(Subscription).where(Receiver.enabled, confirmed)
    noted = select(UsageMonth.subject).where(UsageMonth.month == month, UsageMonth.kind == "follower")
    numbers = dict.fromkeys(session.scalars(noted), 0)
    numbers |= _numbers(session, query.group_by(Receiver.channel))
    for channel, number in numbers.items():
        if not _raise(session, month, "follower", channel, number):
            _insert(session, month, "follower", channel, number)


def _numbers(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in session.execute(query)}
