"""The chain of revisions: any change of history that is not the program's own is found, whatever it was."""

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.db import migrations, revision_chain
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.migrations import chains
from calendar_app.db.models import Revision, Site
from calendar_app.entries import publishing, revisions
from calendar_app.operations import personal_data, tables
from calendar_app.staff import handover
from helpers.town import NOW, SAKURA, person, published

TAMPERING: dict[str, Any] = {
    "note": "x",
    "kind": "withdrawn",
    "at": NOW.replace(microsecond=1),
    "actor_id": None,
    "public": sa.not_(Revision.public),
    "subject": "venue:1",
    "snapshot": {},
    "touches": ["*"],
    "hash": "0" * 64,
}


@pytest.fixture
def history(engine: Engine) -> Engine:
    with write_session(engine) as session:
        actor = person(session, role="admin")
        for number in range(3):
            event = published(session, title=f"催し{number}", lat=39.59, original=None)
            publishing.save(session, event, SAKURA | {"body": "雨天決行"}, actor=actor, at=NOW, note="変更")
        session.commit()
    return engine


def broken(engine: Engine, **anchors: Any) -> int | None:
    with engine.connect() as connection:
        return revision_chain.first_broken(connection, **anchors)


def test_every_tampering_is_found_at_its_row(history: Engine) -> None:
    assert broken(history) is None
    chance = random.Random(7)
    with Session(history) as session:
        newest = session.get_one(Site, 1).revision
    for name, value in TAMPERING.items():
        number = chance.randint(newest - 5, newest)
        with write_session(history) as session:
            changed = sa.update(Revision).where(Revision.number == number).values({name: value})
            session.execute(changed)
            with_it = revision_chain.first_broken(session.connection())
            session.rollback()
        assert with_it == number, name
    for taken in (newest - 3, newest):
        with write_session(history) as session:
            session.execute(sa.delete(Revision).where(Revision.number == taken))
            assert revision_chain.first_broken(session.connection()) == taken


def test_a_history_written_anew_is_found_by_a_hash_kept_elsewhere(history: Engine) -> None:
    with Session(history) as session:
        site = session.get_one(Site, 1)
        anchors = {site.revision: site.revision_hash}
        changed = site.revision - 2
    with write_session(history) as session:
        session.execute(sa.update(Revision).where(Revision.number == changed).values(note="x"))
        chains.fill(session.connection(), "hash", "revision_hash", chains.revision_link)
        session.commit()
    assert broken(history) is None
    assert broken(history, anchors=anchors) == max(anchors)


def test_a_move_to_another_database_keeps_the_chain(history: Engine, tmp_path: Path) -> None:
    other = make_engine(f"sqlite:///{tmp_path}/other.db")
    with tables.snapshot(history) as connection:
        found = {table.name: table for table in tables.tables_of(connection)}
        tables.fill(other, migrations.head_revision(), found, lambda name: tables.rows_of(connection, found[name]))
    assert broken(other) is None
    with write_session(other) as session:
        published(session)
        session.commit()
    assert broken(other) is None
    other.dispose()


def test_a_person_is_erased_and_the_chain_stays_whole(history: Engine) -> None:
    with write_session(history) as session:
        taker, boss = person(session, "taro@example.jp"), person(session, "b@example.jp", role="admin")
        taker.name = "太郎"
        revisions.append(session, "joined", taker, actor=taker, at=NOW, public=False, shot={"values": {"name": "太郎"}})
        event = published(session)
        handover.hand_over(session, [event], taker, None, settings=[], actor=boss, at=NOW)
        session.commit()
        assert "太郎" in str([row.snapshot for row in session.scalars(sa.select(Revision))])
        personal_data.erase(session, "taro@example.jp", "a key", at=NOW)
        session.commit()
        session.expire_all()
        assert "太郎" not in str([row.snapshot for row in session.scalars(sa.select(Revision))])
    assert broken(history) is None


def test_rows_from_before_the_chain_get_their_hashes(history: Engine) -> None:
    with Session(history) as session:
        site = session.get_one(Site, 1)
        before = site.revision_hash, site.public_hash
    migrations.downgrade(history, "0020")
    migrations.upgrade(history)
    with Session(history) as session:
        site = session.get_one(Site, 1)
        assert (site.revision_hash, site.public_hash) == before
    assert broken(history) is None
