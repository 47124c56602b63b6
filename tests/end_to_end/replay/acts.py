"""Acts upon one event: each is done to the town by the real verb, and to the truth."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from calendar_app.db.models import Photo
from end_to_end.replay.model import Date, Truth, series
from end_to_end.replay.town import MOST, Town

ZONES = ("Asia/Tokyo", "Asia/Tokyo", "Asia/Tokyo", "America/New_York", "Asia/Shanghai", "Australia/Sydney")
RAIN = "荒天のため"
DAY = timedelta(days=1)
Act = Callable[[Town], None]


def post(town: Town) -> None:
    """A new event: one date, a season, or a series of days, weeks or months' halves, in some zone."""
    if len(town.alive()) >= MOST:
        withdraw(town)
        return
    town.number += 1
    shape = town.chance.choice(["one", "one", "season", "series", "series"])
    start, length = town.coming(town.chance.randint(-3, 60)), timedelta(hours=town.chance.choice([1, 3, 4]))
    values: dict[str, Any] = {"title": f"催し{town.number}番", "department_id": 1, "venue_id": 1}
    truth = Truth(
        town.number,
        "",
        str(values["title"]),
        zone=town.chance.choice(ZONES),
        tags=set(town.chance.sample(town.tags, 2)),
    )
    if shape == "season":
        truth.all_day, truth.zone, start = True, "Asia/Tokyo", start.replace(hour=0, minute=0)
        length = timedelta(days=town.chance.choice([0, 1, 20, 90]))
    truth.dates = {start: Date(start, start + length)}
    if shape == "series":
        every, count = town.chance.choice([1, 7, 7, 14]), town.chance.randint(2, 8)
        truth.adjusted = town.chance.choice(["", "", "skip", "shift"])
        truth.dates = series(start, length, every * DAY, count, truth.adjusted)
        if start not in truth.dates:
            return  # a series does not begin on a day that it leaves out
        if not truth.adjusted and town.chance.random() < 0.3:
            truth.slot = (time(23), timedelta(minutes=90))
            truth.dates |= {slot.start: slot for slot in map(truth.slot_on, [*truth.dates])}
            values["slots"] = [["23:00", "00:30"]]
        values |= {"rule": f"FREQ=DAILY;INTERVAL={every};COUNT={count}"}
        values |= {"skip": {"skips": ["holiday"]}, "shift": {"shift": "next_weekday"}}.get(truth.adjusted, {})
    values |= {"start": start.isoformat(), "end": (start + length).isoformat(), "all_day": truth.all_day}
    values |= {"timezone": truth.zone, "tags": sorted(truth.tags)}
    _added(town, truth, "event", values)


def _added(town: Town, truth: Truth, kind: str, values: dict[str, Any]) -> None:
    """A draft, published at once or at a time to come."""
    how = town.chance.choice(["publish", "publish", "publish", "schedule", "draft"])
    if how == "schedule":
        moment = town.at + timedelta(minutes=town.chance.randint(1, 6000))
        truth.publish_at, truth.state = moment.replace(second=0), "scheduled"
    truth.public_id = town.hands.post(kind, values, how, truth.publish_at).public_id
    town.truths[truth.public_id] = truth
    if how == "publish":
        truth.state, truth.published_at = "published", town.at
        town.tell(truth, "published")


def announce(town: Town) -> None:
    if len(town.alive()) >= MOST:
        withdraw(town)
        return
    announced(town, {})


def announced(town: Town, values: dict[str, Any], **known: Any) -> None:
    """A new announcement with these values, and what the truth knows of it."""
    town.number += 1
    truth = Truth(town.number, "", f"お知らせ{town.number}番", tags={town.chance.choice(town.tags)}, **known)
    values |= {"title": truth.title, "department_id": 1, "tags": sorted(truth.tags)}
    _added(town, truth, "announcement", values)


def publish_draft(town: Town) -> None:
    truth = town.pick("draft", "scheduled", dates=town.chance.random() < 0.8)
    town.hands.act(truth, "publish")
    truth.state, truth.publish_at, truth.published_at = "published", None, town.at
    truth.see_its_end(town.at)
    town.tell(truth, "published")
    town.forget(truth)


def retitle(town: Town) -> None:
    truth, note = (
        town.pick("published", "draft", dates=town.chance.random() < 0.8),
        town.chance.choice(["", "誤りを直しました"]),
    )
    with changing(town, truth):
        truth.title = f"{truth.title.partition('番')[0]}番{town.chance.choice('甲乙丙丁')}{town.at:%H%M%S}"
        if town.hands.save(truth, {"title": truth.title}, note) and note:
            town.tell(truth, "corrected")


