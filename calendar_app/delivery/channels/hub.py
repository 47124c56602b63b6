"""Another WebSub hub, by the setting CALENDAR_WEBSUB: it is told that the town's feeds may have changed, and fetches them itself.

WebSub leaves open how a publisher tells its hub; hubs take `hub.mode=publish`, as PubSubHubbub 0.4 has it (section 7.1).
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.delivery import outbox
from calendar_app.delivery.channel import Channel, Gone, Refused, Said, Sent, To, outcome
from calendar_app.entries.urls import TOLD_TO_HUB

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def set_up(session: Session, config: Config, *, at: datetime) -> None:
    """Make the hub of the setting a receiver, and forget one that was set before."""
    elsewhere = config.hub if config.websub not in ("own", "off") else ""
    # Every public change touches that feed.
    outbox.keep_receivers(session, CHANNEL.name, [elsewhere] if elsewhere else [], query="/feed.atom", at=at)


def send(_said: Said, to: To) -> Sent:
    """Tell the hub, in one request. Raises Again, Refused."""
    topics = [("hub.url", f"{to.config.base_url}{path}") for path in TOLD_TO_HUB]
    body = urlencode([("hub.mode", "publish"), *topics]).encode()
    try:
        outcome(to.call("POST", to.key, body, FORM))
    except Gone as error:
        raise Refused(str(error)) from error
    return Sent()


CHANNEL = Channel(
    name="hub",
    label={"ja": "ほかのWebSubハブ", "en": "Another WebSub hub"},
    say=lambda _message, _to: None,
    send=send,
    follows="feeds",
    at_desk=False,
    newest=True,
    kept=timedelta(days=3),
)
