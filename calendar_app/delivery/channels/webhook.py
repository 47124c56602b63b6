"""Webhooks: a change is posted as JSON to an address, signed by Standard Webhooks (standardwebhooks.com, version 1).

The receiver knows a second copy by `webhook-id`. Redirects are not followed.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from calendar_app.delivery.channel import Channel, Gone, Refused, Said, Sent, Setting, To, outcome
from calendar_app.delivery.messages import Message

PREFIX = "whsec_"


def say(message: Message, _to: To) -> Said:
    """Return the event as the receiver reads it: a type, an instant, the data."""
    data: dict[str, Any] = {
        "type": f"{message.entry['kind']}.{message.kind}",
        "timestamp": message.at.isoformat(),
        "data": {
            "number": message.number,
            "guid": message.guid,
            "headline": message.headline,
            "text": message.text,
            "link": message.link,
            "lang": message.lang,
            "image": message.image.url if message.image else None,
            "entry": dict(message.entry),
        },
    }
    return Said(message.text, data)


def send(said: Said, to: To) -> Sent:
    """Post the event. Raises Again, Refused, Gone."""
    outcome(to.call("POST", to.settings["url"], *signed(said.data, to)))
    return Sent()


def signed(data: dict[str, Any], to: To) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers that sign it: HMAC-SHA256 over "id.timestamp.body", one signature for each secret.

    Two secrets, apart by a space, allow a receiver to change from one to the other.
    """
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = str(int(to.at.timestamp()))
    text = f"{to.uid}.{stamp}.".encode() + body
    signatures = [hmac.digest(key(secret), text, hashlib.sha256) for secret in to.settings["secret"].split()]
    return body, {
        "Content-Type": "application/json",
        "webhook-id": to.uid,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures),
    }


def key(secret: str) -> bytes:
    """Return the bytes of a secret: padded base64 after "whsec_". Raises Refused for any other."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise Refused("the secret is no base64") from error


def check(to: To) -> str:
    """Post an event of type "ping" and return the answer's status."""
    body, headers = signed({"type": "ping", "timestamp": to.at.isoformat(), "data": {}}, to)
    try:
        return f"HTTP {outcome(to.call('POST', to.settings['url'], body, headers)).status}"
    except Gone as error:
        raise Refused(str(error)) from error


CHANNEL = Channel(
    name="webhook",
    label={"ja": "Webhook", "en": "Webhook"},
    settings=(
        Setting("url", {"ja": "送り先のアドレス", "en": "Address"}, type="url"),
        Setting(
            "secret",
            {"ja": "署名の鍵（whsec_…）", "en": "Signing secret (whsec_…)"},
            {"ja": "受け取る側と同じ鍵を入れます。", "en": "The same as at the receiver."},
            secret=True,
        ),
    ),
    say=say,
    send=send,
    check=check,
    many=True,
)
