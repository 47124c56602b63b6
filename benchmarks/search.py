"""Search among 10,000 entries, on SQLite and on PostgreSQL: read the ratio to a plain look through the same texts.

Each kind of question is asked with different words; the median counts. "page" is all that the page of search asks of the database.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import sqlalchemy as sa
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Entry, Event, Occurrence
from calendar_app.entries import publishing, search_index
from calendar_app.listings.search import facets, find
from helpers.services import PostgreSQL
from helpers.town import set_up

ENTRIES, QUESTIONS, LOOKS, SAVES, PORTION = 10_000, 200, 10, 50, 500
TODAY, NOW = date(2027, 3, 1), datetime(2027, 3, 1, tzinfo=UTC)
LISTS = ("rdates", "exdates", "overrides", "skips", "slots", "adjusted", "previous_starts")
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん"
ENGLISH = [
    *("festival", "market", "concert", "library", "garden", "river", "mountain", "family", "children"),
    *("reading", "dance", "lantern", "winter", "spring", "town", "walk"),
]


def main() -> None:
    print(f"{ENTRIES:,} entries, {QUESTIONS} different questions of each kind, median milliseconds")
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder, ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder}/calendar.db"}
        try:
            urls["PostgreSQL"] = stack.enter_context(PostgreSQL()).create_database("searched")
        except RuntimeError as error:
            print(f"no PostgreSQL: {error}")
        for name, url in urls.items():
            _measure(name, url)


def _measure(name: str, url: str) -> None:
    chance = random.Random(7)
    set_up(url)
    engine = make_engine(url)
    with write_session(engine) as session:
        _fill(session, chance)
        session.commit()
        ids = search_index.unindexed(session)
        begun = time.perf_counter()
        for first in range(0, len(ids), PORTION):
            search_index.index_ids(session, ids[first : first + PORTION])
            session.commit()
        spent = time.perf_counter() - begun
        print(f"\n{name}\n{'all indexed, seconds':40}{spent:8.1f}{spent / len(ids) * 1e6:10.0f} µs an entry")
        for what, milliseconds in _saves(session, chance):
            print(f"{what:40}{milliseconds:8.2f}")
        session.commit()
        if session.connection().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE"))
            session.commit()
    print(f"{'':40}{'index':>8}{'hits':>8}{'page':>8}{'scan':>8}{'scan / index':>14}")
    with Session(engine) as session:
        for kind, questions in _questions(chance).items():
            _ask(session, kind, questions)
    engine.dispose()


def _ask(session: Session, kind: str, questions: Sequence[str]) -> None:
    counts = [_count(session, find.contains(text)) for text in questions]  # also compiles the statements
    ours = _median(lambda text: _count(session, find.contains(text)), questions)
    page = _median(lambda text: _page(session, text), questions[: QUESTIONS // 4])
    scan = _median(lambda text: _count(session, _like(text)), questions[:LOOKS])
    print(f"{kind:40}{ours:8.2f}{median(counts):8.0f}{page:8.1f}{scan:8.1f}{scan / ours:14.0f}")


def _count(session: Session, condition: Any) -> int:
    return session.scalar(sa.select(sa.func.count(Entry.id)).where(condition)) or 0


def _like(typed: str) -> Any:
    """The LIKE condition that one would write without an index."""
    fields = (Entry.title, Entry.title_kana, Entry.summary, Entry.body)
    return sa.and_(*(sa.or_(*(field.contains(word) for field in fields)) for word in typed.split()))


def _page(session: Session, typed: str) -> None:
    conditions = [find.contains(typed)]
    if hits := find.hits(session, typed, TODAY, *conditions):
        facets.count(session, hits, conditions, TODAY, "ja")
    else:
        find.meant(session, typed, Entry.state == "published")


def _saves(session: Session, chance: random.Random) -> Iterator[tuple[str, float]]:
    some = session.scalars(sa.select(Entry).where(Entry.id.in_(range(1, SAVES + 1)))).all()
    texts = iter([f"{_text(chance, 30)}。" for _ in range(2 * SAVES)])

    def save(entry: Entry) -> None:
        publishing.save(session, entry, {"summary": next(texts)}, actor=None, at=NOW)

    with_index = _median(save, some)
    put, search_index.update = search_index.update, lambda _session, _thing: None
    without = _median(save, some)
    search_index.update = put
    yield "a save", with_index
    yield "of that, the index", with_index - without


def _fill(session: Session, chance: random.Random) -> None:
    """Insert the entries directly, because this benchmark does not measure saving."""
    entries, events, dates = [], [], []
    for id_ in range(1, ENTRIES + 1):
        start = datetime(2026, 1, 1, 10) + timedelta(days=chance.randrange(800))
        body = "\n\n".join(_text(chance, 60) + "。" + " ".join(chance.choices(ENGLISH, k=4)) for _ in range(4))
        moments = dict.fromkeys(("created_at", "published_at", "updated_at", "changed_at"), NOW)
        entries.append(
            moments
            | {"id": id_, "kind": "event", "uid": str(id_), "public_id": str(id_), "state": "published"}
            | {"title": _text(chance, 8), "title_kana": "".join(chance.choices(KANA, k=12)), "department_id": 1}
            | {"summary": _text(chance, 40), "body": body, "body_html": f"<p>{body}</p>", "translations": {}}
        )
        lists = {name: [] for name in LISTS}
        about = {"id": id_, "start": start, "timezone": "Asia/Tokyo", "venue_id": 1, "category_id": None}
        events.append(lists | about)
        days = {"first_day": start.date(), "last_day": start.date()}
        instant = start.replace(tzinfo=UTC)
        walls = {"original": start, "wall_start": start, "start": instant, "end": instant}
        dates.append(days | walls | {"event_id": id_, "long": False})
    session.execute(sa.insert(Entry.__table__), entries)
    session.execute(sa.insert(Event.__table__), events)
    session.execute(sa.insert(Occurrence), dates)


def _word(chance: random.Random) -> str:
    length = chance.choice((1, 2, 2, 2, 3, 4))
    if chance.random() < 0.4:
        return "".join(chance.choices(KANA, k=length + 1))
    return "".join(chr(ord("一") + chance.randrange(1500)) for _ in range(length))


def _text(chance: random.Random, length: int) -> str:
    """A text whose words follow Zipf's law: the tenth word is a tenth as frequent as the first."""
    return "".join(WORDS[int(len(WORDS) ** chance.random()) - 1] for _ in range(length))[:length]


WORDS = [_word(random.Random(number)) for number in range(5000)]


def _questions(chance: random.Random) -> dict[str, list[str]]:
    short, some = [word for word in WORDS if len(word) == 2], [word for word in WORDS if len(word) > 2]
    return {
        "one letter": [chr(ord("一") + number) for number in range(QUESTIONS)],
        "two letters": short[:QUESTIONS],
        "more letters": some[:QUESTIONS],
        "two words": [f"{chance.choice(short[:50])} {word}" for word in short[:QUESTIONS]],
        "in every entry": [chance.choice("いんしのか") for _ in range(QUESTIONS)],
        "English": [f"{chance.choice(ENGLISH)} {chance.choice(ENGLISH)[:4]}" for _ in range(QUESTIONS)],
        "nothing found": [f"ヌヌ{number}" for number in range(QUESTIONS)],
        "mistyped": ["ヌヌ" + "".join(chance.choices(KANA, k=5)) for _ in range(QUESTIONS)],
    }


def _median(work: Callable[[Any], Any], questions: Sequence[Any]) -> float:
    return median(_timed(work, question) for question in questions) * 1000


def _timed(work: Callable[[Any], Any], question: Any) -> float:
    begun = time.perf_counter()
    work(question)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
