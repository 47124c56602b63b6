"""The fediverse (ActivityPub): each server on which somebody follows an account of ours is one receiver, its inbox.

The town's account writes: Create, Update, Delete. The accounts of departments and tags boost what concerns them
(Announce). Mastodon shows no edit of an Event, so a change goes out as an Update and as a Note that answers the event.
"""

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from calendar_app.delivery.channel import Channel, Said, Sent, To, Unneeded, outcome
from calendar_app.delivery.fediverse import accounts, objects
from calendar_app.delivery.messages import Message
from calendar_app.formats import activity_streams
from calendar_app.formats.activity_streams import MEDIA_TYPE
from calendar_app.outgoing import http, signatures
from calendar_app.outgoing.signatures import Form

Json = dict[str, Any]


def say(message: Message, _to: To) -> Said:
    """Return what a change does to its entry there."""
    occasion = {"act": message.act, "id": message.entry["id"], "number": message.number}
    about = {
        "event": message.entry["kind"] == "event",
        "emergency": message.kind in ("emergency", "over"),
        "dated": message.kind.startswith("date_"),
    }
    return Said(message.text, occasion | about)


def send(said: Said, to: To) -> Sent:
    """Send the activities of a change, or an answer, to the inbox. Raises Again, Refused, Gone, Unneeded."""
    if "accept" in said.data:
        return Sent(keep=post(to, said.data["actor"], said.data["accept"]))
    written, result = _activities(said.data, to)
    if not written:
        raise Unneeded
    keep: dict[str, str] = {}
    for each in written:
        keep |= post(to, each["actor"], each, keep.get("signature", ""))
    return Sent(result, keep=keep)


def _activities(data: Json, to: To) -> tuple[list[Json], Json]:
    """Return what goes out for a change, in order, and what a later change needs to know."""
    base = to.settings["origin"]
    author, id = accounts.address(base, accounts.TOWN), objects.entry_id(base, data["id"])
    if data["act"] == "delete":
        return _deletions(data, id, author, to), {}
    about = _page(id, to)
    tell = _telling(about, data, to)
    if not tell:
        return [], {}
    others = [accounts.address(base, name) for name in tell if name != accounts.TOWN]
    mark = str(data["number"])
    written = []
    if data["act"] == "change" and to.earlier:
        written.append(activity_streams.activity("Update", author, about, mark, others))
    else:
        written += _told(about, tell, base)
    if not data["event"] or not (to.earlier or data["dated"]):
        return written, {"entry": id}
    word = _page(objects.change_id(base, data["number"]), to)
    return written + _told(word, tell, base), {"note": word["id"]}


def _told(about: Json, tell: list[str], base: str) -> list[Json]:
    """Return what the accounts do with something new: the town's writes it, the others boost it."""
    written = []
    for name in tell:
        own = accounts.address(base, name)
        if name == accounts.TOWN:
            written.append(activity_streams.activity("Create", own, about))
        else:
            written.append(activity_streams.activity("Announce", own, about["id"], name))
    return written


def _telling(about: Json, data: Json, to: To) -> list[str]:
    """Return the accounts that tell of an object to this server: those that are followed there and that it concerns.

    One account is enough for an emergency, which concerns every tag.
    """
    base = to.settings["origin"]
    followed = to.settings["follows"].split()
    ends = [each.removesuffix("/followers") for each in about["cc"]]
    concerned = [name for name in accounts.names_of(base, ends) if name in followed]
    return concerned[:1] if data["emergency"] else concerned


def _deletions(data: Json, id: str, author: str, to: To) -> list[Json]:
    """Return the deletion of an entry and of what was said of its changes.

    Gancio deletes only an object of the type Event; others read nothing but the id, at which a Tombstone answers.
    """
    notes = [sent["note"] for sent in reversed(to.earlier) if "note" in sent]
    gone = [{"id": id, "type": "Event" if data["event"] else "Note"}, *({"id": note, "type": "Note"} for note in notes)]
    return [activity_streams.activity("Delete", author, each, str(data["number"])) for each in gone]


def _page(id: str, to: To) -> Json:
    """Return an object of this site as its own address answers it, the same for every receiver. Raises Unneeded."""
    page = to.page(urlsplit(id).path)
    if page.status != 200:  # withdrawn meanwhile
        raise Unneeded
    return _read(page.body)


@lru_cache(maxsize=8)
def _read(body: bytes) -> Json:
    return dict(json.loads(body))


def post(to: To, actor: str, activity: Json, known: str = "") -> dict[str, str]:
    """Send one activity, signed; return the form of signature that this server takes, where it is not known yet.

    Raises Again, Refused, Gone.
    """
    form: Form = "rfc9421" if (known or to.settings.get("signature")) == "rfc9421" else "cavage"
    answer = _post(to, actor, activity, form)
    if answer.status == 401:  # it reads only the other form
        form = "rfc9421" if form == "cavage" else "cavage"
        answer = _post(to, actor, activity, form)
    outcome(answer)
    return {"signature": form} if form != to.settings.get("signature", "cavage") else {}


def _post(to: To, actor: str, activity: Json, form: Form) -> http.Answer:
    body = json.dumps(activity, ensure_ascii=False, separators=(",", ":")).encode()
    key, key_id = to.settings["signing_key"], activity_streams.key_id(actor)
    signed = signatures.sign(form, key, key_id, "POST", to.key, body, to.at)
    return to.call("POST", to.key, body, {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE} | signed)


CHANNEL = Channel(
    name="fediverse",
    label={"ja": "フェディバースのサーバー", "en": "Servers of the fediverse"},
    say=say,
    send=send,
    shared=accounts.shared,
    at_desk=False,
    together=48,
    dropped=timedelta(days=14),
)
