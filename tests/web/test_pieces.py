"""Pages are put together from pieces that outlive a restart; an edit makes those of its entry anew."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.db.engine import sqlite
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import NOW, announce

PAGES = ("/", "/calendar/2027/04", "/agenda", "/tags/桜", "/announcements/", "/events.csv", "/events-core.json")


@pytest.fixture
def shown(client: FlaskClient, config: Config, write: Session, post: Callable[..., Event]) -> FlaskClient:
    """A client of a new application, whose kept pieces say 済 where they said 祭."""
    post(write, title="甲祭")
    post(write, title="乙祭")
    announce(write, title="丙祭", tags=["桜"])
    write.commit()
    for page in PAGES:
        assert "祭" in client.get(page).text
    with closing(sqlite.connect(config.instance / "fragments.db")) as kept, kept:
        kept.execute("UPDATE fragment SET body = CAST(replace(CAST(body AS TEXT), '祭', '済') AS BLOB)")
    return create_app(config).test_client()


def test_pieces_outlive_a_restart_and_an_edit_makes_its_own_anew(shown: FlaskClient, write: Session) -> None:
    for page in PAGES:
        text = shown.get(page).text
        assert "済" in text, page
        assert "祭" not in text, page
    event = write.scalars(select(Event).where(Event.title == "甲祭")).one()
    publishing.save(write, event, {"title": "新しい甲"}, actor=None, at=NOW + timedelta(hours=1))
    write.commit()
    for page in PAGES:
        if page != "/announcements/":
            text = shown.get(page).text
            assert "新しい甲" in text, page
            assert "甲済" not in text, page
            assert "乙済" in text, page
