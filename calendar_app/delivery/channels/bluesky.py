"""Bluesky (AT Protocol, atproto.com): a post with its photo or a link card; a change answers it, a withdrawal deletes the chain.

A record's key comes from the revision, so that a second try overwrites the first. Whether the app shows edited records is
not known, so nothing is edited.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from calendar_app.delivery import posts
from calendar_app.delivery.channel import Channel, Limit, Said, Sent, Setting, To
from calendar_app.delivery.messages import Message
from calendar_app.outgoing import http
from calendar_app.sharing.networks import NETWORKS
from calendar_app.sharing.posts import compose

COLLECTION = "app.bsky.feed.post"
LARGEST = 1_000_000  # bytes of a picture
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"  # base32 of a TID, in order
EXPIRED = ("ExpiredToken", "InvalidToken")


def say(message: Message, to: To) -> Said:
    """Return the record: the text within 300 graphemes, with facets, language and the instant of the change."""
    text = compose(message.parts, NETWORKS["bluesky"])
    record = {
        "$type": COLLECTION,
        "text": text,
        "facets": facets(text, message.link, message.parts.tags),
        "langs": [message.lang],
        "createdAt": message.at.isoformat().replace("+00:00", "Z"),
    }
    card = {
        "uri": message.link,
        "title": message.headline,
        "description": " ".join(filter(None, (message.parts.when, message.parts.place))),
        "thumb": message.cards.get("og", "").removeprefix(to.config.base_url),
    }
    picture = posts.picture(message, to, LARGEST)
    more = {"rkey": rkey(message.at, message.number), "record": record, "card": card, "picture": picture}
    return Said(text, posts.occasion(message) | more)


def facets(text: str, link: str, tags: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what makes the link and the hashtags of a post work. Places count bytes of UTF-8, not letters."""
    found = []
    if (start := text.rfind(link)) >= 0:
        found.append((start, link, {"$type": "app.bsky.richtext.facet#link", "uri": link}))
    place = text.rfind("\n") + 1  # compose writes the hashtags into the last line
    for word in text[place:].split(" "):
        if word in tags:
            found.append((place, word, {"$type": "app.bsky.richtext.facet#tag", "tag": word.removeprefix("#")}))
        place += len(word) + 1
    return [{"index": _bytes(text, start, words), "features": [feature]} for start, words, feature in found]


def _bytes(text: str, start: int, words: str) -> dict[str, int]:
    begin = len(text[:start].encode())
    return {"byteStart": begin, "byteEnd": begin + len(words.encode())}


def rkey(at: datetime, number: int) -> str:
    """Return the record key (TID) of a revision: its second, then its number, which is unique where the second is not."""
    value = (int(at.timestamp()) * 1_000_000 + number % 1_000_000) << 10
    return "".join(LETTERS[value >> shift & 31] for shift in range(60, -1, -5))


@dataclass(slots=True)
class _Access:
    """An open session with the account's server: the account's id, and the tokens, which may be new."""

    to: To
    did: str
    token: str
    refresh: str
    new: bool = False

    def call(self, method: str, name: str, content: Any = None, kind: str = "application/json") -> Any:
        """Call a method; an expired token is renewed once. Raises Again, Refused."""
        answer = self._once(method, name, content, kind)
        if answer.status in (400, 401) and posts.field(answer, "error") in EXPIRED:
            self._renew()
            answer = self._once(method, name, content, kind)
        return posts.understood(answer, self.to.at)

    def _once(self, method: str, name: str, content: Any, kind: str) -> http.Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.to.call(method, _address(self.to, name), body, headers)

    def _renew(self) -> None:
        headers = {"Authorization": f"Bearer {self.refresh}"}
        answer = self.to.call("POST", _address(self.to, "com.atproto.server.refreshSession"), None, headers)
        if answer.status in (400, 401):
            fresh = _signed_in(self.to)
            self.token, self.refresh = fresh.token, fresh.refresh
        else:
            opened = posts.understood(answer, self.to.at)
            self.token, self.refresh = opened["accessJwt"], opened["refreshJwt"]
        self.new = True


def _address(to: To, name: str, **parameters: str) -> str:
    typed = (to.settings.get("server") or "bsky.social").strip().rstrip("/")
    server = typed if "://" in typed else f"https://{typed}"
    return f"{server}/xrpc/{name}" + (f"?{urlencode(parameters)}" if parameters else "")


