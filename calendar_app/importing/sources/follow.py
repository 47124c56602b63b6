"""Follow addresses: add them, read them when due, wait longer after failures. A source never removes entries.

The network is read between transactions, never inside one: the caller passes `writing`, which opens a session that commits at
its end. The changes of a reading are imported by `importing.save` as one act that can be undone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import __version__, importing
from calendar_app.config import Config
from calendar_app.dates import formatting
from calendar_app.db.models import Entry, Source, User
from calendar_app.entries.editing import Invalid
from calendar_app.importing import ImportContext, ImportRow, Unreadable, changed_uids, detect, save, source_info
from calendar_app.importing.messages import UNREADABLE
from calendar_app.importing.save import ImportResult, Writing
from calendar_app.importing.sources import fetch, manage, review, towns
from calendar_app.importing.sources.fetch import Fetched
from calendar_app.importing.sources.fetch_messages import PROBLEMS
from calendar_app.outgoing.http import SECONDS, Limits, Unreachable, normalize_address

YEARS_AHEAD = 3  # fiscal years that endless repeats may reach
OFTEN, SELDOM = 60, 240  # minutes between readings: after a change, and when nothing has changed for a while
LEAST, MOST = 15, 24 * 60  # minutes; bounds of the interval that a source asks for
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 24 * 60))
LONGEST_WAIT = timedelta(days=7)
CLAIM = timedelta(minutes=15)  # no other worker reads it in that time; after a crash it is due again


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """The facts of a source that a fetch needs while no transaction is open."""

    id: int
    url: str
    choices: dict[str, Any]
    etag: str
    last_modified: str
    digest: str


def import_context(config: Config, at: datetime) -> ImportContext:
    """Return the context for parsing files at this moment."""
    today = at.astimezone(config.zone).date()
    return ImportContext(config.timezone, today, formatting.fiscal_end(today, YEARS_AHEAD))


def fetch_source(
    config: Config, url: str, *, seconds: float = SECONDS, etag: str = "", last_modified: str = ""
) -> Fetched:
    """Fetch an address by the rules of this installation; `seconds` limits the whole fetch. Raises Unreachable."""
    if urlsplit(normalize_address(url)).netloc == urlsplit(config.base_url).netloc:
        raise Unreachable("own")
    limits = Limits(seconds=seconds, networks=config.fetch_networks)
    agent = f"calendar-app/{__version__} (+{config.base_url})"
    return fetch.fetch(url, agent, etag=etag, last_modified=last_modified, limits=limits)


def source_name(url: str, data: bytes) -> str:
    """Return the name that a source gives itself, or else its host."""
    return source_info.source_name(data) or (urlsplit(url).hostname or "")[:100]


def start_following(
    session: Session,
    name: str,
    url: str,
    department_id: int,
    choices: dict[str, Any],
    *,
    at: datetime,
    owner: User | None = None,
) -> Source:
    """Follow an address from now on. Raises Invalid (name, url), and Unreachable for a bad address."""
    name, url = name.strip()[:100], normalize_address(url)
    if not name:
        raise Invalid(name="required")
    if session.scalar(select(Source.id).where(Source.url == url)):
        raise Invalid(url="followed")
    theirs = select(Entry.id).where(Entry.source == name, Entry.department_id != department_id)
    if session.scalar(select(Source.id).where(Source.name == name)) or session.scalar(theirs.limit(1)):
        raise Invalid(name="taken")
    source = Source(name=name, url=url, department_id=department_id, choices=choices, created_at=at, next_at=at)
    source.owner_id = owner.id if owner else None
    session.add(source)
    session.flush()
    return source


def next_due(session: Session, at: datetime) -> int | None:
    """Return the id of the source that has been due longest, or None."""
    waiting = select(Source.id).where(Source.enabled, Source.next_at <= at)
    return session.scalar(waiting.order_by(Source.next_at, Source.id).limit(1))


def switch(source: Source, enabled: bool, *, at: datetime) -> None:
    """Stop following, or start again, which makes the source due at once. Clears its failures."""
    source.enabled = enabled
    source.failures, source.problem = 0, ""
    if enabled:
        source.next_at = at


def refresh(
    writing: Writing,
    source_id: int,
    config: Config,
    *,
    at: datetime,
    now: bool = False,
    seconds: float = SECONDS,
) -> ImportResult | None:
    """Read a source and import its changes. Returns None if it failed, is unchanged, or is being read already.

    `now` asks even if it is not due. What went wrong stands in the source afterwards.
    """
    context = import_context(config, at)
    with writing() as session:
        request = _claim(session, source_id, context, at, now)
    if request is None:
        return None
    try:
        if towns.is_town(request.url):
            return _refresh_town(writing, source_id, config, at=at, seconds=seconds)
        conditions: dict[str, Any] = {"etag": request.etag, "last_modified": request.last_modified, "seconds": seconds}
        return import_fetched(
            writing, request, fetch_source(config, request.url, **conditions), context, actor=None, at=at
        )
    except (Unreachable, Unreadable) as error:
        with writing() as session:
            _record_failure(session.get_one(Source, source_id), error, at)
        return None


def _refresh_town(
    writing: Writing, source_id: int, config: Config, *, at: datetime, seconds: float
) -> ImportResult | None:
    """Take the changes of another town's API. Raises Unreachable and Unreadable."""

    def get(url: str) -> bytes:
        return fetch_source(config, url, seconds=seconds).data or b""

    result, act = towns.read(writing, source_id, get, at=at)
    changed = bool(result.created or result.changed)
    with writing() as session:
        source = session.get_one(Source, source_id)
        if changed:
            source.act = act
            counts = {name: len(getattr(result, name)) for name in ("created", "changed", "same", "refused")}
            source.counts = source.counts | counts | {"rows": sum(counts.values())}
        towns.forget_rereading(source, at)
        source.asked, source.shape = LEAST, "calendar-app API"
        _schedule_next(source, at, changed=changed)
    return result if changed else None


