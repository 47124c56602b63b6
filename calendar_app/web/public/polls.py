"""The question of a department on an entry's page: a reader presses an answer, without account, cookie or script.

The page of the entry stays the same for everybody. A press is a POST of its own; the page after it shows the sums, if the department shows them.
"""

from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Event, Poll, PollChoice
from calendar_app.feedback import polls, reactions
from calendar_app.web import config, csrf, page, session, shown, today
from calendar_app.web.cross_site import from_another_site
from calendar_app.web.forms.fields import whole
from calendar_app.web.public.reactions import FORM_BYTES, count_press

bp = Blueprint("polls", __name__)


def register(app: Flask) -> None:
    csrf.exempt(bp)  # there is no cookie that a forged form could use; `from_another_site` refuses the others
    app.register_blueprint(bp)
    app.jinja_env.globals.update(poll_of=lambda entry: polls.current(session, entry))


@bp.route("/<any(events, announcements):kinds>/<public_id>/poll", methods=["GET", "POST"])
def answer(kinds: str, public_id: str) -> Any:
    """Count a reader's answer to the question on an entry's page; show the sums, if they are public.

    Raises NotFound for an entry that was never public or asks nothing, Gone for a withdrawn entry, BadRequest for an unknown answer.
    """
    entry = shown(Event if kinds == "events" else Announcement, public_id)
    poll = polls.current(session, entry) or abort(404)
    if request.method == "POST" and not from_another_site():
        request.max_content_length = request.max_form_memory_size = FORM_BYTES
        chosen = request.form.get("choice", 0, whole)
        choice = next((each for each in poll.choices if each.id == chosen), None) or abort(400)
        return _page(poll, "counted" if _count(poll, choice) else "many")
    if poll.sums_public and request.method == "GET":
        return _page(poll, "")
    return redirect(url_for(f"pages.{entry.kind}", public_id=public_id, _anchor="poll"), 303)


def _count(poll: Poll, choice: PollChoice) -> bool:
    def store(writing: Session, network: str) -> None:
        ours, theirs = writing.get_one(Poll, poll.id), writing.get_one(PollChoice, choice.id, with_for_update=True)
        person = network, request.user_agent.string, today()
        mark = reactions.mark_of(config.secret_key, ours.entry, *person, about=f"poll {ours.id}")
        polls.choose(writing, ours, theirs, mark, day=today())

    return count_press(store)


def _page(poll: Poll, result: str) -> Response:
    messages = {
        "": gettext("What people answered"),
        "counted": gettext("Counted. Thank you!"),
        "many": gettext("Too many presses have come from your connection. Please try again later."),
    }
    session.rollback()  # the numbers after the press
    message, asked = messages[result], session.get_one(Poll, poll.id)
    answer = page("public/answered.html", poll=asked, entry=asked.entry, message=message, addresses=None)
    answer.status_code = 429 if result == "many" else 200
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
