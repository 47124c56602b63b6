"""What an operator reads of a running server: readiness, metrics, log lines, the status page; and security.txt."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from calendar_app.db.models import Revision
from calendar_app.operations import counters, logs, metrics, readiness
from calendar_app.operations.counters import Counters
from helpers.staff_desk import signed_in
from helpers.town import person, published, settings


def test_healthz_gives_the_head_of_the_chain_of_revisions(client: FlaskClient, write: Session) -> None:
    published(write)
    write.commit()
    newest = write.scalars(select(Revision).order_by(Revision.number.desc())).first()
    answer = client.get("/healthz").json
    assert newest
    assert (answer["revision"], answer["hash"]) == (newest.number, newest.hash)


def test_a_server_is_ready_while_database_and_disk_take_a_write(
    app: Flask, client: FlaskClient, config: Config
) -> None:
    config.photos.mkdir()
    assert client.get("/readyz").json == {"problems": [], "status": "ready"}
    del app.extensions["calendar_ready"]
    config.photos.rmdir()
    config.photos.write_text("a file, where a folder must be")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"problems": ["disk"], "status": "not ready"})


@pytest.mark.parametrize("fault", ["ALTER TABLE site RENAME TO other", "DELETE FROM site"])
def test_a_database_that_takes_no_write_is_not_ready(database_url: str, tmp_path: Path, fault: str) -> None:
    engine = make_engine(database_url)
    config = settings(tmp_path, database_url)
    config.photos.mkdir()
    assert readiness.problems(config, engine) == []
    with engine.begin() as connection:
        connection.exec_driver_sql(fault)
    assert readiness.problems(config, engine) == ["database"]
    engine.dispose()


def samples(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}


def test_metrics_count_requests_and_tell_how_things_are(client: FlaskClient) -> None:
    for path in ("/", "/", "/calendar.ics", "/nowhere", "/staff/"):
        client.get(path)
    found = samples(client.get("/metrics").text)
    assert found['calendar_requests_total{kind="page",status="2xx"}'] == 2
    assert found['calendar_requests_total{kind="page",status="4xx"}'] == 1
    assert found['calendar_requests_total{kind="feed",status="2xx"}'] == 1
    assert found['calendar_request_seconds_bucket{kind="page",le="+Inf"}'] == 3
    assert found["calendar_disk_free_bytes"] > 0
    assert found["calendar_database_size_bytes"] > 0
    assert {"calendar_worker_seen_seconds", "calendar_backup_seconds", "calendar_mail_waiting"} <= found.keys()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_metrics_are_not_for_those_behind_a_proxy(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics", headers={header: "203.0.113.7"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 404


def test_a_token_opens_the_metrics_from_elsewhere(app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions["calendar_config"] = replace(config, metrics_token="a long token")
    client = app.test_client()
    away = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, environ_base=away).status_code == 404
    given = {"Authorization": "Bearer a long token"}
    assert client.get("/metrics", headers=given, environ_base=away).status_code == 200


def test_the_numbers_are_read_from_either_database(session: Session, database_url: str, tmp_path: Path) -> None:
    numbers = metrics.gather(session, settings(tmp_path, database_url))
    assert numbers.revision == 4
    assert numbers.database_size > 10_000
    assert numbers.backup_at is None


def test_counts_of_several_processes_are_added_and_outlive_them(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from calendar_app.operations.counters import Counters\n"
        "counted = Counters(Path(sys.argv[1]))\n"
        "for _ in range(100): counted.add('feed', 200, 0.003)\n"
        "print('done', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    own = Counters(tmp_path)
    own.add("feed", 503, 20)
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "done\n"
    during = counters.of_kind(own.totals(), "feed")
    running[0].kill()
    for process in running:
        process.communicate()
    assert counters.of_kind(own.totals(), "feed") == during
    Counters(tmp_path).add("page", 200, 0.1)  # a process that begins takes over from those that ended
    assert counters.of_kind(own.totals(), "feed") == during
    classes, durations, seconds = during
    assert classes == [0, 300, 0, 0, 1]
    assert (durations[0], durations[-1], round(seconds)) == (300, 1, 21)


@pytest.fixture
def logger(tmp_path: Path):  # type: ignore[no-untyped-def]
    root = logging.getLogger()
    before = root.handlers, root.level
    logs.configure("json", tmp_path)
    yield logging.getLogger("calendar_app.test")
    root.handlers, level = before
    root.setLevel(level)


SECRETS = (
    "hanako@example.jp",
    "203.0.113.7",
    "2001:db8:0:1::7",
    "geheim",
    "dGhpcyBpcyBhIHRva2VuIG9mIGEgcGVyc29u1",
)


def test_log_lines_are_json_without_personal_data(tmp_path: Path) -> None:
    script = (
        "import logging, sys; from pathlib import Path; from calendar_app.operations import logs\n"
        "logs.configure('json', Path(sys.argv[1])); log = logging.getLogger('calendar_app.test')\n"
        "log.info('mail to %s from %s %s by postgresql://user:%s@host/x with %s\\nsecond line', *sys.argv[2:])\n"
        "def fail(): raise ValueError(sys.argv[2])\n"
        "try: fail()\n"
        "except ValueError: log.exception('it failed')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path, *SECRETS], capture_output=True, text=True, check=True
    )
    first, second = map(json.loads, done.stderr.splitlines())
    assert (first["level"], first["logger"]) == ("info", "calendar_app.test")
    assert first["message"].endswith("\\nsecond line")
    assert (second["error"], second["where"][-1].split()[1]) == ("ValueError", "fail")
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.jsonl"))
    assert "it failed" in kept
    assert [secret for secret in SECRETS if secret in done.stderr + kept] == []


def test_failures_of_the_day_are_kept_and_old_ones_go(logger: logging.Logger, tmp_path: Path) -> None:
    old = logs.file_of(tmp_path / "failures", datetime.now(UTC).date() - timedelta(days=20))
    old.parent.mkdir()
    old.write_text("")
    logger.error("the disk is full")
    logger.warning("no failure")
    found = logs.failures_since(tmp_path, datetime.now(UTC) - timedelta(days=1))
    assert [failure["message"] for failure in found] == ["the disk is full"]
    assert not old.exists()


def test_administrators_see_how_the_server_is(app: Flask, write: Session, config: Config) -> None:
    person(write, "admin@example.jp", role="admin")
    person(write)
    write.commit()
    client = signed_in(app, "admin@example.jp")
    page = client.get("/staff/status").text
    assert "サーバーの状態" in page
    assert page.count("要確認") == 2  # no worker, no backup
    failures = config.instance / "failures"
    failures.mkdir()
    line = {"time": "2027-03-01T02:00:00.000+00:00", "logger": "x", "message": "<b>the disk is full</b>"}
    logs.file_of(failures, datetime(2027, 3, 1).date()).write_text(json.dumps(line) + "\n")
    assert "&lt;b&gt;the disk is full" in client.get("/staff/status?lang=en").text
    assert signed_in(app, "staff@example.jp").get("/staff/status").status_code == 403


def test_security_txt_says_where_to_report(client: FlaskClient) -> None:
    answer = client.get("/.well-known/security.txt")
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.mimetype == "text/plain"
    assert said["Contact"] == "https://calendar.example.jp/ask"
    assert said["Canonical"] == "https://calendar.example.jp/.well-known/security.txt"
    assert "2027-03-02" < said["Expires"] < "2028-03-01"
