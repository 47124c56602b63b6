"""Make typed text safe to send: clean text, Markdown as HTML or plain text, addresses in ASCII.

Every string of every format goes through `clean`: one control character makes a reader refuse the whole feed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

MAX_MARKDOWN = 20_000  # characters; what is longer is cut, so that no text makes the parser slow

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_UNSENDABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufdd0-\ufdef"
    "\u202a-\u202e\u2066-\u2069"  # they turn the direction of all that follows, also of other people's words
    + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000))
    + "]"
)

# A bare address ends where ASCII ends: in Japanese no space stands before the words that follow it.
_ADDRESS = re.compile(
    r"(?P<web>https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?(?:[/?#][!#-;=?-_a-z~]*)?)"
    r"|(?<![a-z0-9.+_-])[a-z0-9][a-z0-9.+_-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}",
    re.IGNORECASE,
)

_PUNCTUATION = ".,:;!?'*_"

_TAGS = {"p", "br", "a", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "hr"} | {
    *("h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_SCHEMES = {"http", "https", "mailto", "tel"}

_PLAIN = {
    "paragraph_close": "\n\n",
    "heading_close": "\n\n",
    "bullet_list_close": "\n",
    "ordered_list_close": "\n",
    "table_close": "\n",
    "tr_close": "\n",
    "th_close": "\u3000",
    "td_close": "\u3000",
    "softbreak": "\n",
    "hardbreak": "\n",
}


def clean(text: str, *, lines: bool = True) -> str:
    """Return the text in NFC with LF line ends, without characters that XML, iCalendar or a screen cannot carry.

    With `lines=False` it becomes one line, as for a title or a name.
    """
    text = _UNSENDABLE.sub("", _LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", text)
    return text if lines else re.sub(r"[ \t\n]+", " ", text).strip()


def cut(text: str, limit: int) -> str:
    """Cut a text to `limit` characters; … ends a cut text. No emoji is cut in half."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end and (unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return text[:end].rstrip() + "…"


def uri(address: str) -> str:
    """Return a web address in ASCII (RFC 3986, host in Punycode), or "" if it is none."""
    try:
        parts = urlsplit(clean(address, lines=False))
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a UnicodeError is one too
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return ""
    host = f"[{host}]" if ":" in host else host
    path, query, fragment = (quote(part, safe="%/:=&?~+!$,;'()*@") for part in parts[2:])
    return urlunsplit((parts.scheme, host + port, path, query, fragment))


def html(markdown: str, base_url: str) -> str:
    """Render Markdown as safe HTML. Links without a host become absolute with a `base_url`."""
    tokens = _PARSER.parse(clean(markdown)[:MAX_MARKDOWN])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"  # h1 and h2 belong to the page

    def absolute(_tag: str, name: str, value: str) -> str | None:
        if name != "href":
            return value
        return _absolute(value, base_url)

    return nh3.clean(
        _PARSER.renderer.render(tokens, _PARSER.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel=None,
        attribute_filter=absolute,
    ).strip()


def plain(markdown: str) -> str:
    """Render Markdown as plain text: no marks, and the address of a link behind its words."""
    pieces = _plain(_PARSER.parse(clean(markdown)[:MAX_MARKDOWN]))
    return re.sub(r"\n{3,}", "\n\n", "".join(pieces)).strip()


def linked(text: str) -> str:
    """Render plain text as safe HTML: only line ends and web addresses have a meaning."""
    pieces, done = [], 0
    for link in _Linkifier().match(text):
        if link.schema == "http:":
            safe = escapeHtml(link.url)
            pieces += [escapeHtml(text[done : link.index]), f'<a href="{safe}" rel="nofollow noopener">{safe}</a>']
            done = link.last_index
    return "".join([*pieces, escapeHtml(text[done:])]).replace("\n", "<br>\n")


def _absolute(href: str, base_url: str) -> str | None:
    if href.startswith("//"):
        return None
    try:
        return urljoin(base_url, href) if base_url else href
    except ValueError:
        return None


def _plain(tokens: list[Token]) -> Iterator[str]:
    href = ""
    for token in tokens:
        if token.type == "link_open":
            href = "" if token.markup in ("linkify", "autolink") else str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            yield f" {href} " if href.startswith("http") else ""
        elif token.type == "list_item_open":
            yield f"{token.info}. " if token.info else "・"
        elif token.type == "paragraph_close" and token.hidden:  # inside a tight list
            yield "\n"
        elif token.type == "fence":
            yield token.content + "\n"
        elif token.children:
            yield from _plain(token.children)
        else:
            yield _PLAIN.get(token.type, token.content)


@dataclass(frozen=True, slots=True)
class _Link:
    schema: str
    index: int
    last_index: int
    text: str
    url: str


class _Linkifier:
    """Finds bare web and mail addresses for markdown-it, also between Japanese words without a space."""

    def pretest(self, text: str) -> bool:
        return "://" in text or "@" in text

    def test(self, text: str) -> bool:
        return bool(self.match(text))

    def match(self, text: str) -> list[_Link]:
        return [_link(match) for match in _ADDRESS.finditer(text)]

    def match_at_start(self, text: str) -> _Link | None:
        address = _ADDRESS.match(text)
        return _link(address) if address else None


def _link(match: re.Match[str]) -> _Link:
    """Return the link without punctuation of the sentence, and without a bracket that it did not open."""
    address = match.group()
    if not match["web"]:
        return _Link("mailto:", match.start(), match.end(), address, f"mailto:{address}")
    address = address.rstrip(_PUNCTUATION)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(_PUNCTUATION)
    return _Link("http:", match.start(), match.start() + len(address), address, address)


def _build_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["table", "linkify"])
    parser.disable(["code", "lheading"])  # pasted text is often indented, and underlined with ----
    parser.linkify = _Linkifier()
    parser.add_render_rule("image", lambda _self, tokens, index, _options, _env: escapeHtml(tokens[index].content))
    return parser


_PARSER = _build_parser()
