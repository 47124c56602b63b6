"""The questions of citizens at the desk: assign, answer, forward and publish them on the page of the entry."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Department, Entry, Feedback, User
from calendar_app.delivery import reply_mail
from calendar_app.entries import permissions, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import answers, inbox, similar, statistics
from calendar_app.feedback.statistics import ResponseTimes, WaitingCount
from calendar_app.text import languages
from calendar_app.web import config, current_user, now, session
from calendar_app.web.forms.fields import whole

bp = Blueprint("questions", __name__, url_prefix="/staff/questions")

ON_DESK = 5
THANKED = timedelta(days=7)
SETTLED = {"close": "closed", "spam": "spam", "reopen": "waiting"}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        asked_now=asked_now,
        asked_on_desk=asked_on_desk,
        asked_about=asked_about,
        answering=answering,
        age=age,
        asked_in_words=asked_now_in_words,
    )


@bp.get("")
def everything() -> str:
    """List citizens' questions by state, of the own department or of all."""
    wanted = request.args.get("show", "waiting")
    chosen = wanted if wanted in statistics.SHOWN else "waiting"
    home = None if request.args.get("of") == "all" else _home()
    start = min(max(request.args.get("start", 0, whole), 0), 100_000)
    questions = statistics.list_page(session, chosen, current_user, home, start)
    return render_template(
        "staff/questions.html",
        questions=questions[: statistics.PAGE],
        chosen=chosen,
        home=_home(),
        everybody=home is None,
        start=start,
        later=start + statistics.PAGE if len(questions) > statistics.PAGE else 0,
        earlier=max(start - statistics.PAGE, 0) if start else None,
        now=now(),
    )


@bp.get("/waiting.json")
def count() -> AnyResponse:
    """Return the number of waiting questions as JSON; 304 while it is unchanged."""
    waiting = asked_now()
    answer = jsonify(waiting=waiting.number, late=waiting.late, text=_in_words(waiting))
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    return answer.make_conditional(request)


@bp.get("/<int:number>")
def show(number: int) -> str:
    """Show one question.

    Raises NotFound for an unknown question.
    """
    return _page(_feedback(number), {})


@bp.post("/<int:number>/<any(answer, take, give_back, pass, close, spam, reopen, comment, publish, withdraw):verb>")
def act(number: int, verb: str) -> Any:
    """Answer, assign, close, forward or publish one question; a refused action keeps its text.

    Raises NotFound for an unknown question, Forbidden when another department answers it (anybody may comment).
    """
    feedback = _feedback(number)
    if verb != "comment" and not permissions.may(current_user, "edit", feedback):
        abort(403)
    typed = {name: request.form.get(name, "") for name in ("text", "question", "answer", "comment", "reason")}
    try:
        revisions.lock(session)
        if verb not in ("comment", "give_back", "withdraw"):
            inbox.check_version(feedback, request.form.get("version", 0, whole))
        _do(feedback, verb, typed)
        session.commit()
    except (inbox.Overtaken, StaleDataError):
        session.rollback()
        return _page(_feedback(number), typed, overtaken=True), 409
    except Invalid as error:
        session.rollback()
        return _page(_feedback(number), typed, wrong=verb, errors=error.errors), 422
    flash(_message(feedback, verb))
    return redirect(url_for("questions.show", number=number), 303)


def _do(feedback: Feedback, verb: str, typed: dict[str, str]) -> None:
    actor_and_time: dict[str, Any] = {"actor": _me(), "at": now()}
    match verb:
        case "answer":
            chosen = request.form.getlist("also")
            also = [each for each in similar.asking_the_same(session, feedback) if str(each.id) in chosen]
            for each in [feedback, *also]:
                inbox.answer(session, each, typed["text"], **actor_and_time)
                reply_mail.queue(session, each, config, at=actor_and_time["at"])
        case "take" | "give_back":
            inbox.assign(session, feedback, give_back=verb == "give_back", **actor_and_time)
        case "pass":
            to = session.get(Department, request.form.get("department", 0, whole))
            if to is None:
                raise Invalid(department="required")
            inbox.pass_on(session, feedback, to, typed["reason"], **actor_and_time)
        case "comment":
            inbox.comment(session, feedback, typed["comment"], **actor_and_time)
        case "publish" | "withdraw":
            _show(feedback, verb, typed, actor_and_time)
        case _:
            inbox.set_state(session, feedback, SETTLED[verb], **actor_and_time)


def _show(feedback: Feedback, verb: str, typed: dict[str, str], actor_and_time: dict[str, Any]) -> None:
    """Publish the answer on the page of the entry, or withdraw it; 403 unless this person may edit the entry. It can be undone."""
    if feedback.entry is None or not permissions.may(current_user, "edit", feedback.entry):
        abort(403)
    with revisions.one_act(session):
        if verb == "publish":
            answers.publish(session, feedback, typed["question"], typed["answer"], **actor_and_time)
        else:
            answers.withdraw(session, feedback, **actor_and_time)


