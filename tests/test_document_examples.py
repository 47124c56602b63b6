"""What the documents show can be typed as it stands: addresses, commands, settings, modules."""

import importlib
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from calendar_app.cli.commands import main
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.listings import short_links
from calendar_app.listings.filters import OPTIONS, keys, read_filter
from calendar_app.text.languages import LANGUAGES
from helpers import ROOT, cities
from helpers.documents import DOCUMENTS, code, lines_of_blocks, name_of, rows

PACKAGE = ROOT / "calendar_app"
FEEDS, OPERATING, ARCHITECTURE = (ROOT / "docs" / f"{name}.md" for name in ("feeds", "operating", "architecture"))
BASE = "https://calendar.example.jp"
SCHEMES = {"/categories", "/tags"}  # ends of addresses that are only names, in RSS and Atom
POSTED = {"/websub", "/fediverse/inbox", "/actors/<name>/inbox"}  # programs send their requests there
ENDLESS = {"/actors/", "/fediverse/"}  # what lies below them is meant
QUESTIONS = {"/.well-known/webfinger"}  # they answer with a query only, and here nothing is turned on
STAYING = ("serve", "work", "demo", "import")  # they stay, take their time or ask others: only their words are read
COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?calendar-app (.+)")
PASSWORD = "correct horse battery\n"


def shown(pattern: str) -> list[str]:
    """Each piece of code of a kind in all documents, once. The list of routes, made from the code, holds patterns."""
    written = [path for path in DOCUMENTS if path.name != "routes.md"]
    return sorted({piece for path in written for piece in code(path) if re.match(pattern, piece)})


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A copy of the demo city, to write into."""
    own = tmp_path_factory.mktemp("documents") / "city"
    shutil.copytree(cities.demo(tmp_path_factory).instance, own)
    (own / "config.toml").write_text(f'languages = "{" ".join(LANGUAGES)}"\n')  # as `calendar-app demo` does
    return cities.config_of(own)


@pytest.fixture(scope="module")
def known(city: Config) -> dict[str, str]:
    """What stands for each placeholder of an address."""
    with write_session(make_engine(city.database_url)) as session:
        public = session.scalars(select(Event).where(Event.state == "published").order_by(Event.id)).all()
        publishing.withdraw(session, public[-1], "", actor=None, at=cities.STOPPED)
        code = short_links.mint(session, read_filter({"tag": ["桜"]}), at=cities.STOPPED)
        emergency = {"title": "避難指示", "importance": "emergency", "department_id": public[0].department_id}
        alert = publishing.create(session, "announcement", emergency, actor=None, at=cities.STOPPED)
        publishing.publish(session, alert, actor=None, at=cities.STOPPED)
        numbers = {"alert": str(max(row.number for row in alert.revisions)), "venue": "1"}
        session.commit()
        names = {"public_id": public[0].public_id, "withdrawn": public[-1].public_id, "code": code}
    return names | numbers | {"slug": "kanko", "name": "events", "year": "2027", "month": "04", "page": f"{BASE}/"}


@pytest.fixture(scope="module")
def reader(city: Config, known: dict[str, str]) -> Iterator[FlaskClient]:
    with cities.looked_at(city) as app:
        yield app.test_client()


def filled(address: str, known: dict[str, str]) -> str:
    address = address.replace("/archive/<page>", "/archive/1")  # elsewhere a page is an address
    return re.sub(r"<(\w+)>", lambda found: quote(known[found[1]], safe=""), address)


ANSWERS = [
    (address, said) for cell, said in rows(FEEDS, "What an address answers") for address in re.findall("`(.+?)`", cell)
]
TRIED_THERE = {address for address, _ in ANSWERS}


@pytest.mark.parametrize(
    "address", [one for one in shown("/") if one not in SCHEMES | ENDLESS | QUESTIONS | TRIED_THERE]
)
def test_every_address_answers(address: str, reader: FlaskClient, known: dict[str, str]) -> None:
    asked = filled(address, known)
    if asked.startswith("/staff/"):  # a stranger is sent to the sign-in, whether there is such a page or not
        reader.application.url_map.bind("calendar.example.jp").match(asked, "GET")
    else:
        assert reader.get(asked, base_url=BASE).status_code == (405 if address in POSTED else 200)


@pytest.mark.parametrize(("address", "said"), ANSWERS)
def test_the_answer_is_the_one_in_the_table(
    address: str, said: str, reader: FlaskClient, known: dict[str, str]
) -> None:
    answer = reader.get(filled(address, known), base_url=BASE)
    assert said.startswith(str(answer.status_code))
    for place in re.findall(r"301 to `([^`]+)`", said):
        assert unquote(answer.headers["Location"]) == BASE + place
    if answer.mimetype == "text/calendar":
        assert ("nothing" in said) == (b"BEGIN:VEVENT" not in answer.data)


def test_the_examples_show_every_key_of_a_filter() -> None:
    tried = {key for address in TRIED_THERE for key, _ in parse_qsl(urlsplit(address).query)}
    options = [name for names in OPTIONS.values() for name in names]
    assert {*keys(), *options} <= tried


def commands_of(group: click.Group) -> dict[str, click.Command]:
    context = click.Context(group)
    return {name: command for name in group.list_commands(context) if (command := group.get_command(context, name))}


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is meant, and the words that are left for it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command, words = commands_of(command)[words[0]], words[1:]
    return command, words


def every_command(group: click.Group = main, name: str = "calendar-app") -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand, with the words that call it."""
    for word, command in commands_of(group).items():
        yield f"{name} {word}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{name} {word}")


