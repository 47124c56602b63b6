"""No page has an error that the Nu Html Checker (the W3C's) can find. One run of it for all pages."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import APIRequestContext

from helpers import pages
from helpers.services import ROOT, browser

CHECKER = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"


FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
BROKEN = '<!doctype html><html lang="ja"><title>題</title><p><div></p></p>'


def test_no_page_has_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("html")
    with browser() as chromium:
        for town in (pages.demo, pages.empty, pages.crowded):
            with town(tmp_path_factory) as city:
                context = chromium.new_context()
                keep(context.request, {"sign-in": f"{city.url}/staff/sign-in"}, folder / "signed out")
                pages.sign_in(context, city)
                # The desk of the crowded city is the desk of the demo city.
                wanted = city.public if town is pages.crowded else None
                keep(context.request, city.addresses(wanted), folder / town.__name__)
                context.close()
    assert len(list(folder.rglob("*.html"))) > 100
    (folder / "broken.html").write_text(BROKEN)
    told = checked(folder)
    assert [one for one in told if not one["url"].endswith("/broken.html")] == []
    assert told, "the checker finds nothing at all"


def keep(request: APIRequestContext, addresses: dict[str, str], folder: Path) -> None:
    """Each as it is sent, in a file."""
    folder.mkdir(exist_ok=True)
    for number, (name, address) in enumerate(addresses.items()):
        answer = request.get(address)
        assert answer.headers["content-type"].startswith("text/html"), name
        if "/staff/" in address:
            forms = FORM.findall(answer.text())
            assert [form for form in forms if 'name="csrf_token"' not in form] == [], f"a form without a token: {name}"
        (folder / f"{number:03} {name.replace('/', ' ')}.html").write_bytes(answer.body())


def checked(folder: Path) -> list[dict[str, str]]:
    command = ["java", "-Xss4m", "-XX:TieredStopAtLevel=1", "-jar", CHECKER, "--errors-only", "--format", "json"]
    done = subprocess.run([*command, "--skip-non-html", folder], capture_output=True, check=False)
    found: list[dict[str, str]] = json.loads(done.stderr)["messages"]
    return found
