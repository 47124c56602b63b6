"""Change many ticked entries: first a preview, then one act that one button undoes."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.dates import formatting
from calendar_app.db.models import Category, Department, Entry, FormDraft, Tag, User
from calendar_app.entries import permissions
from calendar_app.staff import batch_dates, batch_entries, batch_jobs, worklist
from calendar_app.staff.batch_entries import Outlook
from calendar_app.web import current_user, now, session, today, writing
from calendar_app.web.forms.fields import lang

bp = Blueprint("batch_entries", __name__, url_prefix="/staff/entries/many")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        broken_off=broken_off, may_end=may_end, verb_words=verb_words, done_of=batch_jobs.progress
    )
    app.jinja_env.globals.update(act_address=act_address)


@bp.post("/look")
def look() -> Any:
    """Show what a batch would change, and what not and why, before anything changes."""
    verb = request.form.get("verb", "")
    entries = _entries()
    if verb not in batch_entries.VERBS or not entries:
        error = gettext("Please select at least one entry.") if not entries else gettext("Please choose what to do.")
        return _page(verb, entries, error=error), 422
    if "value" not in request.form and verb in batch_entries.TYPED:
        return _page(verb, entries)
    typed, day_error = _typed(verb)
    value = batch_entries.meant(session, verb, typed)
    if value is None or day_error:
        return _page(verb, entries, error="" if value else _wrong(verb), day_error=day_error), 422
    preview = batch_entries.outlook(session, entries, verb, value, actor=_me(), today=today())
    return _page(verb, entries, value=value, outlook=preview)


@bp.post("")
def change() -> AnyResponse:
    """Change exactly the entries that the preview listed.

    Raises BadRequest without a value or without entries.
    """
    verb = request.form.get("verb", "")
    value = batch_entries.meant(session, verb, request.form.get("value", "")) if verb in batch_entries.VERBS else None
    chosen = request.form.get("change", "").split()[: batch_entries.MOST]
    if value is None or not chosen:
        abort(400)
    me = _me()
    act = batch_jobs.start(writing, verb, chosen, {"value": value}, actor=me, at=now())
    if not batch_dates.rows(session, act):
        flash(gettext("There was nothing left to change."))
        return redirect(_back(), 303)
    return redirect(url_for("batch_dates.done", act=act), 303)


@bp.post("/<act>/rest")
def rest(act: str) -> AnyResponse:
    """Continue an interrupted batch.

    Raises Forbidden when somebody else has to end the act.
    """
    if _theirs(act):
        batch_jobs.go_on(writing, act, actor=_me(), at=now())
    return redirect(url_for("batch_dates.done", act=act), 303)


@bp.post("/<act>/drop")
def drop(act: str) -> AnyResponse:
    """Give up the rest of an interrupted batch.

    Raises Forbidden when somebody else has to end the act.
    """
    if _theirs(act):
        batch_jobs.forget(session, act)
        session.commit()
    return redirect(url_for("entry_actions.desk"), 303)


def _typed(verb: str) -> tuple[str, str]:
    """The typed value, and what is wrong with the new day of a postponement ("": nothing).

    The new day stands before the reason, as `batch_entries.postponement` reads it.
    """
    value, typed = request.form.get("value", ""), request.form.get("day", "").strip()
    if verb != "postpone" or not typed:
        return value, ""
    try:
        day = formatting.parse_date(typed, today())
    except formatting.BadDate as error:
        return value, formatting.message(error, lang())
    return f"{day:%Y-%m-%d} {value}", str(gettext("This day has passed.")) if day < today() else ""


def _theirs(act: str) -> bool:
    """Tell whether a part of the batch remains; 403 with an explanation for a person who may not decide about it."""
    plan = batch_jobs.broken_off(session, act)
    if plan and not may_end(plan):
        abort(403, "not_your_act")
    return plan is not None


def may_end(plan: FormDraft) -> bool:
    """Whether this person may finish or drop the rest of a batch: who began it, the head of that person's department, or an
    administrator."""
    began = session.get_one(User, plan.user_id)
    return bool(plan.user_id == current_user.id or permissions.may(current_user, "lead", began))


def broken_off() -> list[FormDraft]:
    """The interrupted batches of this person, for the desk."""
    return batch_jobs.of(session, _me())


def act_address(plan: FormDraft) -> str:
    """The address of the page of an interrupted batch; for an interrupted undo, that of the batch it undoes."""
    return url_for("batch_dates.done", act=plan.fields["given"].get("act", plan.key))


def verb_words() -> dict[str, str]:
    """The labels of the buttons, by the name of the act."""
    return {
        "tag": gettext("Add a tag"),
        "untag": gettext("Remove a tag"),
        "department": gettext("Move to another department"),
        "category": gettext("Change the category"),
        "publish": gettext("Publish drafts"),
        "unschedule": gettext("Back to draft"),
        "cancel": gettext("Cancel events"),
        "postpone": gettext("Postpone events"),
        "withdraw": gettext("Withdraw"),
        "restore": gettext("Restore"),
        "dates": gettext("Cancel many dates"),
        "undo": gettext("Undo"),
    }


def _entries() -> list[Entry]:
    """The chosen entries: the ticked ones, all on the page, or all results of the list."""
    match request.form.get("scope", ""):
        case "found":
            query = MultiDict(_pairs(request.form.get("query", "")))
            worklist_query = worklist.read_query(session, query.to_dict(flat=False))
            chosen = worklist.public_ids(session, worklist_query, _me(), today(), batch_entries.MOST)
        case "page":
            chosen = request.form.get("shown", "").split()
        case _:
            chosen = request.form.getlist("entry") + request.form.get("chosen", "").split()
    chosen = list(dict.fromkeys(chosen))[: batch_entries.MOST]
    known = {entry.public_id: entry for entry in session.scalars(select(Entry).where(Entry.public_id.in_(chosen)))}
    return [known[public_id] for public_id in chosen if public_id in known]


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, max_num_fields=100)


def _page(
    verb: str,
    entries: list[Entry],
    value: str = "",
    outlook: Outlook | None = None,
    error: str = "",
    day_error: str = "",
) -> str:
    day, reason = batch_entries.postponement(value)
    return render_template(
        "staff/many.html",
        verb=verb,
        entries=entries,
        value=value,
        outlook=outlook,
        error=error,
        day_error=day_error,
        day=day,
        reason=reason,
        needs_value=verb in batch_entries.TYPED,
        may_be_empty=verb in batch_entries.MAY_BE_EMPTY,
        back=_back(),
        query=request.form.get("query", ""),
        left_words=left_words(),
        offered=_offered(verb, entries),
        tags=session.scalars(select(Tag.name).order_by(Tag.name)).all() if verb == "tag" else [],
    )


def _offered(verb: str, entries: list[Entry]) -> list[tuple[Any, str]]:
    """The values that a person can choose for an act, with their labels."""
    match verb:
        case "untag":
            return [(name, name) for name in sorted({tag.name for entry in entries for tag in entry.tags})]
        case "department":
            departments = session.scalars(select(Department).order_by(Department.id))
            return [
                (department.id, department.name)
                for department in departments
                if permissions.may(_me(), "post", batch_entries.Home(department.id))
            ]
        case "category":
            return [
                (category.id, category.name) for category in session.scalars(select(Category).order_by(Category.id))
            ]
        case _:
            return []


def _back() -> str:
    query = request.form.get("query", "")
    return url_for("worklist.every") + (f"?{iri_to_uri(query)}" if query else "")


def _wrong(verb: str) -> str:
    match verb:
        case "cancel" | "postpone":
            return str(gettext("Please give a reason: people who plan to come will read it."))
        case "tag" | "untag":
            return str(gettext("Please enter a tag of letters and numbers."))
        case _:
            return str(gettext("Please choose one."))


def left_words() -> dict[str, str]:
    """The reasons for leaving an entry out, in words, by their code."""
    return {
        "rights": gettext("of another department (you cannot change it)"),
        "withdrawn": gettext("withdrawn"),
        "announcement": gettext("announcements, not events"),
        "same": gettext("already in this state"),
        "without": gettext("they do not have this tag"),
        "target": gettext("you are not allowed to post for that department"),
        "scheduled": gettext("scheduled: published automatically"),
        "public": gettext("already public"),
        "not_scheduled": gettext("no publication scheduled"),
        "not_public": gettext("not public yet"),
        "cancelled": gettext("already cancelled"),
        "series": gettext("series: change their dates one by one"),
        "over": gettext("already over"),
        "going": gettext("neither withdrawn nor cancelled"),
    }


def _me() -> User:
    return session.get_one(User, current_user.id)
