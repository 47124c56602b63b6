"""The shape of the program: an ordered list of layers, imports that point one way, small pieces. Each rule was seen to fail."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from helpers import ROOT

PACKAGE = ROOT / "calendar_app"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "versions" not in path.parts]
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]

# A module imports only from its own layer or from one that stands before it.
LAYERS = (
    *(
        "text",
        "config",
        "fields",
        "dates",
        "quickadd",
        "formats",
        "outgoing",
        "db",
        "entries",
        "listings",
        "feeds",
        "sharing",
    ),
    *("importing", "feedback", "accounts", "staff", "delivery", "operations", "web", "__init__", "cli"),
)
PURE = ("text/", "fields.py", "dates/", "quickadd/", "formats/", "outgoing/", "importing/formats/")
COMMITTING = ("web/", "cli/", "delivery/mail_worker.py", "delivery/worker.py")
READING_THE_CLOCK = ("web/", "cli/", "__init__.py")
WEB_LIBRARIES = {"flask", "werkzeug", "flask_wtf", "flask_babel", "wtforms"}


def layer(name: str) -> str:
    """The first part of a module's place: "web/public/feeds.py" is in "web", "config.py" in "config"."""
    return name.partition("/")[0].removesuffix(".py")


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text())


@cache
def imported(name: str) -> list[str]:
    """Every module that a file imports, anywhere in it, for types too, with its whole name."""
    return list(_imported(name))


def _imported(name: str) -> Iterator[str]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layers_of(name: str) -> set[str]:
    """The layers that a file imports from; what stands in the package itself is `__init__`."""
    ours = [module.split(".")[1:] for module in imported(name) if module.startswith("calendar_app.")]
    return {parts[0] if parts[0] in LAYERS else "__init__" for parts in ours if parts != ["__version__"]}


def libraries(name: str) -> set[str]:
    return {module.split(".")[0] for module in imported(name)}


def test_every_module_has_its_layer() -> None:
    assert {layer(name) for name in NAMES} == set(LAYERS)


def test_imports_point_one_way() -> None:
    assert [name for name in NAMES if layers_of(name) - {*LAYERS[: LAYERS.index(layer(name)) + 1]}] == []


def test_pure_folders_know_neither_the_web_nor_the_database() -> None:
    pure = [name for name in NAMES if name.startswith(PURE)]
    assert [name for name in pure if libraries(name) & (WEB_LIBRARIES | {"sqlalchemy"})] == []
    assert [name for name in pure if layers_of(name) & {"db", "entries"}] == []


def test_only_web_knows_the_web() -> None:
    others = [name for name in NAMES if layer(name) not in ("web", "__init__", "cli")]
    assert [name for name in others if libraries(name) & WEB_LIBRARIES] == []


def test_only_the_edges_commit() -> None:
    others = [name for name in NAMES if not name.startswith(COMMITTING)]
    attributes = {
        name: {node.attr for node in ast.walk(tree(name)) if isinstance(node, ast.Attribute)} for name in others
    }
    assert [name for name in others if "commit" in attributes[name]] == []


def test_only_the_edges_read_the_clock() -> None:
    others = [name for name in NAMES if not name.startswith(READING_THE_CLOCK)]
    assert [name for name in others if clocks_of(name)] == []


def clocks_of(name: str) -> set[tuple[str, str]]:
    """The clocks that a file reads."""
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    read = {
        (node.value.id, node.attr)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return read & clocks


def needs(name: str, modules: dict[str, str]) -> Iterator[str]:
    """The files that a file imports; tables refer to each other both ways, so `db/models` counts as one."""
    for module in imported(name):
        found = modules.get(module) or modules.get(module.rpartition(".")[0])
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


def test_no_file_outgrows_its_reader() -> None:
    assert [name for name in NAMES if len((PACKAGE / name).read_text().splitlines()) > 300] == []


def test_functions_are_short() -> None:
    lengths = {
        f"{name} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name in NAMES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert [name for name, length in lengths.items() if length > 60] == []
    assert sorted(lengths.values())[len(lengths) // 2] <= 12


def test_every_module_says_what_it_is_for() -> None:
    written = [name for name in NAMES if (PACKAGE / name).stat().st_size]
    assert [name for name in written if not ast.get_docstring(tree(name))] == []


STYLES = sorted((PACKAGE / "static").glob("*.css"))


def test_a_stylesheet_has_one_declaration_a_line() -> None:
    assert [(path.name, line) for path in STYLES for line in crowded_lines(path)] == []


def crowded_lines(path: Path) -> list[str]:
    """The lines that end otherwise than with `{`, `}`, `;`, or with `,` or `:` where a long list goes on."""
    code = re.sub(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'|\([^()]*\)", "", path.read_text(), flags=re.DOTALL)
    lines = [line.rstrip() for line in code.splitlines() if line.strip()]
    return [line for line in lines if len(re.findall(r"[;{}]", line)) > 1 or line[-1] not in "{};,:"]


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_a_template_is_short_and_has_no_long_line() -> None:
    lines = {path.name: path.read_text().splitlines() for path in TEMPLATES}
    assert [name for name, its in lines.items() if len(its) > 170] == []
    assert [name for name, its in lines.items() if max(map(len, its)) > 150] == []
