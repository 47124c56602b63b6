"""Emergencies as CAP 1.2: an index, one message for each change, each naming those before it, none ever altered."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from calendar_app.formats.cap import Alert, Reference, Text
from helpers.town import NOW, announce

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
ORDER = ["identifier", "sender", "sent", "status", "msgType", "scope", "note", "references", "info"]  # of the schema


def listed(client: FlaskClient) -> list[str]:
    root = etree.fromstring(client.get("/alerts.atom").data)
    links = root.iterfind(f"{ATOM}entry/{ATOM}link[@rel='alternate']")
    return [link.get("href").removeprefix("https://calendar.example.jp") for link in links]


def read(client: FlaskClient, path: str) -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/cap+xml")
    root = etree.fromstring(answer.data)
    names = [child.tag.removeprefix(CAP) for child in root]
    assert names == [name for name in ORDER if name in names]
    texts = {node.tag.removeprefix(CAP): node.text or "" for node in root.iter() if node.text and node.text.strip()}
    assert len(texts["sent"]) == len("2027-03-01T09:00:00+09:00")
    return texts


def emergency(session: Session, **more: Any) -> Any:
    return announce(session, **{"title": "避難指示", "body": "高台へ", "importance": "emergency"} | more)


def test_an_emergency_its_update_and_its_withdrawal(client: FlaskClient, write: Session) -> None:
    announce(write, title="広報")
    news = emergency(write, valid_until=(NOW + timedelta(hours=12)).isoformat())
    write.commit()
    [first] = listed(client)
    alert = read(client, first)
    assert (alert["msgType"], alert["status"], alert["scope"]) == ("Alert", "Actual", "Public")
    assert (alert["headline"], alert["description"], alert["language"]) == ("避難指示", "高台へ", "ja")
    assert (alert["sent"], alert["expires"]) == ("2027-03-01T09:00:00+09:00", "2027-03-01T21:00:00+09:00")
    assert alert["areaDesc"] == "秋田県仙北市"
    assert "references" not in alert
    publishing.save(write, news, {"body": "高台へ急いで"}, actor=None, at=NOW + timedelta(minutes=5))
    write.commit()
    [second] = listed(client)
    update = read(client, second)
    assert update["msgType"] == "Update"
    assert update["references"] == f"{alert['sender']},{alert['identifier']},{alert['sent']}"
    assert read(client, first) == alert, "a message that was sent never changes"
    publishing.withdraw(write, news, "誤報", actor=None, at=NOW + timedelta(minutes=9))
    write.commit()
    [third] = listed(client)
    cancel = read(client, third)
    assert cancel["msgType"] == "Cancel"
    assert cancel["references"].count(",") == 4
    assert not {"誤報", "避難指示", "高台へ"} & set("".join(cancel.values()).split())
    assert client.get(first).status_code == 410


def test_what_replaces_an_emergency_is_its_update(client: FlaskClient, write: Session) -> None:
    old = emergency(write)
    emergency(write, title="避難指示の解除", supersedes_id=old.id)
    write.commit()
    update = read(client, listed(client)[0])
    assert (update["msgType"], update["references"].count(",")) == ("Update", 2)


def test_other_announcements_are_no_messages(client: FlaskClient, write: Session) -> None:
    news = announce(write)
    write.commit()
    assert listed(client) == []
    assert client.get(f"/alerts/{news.revisions[0].number}.cap").status_code == 404
    assert client.get("/alerts/99999.cap").status_code == 404


def test_one_message_holds_every_language(client: FlaskClient, write: Session) -> None:
    emergency(write, translations={"en": {"title": "Evacuate", "body": "Go uphill"}})
    write.commit()
    path = listed(client)[0]
    assert client.get(path).data == client.get(f"{path}?lang=en").data, "one identifier, one content"
    infos = etree.fromstring(client.get(path).data).findall(f"{CAP}info")
    told = [[info.findtext(f"{CAP}{name}") for name in ("language", "headline", "description")] for info in infos]
    assert told == [["ja", "避難指示", "高台へ"], ["en", "Evacuate", "Go uphill"]]


@pytest.mark.parametrize(
    ("kind", "references", "identifier"),
    [("Cancel", 0, "a"), ("Alert", 1, "a"), ("Alert", 0, "a b"), ("Alert", 0, "a,b")],
)
def test_what_the_schema_does_not_see_is_refused(kind: str, references: int, identifier: str) -> None:
    before = (Reference("x", "y", NOW),) * references
    with pytest.raises(ValueError, match=r"references|identifier"):
        Alert(Reference(identifier, "s", NOW), kind, before, (Text("ja", "-"),), *["-"] * 6)
