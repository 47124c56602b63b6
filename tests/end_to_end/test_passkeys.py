"""Passkeys as a person uses them: real pages in a real browser, with the browser's own virtual authenticator."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from end_to_end.test_axe import AXE, USUAL, looked_at, seen
from helpers import cities, pages
from helpers.pages import City
from helpers.town import person

# The virtual device picks a passkey as soon as the browser suggests it; a person would press the button.
NO_SUGGESTION = (
    "if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false"
)
PHONE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    config = pages.own_copy(None, tmp_path_factory)
    with pages.arranged(config) as session:
        person(session, role="admin")
    config = replace(config, oidc_issuer="https://login.example.jp", mail_server="smtp://127.0.0.1:9")
    with cities.stopped_clock(), pages.served(config, City(), "localhost") as opened:
        yield opened


@pytest.fixture
def context(chromium: Browser, city: City) -> Iterator[BrowserContext]:
    city.cookies = []
    made = chromium.new_context(viewport=pages.PHONE, locale="ja-JP", service_workers="block")  # type: ignore[arg-type]
    yield made
    made.close()


def device(page: Page, **more: Any) -> tuple[CDPSession, str]:
    """A device of this page's browser: its line, and its name there."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable", {"enableUI": False})
    options = PHONE | {"isUserVerified": True, "automaticPresenceSimulation": True} | more
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def add_passkey(page: Page, city: City, name: str) -> None:
    page.goto(f"{city.url}/staff/me")
    page.click("button:has-text('パスキーを追加')")
    page.fill("#name", name)
    page.click("button:has-text('パスキーを作る')")
    page.wait_for_url(f"{city.url}/staff/me")
    expect(page.locator("#passkeys")).to_contain_text(name)


def test_added_used_without_an_address_renamed_and_removed(context: BrowserContext, city: City) -> None:
    said: list[str] = []
    page = context.new_page()
    page.add_init_script(NO_SUGGESTION)
    page.on("console", lambda message: said.append(message.text))
    pages.sign_in(context, city)
    device(page)
    add_passkey(page, city, "自分のスマホ")
    page.click("button:has-text('パスキーを追加')")
    page.click("button:has-text('パスキーを作る')")  # this device holds one already
    expect(page.locator("[data-failed]")).to_have_text("この端末には、あなたのパスキーがすでにあります。")
    page.click("footer button:has-text('サインアウト')")
    page.goto(f"{city.url}/staff/sign-in?next=/staff/me")
    page.click("button:has-text('パスキーでサインイン')")
    page.wait_for_url(f"{city.url}/staff/me")
    page.click("summary:has-text('名前の変更')")
    page.fill("[id^=passkey-]", "古いスマホ")
    page.click("button:has-text('名前を変える')")
    expect(page.locator("#passkeys strong")).to_have_text("古いスマホ")
    page.click("summary:has-text('名前の変更')")
    page.click("#passkeys button.danger")
    expect(page.locator("#passkeys strong")).to_have_count(0)
    page.click("footer button:has-text('サインアウト')")
    page.goto(f"{city.url}/staff/sign-in")
    page.click("button:has-text('パスキーでサインイン')")
    expect(page.locator(".panel.bad")).to_contain_text("このパスキーではサインインできません")
    assert [line for line in said if "Content Security Policy" in line] == []


def test_a_finger_that_is_not_known_signs_nobody_in(context: BrowserContext, city: City) -> None:
    page = context.new_page()
    page.add_init_script(NO_SUGGESTION)
    pages.sign_in(context, city)
    line, phone = device(page)
    add_passkey(page, city, "電話")
    context.clear_cookies()
    line.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
    page.goto(f"{city.url}/staff/sign-in")
    page.click("button:has-text('パスキーでサインイン')")
    expect(page.locator("[data-passkey] .error")).to_be_visible()
    assert page.goto(f"{city.url}/staff/").url.startswith(f"{city.url}/staff/sign-in")  # type: ignore[union-attr]


def test_the_browser_offers_it_in_the_address_field(context: BrowserContext, city: City) -> None:
    page = context.new_page()
    pages.sign_in(context, city)
    device(page)
    add_passkey(page, city, "パソコン")
    context.clear_cookies()
    page.goto(f"{city.url}/staff/sign-in")
    page.wait_for_url(f"{city.url}/staff/")


def test_without_script_nothing_of_it_is_seen(chromium: Browser, city: City) -> None:
    city.cookies = []
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    pages.sign_in(context, city)
    page = context.new_page()
    page.goto(f"{city.url}/staff/me")
    expect(page.locator("[data-passkeys]")).to_be_hidden()
    context.clear_cookies()
    page.goto(f"{city.url}/staff/sign-in")
    expect(page.locator("[data-passkey]")).to_be_hidden()
    context.close()


def test_every_way_in_is_accessible(chromium: Browser, city: City) -> None:
    city.cookies = []
    context = chromium.new_context(locale="ja-JP", bypass_csp=True, service_workers="block")
    context.add_init_script(AXE)
    page = context.new_page()
    page.add_init_script(NO_SUGGESTION)
    wrong = {
        name: seen(page, f"{city.url}/staff/{name}", USUAL) for name in ("sign-in", "sign-in?lang=en", "forgotten")
    }
    pages.sign_in(context, city)
    device(page)
    add_passkey(page, city, "電話")
    wrong |= {name: seen(page, f"{city.url}/staff/{name}", USUAL) for name in ("me", "me/second-factor")}
    for form in ("/me/passkeys", "/me/single-sign-on"):
        page.goto(f"{city.url}/staff/me")
        page.click(f"form[action='/staff{form}'] button")
        wrong[form] = looked_at(page, USUAL)
    context.close()
    assert {name: told for name, told in wrong.items() if any(told.values())} == {}
