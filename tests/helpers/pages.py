"""Every kind of page of three cities, for those who look at pages: the demo city, one with nothing in it, a crowded one.

Over real HTTP on this machine, under the clock of the tests.
"""

import atexit
import shutil
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.accounts import people, reset
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Announcement, Delivery, Department, Event, Passkey, Photo, Receiver, Venue
from calendar_app.entries import publishing, revisions, single_dates
from calendar_app.feedback import answers, inbox
from calendar_app.importing.sources import follow
from calendar_app.listings import filters, short_links
from calendar_app.staff import comments, templates
from helpers import cities, serving
from helpers.acts import cancel_dates
from helpers.import_samples import calendar, event
from helpers.services import LOOPBACK, free_port
from helpers.town import NOW, STOPPED, announce, person, set_up

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WIDE = ("全角文字だけで空白のない長い題名" * 7)[:100]
NARROW = ("A half-width title of nearly two hundred letters with one averyveryverylongword " * 3)[:190].strip()
TITLES = (WIDE, NARROW, "https://example.jp/" + "a" * 170, "短い題名", '<b>二つ & "三つ"</b>')
DAY = date(2027, 3, 6)  # of sixty events
STATUSES = ("scheduled", "cancelled", "postponed", "full", "moved_online", "rescheduled")
FILE = "0" * 32


@dataclass
class City:
    """Where it is, and its pages by name: paths."""

    url: str = ""
    public: dict[str, str] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    cookies: list[Any] = field(default_factory=list)  # of the colleague who has signed in

    def addresses(self, wanted: Container[str] | None = None) -> dict[str, str]:
        """Of all its pages, or of those named."""
        paths = self.public | self.staff
        return {
            name: self.url + quote(path, safe="/?=&#%") for name, path in paths.items() if not wanted or name in wanted
        }


@contextmanager
def served(config: Config, city: City, host: str = LOOPBACK) -> Iterator[City]:
    """Serve a city on this machine, under an address of its own; passkeys need one with a name, such as localhost."""
    port = free_port()
    city.url = f"http://{host}:{port}"
    with serving.served(cities.over(replace(config, base_url=city.url)), port):
        yield city


_opened: dict[Callable[..., tuple[Config, City]], City] = {}


def once(make: Callable[[pytest.TempPathFactory], tuple[Config, City]]) -> Callable[..., AbstractContextManager[City]]:
    """A city that is put together once in a process and stays open for all who look at it, each under the tests' clock."""

    @contextmanager
    @wraps(make)
    def opened(factory: pytest.TempPathFactory) -> Iterator[City]:
        with cities.stopped_clock():
            if make not in _opened:
                stack = ExitStack()
                atexit.register(stack.close)
                _opened[make] = stack.enter_context(served(*make(factory)))
            yield _opened[make]

    return opened


@once
def demo(factory: pytest.TempPathFactory) -> tuple[Config, City]:
    config = own_copy(cities.demo(factory), factory)
    with arranged(config) as session:
        return config, City(public=of_the_demo(session), staff=at_the_desk(session, config.instance))


@once
def empty(factory: pytest.TempPathFactory) -> tuple[Config, City]:
    config = own_copy(None, factory)
    with arranged(config) as session:
        person(session, role="admin")
        code = short_links.mint(session, filters.Filter((("kind", ("event",)),)), at=NOW)
    lists = ("", "entries", "news", "bulk", "sources", "channels", "people", "freshness", "handover", "clashes")
    public = everywhere("2027/03", DAY) | {"short": f"/f/{code}"}
    return config, City(public=public, staff={f"staff {name}": f"/staff/{name}" for name in lists})


