"""Thousands of hub subscribers on this machine, one in ten dead, one in ten slow: `python -m benchmarks.hub [NUMBER]`.

Every live one has to get each change, in order, none twice. Prints how long that took, and what a save and a page cost meanwhile.
"""

import asyncio
import hashlib
import socket
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from calendar_app import create_app
from calendar_app.cli.work import page
from calendar_app.config import Config, load
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Receiver, Site
from calendar_app.delivery import worker
from calendar_app.entries import publishing

SLOW = 3.0  # seconds that a slow subscriber takes to answer
CHANGES = 2
LONGEST = 600.0  # seconds to wait for one change to reach everybody
DEAD = socket.socket()  # has a port, on which nobody listens
DEAD.bind(("127.0.0.1", 0))
heard: dict[str, list[str]] = defaultdict(list)  # digests by subscriber, in the order of arrival


async def _subscriber(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    name = head.split(b" ")[1].decode()
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    if name.startswith("/slow"):
        await asyncio.sleep(SLOW)
    heard[name].append(hashlib.sha256(body).hexdigest())
    writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


def _serve(ports: list[int]) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_subscriber, "127.0.0.1", 0, backlog=1000)
        ports.append(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def _town(folder: Path, number: int, port: int) -> Config:
    config = load({"CALENDAR_INSTANCE": str(folder), "CALENDAR_BASE_URL": "https://calendar.example.jp"})
    config = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    engine, at = make_engine(config.database_url), datetime.now(UTC)
    migrations.upgrade(engine)
    with write_session(engine) as session:
        session.add(Site(id=1, site_id="calendar.example.jp", changed_at=at))
        publishing.save_reference(session, Department(), {"slug": "a", "name": "観光課"}, actor=None, at=at)
        plain = {"channel": "websub", "query": "/feed.atom", "created_at": at, "name": "", "lang": "", "secrets": ""}
        plain |= {"enabled": True, "since": 0, "failures": 0, "slow": False, "problem": ""}
        session.execute(insert(Receiver), [plain | _kind(each, port) for each in range(number)])
        session.commit()
    return config


def _kind(number: int, port: int) -> dict[str, object]:
    kind = {0: "dead", 1: "slow"}.get(number % 10, "live")
    callback = f"http://127.0.0.1:{DEAD.getsockname()[1] if kind == 'dead' else port}/{kind}{number}"
    return {"key": str(number), "settings": {"topic": "https://calendar.example.jp/feed.atom", "callback": callback}}


def _save(config: Config, number: int) -> float:
    """Publish an event; the seconds until the save returns."""
    began = time.monotonic()
    with write_session(make_engine(config.database_url)) as session:
        values = {
            "title": f"催し{number}",
            "start": "2030-04-01T10:00:00",
            "timezone": "Asia/Tokyo",
            "department_id": 1,
        }
        event = publishing.create(session, "event", values, actor=None, at=datetime.now(UTC))
        publishing.publish(session, event, actor=None, at=datetime.now(UTC))
        session.commit()
    return time.monotonic() - began


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ports: list[int] = []
    threading.Thread(target=_serve, args=(ports,), daemon=True).start()
    while not ports:
        time.sleep(0.01)
    with tempfile.TemporaryDirectory() as folder:
        config = _town(Path(folder), number, ports[0])
        client = create_app(config).test_client()
        client.get("/feed.atom")
        page(config, "/feed.atom")  # as the worker makes ready before the first change
        alone = [_save(config, each) for each in range(20)]
        stop: list[int] = []
        sending = worker.deliver(
            config, now=lambda: datetime.now(UTC), page=lambda path: page(config, path), stopping=lambda: bool(stop)
        )
        sender = threading.Thread(target=lambda: [None for _ in sending], daemon=True)
        sender.start()
        for change in range(CHANGES):
            _measure(config, number, change, client, alone)
        stop.append(1)
        sender.join(10)
    twice = sum(len(each) != len(set(each)) for each in heard.values())
    last = {each[-1] for each in heard.values()}
    print(f"the same bytes twice: {twice} subscribers; newest content differs between subscribers: {len(last) - 1}")


def _measure(config: Config, number: int, change: int, client: object, alone: list[float]) -> None:
    before = {name: len(each) for name, each in heard.copy().items()}
    live, slow = (
        sum(1 for each in range(number) if (each % 10 == 1) == is_slow and each % 10) for is_slow in (False, True)
    )
    began = time.monotonic()
    first_save = _save(config, 100 + change)
    saves, times = [first_save], {}
    while time.monotonic() - began < LONGEST:
        got = [name for name, each in heard.copy().items() if len(each) > before.get(name, 0)]
        done = {
            "live": sum(name.startswith("/live") for name in got),
            "slow": sum(name.startswith("/slow") for name in got),
        }
        for kind, goal in (("live", live), ("slow", slow)):
            if done[kind] >= goal and kind not in times:
                times[kind] = time.monotonic() - began
        if "first" not in times and got:
            times["first"] = time.monotonic() - began
        if {"live", "slow"} <= times.keys():
            break
        time.sleep(0.2)
    told = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in sorted(times.items()))
    print(f"change {change + 1}: {told}; of {live} live {done['live']}, of {slow} slow {done['slow']}")
    print(f"  a save alone {median(alone) * 1000:.0f} ms, with {number} subscribers {saves[0] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
