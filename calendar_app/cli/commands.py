"""The `calendar-app` command: set up, serve, load the demo, manage people, import, do what is due.

A command's module, and with it the database or the server, is imported when the command runs, so `--help` and a mistyped
word answer at once.
"""

import os
from importlib import import_module
from typing import Any

import click

from calendar_app import __version__
from calendar_app.config import BadSetting, load

# By name: the module, the command in it, and its line of the list that --help prints.
COMMANDS = {
    "backup": (
        "backup",
        "backup",
        "Make a backup of database and photos while the server runs, and verify it by a restore.",
    ),
    "demo": (
        "load_demo",
        "demo",
        "Load the demo city, a year of Semboku around today; with --events a large one, with --city one in Germany.",
    ),
    "doctor": (
        "doctor",
        "doctor",
        "Examine database, photos, search, feeds, backups, disk, mail and settings, and say what to do.",
    ),
    "export": (
        "export",
        "export",
        "Write the whole public site as static files into FOLDER; later, only what has changed.",
    ),
    "export-data": ("backup", "export_data", "Write the whole town, photos included, into one file."),
    "import": (
        "imports",
        "import_",
        "Take events and announcements from iCalendar, CSV, RSS, Atom or JSON Feed: first a look, then with --apply.",
    ),
    "import-data": (
        "backup",
        "import_data",
        "Fill the empty database of the settings from a file of export-data, or straight from another database.",
    ),
    "init": ("init", "init", "Create the database or bring it up to date. Safe to repeat."),
    "person": ("person", "person", "What is kept about one person: give it out, or erase it."),
    "restore": ("backup", "restore", "Make this installation the town of a backup, on SQLite or PostgreSQL."),
    "rotate-secret": (
        "person",
        "rotate_secret",
        "Replace the key that signs sessions and links; everybody signs in again.",
    ),
    "routes": ("routes", "routes", "List every address: methods, module and purpose."),
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

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. What the system or the database refuses is one line, not a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (reason := _refusal(error)) is None:
                raise
            raise click.ClickException(reason) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands as click does, with the lines of the table, so that no command is imported."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            lines = {name: click.Command(name, help=COMMANDS[name][2]) for name in self.list_commands(ctx)}
            formatter.write_dl([(name, line.get_short_help_str(limit)) for name, line in lines.items()])


def _refusal(error: Exception) -> str | None:
    """What the database or the disk refused, in one line; None for a fault of the program."""
    if type(error).__name__ == "Busy":
        return str(error)
    refused = getattr(error, "orig", None)
    if refused is not None and type(error).__name__ in ("OperationalError", "ProgrammingError"):
        return f"the database refuses: {' '.join(str(refused).split())}"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return None


@click.group(cls=LazyGroup)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """The event calendar and announcement feed server."""
    os.umask(0o077)  # what this program writes is for its own account alone
    try:
        context.obj = load()
    except BadSetting as error:
        raise click.ClickException(str(error)) from error