def _message(feedback: Feedback, verb: str) -> str:
    if verb == "answer":
        sent = feedback.email and config.mail_server
        return str(
            gettext("Answered and sent by email.")
            if sent
            else gettext("Answered. The person who asked sees it on their own page.")
        )
    messages = {
        "take": gettext("You answer this."),
        "give_back": gettext("Released: anyone can answer it now."),
        "pass": gettext("Forwarded."),
        "close": gettext("Marked as “No answer needed”."),
        "spam": gettext("Marked as spam."),
        "reopen": gettext("It is waiting for an answer again."),
        "comment": gettext("Your comment was added. Only colleagues can see it."),
        "publish": gettext("The question and its answer are now on the page."),
        "withdraw": gettext("Removed from the page."),
    }
    return str(messages[verb])


def _page(
    feedback: Feedback, typed: dict[str, str], wrong: str = "", errors: Any = None, overtaken: bool = False
) -> str:
    mine = permissions.may(current_user, "edit", feedback)
    return render_template(
        "staff/question.html",
        question=feedback,
        mine=mine,
        shows=mine and feedback.entry is not None and permissions.may(current_user, "edit", feedback.entry),
        typed=typed,
        wrong=wrong,
        errors=errors or {},
        overtaken=overtaken,
        departments=session.scalars(select(Department).order_by(Department.id)).all() if mine else [],
        suggested=_suggested(feedback) if mine else "",
        same=similar.asking_the_same(session, feedback) if mine and feedback.state == "waiting" else [],
        earlier=similar.earlier_answers(session, feedback) if mine else [],
        now=now(),
    )


CORRECTED = {
    "ja": "お知らせいただき、ありがとうございました。ご指摘のとおり訂正しました。",
    "en": "Thank you for telling us. We have corrected it.",
}


def _suggested(feedback: Feedback) -> str:
    """The suggested answer: an earlier one that was chosen, or the one after a correction of the entry; "" otherwise."""
    if chosen := request.args.get("earlier", 0, int):
        return next((each.answer for each in similar.earlier_answers(session, feedback) if each.id == chosen), "")
    if request.args.get("told") != "corrected":
        return ""
    return CORRECTED[languages.nearest(feedback.lang, CORRECTED, "en")]


@bp.post("/reply-days/<int:number>")
def reply_days(number: int) -> AnyResponse:
    """Set within how many working days a department answers (its head or an administrator).

    Raises NotFound for an unknown department, Forbidden when this person does not lead it.
    """
    department = session.get(Department, number) or abort(404)
    if not permissions.may(current_user, "lead", department):
        abort(403)
    days = request.form.get("days", 0, whole)
    if 1 <= days <= 30:
        department.reply_days = days
        options: dict[str, Any] = {
            "actor": _me(),
            "at": now(),
            "public": False,
            "shot": {"values": {"reply_days": days}},
        }
        revisions.append(session, "changed", department, **options)
        session.commit()
        flash(gettext("Saved."))
    else:
        flash(gettext("Please enter 1 to 30 working days."))
    return redirect(url_for("venues_departments_tags.departments"), 303)


def asked_now() -> WaitingCount:
    """The number of questions that wait for this person or department, and how many are overdue."""
    return statistics.count_waiting(session, _home(), now())


def asked_now_in_words() -> str:
    """How many questions wait for this person or department, in words; "" for none."""
    return _in_words(asked_now())


def asked_on_desk() -> dict[str, Any]:
    """The waiting questions for the desk, oldest first, and the number of thanks this week."""
    at, home = now(), _home()
    return {
        "questions": statistics.oldest_waiting(session, home, ON_DESK),
        "waiting": statistics.count_waiting(session, home, at),
        "thanks": statistics.count_thanks(session, home, at - THANKED),
        "now": at,
    }


def asked_about(entry: Entry) -> list[Feedback]:
    """The waiting questions about an entry, when this person may edit it."""
    return statistics.waiting_about(session, entry) if permissions.may(current_user, "edit", entry) else []


def answering() -> list[ResponseTimes]:
    """The response times of the departments that have questions."""
    return [row for row in statistics.response_times(session, now()) if row.waiting.number or row.answered]


def age(spent: timedelta) -> str:
    """A duration in words with one unit: minutes, hours below two days, or days."""
    minutes = max(int(spent.total_seconds() // 60), 1)
    if minutes < 60:
        return str(gettext("%(count)s min", count=minutes))
    if minutes < 48 * 60:
        return str(gettext("%(count)s hr", count=minutes // 60))
    return str(ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60)))


def _in_words(waiting: WaitingCount) -> str:
    if not waiting.number:
        return ""
    text = gettext("Questions waiting: %(count)s", count=waiting.number)
    late = gettext("(%(count)s overdue)", count=waiting.late) if waiting.late else ""
    return f"{text}{late}"


def _feedback(number: int) -> Feedback:
    return session.get(Feedback, number) or abort(404)


def _me() -> User:
    return session.get_one(User, current_user.id)


def _home() -> Department | None:
    """The department whose questions this person sees; None for an administrator, who sees all."""
    return None if current_user.role == "admin" else current_user.department
