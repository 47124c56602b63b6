"""Write emergencies as CAP 1.2 (OASIS Common Alerting Protocol) and list them as an Atom index. Frozen values in, bytes out.

The schema orders the elements and refuses "Z" and fractions of a second in times. It does not see a Cancel without references nor
an identifier with a space, a comma, "<" or "&": `Alert` refuses these.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from calendar_app.formats._feedgen import Zulu
from calendar_app.text.markup import clean, uri

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/cap+xml"
HEADLINE = 160  # characters that receivers show
_WORD = re.compile(r"[^\s,<&]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """What names a message: its identifier, its sender, when it was sent (an instant in the city's zone)."""

    identifier: str
    sender: str
    sent: datetime

    def __post_init__(self) -> None:
        if not (_WORD.fullmatch(self.identifier) and _WORD.fullmatch(self.sender)):
            raise ValueError(f"no identifier and sender of CAP: {self.identifier} {self.sender}")


@dataclass(frozen=True, slots=True)
class Text:
    """What a message says in one language (BCP 47)."""

    lang: str
    headline: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. `type` is Alert, Update or Cancel; the latter two name every message before them in `references`.

    `url` is the message's own address, `page` that of the announcement. A Cancel says nothing but that the others were wrong.
    """

    me: Reference
    type: str
    references: tuple[Reference, ...]
    texts: tuple[Text, ...]
    area: str
    area_code: str
    sender_name: str
    contact: str
    url: str
    page: str
    expires: datetime | None = None

    def __post_init__(self) -> None:
        if (self.type == "Alert") == bool(self.references):
            raise ValueError(f"{self.type} with {len(self.references)} references")


def render(alert: Alert) -> bytes:
    """Return one message."""
    root = etree.Element(f"{{{CAP}}}alert", nsmap={None: CAP})
    head = {"identifier": alert.me.identifier, "sender": alert.me.sender, "sent": _time(alert.me.sent)}
    head |= {"status": "Actual", "msgType": alert.type, "scope": "Public"}
    head |= {"note": alert.texts[0].headline} if alert.type == "Cancel" else {}
    head |= {"references": " ".join(f"{each.sender},{each.identifier},{_time(each.sent)}" for each in alert.references)}
    _put(root, CAP, head)
    for text in alert.texts if alert.type != "Cancel" else ():
        _put_info(root, alert, text)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _put_info(root: etree._Element, alert: Alert, text: Text) -> None:
    info = etree.SubElement(root, f"{{{CAP}}}info")
    values = {"language": text.lang, "category": "Safety", "event": text.headline, "urgency": "Immediate"}
    values |= {"severity": "Unknown", "certainty": "Unknown"}  # nobody was asked; a guess would be acted upon
    values |= {"expires": _time(alert.expires) if alert.expires else "", "senderName": alert.sender_name}
    values |= {"headline": text.headline[:HEADLINE], "description": text.description}
    _put(info, CAP, values | {"web": uri(alert.page), "contact": alert.contact})
    area = etree.SubElement(info, f"{{{CAP}}}area")
    _put(area, CAP, {"areaDesc": alert.area})
    _put(etree.SubElement(area, f"{{{CAP}}}geocode"), CAP, {"valueName": "jp-lgcode", "value": alert.area_code})


def index(alerts: list[Alert], *, id: str, title: str, own: str, hub: str, author: str, updated: datetime) -> bytes:
    """Return the Atom feed that lists messages, newest first; `own` is its address."""
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(feed, ATOM, {"id": id, "title": title, "updated": Zulu.of(updated).isoformat()})
    _put(etree.SubElement(feed, f"{{{ATOM}}}author"), ATOM, {"name": author})
    for rel, address in (("self", own), ("hub", hub)):
        if address:
            etree.SubElement(feed, f"{{{ATOM}}}link", rel=rel, href=uri(address))
    for alert in alerts:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        sent = Zulu.of(alert.me.sent).isoformat()
        _put(entry, ATOM, {"id": alert.url, "title": alert.texts[0].headline, "updated": sent, "published": sent})
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type=MEDIA_TYPE, href=uri(alert.url))
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="related", type="text/html", href=uri(alert.page))
        _put(entry, ATOM, {"summary": alert.texts[0].description})
    return bytes(etree.tostring(feed, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _put(parent: etree._Element, namespace: str, values: dict[str, str]) -> None:
    """Add an element for each value that is not empty, in this order."""
    for name, value in values.items():
        if value:
            etree.SubElement(parent, f"{{{namespace}}}{name}").text = clean(value)


def _time(moment: datetime) -> str:
    """Return an instant as CAP writes it: to the second, with the offset of its zone, which is never "Z"."""
    text = moment.replace(microsecond=0).isoformat()
    return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text
