"""Examine an installation: compare what was derived with what it was derived from, and say what to do about each difference.

Nothing is changed but by `mend`, which makes occurrences and the index of search anew where they are wrong. That is a
public change of everything, so that no server keeps an answer from before.
"""

import os
import shutil
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db import revision_chain
from calendar_app.db.engine import SQLITE_SAFE_SINCE, sqlite_version
from calendar_app.db.models import Entry, Event, Mail, Occurrence, Photo, Source
from calendar_app.entries import change_notices, occurrences, revisions, search_index
from calendar_app.operations import archive, backups, sealed_secrets, startup, tables

LEAST_FREE = 500 * 2**20  # bytes
PORTION = 500  # entries examined in one transaction
PATIENCE = 5.0  # seconds to wait for a mail server or for the own address
CERTIFICATE_DAYS = 14


class Finding(NamedTuple):
    """What was found: "ok", "warning" or "fault"; the remedy is "" where none is needed."""

    level: str
    text: str
    remedy: str = ""


def examine(
    config: Config, engine: Engine, *, at: datetime, mend: bool = False, anchors: Mapping[int, str] | None = None
) -> Iterator[Finding]:
    """Examine database, history, photos, occurrences, search, backups, disk, worker, sources, mail and settings.

    `anchors` are hashes of revisions by number, kept elsewhere.
    """
    yield from integrity(engine)
    yield history(engine, anchors or {})
    yield from secrets(config, engine)
    yield from permissions(config)
    yield from photos(config, engine)
    yield dates(engine, mend=at if mend else None)
    yield search(engine, mend=at if mend else None)
    yield from keeping(config, at=at)
    yield from delivering(config, engine, at=at)
    yield from settings(config, at=at)


def integrity(engine: Engine) -> Iterator[Finding]:
    """Examine the database file. PostgreSQL looks after its own."""
    if engine.dialect.name != "sqlite":
        yield Finding("ok", "PostgreSQL answers")
        return
    broken: list[object] = []
    try:
        with engine.connect() as connection:
            said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(10)")]
            broken += connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    except sa.exc.DatabaseError as error:
        said = [startup.first_line(error)]
    if said != ["ok"] or broken:
        text = f"the database is damaged: {'; '.join(map(str, [*said, *broken][:3]))}"
        yield Finding("fault", text, "stop the server and restore the newest backup: `calendar-app restore --replace`")
    else:
        yield Finding("ok", "the database holds together")
    if sqlite_version() < SQLITE_SAFE_SINCE:
        text = f"SQLite {'.'.join(map(str, sqlite_version()))} has a known fault in its write-ahead log"
        yield Finding("warning", text, "install pysqlite3, or use PostgreSQL")


def history(engine: Engine, anchors: Mapping[int, str]) -> Finding:
    """Follow the chain of revisions from the first to the newest."""
    with tables.snapshot(engine) as connection:
        broken = revision_chain.first_broken(connection, anchors)
    if broken is None:
        return Finding("ok", "no revision was changed, removed or added since it was recorded")
    text = (
        f"revision {broken} is not what was recorded: it, or what should stand there, was changed outside the program"
    )
    return Finding("fault", text, "compare it with the newest backup whose chain is whole (docs/operating.md)")


def secrets(config: Config, engine: Engine) -> Iterator[Finding]:
    """Examine whether the installation's key opens what the database keeps sealed."""
    with Session(engine) as session:
        count = sealed_secrets.unreadable(session, config.secret_key)
    if count:
        remedy = "put the former secret_key back, or set up anew what they belong to: second factors, receivers"
        yield Finding("fault", f"{count} secrets were sealed with another key", remedy)


