"""The social networks that the share kit writes for, each declared once.

The kit's texts, its page and script, and the sharing links of public pages read this table. A new network is one row
here; one that counts text in a way of its own also needs a function in `counting.COUNTS` and in `static/share.js`.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from calendar_app.sharing.counting import COUNTS

# The size of `cards.SIZES` that fits the network: "og" beside a link, "square" in a post.
Card = Literal["og", "square"]


def _(text: str) -> str:
    """Mark a text for the catalogs; the page that shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Network:
    """A social network.

    `counting` names the function of `COUNTS` that counts text as the network does. `limit` is in these units, `bytes`
    a further limit in UTF-8 (0: none), `tags` the most hashtags. `composer` is the address that opens the network's
    editor for staff, `reader` the one that pages offer to readers, who share in their own words. {text} and {link} in
    them stand for what is shared, {server} for the person's own server. `hint` is English, for the desk.
    """

    name: str
    label: str
    counting: str
    limit: int
    tags: int
    bytes: int = 0
    links: bool = True  # whether an address in the text becomes a link
    composer: str = ""
    reader: str = ""
    card: Card = "og"
    hint: str = ""

    def count(self, text: str) -> int:
        """Count a text in the network's own units."""
        return COUNTS[self.counting](text)

    def fits(self, text: str) -> bool:
        """Whether a text is within the network's limits."""
        return self.count(text) <= self.limit and not (self.bytes and len(text.encode()) > self.bytes)


def fill(address: str, *, text: str, link: str) -> str:
    """Put a text and a link into an address of a network, percent-encoded."""
    return address.replace("{text}", quote(text, safe="")).replace("{link}", quote(link, safe=""))


# In the order in which pages offer them. LINE: 500 is the limit of one bubble in the Official Account Manager, where a
# city writes by hand (the API takes 5,000). Facebook takes 63,206 but shows about 1,000 before "See more", and opens its
# editor with an address only; Instagram has no such page. Hashtags are rare in LINE and on Facebook.
NETWORKS = {
    network.name: network
    for network in (
        Network(
            "line",
            "LINE",
            "units",
            500,
            tags=0,
            composer="https://line.me/R/share?text={text}",
            reader="https://social-plugins.line.me/lineit/share?url={link}&text={text}",
            card="square",
            hint=_("For one message from an official account. On a phone, it can also be sent to friends and groups."),
        ),
        Network(
            "x",
            "X",
            "weigh",
            280,
            tags=3,
            composer="https://x.com/intent/post?text={text}",
            reader="https://x.com/intent/post?text={text}&url={link}",
            hint=_("A Japanese character counts as 2, any link as 23."),
        ),
        Network(
            "facebook",
            "Facebook",
            "units",
            1000,
            tags=3,
            composer="https://www.facebook.com/sharer/sharer.php?u={link}",
            reader="https://www.facebook.com/sharer/sharer.php?u={link}",
            hint=_("Facebook accepts only the link: copy the text first, then paste it."),
        ),
        Network(
            "instagram",
            "Instagram",
            "units",
            2200,
            tags=30,
            links=False,
            card="square",
            hint=_("Links in posts cannot be tapped there: put the link in your profile."),
        ),
        Network(
            "mastodon",
            "Mastodon",
            "mastodon",
            500,
            tags=5,
            composer="https://{server}/share?text={text}",
            hint=_("Any link counts as 23."),
        ),
        Network(
            "bluesky",
            "Bluesky",
            "letters",
            300,
            tags=3,
            bytes=3000,
            composer="https://bsky.app/intent/compose?text={text}",
        ),
    )
}
