"""`calendar-app demo`: fill an empty database with the demo city, or with a large invented one."""

import json
import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy import select

from calendar_app.cli.session import writing
from calendar_app.config import PREFIX, Config, load
from calendar_app.db import statistics
from calendar_app.db.engine import make_engine
from calendar_app.db.models import Entry
from calendar_app.text.languages import LANGUAGES


@click.command()
@click.option("--if-empty", is_flag=True, help="Leave a database that holds entries as it is.")
@click.option("--events", type=click.IntRange(min=1), help="Invent this many entries instead, for tests of size.")
@click.option("--seed", type=int, default=1, help="The same seed invents the same city.")
@click.option("--city", "name", type=click.Choice(["semboku", "seenbrueck"]), default="semboku", help="Which city.")
@click.pass_obj
def demo(config: Config, if_empty: bool, events: int | None, seed: int, name: str) -> None:
    """Load the demo city, a year of Semboku around today; with --events a large one, with --city one in Germany."""
    click.echo("loading the demo city …")
    if name != "semboku":
        _load_other(config, name, if_empty=if_empty)
        return
    from calendar_app.cli.demo import PASSWORD, PEOPLE, load_city  # takes a moment

    now = datetime.now(UTC)
    with writing(config) as session:
        empty = not session.scalar(select(sa.func.count(Entry.id)))
        if not empty and not if_empty:
            raise click.ClickException("the database holds entries already; `make demo-reset` puts them aside")
        if empty and not events:
            today = now.astimezone(config.zone).date()
            load_city(session, today=today, at=now, photo_folder=config.photos, watched=_watched)
            _show_every_language(config)
    if empty and events:
        _invent(config, events, seed, now)
    statistics.refresh(make_engine(config.database_url))
    click.echo(f"demo sign-in: {PEOPLE[0][0]}  password: {PASSWORD}  at {config.base_url}/staff/")


def _load_other(config: Config, name: str, *, if_empty: bool) -> None:
    """Load a city of another country. Its settings go into config.toml, which must not hold others yet."""
    from calendar_app.cli.demo import PASSWORD, other_city

    with writing(config) as session:
        if session.scalar(select(sa.func.count(Entry.id))):
            if if_empty:
                return
            raise click.ClickException("the database holds entries already; `make demo-reset` puts them aside")
    data = other_city.read(name)
    _keep_settings(config.instance / "config.toml", data["settings"])
    config = load()
    now = datetime.now(UTC)
    with writing(config) as session:
        other_city.load_city(session, data, PASSWORD, today=now.astimezone(config.zone).date(), at=now)
    statistics.refresh(make_engine(config.database_url))
    click.echo(f"demo sign-in: {data['people'][0][0]}  password: {PASSWORD}  at {config.base_url}/staff/")


def _keep_settings(path: Path, settings: dict[str, str]) -> None:
    """Write the settings of a demo city that neither the file nor the environment names."""
    text = path.read_text() if path.exists() else ""
    known = tomllib.loads(text).keys() | {name.removeprefix(PREFIX).lower() for name in os.environ}
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items() if name not in known
    ]
    path.write_text("".join(lines) + text)


def _watched(acts: Sequence[Any]) -> Iterator[Any]:
    """Give each act in turn, and show on a terminal how many are done."""
    with click.progressbar(acts, label=f"{len(acts)} acts of a year in the town hall", file=sys.stderr) as bar:
        yield from bar


def _invent(config: Config, events: int, seed: int, now: datetime) -> None:
    """Write the large city in portions."""
    from calendar_app.cli.demo import bulk, found_city, stories

    with writing(config) as session:
        found_city(session, at=now, photo_folder=config.photos)
        places = bulk.places(session)
    told = stories.tell(events, seed, places, now=now)
    with click.progressbar(length=events, label=f"inventing {events} entries", file=sys.stderr) as bar:
        written = 1
        while written:
            with writing(config) as session:
                written = bulk.write(session, told)
            bar.update(written)


def _show_every_language(config: Config) -> None:
    """Offer the pages of the demo in every language, unless the settings name the languages."""
    path = config.instance / "config.toml"
    settings = path.read_text() if path.exists() else ""
    if "languages" not in settings and "CALENDAR_LANGUAGES" not in os.environ:
        path.write_text(f'{settings}languages = "{" ".join(LANGUAGES)}"\n')
