"""The page of a venue."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session


def test_a_venue_says_how_to_get_there_and_what_is_on(client: FlaskClient, write: Session, post: Any) -> None:
    event = post(write, title="花見の会", venue_id=1)
    write.commit()
    assert 'href="/venues/1"' in client.get(f"/events/{event.public_id}").text
    page = client.get("/venues/1")
    assert "花見の会" in page.text
    assert "/calendar.ics?venue=1" in page.text
    assert "data-map=" in page.text
    assert client.get("/venues/999").status_code == 404


def test_days_in_the_wrong_order_are_told(client: FlaskClient) -> None:
    assert "始まりの日が終わりの日より後" in client.get("/agenda?from=2027-03-02&to=2027-03-01").text
    assert "始まりの日が終わりの日より後" not in client.get("/agenda?from=2027-03-01&to=2027-03-02").text
