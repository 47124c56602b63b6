"""Citizens find what they mean: 155 searches over the demo city, with what each must find among its first ten results."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine
from calendar_app.db.models import Entry
from calendar_app.listings.search import find
from helpers import cities
from helpers.town import STOPPED

QUERIES = Path(__file__).with_name("queries.txt")
FIRST = 10
RECALL = 0.97  # 0.57 before the index held sounds and other spellings


def asked() -> list[tuple[str, list[str]]]:
    lines = [line.split("\t") for line in QUERIES.read_text().splitlines() if not line.startswith("#")]
    return [(typed, titles.split("|")) for typed, titles in lines]


def first_titles(session: Session, typed: str) -> list[str]:
    """The titles of the first ten events and announcements, of the corrected search when there are none."""
    today = STOPPED.date()
    listed = find.hits(session, typed, today, find.contains(typed))
    if not listed and (better := find.meant(session, typed)):
        listed = find.hits(session, better, today, find.contains(better))
    titles = {row.id: row.title for row in session.execute(select(Entry.id, Entry.title))}
    kinds = ([hit for hit in listed if hit.kind == kind][:FIRST] for kind in ("event", "announcement"))
    return [titles[hit.id] for hits in kinds for hit in hits]


def test_recall_at_ten(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = make_engine(cities.demo(tmp_path_factory).database_url)
    shares, missed = [], []
    with Session(engine) as session:
        for typed, wanted in asked():
            titles = first_titles(session, typed)
            unfound = [start for start in wanted if not any(title.startswith(start) for title in titles)]
            shares.append(1 - len(unfound) / len(wanted))
            missed += [(typed, unfound)] if unfound else []
    engine.dispose()
    assert len(shares) >= 150
    assert sum(shares) / len(shares) >= RECALL, missed
