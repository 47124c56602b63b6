"""Invent what happens in a city: any number of events and announcements, the same for the same seed.

Ten events take place on a day, so that a larger city is an older one and its months stay as full. One entry in twelve is an
announcement; some are drafts, some events are cancelled, postponed or full, and some repeat weekly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from calendar_app.entries.publishing import ALPHABET

AHEAD, A_DAY, SHORTEST = 400, 10, 800  # days into the future; events on a day; days that a small city covers
LEAD = timedelta(days=42)  # between the first announcement and the first event
PUBLISHED, ENDED = timedelta(minutes=5), timedelta(minutes=30)  # after it was typed
RULES = ("FREQ=WEEKLY;COUNT=8", "FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;COUNT=6")
ENDINGS = {
    "cancelled": "大雨の予報のため中止します。",
    "postponed": "天候のため延期します。",
    "full": "定員に達しました。",
}
AREAS = ("角館", "田沢湖", "西木", "神代", "檜木内", "生保内", "白岩", "中川", "雲沢", "上桧木内")
NEWS = (
    "受付を始めました",
    "参加者を募集しています",
    "会場が決まりました",
    "プログラムができました",
    "ご協力をお願いします",
)


class Subject(NamedTuple):
    """What events of one sort have in common."""

    title: str
    summary: str
    tags: tuple[str, ...]
    months: range
    hours: tuple[int, int]
    audience: str
    fee: int | None


ALL_YEAR = range(1, 13)
SUBJECTS = (
    Subject("桜の下の朗読会", "満開の桜の下で、地元の作家の作品を朗読します。", ("桜", "読書"), range(4, 6), (10, 12), "どなたでも", 0),
    Subject("武家屋敷さくらガイド", "ボランティアガイドと武家屋敷通りを歩きます。", ("桜", "観光", "歴史"), range(4, 6), (9, 11), "どなたでも", 500),
    Subject("夏祭り", "屋台と盆踊り、最後に花火が上がります。", ("祭り", "花火"), range(7, 9), (17, 21), "どなたでも", 0),
    Subject("湖畔カヌー体験", "はじめての人も楽しめる二時間の体験です。", ("自然", "体験"), range(6, 10), (9, 11), "小学生以上", 2500),
    Subject("紅葉ハイキング", "渓谷の遊歩道を案内人と歩きます。", ("紅葉", "自然"), range(10, 12), (9, 14), "どなたでも", 300),
    Subject("雪まつり", "かまくらと雪像を作り、夜は灯りをともします。", ("雪", "祭り"), range(1, 3), (13, 20), "どなたでも", 0),
    Subject("紙風船づくり教室", "冬の夜空に上げる紙風船を作ります。", ("伝統", "体験"), range(1, 3), (13, 15), "小学生とその家族", 200),
    Subject("おはなし会", "絵本と紙芝居、手遊びの三十分です。", ("子ども", "図書館"), ALL_YEAR, (10, 11), "幼児とその家族", 0),
    Subject("健康体操教室", "椅子に座ったままできる体操です。", ("健康",), ALL_YEAR, (13, 14), "65歳以上", 0),
    Subject("樺細工の実演", "職人が山桜の皮を磨き、茶筒を仕上げます。", ("伝統", "観光"), ALL_YEAR, (10, 16), "どなたでも", 300),
    Subject("スマートフォン相談会", "使い方を一人三十分ずつお教えします。", ("暮らし", "講座"), ALL_YEAR, (10, 15), "60歳以上", 0),
    Subject("日本酒と郷土料理の夕べ", "地元の蔵の酒と山の幸を味わいます。", ("食", "観光"), ALL_YEAR, (18, 21), "20歳以上", 4000),
    Subject("朝市", "採れたての野菜と山菜、手作りの漬物が並びます。", ("食", "買い物"), range(4, 12), (6, 9), "どなたでも", None),
    Subject("少年野球大会", "市内の八チームがトーナメントで戦います。", ("スポーツ", "子ども"), range(5, 11), (8, 16), "小学生", 0),
    Subject("防災訓練", "避難所の開設と炊き出しを体験します。", ("防災",), range(5, 11), (9, 12), "どなたでも", 0),
    Subject("弦楽四重奏の午後", "市民館の小さなホールで聴く一時間です。", ("音楽",), ALL_YEAR, (14, 16), "どなたでも", 1500),
    Subject("行政相談", "国や市の仕事についてのご相談をお受けします。", ("相談", "暮らし"), ALL_YEAR, (13, 16), "どなたでも", 0),
    Subject("乳幼児健診", "身体測定と歯科検診、栄養のお話があります。", ("健康", "子ども"), ALL_YEAR, (13, 15), "乳幼児とその家族", 0),
)  # fmt: skip
BODY = (
    "受付は開始の三十分前からです。\n\n- 動きやすい服装でお越しください\n- 駐車場には限りがあります\n\n"
    "詳しくは**担当課**へお問い合わせください。"
)
TAGS = sorted({tag for subject in SUBJECTS for tag in subject.tags} | {"仙北市"})


@dataclass(frozen=True, slots=True)
class Story:
    """One entry from its draft to what became of it. Its `values` have the form of `revisions.values`.

    `token` and `public_id` are its permanent names; moments are instants (UTC), `status` is "" for an event that goes on.
    """

    kind: str
    values: dict[str, Any]
    token: str
    public_id: str
    created: datetime
    public: bool
    status: str

    @property
    def published(self) -> datetime:
        """The instant (UTC) at which it became public, unless it is a draft."""
        return self.created + PUBLISHED

    @property
    def ended(self) -> datetime:
        """The instant (UTC) at which its status changed, if it did."""
        return self.created + ENDED


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of what entries refer to."""

    departments: Sequence[int]
    categories: Sequence[int]
    venues: Sequence[int]


