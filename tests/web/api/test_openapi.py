"""The OpenAPI document: it says what is there, and every answer is as it says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select

from calendar_app.accounts import tokens
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import SCOPES, Entry
from calendar_app.entries import publishing
from calendar_app.web.api import access
from helpers.town import NOW, Clock, announce, attached, person, published, settings


@dataclass
class Town:
    """An application over one of the databases, and the token of a program that may do everything."""

    app: Flask
    token: str


@pytest.fixture
def filled(built: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town with something of every kind."""
    engine = make_engine(database_url)
    with write_session(engine) as session:
        event = published(session, category_id=1)
        times = {"start": "2027-04-01T06:00:00", "end": "2027-04-01T09:00:00", "all_day": False}
        published(session, title="朝市", **times, rule="FREQ=WEEKLY;COUNT=3")
        announce(session, title="開花", headline="満開", about_id=event.id)
        publishing.withdraw(session, announce(session, title="誤り"), "", actor=None, at=NOW)
        boss = person(session, role="admin")
        _, token = tokens.make(session, boss, "試験", department=None, scopes=SCOPES, days=30, at=NOW)
        session.commit()
    engine.dispose()
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setattr(access, "AN_HOUR", 10**6)
    app = attached(built, settings(tmp_path, database_url))
    app.testing = True
    monkeypatch.setattr(built, "config", app.config)
    yield Town(app, token)
    app.extensions["calendar_engine"].dispose()


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


# What is right by its schema may still be refused: an end before its start, a venue that is not there.
BEYOND_SCHEMAS = [positive_data_acceptance]


def walked(town: Town, examples: int) -> int:
    """Ask every operation what its schemas allow, and what they forbid; each answer must be as the document says.

    Gives the number of requests. Requests that write have ids and versions of the town, or most would end at a 404.
    """
    schema, ids = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", town.app), entries(town)
    return sum(asked(town, result.ok(), ids, examples) for result in schema.get_all_operations())


def asked(town: Town, operation: Any, ids: list[str], examples: int) -> int:
    """Ask one operation so many times; gives how often it was asked."""
    writes, times = "security" in operation.definition.raw, 0

    @hypothesis.settings(max_examples=examples, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(), id_=hypothesis.strategies.sampled_from(ids))
    def ask(case: Any, id_: str) -> None:
        nonlocal times
        times += 1
        headers = {"Accept-Encoding": "identity"}
        if writes:
            headers["Authorization"] = f"Bearer {town.token}"
            case.path_parameters = {"id": id_} if case.path_parameters else case.path_parameters
        case.call_and_validate(headers=headers, excluded_checks=BEYOND_SCHEMAS if writes else [])

    ask()
    return times


def entries(town: Town) -> list[str]:
    with write_session(town.app.extensions["calendar_engine"]) as session:
        return list(session.scalars(select(Entry.public_id)))


def test_every_answer_is_as_the_document_says(filled: Town) -> None:
    walked(filled, 4)


@pytest.mark.soak
def test_every_answer_is_as_the_document_says_for_many_requests(filled: Town) -> None:
    assert walked(filled, 300) > 6000


def test_every_example_of_the_document_runs(filled: Town) -> None:
    client = filled.app.test_client()
    [event] = [each["id"] for each in client.get("/api/v1/events?q=桜まつり").json["items"]]
    [news] = [each["id"] for each in client.get("/api/v1/announcements?q=開花").json["items"]]
    ran = 0
    for path, operations in document(client)["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in body:
                address = path.replace("{id}", news if path.startswith("/announcements") else event)
                headers = {"Authorization": f"Bearer {filled.token}", "If-Match": "*"}
                address = f"/api/v1{address}?dry_run=1"
                answer = client.open(address, method=method.upper(), json=body["example"], headers=headers)
                assert answer.status_code == 200, (path, answer.text)
                ran += 1
    assert ran == 10
