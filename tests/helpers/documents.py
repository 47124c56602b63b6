"""The documents of the project, and their code: what tests look up in the program or try out."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token

from helpers import ROOT

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/guides").glob("*.md")),
]
FEEDS = (ROOT / "docs/feeds.md").read_text()
MARKDOWN = MarkdownIt("commonmark").enable("table")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> list[Token]:
    return MARKDOWN.parse(path.read_text())


def code(path: Path) -> Iterator[str]:
    """Every piece of code within the sentences and tables of a document."""
    for token in parsed(path):
        yield from (inner.content for inner in token.children or () if inner.type == "code_inline")


def lines_of_blocks(path: Path) -> Iterator[str]:
    """Every line of its blocks of code, without comments."""
    for token in parsed(path):
        if token.type in ("code_block", "fence"):
            yield from (re.sub(r"(^|\s)#.*", "", line).strip() for line in token.content.splitlines())


def rows(path: Path, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, cell by cell as they are written."""
    text = path.read_text().split(f"# {heading}\n", 1)[1]
    table = re.search(r"^\|.*\n\| -.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def undocumented_addresses(app: Flask) -> list[str]:
    """The addresses of feeds and tables that docs/feeds.md does not name, in the order of the application's rules."""
    missing = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("feeds.", "open_data.")):
            plain = re.sub(r"<(?:int|string|year)(?:\([^)]*\))?:(\w+)>", r"<\1>", rule.rule)
            forms = re.search(r"<any\(([^)]*)\):form>", plain)
            for form in forms[1].split(", ") if forms else [""]:
                address = plain.replace(forms[0], form) if forms else plain
                missing += [] if f"`{address}`" in FEEDS else [address]
    return missing
