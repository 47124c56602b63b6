"""The button for notifications, in a real browser whose push service is a stand-in: pressed, shown, ended."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Subscription
from calendar_app.delivery import followers
from helpers.pages import PHONE, City, served
from helpers.push_service import PushService
from helpers.town import NOW, person, published

# Offline Chromium cannot subscribe; all else is its own.
STAND_IN = """device => {
  let given = null;
  PushManager.prototype.subscribe = async () => given = { toJSON: () => device, unsubscribe: async () => { given = null; } };
  PushManager.prototype.getSubscription = async () => given;
}"""

# A message is shown some time after it was handed over: ask again for half a minute.
SHOWN = """async () => {
  const ready = await navigator.serviceWorker.ready;
  for (let tries = 0; tries < 600; tries++) {
    const all = await ready.getNotifications();
    if (all.length) return all.map(each => [each.title, each.body]);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}"""


@pytest.fixture
def site(config: Config) -> Iterator[tuple[City, str]]:
    engine = make_engine(config.database_url)
    here = replace(config, mail_server="smtp://127.0.0.1:9")
    with write_session(engine) as session:
        administrator = person(session, "admin@example.jp", role="admin")
        for way in followers.WAYS:
            followers.switch(session, here, way, True, actor=administrator, at=NOW)
        name = published(session).public_id
        session.commit()
    engine.dispose()
    with served(here, City()) as city:
        yield city, name


@pytest.fixture
def phone(chromium: Browser, site: tuple[City, str]) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=site[0].url, viewport=PHONE, permissions=["notifications"])  # type: ignore[arg-type]
    device = PushService(url="http://127.0.0.1:29999/device").device
    context.add_init_script(f"({STAND_IN})({device!r})")
    yield context
    context.close()


def deliver(page: Page, text: str) -> None:
    """Hand a push message to the service worker, as the browser's push service would."""
    line = page.context.new_cdp_session(page)
    found: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(r["registrationId"] for r in event["registrations"]),
    )
    line.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.controller")
    origin = page.evaluate("location.origin")
    line.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[0], "data": text})


def test_one_event_by_one_press_shown_and_ended(
    phone: BrowserContext, site: tuple[City, str], config: Config, town: Session
) -> None:
    city, name = site
    page = phone.new_page()
    page.goto(f"/events/{name}")
    button = page.locator("[data-push] button")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-push] [role=status]")).to_have_text("まもなく最初の通知が届きます。")
    assert [row.event for row in town.scalars(select(Subscription))] == [name]
    town.rollback()
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    address = f"{city.url}/events/{name}"
    deliver(
        page,
        f'{{"web_push": 8030, "notification": {{"title": "【中止】桜まつり", "body": "雪", "navigate": "{address}?lang=en", "tag": "a"}}}}',
    )
    assert page.evaluate(SHOWN) == [["【中止】桜まつり", "雪"]]
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert town.scalars(select(Subscription)).all() == []


def test_a_browser_that_cannot_shows_no_button(chromium: Browser, site: tuple[City, str]) -> None:
    page = chromium.new_page(base_url=site[0].url)
    page.add_init_script("delete globalThis.PushManager")
    page.goto("/follow")
    expect(page.locator("[data-push]")).to_be_hidden()
    expect(page.locator("#email")).to_be_visible()