def test_every_command_and_option_is_documented() -> None:
    text, commands = OPERATING.read_text(), dict(every_command())
    assert len(commands) > 8
    for words, command in commands.items():
        options = [one for parameter in command.params if parameter.name != "password" for one in parameter.opts]
        names = [f"`{words}`" if words.count(" ") == 1 else f"`{words.split()[-1]}`"]
        assert [
            one for one in (*names, *options) if one.startswith(("`", "--")) and f"{one.strip('`')}`" not in text
        ] == []


@pytest.mark.parametrize("words", shown("calendar-app [a-z]"))
def test_every_command_and_option_that_is_named_exists(words: str) -> None:
    command, left = resolved(shlex.split(words)[1:])
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in left if word.startswith("--")} <= options


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CALENDAR_BASE_URL", BASE)


def test_the_commands_of_the_documents_work_one_after_the_other(installation: None) -> None:
    typed = [found[1] for path in DOCUMENTS for line in lines_of_blocks(path) if (found := COMMAND.match(line))]
    assert len(typed) >= 4
    for line in typed:
        command, left = resolved(shlex.split(line))
        if command.name in STAYING:
            command.make_context(command.name, left)
        else:
            done = CliRunner().invoke(main, shlex.split(line), input=PASSWORD * 2)
            assert done.exit_code == 0, f"{line}: {done.output}"


def test_every_target_of_make_that_is_typed_exists_and_every_target_is_documented() -> None:
    made = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = [line for path in DOCUMENTS for line in (*code(path), *lines_of_blocks(path))]
    typed = {found[1] for line in lines if (found := re.match(r"make ([a-z-]+)", line))}
    assert typed == made


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {f"CALENDAR_{setting.name.upper()}" for setting in fields(Config)}
    assert set(re.findall(r"CALENDAR_[A-Z_]+", path.read_text())) <= known


def test_the_defaults_of_settings_are_those_of_the_program() -> None:
    defaults = {f"`CALENDAR_{setting.name.upper()}`": setting.default for setting in fields(Config)}
    written = {name: default.strip("`") for name, default, _ in rows(OPERATING, "Settings")}
    assert written == {name: _as_typed(value) for name, value in defaults.items()}


def _as_typed(value: object) -> str:
    if isinstance(value, Path):
        return f"{value.name}/"
    return " ".join(value) if isinstance(value, tuple) else str(value)


PLACE = re.compile(r"(?:calendar_app|benchmarks|tests|docs|templates|bin)/[\w/.-]*|(?:[a-z_]+/)+[a-z_]+\.(?:py|js|css)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(path: Path) -> None:
    places = [one for one in code(path) if PLACE.fullmatch(one)]
    assert [one for one in places if not any((folder / one).exists() for folder in (ROOT, PACKAGE))] == []


FOLDER = re.compile(r"(?:" + "|".join(one.name for one in PACKAGE.iterdir() if one.is_dir()) + r")(?:/\w+)+(?:\.\w+)?")


def test_every_module_of_the_decisions_exists() -> None:
    for one in filter(FOLDER.fullmatch, code(ROOT / "docs/decisions.md")):
        place, _, name = one.partition(".")
        if (PACKAGE / one).exists() or (PACKAGE / place).is_dir():
            continue
        module = importlib.import_module(f"calendar_app.{place.replace('/', '.')}")
        assert not name or name == "py" or hasattr(module, name), one


def test_the_flows_of_the_architecture_name_functions_that_exist() -> None:
    flows = re.findall(r"`([\w/]+)\.py`(?: \(|, )`(\w+)`\)", ARCHITECTURE.read_text())
    assert len(flows) > 20
    for place, name in flows:
        module = importlib.import_module(f"calendar_app.{place.removesuffix('/__init__').replace('/', '.')}")
        assert hasattr(module, name), f"{place}.py: {name}"
