"""The truth: which events there are, on which days, under which title and status. Calls nothing of the application."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

import jpholiday

OFF = ("cancelled", "postponed")
MARKS = {
    "cancelled": "【中止】",
    "postponed": "【延期】",
    "rescheduled": "【日時変更】",
    "full": "【満席】",
    "moved_online": "【オンライン開催に変更】",
    "held": "【開催決定】",
}
BACK, AHEAD, CANCELLED_STAYS = timedelta(days=60), timedelta(days=400), timedelta(days=30)
WEEK = timedelta(days=7)
LIMIT = 9  # events in a calendar: fewer than the town often has


class Seen(NamedTuple):
    """One date as a calendar program shows it; times on the wall, the end exclusive."""

    public_id: str
    title: str
    start: date | datetime
    end: date | datetime
    status: str


@dataclass
class Date:
    """One date of an event, on the wall of its zone; an all-day end is the last day. `moved`: by itself, not with its series."""

    start: datetime
    end: datetime
    status: str = ""
    moved: bool = False


@dataclass
class Truth:
    """An event; or, without dates, an announcement."""

    number: int
    public_id: str
    title: str
    zone: str = "Asia/Tokyo"
    all_day: bool = False
    dates: dict[datetime, Date] = field(default_factory=dict)
    english: str = ""
    tags: set[str] = field(default_factory=set)
    state: str = "draft"
    publish_at: datetime | None = None
    status: str = "scheduled"
    status_at: datetime | None = None
    before_off: str = "scheduled"  # the status that a cancellation or a postponement interrupted
    before_full: str = "scheduled"  # the status before it was full or went online
    plan_before_off: tuple[Any, bool] = (
        frozenset(),
        True,
    )  # times and place that the public knew before it was called off
    last_public_dates: dict[datetime, Date] = field(default_factory=dict)
    deadline: datetime | None = None
    photo: bool = False
    place: bool = True
    slot: tuple[time, timedelta] | None = None  # a further time on each date of the series, and its length
    reserve: datetime | None = None
    published_at: datetime | None = None
    emergency: bool = False
    headline: str = ""  # the status line of the event `about`, by its public id
    about: str = ""
    until: datetime | None = None  # when an announcement is no longer in force
    expired: bool = False
    expired_at: datetime | None = None  # when the clock ended it last
    adjusted: str = ""  # dates of its repeat are left out or moved: see `series`

    @property
    def public(self) -> bool:
        return self.state == "published"

    def copy(self) -> Self:
        return deepcopy(self)

    def ends(self) -> list[datetime]:
        """The instants at which its dates end, in order."""
        return sorted(self.instant(one.end, last=True) for one in self.dates.values())

    def instant(self, wall: datetime, *, last: bool = False) -> datetime:
        if self.all_day and last:
            wall = datetime.combine(wall.date() + timedelta(days=1), time())
        return wall.replace(tzinfo=ZoneInfo(self.zone))

    def over(self, at: datetime) -> bool:
        return self.ends()[-1] <= at if self.dates else self.until is not None and self.until <= at

    def see_its_end(self, at: datetime) -> None:
        """What becomes public after its own end was never in force, so the clock does not end it."""
        self.expired = not self.dates and self.over(at)

    def further(self, when: datetime) -> bool:
        """Whether this date is of the further time of a day."""
        return self.slot is not None and when.time() == self.slot[0]

    def slot_on(self, when: datetime) -> Date:
        assert self.slot
        start = datetime.combine(when.date(), self.slot[0])
        return Date(start, start + self.slot[1])

    def plain(self, original: datetime, length: timedelta) -> Date:
        """A date as the series has it."""
        return self.slot_on(original) if self.further(original) else Date(original, original + length)

    def set_status(self, status: str, at: datetime) -> None:
        if status in OFF and self.status not in OFF:
            self.interrupt(self)
        if status in ("full", "moved_online") and self.status in ("scheduled", "rescheduled"):
            self.before_full = self.status
        self.status, self.status_at = status, at

    def interrupt(self, seen: Self) -> None:
        """It is called off as somebody has `seen` it last."""
        self.before_off, self.plan_before_off = seen.status, seen.plan()

    def times(self) -> frozenset[tuple[datetime, datetime]]:
        return frozenset((one.start, one.end) for one in self.dates.values())

    def plan(self) -> tuple[Any, bool]:
        return self.times(), self.place

    def restore_status(self, at: datetime) -> str:
        """It is again as it was; the notice of that, which is of new times or a new place where there are some by now."""
        was, (times, place) = self.status, self.plan_before_off
        self.status = self.before_off if was in OFF else self.before_full
        self.status_at = at
        if was == "cancelled" and times - self.plan()[0]:
            self.reschedule(at)
            return "rescheduled"
        if was == "cancelled" and not self.plan()[0] - times and place != self.place:
            return "moved"
        return self.status if self.status in ("full", "moved_online") else "restored"

    def reschedule(self, at: datetime) -> None:
        """New dates were saved: they end a postponement, and are said of what goes ahead."""
        if self.status in ("scheduled", "postponed", "rescheduled"):
            self.status, self.status_at = "rescheduled", at

    def settle(self, at: datetime) -> bool:
        """Whether its new dates have become the usual ones by `at`: two of them and a week have passed, or all is over."""
        if self.status != "rescheduled" or not self.public or self.status_at is None:
            return False
        dates = sorted(self.dates.values(), key=lambda one: self.instant(one.end, last=True))
        told = [one for one in dates if self.instant(one.start) > self.status_at and one.status != "cancelled"]
        moments = [self.ends()[-1]]
        if len(told) > 1:
            moments.append(max(self.instant(told[1].end, last=True), self.status_at + WEEK))
        if min(moments) <= at:
            self.status, self.status_at = "scheduled", at
            return True
        return False

    def said(self, one: Date) -> str:
        """The status of one date: the whole event's where that is off."""
        return self.status if self.status in OFF else one.status or self.status

    def days(self, one: Date) -> tuple[date, date]:
        """The first and the last day, as people say: a night until five belongs to the evening."""
        last = one.end.date()
        if not self.all_day and one.end.time() <= time(5) and last > one.start.date():
            last -= timedelta(days=1)
        return one.start.date(), last

    def span(self) -> tuple[date, date]:
        days = [self.days(one) for one in self.dates.values()]
        return min(first for first, _ in days), max(last for _, last in days)

    def heading(self, status: str, english: bool = False) -> str:
        title = (self.english or self.title) if english else self.title
        return MARKS.get(status, "") + ("【緊急】" if self.emergency else "") + title

    def within(self, first: date, last: date) -> list[Date]:
        return [one for one in self.dates.values() if self.days(one)[1] >= first and self.days(one)[0] <= last]


