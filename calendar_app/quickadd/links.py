"""Read addresses that follow their name: チケット https://…, 申込：https://…, 公式 https://…."""

import re
from collections.abc import Iterable

from calendar_app.fields import EVENT
from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.reader import Page, claim, original, set_value, to_plain
from calendar_app.text.markup import uri

_NAMES = {word: name for name, field in EVENT.items() for word in field.typed}
_ADDRESS = r"(?P<address>https?://[!#-;=?-_a-z~]{1,490})(?: ?(?:から|より|にて))?"
_NAMED = re.compile(
    rf"(?<![a-z0-9非])(?P<name>{'|'.join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))})"
    rf"(?: ?(?:の|用)?(?:サイト|ページ|フォーム|先|方法|url|hp))?(?:は|[\]】〕》)」:=、\s]){{0,3}}{_ADDRESS}"
)
_FIRST = re.compile(rf"[\s\0:=]*{_ADDRESS}")


def read_links(page: Page, sections: Iterable[Section]) -> None:
    """Read each address whose name stands before it, as a section's label or in the text. Other addresses stay."""
    for section in sections:
        name = _NAMES.get(to_plain(section.label).replace(" ", ""), "")
        if name and (match := _FIRST.match(page.plain, section.start, section.end)):
            _claim_address(page, name, match, match.start("address"))
    for match in list(_NAMED.finditer(page.plain)):
        # 「要予約」 says more than its last two letters
        joined = re.search(r"\w$", page.plain[: match.start()])
        _claim_address(page, _NAMES[match["name"]], match, match.start("address" if joined else 0))


def _claim_address(page: Page, name: str, match: re.Match[str], start: int) -> None:
    address = original(page, *match.span("address")).rstrip(".,;!?)")
    if uri(address) and set_value(page, name, address):
        claim(page, (start, match.end()), name, address)
