"""The shape of the program: four rings, imports point inwards, small pieces. Each rule was seen to fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "calendar_app"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "versions" not in path.parts]
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]

RULES = {
    "recurrence",
    "editions",
    "rrule",
    "access",
    "advice",
    "markup",
    "dates",
    "typed_dates",
    "wording",
    "audiences",
    "facilities",
    "typed_facilities",
    "feeds",
    "grid",
    "imprecise",
    "languages",
    "date_words",
    "rrule_words",
    "patterns",
    "phrases",
    "quickadd",
    "stages",
    "typed_repeats",
    "networks",
    "folding",
    "typeset",
    "typed_words",
    "working_days",
}
# The reading half of "importing": bytes in, rows out. What stores them may know the database.
READERS = [
    f"importing/{name}.py"
    for name in (
        *("__init__", "about", "messages", "decode", "files", "syndicated", "defects", "remarks", "twins"),
        *("csv_files", "headings", "cells"),
        *("ics_files", "ics_lines", "ics_events", "ics_repeats", "zones"),
    )
]
EDGES = {"web", "forms", "cli", "cli_imports", "__init__", "demo"}
WEB_LIBRARIES = {"flask", "werkzeug", "flask_security", "flask_wtf", "flask_babel", "wtforms"}
COMMITTING = ("web/", "cli.py", "cli_imports.py", "delivery.py", "demo/", "letters.py")


def area(name: str) -> str:
    """The first part of a module's place: "web/feeds.py" is in "web", "db.py" in "db"."""
    return name.partition("/")[0].removesuffix(".py")


def tree(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text())


def imported(name: str) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, with its whole name."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> set[str]:
    """The areas of ours that a file imports."""
    parts = (module.split(".") for module in imported(name))
    return {part[1] for part in parts if part[0] == "calendar_app" and len(part) > 1} - {"__version__"}


def libraries(name: str) -> set[str]:
    return {module.split(".")[0] for module in imported(name)}


@pytest.mark.parametrize("name", [name for name in NAMES if area(name) in RULES])
def test_rules_are_pure(name: str) -> None:
    assert not libraries(name) & (WEB_LIBRARIES | {"sqlalchemy"})
    assert ours(name) <= RULES


@pytest.mark.parametrize("name", READERS)
def test_readers_of_files_know_no_database(name: str) -> None:
    assert not libraries(name) & (WEB_LIBRARIES | {"sqlalchemy"})
    assert ours(name) <= RULES | {"importing"}


@pytest.mark.parametrize("name", [name for name in NAMES if area(name) not in EDGES])
def test_only_the_edges_know_the_web(name: str) -> None:
    assert not libraries(name) & WEB_LIBRARIES
    assert not ours(name) & {"web", "forms", "cli"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("web/") and name != "web/__init__.py"])
def test_blueprints_import_no_sibling_but_the_cache(name: str) -> None:
    siblings = {path.stem for path in (PACKAGE / "web").glob("*.py")} - {"__init__", "cache"}
    used = {module.split(".")[2] for module in imported(name) if module.startswith("calendar_app.web.")}
    assert not used & siblings


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(COMMITTING)])
def test_only_the_edges_commit(name: str) -> None:
    calls = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Attribute) and node.attr == "commit"]
    assert not calls


@pytest.mark.parametrize("name", [name for name in NAMES if area(name) not in EDGES])
def test_only_the_edges_read_the_clock(name: str) -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    read = {
        (node.value.id, node.attr)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not read & clocks


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


@pytest.mark.parametrize("name", NAMES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(name))
