"""The table of fields: it is complete, the documents show it, and a field that nobody places by hand still appears."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import String

from calendar_app import fields
from calendar_app.db.models import Announcement, Event
from helpers.staff_desk import errors, send

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
