"""Acts upon dates of a series, upon many events at once, upon tags, sources, templates and short addresses; and undo."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from calendar_app.db.models import Entry, Occurrence, Revision, Tag
from calendar_app.entries import publishing, revisions, single_dates
from calendar_app.importing import ImportContext, detect, mend
from calendar_app.importing.save import import_in_portions
from calendar_app.listings import renames, short_links
from calendar_app.listings.filters import Filter
from calendar_app.staff import templates
from end_to_end.replay.acts import RAIN, Act, changing, withdraw
from end_to_end.replay.model import OFF, Date, Truth
from end_to_end.replay.town import MOST, Town, one_act
from helpers.acts import cancel_dates, undo_act
from helpers.import_samples import calendar, event

HOUR = timedelta(hours=1)


def _series(town: Town) -> tuple[Truth, Any]:
    """A public series and its entry."""
    found = [one for one in town.truths.values() if one.public and len(one.dates) > 1]
    if not found:
        raise LookupError
    truth = town.chance.choice(found)
    return truth, town.entry(truth)


def change_date(town: Town) -> None:
    """One date of a series: moved, cancelled, full, or again as the series has it."""
    truth, entry = _series(town)
    original = town.chance.choice(sorted(truth.dates))
    one, plain = truth.dates[original], truth.plain(original, entry.end - entry.start)
    new = town.chance.choice([plain, Date(plain.start + 2 * HOUR, plain.end + 2 * HOUR, "rescheduled", moved=True)])
    if town.chance.random() < 0.5:
        new = Date(plain.start, plain.end, town.chance.choice(["cancelled", "full"]))
    if new.moved and one.status in town.hands.keeps:
        new.status = one.status
    with changing(town, truth):
        since = town.last_number()
        town.hands.change_date(truth, original, (new.start, new.end), "" if new.moved else new.status)
        truth.dates[original] = new
        if town.last_number() > since and (kind := _told(one, new)):
            town.tell(truth, kind)


def _told(was: Date, now: Date) -> str:
    if now.status and (now.status != was.status or now.status == "cancelled"):
        return now.status
    if was.status in ("cancelled", "full") and not now.status:
        return "restored"
    return "rescheduled" if (was.start, was.end) != (now.start, now.end) else ""


def add_date(town: Town) -> None:
    """A further date, typed; or one of the series left out."""
    truth, entry = _series(town)
    if truth.adjusted or truth.slot or entry.overrides:
        raise LookupError
    if town.chance.random() < 0.5:
        start = max(truth.dates) + timedelta(days=3)
        values = {"rdates": [*entry.rdates, start.isoformat()]}
        with changing(town, truth):
            town.hands.save(truth, values)
            truth.dates[start] = Date(start, start + (entry.end - entry.start))
            if truth.status != "cancelled":
                town.tell(truth, "dates_added")
        return
    original = max(truth.dates)
    if original.isoformat() in entry.rdates or original == entry.start:
        raise LookupError
    with changing(town, truth):
        town.hands.save(truth, {"exdates": [*entry.exdates, original.isoformat()]})
        del truth.dates[original]
        if truth.status != "cancelled":
            truth.reschedule(town.at)
            town.tell(truth, "rescheduled")


def decide_by_the_weather(town: Town) -> None:
    truth, entry = _series(town)
    original, choice = town.chance.choice(sorted(truth.dates)), town.chance.choice(["held", "cancelled"])
    one = truth.dates[original]
    with changing(town, truth):
        since = town.last_number()
        single_dates.decide(
            town.session, entry, original, choice, note=RAIN if choice == "cancelled" else "", **town.given
        )
        one.status = choice
        if town.last_number() > since:
            town.tell(truth, choice)


def close_a_day(town: Town) -> None:
    """Everything on one day is cancelled as one act."""
    day = town.today() + timedelta(days=town.chance.randint(0, 20))
    query = select(Occurrence).join(Occurrence.event).where(Occurrence.first_day <= day, Occurrence.last_day >= day)
    dates = [one for one in town.session.scalars(query.order_by(Occurrence.id)) if one.event.public]
    if not dates:
        raise LookupError
    touched: dict[str, list[datetime]] = {}
    for one in dates:
        touched.setdefault(one.event.public_id, []).append(one.original)
    before, since = [town.truths[id_].copy() for id_ in touched], town.last_number()
    act = cancel_dates(town.session, dates, RAIN, **town.given)
    for id_, originals in touched.items():
        _close(town, town.truths[id_], originals, since)
    town.remember(before, since, act)


def _close(town: Town, truth: Truth, originals: list[datetime], since: int) -> None:
    done = town.session.scalars(
        select(Revision).where(Revision.number > since, Revision.entry_id == town.entry(truth).id)
    ).all()
    if len(originals) == len(truth.dates):
        if done:
            truth.set_status("cancelled", town.at)
            town.tell(truth, "cancelled")
        return
    for original in originals:
        truth.dates[original].status = "cancelled"
        if any(row.original == original for row in done):
            town.tell(truth, "cancelled")


def take_back(town: Town) -> None:
    """Undo of the last act of an event; the undo can be undone, too."""
    if not town.done:
        raise LookupError
    done = town.done[town.chance.choice(sorted(town.done, key=lambda public_id: town.truths[public_id].number))]
    now, since = [town.truths[one.public_id].copy() for one in done.before], town.last_number()
    act = ""
    if done.act:
        with one_act(town.session) as act:
            undo_act(town.session, done.act, at=town.at)
    else:
        for number in reversed(done.numbers):
            town.hands.undo(number)
    for was, truth in zip(now, done.before, strict=True):
        back = town.truths[truth.public_id] = truth.copy()
        back.expired, back.expired_at = not back.dates and back.over(town.at), was.expired_at
        if back.status == "rescheduled" != was.status:
            back.status_at = town.at
        if back.status in OFF and was.status not in OFF:
            back.interrupt(was)
        town.untold.add(truth.public_id)
    town.forget(*done.before)
    town.remember(now, since, act)


def rename_tag(town: Town) -> None:
    """A tag gets a new name, or that of another: then the two are one."""
    old, new = town.chance.choice(town.tags), f"札{town.number}の{town.at:%d%H%M%S}"
    new = town.chance.choice([new, town.chance.choice(town.tags)])
    tag = town.session.scalar(select(Tag).where(Tag.name == old))
    if tag is None or new == old:
        raise LookupError
    typed = town.chance.choice([new, f"#{new}", f"{new[0]}-{new[1:]} "])  # what no hashtag holds is left out
    renames.rename_tag(town.session, tag, typed, **town.given)
    town.tags = [new if name == old else name for name in town.tags]
    town.former = {was: new if now == old else now for was, now in town.former.items()} | {old: new}
    town.former.pop(new, None)
    town.codes = {code: new if name == old else name for code, name in town.codes.items()}
    for truth in town.truths.values():
        truth.tags = {new if name == old else name for name in truth.tags}
    for done in town.done.values():
        for truth in done.before:
            truth.tags = {new if name == old else name for name in truth.tags}


def mint(town: Town) -> None:
    tag = town.chance.choice(town.tags)
    if town.session.scalar(select(Tag).where(Tag.name == tag)) is None:
        raise LookupError
    town.codes[short_links.mint(town.session, Filter((("tag", (tag,)),)), at=town.at)] = tag


def use_template(town: Town) -> None:
    """An event becomes a template, and the template an event on another day."""
    truth = town.pick()
    if len(town.alive()) >= MOST or len(truth.dates) > 1 or truth.deadline or truth.photo:
        raise LookupError
    entry = town.entry(truth)
    kept = templates.save_template(town.session, truth.title, "event", revisions.values(entry), 1, **town.given)
    town.number += 1
    start = town.coming(town.chance.randint(1, 40))
    start = start.replace(hour=0, minute=0) if truth.all_day else start
    length = entry.end - entry.start
    new = kept.values | {
        "title": f"催し{town.number}番",
        "start": start.isoformat(),
        "end": (start + length).isoformat(),
    }
    new |= {
        "rule": "",
        "rdates": [],
        "exdates": [],
        "overrides": [],
        "skips": [],
        "photos": [],
        "adjusted": [],
        "slots": [],
    }
    made = publishing.create(town.session, "event", new, **town.given)
    publishing.publish(town.session, made, **town.given)
    copied = Truth(town.number, made.public_id, str(new["title"]), zone=truth.zone, all_day=truth.all_day)
    copied.dates, copied.tags = {start: Date(start, start + length)}, set(truth.tags)
    copied.english, copied.place, copied.state = truth.english, truth.place, "published"
    copied.reserve = truth.reserve
    town.truths[copied.public_id] = copied
    town.tell(copied, "published")


def follow_a_source(town: Town) -> None:
    """Another town's calendar has a new event, or says something else of one; what was edited here stays ours."""
    known = [uid for uid, said in town.source.items() if town.truths[said["id"]].state != "withdrawn"]
    if not known or town.chance.random() < 0.5:
        if len(town.alive()) >= MOST:
            withdraw(town)
            return
        town.number += 1
        uid, start = f"e{town.number}@example.org", town.coming(town.chance.randint(0, 40))
        town.source[uid] = {"title": f"催し{town.number}番", "start": start, "id": ""}
    else:
        uid = town.chance.choice(known)
        town.source[uid]["title"] += "改"
    truth, said = _imported(town, uid), town.source[uid]
    if truth is None:
        raise AssertionError(f"{uid} was not imported: {said}")


