"""The application of a server process whose present time is what a file says: for the replay alone."""

import os
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Self

from calendar_app import web
from calendar_app.cli import serve
from calendar_app.listings import queries
from end_to_end.replay.model import LIMIT

if TYPE_CHECKING:
    from flask import Flask

CLOCK = "REPLAY_CLOCK"  # names the file


class Clock(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromisoformat(Path(os.environ[CLOCK]).read_text()).astimezone(tz)


def application() -> "Flask":
    web.datetime, queries.MAX_EVENTS = Clock, LIMIT  # type: ignore[misc, assignment]
    return serve.application()