def series(start: datetime, length: timedelta, step: timedelta, count: int, adjusted: str) -> dict[datetime, Date]:
    """The dates of a repeat of so many times. `adjusted`: "" for all of them, "skip" without those on holidays, "shift"
    with those on days off moved to the next weekday, unless that is taken."""
    starts = [start + step * number for number in range(count)]
    if adjusted == "skip":
        starts = [one for one in starts if not jpholiday.is_holiday(one.date())]
    if adjusted == "shift":
        starts = _shifted(starts)
    return {one: Date(one, one + length) for one in starts}


def _shifted(starts: list[datetime]) -> list[datetime]:
    kept = [one for one in starts if not _off(one)]
    taken = {one.date() for one in starts}
    for one in starts:
        there = one
        while _off(there):
            there += timedelta(days=1)
        if there.date() not in taken:
            kept.append(there)
            taken.add(there.date())
    return sorted(kept)


def _off(day: datetime) -> bool:
    return day.weekday() > 4 or bool(jpholiday.is_holiday(day.date()))


def in_calendar(truths: list[Truth], today: date, limit: int) -> tuple[list[Truth], int]:
    """The events that a subscribed calendar holds, and how many had no room: what is coming first, then the newest past."""
    fits = [one for one in truths if one.public and one.dates and one.within(today - BACK, today + AHEAD)]
    fits = [one for one in fits if one.status != "cancelled" or one.span()[1] >= today - CANCELLED_STAYS]
    coming = [one for one in fits if one.span()[1] >= today]
    past = [one for one in fits if one.span()[1] < today]
    first = lambda one: (min(one.dates), -one.span()[1].toordinal(), one.number)  # noqa: E731
    ordered = sorted(coming, key=first) + sorted(past, key=lambda one: (-one.span()[1].toordinal(), one.number))
    return ordered[:limit], len(ordered[limit:])


def shown(truths: list[Truth], first: date, last: date) -> set[Seen]:
    """Every date of these events that touches these days on the wall, as a calendar program shows it."""
    found = set()
    for truth in truths:
        for one in truth.dates.values():
            if one.start.date() <= last and one.end.date() >= first:
                found.add(_seen(truth, one))
    return found


def _seen(truth: Truth, one: Date) -> Seen:
    status = truth.said(one)
    said = "CANCELLED" if status in OFF else "CONFIRMED"
    if truth.all_day:
        times: tuple[date, date] = one.start.date(), one.end.date() + timedelta(days=1)
    else:
        times = truth.instant(one.start).astimezone(UTC), truth.instant(one.end).astimezone(UTC)
    return Seen(truth.public_id, truth.heading(status), *times, said)


def urgent(truths: list[Truth], today: date, at: datetime) -> set[Seen]:
    """The emergencies as every calendar shows them: in force, and for a week afterwards as cancelled."""
    zone = ZoneInfo("Asia/Tokyo")
    since, found = datetime.combine(today, time(), zone) - WEEK, set()
    for truth in truths:
        ended = [moment for moment in (truth.until, truth.expired_at) if moment and truth.over(at)]
        if not truth.public or not truth.emergency or (ended and max(ended) < since):
            continue
        assert truth.published_at
        first = truth.published_at.astimezone(zone).date()
        last = first + WEEK * (max(0, (today - first) // WEEK) + 1) - timedelta(days=1)
        if truth.until:
            last = max(first, (truth.until - timedelta(seconds=1)).astimezone(zone).date())
        title, status = truth.heading(""), "CANCELLED" if ended else "CONFIRMED"
        found.add(
            Seen(truth.public_id, f"【終了】{title}" if ended else title, first, last + timedelta(days=1), status)
        )
    return found


def status_lines(truths: list[Truth], at: datetime) -> dict[str, str]:
    """The status line of each event by public id: the newest in force."""
    lines = [one for one in truths if one.public and one.headline and one.about and not one.over(at)]
    return {one.about: one.headline for one in sorted(lines, key=lambda one: (one.published_at, one.number))}