def permissions(config: Config) -> Iterator[Finding]:
    """Examine who may read the files."""
    paths = [config.instance, *(config.instance / name for name in startup.PRIVATE)]
    open_to_others = [path for path in paths if path.exists() and path.stat().st_mode & 0o077]
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        yield Finding(
            "warning", f"other accounts may read {names}", "run `calendar-app init` as the owner of the files"
        )
    others = [path for path in paths if path.exists() and path.stat().st_uid != os.geteuid()]
    if others:
        yield Finding("warning", f"{others[0]} belongs to another account", "run the command as the server's account")


def photos(config: Config, engine: Engine) -> Iterator[Finding]:
    """Compare the photos' rows with the files."""
    with Session(engine) as session:
        rows = session.execute(select(Photo.name, Photo.sizes)).all()
    wanted = {file: size for _, sizes in rows for file, size in sizes.items()}
    names = {name for name, _ in rows}
    sizes = {path.name: path.stat().st_size for path in archive.photo_files(config.photos)}
    lost = sorted(file for file, size in wanted.items() if sizes.get(file) != size)
    if lost:
        text = f"{len(lost)} files of photos are missing or cut, such as {lost[0]}"
        yield Finding("fault", text, f"copy them from {config.backup_folder / 'photos'}")
    orphans = [file for file in sizes if file not in wanted and file.partition("-")[0] not in names]
    if orphans:
        text = f"{len(orphans)} files of photos belong to no entry, such as {orphans[0]}"
        yield Finding("warning", text, "left by forms that were never saved; they cost only room")
    if not lost:
        yield Finding("ok", f"{len(wanted)} files of photos are as their rows say")


def dates(engine: Engine, *, mend: datetime | None = None) -> Finding:
    """Compare the occurrences with what the dates of the events say. `mend` is the instant of mending."""

    def wrong_of(session: Session, entry: Entry) -> bool:
        if not isinstance(entry, Event):
            return False
        before = _rows(session, entry)
        occurrences.rebuild(session, entry)
        if wrong := _rows(session, entry) != before:
            change_notices.touch([entry], mend or entry.changed_at)
        return wrong

    wrong = _wrong(engine, wrong_of, mend)
    return _derived(wrong, mend, "the dates of {} events are not what their rules say", "the dates follow the rules")


def _rows(session: Session, event: Event) -> list[tuple[object, ...]]:
    columns = (Occurrence.original, Occurrence.start, Occurrence.end, Occurrence.status, Occurrence.venue_id)
    query = select(*columns).where(Occurrence.event_id == event.id).order_by(Occurrence.original)
    return [tuple(row) for row in session.execute(query)]


def search(engine: Engine, *, mend: datetime | None = None) -> Finding:
    """Compare the index of search with the words of the entries. `mend` is the instant of mending."""

    def wrong_of(session: Session, entry: Entry) -> bool:
        return search_index.index_entries(session, [entry]) > 0

    wrong = _wrong(engine, wrong_of, mend)
    return _derived(wrong, mend, "search does not know {} entries as they are", "search knows every entry as it is")


def _wrong(engine: Engine, is_wrong: Callable[[Session, Entry], bool], mend: datetime | None) -> int:
    """Count the entries that are wrong; each portion is mended, as one public change, or rolled back."""
    with Session(engine) as session:
        ids = list(session.scalars(select(Entry.id).order_by(Entry.id)))
    count = 0
    for first in range(0, len(ids), PORTION):
        with Session(engine) as session, session.begin() as transaction:
            entries = session.scalars(select(Entry).where(Entry.id.in_(ids[first : first + PORTION])))
            wrong = sum(is_wrong(session, entry) for entry in entries.all())
            if mend and wrong:
                revisions.append(session, "mended", revisions.lock(session), actor=None, at=mend, public=True)
            elif not mend:
                transaction.rollback()
            count += wrong
    return count


def _derived(wrong: int, mend: datetime | None, fault: str, right: str) -> Finding:
    if not wrong:
        return Finding("ok", right)
    if mend:
        return Finding("ok", f"mended: {fault.format(wrong)}")
    return Finding("fault", fault.format(wrong), "`calendar-app doctor --mend` makes them anew")


