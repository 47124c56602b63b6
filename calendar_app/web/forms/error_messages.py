"""Messages that explain why values cannot be saved, shown at their inputs."""

from typing import Any

from flask_babel import lazy_gettext as _

from calendar_app.entries.editing import Invalid
from calendar_app.web.forms import fields, repeats

MESSAGES = {
    "required": _("Please fill this in."),
    "too_long": _("This is too long."),
    "before_start": _("The end is before the start."),
    "in_the_past": _("This time has already passed."),
    "already_public": _("It is already public."),
    "circle": _("That entry is linked to this one in turn."),
    "bad_address": _("Please enter an address that begins with https://."),
}
FIELDS = {"start": "start_date", "end": "end_date", "publish_at": "publish_date"}


def say(form: Any, error: Invalid) -> None:
    """Add the message of each refused field to its input, or to the title when the form has no such input."""
    for name, code in error.errors.items():
        if name == "rule":
            repeats.refuse(form, code)
            continue
        shown = FIELDS.get(name, name)
        fields.wrong(form[shown if shown in form else "title"], str(MESSAGES.get(code, _("This cannot be saved."))))
