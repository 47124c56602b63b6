"""What an installed copy needs is where the program looks for it: data beside the code, the command, every view."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from calendar_app.cli.demo import city
from calendar_app.db import migrations
from calendar_app.entries import photos
from calendar_app.text import languages
from calendar_app.web import PACKAGE, setup
from helpers import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL: dict[str, Any] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
CATALOGS = sorted(set(languages.LANGUAGES) - {"en"})  # English is what the texts are written in
DATA = (
    migrations.FOLDER / "script.py.mako",
    migrations.FOLDER / "versions" / "0001_first_tables.py",
    photos.WORKER,
    PACKAGE / "static" / "page.js",
    *(city.FOLDER / name for name in ("semboku.json", "seasons.json", "translations.json", "pictures.json")),
    *(languages.CATALOGS / code / "LC_MESSAGES" / "messages.po" for code in CATALOGS),
)


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_data_is_in_the_package_and_so_in_the_wheel(path: Path) -> None:
    assert path.is_file()
    assert path.is_relative_to(ROOT / "calendar_app")
    assert WHEEL["packages"] == ["calendar_app"]


def test_nothing_of_the_package_is_ignored_and_so_left_out() -> None:
    """The build leaves out what .gitignore names: no name of the package's folders may stand there."""
    ignored = {line.strip("/*!") for line in (ROOT / ".gitignore").read_text().splitlines() if line and line[0] != "#"}
    parts = {part for path in DATA for part in path.relative_to(ROOT).parts} | {"templates"}
    assert parts & ignored == set()


def test_templates_are_where_the_program_looks_here_and_in_a_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (setup.template_folder() / "base.html").is_file()
    (carried,) = (inside for outside, inside in WHEEL["force-include"].items() if outside == "templates")
    monkeypatch.setattr("calendar_app.config.ROOT", ROOT / "nowhere")
    assert setup.template_folder() == ROOT / carried


def test_the_command_of_a_checkout_and_of_an_installation_is_the_same_and_runs() -> None:
    named = PROJECT["project"]["scripts"]["calendar-app"]
    assert callable(EntryPoint("calendar-app", named, "console_scripts").load())
    module, _, name = named.partition(":")
    assert f"from {module} import {name}" in (ROOT / "bin" / "setup").read_text()


def test_every_module_with_views_is_put_into_the_application() -> None:
    folder = PACKAGE / "web"
    modules = {path: path.read_text() for path in folder.rglob("*.py") if path.name not in ("__init__.py", "setup.py")}
    with_views = {path for path, text in modules.items() if "\ndef register(" in text}
    names = {path.relative_to(folder).with_suffix("").as_posix().replace("/", ".") for path in with_views}
    assert len(names) > 25
    assert names == set(setup.VIEWS)


def test_every_served_package_has_a_line_of_its_licence() -> None:
    done = subprocess.run(
        [sys.executable, "bin/licences.py", "requirements.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    locked = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert list(lines) == [f"{name} {version}" for name, version in locked]
    assert lines[next(name for name in lines if name.startswith("flask "))] == "BSD-3-Clause"