def keeping(config: Config, *, at: datetime) -> Iterator[Finding]:
    """Examine the disk and the backups."""
    free = shutil.disk_usage(config.instance).free
    text = f"{free // 2**20} MiB are free on the disk of {config.instance}"
    yield Finding("ok", text) if free > LEAST_FREE else Finding("fault", text, "make room: saves will soon fail")
    newest = backups.newest(config.backup_folder)
    if not config.backups_kept:
        yield Finding(
            "warning", "no backups are made by the worker", "set CALENDAR_BACKUPS_KEPT, or be sure of your own"
        )
    elif newest is None or at - newest > timedelta(hours=26):
        said = f"is {(at - newest).days} days old" if newest else "is missing"
        yield Finding("fault", f"the newest backup {said}", "see the worker's log; `calendar-app backup` makes one now")
    else:
        yield Finding("ok", f"the newest backup is of {newest.astimezone(config.zone):%Y-%m-%d %H:%M}")


def delivering(config: Config, engine: Engine, *, at: datetime) -> Iterator[Finding]:
    """Examine the worker, the sources and the mail."""
    seen = datetime.fromtimestamp(config.worker_seen, UTC)
    if at - seen > timedelta(seconds=max(60, 6 * config.work_seconds)):
        yield Finding("warning", "no worker is running", "start `calendar-app serve` or `calendar-app work`")
    with Session(engine) as session:
        failing = list(session.scalars(select(Source.name).where(Source.enabled, Source.failures > 1)))
        unsent = session.scalar(select(sa.func.count(Mail.id)).where(Mail.sent_at.is_(None), Mail.problem != ""))
    if failing:
        yield Finding("warning", f"sources fail: {', '.join(failing)}", "see /staff/sources")
    if unsent:
        yield Finding(
            "warning", f"{unsent} letters could not be sent yet", "see the column `problem` of the table `mail`"
        )
    if config.mail_server:
        yield mail_server(config)


def mail_server(config: Config) -> Finding:
    """Ask the mail server for its greeting; no letter is sent."""
    parts = urlsplit(config.mail_server)
    try:
        if parts.scheme == "smtps":
            with smtplib.SMTP_SSL(
                parts.hostname or "", parts.port or 465, timeout=PATIENCE, context=ssl.create_default_context()
            ) as server:
                server.noop()
        else:
            with smtplib.SMTP(parts.hostname or "", parts.port or 587, timeout=PATIENCE) as server:
                server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding("fault", f"the mail server does not answer: {error}", "check CALENDAR_MAIL_SERVER")
    return Finding("ok", f"the mail server {parts.hostname} answers")


def settings(config: Config, *, at: datetime) -> Iterator[Finding]:
    """Examine what the settings mean for production."""
    parts = urlsplit(config.base_url)
    if parts.scheme == "https":
        if not config.trusted_proxies:
            remedy = "set CALENDAR_TRUSTED_PROXIES=1 behind nginx or Caddy"
            yield Finding("warning", "no proxy is trusted: all readers count as one", remedy)
        yield certificate(parts.hostname or "", parts.port or 443, at=at)
    elif parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Finding("warning", "CALENDAR_BASE_URL is http: passwords travel in the clear", "serve by https")
    if config.font and not Path(config.font).is_file():
        yield Finding("warning", f"there is no font {config.font}", "correct CALENDAR_FONT")


def certificate(host: str, port: int, *, at: datetime) -> Finding:
    """Examine the certificate of the public address, from here."""
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except (OSError, KeyError) as error:
        return Finding("warning", f"{host}:{port} cannot be examined from here: {error}", "open it in a browser")
    left = int(ends - at.timestamp()) // 86400
    level = "ok" if left > CERTIFICATE_DAYS else "fault"
    return Finding(level, f"the certificate of {host} is valid for {left} days", "" if level == "ok" else "renew it")
