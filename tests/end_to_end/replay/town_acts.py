"""Acts upon many entries at once, emergencies and their end, and the status lines of events."""

from datetime import timedelta
from typing import Any

from calendar_app.staff import batch_entries
from end_to_end.replay.acts import RAIN, Act, announced, changing, resumed
from end_to_end.replay.model import Truth
from end_to_end.replay.town import MOST, Town, one_act


def many(town: Town) -> None:
    """Some events are tagged, untagged, called off, or go ahead again, as one act that can be taken back as a whole."""
    verb = town.chance.choice(["tag", "untag", "cancel", "restore"])
    value = town.chance.choice(town.tags) if "tag" in verb else RAIN if verb == "cancel" else ""
    public = [one for one in town.truths.values() if one.public and one.dates]
    if len(public) < 2:
        raise LookupError
    chosen = town.chance.sample(public, min(len(public), town.chance.randint(2, 5)))
    chosen = [one for one in chosen if _meant(one, verb, value)]
    if not chosen:
        raise LookupError
    before, since = [one.copy() for one in chosen], town.last_number()
    with one_act(town.session) as act:
        for truth in chosen:
            batch_entries.step(town.session, verb, truth.public_id, {"value": value}, **town.given)
            DONE[verb](town, truth, value)
    town.remember(before, since, act)


def _meant(truth: Truth, verb: str, value: str) -> bool:
    match verb:
        case "tag" | "untag":
            return (value in truth.tags) == (verb == "untag")
        case "cancel":
            return truth.status != "cancelled"
        case _:
            return truth.status in ("cancelled", "postponed", "full", "moved_online")


def _cancelled(town: Town, truth: Truth, _: str) -> None:
    truth.set_status("cancelled", town.at)
    town.tell(truth, "cancelled")


DONE: dict[str, Any] = {
    "tag": lambda _, truth, value: truth.tags.add(value),
    "untag": lambda _, truth, value: truth.tags.discard(value),
    "cancel": _cancelled,
    "restore": lambda town, truth, _: resumed(town, truth),
}


def raise_the_alarm(town: Town) -> None:
    """An emergency, with an end or without; every calendar and every page shows it."""
    if len(town.alive()) >= MOST or len([one for one in town.truths.values() if one.emergency]) > 2:
        raise LookupError
    until = town.chance.choice([None, town.at + timedelta(minutes=town.chance.randint(1, 20000))])
    announced(
        town, {"importance": "emergency", "valid_until": until and until.isoformat()}, emergency=True, until=until
    )


def report_a_status(town: Town) -> None:
    """A status line of an event, in force until a time or for ever."""
    about = town.pick()
    if len(town.alive()) >= MOST:
        raise LookupError
    until = town.chance.choice([None, None, town.at + timedelta(minutes=town.chance.randint(1, 9000))])
    headline = f"開花{town.number + 1}"
    if until is None and (public_id := town.hands.report(about, headline)):
        town.number += 1
        truth = Truth(town.number, public_id, f"{about.title}：{headline}", tags={*about.tags}, state="published")
        truth.headline, truth.about, truth.published_at = headline, about.public_id, town.at
        town.truths[public_id] = truth
        town.tell(truth, "published")
        return
    values: dict[str, Any] = {"headline": headline, "about_id": town.entry(about).id}
    values |= {"valid_until": until and until.isoformat()}
    announced(town, values, headline=headline, about=about.public_id, until=until)


def set_the_end(town: Town) -> None:
    """An emergency or a status line ends now, later, or never."""
    found = [one for one in town.truths.values() if one.public and not one.dates and (one.emergency or one.headline)]
    if not found:
        raise LookupError
    truth = town.chance.choice(found)
    until = town.chance.choice([None, town.at, town.at + timedelta(minutes=town.chance.randint(1, 9000))])
    with changing(town, truth):
        values = {"valid_until": until and until.isoformat()}
        town.hands.save(truth, values)
        truth.until = until
        truth.expired = truth.over(town.at)


def change_the_line(town: Town) -> None:
    """A status line says something else, or nothing."""
    found = [one for one in town.truths.values() if one.public and one.about]
    if not found:
        raise LookupError
    truth = town.chance.choice(found)
    with changing(town, truth):
        truth.headline = town.chance.choice(["", f"開花{truth.number}{town.at:%H%M%S}"])
        town.hands.save(truth, {"headline": truth.headline})


TOWNWIDE: list[Act] = [*[many] * 3, raise_the_alarm, *[report_a_status] * 2, *[set_the_end] * 2, change_the_line]
