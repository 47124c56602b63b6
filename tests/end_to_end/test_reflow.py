"""Nothing is cut off and nothing scrolls sideways on 320 CSS pixels (1280 at 400 %), however letters are set; all can be hit.

WCAG 2.2: 1.4.4 (text at 200 %), 1.4.10 (reflow), 1.4.12 (text spacing), 2.5.8 (target size).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from helpers import pages
from helpers.pages import City

NARROW: ViewportSize = {"width": 320, "height": 640}
# "twice" is every text twice as long, as a translation may be. It comes last: it cannot be taken back.
LOOK = """() => {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const all = () => [...document.querySelectorAll('body, body *')].filter(one => one.checkVisibility() && !one.closest('.unseen') && !one.ownerSVGElement);
  const name = one => `${one.tagName.toLowerCase()}.${one.getAttribute('class')} "${(one.innerText ?? '').trim().slice(0, 30)}"`;
  const style = one => getComputedStyle(one);
  const hides = one => ['hidden', 'clip'].includes(style(one).overflowX);
  const scrolls = one => ['auto', 'scroll'].includes(style(one).overflowX) && one.scrollWidth > one.clientWidth + 1;
  const inside = (one, asked) => { for (let a = one; a && a !== document.body; a = a.parentElement) if (asked(a)) return true; };
  const range = document.createRange();
  const ends = node => { range.selectNode(node); return range.getBoundingClientRect().right; };
  const reach = one => Math.max(one.getBoundingClientRect().right, ...[...one.childNodes].filter(node => node.nodeType === 3 && !hides(one) && !scrolls(one)).map(ends));
  const texts = ['INPUT', 'TEXTAREA', 'SELECT', 'IFRAME'];
  const looks = {
    plain: () => '',
    spaced: () => '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }',
    large: () => 'html { font-size: 200% !important }',
    twice: () => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let one = walk.nextNode(); one; one = walk.nextNode()) if (one.data.trim()) one.data = `${one.data} ${one.data}`;
      return '';
    },
  };
  const found = [];
  for (const [look, rules] of Object.entries(looks)) {
    sheet.replaceSync(rules());
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
      const over = all().filter(one => reach(one) > width + 1 && !inside(one.parentElement, a => style(a).overflowX !== 'visible'));
      found.push(`${look}: the page is wide: ${over.filter(one => !over.some(other => other !== one && one.contains(other))).slice(0, 3).map(name)}`);
    }
    for (const one of all()) {
      if (texts.includes(one.tagName)) continue;
      if (hides(one) && style(one).clipPath === 'none' && one.innerText?.trim() && !one.closest('summary, .map') && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
        found.push(`${look}: cut off: ${name(one)}`);
      if (scrolls(one) && !(one.closest('[aria-label], [aria-labelledby], fieldset') && (one.tabIndex >= 0 || one.querySelector('a, button, input'))))
        found.push(`${look}: scrolls, but not for everybody: ${name(one)}`);
    }
  }
  return found;
}"""
# Links in a line of text are as high as the line; a box of a form is as large as its label; a label alone moves no finger.
HITS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary, textarea')].flatMap(one => {
  const style = getComputedStyle(one);
  const inText = style.display === 'inline' && one.parentElement.innerText.trim().length > one.innerText.trim().length + 2;
  const unseen = one.closest('.unseen') || style.opacity === '0' || one.closest('.year, .sheet');
  if (!one.checkVisibility({visibilityProperty: true}) || inText || unseen) return [];
  const label = ['checkbox', 'radio'].includes(one.type) && one.closest('label');
  const {width, height} = (label || one).getBoundingClientRect();
  const wanted = one.matches('.button, .staff button:not(.plain, .slight *)') ? 44 : 24;
  return width > 1 && (width < 24 || height < wanted) ? [`${one.outerHTML.slice(0, 90)}: ${Math.round(width)}x${Math.round(height)}`] : [];
})"""
FULL: tuple[str, ...] = (
    "/",
    "/announcements/",
    "department",
    "/subscribe",
    "month",
    "day",
    "event 1",
    "event 3",
    "announcement",
    "search",
)
FULL += ("/agenda", "/map", "/weekend", "staff ", "staff entries", "staff events/new", "staff many dates")
ALIKE = {
    "month in English",
    "month of one tag",
    "narrowed agenda",
    "results",
    "event with photos",
    "event to apply for",
}
ALIKE |= {
    "seasons of a year",
    "frame cards",
    "day without events",
    "staff password",
    "staff draft",
    "staff announcement",
}
Town = Callable[[pytest.TempPathFactory], AbstractContextManager[City]]


def test_every_kind_of_page_fits(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pages.demo(tmp_path_factory) as city:
        assert found(chromium, city, [name for name in city.public if name not in ALIKE][::3]) == {}


def test_pages_with_long_names_fit(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pages.crowded(tmp_path_factory) as city:
        assert found(chromium, city, FULL) == {}


@pytest.mark.soak
@pytest.mark.parametrize("town", [pages.demo, pages.empty, pages.crowded])
def test_every_page_fits(town: Town, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory) as city:
        assert found(chromium, city) == {}


def found(chromium: Browser, city: City, names: Sequence[str] | None = None) -> dict[str, list[str]]:
    """By page: what does not fit or is too small. Photos are not waited for; their places are kept free."""
    context = chromium.new_context(viewport=NARROW, locale="ja-JP", service_workers="block")
    pages.sign_in(context, city)
    page = context.new_page()
    told = {name: seen(page, address) for name, address in city.addresses(names).items()}
    context.close()
    return {name: one for name, one in told.items() if one}


def seen(page: Page, address: str) -> list[str]:
    page.goto(address, wait_until="domcontentloaded")
    small: list[str] = page.evaluate(HITS)
    wrong: list[str] = page.evaluate(LOOK)
    return small[:4] + wrong