def translate(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        truth.english = town.chance.choice(["", f"Event {truth.number} {town.at:%H%M%S}"])
        made = {"en": {"title": truth.english}} if truth.english else {}
        town.hands.save(truth, {"translations": made})


def attach_photo(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        truth.photo = town.chance.random() < 0.7
        photo = Photo(name=f"{truth.number:024x}", alt="桜", width=640, height=480, uploaded_at=town.at)
        photo.sizes = {f"{photo.name}-{width}.jpg": 1000 for width in (320, 640)}
        town.session.add(photo)
        town.session.flush()
        shown = [{"id": photo.id, "alt": "桜"}] if truth.photo else []
        town.hands.save(truth, {"photos": shown})


def set_tags(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        truth.tags = set(town.chance.sample(town.tags, town.chance.randint(0, 3)))
        town.hands.save(truth, {"tags": sorted(truth.tags)})


def change_place(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        truth.place = not truth.place
        town.hands.save(truth, {"venue_id": 1 if truth.place else None})
        if truth.status != "cancelled":
            town.tell(truth, "moved")


def set_deadline(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        was, truth.deadline = truth.deadline, town.coming(town.chance.randint(-5, 25))
        saved = town.hands.save(truth, {"apply_deadline": truth.deadline.isoformat()})
        if saved and truth.status != "cancelled":
            town.tell(truth, "extended" if was and truth.deadline > was else "deadline")


def move(town: Town) -> None:
    """Other times for the whole event, by hours or by weeks; its exceptions go along. Also while it is withdrawn.

    Readers are told when one of the times that they know is gone: not where every date has its own time already.
    """
    truth = town.pick("published", "published", "draft", "withdrawn")
    entry = town.entry(truth)
    by = (
        timedelta(days=7 * town.chance.choice([0, 0, 1, 2]))
        if entry.rule
        else timedelta(days=town.chance.randint(-2, 9))
    )
    by += timedelta(0) if truth.all_day else timedelta(hours=town.chance.choice([-1, 1]))
    other_days = entry.rule and (entry.start + by).date() != entry.start.date()
    if truth.adjusted or (other_days and (entry.rdates or entry.exdates or entry.overrides)):
        raise LookupError  # its exceptions stay on their days, and may be on none of its dates
    if other_days and "UNTIL" in entry.rule:
        raise LookupError  # the first part of a split series ends on its day, however late it begins
    if truth.slot and (entry.start + by).time() >= truth.slot[0]:
        raise LookupError  # the further time would come first, or be the same
    with changing(town, truth):
        values = {"start": (entry.start + by).isoformat(), "end": (entry.end + by).isoformat()}
        if town.hands.save(truth, values):
            known = truth.times()
            days = (entry.start.date() - (entry.start - by).date()) if truth.slot else by
            moves = {when: days if truth.further(when) else by for when in truth.dates}
            truth.dates = {when + moves[when]: _moved(one, moves[when]) for when, one in truth.dates.items()}
            if truth.public and truth.status != "cancelled" and known - truth.times():
                truth.reschedule(town.at)
                town.tell(truth, "rescheduled")


def _moved(one: Date, by: timedelta) -> Date:
    return one if one.moved else Date(one.start + by, one.end + by, one.status)


def call_off(town: Town) -> None:
    truth, act = town.pick(), town.chance.choice(["cancel", "cancel", "postpone"])
    with changing(town, truth):
        status = {"cancel": "cancelled", "postpone": "postponed"}[act]
        same = truth.status == status and town.entry(truth).reason == RAIN
        town.hands.act(truth, act, RAIN)
        if not same:
            truth.set_status(status, town.at)
            town.tell(truth, status)


def mark(town: Town) -> None:
    truth, status = town.pick(off=False), town.chance.choice(["full", "moved_online"])
    with changing(town, truth):
        same = (truth.status, town.entry(truth).reason) == (status, "")
        town.hands.act(truth, status)
        if not same:
            truth.set_status(status, town.at)
            town.tell(truth, status)


def go_ahead(town: Town) -> None:
    truth = town.pick()
    with changing(town, truth):
        town.hands.act(truth, "restore")
        resumed(town, truth)


def resumed(town: Town, truth: Truth) -> None:
    """It is again as it was before its status."""
    if truth.status in ("cancelled", "postponed", "full", "moved_online"):
        town.tell(truth, truth.restore_status(town.at))
    elif truth.status == "rescheduled":
        truth.status, truth.status_at = "scheduled", town.at
        town.tell(truth, "restored")


def withdraw(town: Town) -> None:
    truth = town.pick("published", dates=town.chance.random() < 0.8)
    town.hands.act(truth, "withdraw", "誤り")
    truth.last_public_dates, truth.state = truth.copy().dates, "withdrawn"
    town.forget(truth)


def reinstate(town: Town) -> None:
    """A withdrawn event is public again; readers are told of its new dates, and of nothing else."""
    if len(town.alive()) >= MOST:
        raise LookupError
    truth = town.pick("withdrawn", dates=town.chance.random() < 0.8)
    town.hands.act(truth, "restore")
    truth.state = "published"
    truth.see_its_end(town.at)
    times = [{(one.start, one.end) for one in dates.values()} for dates in (truth.last_public_dates, truth.dates)]
    if truth.dates and times[0] != times[1] and truth.status != "cancelled":
        truth.reschedule(town.at)
        town.tell(truth, "rescheduled")
    town.forget(truth)


class changing:  # noqa: N801 - reads as a verb
    """An act upon one event that can be taken back."""

    def __init__(self, town: Town, truth: Truth) -> None:
        self.town, self.truth = town, truth

    def __enter__(self) -> None:
        self.before, self.since = self.truth.copy(), self.town.last_number()

    def __exit__(self, failed: object, *_: object) -> None:
        if failed:
            vars(self.truth).update(vars(self.before))
        elif self.town.last_number() > self.since:
            self.town.remember([self.before], self.since)


ACTS: list[Act] = [
    *[post] * 4,
    announce,
    *[publish_draft] * 2,
    retitle,
    translate,
    attach_photo,
    set_tags,
    change_place,
]
ACTS += [set_deadline, *[move] * 2, *[call_off] * 2, mark, *[go_ahead] * 2, withdraw, *[reinstate] * 2]
