"""Every document renders as it was meant: whole tables, links that lead somewhere, nothing that a merge left behind."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it.token import Token

from helpers import ROOT
from helpers.documents import DOCUMENTS, MARKDOWN, name_of, parsed

CELL = re.compile(r"(?<!\\)\|")
CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} |\|{7} )", re.MULTILINE)


def faults(text: str, folder: Path) -> list[str]:
    """What is wrong with a document that stands in `folder`, each fault with its line or its words."""
    tokens, lines = MARKDOWN.parse(text), text.splitlines()
    return [
        *(f"conflict marker: {found}" for found in CONFLICT.findall(text)),
        *_stray_rows(tokens, lines),
        *_faults_of_tables(tokens, lines),
        *_unclosed_fences(tokens, lines),
        *(f"heading twice: {name}" for name, count in Counter(headings(tokens)).items() if count > 1),
        *(f"paragraph twice: {words}" for words, count in Counter(paragraphs(tokens)).items() if count > 1),
        *(f"leads nowhere: {target}" for target in targets(tokens) if not _leads_somewhere(target, folder, tokens)),
    ]


def _spans(tokens: list[Token], *kinds: str) -> Iterator[range]:
    """The lines that each block of these kinds takes, counted from 0."""
    return (range(*token.map) for token in tokens if token.type in kinds and token.map)


def _stray_rows(tokens: list[Token], lines: list[str]) -> Iterator[str]:
    """A row that the renderer took for something else: its table has no head, or has ended above it."""
    known = {number for span in _spans(tokens, "table_open", "fence", "code_block") for number in span}
    return (f"row outside a table: {line}" for n, line in enumerate(lines) if line.startswith("|") and n not in known)


def _faults_of_tables(tokens: list[Token], lines: list[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for span in _spans(tokens, "table_open"):
        head, _, *rows = [lines[number].strip() for number in span]
        yield from (f"another number of cells: {row}" for row in rows if len(CELL.split(row)) != len(CELL.split(head)))
        keys = Counter(CELL.split(row)[1].strip() for row in rows if row.startswith("|"))
        yield from (f"first cell twice: {key}" for key, count in keys.items() if count > 1)
        seen.update(rows)
    yield from (f"row twice: {row}" for row, count in seen.items() if count > 1)


def _unclosed_fences(tokens: list[Token], lines: list[str]) -> Iterator[str]:
    for token in tokens:
        if token.type == "fence" and token.map and lines[token.map[1] - 1].strip() != token.markup:
            yield f"unclosed: {lines[token.map[0]]}"


def headings(tokens: list[Token]) -> list[str]:
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def paragraphs(tokens: list[Token]) -> list[str]:
    """With the entries of lists, which are paragraphs too."""
    return [after.content for token, after in pairwise(tokens) if token.type == "paragraph_open"]


def anchors(tokens: list[Token]) -> set[str]:
    """The names by which a link reaches the headings, made as the forges make them."""
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in headings(tokens)}


def targets(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        for inner in token.children or ():
            if inner.type in ("link_open", "image"):
                yield str(inner.attrs.get("href") or inner.attrs.get("src"))


def _leads_somewhere(target: str, folder: Path, tokens: list[Token]) -> bool:
    if target.startswith(("https://", "http://", "mailto:")):
        return True
    name, _, anchor = target.partition("#")
    path = folder / name
    if name and not path.exists():
        return False
    return not anchor or anchor in anchors(parsed(path) if name else tokens)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_document_is_whole(document: Path) -> None:
    assert faults(document.read_text(), document.parent) == []


TABLE = "| key | value |\n| --- | --- |\n| `q` | words |\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("| `q` | words |\n", "row outside a table: | `q` | words |"),
        (f"{TABLE}\n| `tag` | a hashtag |\n", "row outside a table: | `tag` | a hashtag |"),
        (f"A sentence.\n| `q` | words |\n\n{TABLE}", "row outside a table: | `q` | words |"),
        (
            f"{TABLE}| `tag` | a hashtag | of the entry |\n",
            "another number of cells: | `tag` | a hashtag | of the entry |",
        ),
        (f"{TABLE}| `tag` |\n", "another number of cells: | `tag` |"),
        (f"{TABLE}A sentence that follows at once.\n", "another number of cells: A sentence that follows at once."),
        (f"{TABLE}| `q` | letters |\n", "first cell twice: `q`"),
        (f"{TABLE}\n## Again\n\n{TABLE}", "row twice: | `q` | words |"),
        ("## Filters\n\n## Filters\n", "heading twice: Filters"),
        ("- a decision\n- another\n- a decision\n", "paragraph twice: a decision"),
        ("[feeds](nowhere.md)\n", "leads nowhere: nowhere.md"),
        ("[feeds](feeds.md#no-such-heading)\n", "leads nowhere: feeds.md#no-such-heading"),
        ("# Here\n\n[above](#there)\n", "leads nowhere: #there"),
        ("![a page](pictures/none.webp)\n", "leads nowhere: pictures/none.webp"),
        ("```\nmake run\n", "unclosed: ```"),
        ("<<<<<<< HEAD\nours\n", "conflict marker: <<<<<<< "),
        ("ours\n=======\ntheirs\n", "conflict marker: ======="),
    ],
)
def test_a_broken_document_is_refused(text: str, fault: str) -> None:
    assert fault in faults(text, ROOT / "docs")


def test_links_to_headings_and_closed_fences_are_whole() -> None:
    text = f"# Here it is: all\n\n[above](#here-it-is-all), [filters](feeds.md#filters)\n\n```\n| no table |\n```\n\n{TABLE}"
    assert faults(text, ROOT / "docs") == []
