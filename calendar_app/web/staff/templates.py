"""The templates of a department at the staff desk: choose, rename, change and remove them. Each change can be undone."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.dates import next_edition, rrule_text
from calendar_app.db.models import Department, Entry, Template
from calendar_app.entries import permissions, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.listings import queries
from calendar_app.staff import templates, undo
from calendar_app.staff.suggestions import habits_of
from calendar_app.web import config, current_user, lang, now, session, today

bp = Blueprint("templates", __name__, url_prefix="/staff/templates")

SUGGESTED = 4
CITY = "city"  # in the list of departments


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(templates_of=offered, template_suggestions=suggestions, template_refusal=refusal)


@bp.get("")
def every() -> str:
    """List the templates, most used first, and repeated entries that have none."""
    offered_templates = offered()
    return render_template(
        "staff/templates.html",
        templates=offered_templates,
        mine={template.id for template in offered_templates if permissions.may(current_user, "edit", template)},
        uses=templates.count_uses(session, now()),
        days={template.id: templates.next_form(session, template, today()).day for template in offered_templates},
        suggested=[
            suggestion for kind in ("event", "announcement") for suggestion in suggestions(kind, offered_templates)
        ],
        say_rule=_say_rule,
    )


@bp.post("")
def keep() -> AnyResponse:
    """Save an entry as a template of one's own department.

    Raises NotFound for an unknown entry.
    """
    entry = queries.by_public_id(session, Entry, request.form.get("entry", "")) or abort(404)
    home = current_user.department_id or entry.department_id
    values = revisions.values(entry) | {"department_id": home}
    with revisions.one_act(session) as act:
        try:
            template = templates.save_template(
                session, entry.title, entry.kind, values, home, actor=current_user, at=now()
            )
        except Invalid as error:
            session.rollback()
            flash(refusal(error.errors["name"]))
            return redirect(url_for("templates.every"), 303)
    session.commit()
    return redirect(url_for("templates.show", number=template.id, act=act), 303)


@bp.route("/<int:number>", methods=["GET", "POST"])
def show(number: int) -> Any:
    """Show and change one template: its content, pattern, name and department.

    Raises NotFound for an unknown template or department, Forbidden when this person may not edit the template.
    """
    template = templates.find(session, current_user, number) or abort(404)
    if request.method == "POST":
        act = _changed(template, _typed(template))
        if act is not None:
            return redirect(url_for("templates.every", act=act), 303)
    return _page(template), 422 if request.method == "POST" else 200


@bp.post("/<int:number>/remove")
def remove(number: int) -> AnyResponse:
    """Remove one template.

    Raises NotFound for an unknown template, Forbidden when this person may not edit it.
    """
    template = templates.find(session, current_user, number) or abort(404)
    act = _changed(template, {"removed": True})
    return redirect(url_for("templates.every", act=act), 303)


def offered(*kinds: str) -> list[Template]:
    """The templates that this person may use, for the desk and the form."""
    return templates.templates_for(session, current_user, *kinds, at=now())


def suggestions(kind: str, known: list[Template]) -> list[Entry]:
    """Entries that are often posted and have no template yet."""
    often = habits_of(session, current_user, kind).often
    return templates.template_candidates(often, known)[:SUGGESTED]


def refusal(code: str) -> str:
    """The reason why a template was not saved, in words."""
    if code == "required":
        return str(gettext("Please enter a name or a title."))
    return str(gettext("The list of templates is full. Please remove one first."))


def _changed(template: Template, values: dict[str, Any]) -> str | None:
    """The name of the act that changed the template; "" without a difference, None when the values were refused."""
    if not permissions.may(current_user, "edit", template):
        abort(403)
    with revisions.one_act(session) as act:
        try:
            changed = templates.change(session, template, values, actor=current_user, at=now())
        except Invalid as error:
            session.rollback()
            unknown = gettext("Please choose how the next date is set.")
            flash(refusal("required") if "name" in error.errors else unknown)
            return None
    session.commit()
    return act if changed else ""


def _typed(template: Template) -> dict[str, Any]:
    name = request.form.get("name", "").strip()[: templates.NAME]
    values: dict[str, Any] = {"name": name, "pattern": request.form.get("pattern", template.pattern)}
    home = request.form.get("department", "")
    if permissions.may(current_user, "manage_site") and home:
        number = None if home == CITY else int(home) if home.isdecimal() and len(home) < 10 else 0
        if number is not None and session.get(Department, number) is None:
            abort(404)
        values["department_id"] = number
    return values


def _page(template: Template) -> str:
    rules = next_edition.returning(template.values) if template.kind == "event" and template.values.get("start") else []
    manages = permissions.may(current_user, "manage_site")
    return render_template(
        "staff/template.html",
        template=template,
        mine=permissions.may(current_user, "edit", template),
        photos=templates.shown_photos(template),
        rules=list(dict.fromkeys([*([template.pattern] if template.pattern else []), *rules])),
        day=templates.next_form(session, template, today()).day,
        departments=session.scalars(select(Department).order_by(Department.id)).all() if manages else [],
        newest=undo.newest(session, template),
        say_rule=_say_rule,
        zone=config.zone,
    )


def _say_rule(rule: str) -> str:
    return rrule_text.say(rule, lang())
