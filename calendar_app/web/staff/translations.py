"""Translations at the desk: the list of what is missing, and a page with every text of an entry or a name."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.orm.exc import StaleDataError

from calendar_app.db.models import Entry, Tag
from calendar_app.entries import permissions, translating
from calendar_app.entries.editing import Invalid
from calendar_app.entries.translating import Text
from calendar_app.outgoing import translation
from calendar_app.outgoing.translation import NoProposal
from calendar_app.staff import untranslated
from calendar_app.text import languages
from calendar_app.web import config, current_user, editable, now, session, today

bp = Blueprint("translations", __name__, url_prefix="/staff/translations")

MODELS = {model.__tablename__: model for model in translating.REFERENCES}


@dataclass(frozen=True, slots=True)
class Input:
    """A text with its input: what it holds, and whether a machine proposed that and nobody has confirmed it."""

    text: Text
    name: str
    value: str
    proposed: str = ""
    unchecked: bool = False


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(other_languages=other_languages)


def other_languages() -> list[str]:
    """Return the languages that the site offers beside its own."""
    return [code for code in config.offered if code != config.language]


@bp.get("")
def every() -> str:
    """List what is not translated into one language (`to`): emergencies, then what is on next, then names.

    `of=all` lists the entries of every department.
    """
    code, home = _target(), current_user.department
    whole = request.args.get("of") == "all" or home is None
    entries = untranslated.work(session, code, today(), None if whole else home)
    names = untranslated.names(session, code, today())
    return render_template("staff/translations.html", code=code, entries=entries, names=names, home=home, whole=whole)


@bp.route("/entry/<public_id>", methods=["GET", "POST"])
def entry(public_id: str) -> Any:
    """Show and save every text of an entry in another language (`to`).

    Raises NotFound for an unknown entry, Forbidden for a person who may not edit it.
    """
    return _page(editable(public_id), "entry")


@bp.route("/<any(venue, department, category, tag):kind>/<int:number>", methods=["GET", "POST"])
def name(kind: str, number: int) -> Any:
    """Show and save the texts of a venue, a department, a kind or a hashtag in another language (`to`).

    Raises NotFound for an unknown one, Forbidden for a person who may not change it.
    """
    if kind != "venue" and not permissions.may(current_user, "manage_site"):
        abort(403)
    return _page(session.get(MODELS[kind], number) or abort(404), kind)


def _page(row: Any, kind: str) -> Any:
    code = _target()
    inputs = [_input(text) for text in translating.texts(row, code)]
    if request.method == "GET":
        return _show(row, kind, code, inputs)
    if request.form.get("action") == "propose":
        return _show(row, kind, code, _proposed(inputs, code))
    if any(each.unchecked for each in inputs):
        flash(gettext("Please read what the machine proposed, and tick each line that is right."))
        return _show(row, kind, code, inputs), 422
    try:
        typed = {each.text.key: each.value for each in inputs}
        translating.store(session, row, code, typed, actor=current_user, at=now())
        session.commit()
    except (StaleDataError, Invalid):
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
        return _show(row, kind, code, inputs), 409
    flash(gettext("Saved."))
    return redirect(f"{request.path}?{urlencode({'to': code})}", 303)


def _target() -> str:
    """Return the language of the address, or the first other one. Raises NotFound when the site offers no other."""
    codes = other_languages() or abort(404)
    first = "en" if "en" in codes else codes[0]
    code = request.args.get("to", first)
    return code if code in codes else abort(404)


def _input(text: Text) -> Input:
    """Return a text with what the form says of it. A proposal that nobody edited or ticked is unchecked."""
    name = hashlib.sha256(text.key.encode()).hexdigest()[:12]  # a key may be a text of several lines
    value = _posted(f"text-{name}", text.translation)
    proposed = _posted(f"proposed-{name}")
    unchecked = bool(proposed) and value == proposed and f"checked-{name}" not in request.form
    return Input(text, name, value, proposed, unchecked)


def _posted(name: str, otherwise: str = "") -> str:
    return request.form.get(name, otherwise).replace("\r\n", "\n").strip()


def _proposed(inputs: list[Input], code: str) -> list[Input]:
    """Fill the empty inputs with a machine's proposals; a message when there are none."""
    empty = [each for each in inputs if not each.value and not each.text.ready]
    asked, source = [each.text.original for each in empty], languages.tag(config.language)
    session.rollback()  # the server may take seconds, and no save should wait for it
    try:
        said = translation.propose(
            config.translation_server, config.translation_key, asked, source=source, target=languages.tag(code)
        )
    except NoProposal as error:
        flash(gettext("The machine proposed nothing: %(reason)s", reason=error))
        return inputs
    found = {each.name: words for each, words in zip(empty, said, strict=True)}
    return [
        Input(each.text, each.name, found[each.name], found[each.name]) if each.name in found else each
        for each in inputs
    ]


def _show(row: Any, kind: str, code: str, inputs: list[Input]) -> str:
    machine = bool(config.translation_server) and translation.knows(languages.tag(code))
    title = row.title if isinstance(row, Entry) else f"#{row.name}" if isinstance(row, Tag) else row.name
    return render_template(
        "staff/translation.html", row=row, kind=kind, code=code, inputs=inputs, machine=machine, title=title
    )
