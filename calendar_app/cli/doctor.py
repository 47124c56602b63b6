"""`calendar-app doctor`: examine this installation and say what to do."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from calendar_app.cli.session import require_database
from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from calendar_app.operations import doctor as examination
from calendar_app.operations.doctor import Finding

FEEDS = ("/calendar.ics", "/deadlines.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.atom", "/events.csv")
MARKS = {"ok": "ok      ", "warning": "warning ", "fault": "FAULT   "}


@click.command()
@click.option("--mend", is_flag=True, help="Make occurrences and the index of search anew where they are wrong.")
@click.option(
    "--anchor", multiple=True, metavar="NUMBER:HASH", help="A revision and its hash, as /healthz once gave them."
)
@click.pass_obj
def doctor(config: Config, mend: bool, anchor: tuple[str, ...]) -> None:
    """Examine database, photos, search, feeds, backups, disk, mail and settings, and say what to do."""
    anchors = dict(map(_read_anchor, anchor))
    require_database(config)
    engine = make_engine(config.database_url)
    faults = 0
    examined = examination.examine(config, engine, at=datetime.now(UTC), mend=mend, anchors=anchors)
    for finding in (*examined, *_feeds(config)):
        click.echo(MARKS[finding.level] + finding.text)
        if finding.remedy:
            click.echo(f"        -> {finding.remedy}")
        faults += finding.level == "fault"
    engine.dispose()
    if faults:
        raise SystemExit(1)


def _read_anchor(typed: str) -> tuple[int, str]:
    number, _, hashed = typed.partition(":")
    if not number.isdecimal() or len(hashed) != 64:
        raise click.BadParameter("NUMBER:HASH, as /healthz gives them", param_hint="--anchor")
    return int(number), hashed


def _feeds(config: Config) -> Iterator[Finding]:
    """Compare each feed, made with the kept fragments, with one made from nothing."""
    from calendar_app import create_app
    from calendar_app.feeds.fragment_cache import Fragments

    kept, fresh = create_app(config).test_client(), create_app(config)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        fresh.extensions["calendar_fragments"] = Fragments(Path(folder) / "fragments.db")
        anew = fresh.test_client()
        for path in FEEDS:
            first, second = kept.get(path), anew.get(path)
            if first.status_code != 200 or first.data != second.data:
                wrong.append(path)
    if wrong:
        remedy = f"stop the server, remove {config.instance / 'fragments.db'}, start it"
        yield Finding("fault", f"feeds are not what a fresh build gives: {' '.join(wrong)}", remedy)
    else:
        yield Finding("ok", f"{len(FEEDS)} feeds are what a fresh build gives")
