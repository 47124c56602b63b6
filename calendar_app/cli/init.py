"""`calendar-app init`: create the database, its tables, the search index and the identity of the city."""

import secrets
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
from sqlalchemy.engine import Engine

from calendar_app.cli.session import writing
from calendar_app.config import Config
from calendar_app.db import migrations, statistics
from calendar_app.db.engine import SQLITE_SAFE_SINCE, make_engine, sqlite_version
from calendar_app.db.models import Site
from calendar_app.entries.search_index import index_ids, unindexed
from calendar_app.operations import sealed_secrets, startup
from calendar_app.operations.startup import CannotStart

INDEXED = 500  # entries in one transaction, so that other saves wait only briefly


@click.command()
@click.option("--reindex", is_flag=True, help="Make the index of words for search anew, whatever it holds.")
@click.pass_obj
def init(config: Config, reindex: bool) -> None:
    """Create the database or bring it up to date. Safe to repeat."""
    engine = make_engine(config.database_url)
    try:
        _check(config, engine)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    migrations.upgrade(engine)
    with writing(config) as session:
        site = session.get(Site, 1)
        if site is None:
            site = Site(id=1, site_id=config.site_id or _site_id(config), changed_at=datetime.now(UTC))
            session.add(site)
        startup.mark(config, site.site_id)
        sealed_secrets.seal_open(session, config.secret_key)
        ids = unindexed(session, anew=reindex)
    if engine.dialect.name == "sqlite" and sqlite_version() < SQLITE_SAFE_SINCE:
        click.echo(f"warning: SQLite {'.'.join(map(str, sqlite_version()))} has a known fault in its write-ahead log; "
                   f"{'.'.join(map(str, SQLITE_SAFE_SINCE))} or newer is safe, and so is PostgreSQL", err=True)  # fmt: skip
    if ids:
        _index(config, ids)
    statistics.refresh(engine)
    click.echo(f"ready: {engine.url.render_as_string()}")


def _check(config: Config, engine: Engine) -> None:
    """What could go wrong, before anything is changed. Raises CannotStart."""
    for folder in (config.instance, config.photos):
        startup.check_folder(folder)
    startup.check_not_lost(config)
    startup.check_known_schema(engine)


def _index(config: Config, ids: list[int]) -> None:
    """Index the entries in portions, so that an interrupted run keeps its work."""
    with click.progressbar(
        range(0, len(ids), INDEXED), label=f"indexing {len(ids)} entries", file=sys.stderr
    ) as firsts:
        for first in firsts:
            with writing(config) as session:
                index_ids(session, ids[first : first + INDEXED])


def _site_id(config: Config) -> str:
    """The permanent authority of every UID and tag: URI: the public host, or a random name without one."""
    host = urlsplit(config.base_url).hostname or ""
    public = "." in host and not host.replace(".", "").isdecimal()
    return host if public else f"{secrets.token_hex(6)}.calendar.invalid"
