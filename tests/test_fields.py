"""The table of fields: it is complete, the documents show it, and a field that nobody places by hand still appears."""

import csv
import io
import json
import os
import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import String
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db.models import Announcement, Event
from calendar_app.quickadd import parse_text
from helpers.import_samples import calendar, event, read_text, table
from helpers.staff_desk import NEW, TYPED, entry, errors, publish, send, value

PAGE = Path(__file__).resolve().parent.parent / "docs/fields.md"
HEAD = "| field | kind | type | limit | label | translated | change is told as | form | imported columns | calendar |"
MODELS: dict[str, Any] = {"event": Event, "announcement": Announcement}


def row(name: str) -> str:
    field = fields.FIELDS[name]
    kinds = " ".join(kind for kind in fields.KINDS if name in fields.KINDS[kind])
    carried = [*field.properties, field.written and f"→ {field.written}", field.schema and f"→ {field.schema}"]
    cells = [
        *(f"`{name}`", kinds, field.type, f"{field.limit:,}" if field.limit else "", field.label),
        *("yes" if field.translatable else "", field.notice, field.form or "—"),
        *("、".join(field.columns), " ".join(filter(None, carried))),
    ]
    return f"| {' | '.join(cells)} |"


def test_the_documents_show_the_table() -> None:
    """UPDATE_GOLDEN=1 writes it anew."""
    rows = [HEAD, "|" + " --- |" * HEAD.count(" |"), *map(row, fields.FIELDS)]
    before, mark, _ = PAGE.read_text().partition("<!-- table -->\n")
    made = before + mark + "\n" + "\n".join(rows) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made


@pytest.mark.parametrize("kind", fields.KINDS)
def test_every_field_is_a_column_that_holds_what_its_limit_allows(kind: str) -> None:
    for name, field in fields.KINDS[kind].items():
        column = MODELS[kind].__mapper__.columns[name]
        if isinstance(column.type, String) and column.type.length:
            assert column.type.length == field.limit, name


@pytest.mark.parametrize("kind", fields.KINDS)
def test_every_field_that_a_form_asks_for_stands_in_it_once(desk: FlaskClient, kind: str) -> None:
    page = desk.get(f"/staff/{kind}s/new?lang=en").text
    for name in fields.names(kind, "line", "text", "markdown", "url", "integer", "reference"):
        if fields.FIELDS[name].form:
            assert len(re.findall(rf'<(?:input|textarea|select)[^>]* name="{name}"', page)) == 1, name


def test_a_text_that_is_too_long_is_refused_at_its_input(desk: FlaskClient) -> None:
    for name, field in fields.EVENT.items():
        if field.type in ("line", "text") and field.form:
            answer = send(
                desk,
                "/staff/events/new",
                {"start_date": "4/15", "title": "夏まつり", name: "あ" * (field.limit + 1), "action": "draft"},
            )
            assert name in errors(answer.text), name


ADDRESS = "https://festival.example.jp/さくら?year=2027"
LINKS = {"url": ("公式ページ", "公式"), "ticket_url": ("申込・チケット", "申込")}


@pytest.fixture(params=LINKS)
def linked(request: pytest.FixtureRequest, desk: FlaskClient) -> tuple[str, str, str]:
    """A field of an address, its label, and the public id of an event whose form had it."""
    name = str(request.param)
    return name, LINKS[name][0], publish(desk, **{name: ADDRESS})


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("typed", ["ftp://example.jp/", "javascript:alert(1)", "example.jp", "https://"])
def test_what_is_no_web_address_is_refused_at_its_input(desk: FlaskClient, name: str, typed: str) -> None:
    answer = send(desk, NEW, TYPED | {name: typed})
    assert answer.status_code == 422
    assert "https://" in errors(answer.text)[name]


def test_an_address_of_the_form_is_edited_undone_and_told_by_history(
    linked: tuple[str, str, str], desk: FlaskClient, town: Session
) -> None:
    name, label, public_id = linked
    edit = f"/staff/entries/{public_id}/edit"
    assert value(desk.get(edit).text, name) == ADDRESS
    form = TYPED | {name: "https://example.jp/new", "version": value(desk.get(edit).text, "version"), "action": "save"}
    assert send(desk, edit, form).status_code == 303
    history = unescape(desk.get(f"/staff/entries/{public_id}/history").text)
    assert label in history
    assert "https://example.jp/new" in history
    assert getattr(entry(town, public_id), name) == "https://example.jp/new"
    assert desk.get(f"/staff/events/new?from={public_id}&next=year").text.count("https://example.jp/new") == 1


def test_an_address_is_on_the_page_and_in_every_format(linked: tuple[str, str, str], client: FlaskClient) -> None:
    name, label, public_id = linked
    ascii_url = "https://festival.example.jp/%E3%81%95%E3%81%8F%E3%82%89?year=2027"
    page = client.get(f"/events/{public_id}").text
    assert re.search(rf'<dt>{label}</dt>\s*<dd><a class="address" href="{re.escape(ADDRESS)}" rel="external">', page)
    described = json.loads(re.findall(r'ld\+json">(.*?)</script>', page)[0])
    found = described["sameAs"] if name == "url" else described["offers"]["url"]
    assert found == ascii_url
    vevent = Calendar.from_ical(client.get(f"/events/{public_id}.ics").data).walk("VEVENT")[0]
    assert vevent["URL"].endswith(f"/events/{public_id}")
    assert f"{label}：{ADDRESS}" in vevent["DESCRIPTION"]
    if written := fields.EVENT[name].written:
        assert vevent[written] == ascii_url
    for form in ("atom", "rss"):
        assert f"{label}：" in client.get(f"/feed.{form}").text
    item = client.get("/feed.json").get_json()["items"][0]
    assert item["_event"][name] == ascii_url
    assert f'{label}：<a href="https://festival.example.jp/' in item["content_html"]


def test_an_address_stands_in_the_remarks_of_the_open_data(linked: tuple[str, str, str], client: FlaskClient) -> None:
    _, label, public_id = linked
    found = next(csv.DictReader(io.StringIO(client.get("/events.csv").data.decode("utf-8-sig"))))
    assert len(found) == 32
    assert found["URL"].endswith(f"/events/{public_id}")
    assert f"{label}：{ADDRESS}" in found["備考"]


@pytest.mark.parametrize("name", LINKS)
def test_an_address_is_imported_by_each_of_its_headings(name: str) -> None:
    field = fields.EVENT[name]
    for heading in field.columns:
        read = read_text(table("さくら,2027-04-15,https://example.jp/x", headings=f"名称,開始日,{heading}"))
        assert read.rows[0].values[name] == "https://example.jp/x", heading
    for known in field.properties:
        lines = ("UID:1", "DTSTART;VALUE=DATE:20270415", "SUMMARY:さくら", f"{known}:https://example.jp/x")
        assert read_text(calendar(event(*lines))).rows[0].values[name] == "https://example.jp/x", known


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize(
    "line", ["4/15 桜まつり {} https://example.jp/A?b=1", "桜まつり\n【{}】\nhttps://example.jp/A?b=1\n日時：4/15"]
)
def test_a_line_fills_an_address_by_its_name(name: str, line: str) -> None:
    for word in {LINKS[name][1], *fields.EVENT[name].typed}:
        read = parse_text(line.format(word), date(2027, 3, 1))
        assert read.values[name] == "https://example.jp/A?b=1", word
        assert read.values["title"] == "桜まつり", word
        assert "example.jp" not in read.left, word
