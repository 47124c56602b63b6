"""Venues, departments and tags at the staff desk, and the photos of drafts."""

import re
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from sqlalchemy import select

from calendar_app.db.models import Department, Tag, Venue
from calendar_app.entries import permissions, photos, publishing
from calendar_app.listings import renames
from calendar_app.text import facilities
from calendar_app.web import config, current_user, now, session
from calendar_app.web.forms.fields import whole

LONGEST = 2000
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)

bp = Blueprint("venues_departments_tags", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/venues", methods=["GET", "POST"])
def venues() -> Any:
    """List the venues; a new name appears in every calendar that shows the venue.

    Raises NotFound for an unknown venue.
    """
    texts = ("name", "name_en", "address", "access", "facilities_note")
    if request.method == "POST" and _save(Venue, _named(Venue) or Venue(), texts, boxes=("outdoor",)):
        return redirect(url_for("venues_departments_tags.venues"), 303)
    rows = session.scalars(select(Venue).order_by(Venue.name)).all()
    return render_template("staff/venues.html", venues=rows), 422 if request.method == "POST" else 200


@bp.route("/departments", methods=["GET", "POST"])
def departments() -> Any:
    """List the departments; administrators can change them.

    Raises Forbidden when anybody but an administrator posts, NotFound for an unknown department.
    """
    mine = permissions.may(current_user, "manage_site")
    if request.method == "POST":
        department = (_named(Department) or abort(404)) if mine else abort(403)
        if _moved(department) and _save(Department, department, ("name", "name_en", "contact", "hours")):
            return redirect(url_for("venues_departments_tags.departments"), 303)
    rows = session.scalars(select(Department).order_by(Department.id)).all()
    page = render_template("staff/departments.html", departments=rows, mine=mine)
    return page, 422 if request.method == "POST" else 200


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
    mine = permissions.may(current_user, "manage_site")
    if request.method == "POST":
        tag = (_named(Tag) or abort(404)) if mine else abort(403)
        try:
            renames.rename_tag(session, tag, request.form.get("name", ""), actor=current_user, at=now())
        except ValueError:
            flash(gettext("It needs a name of its own."))
        else:
            session.commit()
            flash(gettext("Saved."))
        return redirect(url_for("venues_departments_tags.tags"), 303)
    return render_template("staff/tags.html", tags=renames.tags_in_use(session), mine=mine)


def _named(model: Any) -> Any:
    """The row that the form changes; None for a form without an id."""
    return (session.get(model, request.form.get("id", 0, whole)) or abort(404)) if request.form.get("id") else None


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
