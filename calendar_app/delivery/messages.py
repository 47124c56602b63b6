"""Say what a change means: one message for each revision that the public must notice, the same for every channel.

`of` reads only the revision and its entry. A channel shortens the message for its network, or edits, answers or deletes
what it said before, by `act`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from calendar_app.db.models import Announcement, Entry, Event, Revision
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import Image
from calendar_app.sharing import kit
from calendar_app.sharing.posts import PostParts
from calendar_app.text.labels import STATUS_MARKS, marked
from calendar_app.text.languages import Words

Act = Literal["post", "change", "delete"]

WITHDRAWN = Words({"ja": "取り下げ", "en": "Withdrawn"})
UNTRUE = Words({"ja": "この情報は取り下げました。", "en": "This has been withdrawn."})

# What a message is about, by the kind of its revision; every other notable kind is named as it is.
KINDS = {"published": "new", "reinstated": "new", "expired": "over"}
NOT_NOTABLE = ("withdrawn", "reinstated", "expired")  # kinds that feeds of news leave out but channels say
ONLY_IN_FEEDS = ("qa_published",)  # nobody's telephone rings for the answer to somebody else's question
TOLD = Revision.notable & Revision.kind.not_in(ONLY_IN_FEEDS) | Revision.kind.in_(
    NOT_NOTABLE
)  # `is_told` as a condition


@dataclass(frozen=True, slots=True)
class Message:
    """What one change says in one language.

    `kind` is "new", "cancelled", "date_cancelled" (one date of a series), "postponed", "rescheduled", "moved", "restored",
    "withdrawn", "status" (a season's), "emergency", "over" (an emergency), "corrected" or another kind of notice.
    `act`: a first word ("post"), a change of what was said ("change"), or that it was never true ("delete").
    `parts` are those of a post, which `sharing.posts.compose` fits to a network; `text` is the whole message as plain lines.
    `cards` are the addresses of the share cards by size (`sharing.cards.SIZES`); {} for what is withdrawn.
    """

    kind: str
    act: Act
    headline: str
    text: str
    link: str
    lang: str
    at: datetime
    urgent: bool
    guid: str
    number: int
    entry: Mapping[str, Any]
    parts: PostParts
    image: Image | None = None
    cards: Mapping[str, str] = field(default_factory=dict)


def of(row: Revision, site_view: SiteView, today: date) -> Message | None:
    """Return what a revision says in the language of `site_view`, None if the public need not notice it.

    `today` is the day in the city, from which dates are named.
    """
    entry = row.entry
    if entry is None or not row.public or not is_told(row):
        return None
    if row.kind == "expired" and not emergency(entry):
        return None
    parts = _parts(row, entry, site_view, today)
    return Message(
        kind=_kind(row, entry),
        act="delete" if row.kind == "withdrawn" else "post" if row.kind in ("published", "reinstated") else "change",
        headline=parts.title,
        text="\n".join(filter(None, (parts.title, parts.note, parts.when, parts.place, parts.summary))),
        link=parts.link,
        lang=site_view.lang,
        at=row.at,
        urgent=emergency(entry) or row.kind in ("cancelled", "postponed"),
        guid=row.guid or "",
        number=row.number,
        entry=_facts(entry, site_view),
        parts=parts,
        image=items.image(entry.photos[0], site_view) if entry.photos and row.kind != "withdrawn" else None,
        cards=_cards(row, entry, site_view) if row.kind != "withdrawn" else {},
    )


def is_told(row: Revision) -> bool:
    """Whether channels tell a change that is public."""
    return row.kind in NOT_NOTABLE or (row.notable and row.kind not in ONLY_IN_FEEDS)


def _cards(row: Revision, entry: Entry, site_view: SiteView) -> dict[str, str]:
    """Return the share cards; the number makes networks fetch a changed card anew."""
    return {size: site_view.url(f"/cards/{entry.public_id}-{size}.jpg", f"v={row.number}") for size in ("og", "square")}


def _kind(row: Revision, entry: Entry) -> str:
    if row.kind == "expired" or row.kind == "withdrawn":
        return KINDS.get(row.kind, row.kind)
    if isinstance(entry, Announcement) and row.kind in KINDS:
        return "emergency" if emergency(entry) else "status" if entry.headline else "new"
    return f"date_{row.kind}" if row.original else KINDS.get(row.kind, row.kind)


def emergency(entry: Entry) -> bool:
    """Whether an entry is an announcement of an emergency, which everybody is told."""
    return isinstance(entry, Announcement) and entry.importance == "emergency"


def _parts(row: Revision, entry: Entry, site_view: SiteView, today: date) -> PostParts:
    """Return the parts of a post: the entry as it is now, under the headline and with the note of this change."""
    parts, lang = kit.post_parts(entry, site_view, today), site_view.lang
    if row.kind == "withdrawn":  # nothing of it is repeated, nor the reason, which only staff see
        title = marked(describe.text(entry, "title", lang), WITHDRAWN, lang)
        return PostParts(title, note=UNTRUE[lang], link=parts.link)
    if row.kind == "expired":
        return replace(
            parts, title=marked(describe.title(entry, lang), STATUS_MARKS["over"], lang), note="", summary=""
        )
    title = items.notice(row, lang)
    if row.kind == "reinstated":
        title = kit.heading(entry, lang)
    note = row.note or (parts.note if row.kind in ("published", "reinstated") else "")
    if row.original:  # the headline names the date; the next one is another
        return replace(parts, title=title, note=note, when="", place="", summary="")
    return replace(parts, title=title, note=note)


def _facts(entry: Entry, site_view: SiteView) -> dict[str, Any]:
    """Return what programs need to know of the entry: its ids, its state, its dates as wall-clock times with their zone."""
    facts = {
        "id": entry.public_id,
        "uid": entry.uid,
        "kind": entry.kind,
        "state": entry.state,
        "title": describe.text(entry, "title", site_view.lang),
        "sequence": entry.sequence,
        "department": entry.department.slug,
        "tags": [tag.name for tag in entry.tags],
    }
    if isinstance(entry, Event):
        times = {"start": entry.start.isoformat(), "end": entry.end.isoformat() if entry.end else None}
        facts |= times | {"timezone": entry.timezone, "all_day": entry.all_day, "status": entry.status}
    return facts
