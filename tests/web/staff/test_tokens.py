"""A person makes a token for a program, sees it once, and ends it."""

import re
from html import unescape

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import ApiToken, SignInRecord
from helpers.staff_desk import send, signed_in
from helpers.town import person

TOKENS = "/staff/me/tokens"


def test_a_token_is_shown_once_works_and_is_ended(app: Flask, write: Session) -> None:
    person(write)
    write.commit()
    browser, program = signed_in(app, "staff@example.jp"), app.test_client()
    made = send(browser, TOKENS, {"name": "市報", "scope": "write", "department": "1", "days": "30"})
    [token] = re.findall(r'id="made" value="([^"]+)"', made.text)
    page = unescape(browser.get(TOKENS).text)
    assert "市報" in page
    assert token not in page
    assert token not in str([vars(row) for row in write.scalars(select(ApiToken))])
    write.rollback()
    body = {"title": "茶会", "start": "2027-04-20T10:00"}
    headers = {"Authorization": f"Bearer {token}"}
    assert program.post("/api/v1/events", json=body, headers=headers).status_code == 201
    [address] = re.findall(r'action="(/staff/me/tokens/\d+/end)"', page)
    assert send(browser, address, {}).status_code == 303
    assert program.post("/api/v1/events", json=body, headers=headers).status_code == 401
    assert set(write.scalars(select(SignInRecord.kind))) >= {"token_made", "token_ended"}


def test_a_token_without_name_and_scope_is_not_made(app: Flask, write: Session) -> None:
    person(write)
    write.commit()
    refused = send(signed_in(app, "staff@example.jp"), TOKENS, {"name": " ", "department": "1", "days": "30"})
    assert refused.status_code == 422
    assert refused.text.count('class="error"') == 2
