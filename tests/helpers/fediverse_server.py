"""A strict server of the fediverse: people with keys, and an inbox that refuses what Mastodon refuses.

It verifies by code of its own. What it refuses: no or a wrong signature, a stale date, a digest that is not the body's, a
missing context, an author other than the signer, an object of another server. `only` is the form of signature that it reads.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from calendar_app.outgoing import signatures
from helpers.receivers import Reply, Request, Taker, taker

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@cache
def private_key() -> str:
    return signatures.new_key()


@dataclass
class Elsewhere:
    """Another server. `ours` answers the addresses of the site, `now` is the time there."""

    server: Taker
    ours: Callable[[str], Any]
    now: datetime
    only: str = "cavage"
    gone: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)

    def person(self, name: str) -> str:
        return self.server.url(f"/users/{name}")

    def signed(
        self, name: str, url: str, activity: dict[str, Any], form: str = "cavage"
    ) -> tuple[bytes, dict[str, str]]:
        """An activity of a person here as bytes, with the headers that sign it for an address."""
        whole = {"@context": "https://www.w3.org/ns/activitystreams", "actor": self.person(name)} | activity
        body = json.dumps(whole).encode()
        key_id = f"{self.person(name)}#main-key"
        headers = signatures.sign(form, private_key(), key_id, "POST", url, body, self.now)
        return body, headers | {"Content-Type": "application/activity+json"}

    def kinds(self) -> list[tuple[str, str]]:
        """What has been taken, in short: each activity with the type of its object."""
        objects = [each["object"] for each in self.taken]
        types = [about["type"] if isinstance(about, dict) else about.rpartition("/")[2] for about in objects]
        return [(each["type"], kind) for each, kind in zip(self.taken, types, strict=True)]

    def reply(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._account(request.path)
        problem = self._problem(request)
        if problem:
            self.refused.append(problem)
            return Reply(401, problem.encode())
        self.taken.append(json.loads(request.body))
        return Reply(202)

    def _account(self, path: str) -> Reply:
        name = path.rpartition("/")[2]
        if name in self.gone:
            return Reply(410)
        own = self.person(name)
        key = {"id": f"{own}#main-key", "owner": own, "publicKeyPem": signatures.public_key(private_key())}
        document = {"id": own, "type": "Person", "inbox": f"{own}/inbox", "publicKey": key}
        document["endpoints"] = {"sharedInbox": self.server.url("/inbox")}
        return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/activity+json"})

    def _problem(self, request: Request) -> str:
        """Why an activity is refused; "" if it is not."""
        if ("signature-input" in request.headers) != (self.only == "rfc9421"):
            return "another form of signature is needed"
        key_id, text, signature = (self._cavage if self.only == "cavage" else self._rfc9421)(request)
        activity = json.loads(request.body)
        if "https://www.w3.org/ns/activitystreams" not in str(activity.get("@context")):
            return "no context"
        if key_id.partition("#")[0] != activity["actor"]:
            return "signed by another"
        document = self.ours(activity["actor"]).json
        if document["publicKey"]["id"] != key_id:
            return "another key"
        key = load_pem_public_key(document["publicKey"]["publicKeyPem"].encode())
        try:
            key.verify(base64.b64decode(signature), text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return "bad signature"
        return ""

    def _cavage(self, request: Request) -> tuple[str, str, str]:
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["signature"]))
        assert given["headers"].split() == ["(request-target)", "date", "host", "digest"]
        assert abs(parsedate_to_datetime(request.headers["date"]) - self.now) < timedelta(hours=12)
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        assert request.headers["digest"] == f"SHA-256={digest}"
        lines = [f"(request-target): post {request.path}"]
        lines += [f"{name}: {request.headers[name]}" for name in ("date", "host", "digest")]
        return given["keyId"], "\n".join(lines), given["signature"]

    def _rfc9421(self, request: Request) -> tuple[str, str, str]:
        parameters = request.headers["signature-input"].removeprefix("sig1=")
        assert parameters.startswith('("@method" "@target-uri" "content-digest")')
        created = int(re.search(r"created=(\d+)", parameters)[1])
        assert abs(created - self.now.timestamp()) < 12 * 3600
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        assert request.headers["content-digest"] == f"sha-256=:{digest}:"
        lines = [
            '"@method": POST',
            f'"@target-uri": http://{request.headers["host"]}{request.path}',
            f'"content-digest": {request.headers["content-digest"]}',
            f'"@signature-params": {parameters}',
        ]
        key_id = re.search(r'keyid="([^"]+)"', parameters)[1]
        return key_id, "\n".join(lines), request.headers["signature"].removeprefix("sig1=:").removesuffix(":")


@contextmanager
def elsewhere(ours: Callable[[str], Any], now: datetime) -> Iterator[Elsewhere]:
    with taker() as server:
        there = Elsewhere(server, ours, now)
        server.reply = there.reply
        yield there
