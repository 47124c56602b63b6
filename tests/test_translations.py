"""Japanese is complete: no text of the interface reaches a page untranslated, none is left over."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from helpers import ROOT

CATALOGS = sorted((ROOT / "calendar_app/translations").glob("*/LC_MESSAGES/messages.po"))
CATALOG = ROOT / "calendar_app/translations/ja/LC_MESSAGES/messages.po"


def test_every_text_has_its_japanese_and_no_other_is_there(tmp_path: Path) -> None:
    template = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg"]
    subprocess.run([*command, "-k", "lazy_gettext", "-k", "_", "-o", template, "."], cwd=ROOT, check=True)
    with template.open("rb") as used, CATALOG.open("rb") as kept:
        wanted = {message.id for message in read_po(used) if message.id}
        japanese = {message.id: message for message in read_po(kept) if message.id}
    assert {name for name in wanted if not japanese.get(name) or not japanese[name].string} == set()
    assert japanese.keys() - wanted == set()
    assert not [message.id for message in japanese.values() if message.fuzzy]


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
def test_no_text_is_translated_twice(path: Path) -> None:
    """Two translations of one text come from two places that mean different things: the later one would win everywhere."""
    texts = re.findall(r'^msgid (".*"(?:\n".*")*)', path.read_text(), re.MULTILINE)
    assert len(texts) > 100
    assert [text for text, count in Counter(texts).items() if count > 1] == []
