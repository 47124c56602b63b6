"""How the writer acts: by the verbs themselves, or by the forms of the desk, sent to a server as a browser sends them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from calendar_app.db.models import Revision
from calendar_app.entries import publishing, single_dates
from calendar_app.staff import undo
from end_to_end.replay.browser import Browser
from end_to_end.replay.model import Truth

if TYPE_CHECKING:
    from end_to_end.replay.town import Town

CITY = "Asia/Tokyo"  # a new event of the form is in this zone


class Verbs:
    keeps: tuple[str, ...] = ()  # statuses of a date that it keeps when it is moved

    def __init__(self, town: "Town") -> None:
        self.town = town
        self.sent: Counter[str] = Counter()  # forms

    def post(self, kind: str, values: dict[str, Any], how: str, moment: datetime | None) -> Any:
        """A new entry: `how` is publish, schedule (for `moment`) or draft."""
        session, given = self.town.session, self.town.given
        entry = publishing.create(session, kind, values, **given)
        if how == "publish":
            publishing.publish(session, entry, **given)
        if how == "schedule" and moment:
            publishing.schedule(session, entry, moment, **given)
        return entry

    def act(self, truth: Truth, verb: str, reason: str = "") -> None:
        """Publish, cancel, postpone, withdraw, restore; or mark as full or online."""
        entry, session, given = self.town.entry(truth), self.town.session, self.town.given
        if verb in ("full", "moved_online"):
            publishing.mark(session, entry, verb, reason, **given)
        elif verb in ("publish", "restore"):
            getattr(publishing, verb)(session, entry, **given)
        else:
            getattr(publishing, verb)(session, entry, reason, **given)

    def save(self, truth: Truth, values: dict[str, Any], note: str = "") -> bool:
        """Whether anything was changed."""
        entry = self.town.entry(truth)
        return bool(publishing.save(self.town.session, entry, values, note=note, **self.town.given))

    def change_date(self, truth: Truth, original: datetime, times: tuple[datetime, datetime], status: str) -> None:
        """One date has these times, or this status at the times of the series, or is as the series has it."""
        entry, values = self.town.entry(truth), {}
        if not status and times[0] != original:
            values = {"start": times[0].isoformat(), "end": times[1].isoformat()}
        single_dates.change_date(
            self.town.session, entry, original, {"status": status} if status else values, **self.town.given
        )

    def report(self, about: Truth, headline: str) -> str:
        """The public id of a status line of an event, published in one press; "" where there is no such press."""
        return ""

    def undo(self, number: int) -> None:
        undo.undo(self.town.session, self.town.session.get_one(Revision, number), **self.town.given)


class Forms(Verbs):
    """Signed in at one of the servers. What the forms of the desk cannot say, the verbs do."""

    keeps = ("cancelled", "full", "held")

    def __init__(self, town: "Town", browsers: list[Browser]) -> None:
        super().__init__(town)
        self.browsers = browsers

    def _send(self, name: str, sending: Callable[[Browser], str]) -> str:
        """Send a form to one of the servers; the address that it leads to. The session then sees what it did."""
        self.town.session.commit()
        leads_to = sending(self.town.chance.choice(self.browsers))
        self.sent[name] += 1
        self.town.session.rollback()
        return leads_to

    def post(self, kind: str, values: dict[str, Any], how: str, moment: datetime | None) -> Any:
        typed = _typed(values) if values.get("timezone", CITY) == CITY else None
        if typed is None or kind != "event":
            return super().post(kind, values, how, moment)
        if moment:
            local = moment.astimezone(self.town.zone)
            typed |= {"publish_date": f"{local:%Y-%m-%d}", "publish_time": f"{local:%H:%M}"}
        action = "save" if how == "draft" else how
        to = self._send("new", lambda browser: browser.open("/staff/events/new").submit(typed, action))
        return self.town.entry_of(to.rpartition("/")[2])

    def act(self, truth: Truth, verb: str, reason: str = "") -> None:
        if verb == "moved_online":
            super().act(truth, verb, reason)
            return
        path = f"/staff/entries/{truth.public_id}"
        page = path if verb == "publish" else f"{path}/status"
        self._send(verb, lambda browser: browser.open(page, f"{path}/{verb}").submit({"reason": reason}))

    def save(self, truth: Truth, values: dict[str, Any], note: str = "") -> bool:
        typed, path = _typed(values), f"/staff/entries/{truth.public_id}/edit"
        if typed is None or truth.state == "withdrawn":
            return super().save(truth, values, note)
        since = self.town.last_number()
        self._send("edit", lambda browser: browser.open(path).submit(typed | {"note": note}, "save"))
        return self.town.last_number() > since

    def change_date(self, truth: Truth, original: datetime, times: tuple[datetime, datetime], status: str) -> None:
        path = f"/staff/entries/{truth.public_id}/dates/{original:%Y%m%dT%H%M}"
        typed = _moment("start", times[0]) | _moment("end", times[1])
        action = {"cancelled": "cancel", "full": "full"}.get(status, "save" if times[0] != original else "normal")
        typed = {name: text for name, text in typed.items() if not (truth.all_day and "time" in name)}
        self._send("date", lambda browser: browser.open(path).submit(typed, action))

    def report(self, about: Truth, headline: str) -> str:
        path = f"/staff/events/{about.public_id}/now"
        return self._send("report", lambda browser: browser.open(path).submit({"headline": headline})).rpartition("/")[
            2
        ]

    def undo(self, number: int) -> None:
        entry = self.town.session.get_one(Revision, number).entry
        path = f"/staff/entries/{entry.public_id}"
        try:
            self._send("undo", lambda browser: browser.open(f"{path}/history", f"{path}/undo/{number}").submit({}))
        except LookupError:  # the page offers none where nothing is left to undo
            super().undo(number)


def _typed(values: dict[str, Any]) -> dict[str, Any] | None:
    """The inputs of the form that say so; None when there are none for some of it."""
    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in INPUTS:
            return None
        typed |= INPUTS[name](value)
        if name == "rule" and typed.get("repeats") is None:
            return None
    if values.get("all_day"):
        typed |= {"start_time": "", "end_time": ""}
    return typed


def _moment(name: str, value: datetime | str) -> dict[str, str]:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return {f"{name}_date": f"{moment:%Y-%m-%d}", f"{name}_time": f"{moment:%H:%M}"}


def _repeat(rule: str) -> dict[str, Any]:
    parts = dict(part.split("=") for part in rule.split(";"))
    return {"repeats": {"7": "weekly", "14": "biweekly"}.get(parts["INTERVAL"]), "repeat_count": parts["COUNT"]}


INPUTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "title": lambda text: {"title": text},
    "department_id": lambda number: {"department_id": f"{number}"},
    "venue_id": lambda number: {"venue_id": f"{number or ''}"},
    "tags": lambda names: {"tags": " ".join(f"#{name}" for name in names), "tags_used": []},
    "start": lambda moment: _moment("start", moment),
    "end": lambda moment: _moment("end", moment),
    "all_day": lambda whole: {"all_day": ["y"] if whole else []},
    "timezone": lambda _: {},
    "rule": _repeat,
    "skips": lambda names: {"skips": names},
    "shift": lambda name: {"shift": name},
    "slots": lambda slots: {"slots": "\n".join(f"{start}-{end}" for start, end in slots)},
    "apply_deadline": lambda moment: _moment("deadline", moment),
    "reserve_start": lambda moment: _moment("reserve", moment),
}
