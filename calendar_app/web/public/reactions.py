"""Buttons with which readers react to an entry, without account, cookie or script.

The page of the entry stays the same for everybody, so it is kept as before. A press is a POST of its own, which answers with a page of thanks
and the way to take it back; with a script the reader stays on the page.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from calendar_app.db.engine import write_session
from calendar_app.db.models import Announcement, Entry, Event
from calendar_app.feedback import inbox, reactions
from calendar_app.web import config, csrf, now, page, rate_limit, session, shown, today
from calendar_app.web.cross_site import from_another_site
from calendar_app.web.public.feedback import sender

bp = Blueprint("reactions", __name__)

PER_HOUR = 60  # presses from one network; a household or an office shares one
FORM_BYTES = 4 * 1024


class Button(NamedTuple):
    """A reaction that a page offers. `shown`: the number that the page shows, 0 below the first step."""

    kind: str
    label: str
    shown: int


def register(app: Flask) -> None:
    csrf.exempt(bp)  # there is no cookie that a forged form could use; `from_another_site` refuses the others
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        reaction_buttons=reaction_buttons,
        reaction_labels=labels,
        reactions_so_far=lambda entry: reactions.counted(session, entry),
    )


def labels() -> dict[str, str]:
    """The words of every reaction."""
    return {
        "want": gettext("I want to go"),
        "went": gettext("I went"),
        "thanks": gettext("Thank you"),
        "useful": gettext("This was useful"),
    }


def reaction_buttons(entry: Entry) -> list[Button]:
    """The reactions that the page of an entry offers today."""
    numbers = reactions.shown(session, entry) if config.reactions else {}
    words = labels()
    kinds = reactions.offered(entry, config.reactions, today())
    return [Button(kind, words[kind], numbers.get(kind, 0)) for kind in kinds]


@bp.route("/<any(events, announcements):kinds>/<public_id>/react", methods=["GET", "POST"])
def react(kinds: str, public_id: str) -> Any:
    """Count a reaction, or take it back on the same day. Opened as a page, it leads to the entry.

    Raises NotFound for an entry that was never public or takes no reactions, Gone for a withdrawn entry, BadRequest for an unknown reaction.
    """
    entry = shown(Event if kinds == "events" else Announcement, public_id)
    if not config.reactions:
        abort(404)
    back_to = url_for(f"pages.{entry.kind}", public_id=public_id, _anchor="reactions")
    if request.method == "GET" or from_another_site():
        return redirect(back_to, 303)
    request.max_content_length = request.max_form_memory_size = FORM_BYTES
    kind, taking_back = request.form.get("kind", ""), "back" in request.form
    if kind not in reactions.offered(entry, config.reactions, today()):
        abort(400)
    accepted = _count(entry, kind, taking_back)
    return _answer(entry, kind, "many" if not accepted else "back" if taking_back else "counted")


def _count(entry: Entry, kind: str, taking_back: bool) -> bool:
    def store(writing: Session, network: str) -> None:
        mark = reactions.mark_of(config.secret_key, entry, network, request.user_agent.string, today())
        _store(writing, writing.get_one(Entry, entry.id), kind, mark, taking_back)

    return count_press(store)


def count_press(store: Callable[[Session, str], None]) -> bool:
    """Let `store` record a press in a transaction, by the hash of the sender's network; False when too many came from this network."""
    network = sender(request.remote_addr or "", config.secret_key)
    buckets = {f"{inbox.NOBODY}react {network}": PER_HOUR}
    if rate_limit.full(session, buckets, at=now()):
        return False
    with write_session(current_app.extensions["calendar_engine"]) as writing:
        accepted = rate_limit.allow(writing, buckets, at=now())
        if accepted:
            store(writing, network)
        writing.commit()
    return accepted


def _store(writing: Session, entry: Entry, kind: str, mark: str, taking_back: bool) -> None:
    verb = reactions.take_back if taking_back else reactions.add
    verb(writing, entry, kind, mark, day=today(), at=now())


def _answer(entry: Entry, kind: str, result: str) -> Response:
    """The page after a press, or the result as JSON for the page's script."""
    messages = {
        "counted": gettext("Counted. Thank you!"),
        "back": gettext("Taken back."),
        "many": gettext("Too many presses have come from your connection. Please try again later."),
    }
    if request.accept_mimetypes.best == "application/json":
        answer = jsonify(result=result, text=messages[result])
    else:
        answer = page(
            "public/reacted.html", entry=entry, kind=kind, result=result, message=messages[result], addresses=None
        )
    answer.status_code = 429 if result == "many" else 200
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
