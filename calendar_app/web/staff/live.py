"""The live desk: what has just happened, without a reload. `web.pulse` says that something has, these views say what."""

from datetime import datetime, time

from flask import Blueprint, Flask, jsonify, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db import desk_signals
from calendar_app.db.models import Delivery, Department, Entry, Feedback, FormDraft, Poll, User
from calendar_app.delivery import channels
from calendar_app.delivery.fediverse import people
from calendar_app.staff import live
from calendar_app.text import languages
from calendar_app.web import config, current_user, lang, now, pulse, session, today
from calendar_app.web.public import reactions
from calendar_app.web.staff import questions

bp = Blueprint("live", __name__, url_prefix="/staff")

TEXT = 60  # letters of a message that a line shows


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        live_lines=lines,
        fediverse_labels=fediverse_labels,
        fediverse_so_far=lambda entry: people.reactions(session, entry),
        editing_beside=beside,
        pulse_address=pulse_address,
        pulse_number=pulse_number,
    )


@bp.get("/live.json")
def show() -> AnyResponse:
    """Return what has just happened, as lines of text with addresses, how many questions wait, and who else edits the entry `beside`."""
    waiting = questions.asked_now_in_words()
    answer = jsonify(text=waiting, lines=lines(), beside=beside(request.args.get("beside", "")))
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def lines() -> list[dict[str, str]]:
    """What has just happened in this person's department, or in all for an administrator. `key` names a line for good."""
    home, at = _home(), now()
    midnight = datetime.combine(today(), time(), config.zone)
    shown = [name for name, channel in channels.every().items() if channel.at_desk]
    return [
        *(_editing(person, entry) for person, entry in live.editing(session, home, current_user, at)),
        *(_failed(delivery) for delivery in live.failed(session, home, shown, at)),
        *(_received(feedback) for feedback in live.received(session, home, at)),
        *(_answered(poll) for poll in live.answered(session, home, today())),
        *(_reacted(entry, numbers) for entry, numbers in live.reacted(session, home, today())),
        *(_in_fediverse(entry, numbers) for entry, numbers in live.in_fediverse(session, home, midnight)),
    ]


def beside(public_id: str) -> str:
    """Who else edits an entry, in words; "" if nobody does."""
    names = [
        person.name
        for person, entry in live.editing(session, None, current_user, now())
        if entry.public_id == public_id
    ]
    return str(gettext("%(names)s is editing this, too.", names="、".join(names))) if names else ""


def pulse_address() -> str:
    """The address at which this person's desk asks whether something has happened."""
    home = _home()
    return pulse.address(config.secret_key, home.id if home else None)


def pulse_number() -> int:
    """The number that the address gives now."""
    home = _home()
    return pulse.number(desk_signals.numbers(session), str(home.id) if home else pulse.ALL)


def signal_editing(draft: FormDraft | None, public_id: str) -> None:
    """Let the desks of an entry's department know that somebody begins to edit it. `draft` is the form as it was kept before."""
    if draft and draft.updated_at > now() - live.AT_WORK:
        return
    department_id = session.scalar(select(Entry.department_id).where(Entry.public_id == public_id))
    if department_id:
        desk_signals.raise_signal(session, department_id)


def _editing(person: User, entry: Entry) -> dict[str, str]:
    text = gettext("%(name)s is editing: %(title)s", name=person.name, title=entry.title)
    return _line(f"editing {person.id} {entry.id}", text, url_for("entry_actions.done", public_id=entry.public_id))


def _failed(delivery: Delivery) -> dict[str, str]:
    text = gettext("Not sent: %(channel)s", channel=delivery.receiver.name or delivery.receiver.channel)
    about = f" ・ {delivery.entry.title}" if delivery.entry else ""
    to = (
        url_for("receipts.told", public_id=delivery.entry.public_id)
        if delivery.entry
        else url_for("channels.show", number=delivery.receiver_id)
    )
    return _line(f"failed {delivery.id}", f"{text}{about}", to)


def _received(feedback: Feedback) -> dict[str, str]:
    kinds = {"question": gettext("Question"), "mistake": gettext("Mistake"), "thanks": gettext("Thanks")}
    text = feedback.text if len(feedback.text) <= TEXT else f"{feedback.text[:TEXT]}…"
    about = f" ・ {feedback.entry.title}" if feedback.entry else ""
    to = url_for("questions.show", number=feedback.id)
    return _line(f"received {feedback.id}", f"{kinds[feedback.kind]}{languages.colon(lang())}{text}{about}", to)


def _reacted(entry: Entry, numbers: dict[str, int]) -> dict[str, str]:
    words = reactions.labels()
    counted = "、".join(f"{words[kind]} {number}" for kind, number in numbers.items())
    text = gettext("Today: %(reactions)s ・ %(title)s", reactions=counted, title=entry.title)
    return _line(f"reacted {entry.id}", text, url_for("entry_actions.done", public_id=entry.public_id))


def _in_fediverse(entry: Entry, numbers: dict[str, int]) -> dict[str, str]:
    said = "、".join(f"{label} {numbers[kind]}" for kind, label in fediverse_labels().items() if kind in numbers)
    text = gettext("Fediverse today: %(reactions)s ・ %(title)s", reactions=said, title=entry.title)
    return _line(f"fediverse {entry.id}", text, url_for("receipts.told", public_id=entry.public_id))


def fediverse_labels() -> dict[str, str]:
    """The words of what people of the fediverse do with an entry."""
    return {"like": gettext("Likes"), "boost": gettext("Boosts"), "reply": gettext("Replies")}


def _answered(poll: Poll) -> dict[str, str]:
    chosen = "、".join(f"{choice.text} {choice.number}" for choice in poll.choices)
    text = f"{poll.question}{languages.colon(lang())}{chosen} ・ {poll.entry.title}"
    to = url_for("entry_actions.done", public_id=poll.entry.public_id, _anchor="poll")
    return _line(f"answered {poll.id}", text, to)


def _line(key: str, text: str, address: str) -> dict[str, str]:
    return {"key": key, "text": text, "address": address}


def _home() -> Department | None:
    """The department of this desk; None for an administrator, who sees all."""
    return None if current_user.role == "admin" else current_user.department
