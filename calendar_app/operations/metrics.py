"""The numbers of an installation, as Prometheus reads them (text format 0.0.4) and as the status page shows them."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Entry, Mail, Site, Source
from calendar_app.operations import backups, counters, startup


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the installation is. Times are instants (UTC), None for never; sizes are bytes."""

    revision: int
    entries: dict[str, int]
    worker_seen: datetime | None
    due_at: datetime | None
    mail_waiting: int
    mail_failing: int
    sources: int
    sources_failing: int
    backup_at: datetime | None
    disk_free: int
    disk_size: int
    database_size: int


def gather(session: Session, config: Config) -> Numbers:
    """Read the numbers from database and disk."""
    site = session.get_one(Site, 1)
    disk = shutil.disk_usage(config.instance)
    unsent = Mail.sent_at.is_(None)
    states = select(Entry.state, func.count()).group_by(Entry.state)
    return Numbers(
        revision=site.revision,
        entries={row[0]: row[1] for row in session.execute(states)},
        worker_seen=datetime.fromtimestamp(config.worker_seen, UTC) if config.worker_seen else None,
        due_at=site.due_at,
        mail_waiting=_count(session, select(func.count(Mail.id)).where(unsent)),
        mail_failing=_count(session, select(func.count(Mail.id)).where(unsent, Mail.problem != "")),
        sources=_count(session, select(func.count(Source.id)).where(Source.enabled)),
        sources_failing=_count(session, select(func.count(Source.id)).where(Source.enabled, Source.failures > 0)),
        backup_at=backups.newest(config.backup_folder),
        disk_free=disk.free,
        disk_size=disk.total,
        database_size=_database_size(session, config),
    )


def _count(session: Session, query: sa.Select[int]) -> int:
    return session.scalar(query) or 0


def _database_size(session: Session, config: Config) -> int:
    if file := startup.sqlite_file(config):
        return file.stat().st_size if file.exists() else 0
    return int(session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)


def exposition(numbers: Numbers, totals: list[int], version: str) -> str:
    """Write the numbers as Prometheus reads them."""
    return "\n".join([*_gauges(numbers, version), *_requests(totals)]) + "\n"


def _gauges(numbers: Numbers, version: str) -> Iterator[str]:
    yield from _metric("calendar_info", "The program.", [(f'{{version="{version}"}}', 1)])
    by_state = [(f'{{state="{state}"}}', count) for state, count in sorted(numbers.entries.items())]
    yield from _metric("calendar_entries", "Entries by state.", by_state)
    simple = (
        ("calendar_revision", "The newest revision.", numbers.revision),
        ("calendar_worker_seen_seconds", "When the worker began its last round.", _seconds(numbers.worker_seen)),
        ("calendar_due_seconds", "When the next thing becomes due; 0 if nothing does.", _seconds(numbers.due_at)),
        ("calendar_mail_waiting", "Letters not sent yet.", numbers.mail_waiting),
        ("calendar_mail_failing", "Letters that failed at least once and are not sent.", numbers.mail_failing),
        ("calendar_sources", "Sources that are followed.", numbers.sources),
        ("calendar_sources_failing", "Sources whose last reading failed.", numbers.sources_failing),
        (
            "calendar_backup_seconds",
            "When the newest backup was made; 0 if there is none.",
            _seconds(numbers.backup_at),
        ),
        ("calendar_disk_free_bytes", "Free on the disk of the instance folder.", numbers.disk_free),
        ("calendar_disk_size_bytes", "Size of that disk.", numbers.disk_size),
        ("calendar_database_size_bytes", "Size of the database.", numbers.database_size),
    )
    for name, meaning, value in simple:
        yield from _metric(name, meaning, [("", value)])


def _metric(name: str, meaning: str, samples: Iterable[tuple[str, float]], kind: str = "gauge") -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{labels} {value}"


def _requests(totals: list[int]) -> Iterator[str]:
    by_kind = {kind: counters.of_kind(totals, kind) for kind in counters.KINDS}
    samples = [
        (f'{{kind="{kind}",status="{number}xx"}}', count)
        for kind, (classes, _, _) in by_kind.items()
        for number, count in enumerate(classes, 1)
        if count
    ]
    yield from _metric("calendar_requests_total", "Requests answered, by all processes.", samples, "counter")
    yield "# HELP calendar_request_seconds Time until the answer was ready."
    yield "# TYPE calendar_request_seconds histogram"
    for kind, (_, durations, seconds) in by_kind.items():
        below = 0
        for bound, count in zip(counters.BOUNDS, durations, strict=True):
            below += count
            shown = "+Inf" if bound == float("inf") else bound
            yield f'calendar_request_seconds_bucket{{kind="{kind}",le="{shown}"}} {below}'
        yield f'calendar_request_seconds_sum{{kind="{kind}"}} {seconds}'
        yield f'calendar_request_seconds_count{{kind="{kind}"}} {below}'


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0
