"""LINE, Mastodon and Bluesky as far as we speak with them: they keep what they take, and refuse as their documentation says."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any
from uuid import UUID

from calendar_app.sharing.counting import count_graphemes, count_utf16_units
from helpers.receivers import Reply, Request

JPEG = b"\xff\xd8\xff" + b"photo" * 20


def answer(status: int, content: Any, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json"} | named)


@dataclass
class Network:
    """`told` is every change that its readers see, in order. `limited` answers the next requests with 429."""

    told: list[tuple[str, str]] = field(default_factory=list)
    limited: int = 0
    broken_after: int = 0  # requests that are done, and then answered with 500

    def __call__(self, request: Request) -> Reply:
        if self.limited:
            self.limited -= 1
            return self.too_many()
        reply = self.take(request)
        if self.broken_after and request.method != "GET":
            self.broken_after -= 1
            return Reply(500)
        return reply

    def take(self, request: Request) -> Reply:
        raise NotImplementedError

    def too_many(self) -> Reply:
        raise NotImplementedError


@dataclass
class Line(Network):
    token: str = "line-token"
    quota: int = 1000
    messages: list[Any] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)

    def too_many(self) -> Reply:
        return answer(429, {"message": "The API rate limit has been exceeded. Try again later."})

    def take(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return answer(401, {"message": "Authentication failed. Confirm that the access token is valid."})
        known: dict[str, Any] = {
            "/v2/bot/info": {"displayName": "仙北市"},
            "/v2/bot/message/quota": {"type": "limited", "value": self.quota},
            "/v2/bot/message/quota/consumption": {"totalUsage": len(self.messages)},
        }
        if request.method == "GET":
            return answer(200, known[request.path])
        key = str(UUID(request.headers["x-line-retry-key"]))
        if key in self.accepted:
            conflict = {"message": "The retry key is already accepted"}
            return answer(409, conflict, x_line_accepted_request_id=self.accepted[key])
        if len(self.messages) >= self.quota:
            return answer(429, {"message": "You have reached your monthly limit."})
        content = json.loads(request.body)
        if wrong := self.wrong(request.path.rpartition("/")[2], content):
            return answer(400, {"message": f"The request body has 1 error(s): {wrong}"})
        self.accepted[key] = f"request-{len(self.accepted)}"
        self.messages.append(content)
        self.told.append((request.path.rpartition("/")[2], content["messages"][-1]["altText"]))
        status = 202 if request.path.endswith("narrowcast") else 200
        return answer(status, {}, x_line_request_id=self.accepted[key])

    def wrong(self, kind: str, content: dict[str, Any]) -> str:
        if not 1 <= len(content["messages"]) <= 5:
            return "messages"
        if (kind == "narrowcast") != ("recipient" in content):
            return "recipient"
        return next(filter(None, map(self.wrong_message, content["messages"])), "")

    def wrong_message(self, message: dict[str, Any]) -> str:
        if message["type"] == "image":
            urls = (message["originalContentUrl"], message["previewImageUrl"])
            return "" if all(url.startswith("https://") and len(url) <= 2000 for url in urls) else "image"
        if not 0 < count_utf16_units(message["altText"]) <= 400:
            return "altText"
        if len(json.dumps(message["contents"], ensure_ascii=False).encode()) > 30_000:
            return "bubble"
        if any(not part["text"] for part in message["contents"]["body"]["contents"]):
            return "text"
        actions = [button["action"] for button in message["contents"]["footer"]["contents"]]
        return "" if all(len(each["label"]) <= 20 and len(each["uri"]) <= 1000 for each in actions) else "action"


@dataclass
class Mastodon(Network):
    token: str = "mastodon-token"
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)  # descriptions by id
    keys: dict[str, str] = field(default_factory=dict)
    processing: int = 0

    def too_many(self) -> Reply:
        return answer(429, {"error": "Too many requests"}, X_RateLimit_Reset="2027-03-01T00:05:00.000000Z")

    def take(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return answer(401, {"error": "The access token is invalid"})
        name, _, number = request.path.removeprefix("/api/").partition("/")[2].partition("/")
        if request.path == "/api/v1/accounts/verify_credentials":
            return answer(200, {"acct": "semboku"})
        if name == "media":
            return self.take_media(request, number)
        if request.method == "POST":
            return self.post(json.loads(request.body), request.headers["idempotency-key"])
        if number not in self.posts:
            return answer(404, {"error": "Record not found"})
        if request.method == "DELETE":
            self.told.append(("delete", number))
            return answer(200, self.posts.pop(number))
        content = json.loads(request.body)
        if wrong := self.wrong(content):
            return wrong
        self.posts[number] |= {"text": content["status"], "media": content.get("media_ids", [])}
        self.told.append(("edit", content["status"]))
        return answer(200, {"id": number})

    def post(self, content: dict[str, Any], key: str) -> Reply:
        if key in self.keys:
            return answer(200, {"id": self.keys[key]})
        answered = content.get("in_reply_to_id")
        if answered is not None and answered not in self.posts:
            return answer(404, {"error": "Record not found"})
        if wrong := self.wrong(content):
            return wrong
        number = self.keys[key] = str(1000 + len(self.keys))
        self.posts[number] = {"text": content["status"], "media": content["media_ids"], "answers": answered}
        self.told.append(("reply" if answered else "post", content["status"]))
        return answer(200, {"id": number, "url": f"https://mastodon.example/@semboku/{number}"})

    def wrong(self, content: dict[str, Any]) -> Reply | None:
        if count_graphemes(re.sub(r"https?://\S+", "x" * 23, content["status"])) > 500:
            return answer(422, {"error": "Validation failed: Text character limit of 500 exceeded"})
        if not set(content.get("media_ids", [])) <= set(self.media):
            return answer(422, {"error": "Validation failed: media not found"})
        return None

    def take_media(self, request: Request, number: str) -> Reply:
        if request.method == "GET":
            self.processing -= 1
            return answer(206 if self.processing > 0 else 200, {"id": number})
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts: list[Any] = message_from_bytes(head + request.body).get_payload()
        fields = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}
        if not fields["file"].startswith(b"\xff\xd8"):
            return answer(422, {"error": "Validation failed: File content type is invalid"})
        if len(fields["description"].decode()) > 1500:
            return answer(422, {"error": "Validation failed: Description is too long"})
        number = f"media-{len(self.media)}"
        self.media[number] = fields["description"].decode()
        return answer(202 if self.processing else 200, {"id": number})


@dataclass
class Bluesky(Network):
    password: str = "app-password"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    access: str = ""
    refresh: str = ""
    opened: int = 0

    def too_many(self) -> Reply:
        reset = int(datetime(2027, 3, 1, 0, 5, tzinfo=UTC).timestamp())
        return answer(429, {"error": "RateLimitExceeded"}, ratelimit_reset=str(reset))

    def take(self, request: Request) -> Reply:
        method = request.path.removeprefix("/xrpc/")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if method == "com.atproto.server.createSession":
            if json.loads(request.body)["password"] != self.password:
                return answer(401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"})
            return self.open()
        if method == "com.atproto.server.refreshSession":
            return self.open() if bearer == self.refresh else answer(400, {"error": "ExpiredToken"})
        if bearer != self.access:
            return answer(400, {"error": "ExpiredToken", "message": "Token has expired"})
        if method == "com.atproto.repo.uploadBlob":
            link = f"blob{len(self.blobs)}"
            self.blobs[link] = len(request.body)
            blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/jpeg", "size": len(request.body)}
            return answer(200, {"blob": blob})
        content = json.loads(request.body)
        if method == "com.atproto.repo.deleteRecord":
            if self.records.pop(content["rkey"], None):
                self.told.append(("delete", content["rkey"]))
            return answer(200, {})
        return self.put(content)

    def open(self) -> Reply:
        self.opened += 1
        self.access, self.refresh = f"access-{self.opened}", f"refresh-{self.opened}"
        tokens = {"accessJwt": self.access, "refreshJwt": self.refresh}
        return answer(200, {"did": "did:plc:semboku", "handle": "semboku.example"} | tokens)

    def put(self, content: dict[str, Any]) -> Reply:
        record, key = content["record"], content["rkey"]
        if wrong := self.wrong(record, key):
            return answer(400, {"error": "InvalidRequest", "message": wrong})
        if key not in self.records:
            self.told.append(("reply" if "reply" in record else "post", record["text"]))
        self.records[key] = record
        return answer(200, {"uri": self.uri(key), "cid": f"cid-{key}"})

    def uri(self, key: str) -> str:
        return f"at://did:plc:semboku/app.bsky.feed.post/{key}"

    def wrong(self, record: dict[str, Any], key: str) -> str:
        if not re.fullmatch("[234567a-j][234567a-z]{12}", key):
            return "rkey"
        if count_graphemes(record["text"]) > 300 or len(record["text"].encode()) > 3000:
            return "text must not be longer than 300 graphemes"
        if any(self.wrong_facet(record["text"], facet) for facet in record["facets"]):
            return "facets"
        there = {self.uri(each) for each in self.records}
        if not {each["uri"] for each in record.get("reply", {}).values()} <= there:
            return "reply"
        images = record["embed"].get("images", [])
        blobs = [image["image"] for image in images] + list(
            filter(None, [record["embed"].get("external", {}).get("thumb")])
        )
        if any(self.blobs.get(blob["ref"]["$link"], 10**9) > 1_000_000 for blob in blobs):
            return "blob"
        return "" if all(image["alt"] for image in images) else "alt"

    def wrong_facet(self, text: str, facet: dict[str, Any]) -> bool:
        """The real one takes a wrong facet in silence, and shows it wrongly."""
        words = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(errors="replace")
        [feature] = facet["features"]
        return bool(words != feature.get("uri") and words != f"#{feature.get('tag')}")
