"""What a line about an event is understood as, while it is still being typed."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, request

from calendar_app import forms
from calendar_app.forms import quick
from calendar_app.web import session, today

bp = Blueprint("quick", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/quick")
def look() -> Any:
    """For the page's script: (label, said back, words of the line) in order, doubts, and what is left over."""
    form = forms.EventForm(formdata=None)
    draft = quick.look(session, request.form.get(quick.LINE, ""), today())
    return {
        "understood": [row[1:] for row in quick.understood(form, draft)],
        "doubts": [asdict(one) for one in draft.doubts],
        "left": draft.left,
    }
