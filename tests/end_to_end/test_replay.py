"""A town replayed at random: whatever happens, every consumer shows what the truth says. `replay` explains itself."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from calendar_app.db.engine import make_engine, write_session
from end_to_end.replay import clocked, runner
from end_to_end.replay.browser import Browser
from end_to_end.replay.hands import Forms, Verbs
from end_to_end.replay.model import LIMIT
from end_to_end.replay.town import Town
from helpers import ROOT
from helpers.clients import Answer, Reader
from helpers.services import Server
from helpers.town import Clock, attached, settings

LONG = int(os.environ.get("REPLAY_STEPS", "10000"))
LENGTHS = pytest.mark.parametrize(
    ("seed", "steps"), [(1, 40), pytest.param(None, LONG, marks=pytest.mark.soak)], ids=["slice", "long"]
)
SERVERS = ("first", "second")
CLOCKED = "granian --interface wsgi --factory --no-ws --blocking-threads 2 --port {port} end_to_end.replay.clocked:application"


@pytest.fixture
def town(database_url: str, seed: int | None) -> Iterator[Town]:
    engine = make_engine(database_url)
    with write_session(engine) as session:
        yield Town(session, seed or int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(10**6)))
    engine.dispose()


def replayed(town: Town, steps: int, servers: list[runner.Ask], stop_clock: Callable[[datetime], object]) -> None:
    replay = runner.Replay(town, servers)
    replay.run(steps, stop_clock)
    print(f"seed {town.seed}, {replay.steps} steps: {dict(replay.kinds.most_common())}; forms {dict(town.hands.sent)}")


@LENGTHS
def test_every_consumer_shows_the_truth(
    steps: int, built: Flask, town: Town, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two applications in this process, and every act by its verb."""
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setattr("calendar_app.listings.queries.MAX_EVENTS", LIMIT)
    town.hands = Verbs(town)
    if steps < LONG and database_url.startswith("postgresql"):
        steps //= 3  # the same code under another database
    servers = [_application(built, tmp_path / name, database_url) for name in SERVERS]
    replayed(town, steps, servers, lambda at: monkeypatch.setattr("helpers.town.STOPPED", at))


@pytest.mark.parametrize(
    ("database_url", "seed", "steps"),
    [("sqlite", 1, 10), *(pytest.param(name, None, LONG, marks=pytest.mark.soak) for name in ("sqlite", "postgresql"))],
    ids=["slice", "long-sqlite", "long-postgresql"],
    indirect=["database_url"],
)
def test_every_consumer_of_two_servers_shows_the_truth(
    steps: int, town: Town, database_url: str, tmp_path: Path
) -> None:
    """Two server processes, readers over HTTP, and the common acts by the forms of the desk."""
    clock = tmp_path / "clock"
    clock.write_text(town.at.isoformat())
    given = {"CALENDAR_DATABASE_URL": database_url, "CALENDAR_BASE_URL": "https://calendar.example.jp"}
    given |= {clocked.CLOCK: str(clock), "PYTHONPATH": str(ROOT / "tests"), "CALENDAR_SECRET_KEY": "only for tests"}
    with ExitStack() as stack:
        urls = [stack.enter_context(Server(tmp_path / name, given, program=CLOCKED)).url for name in SERVERS]
        readers, desks = ([stack.enter_context(closing(Reader(url))) for url in urls] for _ in range(2))
        town.hands = Forms(town, [Browser(desk, "staff@example.jp", "correct horse battery") for desk in desks])
        replayed(town, steps, [reader.ask for reader in readers], lambda at: clock.write_text(at.isoformat()))


def _application(built: Flask, folder: Path, database_url: str) -> runner.Ask:
    folder.mkdir()
    client = attached(built, settings(folder, database_url)).test_client()

    def ask(path: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.get(path, headers=named)
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data)

    return ask
