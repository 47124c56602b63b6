"""Read addresses that follow their name: チケット https://…, 申込：https://…, 公式 https://…."""

import re

from calendar_app.fields import EVENT
from calendar_app.quickadd.reader import Page, claim, original, set_value
from calendar_app.text.markup import uri

_NAMED = {name: field.typed for name, field in EVENT.items() if field.typed}
_READERS = {
    name: re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
        r"(?: ?(?:の|用)?(?:サイト|ページ|フォーム|先|方法|url|hp))?(?:は|[\]】〕》)」:=、\s]){0,3}"
        r"(?P<address>https?://[!#-;=?-_a-z~]{1,490})(?: ?(?:から|より|にて))?"
    )
    for name, words in _NAMED.items()
}


def read_links(page: Page) -> None:
    """Read each address into the field whose name stands before it. Other addresses stay for the readers that follow."""
    for name, pattern in _READERS.items():
        if not (found := pattern.search(page.plain)):
            continue
        address = original(page, *found.span("address")).rstrip(".,;!?)")
        if uri(address) and set_value(page, name, address):
            claim(page, found.span(), name, address)
