"""What a line about an event is understood as, while it is still being typed."""

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
    """For the page's script: (label, said back, words of the line) in order, doubts, and what is left over."""
    form = forms.EventForm(formdata=None)
    draft = quickadd.look(session, request.form.get(quickadd.LINE, ""), today())
    return {
        "understood": [row[1:] for row in quickadd.understood(form, draft)],
        "doubts": [asdict(one) for one in draft.doubts],
        "left": draft.left,
    }
