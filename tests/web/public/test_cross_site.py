"""Forms of public pages that another website sends: refused on a page that keeps what was typed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Feedback, ShortAddress
from helpers.staff_desk import every, value

FORGED = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://calendar.example.jp"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]
SAID = "ほかのサイトから送られたため"


def test_every_public_form_refuses_other_websites(app: Flask, client: FlaskClient, town: Session) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    public = {rule.endpoint: rule for rule in rules if not rule.rule.startswith("/staff")}
    assert public.keys() == {
        "subscribe.shorten",
        "feedback.about_site",
        "feedback.about_department",
        "feedback.about_entry",
    }
    for path in ("/subscribe", "/ask", "/departments/kanko/ask"):
        for headers in FORGED:
            answer = client.post(path, headers=headers, data={"text": "消えては困る文"})
            assert (answer.status_code, SAID in answer.text) == (403, True), (path, headers)
            assert answer.headers["Cache-Control"] == "no-store"
    assert value(answer.text, "text") == "消えては困る文"
    assert every(town, Feedback) == every(town, ShortAddress) == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://calendar.example.jp"}, {}], ids=str
)
def test_our_own_page_and_programs_are_let_through(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/subscribe?tag=", headers=headers).status_code == 303


def test_a_refused_filter_stays_chosen(client: FlaskClient) -> None:
    answer = client.post("/subscribe?from=2027-04-01", headers=FORGED[0])
    assert "?from=2027-04-01" in answer.text
