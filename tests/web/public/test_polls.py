"""A department asks back on an entry's page; readers press an answer, and the desk sees the sums."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Poll, PollMark
from helpers.staff_desk import every, publish, send

ASKED = {
    "verb": "ask",
    "question": "雪かきの手伝い、何時なら来られますか",
    "choice": ["8時から", "10時から", "行けません"],
}


@pytest.fixture
def path(desk: FlaskClient) -> str:
    """The page of an event on which a question stands."""
    public_id = publish(desk)
    assert act(desk, f"/events/{public_id}", **ASKED).status_code == 303
    return f"/events/{public_id}"


def act(desk: FlaskClient, path: str, **form: Any) -> Any:
    entry = f"/staff/entries/{path.rpartition('/')[2]}"
    return send(desk, f"{entry}/poll", form, entry)


def press(client: FlaskClient, path: str, choice: int, ip: str = "192.0.2.1", site: str = "same-origin") -> Any:
    headers = {"Sec-Fetch-Site": site, "User-Agent": "Firefox"}
    return client.post(f"{path}/poll", data={"choice": str(choice)}, headers=headers, environ_base={"REMOTE_ADDR": ip})


def numbers(town: Session) -> list[int]:
    town.rollback()
    return [choice.number for choice in every(town, Poll)[-1].choices]


def test_an_answer_counts_once_a_person_and_another_press_changes_it(
    client: FlaskClient, desk: FlaskClient, path: str, town: Session
) -> None:
    before = client.get(path)
    assert "雪かきの手伝い" in before.text
    answer = press(client, path, 1)
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert answer.headers["Cache-Control"] == "no-store"
    press(client, path, 1)
    assert numbers(town) == [1, 0, 0]
    press(client, path, 2)
    press(client, path, 2, ip="192.0.2.9")
    assert numbers(town) == [0, 2, 0]
    assert press(client, path, 3, site="cross-site").status_code == 303
    assert press(client, path, 99).status_code == 400
    assert numbers(town) == [0, 2, 0]
    assert client.get(path).headers["ETag"] == before.headers["ETag"], "a press renews no page"
    assert not any("192" in row.mark for row in every(town, PollMark))
    lines = [line["text"] for line in desk.get("/staff/live.json").get_json()["lines"]]
    assert any("10時から 2" in line for line in lines)


def test_readers_see_the_sums_only_if_the_department_shows_them(
    client: FlaskClient, desk: FlaskClient, path: str
) -> None:
    assert "<meter" not in press(client, path, 1).text
    assert client.get(f"{path}/poll").status_code == 303
    assert act(desk, path, verb="show").status_code == 303
    assert f'href="{path}/poll"' in client.get(path).text
    press(client, path, 1, ip="192.0.2.7")
    assert "<strong>2</strong>" in client.get(f"{path}/poll").text
    act(desk, path, verb="hide")
    assert client.get(f"{path}/poll").status_code == 303


def test_a_question_ends_and_another_takes_its_place(client: FlaskClient, desk: FlaskClient, path: str) -> None:
    press(client, path, 1)
    act(desk, path, **ASKED | {"question": "駐車場は足りましたか", "choice": ["はい", "いいえ", ""]})
    page = client.get(path).text
    assert ("駐車場は足りましたか" in page, "雪かき" in page) == (True, False)
    act(desk, path, verb="end")
    assert 'id="poll"' not in client.get(path).text
    assert press(client, path, 4).status_code == 404
    assert act(desk, path, verb="end").status_code == 404
    assert "雪かき" in desk.get(f"/staff/entries/{path.rpartition('/')[2]}").text, "the desk keeps the sums"


@pytest.mark.parametrize(
    "wrong", [{"question": " "}, {"question": "あ" * 201}, {"choice": ["一つ"]}, {"choice": ["同じ", "同じ"]}]
)
def test_a_question_needs_words_and_different_answers(
    client: FlaskClient, desk: FlaskClient, wrong: dict[str, Any]
) -> None:
    path = f"/events/{publish(desk)}"
    act(desk, path, **ASKED | wrong)
    assert 'id="poll"' not in client.get(path).text
