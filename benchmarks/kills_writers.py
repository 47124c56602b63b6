"""A colleague for `benchmarks.kills`: saves, edits and imports over HTTP, and remembers what was answered."""

import http.client
import io
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from benchmarks import kills_town
from calendar_app.config import Config
from helpers.import_samples import calendar, event
from helpers.staff_desk import NEW, TYPED

ENTRIES = 12  # of each writer; from then on they edit
IMPORTED = 5  # events in the file that each writer imports
FIRST = date(2027, 1, 1)


def day_of(number: int) -> date:
    """The day on which an entry lies after the save of this number: title and dates must be of one save."""
    return FIRST + timedelta(days=number % 300)


@dataclass
class Kept:
    """`answered` is the number of the newest save that was answered, `sent` of the newest that was sent; 0 is none."""

    answered: int = 0
    sent: int = 0


@dataclass
class Writer:
    number: int
    config: Config
    answers: Counter[str]
    entries: dict[str, Kept] = field(default_factory=dict)  # by public id
    imported: Kept = field(default_factory=Kept)
    saves: int = 0

    def __post_init__(self) -> None:
        self.cookie, self.token = kills_town.signed_in(self.config, self.number)
        self.dice = random.Random(self.number)

    def write(self, port: int, stopping: threading.Event) -> None:
        """Write until told to stop. A connection that breaks is tried again, as people do."""
        while not stopping.is_set():
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                while not stopping.is_set():
                    self._act()
            except (OSError, http.client.HTTPException):
                self.answers["broken off"] += 1
                stopping.wait(0.3)
            finally:
                self.connection.close()

    def _act(self) -> None:
        self.saves += 1
        if self.dice.random() < 0.15:
            self._import()
        elif len(self.entries) < ENTRIES:
            self._create()
        else:
            self._edit(self.dice.choice(list(self.entries)))

    def _form(self) -> dict[str, Any]:
        day = day_of(self.saves).isoformat()
        return TYPED | {"asked": "y", "title": f"祭り {self.number}-{self.saves}", "start_date": day, "end_date": day}

    def _create(self) -> None:
        status, place = self._send("save", NEW, self._form())
        if status == 303:
            self.entries[place.rsplit("/", 1)[1]] = Kept(self.saves, self.saves)

    def _edit(self, public_id: str) -> None:
        path = f"/staff/entries/{public_id}/edit"
        version = re.search(r'name="version"[^>]*value="(\d+)"', self._ask("GET", path)[2])
        if not version:
            return
        self.entries[public_id].sent = self.saves
        if self._send("edit", path, self._form() | {"version": version[1]})[0] == 303:
            self.entries[public_id].answered = self.saves

    def _import(self) -> None:
        day = f"{day_of(self.saves):%Y%m%d}"
        titles = [f"催し {self.number}-{place}-{self.saves}" for place in range(IMPORTED)]
        lines = [
            event(f"UID:{self.number}-{place}@example.org", f"SUMMARY:{title}", f"DTSTART;VALUE=DATE:{day}")
            for place, title in enumerate(titles)
        ]
        file = FileStorage(io.BytesIO(calendar(*lines).encode()), "hall.ics")
        status, place = self._send("upload", "/staff/import", {"file": file})
        if status != 303:
            return
        self.imported.sent = self.saves
        form = {"source": f"hall {self.number}", "department": "1", "row": [str(row + 1) for row in range(IMPORTED)]}
        if self._send("import", place.partition("?")[0], form)[0] == 303:
            self.imported.answered = self.saves

    def _send(self, what: str, path: str, form: dict[str, Any]) -> tuple[int, str]:
        status, place, _page = self._ask("POST", path, form | {"csrf_token": self.token})
        self.answers[f"{what} {status}"] += 1
        return status, place

    def _ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, str, str]:
        """Status, the address that the answer leads to, and the page."""
        boundary, body = encode_multipart(form or {})
        headers = {"Cookie": self.cookie, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        self.connection.request(method, path, body if form else None, headers)
        answer = self.connection.getresponse()
        page = answer.read().decode(errors="replace")
        return answer.status, answer.headers.get("Location", ""), page
