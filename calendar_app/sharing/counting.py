"""Count text as the social networks do: weights, graphemes, addresses.

`static/share.js` counts the same way while somebody edits; a test compares the two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

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


# By the names that share.js uses too.
COUNTS: dict[str, Callable[[str], int]] = {
    "weigh": count_x,
    "mastodon": count_mastodon,
    "letters": count_graphemes,
    "units": count_utf16_units,
}
