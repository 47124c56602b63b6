"""A city whose every word and date was made to hurt: the same thousand events for the same seed.

What people paste, what attackers send, every kind of repeat, days that calendars stumble over. What must not be seen
outside (drafts, scheduled, withdrawn) says so in its title.
"""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session, contains_eager

from calendar_app.dates.recurrence import BadRule, Repeat, check, rule_dates
from calendar_app.db.models import Category, Entry, Event, Occurrence, Revision, Tag, Venue
from calendar_app.entries import describe, editing, occurrences, publishing, revisions, single_dates
from calendar_app.feeds import items
from calendar_app.formats import ics, shared
from calendar_app.text.labels import STATUS_MARKS, marked
from helpers.engines import Seen, moment
from helpers.feed_samples import HOSTILE
from helpers.town import SITE_ID, STOPPED

IN_A_DISTRICT = 100  # events
SECRET = "未公開の秘密"  # in the title of whatever must not be seen
FIRST, LAST = date(2027, 2, 1), date(2028, 3, 31)  # inside of what a calendar covers on the day of the tests
MADE = STOPPED - timedelta(days=3)

ZONES = ["Asia/Tokyo"] * 6 + ["Europe/Berlin", "America/New_York", "UTC", "Africa/Casablanca", "Australia/Lord_Howe"]
ZONES += ["Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
DAYS = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 10, 31), date(2027, 11, 7), date(2027, 12, 31)]
DAYS += [date(2028, 2, 28), date(2028, 2, 29), date(2027, 4, 30), date(2027, 2, 28), date(2028, 1, 1)]
CLOCKS = [time(0), time(0, 5), time(1, 30), time(2, 30), time(6), time(10), time(13, 15), time(18, 30), time(23, 59)]
LENGTHS: list[timedelta | None] = [None, timedelta(0), timedelta(minutes=1), timedelta(hours=2), timedelta(hours=25)]
LENGTHS += [timedelta(hours=2, minutes=30), timedelta(days=3, hours=4)]
WHOLE_DAYS = [None, *map(timedelta, (0, 1, 2, 6, 30, 80))]
RULES = ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=5", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH,SU", "FREQ=MONTHLY"]
RULES += ["FREQ=MONTHLY;BYDAY=2SA", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=5SU", "FREQ=MONTHLY;BYMONTHDAY=31"]
RULES += ["FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=WEEKLY;WKST=SU"]
RULES += ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYDAY=20MO"]

WORDS = [
    *HOSTILE,
    "BEGIN:VEVENT\nUID:injected\nEND:VEVENT",
    "a\\,b\\;c\\n\\N\\\\",
    "]]><item><title>偽の項目</title></item>",
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "&lt;b&gt;&#x0;&nbsp;&amp;amp;",
    "{{ 7*7 }}{% raw %}%(x)s%s{0}",
    "= SUM(A1)+@cmd|' /C calc'!A0",
    "[悪意](javascript:alert(1)) ![図](//evil.example/x.png) <https://例え.テスト/道?a=b&c=d>",
    "e\u0301 が か\u3099 ﾊﾝｶｸ Ⅷ ㍿ 𠮷野家 👨🏽‍🚒",
    "https://example.jp/祭り?q=春 秋&x=1#断片、つづき",
    " \t 空白だらけ \u3000 ",
    "一行\r二行\r\n三行\u0085四行\u000b五行",
]
VENUES = [
    ("ホール, 第1;北\\南", "秋田県\n仙北市\u2028角館町", 39.59, 140.56),
    ('"引用符" & <角括弧>', "", 1e-7, -1e-7),
    ("南極", "地の果て", -90.0, 180.0),
    ("👩‍👩‍👧‍👦広場", "=1+1", None, None),
]


def load(session: Session, count: int, seed: int = 2027) -> None:
    """Into a city that is set up. Written in bulk as the verbs would write them one by one; what happens later, by verbs."""
    dice = Random(seed)
    actor_and_time: dict[str, Any] = {"actor": None, "at": MADE - timedelta(days=1)}
    for name, address, lat, lon in VENUES:
        values = {"name": name, "address": address, "lat": lat, "lon": lon}
        publishing.save_reference(session, Venue(), values, **actor_and_time)
    publishing.save_reference(session, Category(), {"slug": "music", "name": "音楽; 歌, 踊り"}, **actor_and_time)
    tags: dict[str, Tag] = {}
    with session.no_autoflush:
        events = [_born(session, _values(dice, number), dice, tags, number) for number in range(count)]
    session.add_all(events)
    session.flush()
    for event in events:
        occurrences.rebuild(session, event)
    _tell(session, events)
    for event in events:
        _happen(session, event, dice, event.changed_at + timedelta(minutes=1))
    session.flush()


def _born(session: Session, values: dict[str, Any], dice: Random, tags: dict[str, Tag], number: int) -> Event:
    """Public, or one of three that must not be seen: a draft, one for later, one taken back."""
    state = dice.choices(["published", "draft", "scheduled", "withdrawn"], [88, 4, 4, 4])[0]
    if state != "published":
        values["title"] = f"{SECRET} {values['title']}"[:200]
    instant = MADE + timedelta(seconds=number)
    event = Event(uid=f"{number}@{SITE_ID}", public_id=f"h{number:07}", sequence=0, state=state)
    event.created_at = event.updated_at = event.changed_at = instant
    event.published_at = instant if state in ("published", "withdrawn") else None
    event.publish_at = STOPPED + timedelta(days=9) if state == "scheduled" else None
    values = editing.cleaned(session, values)
    event.tags = [tags.setdefault(name, Tag(name=name)) for name in values.pop("tags")]
    editing.apply(session, event, values)
    return event


def _tell(session: Session, events: list[Event]) -> None:
    """A public revision for each that is or was public."""
    site = revisions.lock(session)
    announced = [event for event in events if event.published_at]
    about: dict[str, Any] = {"kind": "published", "public": True, "notable": True, "snapshot": {}}
    rows = [
        {
            **about,
            "number": site.revision + position,
            "at": event.changed_at,
            "subject": f"event:{event.id}",
            "entry_id": event.id,
            "guid": f"tag:{SITE_ID},2027:event/{event.public_id}",
        }
        for position, event in enumerate(announced, 1)
    ]
    session.execute(insert(Revision), rows)
    site.revision = site.public_revision = site.revision + len(rows)
    site.changed_at = announced[-1].changed_at


def district(number: int) -> str:
    """The tag of this event's part of the city: few enough events for one calendar."""
    return f"町内{number // IN_A_DISTRICT:02}"


def districts(count: int) -> list[str]:
    return [district(number) for number in range(0, count, IN_A_DISTRICT)]


def dated(session: Session, tag: str = "") -> list[tuple[Seen, bool]]:
    """Every public date between FIRST and LAST, of a district or of all, from the rows that the pages are made of; in order.

    True beside one that a change of the clocks touches: there some programs read another hour than the standard says.
    """
    rows = select(Occurrence).join(Occurrence.event).where(Event.state == "published", *_of(tag))
    seen = [(_seen(row), _stormy(row)) for row in session.scalars(rows.options(contains_eager(Occurrence.event)))]
    return sorted(pair for pair in seen if _inside(pair[0]))


def told(session: Session, tag: str = "") -> list[tuple[str, str]]:
    """Guid and title of what the feed of a district must list, newest first: 50, and all of the last 14 days up to 200."""
    rows = select(Revision).join(Revision.entry).where(Revision.notable, Entry.state == "published", *_of(tag))
    newest = session.scalars(rows.order_by(Revision.number.desc()).limit(200)).all()
    shown = [row for place, row in enumerate(newest) if place < 50 or row.at >= STOPPED - timedelta(days=14)]
    return [(str(row.guid), shared.title(items.notice(row, "ja"))) for row in shown]


def within(seen: list[Seen]) -> list[Seen]:
    """Those that begin between FIRST and LAST; in order."""
    return sorted(filter(_inside, seen))


def _inside(date: Seen) -> bool:
    return f"{FIRST}" <= date.start[:10] <= f"{LAST}"


def _of(tag: str) -> list[ColumnElement[bool]]:
    return [Entry.tags.any(Tag.name == tag)] if tag else []


def _seen(row: Occurrence) -> Seen:
    status = describe.status(row)
    cancelled, tentative = status in shared.OFF, not row.event.confirmed
    standing = "CANCELLED" if cancelled else "TENTATIVE" if tentative else "CONFIRMED"
    title = shared.title(marked(row.event.title, STATUS_MARKS[status], "ja"))
    if row.event.all_day:
        return Seen(title, moment(row.first_day), moment(row.last_day + timedelta(days=1)), standing)
    return Seen(
        title, moment(row.start), moment(_end_for_programs(row).replace(tzinfo=ZoneInfo(row.event.timezone))), standing
    )


def _end_for_programs(row: Occurrence) -> datetime:
    """Calendars must be given an end where nobody knows one: two hours later on the wall."""
    return row.wall_end if row.wall_end and row.wall_end > row.wall_start else row.wall_start + ics.DEFAULT_LENGTH


def _stormy(row: Occurrence) -> bool:
    """Whether it, or the first date of its series, begins, ends or lies over an hour of another offset."""
    event = row.event
    first = event.start, event.end or event.start
    return any(_changes(event.timezone, walls) for walls in (first, (row.wall_start, _end_for_programs(row))))


def _changes(zone: str, walls: tuple[datetime, ...]) -> bool:
    return len({wall.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for wall in walls for fold in (0, 1)}) > 1


def _values(dice: Random, number: int) -> dict[str, Any]:
    def word(limit: int) -> str:
        return dice.choice(WORDS)[:limit]

    dates = _dates(dice)
    return dates | {
        "title": f"{number} {word(190)}",
        "summary": word(2_000),
        "body": "\n\n".join([word(9_000), word(9_000)]),
        "department_id": dice.choice([1, 2]),
        "venue_id": dice.choice([None, 1, 2, 3, 4, 5]),
        "category_id": dice.choice([None, 1, 2]),
        "tags": [district(number), word(40)],
        "online_url": dice.choice(["", "", 'https://meet.example.com/秋田 会場?x="1"']),
        "date_note": word(100),
        "audience": word(100),
        "fee": dice.choice([None, 0, 500, 1_000_000]),
        "fee_note": word(100),
        "apply": word(200),
        "apply_deadline": dice.choice([None, "2027-03-20T17:00:00", "2027-03-31T00:00:00"]),
        "contact": word(200),
        "organizer": word(100),
        "translations": {"en": {"title": f"{number} {word(150)}", "summary": word(500)}},
    }


def _dates(dice: Random) -> dict[str, Any]:
    """A span that can be saved, in two of five cases with a repeat."""
    while True:
        repeat = _repeat(dice)
        try:
            check(repeat)
        except BadRule:
            continue
        break
    inexact = repeat.all_day and not repeat.rule and dice.random() < 0.2
    return {
        "start": repeat.start.isoformat(),
        "end": repeat.end.isoformat() if repeat.end else None,
        "all_day": repeat.all_day,
        "timezone": dice.choice(ZONES),
        "precision": "part" if inexact else "exact",
        "certainty": "planned" if inexact else "confirmed",
        "rule": repeat.rule,
        "rdates": [moment.isoformat() for moment in repeat.rdates],
        "exdates": [moment.isoformat() for moment in repeat.exdates],
        "slots": [["13:00", "14:30"], ["22:00", "01:00"]] if not repeat.all_day and dice.random() < 0.1 else [],
    }


def _repeat(dice: Random) -> Repeat:
    all_day = dice.random() < 0.35
    day = dice.choice(DAYS) if dice.random() < 0.3 else FIRST + timedelta(days=20 + dice.randrange(360))
    start = datetime.combine(day, time() if all_day else dice.choice(CLOCKS))
    length = dice.choice(WHOLE_DAYS if all_day else LENGTHS)
    rule = ""
    if dice.random() < 0.4:
        end = dice.choice(
            [f"COUNT={dice.randint(1, 12)}", f"UNTIL={day + timedelta(days=dice.randint(10, 300)):%Y%m%d}"]
        )
        rule = f"{dice.choice(RULES)};{end}"
        length = min(length, timedelta(days=2)) if length else length
        days = rule_dates(Repeat(start, None, rule=rule), date(2030, 1, 1))
        if not days:
            return _repeat(dice)
        start = datetime.combine(days[0], start.time())
        exdates = [datetime.combine(day, start.time()) for day in days[1:] if dice.random() < 0.1]
        rdates = [datetime.combine(days[-1] + timedelta(days=3), time(3, 15))] if dice.random() < 0.3 else []
        return Repeat(start, _end(start, length), all_day, rule, tuple(rdates), tuple(exdates))
    return Repeat(start, _end(start, length), all_day)


def _end(start: datetime, length: timedelta | None) -> datetime | None:
    return None if length is None else start + length


def _happen(session: Session, event: Event, dice: Random, at: datetime) -> None:
    """What happens to events after their publication."""
    actor_and_time: dict[str, Any] = {"actor": None, "at": at}
    reason, fate = dice.choice(WORDS)[:400], dice.random()
    if event.state != "published":
        return
    if event.rule and dice.random() < 0.3:
        for _ in range(dice.randint(1, 3)):
            _change_a_date(session, event, dice, **actor_and_time)
    if fate < 0.04:
        publishing.cancel(session, event, reason, **actor_and_time)
    elif fate < 0.06:
        publishing.postpone(session, event, reason, **actor_and_time)
    elif fate < 0.10:
        publishing.mark(session, event, dice.choice(["full", "moved_online"]), reason, **actor_and_time)
    elif fate < 0.13:
        publishing.save(session, event, {"venue_id": 3}, note=reason, **actor_and_time)
    elif fate < 0.16 and not event.rule:
        moved = {"start": (event.start + timedelta(days=1)).isoformat(), "end": None}
        publishing.save(session, event, moved, note=reason, **actor_and_time)


def _change_a_date(session: Session, event: Event, dice: Random, *, actor: None, at: datetime) -> None:
    original = dice.choice([occurrence.original for occurrence in event.occurrences])
    moved = original + timedelta(days=dice.randint(-2, 2), hours=0 if event.all_day else dice.randint(0, 3))
    change = dice.choice(
        [
            {"status": "cancelled", "note": dice.choice(WORDS)[:400]},
            {"start": moved.isoformat(), "end": (moved + timedelta(hours=0 if event.all_day else 2)).isoformat()},
            {"venue_id": 2, "note": dice.choice(WORDS)[:400]},
            {"status": "full"},
        ]
    )
    single_dates.change_date(session, event, original, change, actor=actor, at=at)
