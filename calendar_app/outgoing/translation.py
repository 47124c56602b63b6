"""Ask a server of the operator for a machine's translation: LibreTranslate's API, POST /translate with JSON.

Its answers are proposals. Nothing here saves them: a person reads, corrects and confirms each.
"""

import json
from collections.abc import Sequence
from ipaddress import ip_network

from calendar_app.outgoing import http

SECONDS = 25.0
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))  # the operator names the server, often one of the own network
# LibreTranslate's own codes, where they are not the BCP 47 tag.
CODES = {"ja-simple": ""}


class NoProposal(ValueError):
    """The server gave no translation; the text is its reason, or a code of `http.Unreachable`."""


def knows(tag: str) -> bool:
    """Tell whether a machine can translate into a language at all: none writes easy Japanese."""
    return CODES.get(tag, tag) != ""


def propose(server: str, key: str, texts: Sequence[str], *, source: str, target: str) -> list[str]:
    """Return a translation for each text. `source` and `target` are BCP 47 tags; `key` may be "".

    Raises NoProposal when the server cannot be reached, refuses, or answers anything else.
    """
    question = {"q": list(texts), "source": source, "target": target, "format": "text"}
    body = json.dumps(question | ({"api_key": key} if key else {})).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    limits = http.Limits(seconds=SECONDS, networks=ANYWHERE)
    try:
        answer = http.exchange("POST", f"{server.rstrip('/')}/translate", headers, body, limits=limits)
    except http.Unreachable as error:
        raise NoProposal(error.code) from error
    return _read(answer, len(texts))


def _read(answer: http.Answer, number: int) -> list[str]:
    """Return the translations. LibreTranslate says why it refuses as {"error": "…"} (400, 403, 429, 500)."""
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise NoProposal(str(answer.status)) from error
    said = found.get("translatedText") if isinstance(found, dict) else None
    if answer.status == 200 and isinstance(said, list) and len(said) == number:
        return [str(text) for text in said]
    reason = found.get("error") if isinstance(found, dict) else ""
    raise NoProposal(str(reason or answer.status)[:200])
