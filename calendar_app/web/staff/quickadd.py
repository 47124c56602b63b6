"""Report the reading of a line about an event while a person types it."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, request

from calendar_app.web import forms, session, today
from calendar_app.web.forms import quickadd

bp = Blueprint("quickadd", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/quick")
def look() -> Any:
    """Return what one typed line or a pasted notice was recognised as, for the page's script."""
    form = forms.EventForm(formdata=None)
    readings = quickadd.look(session, request.form.get(quickadd.LINE, ""), today())
    if events := quickadd.events(readings):
        return {"understood": [], "doubts": [], "left": "", "events": events}
    reading = readings[0]
    return {
        "understood": [row[1:] for row in quickadd.understood(form, reading)],
        "doubts": [asdict(doubt) for doubt in reading.doubts],
        "left": reading.left,
        "events": [],
    }
