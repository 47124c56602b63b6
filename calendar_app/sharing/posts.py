"""Write a post within a network's limits: hashtags, shortened texts, the most important parts first."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from calendar_app.sharing.counting import count_graphemes
from calendar_app.sharing.networks import Network
from calendar_app.text.graphemes import graphemes

_SENTENCE = "。！？!?．"
_WORD = " 　、，・\n」』）)】"


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
    tags: dict[str, str] = {}
    for tag in map(hashtag, names):
        if tag:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


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


def _edge(pieces: list[str], rest: list[str]) -> str:
    """Cut back to a sentence's end in the last half, or a word's end in the last third.

    Never cut inside a Latin word.
    """
    for ends, least in ((_SENTENCE, len(pieces) // 2), (_WORD, len(pieces) * 2 // 3)):
        for length in range(len(pieces), least, -1):
            if pieces[length - 1][0] in ends and length > 1:
                return "".join(pieces[:length]).rstrip(" 　、，・\n")
    length = len(pieces)
    while length > 1 and _latin(pieces[length - 1]) and _latin((pieces + rest)[length]):
        length -= 1
    return "".join(pieces[: length if length > 1 else len(pieces)]).rstrip()


def _latin(grapheme: str) -> bool:
    return grapheme.isascii() and grapheme.isalnum()


@dataclass(frozen=True, slots=True)
class PostParts:
    """The parts of a post, most important first. Each line of `facts` and `access` is used whole or not at all.

    `access` says how accessible the place is; networks with less room than `ROOMY` leave it to the entry's page.
    """

    title: str
    when: str = ""
    place: str = ""
    note: str = ""
    summary: str = ""
    facts: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    link: str = ""
    tags: tuple[str, ...] = field(default=())


LEAST = 12  # graphemes; a shorter text tells nothing
ROOMY = 300  # the least limit of a network whose posts tell of accessibility
_LONGEST = {"when": 80, "place": 45}  # graphemes, on networks with little room


def compose(parts: PostParts, network: Network) -> str:
    """Write the whole post within the network's limit, its hashtags in the last line."""
    return joined(post_lines(parts, network))


def post_lines(parts: PostParts, network: Network) -> dict[str, str]:
    """Fit the parts of a post to a network, by name. The link stays whole; then the more important part gets room first."""
    lines = {"link": parts.link}
    for name, longest in _LONGEST.items():
        text = getattr(parts, name)
        _add(lines, name, _first_graphemes(text, longest) if network.limit <= 500 else text, network)
    _add(lines, "title", parts.title, network)
    _add(lines, "note", parts.note, network, LEAST)
    for count in range(1, min(network.tags, len(parts.tags)) + 1):
        tags = " ".join(parts.tags[:count])
        if network.fits(joined(lines | {"tags": tags})):
            lines["tags"] = tags
    _add(lines, "summary", parts.summary, network, LEAST)
    for fact in (*parts.facts, *(parts.access if network.limit >= ROOMY else ())):
        facts = f"{lines['facts']}\n{fact}" if lines.get("facts") else fact
        if network.fits(joined(lines | {"facts": facts})):
            lines["facts"] = facts
    return lines


def joined(lines: dict[str, str]) -> str:
    """Put the parts of a post together in the order in which they are read."""
    order = ("title", "note", "when", "place", "summary", "facts", "link", "tags")
    return "\n".join(filter(None, (lines.get(name, "") for name in order)))


def _add(lines: dict[str, str], name: str, text: str, network: Network, least: int = 0) -> None:
    """Add as much of a text as fits beside the other lines; nothing if a shortened one has fewer than `least` graphemes."""
    shortened = shorten(text, lambda tried: network.fits(joined(lines | {name: tried})))
    if shortened == text or count_graphemes(shortened) >= least:
        lines[name] = shortened


def _first_graphemes(text: str, longest: int) -> str:
    return shorten(text, lambda tried: count_graphemes(tried) <= longest)
