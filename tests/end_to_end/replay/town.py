"""The town under replay: its session, its chance, its clock, its truths, and what the readers must be told of the last act."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Revision, User
from calendar_app.entries import due, revisions
from end_to_end.replay.model import MARKS, Truth
from helpers.town import NOW, person

MOST = 14  # events and announcements that are alive at a time


@dataclass
class Done:
    """An act that can be taken back: its revisions, and the events as they were before it."""

    numbers: list[int]
    before: list[Truth]
    act: str = ""


class Town:
    zone = ZoneInfo("Asia/Tokyo")
    hands: Any  # how the writer acts: see `hands`

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.seed, self.chance, self.at = session, seed, random.Random(seed), NOW
        self.truths: dict[str, Truth] = {}
        self.told: list[
            tuple[str, str, datetime]
        ] = []  # what a feed reader must show as new: event, kind of notice, when
        self.untold: set[str] = set()  # events of which it may show anything as new: an undo is told as what it undoes
        self.done: dict[str, Done] = {}  # by public id: the last act, if nothing happened to the event since
        self.codes: dict[str, str] = {}  # tags by short address
        self.tags = [f"札{number}" for number in range(6)]
        self.former: dict[str, str] = {}  # tags by a name that they had
        self.source: dict[str, dict[str, Any]] = {}  # what the followed calendar says, by its UID
        self.number = 0
        self.colleague = person(session).id
        session.commit()

    @property
    def given(self) -> dict[str, Any]:
        return {"actor": self.session.get_one(User, self.colleague), "at": self.at}

    def entry(self, truth: Truth) -> Any:
        return self.entry_of(truth.public_id)

    def entry_of(self, public_id: str) -> Any:
        return self.session.scalars(select(Entry).where(Entry.public_id == public_id)).one()

    def alive(self) -> list[Truth]:
        return [one for one in self.truths.values() if one.state != "withdrawn"]

    def pick(self, *states: str, dates: bool = True, off: bool | None = None) -> Truth:
        """An event in one of these states. Raises LookupError when there is none."""
        found = [one for one in self.truths.values() if one.state in (states or ("published",))]
        found = [one for one in found if bool(one.dates) == dates]
        if off is not None:
            found = [one for one in found if (one.status in ("cancelled", "postponed")) == off]
        if not found:
            raise LookupError(states)
        return self.chance.choice(found)

    def tell(self, truth: Truth, kind: str) -> None:
        """Readers are told so of a public event."""
        if truth.public:
            self.told.append((truth.public_id, kind, self.at))

    def owed_since(self) -> datetime:
        """Feeds owe all notices of the last fourteen days; older ones come and go as there is room for fifty."""
        return datetime.combine(self.today(), time(), self.zone) - timedelta(days=14)

    def headings(self) -> list[str]:
        """What the steps since the last reading must show as new, under the titles of now; of one date without its day."""
        truths = [(self.truths[public_id], kind) for public_id, kind, at in self.told if at >= self.owed_since()]
        truths = [(one, kind) for one, kind in truths if one.public and one.public_id not in self.untold]
        return sorted(
            one.heading(one.status) if kind == "published" else NOTICES[kind] + one.heading("") for one, kind in truths
        )

    def read(self) -> None:
        """Somebody has read the feed. What was told of an event that is withdrawn by now comes when it is public again."""
        self.told = [one for one in self.told if not self.truths[one[0]].public]
        self.untold = {public_id for public_id in self.untold if not self.truths[public_id].public}

    def last_number(self) -> int:
        return self.session.scalar(select(Revision.number).order_by(Revision.number.desc()).limit(1)) or 0

    def remember(self, before: Iterable[Truth], since: int, act: str = "") -> None:
        """That the last act can be taken back; what was done to its events earlier can be no more."""
        rows = self.session.scalars(select(Revision.number).where(Revision.number > since).order_by(Revision.number))
        done = Done(list(rows), list(before), act)
        for truth in done.before:
            self.done[truth.public_id] = done

    def forget(self, *truths: Truth) -> None:
        """Something happened to these events that is not to be taken back."""
        for truth in truths:
            done = self.done.pop(truth.public_id, None)
            for other in done.before if done else ():
                self.done.pop(other.public_id, None)

    def tick(self) -> None:
        """What is due by now has happened in the truth."""
        for truth in list(self.truths.values()):
            if truth.state == "scheduled" and truth.publish_at and truth.publish_at <= self.at:
                truth.state, truth.published_at, truth.publish_at = "published", truth.publish_at, None
                truth.see_its_end(self.at)
                if not truth.over(self.at):
                    self.tell(truth, "published")
                self.forget(truth)
            if truth.settle(self.at):
                self.forget(truth)
            if truth.public and not truth.dates and not truth.expired and truth.over(self.at):
                truth.expired, truth.expired_at = True, self.at
                self.forget(truth)

    def do_due(self) -> None:
        due.run(self.session, at=self.at)
        self.session.commit()

    def today(self) -> date:
        return self.at.astimezone(self.zone).date()

    def coming(self, days: int) -> datetime:
        """A wall time so many days ahead, in the day or at night."""
        clock = self.chance.choice([time(6), time(9, 30), time(14), time(22)])
        return datetime.combine(self.today() + timedelta(days=days), clock)


NOTICES = MARKS | {
    "restored": "【開催】",
    "moved": "【会場変更】",
    "corrected": "【訂正】",
    "dates_added": "【日程追加】",
    "extended": "【申込期限延長】",
    "deadline": "【申込期限変更】",
    "published": "",
}

one_act = revisions.one_act
