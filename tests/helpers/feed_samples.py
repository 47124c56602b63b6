"""Values that the tests of the feed formats share: small, and named by what is hard about them."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime

from calendar_app.dates.recurrence import Override, Repeat
from calendar_app.formats import EventItem, Feed, FeedItem, Image, Place, atom_rss, ics, json_feed
from helpers import DATA

HORIZON = date(2028, 3, 31)
CREATED = datetime(2027, 1, 15, 0, 30, tzinfo=UTC)
MODIFIED = datetime(2027, 3, 20, 5, 0, tzinfo=UTC)

HALL = Place("仙北市民会館", "秋田県仙北市角館町中菅沢77-30", 39.5932, 140.5611)
PARK = Place("桧木内川堤", "秋田県仙北市角館町", 39.59, 140.56)
SMALL = Image("https://events.example.jp/photos/ab12-480.jpg", "image/jpeg", 21_004, 480, 270, "満開の桜並木")
CARD = "https://events.example.jp/photos/ab12-1200x630.jpg"
PHOTO = Image(
    "https://events.example.jp/photos/ab12.jpg", "image/jpeg", 182_345, 1600, 900, "満開の桜並木", CARD, SMALL
)

# What people paste, and what attackers send. Each must arrive as text, or cleaned, and break nothing.
HOSTILE = [
    *(f"前{chr(code)}後" for code in [*range(0x20), 0x7F, *range(0x80, 0xA0)]),
    "行\u2028区切り\u2029段落",
    "\ud800孤立\udfff",
    "\ufeff先頭",
    "\ufffe\uffff\ufdd0",
    r"C:\New\note; a,b",
    'x;y,z"w"\\',
    "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:偽",
    "<script>alert(1)</script>&amp;]]>",
    "長" * 10_000,
    "👩‍👩‍👧‍👦🏳️‍🌈🇯🇵",
    "مرحبا ABC שלום",
    "表\u202e裏返し\u2066分離\u2069",
    "葛\U000e0100城市",
    "か\u3099んばる",
]


def event(repeat: Repeat, **changes: object) -> EventItem:
    base = EventItem(
        uid="3f2a9c@semboku.example.jp",
        url="https://events.example.jp/events/k7m2p9qa",
        sequence=0,
        created=CREATED,
        modified=MODIFIED,
        title="春の演奏会",
        status="scheduled",
        repeat=repeat,
        timezone="Asia/Tokyo",
        summary="市民吹奏楽団の演奏会です。",
        details=("料金：無料", "定員：300"),
        place=HALL,
        contact="生涯学習課 0187-00-0000",
        organizer="仙北市",
        categories=("音楽",),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2027) -> datetime:
    return datetime(year, month, day, hour, minute)


CONCERT = event(Repeat(at(4, 18, 18, 30), at(4, 18, 20, 30)))
SEASON = event(
    Repeat(at(4, 15), at(5, 5), all_day=True),
    uid="season@semboku.example.jp",
    url="https://events.example.jp/events/sakura27",
    title="角館の桜まつり",
    headline="4月24日（土） 満開",
    place=PARK,
    categories=("祭り", "桜", "角館", "観光", "花見"),
    image=PHOTO,
)
MARKET = event(
    Repeat(
        at(4, 4, 8),
        at(4, 4, 12),
        rule="FREQ=WEEKLY;BYDAY=SU;UNTIL=20270531",
        rdates=(at(4, 29, 8),),
        exdates=(at(5, 2, 8),),
        overrides=(
            Override(at(4, 18, 8), at(4, 17, 9), at(4, 17, 13), "rescheduled", "まつりのため前日に変更します。"),
            Override(at(5, 9, 8), status="cancelled", note="強風のため"),
            Override(at(5, 16, 8), venue_id=7),
        ),
    ),
    uid="market@semboku.example.jp",
    title="日曜朝市",
    places={7: HALL},
    place=PARK,
)
CANCELLED = event(
    Repeat(at(8, 16, 19), at(8, 16, 21)),
    uid="fireworks@semboku.example.jp",
    title="花火大会",
    status="cancelled",
    reason="大雨の予報のため中止します。",
    sequence=3,
)
OVER_MIDNIGHT = event(
    Repeat(at(12, 31, 23), at(1, 1, 1, 30, year=2028)), uid="newyear@semboku.example.jp", title="年越しの鐘"
)
NO_END = event(Repeat(at(6, 1, 10), None), uid="noend@semboku.example.jp", title="田植え体験", tentative=True)
ABROAD = event(
    Repeat(at(3, 13, 19), at(3, 13, 20), rule="FREQ=WEEKLY;BYDAY=SA;COUNT=4"),
    uid="newyork@semboku.example.jp",
    title="Akita Night",
    timezone="America/New_York",
    place=None,
    online_url="https://meet.example.com/秋田",
)
HOSTILE_EVENT = event(
    Repeat(at(4, 18, 18, 30), at(4, 18, 20, 30)),
    uid="hostile@semboku.example.jp",
    title="".join(HOSTILE[-10:-7]),
    summary="\n".join(HOSTILE),
    details=tuple(HOSTILE[:10]),
    reason=HOSTILE[-9],
    contact=HOSTILE[-10],
    organizer=HOSTILE[-8],
    categories=(r"a,b;c\N", "\x00"),
    place=Place("会場\x07, 1;2", "\u2028番地", 1e-05, -0.1234567891),
)

CALENDARS: dict[str, tuple[EventItem, ...]] = {
    "season_all_day": (SEASON,),
    "weekly_with_exception_and_moved_date": (MARKET,),
    "cancelled": (CANCELLED,),
    "over_midnight": (OVER_MIDNIGHT,),
    "end_unknown_and_not_confirmed": (NO_END,),
    "another_zone_with_summer_time": (ABROAD,),
    "hostile_text": (HOSTILE_EVENT,),
    "nothing": (),
}


def item(event: EventItem | None, **changes: object) -> FeedItem:
    base = FeedItem(
        id="tag:semboku.example.jp,2027:event/k7m2p9qa",
        url=event.url if event else "https://events.example.jp/announcements/q2w8e4rt",
        title=event.title if event else "道路の通行止めについて",
        published=MODIFIED,
        updated=MODIFIED,
        lead="2027年4月18日（日） 18:30〜20:30 仙北市民会館" if event else "",
        text="市民吹奏楽団の演奏会です。\n入場無料。",
        html='<p>市民吹奏楽団の演奏会です。<br>入場無料。<a href="https://events.example.jp/access">交通</a></p>',
        details=("料金：無料", "対象：<どなた>でも"),
        department="生涯学習課",
        categories=("音楽",),
        tags=("桜", "角館"),
        ics_url=f"{event.url}.ics" if event else "",
        event=event,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def feed(*items: FeedItem, **changes: object) -> Feed:
    base = Feed(
        id="tag:semboku.example.jp,2027:feed",
        title="仙北市 イベント・お知らせ",
        description="仙北市の催しとお知らせ",
        page_url="https://events.example.jp/",
        links={
            "ics": "https://events.example.jp/calendar.ics",
            "atom": "https://events.example.jp/feed.atom",
            "rss": "https://events.example.jp/feed.rss",
            "json": "https://events.example.jp/feed.json",
        },
        lang="ja",
        updated=MODIFIED,
        publisher="仙北市",
        timezone="Asia/Tokyo",
        site_url="https://events.example.jp",
        icon_url="https://events.example.jp/static/icon-512.png",
        favicon_url="https://events.example.jp/static/favicon.svg",
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        items=items,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


NOTICE = item(None, id="tag:semboku.example.jp,2027:notice/12", title="【訂正】道路の通行止めについて")
LOGS: dict[str, Feed] = {
    "event_with_picture_then_notice": feed(
        item(CONCERT, images=(PHOTO,)), NOTICE, item(CANCELLED, id="tag:semboku.example.jp,2027:notice/13")
    ),
    "season_and_series": feed(
        item(SEASON, id="tag:semboku.example.jp,2027:season"),
        item(MARKET, id="tag:semboku.example.jp,2027:market"),
    ),
    "hostile_text": feed(
        item(
            HOSTILE_EVENT,
            title=HOSTILE_EVENT.title,
            lead=HOSTILE[-10],
            text="\n".join(HOSTILE),
            tags=tuple(HOSTILE[-5:]),
        ),
        title="題\x00名, a;b",
        description="",
    ),
    "nothing": feed(),
}


def assert_golden(name: str, body: bytes) -> None:
    """Equal to the file in tests/data; UPDATE_GOLDEN=1 writes it anew, for a person to read the difference."""
    path = DATA / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(body)
    assert body == path.read_bytes()


def everything() -> dict[str, bytes]:
    """Every sample in every format, by file name."""
    calendars = {f"{name}.ics": ics.render(feed(), events, HORIZON) for name, events in CALENDARS.items()}
    formats = {"atom": atom_rss.render_atom, "rss": atom_rss.render_rss, "json": json_feed.render}
    return calendars | {f"{name}.{form}": render(log) for name, log in LOGS.items() for form, render in formats.items()}