@once
def crowded(factory: pytest.TempPathFactory) -> tuple[Config, City]:
    """Sixty events on one day, five over weeks; long names for everything, no photos."""
    config = own_copy(None, factory)
    with arranged(config) as session:
        crowd(session)
        city = City(public=everywhere("2027/03", DAY), staff=at_the_desk(session, config.instance))
        for number, event in enumerate(session.scalars(select(Event).order_by(Event.id).limit(6))):
            city.public[f"event {number}"] = f"/events/{event.public_id}"
        news = session.scalars(select(Announcement).limit(1)).one()
        city.public |= {"announcement": f"/announcements/{news.public_id}", "tag": f"/tags/{WIDE[:50]}"}
    return config, city


def own_copy(city: Config | None, factory: pytest.TempPathFactory) -> Config:
    """An instance that may be written into: of a city, or of an empty one."""
    folder = factory.mktemp("pages") / "instance"
    if city:
        shutil.copytree(city.instance, folder)
        return replace(city, instance=folder, database_url=f"sqlite:///{folder / 'calendar.db'}")
    folder.mkdir()
    config = cities.config_of(folder)
    set_up(config.database_url)
    return config


@contextmanager
def arranged(config: Config) -> Iterator[Session]:
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


def everywhere(month: str, day: date) -> dict[str, str]:
    """What every city has."""
    lists = ("weekend", "agenda", "seasons", "map", "deadlines", "announcements/", "archive/", "subscribe", "press")
    others = (
        "search",
        "search?q=祭",
        "search?q=無い言葉",
        "embed/build",
        "accessibility",
        "offline",
        "ask",
        "departments/kanko/ask",
        "for/parents",
    )
    frames = {f"frame {look}": f"/embed?look={look}" for look in ("list", "cards", "month")}
    return {
        **{f"/{name}": f"/{name}" for name in ("", *lists, *others)},
        **frames,
        "month": f"/calendar/{month}",
        "month in English": f"/calendar/{month}?lang=en",
        "month without events": "/calendar/2028/02",
        "day": f"/calendar/{day:%Y/%m/%d}",
        "day without events": "/calendar/2027/03/02",
        "department": "/departments/kanko",
        "venue": "/venues/1",
        "archive of a year": "/archive/2026",
        "sheet": f"/paper/{month}/wall",
        "column": f"/paper/{month}/list",
        "404": "/nowhere",
    }


def of_the_demo(session: Session) -> dict[str, str]:
    """The public pages of the demo city, one of each kind."""
    events = {
        "season": event_like(session, Event.title == "角館雛めぐり"),
        "season of years": event_like(session, Event.title == "田沢湖高原 雪だより"),
        "series": event_like(session, Event.title == "おはなし会", Event.rule != ""),
        "event": event_like(session, Event.title == "角館の桜まつり", Event.start > NOW.replace(tzinfo=None)),
        "event with photos": event_like(session, Event.id.in_(select(Photo.entry_id))),
        "event without a day": event_like(session, Event.precision != "exact"),
        "event to apply for": event_like(session, Event.apply_deadline.is_not(None)),
        "cancelled": event_like(session, Event.status == "cancelled"),
    }
    public = {name: f"/events/{event.public_id}" for name, event in events.items()}
    news = select(Announcement).where(Announcement.state == "published")
    for name, condition in {
        "status line": Announcement.headline != "",
        "announcement": Announcement.headline == "",
    }.items():
        public[name] = f"/announcements/{session.scalars(news.where(condition).limit(1)).one().public_id}"
    gone = publishing.create(session, "event", minimal("取り下げた催し"), actor=None, at=NOW)
    publishing.publish(session, gone, actor=None, at=NOW)
    publishing.withdraw(session, gone, "", actor=None, at=NOW)
    code = short_links.mint(session, filters.Filter((("tag", ("角館", "雪")),)), at=NOW)
    return {
        **everywhere("2027/03", DAY),
        **public,
        "410": f"/events/{gone.public_id}",
        "short": f"/f/{code}",
        "tag": "/tags/角館",
        "frame of an event": f"/embed/events/{events['season'].public_id}",
        "seasons of a year": "/seasons/2026",
        "in English": "/?lang=en",
        "in easy Japanese": "/?lang=easy",
        "event in English": f"/events/{events['event'].public_id}?lang=en",
        "month of one tag": "/calendar/2027/03?tag=角館",
        "narrowed agenda": "/agenda?category=festival",
        "results": "/search?kind=event&q=祭",
    }


