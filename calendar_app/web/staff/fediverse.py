"""The fediverse at the desk, for administrators: the accounts with their followers, and who is blocked."""

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.delivery.fediverse import accounts, fetch, people
from calendar_app.web import config, current_user, now, session

bp = Blueprint("staff_fediverse", __name__, url_prefix="/staff/fediverse")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def show() -> str:
    """Show the accounts with how many follow each, and who is blocked.

    Raises Forbidden for anybody but administrators.
    """
    _administrators_only()
    return _page()


@bp.post("/block")
def block() -> AnyResponse | tuple[str, int]:
    """Block a server or an account.

    Raises as `show`.
    """
    _administrators_only()
    typed = request.form.get("address", "").strip()
    try:
        address = people.read_address(_looked_up(typed))
    except (ValueError, accounts.Off, fetch.Unknown):
        return _page(typed), 422
    people.block(session, config, address, actor=current_user, at=now())
    session.commit()
    flash(gettext("Blocked."))
    return redirect(url_for("staff_fediverse.show"), 303)


def _looked_up(typed: str) -> str:
    """Return the address of an account typed as @name@server; everything else as it is. Raises accounts.Off, fetch.Unknown."""
    if "://" in typed or "@" not in typed.strip("@"):
        return typed
    base, key = accounts.origin(session), accounts.key(session, config)
    session.rollback()  # nothing waits for another server
    return fetch.handle(config, key, base, typed, at=now())


@bp.post("/unblock")
def unblock() -> AnyResponse:
    """End a block.

    Raises as `show`.
    """
    _administrators_only()
    people.unblock(session, request.form.get("address", ""), actor=current_user, at=now())
    session.commit()
    flash(gettext("The block has ended."))
    return redirect(url_for("staff_fediverse.show"), 303)


def _page(typed: str = "") -> str:
    counts = people.counts(session)
    return render_template(
        "staff/fediverse.html",
        followed=[(account, counts.get(account.name, 0)) for account in accounts.every(session)],
        host=accounts.host(session, config),
        blocks=people.blocks(session),
        typed=typed,
        wrong=bool(typed),
    )


def _administrators_only() -> None:
    if current_user.role != "admin":
        abort(403)
