"""Web Push (RFC 8030): notifications of the browser, encrypted so that the push service reads none, signed by VAPID.

The payload is a declarative push message, which Safari shows by itself; elsewhere `static/sw.js` shows it. In quiet hours
only what is urgent makes a sound.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any

from calendar_app.delivery import web_push
from calendar_app.delivery.channel import Channel, Gone, Limit, Refused, Said, Sent, To, outcome
from calendar_app.delivery.messages import Message
from calendar_app.text import languages
from calendar_app.text.languages import tables
from calendar_app.text.markup import cut

QUIET = 21, 7  # hours of the city's clock, from and until which nothing rings
KEPT_FOR = timedelta(days=3)  # by the push service, for a device that is away
REMINDER_KEPT_FOR = timedelta(hours=18)  # then it is over
LONGEST = 300  # letters of a body

WORDS = tables(
    {
        "begun": {"ja": "通知をオンにしました", "en": "Notifications are on"},
        "everything": {"ja": "すべてのお知らせ", "en": "Everything"},
    }
)


def say(message: Message, _to: To) -> Said:
    """Return a change as a notification. A later one about the same entry takes its place on the screen."""
    parts = message.parts
    body = "\n".join(filter(None, (parts.note, parts.when, parts.place)))
    data = {"title": message.headline, "body": body, "link": message.link, "about": message.entry["uid"]}
    return Said(message.text, data | {"urgent": message.urgent})


def send(said: Said, to: To) -> Sent:
    """Hand the notification to the push service of the browser. Raises Again, Refused, Gone."""
    shown = _shown(said.data, to)
    quiet = not shown["urgent"] and _quiet(to)
    topic = hashlib.sha256(shown["about"].encode()).digest()
    endpoint = to.settings["endpoint"]
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(shown["ttl"].total_seconds())),
        "Urgency": "high" if shown["urgent"] else "low" if quiet else "normal",
        "Topic": web_push.encoded(topic)[:32],
        "Authorization": web_push.authorization(to.settings["vapid"], endpoint, _contact(to), to.at),
    }
    try:
        body = web_push.encrypt(_payload(shown, quiet, to), to.settings["p256dh"], to.settings["auth"])
    except ValueError as error:
        raise Refused(str(error)) from error
    answer = to.call("POST", endpoint, body, headers)
    if answer.status == 404:  # RFC 8030, section 7.3: the subscription has ended
        raise Gone("HTTP 404")
    outcome(answer)
    return Sent()


def _shown(data: dict[str, Any], to: To) -> dict[str, Any]:
    """Return what is shown of a change, of a reminder, or of a subscription that has begun."""
    if data.get("kind") == "begun":
        title = WORDS["begun"][to.lang]
        body = data["body"] or WORDS["everything"][to.lang]
        return {"title": title, "body": body, "link": data["link"], "about": to.key, "urgent": False, "ttl": KEPT_FOR}
    if "parts" not in data:
        return data | {"ttl": KEPT_FOR}
    lines = [line for part in data["parts"] for line in part["lines"]]
    body = "\n".join(f"{line['title']} {line['text']}" for line in lines)
    link = lines[0]["link"] if len(lines) == 1 else data["link"]
    about = f"{data['kind']} {data['day']}"
    return {
        "title": data["subject"],
        "body": body,
        "link": link,
        "about": about,
        "urgent": False,
        "ttl": REMINDER_KEPT_FOR,
    }


def _payload(shown: dict[str, Any], quiet: bool, to: To) -> bytes:
    """Return a declarative push message (W3C Push API), which needs no script where it is understood."""
    notification = {
        "title": shown["title"],
        "body": cut(shown["body"], LONGEST),
        "navigate": shown["link"],
        "lang": languages.tag(to.lang),
        "dir": "ltr",
        "tag": shown["about"],
        "silent": quiet,
    }
    return json.dumps({"web_push": 8030, "notification": notification}, ensure_ascii=False).encode()


def _quiet(to: To) -> bool:
    begin, end = QUIET
    return not end <= to.at.astimezone(to.config.zone).hour < begin


def _contact(to: To) -> str:
    """Return where a push service reaches who sends (RFC 8292, section 2.1)."""
    base = to.config.base_url
    return base if base.startswith("https://") else f"mailto:{to.config.sender}"


CHANNEL = Channel(
    name="push",
    label={"ja": "ブラウザーの通知", "en": "Browser notifications"},
    say=say,
    send=send,
    at_desk=False,
    together=48,
    limits=(Limit(100, 86_400),),
    kept=timedelta(days=30),
)