def _imported(town: Town, uid: str) -> Truth | None:
    said, source = town.source[uid], "source:1"
    before = said.get("then")
    truth = town.truths.get(said["id"])
    times = said["start"], said["start"] + 2 * HOUR
    lines = [f"UID:{uid}", f"SUMMARY:{said['title']}"]
    lines += [
        f"DT{name};TZID=Asia/Tokyo:{moment:%Y%m%dT%H%M%S}" for name, moment in zip(("START", "END"), times, strict=True)
    ]
    setting = ImportContext("Asia/Tokyo", town.today(), town.today() + timedelta(days=900))
    rows = [mend(row) for row in detect.parse_file(calendar(event(*lines)).encode(), setting).rows]
    import_in_portions(lambda: nullcontext(town.session), source, rows, department_id=1, **town.given)
    if truth is None:
        entry = town.session.scalar(select(Entry).where(Entry.source == source, Entry.source_uid == uid))
        if entry is None:
            return None
        truth = Truth(
            town.number, entry.public_id, said["title"], dates={times[0]: Date(*times)}, state="published", place=False
        )
        town.truths[truth.public_id] = truth
        said["id"] = truth.public_id
        town.tell(truth, "published")
    elif truth.title == before:
        truth.title = said["title"]
        town.forget(truth)
    said["then"] = truth.title if truth.title == said["title"] else before
    return truth


def archive_in_advance(_: Town) -> None:
    """Nothing is done: only the clock moves."""


WIDER: list[Act] = [*[change_date] * 3, *[add_date] * 2, *[decide_by_the_weather] * 2, close_a_day, *[take_back] * 5]
WIDER += [rename_tag, mint, use_template, *[follow_a_source] * 2, archive_in_advance]
