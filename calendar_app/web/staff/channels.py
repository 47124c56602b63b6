"""Channels at the desk: set one up, try it, turn it off, read its log, send one again."""

from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Delivery, Department, Receiver
from calendar_app.delivery import channels, outbox, setting_up
from calendar_app.delivery.channel import Channel
from calendar_app.delivery.problems import problem_message
from calendar_app.entries import permissions
from calendar_app.entries.editing import Invalid
from calendar_app.listings import filters
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.text import languages
from calendar_app.web import config, current_user, lang, now, session
from calendar_app.web.forms import telling
from calendar_app.web.forms.fields import whole

bp = Blueprint("channels", __name__, url_prefix="/staff/channels")

CHOSEN = ("kind", "category", "tag", "department")  # the filter keys that the form offers


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(delivery_problem=problem_message, channel_ticks=telling.ticks)


@bp.get("")
def every() -> str:
    """List the channels of the town and of its departments, and those that can be added."""
    return render_template(
        "staff/channels.html",
        receivers=setting_up.every(session),
        offered=setting_up.offered() if _departments() else [],
        label_of={channel.name: channel.label for channel in setting_up.offered()},
        filter_of=_filter_in_words,
        mine=_mine,
    )


@bp.route("/new/<name>", methods=["GET", "POST"])
def new(name: str) -> Any:
    """Set a channel up.

    Raises NotFound for an unknown channel, Forbidden for who leads no department.
    """
    channel = _offered(name)
    if not _departments():
        abort(403)
    return _save(None, channel) if request.method == "POST" else _form(None, channel)


@bp.route("/<int:number>", methods=["GET", "POST"])
def show(number: int) -> Any:
    """Show a channel with its log, and change its settings.

    Raises NotFound for an unknown channel, Forbidden when this person may not change it.
    """
    to = session.get(Receiver, number) or abort(404)
    channel = _offered(to.channel)
    if request.method == "POST":
        return _save(_own(number), channel)
    return _form(to, channel)


@bp.post("/<int:number>/<any(try, on, off, remove):verb>")
def act(number: int, verb: str) -> AnyResponse:
    """Try a channel, turn it on or off, or remove it.

    Raises NotFound for an unknown channel, Forbidden when this person may not change it.
    """
    to = _own(number)
    if verb == "try":
        well, answer = setting_up.attempt(to, config, at=now())
        flash(_tried(well, answer))
    elif verb == "remove":
        setting_up.remove(session, to, actor=current_user, at=now())
        flash(gettext("The channel is removed."))
    else:
        setting_up.switch(session, to, verb == "on", actor=current_user, at=now())
        flash(gettext("The channel is on.") if verb == "on" else gettext("The channel is off."))
    session.commit()
    if verb == "remove":
        return redirect(url_for("channels.every"), 303)
    return redirect(url_for("channels.show", number=number), 303)


@bp.post("/<int:number>/again/<int:delivery>")
def again(number: int, delivery: int) -> AnyResponse:
    """Send one delivery again.

    Raises NotFound for an unknown channel or delivery, Forbidden when this person may not change the channel.
    """
    to, row = _own(number), session.get(Delivery, delivery)
    if row is None or row.receiver_id != to.id or not to.enabled:
        abort(404)
    outbox.replay(session, row, at=now())
    session.commit()
    flash(gettext("It is sent again within moments."))
    return redirect(url_for("channels.show", number=number, _anchor="log"), 303)


def _tried(well: bool, answer: str) -> str:
    said = problem_message(answer, lang())
    if well:
        return str(gettext("It works: %(answer)s", answer=said) if said else gettext("It works."))
    return str(gettext("It does not work: %(answer)s", answer=said))


def _offered(name: str) -> Channel:
    """Return a channel that is set up at the desk. Raises NotFound."""
    channel: Channel = next((each for each in setting_up.offered() if each.name == name), None) or abort(404)
    return channel


def _own(number: int) -> Receiver:
    """Return a channel that this person may change. Raises NotFound, Forbidden."""
    to = session.get(Receiver, number) or abort(404)
    if not channels.every()[to.channel].at_desk:
        abort(404)
    if not _mine(to):
        abort(403)
    return to


def _mine(to: Receiver) -> bool:
    return permissions.may(current_user, "lead", to)


def _departments() -> list[Department]:
    """List the departments for which this person may set up channels; for an administrator all, and the town besides."""
    every_one = session.scalars(select(Department).order_by(Department.id))
    return [department for department in every_one if permissions.may(current_user, "lead", department)]


def _save(to: Receiver | None, channel: Channel) -> Any:
    given = setting_up.Given(
        name=request.form.get("name", ""),
        department_id=_home(),
        query=_wanted(to).query(),
        lang=request.form.get("lang", "") if request.form.get("lang") in config.offered else config.language,
        settings={setting.name: request.form.get(f"set-{setting.name}", "")[:2000] for setting in channel.settings},
    )
    try:
        saved = setting_up.save(session, to, channel, given, config, actor=current_user, at=now())
    except Invalid as error:
        session.rollback()
        return _form(to, channel, errors=error.errors), 422
    session.commit()
    flash(gettext("Saved. Please try it now."))
    return redirect(url_for("channels.show", number=saved.id), 303)


def _home() -> int | None:
    """Return the department of a channel, None for the town. Raises Forbidden for one that this person does not lead."""
    number = request.form.get("department_id", type=whole)
    if number is None and permissions.may(current_user, "manage_site"):
        return None
    if number not in [department.id for department in _departments()]:
        abort(403)
    return number


def _wanted(to: Receiver | None) -> Filter:
    """Return the filter as chosen; keys that the form does not offer stay as they were."""
    wanted = _filter(to)
    for key in CHOSEN:
        wanted = wanted.but(key, *filter(None, request.form.getlist(f"filter-{key}")))
    return wanted


def _filter(to: Receiver | None) -> Filter:
    try:
        return filters.read_filter(parse_qs(to.query or "")) if to else EVERYTHING
    except filters.BadFilter:
        return EVERYTHING


def _filter_in_words(to: Receiver) -> str:
    try:
        return "・".join(filters.words(session, _filter(to), lang()))
    except filters.BadFilter:
        return ""


def _form(to: Receiver | None, channel: Channel, errors: dict[str, str] | None = None) -> str:
    """Show the form of a channel, with its log where there is one. Secrets are never shown again."""
    typed = request.form
    shown = _wanted(to) if typed else _filter(to)
    choosers = filters.choosers(session, lang())
    return render_template(
        "staff/channel.html",
        to=to,
        channel=channel,
        errors=errors or {},
        value=lambda name, kept: typed.get(name, kept or ""),
        choosers={key: choosers[key] for key in CHOSEN if key in choosers},
        chosen={key: shown.first(key) for key in CHOSEN},
        homes=[(department.id, department.name) for department in _departments()],
        mine=to is None or _mine(to),
        log=setting_up.log(session, to) if to else [],
        names={code: languages.LANGUAGES[code].name for code in config.offered},
    )
