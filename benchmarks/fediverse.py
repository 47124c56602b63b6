"""Thousands of servers of the fediverse on this machine, one in ten dead, one in ten slow: `python -m benchmarks.fediverse [NUMBER]`.

Every live one has to be told of each change once, signed for itself. Prints how long that took, and what a save cost meanwhile.
"""

import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import insert

from benchmarks import hub
from calendar_app import create_app
from calendar_app.cli.work import page
from calendar_app.config import Config, load
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Receiver, Site
from calendar_app.delivery import worker
from calendar_app.delivery.fediverse import accounts
from calendar_app.entries import publishing


def _town(folder: Path) -> Config:
    config = load({"CALENDAR_INSTANCE": str(folder), "CALENDAR_BASE_URL": "https://calendar.example.jp"})
    config = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    engine, at = make_engine(config.database_url), datetime.now(UTC)
    migrations.upgrade(engine)
    with write_session(engine) as session:
        site = Site(id=1, site_id="calendar.example.jp", changed_at=at, follow_fediverse=True)
        session.add(site)
        publishing.save_reference(session, Department(), {"slug": "a", "name": "観光課"}, actor=None, at=at)
        accounts.turn_on(session, config, site)
        session.commit()
    return config


def _follow(config: Config, number: int, port: int) -> None:
    """Let so many servers follow from now on."""
    with write_session(make_engine(config.database_url)) as session:
        since = session.get_one(Site, 1).public_revision
        plain = {"channel": "fediverse", "query": "", "name": "", "lang": "", "secrets": "", "problem": ""}
        plain |= {"enabled": True, "since": since, "failures": 0, "slow": False, "created_at": datetime.now(UTC)}
        plain |= {"settings": {"follows": "events"}}
        session.execute(insert(Receiver), [plain | {"key": _inbox(each, port)} for each in range(number)])
        session.commit()


def _inbox(number: int, port: int) -> str:
    kind = {0: "dead", 1: "slow"}.get(number % 10, "live")
    return f"http://127.0.0.1:{hub.DEAD.getsockname()[1] if kind == 'dead' else port}/{kind}{number}"


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ports: list[int] = []
    threading.Thread(target=hub._serve, args=(ports,), daemon=True).start()
    while not ports:
        time.sleep(0.01)
    with tempfile.TemporaryDirectory() as folder:
        config = _town(Path(folder))
        client = create_app(config).test_client()
        alone = [hub._save(config, each) for each in range(20)]
        _follow(config, number, ports[0])
        page(config, "/actors/events")  # as the worker makes ready before the first change
        stop: list[int] = []
        sending = worker.deliver(
            config, now=lambda: datetime.now(UTC), page=lambda path: page(config, path), stopping=lambda: bool(stop)
        )
        sender = threading.Thread(target=lambda: [None for _ in sending], daemon=True)
        sender.start()
        for change in range(hub.CHANGES):
            hub._measure(config, number, change, client, alone)
        stop.append(1)
        sender.join(10)
    twice = sum(len(each) != len(set(each)) for each in hub.heard.values())
    print(f"told the same twice: {twice} servers; {sum(map(len, hub.heard.values()))} taken in all")


if __name__ == "__main__":
    main()
