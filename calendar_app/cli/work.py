"""`calendar-app work`: the loop of the worker, and threads that deliver, read the followed addresses and make backups."""

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import click
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import Client

from calendar_app import create_app
from calendar_app.accounts import journal, sessions, tokens
from calendar_app.cli.session import require_database, writing
from calendar_app.config import Config
from calendar_app.db import statistics
from calendar_app.db.engine import make_engine
from calendar_app.db.models import Receiver, Source
from calendar_app.delivery import digests, mail_worker, outbox, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.channels import hub, purge
from calendar_app.delivery.fediverse import accounts
from calendar_app.entries import due, form_drafts, photos, search_index
from calendar_app.feedback import inbox, polls, reactions
from calendar_app.importing.sources.follow import next_due, problem_message, refresh
from calendar_app.operations import backups, locks, logs

log = logging.getLogger(__name__)

PAUSE = 0.11  # seconds between portions: who waits for the lock of SQLite looks again after 0.1 at the latest
_tidied_at: datetime | None = None
GRACE = 7.0  # seconds for a round to end after SIGTERM


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.option("--beside", type=int, hidden=True, help="The process to end with.")
@click.pass_obj
def work(config: Config, once: bool, beside: int | None) -> None:
    """Publish what is scheduled, end what has expired, read the sources that are followed, as they become due."""
    stopping: list[int] = []
    logs.configure(config.log, config.instance)
    signal.signal(signal.SIGTERM, lambda number, _frame: _stop(stopping, number))
    require_database(config)
    parent = beside or os.getppid()
    with locks.serving(config.instance):
        if once:
            _round_or_wait(config)
            while read_due(config):
                pass
            for line in worker.deliver(config, now=_now, page=partial(page, config), once=True):
                _say(config, f"worker: {line}")
            return
        for beside_it in (
            deliver,
            follow,
            keep_backups,
        ):  # threads, because what takes long must not delay due work here
            threading.Thread(target=beside_it, args=(config, stopping), daemon=True).start()
        while not stopping and os.getppid() == parent:
            _round_or_wait(config)
            _sleep(config.work_seconds, stopping)


def _round_or_wait(config: Config) -> None:
    config.worker_alive.touch()
    try:
        _one_round(config)
    except sa.exc.OperationalError as error:  # the database does not respond; try again in the next round
        _say(config, f"worker: {error.orig}", failed=True)


def _say(config: Config, line: str, *, failed: bool = False) -> None:
    """Tell what was done, as a line of the log where that is JSON, and keep what failed for the status page."""
    if failed:
        log.error(line)
    elif config.log == "json":
        log.info(line)
    else:
        click.echo(line)


def _stop(stopping: list[int], number: int) -> None:
    """End after this round, or in the middle of one that takes too long: nothing is half done but in a transaction."""
    stopping.append(number)
    leaving = threading.Timer(GRACE, os._exit, [0])
    leaving.daemon = True
    leaving.start()


def _one_round(config: Config) -> None:
    """Do all due work except reading followed addresses. The clock is UTC."""
    photos.sweep(config.photos, 3600, datetime.now(UTC))
    _tidy(config, datetime.now(UTC))
    with Session(make_engine(config.database_url)) as session:
        waits, outdated = due.waits(session, at=datetime.now(UTC)), bool(search_index.unindexed(session))
        letters_due = digests.wait(session, at=datetime.now(UTC))
    if waits:
        with writing(config) as session:
            for entry in due.run(session, at=datetime.now(UTC)):
                _say(config, f"worker: {entry.title} ({entry.revisions[0].kind})")
    while outdated:
        with writing(config) as session:
            outdated = search_index.catch_up(session)
        time.sleep(PAUSE)
    while letters_due:
        with writing(config) as session:
            letters_due = digests.queue(session, config, at=datetime.now(UTC)) == digests.AT_ONCE
        time.sleep(PAUSE)
    with Session(make_engine(config.database_url)) as session:
        lacking = accounts.lacking(session)
    if lacking:
        with writing(config) as session:
            accounts.complete(session)
    for line in mail_worker.run(config, at=datetime.now(UTC)):
        _say(config, f"worker: {line}")


