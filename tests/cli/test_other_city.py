"""A demo city in Germany: what a citizen meets there is in German or English and nothing of it is Japan's."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.cli.commands import main
from calendar_app.config import load
from calendar_app.db.engine import make_engine
from calendar_app.listings import public_addresses
from calendar_app.text import countries
from calendar_app.web.public.months import day_words

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff60]|JPY|&quot;JP&quot;|\"JP\"")
PROGRAM = ("/sw.js", "/embed.js", "/static/")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    day_words.cache_clear()
    yield tmp_path
    countries.choose(countries.JAPAN)
    day_words.cache_clear()


def test_no_japanese_letter_stands_on_any_page_of_a_german_city(folder: Path) -> None:
    for command in (["init"], ["demo", "--city", "seenbrueck"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    config = load()
    assert (config.country, config.offered) == ("DE-BB", ("en", "de"))
    client = create_app(config).test_client()
    with Session(make_engine(config.database_url)) as session:
        pages, files = list(public_addresses.pages(session, "de")), list(public_addresses.files(session))
    shown = _one_of_each_kind([*pages, *(f"{page}?lang=en" for page in pages), *files])
    found = {}
    for address in shown:
        answer = client.get(address)
        assert answer.status_code == 200, address
        if letters := JAPANESE.findall("" if address.startswith(PROGRAM) else answer.text):
            found[address] = "".join(letters)[:60]
    assert found == {}
    _says_what_germany_says(client)
    assert client.get("/events.csv").status_code == 404


def _one_of_each_kind(addresses: list[str]) -> list[str]:
    """Every event and notice, and one each of days, months, tags, departments and their feeds."""
    kinds: dict[str, str] = {}
    for address in addresses:
        kind = re.sub(r"/\d+|(?<=/tags/)[^?]+|(?<=tag=).*|(?<=department=).*|(?<=departments/)[^?]+", "", address)
        kinds.setdefault(re.sub(r"(?<=/events/)\w+(?=\.ics)", "", kind), address)
    return list(kinds.values())


def _says_what_germany_says(client: FlaskClient) -> None:
    year = datetime.now(UTC).year + 1
    month = client.get(f"/calendar/{year}/01").text
    first = re.search(r'<th scope="col"[^>]*>\s*([^<]+?)\s*</th>', month)
    assert first
    assert first[1] == "Mo."
    assert "Neujahr" in month
    concert = re.search(r'href="(/events/\w+)"[^>]*>\s*(?:<[^>]+>\s*)*Orgelkonzert', client.get("/agenda").text)
    assert concert
    page = client.get(concert[1]).text
    said = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert said["offers"]["priceCurrency"] == "EUR"
    assert said["location"]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Schmiedegasse 5",
        "postalCode": "14799",
        "addressLocality": "Seenbrück",
        "addressCountry": "DE",
    }
    assert (said["organizer"]["name"], said["organizer"]["parentOrganization"]["name"]) == (
        "Kulturamt",
        "Stadt Seenbrück",
    )
    assert "12 €" in page
