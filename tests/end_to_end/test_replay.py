"""A town replayed at random: whatever happens, every consumer shows what the truth says. `replay` explains itself."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from calendar_app.db.engine import make_engine, write_session
from end_to_end.replay import runner
from helpers.town import Clock

LONG = int(os.environ.get("REPLAY_STEPS", "10000"))


@pytest.fixture
def town_engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("seed", "steps"), [(1, 40), pytest.param(None, LONG, marks=pytest.mark.soak)], ids=["slice", "long"]
)
def test_every_consumer_shows_the_truth(
    seed: int | None,
    steps: int,
    built: Flask,
    town_engine: Engine,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setattr("calendar_app.listings.queries.MAX_EVENTS", runner.LIMIT)
    seed = seed or int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(10**6))
    with write_session(town_engine) as session:
        replay = runner.Replay(built, session, tmp_path, database_url, seed)
        replay.run(steps, lambda at: monkeypatch.setattr("helpers.town.STOPPED", at))
    print(f"seed {seed}, {replay.steps} steps: {dict(replay.kinds.most_common())}")
