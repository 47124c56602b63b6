"""A month on paper."""

import re
import zlib
from contextlib import suppress
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from helpers.town import NOW


@pytest.fixture
def april(write: Session, post: Any) -> None:
    post(write)
    evening = {"all_day": False, "start": "2027-04-18T18:30:00", "end": "2027-04-18T20:30:00", "fee": 500, "tags": []}
    event = post(write, title="夜桜コンサート", **evening)
    publishing.cancel(write, event, "強風", actor=None, at=NOW)
    write.commit()


@pytest.mark.parametrize("form", ["wall", "list"])
def test_a_sheet_says_what_is_on_and_where_the_newest_is(client: FlaskClient, april: None, form: str) -> None:
    page = client.get(f"/paper/2027/04/{form}").text
    for said in ("角館の桜まつり", "夜桜コンサート", "中止", "https://calendar.example.jp/calendar/2027/04"):
        assert said in page
    assert "夜桜コンサート" not in client.get(f"/paper/2027/04/{form}?tag=桜").text
    assert "April 2027" in client.get(f"/paper/2027/04/{form}?lang=en").text


def test_a_column_has_what_a_newspaper_needs(client: FlaskClient, april: None) -> None:
    page = " ".join(client.get("/paper/2027/04/list").text.split())
    assert "午後6時30分〜午後8時30分" in page
    assert "桧木内川堤。500円" in page
    assert "観光課 0187-00-0000" in page


def pages(pdf: bytes) -> int:
    """How many it says that it has, in one of its compressed parts."""
    for found in re.finditer(rb"stream\r?\n(.+?)endstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            if count := re.search(rb"/Count (\d+)", zlib.decompress(found[1])):
                return int(count[1])
    raise AssertionError("a PDF without pages")


@pytest.mark.parametrize("form", ["wall", "list"])
def test_the_same_as_pdf_on_one_sheet(client: FlaskClient, april: None, form: str) -> None:
    answer = client.get(f"/paper/2027/04/{form}.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert pages(answer.data) == 1
    assert client.get(f"/paper/2027/04/{form}.pdf").data == answer.data


@pytest.mark.parametrize("month", ["2027/13", "2027/00", "1999/01", "2040/01", "0000/01"])
def test_no_sheet_for_months_nobody_needs(client: FlaskClient, month: str) -> None:
    assert client.get(f"/paper/{month}/wall.pdf").status_code == 404
