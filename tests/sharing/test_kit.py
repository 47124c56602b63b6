"""What is ready to be sent of an entry in each of its states, in both languages; and the page that offers it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.entries.urls import SiteView
from calendar_app.sharing import kit, press_text
from calendar_app.sharing.networks import NETWORKS, Network
from helpers.serving import installation
from helpers.town import NOW, announce, copied, person, published

JA = SiteView("ja", "ja", "https://calendar.example.jp", "仙北市 まちのカレンダー", "仙北市", "Asia/Tokyo", "site")
EN = replace(JA, lang="en", name="Semboku City Calendar", publisher="Semboku City")
TODAY = date(2027, 3, 1)
REASON = "強風が予想されるため。"

Post = Callable[..., Event]


def words(event: Event, network: str = "x", site_view: SiteView = JA) -> list[str]:
    return {text.network.name: text.words for text in kit.network_texts(event, site_view, TODAY)}[network].split("\n")


def test_a_post_says_what_when_where_why_to_come_and_where_to_read_on(write: Session, post: Post) -> None:
    event = post(write, tags=["桜", "仙北市", "角館 散策"])
    assert words(event) == [
        "角館の桜まつり",
        "日時：4月15日（木）〜5月5日（水・祝）",
        "場所：桧木内川堤",
        "武家屋敷通りのシダレザクラと桧木内川堤のソメイヨシノ。",
        f"https://calendar.example.jp/events/{event.public_id}",
        "#仙北市 #桜 #角館散策",
    ]


def test_a_post_in_english(write: Session, post: Post) -> None:
    event = post(write, translations={"en": {"title": "Cherry Blossom Festival", "summary": "Blossoms. And more."}})
    assert words(event, "bluesky", EN) == [
        "Cherry Blossom Festival",
        "When: Thu 15 Apr – Wed 5 May",
        "Where: Hinokinai River bank",
        "Blossoms. And more.",
        f"https://calendar.example.jp/events/{event.public_id}?lang=en",
        "#SembokuCity #桜 #仙北市",
    ]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("verb", "mark", "label"),
    [
        (publishing.cancel, "【中止】", "日時："),
        (publishing.postpone, "【延期】", "当初の日時："),
        (lambda *given, **more: publishing.mark(given[0], given[1], "full", given[2], **more), "【満席】", "日時："),
    ],
)
def test_how_it_stands_comes_first_and_why_after_it(
    write: Session, post: Post, verb: Callable[..., None], mark: str, label: str, network: str
) -> None:
    event = post(write)
    verb(write, event, REASON, actor=None, at=NOW)
    said = words(event, network)
    assert said[:2] == [f"{mark}角館の桜まつり", REASON]
    assert said[2].startswith(label)


def test_a_new_date_stands_with_the_one_before(write: Session, post: Post) -> None:
    event = post(write)
    publishing.save(write, event, {"start": "2027-04-18T00:00:00"}, actor=None, at=NOW)
    said = words(event)
    assert said[0] == "【日時変更】角館の桜まつり"
    assert said[1] == "新しい日時：4月18日（日）〜5月5日（水・祝）（変更前 4月15日（木））"


def test_a_series_says_the_next_date_and_how_it_repeats(write: Session, post: Post) -> None:
    times = {"start": "2027-02-06T10:00", "end": "2027-02-06T11:00", "all_day": False}
    event = post(write, **times, rule="FREQ=WEEKLY;UNTIL=20270331")
    assert "日時：次回 3月6日（土）午前10時〜午前11時" in words(event)
    assert "くり返し：毎週土曜日（2027年3月31日まで）" in words(event, "line")


def test_what_can_be_pressed_depends_on_the_network(write: Session, post: Post) -> None:
    event = post(write)
    assert f"calendar.example.jp/events/{event.public_id}" in words(event, "instagram")
    assert "https://" not in "".join(words(event, "instagram"))
    assert "#" not in "".join(words(event, "line"))


def test_an_emergency_is_called_one(write: Session) -> None:
    entry = announce(write, title="大雨への備え", importance="emergency", summary="川に近づかないでください。")
    assert kit.network_texts(entry, JA, TODAY)[0].words.startswith(
        "【緊急】大雨への備え\n川に近づかないでください。\nhttps://"
    )


def test_a_mail_holds_everything_and_opens_in_any_program(write: Session, post: Post) -> None:
    event = post(write, fee=300, contact="観光課 0187-00-0000", translations={})
    mail = kit.mail(event, JA, TODAY)
    assert mail.subject == "角館の桜まつり"
    for line in (
        "料金：300円",
        f"https://calendar.example.jp/events/{event.public_id}",
        "問い合わせ：観光課 0187-00-0000",
        "仙北市",
    ):
        assert line in mail.body.split("\n")
    opened = parse_qs(urlsplit(mail.link).query)
    assert opened["body"][0] == mail.body.replace("\n", "\r\n")
    assert unquote(mail.link).startswith("mailto:?subject=角館の桜まつり&body=")


def test_the_bulletin_has_it_in_its_own_form(write: Session, post: Post) -> None:
    event = post(
        write,
        capacity=20,
        fee=300,
        apply="電話で観光課へ",
        contact="観光課 電話０１８７－００－００００",
        summary="花を見ます!🌸",
    )
    assert press_text.column_paragraph(event, JA, TODAY) == (
        "角館の桜まつり　4月15日(木)〜5月5日(水・祝)、桧木内川堤。花を見ます！"
        "定員20人、料金は300円、申込は電話で観光課へ。問 観光課(0187-00-0000)"
    )
    assert press_text.fact_list(event, JA, TODAY).split("\n")[:4] == [
        "■角館の桜まつり",
        "時　4月15日(木)〜5月5日(水・祝)",
        "所　桧木内川堤",
        "内　花を見ます！",
    ]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("１０時～１２時", "10時〜12時"),
        ("ﾊﾞｽは①番、㈱バス", "バスは(1)番、(株)バス"),
        ("気温25℃、1,500円", "気温25℃、1,500円"),
        ("（無料） です", "(無料)です"),
        ("くわしくは https://example.jp/a へ", "くわしくはへ"),
        ("Semboku City Hall", "Semboku City Hall"),
        ("本当?", "本当？"),
    ],
)
def test_widths_are_those_of_a_bulletin(typed: str, printed: str) -> None:
    assert press_text.plain_form(typed) == printed


def test_only_colleagues_see_the_kit_and_it_is_found_after_publishing(
    client: FlaskClient, desk: FlaskClient, write: Session, post: Post
) -> None:
    event = post(write)
    write.commit()
    address = f"/staff/entries/{event.public_id}/share"
    assert client.get(address).status_code == 302
    assert address in desk.get(f"/staff/entries/{event.public_id}").text
    page = desk.get(address).text
    assert '<textarea id="text-common"' in page
    assert 'download="角館の桜まつり_1200x630.jpg"' in page
    assert "Semboku City Calendar" in desk.get(f"{address}?in=en").text


def test_a_draft_has_texts_but_no_pictures(desk: FlaskClient, write: Session) -> None:
    draft = publishing.create(write, "announcement", {"title": "下書き", "department_id": 1}, actor=None, at=NOW)
    write.commit()
    page = desk.get(f"/staff/entries/{draft.public_id}/share").text
    assert "公開していない" in page or "It is not public" in page
    assert "/cards/" not in page


def test_a_public_page_can_be_passed_on_without_asking_anybody(client: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    write.commit()
    page = client.get(f"/events/{event.public_id}").text
    share = page[page.index('<details class="share') :].partition("</details>")[0]
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', share)]
    own = f"https://calendar.example.jp/events/{event.public_id}"
    assert [urlsplit(link).hostname or "mail" for link in links] == [
        "social-plugins.line.me",
        "x.com",
        "www.facebook.com",
        "mail",
    ]
    assert all(own in unquote(link) for link in links)
    assert not re.findall(r'(?:src|action)="(?:https?:)?//(?!calendar\.example\.jp)', page)


def test_a_new_network_is_one_row(
    monkeypatch: pytest.MonkeyPatch, client: FlaskClient, desk: FlaskClient, write: Session, post: Post
) -> None:
    event = post(write)
    write.commit()
    network = Network(
        "misskey",
        "Misskey",
        "letters",
        60,
        tags=1,
        composer="https://{server}/share?text={text}",
        reader="https://hub.example/share?text={text}&url={link}",
        hint="Any link counts as 23.",
    )
    monkeypatch.setitem(NETWORKS, network.name, network)
    assert len("\n".join(words(event, "misskey"))) <= 60
    kit_page = desk.get(f"/staff/entries/{event.public_id}/share").text
    panel = kit_page[kit_page.index('<h2 id="name-misskey">Misskey') :].partition("</li>")[0]
    assert "アドレスはどれも23と数えます。" in panel
    assert f"https://calendar.example.jp/events/{event.public_id}" in panel
    assert 'data-open="https://{server}/share?text={text}"' in panel
    assert "Misskey" in kit_page[kit_page.index('class="cards"') :] or "/cards/" not in kit_page
    public_page = unescape(client.get(f"/events/{event.public_id}").text)
    assert "https://hub.example/share?text=%E8%A7%92%E9%A4%A8" in public_page


@pytest.fixture(scope="module")
def kit_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("town")
    engine = make_engine(f"sqlite:///{copied(sqlite_template, folder)}")
    with write_session(engine) as session:
        person(session)
        event = published(session)
        session.commit()
        path = f"/staff/entries/{event.public_id}/share"
    engine.dispose()
    with installation(folder) as url:
        yield url + path


@pytest.fixture
def phone(kit_url: str, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = context.new_page()
    page.goto(kit_url)
    page.fill("#email", "staff@example.jp")
    page.fill("#password", "correct horse battery")
    page.click("main button")
    page.wait_for_url(kit_url)
    yield page
    context.close()


def test_what_is_typed_once_is_counted_and_taken_along_for_each_network(phone: Page) -> None:
    x = "[data-counting=weigh]"
    shown = phone.text_content(f"{x} output")
    phone.fill("#text-common", "桜 https://calendar.example.jp/events/abcdefgh")
    assert (shown, phone.text_content(f"{x} output")) != (shown, shown)
    link = phone.get_attribute(f"{x} a.button", "href") or ""
    taken = "桜 https://calendar.example.jp/events/abcdefgh\n#仙北市 #桜"
    assert parse_qs(urlsplit(link).query)["text"] == [taken]
    assert phone.text_content(f"{x} output") == str(26 + 1 + 7 + 1 + 3)
    assert phone.is_hidden(f"{x} .too-long")
    phone.fill("#text-common", "桜" * 141)
    assert phone.is_visible(f"{x} .too-long")
    assert phone.is_visible(f"{x} [data-copies]")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_text_is_written_once_and_anew_only_where_it_does_not_fit(write: Session, post: Post) -> None:
    event = post(write)
    assert {text.network.name for text in kit.network_texts(event, JA, TODAY) if text.own} == {"instagram"}
    long = post(write, summary="花" * 150)
    assert {text.network.name for text in kit.network_texts(long, JA, TODAY) if text.own} == {"instagram", "x"}


def test_where_room_is_short_a_post_does_not_spend_it_on_accessibility(write: Session, post: Post) -> None:
    event = post(write, summary="", facilities={"wheelchair": True}, fee=300)
    assert "料金：300円" in words(event, "x")
    assert not [line for line in words(event, "x") if "車いす" in line]
    assert [line for line in words(event, "line") if "車いす" in line]


def test_a_network_of_many_servers_opens_on_ones_own(phone: Page) -> None:
    phone.context.route("**/mastodon.example/**", lambda route: route.fulfill(body="composer"))
    phone.fill("#text-common", "桜 & 梅")
    phone.fill("#server-mastodon", "@hana@mastodon.example")
    with phone.context.expect_page() as opened:
        phone.click("button[data-open]")
    opened.value.wait_for_url("https://mastodon.example/share?text=%E6%A1%9C%20%26%20%E6%A2%85*")
