"""Notifications of the browser, at a push service that decrypts them and refuses what the real ones refuse."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Receiver, Subscription
from calendar_app.delivery import digests, followers, web_push, worker
from calendar_app.delivery.channel import Page
from calendar_app.entries import publishing
from helpers.push_service import PushService, decoded, decrypt, push_service
from helpers.town import NOW, STOPPED, person, published

FIREWORKS = {"title": "花火大会", "start": "2027-03-03T19:00:00", "end": None, "all_day": False}


@pytest.fixture
def device() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def offered(app: Flask, config: Config, write: Session) -> Config:
    mine = app.extensions["calendar_config"] = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    administrator = person(write, "admin@example.jp", role="admin")
    followers.switch(write, mine, "push", True, actor=administrator, at=NOW)
    write.commit()
    return mine


def work(config: Config, device: PushService, at: datetime) -> None:
    device.at = at
    list(worker.deliver(config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))


def press(client: FlaskClient, device: PushService, query: str = "", **more: str) -> Any:
    return client.post(f"/follow/push?{query}", json=device.device | more)


def test_the_example_of_the_standard_is_decrypted_and_ours_like_it() -> None:
    private = ec.derive_private_key(
        int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1()
    )
    public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    auth, text = "BTBZMqHH6r4Tts7J_aSIgg", b"When I grow up, I want to be a watermelon"
    body = (  # RFC 8291, appendix A
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6c"
        "VPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert decrypt(decoded(body), private, decoded(auth)) == text
    assert decrypt(web_push.encrypt(text, public, auth), private, decoded(auth)) == text


def test_a_press_begins_it_and_a_cancellation_rings_even_at_night(
    client: FlaskClient, offered: Config, write: Session, device: PushService
) -> None:
    assert press(client, device).status_code == 200
    work(offered, device, STOPPED)
    event = published(write, **FIREWORKS, at=STOPPED)
    write.commit()
    night = STOPPED.replace(hour=13)  # 22:00 in the city
    work(offered, device, night)
    publishing.cancel(write, event, "強風", actor=None, at=night)
    write.commit()
    work(offered, device, night + timedelta(minutes=1))
    shown = [(sent["title"], sent["silent"], headers["urgency"]) for headers, sent in device.taken]
    assert shown == [
        ("通知をオンにしました", False, "normal"),
        ("花火大会", True, "low"),
        ("【中止】花火大会", False, "high"),
    ]
    (new, first), (cancelled, second) = device.taken[1:]
    assert second["navigate"] == f"https://calendar.example.jp/events/{event.public_id}"
    assert (first["tag"], new["topic"]) == (second["tag"], cancelled["topic"]), "the newer takes the older one's place"


def test_one_event_is_reminded_of_the_evening_before_and_told_of_its_changes_only(
    client: FlaskClient, offered: Config, write: Session, device: PushService, town: Session
) -> None:
    event = published(write, **FIREWORKS)
    published(write, title="朝市", start="2027-03-03T07:00:00", end=None, all_day=False)
    name = event.public_id
    write.commit()
    leave = press(client, device, event=name).json["leave"]
    assert "花火大会" in client.get(leave).text
    work(offered, device, STOPPED)
    evening = datetime.fromisoformat("2027-03-02T17:00:00+09:00")
    for at in (evening - timedelta(days=1), evening):
        digests.queue(write, offered, at=at)
        write.commit()
        work(offered, device, at)
    publishing.cancel(write, event, "強風", actor=None, at=evening)
    published(write, title="別の催し", at=evening)
    write.commit()
    work(offered, device, evening + timedelta(minutes=1))
    begun, reminder, cancelled = [sent for _, sent in device.taken]
    assert begun["body"] == "花火大会"
    assert "花火大会" in reminder["body"]
    assert "朝市" not in reminder["body"]
    assert cancelled["title"] == "【中止】花火大会"
    for days in (1, 2):  # when it is over the device is forgotten
        digests.queue(write, offered, at=evening + timedelta(days=days))
        write.commit()
    assert town.scalar(select(func.count()).select_from(Receiver)) == 0


@pytest.mark.parametrize("answer", [404, 410])
def test_a_subscription_that_is_no_more_is_deleted(
    client: FlaskClient, offered: Config, device: PushService, town: Session, answer: int
) -> None:
    press(client, device)
    device.ended = answer
    work(offered, device, STOPPED)
    assert town.scalar(select(func.count()).select_from(Subscription)) == 0


def test_a_second_press_ends_it_and_the_device_s_keys_go(
    client: FlaskClient, offered: Config, device: PushService, town: Session
) -> None:
    leave = press(client, device).json["leave"]
    kept = town.scalars(select(Receiver)).one()
    assert device.url not in kept.secrets + str(kept.settings) + kept.key
    town.rollback()
    assert client.post(leave).status_code == 200
    assert town.scalar(select(func.count()).select_from(Receiver)) == 0


def test_what_is_no_subscription_and_other_sites_are_refused(
    client: FlaskClient, offered: Config, device: PushService
) -> None:
    for wrong in (None, [], {}, {"endpoint": device.url}, device.device | {"keys": {"p256dh": "AA", "auth": "AA"}}):
        assert client.post("/follow/push", json=wrong).status_code == 400, wrong
    assert press(client, device, event="nothing").status_code == 404
    other = client.post("/follow/push", json=device.device, headers={"Origin": "https://other.example"})
    assert other.status_code == 403
