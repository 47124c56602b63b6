"""The public pages, feeds and calendars in every language: nothing missing, nothing pretended, the right dates."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from importlib import import_module
from pkgutil import walk_packages
from string import Formatter
from typing import Any

import feedparser
import pytest
from babel.messages.extract import extract_from_file
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

import calendar_app
from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.dates import approximate, formatting, repeat_patterns, rrule_text
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.text import languages
from helpers import ROOT
from helpers.staff_desk import TYPED, entry, publish, send, value
from helpers.town import NOW

OTHERS = tuple(code for code in languages.LANGUAGES if code not in languages.STAFF)
PAGES = ("public/**/*.html", "embed/*", "paper/*", "errors/*", "*.html")
VIEWS = (
    *("public.pages", "public.agenda_and_map", "public.archive", "public.subscribe", "public.feeds", "public.embed"),
    *("public.print", "public.web_app", "public.search", "public.reactions", "errors"),
)


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, languages=tuple(languages.LANGUAGES))


@pytest.fixture
def festival(write: Session, post: Callable[..., Event]) -> Event:
    """Japanese, with some of it in some languages."""
    texts = {
        "en": {"title": "Cherry Blossom Festival"},
        "zh": {"title": "樱花节", "summary": "垂枝樱与樱花隧道。"},
    }
    made = post(write, translations=texts, summary_easy="桜の 花を 見ます。", body="くわしくは後日。")
    publishing.cancel(write, made, actor=None, at=NOW, reason="大雪のため")
    write.commit()
    return made


def on_pages() -> set[str]:
    """Every English text that a public page asks gettext for."""
    templates = [path for pattern in PAGES for path in (ROOT / "templates").glob(pattern)]
    views = [ROOT / f"calendar_app/web/{name.replace('.', '/')}.py" for name in VIEWS]
    found = [one for path in templates for one in extract_from_file("jinja2", path, options={"trimmed": "true"})]
    found += [one for path in views for one in extract_from_file("python", path)]
    return {one[1] if isinstance(one[1], str) else one[1][0] for one in found}


def leaves(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [text for one in (value.values() if isinstance(value, dict) else value) for text in leaves(one)]


def in_tables(lang: str) -> dict[str, set[str]]:
    """Every English text of a table that does not have this language itself, with the places that it may fill."""
    for module in walk_packages(calendar_app.__path__, "calendar_app."):
        if not re.search(r"migrations|demo", module.name):
            import_module(module.name)
    found: dict[str, set[str]] = {}
    for table in languages.TABLES:
        places = {name for one in table.values() for text in leaves(one) for name in named(text)}
        for text in leaves(table["en"]) if lang not in table else ():
            found.setdefault(text, set()).update(places)
    return found


def named(text: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def percent(text: str) -> list[str]:
    return sorted(re.findall(r"%\((\w+)\)s", text))


def plurals(lang: str) -> dict[str, str]:
    """English singular → this language; most of these languages have no plural of their own."""
    messages = languages.catalog(lang)
    return {one.id[0]: one.string[0] for one in messages if isinstance(one.id, tuple) and one.string}


@pytest.mark.parametrize("lang", OTHERS)
def test_no_public_text_lacks_its_translation_and_none_names_what_is_not_there(lang: str) -> None:
    catalog, tables = languages.messages(lang) | plurals(lang), in_tables(lang)
    kinds = json.loads((ROOT / "calendar_app/cli/demo/seasons.json").read_text())["categories"]
    wanted = on_pages() | tables.keys() | {english for _, english in kinds.values()}
    assert sorted(wanted - catalog.keys()) == []
    assert [text for text, said in catalog.items() if percent(text) != percent(said)] == []
    assert {text: catalog[text] for text, places in tables.items() if not named(catalog[text]) <= places} == {}
    assert sorted(catalog.keys() - wanted - in_tables("").keys()) == []


WHEN = {  # one day, a span of hours, over midnight, whole days
    "easy": (
        "2027年 4月20日（火曜日）",
        "2027年 4月20日（火曜日） 午前10時から 昼の12時まで",
        "2027年 4月29日（木曜日・休みの日） 午後7時から 次の日の 午前1時まで",
        "2027年 4月29日（木曜日・休みの日）から 5月5日（水曜日・休みの日）まで",
    ),
    "zh": (
        "2027年4月20日（周二）",
        "2027年4月20日（周二） 10:00–12:00",
        "2027年4月29日（周四・假日） 19:00–次日01:00",
        "2027年4月29日（周四・假日）至5月5日（周三・假日）",
    ),
    "zh-Hant": (
        "2027年4月20日（週二）",
        "2027年4月20日（週二） 上午10:00至中午12:00",
        "2027年4月29日（週四・假日） 晚上7:00至翌日凌晨1:00",
        "2027年4月29日（週四・假日）至5月5日（週三・假日）",
    ),
    "ko": (
        "2027년 4월 20일(화)",
        "2027년 4월 20일(화) 오전 10:00~오후 12:00",
        "2027년 4월 29일(목·공휴일) 오후 7:00~다음 날 오전 1:00",
        "2027년 4월 29일(목·공휴일)~5월 5일(수·공휴일)",
    ),
    "de": (
        "Di., 20. Apr. 2027",
        "Di., 20. Apr. 2027, 10:00–12:00",
        "Do., 29. Apr. 2027 (Feiertag), 19:00 – 01:00 (nächster Tag)",
        "Do., 29. Apr. – Mi., 5. Mai 2027",
    ),
}
SAID = {  # a month, a vague date, a usual one, repeats
    "easy": (
        *("2027年 4月", "2027年 4月の 終わりごろ（まだ 決まっていません）", "いつもの 年は 4月の 中ごろ"),
        *(
            "毎週 火曜日と 金曜日（2027年 9月30日まで）。祝日〈国の 休みの日〉は ありません",
            "毎月 2番目の 土曜日（全部で 10回）",
        ),
    ),
    "zh": (
        *("2027年4月", "2027年4月下旬（日期待定）", "往年4月中旬"),
        *("每星期二、星期五（至2027年9月30日）；节假日除外", "每月第2个星期六（共10次）"),
    ),
    "zh-Hant": (
        *("2027年4月", "2027年4月下旬（日期待定）", "往年4月中旬"),
        *("每星期二、星期五（至2027年9月30日）；國定假日除外", "每月第2個星期六（共10次）"),
    ),
    "de": (
        *("April 2027", "Ende April 2027 (Termine noch offen)", "meist Mitte April"),
        *("jeden Dienstag, Freitag, bis 30. Sept. 2027; außer Feiertage", "jeden Monat am Samstag Nr. 2, 10-mal"),
    ),
    "ko": (
        *("2027년 4월", "2027년 4월 하순(일정 조정 중)", "예년 4월 중순"),
        *("매주 화요일, 금요일(2027년 9월 30일까지); 공휴일 제외", "매월 2번째 토요일(총 10회)"),
    ),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("lang", OTHERS)
def test_golden_dates(lang: str) -> None:
    assert WHEN[lang] == (
        formatting.say_date(date(2027, 4, 20), lang),
        formatting.say_when(at("2027-04-20T10:00"), at("2027-04-20T12:00"), False, lang),
        formatting.say_when(at("2027-04-29T19:00"), at("2027-04-30T01:00"), False, lang),
        formatting.say_when(at("2027-04-29T00:00"), at("2027-05-05T00:00"), True, lang),
    )
    assert SAID[lang] == (
        formatting.month_title(2027, 4, lang),
        approximate.say_period(date(2027, 4, 21), date(2027, 4, 30), "part", "planned", lang),
        approximate.say_period(date(2027, 4, 11), date(2027, 4, 20), "part", "usual", lang),
        repeat_patterns.say_pattern("FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270930", ["holiday"], "", [], lang),
        rrule_text.say("FREQ=MONTHLY;BYDAY=2SA;COUNT=10", lang),
    )


@pytest.mark.parametrize("lang", languages.LANGUAGES)
def test_every_page_says_its_language_and_leads_to_the_others(client: FlaskClient, festival: Event, lang: str) -> None:
    for path in ("/", "/calendar/2027/04", "/subscribe", "/accessibility", f"/events/{festival.public_id}"):
        page = client.get(f"{path}?lang={lang}" if lang != "ja" else path).text
        assert f'<html lang="{languages.tag(lang)}">' in page
        hrefs = re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page)
        assert [tag for tag, _ in hrefs] == ["ja", "ja-simple", "en", "zh-Hans", "zh-Hant", "ko", "de", "x-default"]
        assert dict(hrefs)["zh-Hant"].endswith("lang=zh-Hant")
        for one in languages.LANGUAGES.values():
            assert re.search(
                rf'<a href="[^"]*" lang="{one.tag}"\s+hreflang="{one.tag}"[^>]*>\s*{one.name}\s*</a>', page
            )


def test_other_spellings_of_a_language_move_and_what_is_not_offered_is_not_there(
    client: FlaskClient, config: Config
) -> None:
    for typed, code in {"zh-TW": "zh-Hant", "zh_hk": "zh-Hant", "zh-Hans": "zh", "zh-CN": "zh", "KO-kr": "ko"}.items():
        answer = client.get(f"/feed.rss?lang={typed}")
        assert (answer.status_code, answer.headers["Location"].rpartition("=")[2]) == (301, code)
    small = create_app(replace(config, languages=("en",))).test_client()
    assert small.get("/feed.rss?lang=ko").status_code == 404
    assert 'hreflang="ko"' not in small.get("/").text
    assert small.get("/feed.rss?lang=en").status_code == 200


def test_what_is_not_translated_is_shown_in_the_nearest_language_and_marked(
    client: FlaskClient, festival: Event
) -> None:
    def page(lang: str) -> str:
        return client.get(f"/events/{festival.public_id}?lang={lang}").text

    korean, taiwanese, easy = page("ko"), page("zh-Hant"), page("easy")
    assert re.search(r'<h1 class="[^"]*" lang="en">Cherry Blossom Festival</h1>', korean)
    assert '<strong lang="ja">武家屋敷通りのシダレザクラ' in korean
    assert "이 행사의 설명은 영어, 일본어로 되어 있습니다." in korean
    assert re.search(r'<h1 class="[^"]*" lang="zh-Hans">樱花节</h1>', taiwanese)
    assert re.search(r'<div lang="ja">\s*<p>くわしくは後日。', taiwanese)
    assert "<strong>桜の 花を 見ます。</strong>" in easy
    assert "この イベントの 説明は、ふつうの 日本語です。" in easy
    japanese = client.get(f"/events/{festival.public_id}").text
    assert "この催しの説明は" not in japanese
    assert '<h1 class="p-name off">角館の桜まつり</h1>' in japanese


TITLES = {  # with the mark of a cancelled one, and the language of the title itself
    "ja": ("【中止】角館の桜まつり", "2027年4月15日（木）〜5月5日（水・祝）", "ja"),
    "easy": (
        "【中止〈やりません〉】角館の桜まつり",
        "2027年 4月15日（木曜日）から 5月5日（水曜日・休みの日）まで",
        "ja",
    ),
    "en": ("[Cancelled] Cherry Blossom Festival", "Thu 15 Apr – Wed 5 May 2027", "en"),
    "zh": ("【取消】樱花节", "2027年4月15日（周四）至5月5日（周三・假日）", "zh-Hans"),
    "zh-Hant": ("【取消】樱花节", "2027年4月15日（週四）至5月5日（週三・假日）", "zh-Hans"),
    "de": ("[Abgesagt] Cherry Blossom Festival", "Do., 15. Apr. – Mi., 5. Mai 2027", "en"),
    "ko": ("[취소] Cherry Blossom Festival", "2027년 4월 15일(목)~5월 5일(수·공휴일)", "en"),
}


@pytest.mark.parametrize("lang", languages.LANGUAGES)
def test_feeds_and_calendars_say_it_in_each_language(client: FlaskClient, festival: Event, lang: str) -> None:
    title, when, spoken = TITLES[lang]
    query, tag = f"?lang={lang}" if lang != "ja" else "", languages.tag(lang)
    for form in ("rss", "atom"):
        feed = feedparser.parse(client.get(f"/feed.{form}{query}").data)
        assert not feed.bozo
        assert feed.feed.language == tag
        assert feed.entries[0].title == title
        assert feed.entries[0].summary.startswith(when)
    written = json.loads(client.get(f"/feed.json{query}").data)
    assert (written["language"], written["items"][0]["language"]) == (tag, spoken)
    for path in ("/calendar.ics", f"/events/{festival.public_id}.ics"):
        event = Calendar.from_ical(client.get(path + query).data).walk("VEVENT")[0]
        assert str(event["SUMMARY"]) == title
        assert event["SUMMARY"].params.get("LANGUAGE", "ja") == spoken
        assert (event.start, event.end) == (date(2027, 4, 15), date(2027, 5, 6))


def test_a_page_elsewhere_shows_an_event_in_the_language_of_the_address_it_was_given(
    client: FlaskClient, festival: Event
) -> None:
    url = f"https://calendar.example.jp/events/{festival.public_id}?lang=ko"
    told = client.get("/oembed", query_string={"url": url}).get_json()
    assert told["title"] == "[취소] Cherry Blossom Festival"
    frame = re.search(r'src="https://calendar.example.jp([^"]+)"', told["html"])
    assert frame
    assert '<html lang="ko">' in client.get(frame[1]).text


def test_the_desk_speaks_japanese_or_english(desk: FlaskClient) -> None:
    assert '<html lang="en">' in desk.get("/staff/?lang=ko").text
    assert '<html lang="ja">' in desk.get("/staff/?lang=easy").text


def test_translations_are_typed_in_the_form_and_come_back(desk: FlaskClient, town: Session) -> None:
    public_id = publish(desk, title_zh_hant="櫻花祭", summary_easy="桜を 見ます。", body_ko="벚꽃 축제입니다.")
    made = entry(town, public_id)
    texts = {"zh-Hant": {"title": "櫻花祭"}, "easy": {"summary": "桜を 見ます。"}, "ko": {"body": "벚꽃 축제입니다."}}
    assert made.translations == texts
    path = f"/staff/entries/{public_id}/edit"
    shown = desk.get(path).text
    assert (value(shown, "title_zh_hant"), value(shown, "summary_easy")) == ("櫻花祭", "桜を 見ます。")
    assert send(desk, path, TYPED | {"title_zh_hant": "", "version": str(made.version)}).status_code == 303
    assert entry(town, public_id).translations == {name: texts[name] for name in ("easy", "ko")}
