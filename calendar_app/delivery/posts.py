"""What the networks of posts share: which of our posts stand, how a change is told, what an answer means, pictures."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, cast

from calendar_app.delivery.channel import Again, Refused, Setting, To, retry_after
from calendar_app.delivery.messages import Message
from calendar_app.formats import Image
from calendar_app.outgoing import http

Way = Literal["post", "edit", "reply", "delete"]

WAYS: dict[str, dict[str, str]] = {
    "edit": {"ja": "はじめの投稿を書き直す", "en": "Edit the first post"},
    "reply": {"ja": "はじめの投稿に返信する", "en": "Reply to the first post"},
    "post": {"ja": "新しく投稿する", "en": "Post anew"},
}
TRIED_AGAIN = (408, 425, 429)


def changes_setting(*ways: str) -> Setting:
    """Return the setting that says how a change is told; the first way is the usual one."""
    return Setting(
        "changes",
        {"ja": "中止・延期・日時変更の知らせ方", "en": "How cancellations, postponements and new dates are told"},
        {"ja": "取り下げたときは、投稿を消します。", "en": "What is withdrawn is deleted there."},
        required=False,
        default=ways[0],
        choices=tuple((way, WAYS[way]) for way in ways),
    )


def standing(earlier: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return our posts about an entry that still stand, oldest first: the last result for each id, without deleted ones."""
    posts: dict[str, dict[str, Any]] = {}
    for result in earlier:
        for deleted in result.get("deleted", ()):
            posts.pop(deleted, None)
        if "id" in result:
            posts[result["id"]] = posts.get(result["id"], {}) | result
    return list(posts.values())


def way(data: dict[str, Any], to: To, usual: Way) -> Way:
    """Decide how a change is told. One date of a series never replaces the post about the series: it is a reply."""
    if data["act"] == "delete":
        return "delete"
    if data["act"] == "post" or not standing(to.earlier):
        return "post"
    chosen = cast(Way, to.settings.get("changes") or usual)
    return "reply" if chosen == "edit" and data["kind"].startswith("date_") else chosen


def occasion(message: Message) -> dict[str, Any]:
    """Return what `way` needs to know of a message."""
    return {"act": message.act, "kind": message.kind}


def understood(answer: http.Answer, at: datetime) -> Any:
    """Return the JSON of an answer of success (None for an empty body).

    Raises Again (408, 425, 429 and 5xx, after as long as the network says; 401 and 403, until the key is mended), Refused.
    """
    if 200 <= answer.status < 300:
        return _json(answer, "not_understood")
    problem = f"HTTP {answer.status} {_words(answer)}".strip()
    if answer.status in (401, 403):
        raise Again("no_access")
    if answer.status in TRIED_AGAIN or answer.status >= 500:
        raise Again(problem, wait(answer, at))
    raise Refused(problem)


def wait(answer: http.Answer, at: datetime) -> float | None:
    """Return for how many seconds a network asks to wait: Retry-After, or the instant at which its limit begins anew."""
    seconds = retry_after(answer)
    reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset") or ""
    if seconds is None and answer.status == 429 and reset:
        try:
            instant = float(reset) if reset.isdecimal() else datetime.fromisoformat(reset).timestamp()
        except ValueError:
            return None
        seconds = min(max(instant - at.timestamp(), 1.0), 86400.0)
    return seconds


def field(answer: http.Answer, name: str) -> str:
    """Return a text of an answer's JSON, such as its error; "" without it."""
    try:
        found = _json(answer, "")
    except Refused:
        return ""
    return str(found.get(name) or "") if isinstance(found, dict) else ""


def _json(answer: http.Answer, problem: str) -> Any:
    try:
        return json.loads(answer.body) if answer.body.strip() else None
    except ValueError as error:
        raise Refused(problem) from error


def _words(answer: http.Answer) -> str:
    return next(filter(None, (field(answer, name) for name in ("message", "error_description", "error"))), "")[:200]


def picture(message: Message, to: To, most: int) -> dict[str, Any] | None:
    """Return the photo as `send` needs it, in the largest copy within so many bytes; None without one."""
    copies: list[Image] = [copy for copy in (message.image, message.image and message.image.thumbnail) if copy]
    fitting = next((copy for copy in copies if copy.bytes <= most), None)
    if fitting is None:
        return None
    path = fitting.url.removeprefix(to.config.base_url)
    return {"path": path, "alt": fitting.alt or message.headline, "width": fitting.width, "height": fitting.height}


def bytes_of(path: str, to: To, most: int) -> bytes:
    """Return a picture of this site; b"" where it is not there or too large."""
    page = to.page(path)
    return page.body if page.status == 200 and len(page.body) <= most else b""