def _signed_in(to: To) -> _Access:
    """Sign in by the app password. Servers allow this 30 times in five minutes and 300 a day."""
    typed = {"identifier": to.settings["handle"].strip().removeprefix("@"), "password": to.settings["password"]}
    body, headers = json.dumps(typed).encode(), {"Content-Type": "application/json"}
    opened = posts.understood(to.call("POST", _address(to, "com.atproto.server.createSession"), body, headers), to.at)
    return _Access(to, opened["did"], opened["accessJwt"], opened["refreshJwt"], new=True)


def _access(to: To) -> _Access:
    kept = to.settings
    if kept.get("did") and kept.get("access"):
        return _Access(to, kept["did"], kept["access"], kept["refresh"])
    return _signed_in(to)


def send(said: Said, to: To) -> Sent:
    """Post, reply or delete. Raises Again, Refused."""
    access, data = _access(to), said.data
    stand, way = posts.standing(to.earlier), posts.way(data, to, "reply")
    if way == "delete":
        ids = [post["id"] for post in reversed(stand)]
        for uri in ids:  # one that is not there counts as deleted
            key = {"repo": access.did, "collection": COLLECTION, "rkey": uri.rpartition("/")[2]}
            access.call("POST", "com.atproto.repo.deleteRecord", key)
        return _sent(access, {"deleted": ids})
    record = data["record"] | ({"embed": embed} if (embed := _embed(data, access)) else {})
    if way == "reply":
        record["reply"] = {"root": _reference(stand[0]), "parent": _reference(stand[-1])}
    put = {"repo": access.did, "collection": COLLECTION, "rkey": data["rkey"], "record": record}
    made = access.call("POST", "com.atproto.repo.putRecord", put)
    return _sent(access, {"id": made["uri"], "cid": made["cid"]})


def _reference(post: dict[str, Any]) -> dict[str, str]:
    return {"uri": post["id"], "cid": post["cid"]}


def _sent(access: _Access, result: dict[str, Any]) -> Sent:
    if not access.new:
        return Sent(result)
    return Sent(result, keep={"did": access.did}, seal={"access": access.token, "refresh": access.refresh})


def _embed(data: dict[str, Any], access: _Access) -> dict[str, Any] | None:
    """Return the photo of a first word; without one, and for a change, the card of the link."""
    picture, card = data["picture"], data["card"]
    if picture and data["act"] == "post" and (blob := _blob(picture["path"], access)):
        ratio = {"width": picture["width"], "height": picture["height"]}
        image = {"image": blob, "alt": picture["alt"], "aspectRatio": ratio}
        return {"$type": "app.bsky.embed.images", "images": [image]}
    blob = _blob(card["thumb"], access) if card["thumb"] else None
    external = {name: card[name] for name in ("uri", "title", "description")} | ({"thumb": blob} if blob else {})
    return {"$type": "app.bsky.embed.external", "external": external}


def _blob(path: str, access: _Access) -> Any:
    body = posts.bytes_of(path, access.to, LARGEST)
    return access.call("POST", "com.atproto.repo.uploadBlob", body, "image/jpeg")["blob"] if body else None


def check(to: To) -> str:
    """Sign in, and return the account's name."""
    return f"@{to.settings['handle'].removeprefix('@')} ({_signed_in(to).did})"


CHANNEL = Channel(
    name="bluesky",
    label={"ja": "Bluesky", "en": "Bluesky"},
    settings=(
        Setting(
            "handle",
            {"ja": "ハンドル", "en": "Handle"},
            {"ja": "例：semboku.bsky.social", "en": "Such as semboku.bsky.social"},
        ),
        Setting(
            "password",
            {"ja": "アプリパスワード", "en": "App password"},
            {
                "ja": "Blueskyの「設定 → プライバシーとセキュリティ → アプリパスワード」で作ります。",
                "en": "Made in Bluesky under Settings, Privacy and security, App passwords.",
            },
            secret=True,
        ),
        Setting("server", {"ja": "サーバー", "en": "Server"}, required=False, default="bsky.social"),
        posts.changes_setting("reply", "post"),
    ),
    say=say,
    send=send,
    check=check,
    limits=(Limit(1600, 3600), Limit(11000, 86400)),  # 5,000 points an hour and 35,000 a day; a post costs three
)
