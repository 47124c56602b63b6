"""`calendar-app import`, of files and addresses."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import importing
from calendar_app.cli.session import writing
from calendar_app.config import Config
from calendar_app.db.models import Department
from calendar_app.entries.editing import Invalid
from calendar_app.importing import ImportRow, changed_uids, detect, save
from calendar_app.importing.sources import fetch, towns
from calendar_app.importing.sources.fetch import Fetched
from calendar_app.importing.sources.follow import (
    fetch_source,
    import_context,
    import_fetched,
    refresh,
    request_for,
    source_name,
    start_following,
)
from calendar_app.outgoing.http import Unreachable
from calendar_app.staff import batch_dates, batch_jobs, undo


@click.command("import")
@click.argument("what", metavar="FILE|ADDRESS", required=False)
@click.option("--department", help="Slug of the department that answers for the entries.")
@click.option(
    "--source", help="Name of the source; the same name knows its entries again. Default: its own, or the file's."
)
@click.option("--as-is", is_flag=True, help="Take no proposed mend.")
@click.option("--apply", is_flag=True, help="Publish; without it nothing is changed.")
@click.option("--subscribe", is_flag=True, help="Publish, and read the address again and again from now on.")
@click.option("--undo", metavar="ACT", help="Take back a whole import by the name that it printed.")
@click.pass_obj
def import_(
    config: Config,
    what: str | None,
    department: str | None,
    source: str | None,
    as_is: bool,
    apply: bool,
    subscribe: bool,
    undo: str | None,
) -> None:
    """Take events and announcements from iCalendar, CSV, RSS, Atom or JSON Feed: first a look, then with --apply."""
    if undo:
        _undo(partial(writing, config), undo)
        return
    if what is None:
        raise click.UsageError("which FILE, or which ADDRESS?")
    fetched = _fetched(config, what) if "://" in what else _opened(what)
    named = source or (source_name(what, fetched.data or b"") if "://" in what else Path(what).name)
    rows = _look(config, fetched, as_is, named)
    if subscribe:
        _subscribe(config, what, fetched, rows if as_is else [], named, department)
    elif apply:
        _take(config, rows, named, department)


def _opened(what: str) -> Fetched:
    try:
        with click.open_file(what, "rb") as file:
            return Fetched(file.read(importing.MAX_BYTES + 1))
    except OSError as error:
        raise click.ClickException(f"{what}: {error.strerror}") from error


def _fetched(config: Config, url: str) -> Fetched:
    try:
        return fetch_source(config, url)
    except Unreachable as error:
        raise click.ClickException(fetch.problem_message(error.code, error.parameters, config.language)) from error


def _look(config: Config, fetched: Fetched, as_is: bool, source: str) -> list[ImportRow]:
    """Parse a file, print the defects of each row, and return the rows as they would be imported."""
    try:
        context = import_context(config, datetime.now(UTC))
        file = detect.parse_file(fetched.data or b"", context, charset=fetched.charset)
    except importing.Unreadable as error:
        raise click.ClickException(importing.unreadable_message(error, config.language)) from error
    with writing(config) as session:
        file = replace(file, rows=changed_uids.propose(session, source, file.rows))
    for note in file.notes:
        click.echo(importing.defect_message(note, config.language))
    for row in file.rows:
        for defect in row.defects:
            mend = "" if defect.proposed is None else " →" if not as_is else " (→)"
            click.echo(
                f"{row.number}\t{row.values.get('title', '')[:40]}\t{importing.defect_message(defect, config.language)}{mend}"
            )
    refused = sum(bool(row.refused) for row in file.rows)
    mends = sum(any(defect.proposed for defect in row.defects) for row in file.rows if not row.refused)
    held = sum(row.held and not row.refused for row in file.rows)
    click.echo(
        f"{file.shape}, {file.encoding}: {len(file.rows)} rows, {mends} with a proposed mend, {refused} refused"
        + (f", {held} held until a person has checked their dates (--as-is takes them as they are)" if held else "")
    )
    return list(file.rows) if as_is else [importing.mend(row) for row in file.rows if not row.held]


def _take(config: Config, rows: list[ImportRow], source: str, department: str | None) -> None:
    with writing(config) as session:
        home = _department(session, department)
    with click.progressbar(length=len(rows), label="importing", file=sys.stderr) as bar:
        options: dict[str, Any] = {
            "department_id": home,
            "actor": None,
            "at": datetime.now(UTC),
            "on_portion": bar.update,
        }
        total, act = save.import_in_portions(partial(writing, config), source, rows, **options)
    click.echo(str(total))
    click.echo(f"to take it back: calendar-app import --undo {act}")


def _undo(opened: batch_jobs.Writing, act: str) -> None:
    with opened() as session:
        rows = [row.number for row in reversed(batch_dates.rows(session, act))]

    def step(session: Session, number: int) -> bool:
        return undo.step(session, "undo", f"{number}", {}, actor=None, at=datetime.now(UTC))

    with click.progressbar(length=len(rows), label="undo") as bar:
        done = 0
        for count in batch_jobs.portions(opened, rows, step):
            bar.update(min(batch_jobs.PORTION, len(rows)))
            done += count
    click.echo(f"{done} changes taken back")


def _subscribe(
    config: Config, url: str, fetched: Fetched, as_they_are: list[ImportRow], name: str, department: str | None
) -> None:
    """Follow the address, and import what was just fetched."""
    at = datetime.now(UTC)
    choices = {"as_is": [save.row_key(row) for row in as_they_are]}
    context = import_context(config, at)
    try:
        with writing(config) as session:
            source = start_following(session, name, url, _department(session, department), choices, at=at)
            request = request_for(source, context)
    except Unreachable as error:
        raise click.ClickException(fetch.problem_message(error.code, error.parameters, config.language)) from error
    except Invalid as error:
        raise click.ClickException(REFUSED[next(iter(error.errors.values()))].format(name=name)) from error
    opened = partial(writing, config)
    if towns.is_town(request.url):
        result = refresh(opened, request.id, config, at=at, now=True)
    else:
        result = import_fetched(opened, request, fetched, context, actor=None, at=at)
    click.echo(f"{name}: {result}")


REFUSED = {
    "followed": "this address is followed already",
    "taken": "there are entries or a source with the name {name}; please give another with --source",
    "required": "please give the source a name with --source",
}


def _department(session: Session, slug: str | None) -> int:
    query = select(Department.id).order_by(Department.id)
    department_id = session.scalar((query.where(Department.slug == slug) if slug else query).limit(1))
    if department_id is None:
        raise click.ClickException(f"no department {slug or ''}")
    return department_id
