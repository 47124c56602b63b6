"""docs/asvs.md: every file that it names exists, no requirement stands twice, and what is not met says why."""

import re
from itertools import pairwise

from helpers import ROOT

TEXT = (ROOT / "docs" / "asvs.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in TEXT.splitlines() if re.match(r"\| \d", line)
]


def test_every_named_file_exists() -> None:
    named = set(re.findall(r"`((?:tests|calendar_app|deploy)/?[\w/.]*)`", TEXT)) | {
        "docs/" + link for link in re.findall(r"\]\((\S+?)\)", TEXT)
    }
    assert len(named) > 60
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_requirements_are_in_order_and_stand_once() -> None:
    spans = sorted(
        tuple(tuple(map(int, number.strip().split("."))) for number in (span.split("–") * 2)[:2])
        for row in ROWS
        for span in row[0].split(",")
    )
    assert {chapter for (chapter, *_), _ in spans} == set(range(1, 18))
    assert [pair for pair in pairwise(spans) if pair[0][1] >= pair[1][0]] == []


def test_every_row_has_a_state_and_names_its_reason() -> None:
    assert {row[2] for row in ROWS} == {"met", "partly", "not", "n/a"}
    assert [row for row in ROWS if len(row[3]) < 10 and row[3] not in ("we are none",)] == []
    assert [row for row in ROWS if row[2] == "met" and not re.search(r"`[\w/.]+`|\]\(", row[3])] == []
