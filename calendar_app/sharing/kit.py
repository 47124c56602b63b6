"""Compose the share kit of an entry: its text for each network, for mail and for social sharing links."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import quote

from calendar_app.dates import formatting, repeat_patterns
from calendar_app.db.models import Announcement, Entry, Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.fields import labelled
from calendar_app.sharing.networks import NETWORKS, Network, fill
from calendar_app.sharing.posts import PostParts, compose, hashtags, joined, post_lines, shorten
from calendar_app.text import labels, languages
from calendar_app.text.labels import IMPORTANCE_MARKS, marked
from calendar_app.text.languages import Words
from calendar_app.text.markup import plain

SUBJECT = 60  # characters; lists of mails show only the beginning of a longer one

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NEXT = Words({"ja": "次回 {}", "en": "next {}"})
_BEFORE = Words({"ja": "変更前 {}", "en": "before: {}"})
_PROFILE = {
    "ja": "くわしくは、プロフィールのリンクから「{name}」をご覧ください。\n{link}",
    "en": "More on “{name}”: follow the link in our profile.\n{link}",
}
_CLOSING = {"ja": "くわしくは、こちらをご覧ください。\n{}", "en": "Read more here:\n{}"}


@dataclass(frozen=True, slots=True)
class NetworkText:
    """The text for one network.

    `tags` is the line of hashtags at its end. `own` tells whether the rest differs from the common text.
    `composer` is the address that opens the network's editor with the text; "" if there is none.
    """

    network: Network
    words: str
    tags: str
    own: bool
    composer: str


@dataclass(frozen=True, slots=True)
class ShareMail:
    """A mail that staff send by their own mail program."""

    subject: str
    body: str

    @property
    def link(self) -> str:
        """A mailto: address (RFC 6068): lines end in CRLF and everything is percent-encoded."""
        return f"mailto:?subject={quote(self.subject)}&body={quote(self.body.replace(chr(10), chr(13) + chr(10)))}"


def common_text(parts: PostParts) -> str:
    """Compose the text that most networks take as it is: within the limit of a LINE bubble, without hashtags."""
    return compose(parts, NETWORKS["line"])


def network_texts(entry: Entry, site_view: SiteView, today: date) -> list[NetworkText]:
    """Compose the text of every network, in the order of NETWORKS."""
    parts = post_parts(entry, site_view, today)
    common = common_text(parts)
    return [_text(parts, common, network, entry, site_view) for network in NETWORKS.values()]


def _text(parts: PostParts, common: str, network: Network, entry: Entry, site_view: SiteView) -> NetworkText:
    if not network.links:
        bare = parts.link.partition("://")[2]
        parts = replace(parts, link=_PROFILE[site_view.lang].format(name=site_view.name, link=bare))
    lines = post_lines(parts, network)
    words, tags = joined(lines), lines.pop("tags", "")
    composer = fill(network.composer, text=words, link=site_view.entry(entry))
    return NetworkText(network, words, tags, joined(lines) != common, composer)


def post_parts(entry: Entry, site_view: SiteView, today: date) -> PostParts:
    """Collect the parts of a post in the edition's language. The title begins with the status."""
    lang = site_view.lang
    event = entry if isinstance(entry, Event) else None
    access = _access(event, lang) if event else ()
    facts = (*_repeats(event, lang), *describe.details(event, lang)) if event else ()
    return PostParts(
        title=heading(entry, lang),
        when=labelled(_when_label(event), date_text(event, lang, today), lang) if event else "",
        place=_place(event, lang, today) if event else "",
        note=status_note(entry, site_view),
        summary=summary_paragraph(entry, lang),
        facts=tuple(line for line in facts if line not in access),
        access=access,
        link=site_view.entry(entry),
        tags=hashtags([site_view.publisher, *(tag.name for tag in entry.tags)]),
    )


def heading(entry: Entry, lang: str) -> str:
    """Give the title with its status, or with 緊急 or 重要, before it."""
    title = describe.title(entry, lang)
    return marked(title, IMPORTANCE_MARKS[entry.importance], lang) if isinstance(entry, Announcement) else title


def summary_paragraph(entry: Entry, lang: str) -> str:
    """Give the summary as one paragraph; without a summary, the first paragraph of the body."""
    summary = (
        plain(describe.text(entry, "summary", lang)) or plain(describe.text(entry, "body", lang)).partition("\n\n")[0]
    )
    return " ".join(summary.split("\n")) if languages.spaced(lang) else summary.replace("\n", "")


