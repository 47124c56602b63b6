"""LINE (Messaging API): a broadcast to all friends of the official account, or a narrowcast to one of its audiences.

Nothing can be edited or deleted there, so every change is a message of its own.
"""

import json
from typing import Any

from calendar_app.delivery import posts
from calendar_app.delivery.channel import Again, Channel, Limit, Refused, Said, Sent, Setting, To
from calendar_app.delivery.messages import Message
from calendar_app.outgoing import http
from calendar_app.sharing.counting import count_utf16_units
from calendar_app.sharing.networks import NETWORKS
from calendar_app.sharing.posts import compose, shorten
from calendar_app.text.languages import Words

API = "https://api.line.me"
LONGEST_ALT, LONGEST_TEXT = 400, 1000  # UTF-16 units: of what a notification shows, of one paragraph
LARGEST_PREVIEW = 1_000_000  # bytes
RED = "#B3261E"

MORE = Words({"ja": "くわしく見る", "en": "Read more"})
ADD = Words({"ja": "カレンダーに入れる", "en": "Add to calendar"})


def say(message: Message, to: To) -> Said:
    """Return a bubble with its buttons, and the share card that goes before it."""
    text = compose(message.parts, NETWORKS["line"])
    bubble = {"type": "flex", "altText": _fitted(text, LONGEST_ALT), "contents": _bubble(message)}
    return Said(text, {"bubble": bubble, "card": message.cards.get("square", "").removeprefix(to.config.base_url)})


def _bubble(message: Message) -> dict[str, Any]:
    """Return a Flex Message's bubble, well within its 30 kB."""
    parts, color = message.parts, {"color": RED} if message.urgent else {}
    title = _text(message.headline) | {"weight": "bold", "size": "lg"} | color
    lines = [_text(line) for line in (parts.note, parts.when, parts.place, parts.summary) if line]
    buttons = [_button(MORE[message.lang], message.link, "primary")]
    if message.entry["kind"] == "event" and message.act == "post":
        buttons.append(_button(ADD[message.lang], f"{message.link}.ics?openExternalBrowser=1", "secondary"))
    return {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": [title, *lines]},
        "footer": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons},
    }


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": _fitted(words, LONGEST_TEXT), "wrap": True}


def _button(label: str, address: str, style: str) -> dict[str, Any]:
    return {"type": "button", "style": style, "action": {"type": "uri", "label": label, "uri": address}}


def _fitted(text: str, longest: int) -> str:
    return shorten(text, lambda tried: count_utf16_units(tried) <= longest)


def send(said: Said, to: To) -> Sent:
    """Broadcast or narrowcast. The retry key is the delivery's from the first try on, so LINE takes it once.

    Raises Again, Refused.
    """
    content: dict[str, Any] = {"messages": [*_card(said.data["card"], to), said.data["bubble"]]}
    kind = "broadcast"
    if audience := to.settings.get("audience"):
        if not audience.isdecimal():
            raise Refused("HTTP 400 audience")
        kind, content["recipient"] = "narrowcast", {"type": "audience", "audienceGroupId": int(audience)}
    answer = _call("POST", f"/v2/bot/message/{kind}", to, content)
    if answer.status == 409:  # accepted in an earlier try
        return Sent({"request": answer.headers.get("x-line-accepted-request-id", "")})
    _understood(answer, to)
    return Sent({"request": answer.headers.get("x-line-request-id", "")})


def _card(path: str, to: To) -> list[dict[str, Any]]:
    """Return the message with the share card. LINE fetches it by HTTPS only."""
    address = to.config.base_url + path
    if not path or not address.startswith("https://") or not posts.bytes_of(path, to, LARGEST_PREVIEW):
        return []
    return [{"type": "image", "originalContentUrl": address, "previewImageUrl": address}]


def _understood(answer: http.Answer, to: To) -> Any:
    """Return an answer's JSON. A 429 is either the month's quota, which waiting does not mend, or the rate."""
    if answer.status == 429 and "month" in posts.field(answer, "message").lower():
        raise Refused("quota")
    if answer.status == 429 and posts.wait(answer, to.at) is None:
        raise Again("HTTP 429", 60)
    return posts.understood(answer, to.at)


def _call(method: str, path: str, to: To, content: dict[str, Any] | None = None) -> http.Answer:
    headers = {"Authorization": f"Bearer {to.settings['token']}"}
    if content is None:
        return to.call(method, API + path, None, headers)
    headers |= {"Content-Type": "application/json", "X-Line-Retry-Key": to.uid}
    return to.call(method, API + path, json.dumps(content, ensure_ascii=False).encode(), headers)


def check(to: To) -> str:
    """Ask LINE which account the token belongs to, and how much of the month's quota is used."""
    account = _understood(_call("GET", "/v2/bot/info", to), to)
    quota = _understood(_call("GET", "/v2/bot/message/quota", to), to)
    used = _understood(_call("GET", "/v2/bot/message/quota/consumption", to), to)["totalUsage"]
    of = f" / {quota['value']}" if quota.get("type") == "limited" else ""
    return f"{account['displayName']} ({used}{of})"


CHANNEL = Channel(
    name="line",
    label={"ja": "LINE公式アカウント", "en": "LINE official account"},
    settings=(
        Setting(
            "token",
            {"ja": "チャネルアクセストークン（長期）", "en": "Channel access token (long-lived)"},
            {
                "ja": "LINE Developers の「Messaging API設定」で発行します。",
                "en": "Issued in the LINE Developers Console, under Messaging API.",
            },
            secret=True,
        ),
        Setting(
            "audience",
            {"ja": "オーディエンスID（一部の友だちだけに送るとき）", "en": "Audience ID (to reach only some friends)"},
            {
                "ja": "地区やタグを友だちに尋ねてあるとき。空欄なら友だち全員に送ります。50人未満には送れません。",
                "en": "Where friends were asked for their district or tags. Empty: all friends. At least 50 friends.",
            },
            required=False,
        ),
    ),
    say=say,
    send=send,
    check=check,
    limits=(Limit(60, 3600),),  # broadcasts and narrowcasts in an hour
)
