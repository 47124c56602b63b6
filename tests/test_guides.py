"""Every line of code in the guides runs as it stands, one block after the other, against a town over HTTP."""

import html
import re
import urllib.request
from pathlib import Path

import pytest

from calendar_app.db.engine import make_engine, write_session
from helpers import ROOT, cities
from helpers.documents import name_of, parsed
from helpers.services import free_port
from helpers.serving import served
from helpers.town import announce, copied, published

GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
BASE = "https://calendar.example.jp"


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A town with events and an announcement; its address."""
    folder, port = tmp_path_factory.mktemp("guides"), free_port()
    copied(sqlite_template, folder)
    config = cities.config_of(folder, CALENDAR_BASE_URL=f"http://127.0.0.1:{port}")
    with write_session(make_engine(config.database_url)) as session:
        published(session)
        published(session, title="体操", start="2027-03-01T10:00:00", end=None, all_day=False)
        published(session, title="茶会", start="2027-04-10T13:00:00", end=None, all_day=False)
        announce(session)
        session.commit()
    with cities.looked_at(config) as app, served(app, port) as url:
        yield url


def blocks(path: Path, language: str) -> list[str]:
    return [token.content for token in parsed(path) if token.type == "fence" and token.info == language]


def test_every_block_is_one_that_is_run() -> None:
    assert len(GUIDES) == 5
    languages = [token.info for path in GUIDES for token in parsed(path) if token.type == "fence"]
    assert set(languages) == {"python", "html"}


@pytest.mark.parametrize("path", [path for path in GUIDES if blocks(path, "python")], ids=name_of)
def test_the_program_of_a_guide_runs_as_it_stands(path: Path, town: str, capsys: pytest.CaptureFixture[str]) -> None:
    program: dict[str, object] = {}
    for block in blocks(path, "python"):
        exec(compile(block.replace(BASE, town), path.name, "exec"), program)
    printed = capsys.readouterr().out
    assert "体操" in printed or "茶会" in printed


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_the_pages_of_a_guide_lead_to_what_is_there(path: Path, town: str) -> None:
    for block in blocks(path, "html"):
        addresses = [html.unescape(each) for each in re.findall(r'src="([^"]+)"', block)]
        assert addresses
        for address in addresses:
            assert urllib.request.urlopen(address.replace(BASE, town), timeout=20).status == 200
