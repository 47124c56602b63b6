"""The staff desk."""

from flask import Blueprint, Flask
from flask_security import auth_required

bp = Blueprint("staff", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
@auth_required("session")
def desk() -> str:
    return "desk"
