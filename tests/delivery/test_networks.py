"""LINE, Mastodon and Bluesky: what each says for every change, once; what they refuse; what a town sees of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Photo, Receiver
from calendar_app.delivery import setting_up, turns, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.channels import line
from calendar_app.entries import due, publishing, single_dates
from helpers.networks import JPEG, Bluesky, Line, Mastodon, Network
from helpers.receivers import Taker, taker
from helpers.town import NOW, announce, published

LONG = {"summary": "桜の名所で、長い催しです。" * 80}
SECRETS = {
    "line": {"token": "line-token"},
    "mastodon": {"token": "mastodon-token"},
    "bluesky": {"password": "app-password"},
}


class Clerk:
    """A town with one channel, and a network that hears of each change a minute later."""

    def __init__(self, config: Config, session: Session, there: Taker) -> None:
        self.config = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
        self.session, self.there, self.at, self.asked = session, there, NOW, []

    def follow(self, name: str, network: Any, **settings: str) -> Receiver:
        self.there.reply = network
        values = {"server": self.there.url("").rstrip("/"), "handle": "semboku.example"} | settings
        to = Receiver(channel=name, key=name, query="", lang="ja", created_at=NOW, settings=values)
        turns.keep_secrets(to, self.config, SECRETS[name])
        self.session.add(to)
        self.session.commit()
        return to

    def page(self, path: str) -> Page:
        self.asked.append(path)
        return Page(200, {"content-type": "image/jpeg"}, JPEG)

    def work(self, seconds: int = 60) -> list[str]:
        self.session.commit()
        self.at += timedelta(seconds=seconds)
        return list(worker.deliver(self.config, now=lambda: self.at, page=self.page, once=True))

    def does(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        made = act(self.session, *args, actor=None, at=self.at, **more)
        self.work()
        return made

    def publishes(self, **values: Any) -> Any:
        made = published(self.session, at=self.at, **values)
        self.work()
        return made


@pytest.fixture
def clerk(config: Config, write: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with taker() as there:
        monkeypatch.setattr(line, "API", there.url("").rstrip("/"))
        yield Clerk(config, write, there)


def every_change(clerk: Clerk) -> None:
    market = {
        "title": "朝市",
        "start": "2027-04-11T06:00:00",
        "end": "2027-04-11T08:00:00",
        "all_day": False,
        "tags": [],
    }
    series = clerk.publishes(rule="FREQ=WEEKLY;COUNT=4", **market)
    clerk.does(
        single_dates.change_date, series, series.occurrences[1].original, {"status": "cancelled", "note": "大雨"}
    )
    event = clerk.publishes(title="夏まつり", start="2027-08-01T00:00:00", end="2027-08-01T00:00:00")
    clerk.does(publishing.save, event, {"start": "2027-08-08T00:00:00", "end": "2027-08-08T00:00:00"})
    clerk.does(publishing.save, event, {"venue_id": None, "place": "体育館"})
    clerk.does(publishing.postpone, event, "台風")
    clerk.does(publishing.cancel, event, "台風")
    clerk.does(publishing.restore, event)
    clerk.does(publishing.withdraw, event, "誤り")
    announce(clerk.session, at=clerk.at, title="桜が満開です", headline="満開です")
    clerk.work()
    ends = (clerk.at + timedelta(minutes=30)).isoformat()
    announce(clerk.session, at=clerk.at, title="避難指示", importance="emergency", valid_until=ends)
    clerk.work(3600)
    due.run(clerk.session, at=clerk.at)
    clerk.work()


FIRST = ["朝市", "【中止】朝市（4月18日（日））", "夏まつり"]
CHANGED = ["【日時変更】夏まつり", "【会場変更】夏まつり", "【延期】夏まつり", "【中止】夏まつり", "【開催】夏まつり"]


def told(network: Network) -> list[tuple[str, str]]:
    return [(act, text.partition("\n")[0]) for act, text in network.told]


def test_line_says_every_change_as_a_message_of_its_own(clerk: Clerk) -> None:
    network = Line()
    clerk.follow("line", network)
    every_change(clerk)
    last = ["【取り下げ】夏まつり", "桜が満開です", "【緊急】避難指示", "【終了】避難指示"]
    assert told(network) == [("broadcast", headline) for headline in [*FIRST, *CHANGED, *last]]
    card = network.messages[0]["messages"][0]["originalContentUrl"]
    assert card.startswith("https://calendar.example.jp/cards/")
    assert card.partition("?")[0].endswith("-square.jpg")


def test_mastodon_edits_answers_and_deletes(clerk: Clerk) -> None:
    network = Mastodon()
    clerk.follow("mastodon", network)
    every_change(clerk)
    assert told(network) == [
        *zip(("post", "reply", "post"), FIRST, strict=True),
        *(("edit", headline) for headline in CHANGED),
        ("delete", "1002"),
        ("post", "桜が満開です"),
        ("post", "【緊急】避難指示"),
        ("edit", "【終了】避難指示"),
    ]


def test_bluesky_answers_in_one_chain_and_deletes_all_of_it(clerk: Clerk) -> None:
    network = Bluesky()
    clerk.follow("bluesky", network)
    every_change(clerk)
    seen = told(network)
    assert seen[:8] == [*zip(("post", "reply", "post"), FIRST, strict=True), *(("reply", each) for each in CHANGED)]
    assert [act for act, _ in seen[8:14]] == ["delete"] * 6, "the last answer first"
    assert seen[14:] == [("post", "桜が満開です"), ("post", "【緊急】避難指示"), ("reply", "【終了】避難指示")]
    assert network.opened == 1, "it signs in once"


@pytest.mark.parametrize(("way", "acts"), [("reply", ["post", "reply"]), ("post", ["post", "post"])])
def test_the_town_chooses_how_a_change_is_told(clerk: Clerk, way: str, acts: list[str]) -> None:
    network = Mastodon()
    clerk.follow("mastodon", network, changes=way)
    clerk.does(publishing.cancel, clerk.publishes(), "台風")
    assert [act for act, _ in network.told] == acts


@pytest.mark.parametrize(("name", "network"), [("line", Line()), ("mastodon", Mastodon()), ("bluesky", Bluesky())])
def test_an_answer_that_is_lost_makes_nothing_twice(clerk: Clerk, name: str, network: Network) -> None:
    clerk.follow(name, network)
    network.broken_after = 4
    clerk.publishes()
    for _ in range(4):
        clerk.work(900)
    assert len(network.told) == 1
    assert clerk.session.scalars(select(Delivery.state)).all() == ["sent"]


@pytest.mark.parametrize(
    ("name", "network", "seconds"), [("line", Line(), 60), ("mastodon", Mastodon(), 240), ("bluesky", Bluesky(), 240)]
)
def test_a_limit_is_waited_for_as_the_network_says(clerk: Clerk, name: str, network: Network, seconds: int) -> None:
    to = clerk.follow(name, network)
    network.limited = 1
    clerk.publishes()
    clerk.session.refresh(to)
    assert to.due_at == clerk.at + timedelta(seconds=seconds)
    clerk.work(seconds)
    assert len(network.told) == 1


def test_the_month_s_quota_is_said_and_not_waited_for(clerk: Clerk) -> None:
    clerk.follow("line", Line(quota=0))
    clerk.publishes()
    row = clerk.session.scalars(select(Delivery)).one()
    assert (row.state, row.problem) == ("failed", "quota")


@pytest.mark.parametrize(("name", "network"), [("line", Line()), ("mastodon", Mastodon()), ("bluesky", Bluesky())])
def test_a_wrong_key_holds_everything_until_it_is_mended(clerk: Clerk, name: str, network: Any) -> None:
    to = clerk.follow(name, network)
    secret = next(iter(SECRETS[name]))
    setattr(network, secret, "new")
    clerk.publishes()
    assert setting_up.attempt(to, clerk.config, at=clerk.at) == (False, "no_access")
    channel = next(each for each in setting_up.offered() if each.name == name)
    typed = {**to.settings, secret: "new"}
    given = setting_up.Given("町", None, "", "ja", typed)
    clerk.session.refresh(to)
    clerk.does(lambda session, **when: setting_up.save(session, to, channel, given, clerk.config, **when))
    assert len(network.told) == 1
    assert setting_up.attempt(to, clerk.config, at=clerk.at)[0]


def with_photo(clerk: Clerk) -> Any:
    sizes = {"a" * 32 + "-1600.jpg": 400_000}
    photo = Photo(name="a" * 32, width=1600, height=900, sizes=sizes, alt="満開の桜並木", uploaded_at=NOW)
    clerk.session.add(photo)
    clerk.session.flush()
    return clerk.publishes(photos=[{"id": photo.id, "alt": "満開の桜並木"}], **LONG)


def test_a_photo_goes_with_its_description_and_stays_when_the_post_is_edited(clerk: Clerk) -> None:
    network = Mastodon(processing=2)
    clerk.follow("mastodon", network)
    clerk.does(publishing.cancel, with_photo(clerk), "台風")
    assert network.media == {"media-0": "満開の桜並木"}
    [post] = network.posts.values()
    assert post["media"] == ["media-0"]
    assert post["text"].startswith("【中止】")


def test_bluesky_gets_photo_alt_facets_and_a_new_session_when_the_old_one_ends(clerk: Clerk) -> None:
    network = Bluesky()
    clerk.follow("bluesky", network)
    event = with_photo(clerk)
    [record] = network.records.values()
    [image] = record["embed"]["images"]
    assert image["alt"] == "満開の桜並木"
    assert {each["features"][0]["$type"].partition("#")[2] for each in record["facets"]} == {"link", "tag"}
    network.access = "expired"
    clerk.does(publishing.cancel, event, "台風")
    assert network.opened == 2
    network.access = network.refresh = "both expired"
    clerk.does(publishing.restore, event)
    assert [act for act, _ in network.told] == ["post", "reply", "reply"]
    assert list(network.records.values())[-1]["embed"]["external"]["uri"].endswith(event.public_id)


def test_line_reaches_an_audience(clerk: Clerk) -> None:
    network = Line()
    clerk.follow("line", network, audience="4711")
    clerk.publishes(**LONG)
    assert network.told[0][0] == "narrowcast"
    assert network.messages[0]["recipient"] == {"type": "audience", "audienceGroupId": 4711}


def test_a_post_that_somebody_deleted_there_is_answered_by_a_new_one(clerk: Clerk) -> None:
    network = Mastodon()
    clerk.follow("mastodon", network)
    event = clerk.publishes()
    network.posts.clear()
    clerk.does(publishing.cancel, event, "台風")
    clerk.does(publishing.withdraw, event, "")
    assert [act for act, _ in network.told] == ["post", "post", "delete"]
    assert network.posts == {}
