"""Forms of public pages that another website sends: refused on a page that keeps what was typed."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Feedback, ShortAddress, Subscription
from calendar_app.delivery import followers
from calendar_app.delivery.followers import Wish
from helpers.staff_desk import every, value
from helpers.town import NOW, person

FORGED = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://calendar.example.jp"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]
SAID = "ほかのサイトから送られたため"


REFUSING = {
    "subscribe.shorten",
    "feedback.about_site",
    "feedback.about_department",
    "feedback.about_entry",
    "follow.mail",
    "follow.push",
    "follow.change",
    "polls.answer",  # the same: test_polls
    "reactions.react",  # counts nothing and leads back: test_reactions
}
TAKING = {
    "websub.subscribe": "programs send it, and what it asks for is confirmed at the callback",
    "fediverse.own_inbox": "servers of the Fediverse send it, signed",
    "fediverse.shared_inbox": "servers of the Fediverse send it, signed",
    "follow.leave": "mail providers send it when somebody presses their button (RFC 8058)",
}


@pytest.fixture
def subscription(app: Flask, config: Config, write: Session) -> str:
    """The path of one that is not yet confirmed, on a site that offers every way to follow."""
    here = replace(config, mail_server="smtp://127.0.0.1:9")
    app.extensions["calendar_config"] = here
    administrator = person(write, "admin@example.jp", role="admin")
    for way in followers.WAYS:
        followers.switch(write, here, way, True, actor=administrator, at=NOW)
    address = "hanako@example.jp"
    found = followers.find_or_make(write, here, "mail", address, Wish(""), {"address": address}, at=NOW)
    path = f"/follow/{found.token}"
    write.commit()
    return path


def test_every_public_form_refuses_other_websites(
    app: Flask, client: FlaskClient, town: Session, subscription: str
) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    written_by_programs = [rule.rule for rule in rules if rule.rule.startswith("/api/")]  # no cookie opens those
    assert {client.post(path).status_code for path in written_by_programs} == {401}
    public = {rule.endpoint for rule in rules if not rule.rule.startswith(("/staff", "/api/"))}
    assert public == REFUSING | TAKING.keys()
    for path in (subscription, "/follow/mail", "/subscribe", "/ask", "/departments/kanko/ask"):
        for headers in FORGED:
            answer = client.post(path, headers=headers, data={"text": "消えては困る文", "confirm": "1"})
            assert (answer.status_code, SAID in answer.text) == (403, True), (path, headers)
            assert answer.headers["Cache-Control"] == "no-store"
    assert value(answer.text, "text") == "消えては困る文"
    assert [client.post("/follow/push", headers=headers, json={}).status_code for headers in FORGED] == [403] * 4
    assert every(town, Feedback) == every(town, ShortAddress) == every(town, Delivery) == []
    assert [row.confirmed_at for row in every(town, Subscription)] == [None]


def test_a_subscription_is_changed_on_its_own_page_and_left_from_anywhere(
    client: FlaskClient, town: Session, subscription: str
) -> None:
    # A page that forbids all referrers would send its form with "Origin: null".
    assert client.get(subscription).headers["Referrer-Policy"] == "same-origin"
    assert (
        client.post(subscription, headers={"Origin": "https://calendar.example.jp"}, data={"confirm": "1"}).status_code
        == 200
    )
    assert [bool(row.confirmed_at) for row in every(town, Subscription)] == [True]
    client.post(f"{subscription}/leave", headers=FORGED[0], data={"List-Unsubscribe": "One-Click"})
    assert every(town, Subscription) == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://calendar.example.jp"}, {}], ids=str
)
def test_our_own_page_and_programs_are_let_through(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/subscribe?tag=", headers=headers).status_code == 303


def test_a_refused_filter_stays_chosen(client: FlaskClient) -> None:
    answer = client.post("/subscribe?from=2027-04-01", headers=FORGED[0])
    assert "?from=2027-04-01" in answer.text
