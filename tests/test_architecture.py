"""The shape of the program: an ordered list of layers, imports that point one way, small pieces. Each rule was seen to fail."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import ROOT

PACKAGE = ROOT / "calendar_app"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "versions" not in path.parts]
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]

# A module imports only from its own layer or from one that stands before it.
LAYERS = (
    *("text", "config", "fields", "dates", "quickadd", "formats", "db", "entries", "listings", "feeds", "sharing"),
    *("importing", "feedback", "accounts", "staff", "delivery", "operations", "web", "__init__", "cli"),
)
PURE = ("text/", "fields.py", "dates/", "quickadd/", "formats/", "importing/formats/")
COMMITTING = ("web/", "cli/", "delivery/mail_worker.py")
READING_THE_CLOCK = ("web/", "cli/", "__init__.py")
WEB_LIBRARIES = {"flask", "werkzeug", "flask_wtf", "flask_babel", "wtforms"}


def layer(name: str) -> str:
    """The first part of a module's place: "web/public/feeds.py" is in "web", "config.py" in "config"."""
    return name.partition("/")[0].removesuffix(".py")


def tree(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text())


def imported(name: str) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, for types too, with its whole name."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layers_of(name: str) -> set[str]:
    """The layers that a file imports from; what stands in the package itself is `__init__`."""
    ours = [one.split(".")[1:] for one in imported(name) if one.split(".")[0] == "calendar_app"]
    return {parts[0] if parts[0] in LAYERS else "__init__" for parts in ours if parts != ["__version__"]}


def libraries(name: str) -> set[str]:
    return {module.split(".")[0] for module in imported(name)}


def test_every_module_has_its_layer() -> None:
    assert {layer(name) for name in NAMES} == set(LAYERS)


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_one_way(name: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer(name)) + 1]
    assert layers_of(name) <= set(allowed)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(PURE)])
def test_pure_folders_know_neither_the_web_nor_the_database(name: str) -> None:
    assert not libraries(name) & (WEB_LIBRARIES | {"sqlalchemy"})
    assert not layers_of(name) & {"db", "entries"}


@pytest.mark.parametrize("name", [name for name in NAMES if layer(name) not in ("web", "__init__", "cli")])
def test_only_web_knows_the_web(name: str) -> None:
    assert not libraries(name) & WEB_LIBRARIES


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(COMMITTING)])
def test_only_the_edges_commit(name: str) -> None:
    calls = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Attribute) and node.attr == "commit"]
    assert not calls


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(READING_THE_CLOCK)])
def test_only_the_edges_read_the_clock(name: str) -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    read = {
        (node.value.id, node.attr)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not read & clocks


def needs(name: str, modules: dict[str, str]) -> Iterator[str]:
    """The files that a file imports; tables refer to each other both ways, so `db/models` counts as one."""
    for one in imported(name):
        found = modules.get(one) or modules.get(one.rpartition(".")[0])
        if found and found != name and not (found.startswith("db/models/") and name.startswith("db/models/")):
            yield found


def test_no_import_circles() -> None:
    """Not even among imports for types alone: whoever reads one module can read those before it first."""
    dotted = {name: name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in NAMES}
    modules = {f"calendar_app.{place}": name for name, place in dotted.items()}
    ahead = {name: set(needs(name, modules)) for name in NAMES}
    while free := [name for name, wanted in ahead.items() if not wanted & ahead.keys()]:
        for name in free:
            del ahead[name]
    assert ahead == {}


def test_the_table_of_the_architecture_page_is_the_tree() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `([\w.]+?)/?` \|", page, re.MULTILINE)
    assert [row.removesuffix(".py") for row in rows] == list(LAYERS)


@pytest.mark.parametrize("name", NAMES)
def test_no_file_and_no_function_outgrows_its_reader(name: str) -> None:
    assert len((PACKAGE / name).read_text().splitlines()) <= 300
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


def test_functions_are_short_on_the_whole() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for name in NAMES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 12


@pytest.mark.parametrize("name", [name for name in NAMES if (PACKAGE / name).stat().st_size])
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(name))


STYLES = sorted((PACKAGE / "static").glob("*.css"))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_stylesheet_has_one_declaration_a_line(path: Path) -> None:
    """A line ends with `{`, `}`, `;`, or goes on (`,`, or `:` before a long list of values)."""
    code = re.sub(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'|\([^()]*\)", "", path.read_text(), flags=re.DOTALL)
    for line in code.splitlines():
        assert len(re.findall(r"[;{}]", line)) <= 1, line
        assert not line.strip() or line.rstrip()[-1] in "{};,:", line


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_a_template_is_short_and_has_no_long_line(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 170
    assert max(map(len, lines)) <= 150
