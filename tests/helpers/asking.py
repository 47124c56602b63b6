"""A citizen with a browser who writes to the town hall: opens the form, takes their time, sends it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from helpers.town import STOPPED

CALM = timedelta(seconds=40)


class Hands:
    """The hands of the clock that the form is checked by."""

    def __init__(self) -> None:
        self.at: datetime = STOPPED

    def __call__(self) -> datetime:
        return self.at


def token_of(page: str) -> str:
    field = re.search(r'name="token" value="([^"]+)"', page)
    assert field, page[:500]
    return field[1]


def asker(client: FlaskClient, hands: Hands) -> Callable[..., Any]:
    """Sends a form as a browser does; `form` over what a person would send, `ip` is where from."""

    def ask(path: str, *, ip: str = "192.0.2.1", after: timedelta = CALM, **form: str) -> Any:
        token = form.pop("token", "") or token_of(client.get(path).text)
        hands.at += after
        typed = {
            "kind": "question",
            "text": "駐車場はありますか。",
            "name": "",
            "email": "",
            "website": "",
            "token": token,
        }
        return client.post(path, data=typed | form, environ_base={"REMOTE_ADDR": ip})

    return ask
