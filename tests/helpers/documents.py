"""What the documents say of addresses."""

import re

from flask import Flask

from helpers import ROOT

FEEDS = (ROOT / "docs/feeds.md").read_text()


def undocumented_addresses(app: Flask) -> list[str]:
    """The addresses of feeds and tables that docs/feeds.md does not name, in the order of the application's rules."""
    missing = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("feeds.", "open_data.")):
            plain = re.sub(r"<(?:int|string)(?:\([^)]*\))?:(\w+)>", r"<\1>", rule.rule)
            forms = re.search(r"<any\(([^)]*)\):form>", plain)
            for form in forms[1].split(", ") if forms else [""]:
                address = plain.replace(forms[0], form) if forms else plain
                missing += [] if f"`{address}`" in FEEDS else [address]
    return missing
