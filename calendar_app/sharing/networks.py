"""Count text as each social network does and shorten it to fit: weights, graphemes, addresses, hashtags.

`static/share.js` counts the same way while somebody edits; a test compares the two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from calendar_app.text.graphemes import emoji, graphemes

ADDRESS = 23  # the length of any web address on X and Mastodon

_WEB = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?(?:[/?#][!-~]*)?", re.IGNORECASE)
# X also makes links of bare names with these endings, or with a country's ending and two dots (twitter-text,
# simplified).
_BARE = re.compile(
    r"(?<![a-z0-9@._/-])(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|edu|gov|app|dev|[a-z0-9-]+\.[a-z]{2})"
    r"(?![a-z0-9-]|\.[a-z0-9])(?:/[!-~]*)?",
    re.IGNORECASE,
)
_AFTER = ".,:;!?'\"*_)]}"  # punctuation after an address belongs to the sentence


# X's configuration, version 3: these code points weigh one, all others two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

_SENTENCE = "。！？!?．"
_WORD = " 　、，・\n」』）)】"


def count_x(text: str) -> int:
    """Count as X does (limit 280): Japanese and emoji weigh 2, Latin letters 1, any address 23."""
    text = unicodedata.normalize("NFC", text)
    return sum(ADDRESS if address else sum(map(_weight, graphemes(part))) for part, address in _parts(text, bare=True))


def _weight(grapheme: str) -> int:
    if emoji(grapheme):
        return 2
    return sum(1 if any(low <= ord(letter) <= high for low, high in _LIGHT) else 2 for letter in grapheme)


def count_graphemes(text: str) -> int:
    """Count graphemes, as Bluesky and the Japanese 字数 do."""
    return len(graphemes(text))


def count_mastodon(text: str) -> int:
    """Count graphemes as Mastodon does: an address with its scheme counts 23."""
    return sum(ADDRESS if address else count_graphemes(part) for part, address in _parts(text, bare=False))


def count_utf16_units(text: str) -> int:
    """Count UTF-16 code units, as LINE and Meta do."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parts(text: str, *, bare: bool) -> Iterator[tuple[str, bool]]:
    """Split a text into its parts in order, each with whether it is an address; `bare` also finds names without a
    scheme.
    """
    spans = [match.span() for match in _WEB.finditer(text)]
    if bare:
        spans += [match.span() for match in _BARE.finditer(text) if not any(a <= match.start() < b for a, b in spans)]
    done = 0
    for start, end in sorted(spans):
        end = start + len(text[start:end].rstrip(_AFTER))
        yield text[done:start], False
        yield text[start:end], True
        done = end
    yield text[done:], False


@dataclass(frozen=True, slots=True)
class Network:
    """A network's limits.

    `counting` names the function in share.js, `bytes` is a further limit in UTF-8, `tags` the most hashtags.
    """

    name: str
    counting: str
    count: Callable[[str], int]
    limit: int
    tags: int
    bytes: int = 0
    links: bool = True  # whether an address in the text becomes a link

    def fits(self, text: str) -> bool:
        """Whether a text is within the network's limits."""
        return self.count(text) <= self.limit and not (self.bytes and len(text.encode()) > self.bytes)


# LINE: 500 is the limit of one bubble in the Official Account Manager, where a city writes by hand (the API takes
# 5,000). Facebook takes 63,206 but shows about 1,000 before "See more". Hashtags are rare in LINE and on Facebook.
NETWORKS = {
    network.name: network
    for network in (
        Network("x", "weigh", count_x, 280, 3),
        Network("line", "units", count_utf16_units, 500, 0),
        Network("facebook", "units", count_utf16_units, 1000, 3),
        Network("instagram", "units", count_utf16_units, 2200, 30, links=False),
        Network("mastodon", "mastodon", count_mastodon, 500, 5),
        Network("bluesky", "letters", count_graphemes, 300, 3, bytes=3000),
    )
}


def hashtag(name: str) -> str:
    """Make a hashtag (#仙北市) of any name:

    no spaces, signs or emoji, full-width letters narrowed. "" if no letter is left.
    """
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", name) if letter == "_" or _spells(letter))
    return f"#{letters}" if any(letter.isalpha() for letter in letters) else ""


