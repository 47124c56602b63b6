"""The documents of the project, and their code: what tests look up in the program or try out."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from helpers import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MARKDOWN = MarkdownIt("commonmark").enable("table")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code(path: Path) -> Iterator[str]:
    """Every piece of code within the sentences and tables of a document."""
    for token in MARKDOWN.parse(path.read_text()):
        yield from (inner.content for inner in token.children or () if inner.type == "code_inline")


def lines_of_blocks(path: Path) -> Iterator[str]:
    """Every line of its blocks of code, without comments."""
    for token in MARKDOWN.parse(path.read_text()):
        if token.type in ("code_block", "fence"):
            yield from (re.sub(r"(^|\s)#.*", "", line).strip() for line in token.content.splitlines())


def rows(path: Path, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, cell by cell as they are written."""
    text = path.read_text().split(f"# {heading}\n", 1)[1]
    table = re.search(r"^\|.*\n\| -.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]