def event_like(session: Session, *conditions: Any) -> Event:
    query = select(Event).where(Event.state == "published", *conditions).order_by(Event.start.desc()).limit(1)
    return session.scalars(query).one()


def minimal(title: str, day: date = DAY, **more: Any) -> dict[str, Any]:
    clock = {"start": f"{day}T10:00:00", "end": f"{day}T12:00:00", "timezone": "Asia/Tokyo"}
    return {"title": title, "department_id": 1, **clock, **more}


def at_the_desk(session: Session, instance: Path) -> dict[str, str]:
    """The pages of the staff desk, for an administrator who has something on each."""
    me, colleague = person(session, role="admin"), person(session, "other@example.jp")
    actor_and_time: dict[str, Any] = {"actor": me, "at": NOW}
    series = publishing.create(
        session, "event", minimal("太極拳の会", rule="FREQ=WEEKLY;COUNT=8", venue_id=1), **actor_and_time
    )
    publishing.publish(session, series, **actor_and_time)
    assert isinstance(series, Event)
    publishing.save(
        session,
        series,
        minimal("太極拳の会", rule="FREQ=WEEKLY;COUNT=9", venue_id=1),
        note="一回追加",
        **actor_and_time,
    )
    first = series.occurrences[0].original
    single_dates.decide(session, series, first, "cancelled", note="強風", **actor_and_time)
    draft = publishing.create(session, "event", minimal("下書きの催し", fee=500), **actor_and_time)
    news = announce(session, title="窓口の休み", at=NOW)
    act = cancel_dates(session, series.occurrences[3:5], "会場が使えない", **actor_and_time)
    comments.add(session, series, "何時に終わりますか", actor=colleague, at=NOW)
    asking: dict[str, Any] = {
        "entry": series,
        "department": None,
        "at": NOW - timedelta(days=9),
        "zone": ZoneInfo("Asia/Tokyo"),
    }
    waiting, answered = (
        inbox.receive(session, inbox.Submission("mistake", text), **asking) for text in (WIDE * 3, NARROW)
    )
    inbox.answer(session, answered, NARROW, **actor_and_time)
    answers.publish(session, answered, NARROW, WIDE, **actor_and_time)
    _, token = people.invite(
        session,
        email="new@example.jp",
        name="新人",
        role="member",
        department=session.get_one(Department, 1),
        **actor_and_time,
    )
    template = templates.save_template(
        session, "おはなし会", "event", revisions.values(series), 1, actor=colleague, at=NOW
    )
    held = {"credential_id": "AAAA", "public_key": "", "sign_count": 0, "created_at": NOW}
    session.add(Passkey(user_id=me.id, name=NARROW[:60], **held))
    _, reset_token = reset.make(session, colleague, actor=me, at=NOW)
    followed = follow.start_following(session, "市民会館", "https://hall.example.jp/calendar.ics", 1, {}, at=NOW)
    (instance / "imports").mkdir(exist_ok=True)
    (instance / "imports" / FILE).write_text(calendar(event("UID:1", "SUMMARY:春の演奏会", "DTSTART:20270410T090000Z")))
    entry = f"/staff/entries/{series.public_id}"
    fixed = ("password", "me", "news", "people", "bulk", "clashes", "departments", "entries", "freshness", "handover")
    fixed += ("me/second-factor", "people/sign-ins", "status")
    lists = (
        "import",
        "sources",
        "channels",
        "channels/new/webhook",
        "tags",
        "templates",
        "venues",
        "events/new",
        "announcements/new",
        "press",
    )
    return {
        **{f"staff {name}": f"/staff/{name}" for name in ("", *fixed, *lists)},
        "staff month": "/staff/entries?view=month",
        "staff entries, none": "/staff/entries?q=無い&state=draft",
        "staff entry": entry,
        "staff draft": f"/staff/entries/{draft.public_id}",
        "staff announcement": f"/staff/entries/{news.public_id}",
        "staff date": f"{entry}/dates/{first:%Y%m%dT%H%M}",
        "staff now": f"/staff/events/{series.public_id}/now",
        "staff many dates": f"/staff/bulk?first={DAY}&last={DAY + timedelta(days=40)}",
        "staff act": f"/staff/bulk/{act}",
        "staff questions": "/staff/questions",
        "staff question": f"/staff/questions/{waiting.id}",
        "staff question on a page": f"/staff/questions/{answered.id}",
        "staff source": f"/staff/sources/{followed.id}",
        "staff channel": f"/staff/channels/{channel_with_log(session, series)}",
        "staff template": f"/staff/templates/{template.id}",
        "staff form from a template": f"/staff/events/new?template={template.id}",
        "staff import of a file": f"/staff/import/{FILE}",
        "staff reset": f"/staff/reset/{reset_token}",
        "staff invitation": f"/staff/invitation/{token}",
        **{f"staff entry {page}": f"{entry}/{page}" for page in ("edit", "history", "status", "dates", "share")},
    }


