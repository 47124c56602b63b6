"""The `calendar-app` command: set up, serve, load the demo, manage people, import, do what is due.

A command's module, and with it the database or the server, is imported when the command runs, so `--help` and a mistyped
word answer at once.
"""

from importlib import import_module

import click

from calendar_app import __version__
from calendar_app.config import BadSetting, load

# By name: the module, the command in it, and its line of the list that --help prints.
COMMANDS = {
    "demo": ("load_demo", "demo", "Load the demo city: a year of Semboku around today."),
    "import": (
        "imports",
        "import_",
        "Take events and announcements from iCalendar, CSV, RSS or Atom: first a look, then with --apply.",
    ),
    "init": ("init", "init", "Create the database or bring it up to date. Safe to repeat."),
    "serve": ("serve", "serve", "Serve on HOST:PORT, with the worker for due work beside it."),
    "user": ("user", "user", "People who may sign in."),
    "work": (
        "work",
        "work",
        "Publish what is scheduled, end what has expired, read the sources that are followed, as they become due.",
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"calendar_app.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click does, with the lines of the table instead of the commands' own."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            lines = {name: click.Command(name, help=COMMANDS[name][2]) for name in self.list_commands(ctx)}
            formatter.write_dl([(name, line.get_short_help_str(limit)) for name, line in lines.items()])


@click.group(cls=LazyGroup)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """The event calendar and announcement feed server."""
    try:
        context.obj = load()
    except BadSetting as error:
        raise click.ClickException(str(error)) from error


main.add_command(import_)


@main.command()
@click.option("--reindex", is_flag=True, help="Make the index of words for search anew, whatever it holds.")
@click.pass_obj
def init(config: Config, reindex: bool) -> None:
    """Create the database or bring it up to date. Safe to repeat."""
    config.instance.mkdir(parents=True, exist_ok=True)
    config.photos.mkdir(exist_ok=True)
    engine = make_engine(config.database_url)
    migrations.upgrade(engine)
    with writing(config) as session:
        if session.get(Site, 1) is None:
            session.add(Site(id=1, site_id=config.site_id or _site_id(config), changed_at=datetime.now(UTC)))
        ids = waiting(session, anew=reindex)
    if engine.dialect.name == "sqlite" and sqlite_version() < SQLITE_SAFE_SINCE:
        click.echo(f"warning: SQLite {'.'.join(map(str, sqlite_version()))} has a known fault in its write-ahead log; "
                   f"{'.'.join(map(str, SQLITE_SAFE_SINCE))} or newer is safe, and so is PostgreSQL", err=True)  # fmt: skip
    if ids:
        _index(config, ids)
    click.echo(f"ready: {engine.url.render_as_string()}")


def _index(config: Config, ids: list[int]) -> None:
    """In portions, so that an interrupted run has not been for nothing."""
    with click.progressbar(
        range(0, len(ids), INDEXED), label=f"indexing {len(ids)} entries", file=sys.stderr
    ) as firsts:
        for first in firsts:
            with writing(config) as session:
                put_by_id(session, ids[first : first + INDEXED])


def _site_id(config: Config) -> str:
    """The authority of every UID and tag: URI, for ever: the public host, or a random name while there is none."""
    host = urlsplit(config.base_url).hostname or ""
    public = "." in host and not host.replace(".", "").isdecimal()
    return host if public else f"{secrets.token_hex(6)}.calendar.invalid"


@main.command()
@click.option("--if-empty", is_flag=True, help="Leave a database that holds entries as it is.")
@click.pass_obj
def demo(config: Config, if_empty: bool) -> None:
    """Load the demo city: a year of Semboku around today."""
    from calendar_app.cli.demo import PASSWORD, PEOPLE, load_city

    now = datetime.now(UTC)
    with writing(config) as session:
        if not session.scalar(select(sa.func.count(Entry.id))):
            today = now.astimezone(config.zone).date()
            load_city(session, today=today, at=now, photo_folder=config.photos, say=click.echo)
            _show_every_language(config)
        elif not if_empty:
            raise click.ClickException("the database holds entries already; `make demo-reset` puts them aside")
    click.echo(f"demo sign-in: {PEOPLE[0][0]}  password: {PASSWORD}  at {config.base_url}/staff/")


def _show_every_language(config: Config) -> None:
    """The demo's pages are in all languages that there are, unless its settings say otherwise."""
    path = config.instance / "config.toml"
    said = path.read_text() if path.exists() else ""
    if "languages" not in said and "CALENDAR_LANGUAGES" not in os.environ:
        path.write_text(f'{said}languages = "{" ".join(LANGUAGES)}"\n')


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--no-worker", is_flag=True, help="Leave due work to a separate `calendar-app work`.")
@click.pass_obj
def serve(config: Config, host: str, port: int, no_worker: bool) -> None:
    """Serve on HOST:PORT, with the worker for due work beside it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    worker = None if no_worker else subprocess.Popen([sys.executable, "-m", "calendar_app.cli", "work"])
    click.echo(f"serving on http://{host}:{port}  (Ctrl+C stops)")
    try:
        Granian(
            "calendar_app:create_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=config.processes,
            blocking_threads=config.threads,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        if worker:
            worker.terminate()
            worker.wait(10)


@main.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.pass_obj
def work(config: Config, once: bool) -> None:
    """Publish what is scheduled, end what has expired, read the sources that are followed, as they become due."""
    parent = os.getppid()
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    if not once:  # beside it: somebody else's slow server must not keep what is due here waiting
        threading.Thread(target=follow, args=(config, stopping), daemon=True).start()
    while not stopping and os.getppid() == parent:
        try:
            photos.sweep(config.photos, 3600, datetime.now(UTC))
            with writing(config) as session:
                form_drafts.prune(session, at=datetime.now(UTC))
                inbox.forget_askers(session, config.questions_days, at=datetime.now(UTC))
                for entry in publishing.run_due(session, at=datetime.now(UTC)):
                    click.echo(f"worker: {entry.title} ({entry.revisions[0].kind})")
            for line in mail_worker.run(config, at=datetime.now(UTC)):
                click.echo(f"worker: {line}")
            while once and read_due(config):
                pass
        except sa.exc.OperationalError as error:  # the database is away: it will be back
            click.echo(f"worker: {error.orig}", err=True)
        if once:
            break
        _sleep(config.work_seconds, stopping)


def _sleep(seconds: int, stopping: list[int]) -> None:
    for _ in range(seconds * 5):
        if stopping:
            return
        time.sleep(0.2)


@main.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--department", help="Slug of the department.")
@click.option("--admin", is_flag=True)
@click.password_option()
@click.pass_obj
def add_user(config: Config, email: str, name: str, department: str | None, admin: bool, password: str) -> None:
    """Let a person sign in."""
    if len(password) < 10:
        raise click.ClickException("a password has at least 10 characters")
    with writing(config) as session:
        if session.scalar(select(User).where(User.email == email.lower())):
            raise click.ClickException(f"{email} is there already")
        home = session.scalar(select(Department).where(Department.slug == department)) if department else None
        if department and home is None:
            raise click.ClickException(f"no department {department}")
        session.add(make_user(email, name, password, home, "admin" if admin else "member"))
    click.echo(f"{email} can sign in")


def make_user(email: str, name: str, password: str, department: Department | None, role: str) -> User:
    return User(
        email=email.lower(),
        name=name,
        password=PasswordHasher().hash(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        role=role,
        department_id=department.id if department else None,
        created_at=datetime.now(UTC),
    )


@user.command("list")
@click.pass_obj
def list_users(config: Config) -> None:
    """Who may sign in."""
    with writing(config) as session:
        for one in session.scalars(select(User).order_by(User.email)):
            click.echo(f"{one.email}\t{one.name}\t{one.role}\t{'' if one.active else 'closed'}")


@user.command("password")
@click.argument("email")
@click.password_option()
@click.pass_obj
def set_password(config: Config, email: str, password: str) -> None:
    """Set a new password and end every session of this person."""
    with writing(config) as session:
        found = session.scalar(select(User).where(User.email == email.lower()))
        if found is None:
            raise click.ClickException(f"nobody signs in as {email}")
        found.password, found.fs_uniquifier = PasswordHasher().hash(password), secrets.token_hex(32)
    click.echo("changed")
