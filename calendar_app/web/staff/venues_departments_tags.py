"""Venues, departments and tags at the staff desk, and the photos of drafts."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from calendar_app.db.models import Department, Entry, Revision, Tag, User, Venue
from calendar_app.entries import permissions, photos, publishing, revisions, search_index
from calendar_app.listings import renames
from calendar_app.staff import undo
from calendar_app.text import facilities, normalize
from calendar_app.web import config, current_user, now, session
from calendar_app.web.forms.fields import whole

LONGEST = 2000
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)

bp = Blueprint("venues_departments_tags", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(venue_use=venue_use, venue_undo=venue_undo, administrators=administrators)


@bp.route("/venues", methods=["GET", "POST"])
def venues() -> Any:
    """List the venues, and save one; a new name appears in every calendar that shows the venue.

    A venue is changed by its department, a venue of the city by an administrator. A new one belongs to whoever adds it.

    Raises NotFound for an unknown venue, Forbidden when this person may not change it.
    """
    opened = _opened(Venue)
    if request.method == "POST":
        if opened and not permissions.may(current_user, "edit", opened):
            abort(403)
        texts = ("name", "name_en", "address", "access", "facilities_note")
        venue = opened or Venue(department_id=None if _everywhere() else current_user.department_id)
        if _save(Venue, venue, texts, boxes=("outdoor",)):
            return redirect(url_for("venues_departments_tags.venues", open=venue.id, _anchor="opened"), 303)
    rows = session.scalars(select(Venue).options(joinedload(Venue.department)).order_by(Venue.name)).all()
    owners = session.scalars(select(Department).order_by(Department.id)).all() if opened and _everywhere() else []
    return _page("venues", rows, opened, _names_of_place, departments=owners)


@bp.route("/departments", methods=["GET", "POST"])
def departments() -> Any:
    """List the departments; administrators can change them.

    Raises Forbidden when anybody but an administrator posts, NotFound for an unknown department.
    """
    opened = _opened(Department)
    if request.method == "POST":
        department = (opened or abort(404)) if _everywhere() else abort(403)
        if _moved(department) and _save(Department, department, ("name", "name_en", "contact", "hours")):
            return redirect(url_for("venues_departments_tags.departments", open=department.id, _anchor="opened"), 303)
    rows = session.scalars(select(Department).order_by(Department.id)).all()
    return _page("departments", rows, opened, lambda row: f"{row.name} {row.name_en} {row.slug}")


def _moved(department: Department) -> bool:
    """Give the page of a department the new address in the form, if there is one."""
    slug = request.form.get("slug", department.slug).strip().lower()
    same_slug = select(Department.id).where(Department.slug == slug, Department.id != department.id)
    if not SLUG.fullmatch(slug) or session.scalar(same_slug):
        flash(gettext("The address must consist of lower-case letters, digits and hyphens, and must not be in use."))
        return False
    renames.move_department(session, department, slug, actor=current_user, at=now())
    return True


@bp.route("/tags", methods=["GET", "POST"])
def tags() -> Any:
    """List the tags and their use; renaming a tag to an existing name merges the two.

    Raises Forbidden when anybody but an administrator posts, NotFound for an unknown tag.
    """
    opened = _opened(Tag)
    if request.method == "POST":
        tag = (opened or abort(404)) if _everywhere() else abort(403)
        try:
            renames.rename_tag(session, tag, request.form.get("name", ""), actor=current_user, at=now())
        except ValueError:
            flash(gettext("It needs a name of its own."))
        else:
            session.commit()
            flash(gettext("Saved."))
        return redirect(url_for("venues_departments_tags.tags"), 303)
    return _page("tags", renames.tags_in_use(session), opened, lambda row: row[0].name)


def _page(name: str, rows: Sequence[Any], opened: Any, words: Callable[[Any], str], **more: Any) -> Any:
    """The list of rows whose words contain the typed ones, with the opened row's form. 422 when a form was refused."""
    typed = request.args.get("q", "")[:100]
    found = [row for row in rows if normalize.fold(typed) in normalize.fold(words(row))]
    more |= {"rows": found, "all": len(rows), "opened": opened, "q": typed, "mine": _everywhere()}
    return render_template(f"staff/{name}.html", **more), 422 if request.method == "POST" else 200


def _names_of_place(venue: Venue) -> str:
    return f"{venue.name} {venue.name_en} {venue.address}"


def _everywhere() -> bool:
    """Tell whether this person manages the settings of the whole city."""
    return permissions.may(current_user, "manage_site")


def _opened(model: Any) -> Any:
    """The row that the form or the address names; None without a number.

    Raises NotFound for an unknown row.
    """
    typed, name = (request.form, "id") if request.method == "POST" else (request.args, "open")
    return (session.get(model, typed.get(name, 0, whole)) or abort(404)) if typed.get(name) else None


def venue_use(venue: Venue) -> list[tuple[Department, int]]:
    """The departments with public entries at a venue, each with their number, most first."""
    count = func.count(Entry.id)
    used = select(Department, count).join(Entry, Entry.department_id == Department.id).group_by(Department.id)
    public = used.where(Entry.state == "published", search_index.entries_showing(venue)).order_by(count.desc())
    return [(department, number) for department, number in session.execute(public)]


def venue_undo(venue: Venue) -> Revision | None:
    """The newest change of a venue, if it can still be undone."""
    return undo.newest(session, venue)


def administrators() -> list[User]:
    """The people who answer for what belongs to the whole city."""
    return list(session.scalars(select(User).where(User.active, User.role == "admin").order_by(User.id)))


def _save(model: Any, row: Any, fields: tuple[str, ...], boxes: tuple[str, ...] = ()) -> bool:
    """Save the texts and boxes of the form. Return False when the name is empty or used already."""
    limits = {field: getattr(model, field).type.length or LONGEST for field in fields}
    values: dict[str, Any] = {
        field: request.form[field].strip()[: limits[field]] for field in fields if field in request.form
    }
    name = values.get("name", "")
    if not name or session.scalar(select(model.id).where(model.name == name, model.id != (row.id or 0))):
        flash(gettext("It needs a name of its own."))
        return False
    values |= {box: box in request.form for box in boxes}
    if model is Venue:
        values["facilities"] = _facilities(row.facilities or {})
    if _everywhere() and model is Venue and "of" in request.form:
        values["department_id"] = getattr(session.get(Department, request.form.get("of", 0, whole)), "id", None)
    with revisions.one_act(session):
        publishing.save_reference(session, row, values, actor=current_user, at=now())
    session.commit()
    flash(gettext("Saved."))
    return True


def _facilities(was: facilities.Known) -> facilities.Known:
    """The facilities chosen in the form; those that the form does not contain stay unchanged."""
    typed = {code: request.form.get(f"has_{code}") for code in facilities.OF_PLACE}
    unasked = {code: there for code, there in was.items() if typed.get(code) is None}
    return facilities.cleaned(unasked | {code: answer == "yes" for code, answer in typed.items() if answer})


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """Send a photo to staff, published or not.

    Raises NotFound for an unknown photo.
    """
    path = photos.path_of(config.photos, name)
    if path is None or not path.exists():
        abort(404)
    return send_file(path, max_age=3600)
