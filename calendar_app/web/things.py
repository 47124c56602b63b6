"""What entries are made of, at the staff desk: venues, and the photos of drafts."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import select

from calendar_app import photos, publishing
from calendar_app.models import Venue
from calendar_app.web import config, now, session

bp = Blueprint("things", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/venues", methods=["GET", "POST"])
def venues() -> Any:
    """Every venue by name; renaming one reaches every calendar that shows it."""
    if request.method == "POST":
        venue = session.get(Venue, request.form.get("id", 0, int)) or abort(404)
        name = request.form.get("name", "").strip()[:100]
        taken = session.scalar(select(Venue.id).where(Venue.name == name, Venue.id != venue.id))
        if name and not taken:
            values = {"name": name, "address": request.form.get("address", "")[:200]}
            publishing.save_thing(session, venue, values, actor=current_user, at=now())
            session.commit()
            flash(gettext("Saved."))
            return redirect(url_for("things.venues"), 303)
        flash(gettext("A venue needs a name of its own."))
    return render_template("staff/venues.html", venues=session.scalars(select(Venue).order_by(Venue.name)).all())


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """A picture for colleagues, published or not."""
    path = photos.path_of(config.photos, name)
    if path is None or not path.exists():
        abort(404)
    return send_file(path, max_age=3600)