def date_text(event: Event, lang: str, today: date) -> str:
    """Say when the next date is, without the year if it is this one.

    A rescheduled event's former date follows in brackets.
    """
    occurrence = next_occurrence(event, today)
    text = describe.when(event, lang, occurrence, today=today)
    if occurrence and len(event.occurrences) > 1:
        text = _NEXT[lang].format(text)
    if event.status == "rescheduled" and event.previous_starts:
        before = datetime.fromisoformat(event.previous_starts[-1])
        was = formatting.say_when(before, before, event.all_day, lang, today=today)
        text = labels.bracketed(text, _BEFORE[lang].format(was), lang)
    return text


def repeat_text(event: Event, lang: str) -> str:
    """Say how an event repeats, including the day that the rule takes from the first date: 毎週土曜日, 毎月20日."""
    first, rule = event.start, event.rule
    if rule.startswith("FREQ=WEEKLY") and "BY" not in rule:
        rule += f";BYDAY={_DAYS[first.weekday()]}"
    elif rule.startswith("FREQ=MONTHLY") and "BY" not in rule:
        rule += f";BYMONTHDAY={first.day}"
    return repeat_patterns.say_pattern(rule, event.skips, event.shift, event.slots, lang)


def next_occurrence(event: Event, today: date) -> Occurrence | None:
    """Give the next date that is not cancelled, running ones included.

    None if all are over or no exact day is known.
    """
    ahead = [
        occurrence
        for occurrence in event.occurrences
        if occurrence.last_day >= today and occurrence.status != "cancelled"
    ]
    return ahead[0] if ahead and event.precision == "exact" else None


def _when_label(event: Event) -> str:
    return {"postponed": "planned", "rescheduled": "new_date"}.get(event.status, "when")


def _place(event: Event, lang: str, today: date) -> str:
    occurrence = next_occurrence(event, today)
    where = describe.place(occurrence.venue if occurrence and occurrence.venue else event.venue, lang)
    return labelled("where", where.name, lang) if where else ""


def _repeats(event: Event, lang: str) -> tuple[str, ...]:
    return (labelled("repeats", text, lang),) if (text := repeat_text(event, lang)) else ()


def _access(event: Event, lang: str) -> tuple[str, ...]:
    """The lines of `describe.details` about accessibility."""
    texts = describe.facility_texts(event, lang)
    return tuple(labelled(name, text, lang) for name, text in texts.items() if text)


def status_note(entry: Entry, site_view: SiteView) -> str:
    """Give an event's reason for its status, or an announcement's headline about a season."""
    if isinstance(entry, Announcement):
        return describe.say_headline(entry, site_view) if entry.headline else ""
    return describe.remark(entry, entry.reason, site_view.lang) if isinstance(entry, Event) else ""


def mail(entry: Entry, site_view: SiteView, today: date) -> ShareMail:
    """Compose a mail to colleagues, groups and newsrooms, with all facts and the contact."""
    lang, parts = site_view.lang, post_parts(entry, site_view, today)
    subject = shorten(parts.title, lambda tried: len(tried) <= SUBJECT)
    facts = "\n".join(filter(None, [parts.when, parts.place, *parts.facts, *parts.access]))
    address = contact(entry, lang)
    closing = [
        _CLOSING[lang].format(parts.link),
        labelled("contact", address, lang) if address else "",
        site_view.publisher,
    ]
    return ShareMail(subject, "\n\n".join(filter(None, [parts.title, parts.note, facts, parts.summary, *closing])))


def contact(entry: Entry, lang: str) -> str:
    """Give the entry's own contact, or else its department's."""
    return describe.contact(entry, lang) if isinstance(entry, Event | Announcement) else ""


def reader_links(entry: Entry, site_view: SiteView) -> dict[str, str]:
    """Map each network's label to a sharing link for readers. The network is contacted only when a link is followed."""
    link, title = site_view.entry(entry), heading(entry, site_view.lang)
    addresses = {of.label: fill(of.reader, text=title, link=link) for of in NETWORKS.values() if of.reader}
    return addresses | {"mail": f"mailto:?subject={quote(title)}&body={quote(link)}"}