def tell(number: int, seed: int, places: Places, *, now: datetime) -> Iterator[Story]:
    """Yield the stories of so many entries in the order in which staff typed them; `now` is an aware instant (UTC)."""
    random, known = Random(f"calendar {seed}"), set[str]()  # noqa: S311 - nothing secret
    days = max(SHORTEST, number // A_DAY)
    first = now.date() + timedelta(days=AHEAD - days)
    typed, until = datetime.combine(first, time(), UTC) - LEAD, now - timedelta(hours=1)
    for place in range(number):
        day = first + timedelta(days=days * place // number)
        created = (typed + (until - typed) * (place / number)).replace(microsecond=0)
        news = random.random() < 1 / 12
        values = _news(random, places, created, now) if news else _event(random, places, day)
        public = random.random() > 0.02
        status = random.choice([*ENDINGS]) if public and not news and random.random() < 0.05 else ""
        token, public_id = f"{random.getrandbits(128):032x}", _public_id(random, known)
        yield Story("announcement" if news else "event", values, token, public_id, created, public, status)


def _public_id(random: Random, known: set[str]) -> str:
    while (name := "".join(random.choices(ALPHABET, k=8))) in known:
        pass
    known.add(name)
    return name


def _event(random: Random, places: Places, day: date) -> dict[str, Any]:
    subject = random.choice([subject for subject in SUBJECTS if day.month in subject.months])
    start, end = (datetime.combine(day, time(hour)) for hour in subject.hours)
    applied = subject.audience != "どなたでも" and random.random() < 0.3
    return {
        "title": f"第{random.randrange(1, 60)}回 {random.choice(AREAS)}{subject.title}",
        "summary": subject.summary,
        "body": BODY if random.random() < 0.3 else "",
        "start": start.isoformat(),
        "end": end.isoformat(),
        "timezone": "Asia/Tokyo",
        "rule": random.choice(RULES) if random.random() < 0.08 else "",
        "venue_id": random.choice(places.venues),
        "department_id": random.choice(places.departments),
        "category_id": random.choice(places.categories),
        "audience": subject.audience,
        "fee": subject.fee,
        "capacity": random.choice((20, 30, 50)) if applied else None,
        "apply": "電話で担当課へ" if applied else "",
        "apply_deadline": (start - timedelta(days=7, hours=start.hour - 17)).isoformat() if applied else None,
        "tags": sorted([*subject.tags, "仙北市"] if random.random() < 0.2 else subject.tags),
    }


def _news(random: Random, places: Places, at: datetime, now: datetime) -> dict[str, Any]:
    """An announcement that is still in force has an end; the clock has nothing to do for those that are over."""
    subject, until = random.choice(SUBJECTS), at + timedelta(days=random.randrange(5, 60))
    return {
        "title": f"{random.choice(AREAS)}{subject.title}：{random.choice(NEWS)}",
        "summary": subject.summary,
        "body": BODY,
        "department_id": random.choice(places.departments),
        "importance": "important" if random.random() < 0.1 else "normal",
        "valid_until": until.isoformat() if until > now else None,
        "tags": sorted(subject.tags),
    }