def _spells(letter: str) -> bool:
    return (
        unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lo", "Lm", "Nd", "Mn", "Mc")
        and not "\ufe00" <= letter <= "\ufe0f"
    )


def hashtags(names: Iterable[str]) -> tuple[str, ...]:
    """Make hashtags of names, without duplicates; case is ignored."""
    tags_by_case: dict[str, str] = {}
    for tag in map(hashtag, names):
        if tag:
            tags_by_case.setdefault(tag.casefold(), tag)
    return tuple(tags_by_case.values())


def shorten(text: str, fits: Callable[[str], bool]) -> str:
    """Give the longest beginning that fits with … appended, ended at a sentence or a word where one is near; "" if none
    fits.
    """
    if fits(text):
        return text
    pieces = graphemes(text)
    low, high = 0, len(pieces)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits("".join(pieces[:middle]).rstrip() + "…") else (low, middle - 1)
    return _edge(pieces[:low], pieces[low:]) + "…" if low else ""


def _edge(letters: list[str], rest: list[str]) -> str:
    """Cut back to a sentence's end in the last half, or a word's end in the last third.

    Never cut inside a Latin word.
    """
    for ends, least in ((_SENTENCE, len(letters) // 2), (_WORD, len(letters) * 2 // 3)):
        for length in range(len(letters), least, -1):
            if letters[length - 1][0] in ends and length > 1:
                return "".join(letters[:length]).rstrip(" 　、，・\n")
    length = len(letters)
    while length > 1 and _latin(letters[length - 1]) and _latin((letters + rest)[length]):
        length -= 1
    return "".join(letters[: length if length > 1 else len(letters)]).rstrip()


def _latin(grapheme: str) -> bool:
    return grapheme.isascii() and grapheme.isalnum()


@dataclass(frozen=True, slots=True)
class PostParts:
    """The parts of a post, most important first. Each line of `facts` is used whole or not at all."""

    title: str
    when: str = ""
    place: str = ""
    note: str = ""
    summary: str = ""
    facts: tuple[str, ...] = ()
    link: str = ""
    tags: tuple[str, ...] = field(default=())


LEAST = 12  # graphemes; a shorter text tells nothing
_LONGEST = {"when": 80, "place": 45}  # graphemes, on networks with little room


def compose(parts: PostParts, network: Network) -> str:
    """Write the whole post within the network's limit. The link stays whole; then the more important part gets room first."""
    lines = {"link": parts.link}
    for name, longest in _LONGEST.items():
        text = getattr(parts, name)
        _add(lines, name, _first_graphemes(text, longest) if network.limit <= 500 else text, network)
    _add(lines, "title", parts.title, network)
    _add(lines, "note", parts.note, network, LEAST)
    for count in range(1, min(network.tags, len(parts.tags)) + 1):
        tags = " ".join(parts.tags[:count])
        if network.fits(_joined(lines | {"tags": tags})):
            lines["tags"] = tags
    _add(lines, "summary", parts.summary, network, LEAST)
    for fact in parts.facts:
        facts = f"{lines['facts']}\n{fact}" if lines.get("facts") else fact
        if network.fits(_joined(lines | {"facts": facts})):
            lines["facts"] = facts
    return _joined(lines)


def _joined(lines: dict[str, str]) -> str:
    order = ("title", "note", "when", "place", "summary", "facts", "link", "tags")
    return "\n".join(filter(None, (lines.get(name, "") for name in order)))


def _add(lines: dict[str, str], name: str, text: str, network: Network, least: int = 0) -> None:
    """Add as much of a text as fits beside the other lines; nothing if a shortened one has fewer than `least` graphemes."""
    shortened = shorten(text, lambda tried: network.fits(_joined(lines | {name: tried})))
    if shortened == text or count_graphemes(shortened) >= least:
        lines[name] = shortened


def _first_graphemes(text: str, longest: int) -> str:
    return shorten(text, lambda tried: count_graphemes(tried) <= longest)
