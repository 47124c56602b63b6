"""While somebody types, names that hold the letters are suggested: of what the public sees, a few, in its language."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from helpers.town import NOW, SAKURA

ADDRESS = "/search/suggestions.json"


def test_names_of_the_public_city_are_suggested(client: FlaskClient, write: Session, post: Any) -> None:
    post(write, title="桜ウォーク", translations={"en": {"title": "Sakura walk"}})
    publishing.create(write, "event", SAKURA | {"title": "桜の下書き"}, actor=None, at=NOW)
    write.commit()
    assert client.get(f"{ADDRESS}?q=桜").json == ["桜", "桜ウォーク"]
    assert client.get(f"{ADDRESS}?q=桧木").json[0] == "桧木内川堤"
    assert "Sakura walk" in client.get(f"{ADDRESS}?q=桜&lang=en").json
    assert [client.get(f"{ADDRESS}{query}").json for query in ("", "?q=、", "?q=熊")] == [[], [], []]
