"""No request makes the program fail: every address with arguments, methods, forms and bodies that nobody thought of.

`make soak` sends 50,000 to each database, and looks at the time that each takes and at memory.
"""

import resource
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from helpers.any_requests import Request, Requests
from helpers.desk_objects import Objects, make_objects
from helpers.staff_desk import signed_in, stranger
from helpers.town import settings

LONG = 50_000
SECONDS = 5.0  # of processor, for one request
GROWTH = 150  # MiB over the second half
AGAIN = 200  # requests until everybody signs in anew: some of them sign out, close accounts, change passwords
ABSENT = {"/readyz", "/cards/", "/paper/"}  # answer 503 where the machine lacks a font, a library or room


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """On both databases, with every way in."""
    return replace(
        settings(tmp_path, database_url), oidc_issuer="https://127.0.0.1:1", mail_server="smtp://127.0.0.1:1"
    )


@pytest.fixture
def objects(app: Flask, config: Config) -> Iterator[Objects]:
    app.config["WTF_CSRF_ENABLED"] = False  # or nearly every form would be refused before anything reads it
    engine = make_engine(config.database_url)
    yield make_objects(engine, config)
    engine.dispose()


@pytest.mark.parametrize("count", [150, pytest.param(LONG, marks=pytest.mark.soak)])
def test_no_request_makes_the_program_fail(
    app: Flask, objects: Objects, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = Requests(app, objects.arguments, seed=count)
    odd: list[str] = []
    answers: Counter[int] = Counter()
    slowest, memory = 0.0, []
    for number in range(count):
        if number % AGAIN == 0:
            browsers = _browsers(app, objects)
        if number % (count // 4) == 0:
            memory.append(_mebibytes())
        request = requests.next()
        begun = time.thread_time()
        answers[_ask(requests.dice.choice(browsers), request, requests, odd) // 100] += 1
        slowest = max(slowest, taken := time.thread_time() - begun)
        odd += [f"{taken:.1f} s: {request}"] if count == LONG and taken > SECONDS else []
    if count == LONG:
        with capsys.disabled():
            print(
                f"\n{count} requests: {dict(answers)}, slowest {slowest:.2f} s of processor, MiB by quarters {memory}"
            )
        assert _mebibytes() - memory[2] < GROWTH
    assert not odd, "\n\n".join(odd[:20])


def _browsers(app: Flask, objects: Objects) -> list[FlaskClient]:
    return [stranger(app), *(signed_in(app, objects.people[role]) for role in ("admin", "member", "head of another"))]


def _ask(client: FlaskClient, request: Request, requests: Requests, odd: list[str]) -> int:
    try:
        with client.open(request.path, method=request.method, **request.options) as answer:
            status = answer.status_code
            if answer.mimetype == "text/html" and not answer.content_encoding:
                requests.learn(answer.text)
    except Exception:
        odd.append(f"{request}\n{''.join(traceback.format_exc(limit=-4))}")
        return 500
    if status >= 500 and not request.path.startswith(tuple(ABSENT)):
        odd.append(f"{status}: {request}")
    return status


def _mebibytes() -> int:
    """The memory of this process, where the system tells."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * resource.getpagesize() // 2**20 if told.exists() else 0
