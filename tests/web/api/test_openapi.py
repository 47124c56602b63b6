"""The OpenAPI document: it says what is there, and every answer is as it says."""

import re
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import NOW, announce


@pytest.fixture
def filled(app: Flask, write: Session, post: Callable[..., Event]) -> Flask:
    """A town with something of every kind."""
    event = post(write, category_id=1)
    post(
        write,
        title="朝市",
        start="2027-04-01T06:00:00",
        end="2027-04-01T09:00:00",
        all_day=False,
        rule="FREQ=WEEKLY;COUNT=3",
    )
    announce(write, title="開花", headline="満開", about_id=event.id)
    publishing.withdraw(write, announce(write, title="誤り"), "", actor=None, at=NOW)
    write.commit()
    return app


def document(client: FlaskClient) -> Any:
    return client.get("/api/v1/openapi.json").json


def test_every_address_of_the_api_is_in_the_document(app: Flask, client: FlaskClient) -> None:
    told = {(path, method.upper()) for path, methods in document(client)["paths"].items() for method in methods}
    there = {
        (re.sub(r"<(?:\w+:)?(?:public_)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == there


def walked(app: Flask, examples: int) -> None:
    """Ask every operation what its schemas allow, and what they forbid; each answer must be as the document says."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.settings(max_examples=examples, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.call_and_validate(headers={"Accept-Encoding": "identity"})

        ask()


def test_every_answer_is_as_the_document_says(filled: Flask) -> None:
    walked(filled, 6)


@pytest.mark.soak
def test_every_answer_is_as_the_document_says_for_many_requests(filled: Flask) -> None:
    walked(filled, 300)
