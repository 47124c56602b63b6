"""Mastodon (docs.joinmastodon.org, API of 4.x): a post with its photo; a change edits it, a withdrawal deletes it."""

import json
import time
from typing import Any

from calendar_app.delivery import posts
from calendar_app.delivery.channel import Again, Channel, Limit, Refused, Said, Sent, Setting, To
from calendar_app.delivery.messages import Message
from calendar_app.outgoing import http
from calendar_app.sharing.networks import NETWORKS
from calendar_app.sharing.posts import compose

LARGEST = 8_000_000  # bytes of a picture; servers take 16 MB
LONGEST_ALT = 1500
LOOKS, PAUSE = 6, 0.5  # how often, and after how many seconds, a picture that is still processed is looked at


def say(message: Message, to: To) -> Said:
    """Return the post, within 500 letters."""
    text = compose(message.parts, NETWORKS["mastodon"])
    data = posts.occasion(message) | {"text": text, "lang": message.lang.partition("-")[0]}
    return Said(text, data | {"picture": posts.picture(message, to, LARGEST)})


def send(said: Said, to: To) -> Sent:
    """Post, edit, reply or delete. Raises Again, Refused."""
    stand, way = posts.standing(to.earlier), posts.way(said.data, to, "edit")
    if way == "delete":
        return _delete([post["id"] for post in reversed(stand)], to)
    if way == "edit" and (edited := _edit(stand[0], said.data, to)):
        return edited
    return _post(said.data, stand[-1]["id"] if way == "reply" else None, to)


def _post(data: dict[str, Any], answered: str | None, to: To) -> Sent:
    media = _upload(data["picture"], to) if data["picture"] and data["act"] == "post" else []
    status = {"status": data["text"], "language": data["lang"], "media_ids": media, "visibility": "public"}
    reply = {"in_reply_to_id": answered} if answered else {}
    answer = _call("POST", "/api/v1/statuses", to, status | reply, {"Idempotency-Key": to.uid})
    if answer.status == 404 and answered:  # somebody has deleted it there
        answer = _call("POST", "/api/v1/statuses", to, status, {"Idempotency-Key": f"{to.uid}-alone"})
    made = posts.understood(answer, to.at)
    return Sent({"id": made["id"], "url": made.get("url") or "", "media": media})


def _edit(post: dict[str, Any], data: dict[str, Any], to: To) -> Sent | None:
    """Edit a post; its media are named again, or they would go. None when somebody has deleted it there."""
    status = {"status": data["text"], "language": data["lang"], "media_ids": post.get("media", [])}
    answer = _call("PUT", f"/api/v1/statuses/{post['id']}", to, status)
    if answer.status == 404:
        return None
    posts.understood(answer, to.at)
    return Sent({"id": post["id"]})


def _delete(ids: list[str], to: To) -> Sent:
    """Delete posts. One that is not there is deleted already."""
    for number in ids:
        answer = _call("DELETE", f"/api/v1/statuses/{number}", to)
        if answer.status != 404:
            posts.understood(answer, to.at)
    return Sent({"deleted": ids})


def _upload(picture: dict[str, Any], to: To) -> list[str]:
    """Upload a photo with its description, wait until it is processed, and return its id."""
    body = posts.bytes_of(picture["path"], to, LARGEST)
    if not body:
        return []
    form, kind = _form({"description": picture["alt"][:LONGEST_ALT]}, body, to.uid)
    answer = to.call("POST", f"{_server(to)}/api/v2/media", form, _access(to) | {"Content-Type": kind})
    number = posts.understood(answer, to.at)["id"]
    for _ in range(LOOKS):
        if answer.status not in (202, 206):
            posts.understood(answer, to.at)
            return [number]
        time.sleep(PAUSE)
        answer = _call("GET", f"/api/v1/media/{number}", to)
    raise Again("the photo is still processed", 60)


def _form(fields: dict[str, str], body: bytes, mark: str) -> tuple[bytes, str]:
    """Return a form with fields and a JPEG (RFC 7578), and its content type."""
    mark = f"calendar-app-{mark}"
    lines = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
    file = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return "".join(
        [*lines, file]
    ).encode() + body + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def _call(
    method: str, path: str, to: To, content: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> http.Answer:
    body = json.dumps(content).encode() if content is not None else None
    more = {"Content-Type": "application/json"} if content is not None else {}
    return to.call(method, _server(to) + path, body, _access(to) | more | (headers or {}))


def _server(to: To) -> str:
    """Return the server's address as it is called: typed "mastodon.example" or "https://mastodon.example/"."""
    typed = to.settings["server"].strip().rstrip("/")
    return typed if "://" in typed else f"https://{typed}"


def _access(to: To) -> dict[str, str]:
    return {"Authorization": f"Bearer {to.settings['token']}"}


def check(to: To) -> str:
    """Ask the server which account the token belongs to."""
    account = posts.understood(_call("GET", "/api/v1/accounts/verify_credentials", to), to.at)
    if not isinstance(account, dict) or "acct" not in account:
        raise Refused("not_understood")
    return f"@{account['acct']}"


CHANNEL = Channel(
    name="mastodon",
    label={"ja": "Mastodon", "en": "Mastodon"},
    settings=(
        Setting(
            "server",
            {"ja": "サーバー", "en": "Server"},
            {"ja": "例：mastodon.example", "en": "Such as mastodon.example"},
        ),
        Setting(
            "token",
            {"ja": "アクセストークン", "en": "Access token"},
            {
                "ja": "そのサーバーの「設定 → 開発 → 新規アプリ」で作ります。権限は read:accounts・write:statuses・write:media。",
                "en": "Made there under Preferences, Development, New application, with read:accounts, write:statuses, write:media.",
            },
            secret=True,
        ),
        posts.changes_setting("edit", "reply", "post"),
    ),
    say=say,
    send=send,
    check=check,
    # 300 calls in 5 minutes; pictures and deletions 30 in 30 minutes each (docs.joinmastodon.org/api/rate-limits)
    limits=(Limit(30, 1800),),
)