def channel_with_log(session: Session, event: Event) -> int:
    """A webhook of the town, which has sent, failed and waits; its id."""
    to = Receiver(channel="webhook", key="w", name="市公式サイト", query="tag=桜", created_at=NOW, problem="HTTP 503")
    session.add(to)
    session.flush()
    for state in ("sent", "failed", "skipped", "waiting"):
        texts = {"said": "【中止】朝市\n大雨のため", "problem": "" if state == "sent" else "too_late", "entry": event}
        session.add(Delivery(uid=state, receiver=to, key=state, made_at=NOW, state=state, tries=2, **texts))
    session.flush()
    return to.id


def crowd(session: Session) -> None:
    session.add_all((Department(slug="long", name=WIDE), venue := Venue(name=WIDE, address=NARROW)))
    session.flush()
    details: dict[str, Any] = {"summary": WIDE * 2, "tags": [WIDE[:50], "桜"], "venue_id": venue.id, "fee_note": NARROW}
    details |= {"body": NARROW * 3, "contact": NARROW, "url": TITLES[2], "audience": NARROW, "capacity": 20}
    for number in range(60):
        values = minimal(TITLES[number % len(TITLES)], **details if number % 2 else {})
        event = publishing.create(session, "event", values, actor=None, at=NOW)
        publishing.publish(session, event, actor=None, at=NOW)
        status = STATUSES[number % len(STATUSES)]
        if status != "scheduled":
            assert isinstance(event, Event)
            publishing.mark(session, event, status, WIDE, actor=None, at=NOW)
    for title in TITLES:
        days: dict[str, Any] = {"start": "2027-02-20T00:00:00", "end": "2027-04-10T00:00:00", "all_day": True}
        band = publishing.create(session, "event", minimal(title, **days), actor=None, at=NOW)
        publishing.publish(session, band, actor=None, at=NOW)
        announcement = {"title": title, "body": NARROW * 2, "summary": WIDE, "headline": WIDE[:40], "about_id": band.id}
        announce(session, at=STOPPED - timedelta(hours=2), **announcement)
    urgent = {"importance": "emergency", "valid_until": (STOPPED + timedelta(days=2)).isoformat()}
    announce(session, title=WIDE, summary=NARROW, at=STOPPED - timedelta(hours=1), **urgent)


def sign_in(context: BrowserContext, city: City) -> None:
    """Through the form, the first time: tries are rationed, and a cookie holds on."""
    if city.cookies:
        context.add_cookies(city.cookies)
        return
    page = context.new_page()
    page.goto(f"{city.url}/staff/")
    page.fill("#email", "staff@example.jp")
    page.fill("#password", "correct horse battery")
    page.click("main form button")
    page.wait_for_url(f"{city.url}/staff/")
    page.close()
    city.cookies = context.cookies()  # type: ignore[assignment]
