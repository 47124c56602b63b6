"""The documents stay true: every setting, command, address and filter is in them."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from calendar_app.cli import main
from calendar_app.config import Config
from calendar_app.filters import KEYS, OPTIONS
from calendar_app.models import STATUSES

ROOT = Path(__file__).resolve().parent.parent
OPERATING = (ROOT / "docs/operating.md").read_text()
FEEDS = (ROOT / "docs/feeds.md").read_text()


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_meaning(setting: object) -> None:
    assert f"| `CALENDAR_{setting.name.upper()}` |" in OPERATING  # type: ignore[attr-defined]
    assert setting.metadata["meaning"] in OPERATING  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_documented(name: str) -> None:
    assert f"`calendar-app {name}`" in OPERATING


def test_every_subcommand_is_documented() -> None:
    group = main.commands["user"]
    assert isinstance(group, click.Group)
    assert all(f"`{name}`" in OPERATING for name in group.commands)


@pytest.mark.parametrize("value", [*KEYS, *(name for names in OPTIONS.values() for name in names), *STATUSES])
def test_every_filter_is_documented(value: str) -> None:
    assert f"`{value}`" in FEEDS


def test_every_feed_and_table_is_documented(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("feeds.", "opendata.")):
            plain = re.sub(r"<(?:int|string)(?:\([^)]*\))?:(\w+)>", r"<\1>", rule.rule)
            forms = re.search(r"<any\(([^)]*)\):form>", plain)
            for form in forms[1].split(", ") if forms else [""]:
                address = plain.replace(forms[0], form) if forms else plain
                assert f"`{address}`" in FEEDS, address


def test_links_between_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for part in document.read_text().split("](")[1:]:
            target = part.split(")")[0]
            assert target.startswith("http") or (ROOT / target).exists(), target


def test_commands_of_the_readme_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"(?:`|^    )make ([a-z]+)", (ROOT / name).read_text(), re.MULTILINE):
            assert f"\n{target}:" in makefile, target
