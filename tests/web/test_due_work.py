"""What is due is done by whoever asks first, but nobody waits long for a lock that another process holds."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing, revisions
from helpers.town import SAKURA


def test_while_another_writes_readers_get_the_state_before_and_then_the_work_is_done(
    client: FlaskClient, write: Session, caplog: pytest.LogCaptureFixture
) -> None:
    at = datetime.now(UTC) - timedelta(days=2)
    event = publishing.create(write, "event", SAKURA, actor=None, at=at)
    publishing.schedule(write, event, at + timedelta(days=1), actor=None, at=at)
    write.commit()
    address = f"/events/{event.public_id}"
    revisions.lock(write)  # as another process does that writes for long
    assert client.get(address).status_code == 404
    write.rollback()
    patient_until = time.monotonic() + 60
    while client.get(address).status_code == 404 and time.monotonic() < patient_until:
        time.sleep(0.02)
    assert client.get(address).status_code == 200
    assert not caplog.records  # nothing failed meanwhile, so nothing had to wait for the pause after a failure