def import_fetched(
    writing: Writing,
    request: SourceRequest,
    fetched: Fetched,
    context: ImportContext,
    *,
    actor: User | None,
    at: datetime,
) -> ImportResult | None:
    """Import a fetched file; return None if it is unchanged. Raises Unreadable."""
    digest = hashlib.sha256(fetched.data or b"").hexdigest()
    with writing() as session:
        source = session.get_one(Source, request.id)
        name, home = source.name, source.department_id  # a person may have changed them while it was read
        manage.note_move(session, source, fetched.moved, at)
        if fetched.data is None or digest == request.digest:
            _schedule_next(source, at)
            return None
    parsed = detect.parse_file(fetched.data, context, charset=fetched.charset)
    with writing() as session:
        read = changed_uids.propose(session, name, parsed.rows)
    rows = list(chosen_rows(read, request.choices))
    result, act = save.import_in_portions(writing, name, rows, department_id=home, actor=actor, at=at)
    with writing() as session:
        source = session.get_one(Source, request.id)
        source.etag, source.last_modified = fetched.etag, fetched.last_modified
        source.digest, source.horizon, source.shape = digest, context.horizon, parsed.shape[:100]
        source.asked = source_info.refresh_minutes(fetched.data)
        if result.created or result.changed:
            source.act = act
        review.record_reading(session, source, read, rows, result, at)
        _schedule_next(source, at, changed=bool(result.created or result.changed))
    return result


def request_for(source: Source, context: ImportContext) -> SourceRequest:
    """Return the request for a source. When the horizon has moved on, it carries no validators: endless repeats reach further."""
    same = source.horizon == context.horizon
    return SourceRequest(
        id=source.id,
        url=source.url,
        choices=source.choices,
        etag=source.etag if same else "",
        last_modified=source.last_modified if same else "",
        digest=source.digest if same else "",
    )


def chosen_rows(rows: tuple[ImportRow, ...], choices: dict[str, Any]) -> Iterator[ImportRow]:
    """Yield the rows to import, corrected unless a person has chosen the row as it is. Held rows wait for a person."""
    excluded, as_is, checked = (set(choices.get(name, ())) for name in ("out", "as_is", "checked"))
    for row in rows:
        key = save.row_key(row)
        if key not in excluded and (not row.held or key in checked | as_is):
            yield row if key in as_is else importing.mend(row)


def problem_message(source: Source, lang: str) -> str:
    """Explain in words why a source cannot be read, or what is odd about its content; "" when all is well."""
    if source.problem in PROBLEMS:
        return fetch.problem_message(source.problem, source.problem_given, lang)
    if source.problem in UNREADABLE:
        return importing.unreadable_message(Unreadable(source.problem, **source.problem_given), lang)
    code = review.find_warning(source)
    return fetch.problem_message(code, source.counts, lang) if code else ""


def _claim(session: Session, source_id: int, context: ImportContext, at: datetime, now: bool) -> SourceRequest | None:
    source = session.get(Source, source_id, with_for_update=True, populate_existing=True)
    if source is None or not (now or (source.enabled and source.next_at <= at)):
        return None
    source.next_at = at + CLAIM
    return request_for(source, context)


def _schedule_next(source: Source, at: datetime, *, changed: bool = False) -> None:
    """Schedule the next reading: at the interval that the source asks for, or soon after a change and later without one."""
    source.every = OFTEN if changed else min(2 * source.every, SELDOM)
    wait = min(max(source.asked, LEAST), MOST) if source.asked else source.every
    source.fetched_at, source.next_at = at, at + timedelta(minutes=wait)
    source.failures, source.problem, source.problem_given = 0, "", {}


def _record_failure(source: Source, error: Unreachable | Unreadable, at: datetime) -> None:
    source.failures += 1
    source.problem, source.problem_given = error.code, error.parameters
    wait = BACK_OFF[min(source.failures, len(BACK_OFF)) - 1]
    source.next_at = at + max(wait, min(_retry_after(error.parameters.get("retry", ""), at), LONGEST_WAIT))
    if error.code == "gone":
        source.enabled = False


def _retry_after(text: str, at: datetime) -> timedelta:
    """Parse a Retry-After header (RFC 9110 10.2.3): seconds, or a date."""
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:9]))
    try:
        until = parsedate_to_datetime(text)
        return max(until - at, timedelta())
    except (ValueError, TypeError, OverflowError):
        return timedelta()