def _tidy(config: Config, at: datetime) -> None:
    """Once an hour, delete what is kept for a set time: unfinished forms, names of askers, ended sessions, the journal; then
    renew the statistics of tables that have grown."""
    global _tidied_at
    if _tidied_at and at - _tidied_at < timedelta(hours=1):
        return
    with writing(config) as session:
        form_drafts.prune(session, at=at)
        inbox.forget_askers(session, config.questions_days, at=at)
        for kept in (reactions, polls):
            kept.forget_marks(session, day=at.astimezone(config.zone).date())
        sessions.delete_ended(session, config, at=at)
        tokens.delete_expired(session, at=at)
        journal.delete_old(session, config.sign_in_days, at=at)
        outbox.prune(session, at=at)
        hub.set_up(session, config, at=at)
        purge.set_up(session, config, at=at)
    statistics.refresh(make_engine(config.database_url))
    _tidied_at = at


def _sleep(seconds: int, stopping: list[int]) -> None:
    for _ in range(seconds * 5):
        if stopping:
            return
        time.sleep(0.2)


def read_due(config: Config) -> bool:
    """Read the followed address that is due at `at` (an aware instant), if there is one."""
    at = datetime.now(UTC)
    with Session(make_engine(config.database_url)) as session:
        source_id = next_due(session, at)
    if source_id is None:
        return False
    result = refresh(partial(writing, config), source_id, config, at=at)
    with Session(make_engine(config.database_url)) as session:
        source = session.get_one(Source, source_id)
        _say(config, f"worker: {source.name}: {problem_message(source, 'en') or result or 'as before'}")
    return True


def follow(config: Config, stopping: Sequence[int]) -> None:
    """Read due addresses until the worker stops. An error in one reading does not prevent the next."""
    while not stopping:
        try:
            if read_due(config):
                continue
        except sa.exc.OperationalError as error:  # the database is away: it will be back
            _say(config, f"worker: {error.orig}", failed=True)
        except Exception:
            log.exception("worker: a source could not be read")
        time.sleep(config.work_seconds)


def deliver(config: Config, stopping: Sequence[int]) -> None:
    """Deliver what the outbox holds, until the worker stops. After an error it begins anew; nothing is lost by it."""
    while not stopping:
        try:
            _make_ready(config)
            sending = worker.deliver(config, now=_now, page=partial(page, config), stopping=lambda: bool(stopping))
            for line in sending:
                _say(config, f"worker: {line}")
        except sa.exc.OperationalError as error:  # the database is away: it will be back
            _say(config, f"worker: {error.orig}", failed=True)
        except Exception:
            log.exception("worker: deliveries stopped; they begin anew")
        time.sleep(min(config.work_seconds, 10))


def _make_ready(config: Config) -> None:
    """Put the application together before the first change comes, where somebody waits for one: it takes a second."""
    engine = make_engine(config.database_url)
    with Session(engine) as session:
        waited_for = session.scalar(select(Receiver.id).limit(1))
    engine.dispose()
    if waited_for:
        page(config, "/feed.atom")


def _now() -> datetime:
    return datetime.now(UTC)


def page(config: Config, path: str) -> Page:
    """Return what an address of this site answers, without a network, by the same program that serves it."""
    answer = _site(config).get(path, base_url=config.base_url)
    return Page(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.get_data())


@cache
def _site(config: Config) -> Client:
    """Return a client of the application, made when something first asks for a page."""
    return Client(create_app(config).wsgi_app)


def keep_backups(config: Config, stopping: Sequence[int]) -> None:
    """Make the nightly backup, until the worker stops. One that fails is tried again an hour later."""
    while not stopping:
        try:
            if backups.due(config, at=datetime.now(UTC)):
                _say(config, f"worker: backup {backups.make(config, at=datetime.now(UTC))}")
        except Exception as error:
            _say(config, f"worker: no backup could be made: {error}", failed=True)
            time.sleep(3600)
        time.sleep(30)
