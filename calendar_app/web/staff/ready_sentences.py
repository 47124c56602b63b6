"""The ready sentences of emergencies: a place and one press fill the form of an announcement in every language."""

from flask import Blueprint, Flask, render_template
from sqlalchemy import select

from calendar_app.db.models import Venue
from calendar_app.text.ready_sentences import SENTENCES
from calendar_app.web import session

bp = Blueprint("ready_sentences", __name__, url_prefix="/staff/ready-sentences")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def choose() -> str:
    """Offer the ready sentences of emergencies, with a blank for the place."""
    venues = session.scalars(select(Venue.name).order_by(Venue.name)).all()
    return render_template("staff/ready_sentences.html", sentences=SENTENCES, venues=venues)
