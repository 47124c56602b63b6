"""Open data: the standard's columns, what a spreadsheet and an old program make of them, and words a program must know."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from calendar_app.formats import open_data
from helpers.town import NOW

COLUMNS = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,イベント名,イベント名_カナ,イベント名_英語,開始日,終了日,開始時間,終了時間,"
    "開始日時特記事項,説明,料金(基本),料金(詳細),連絡先名称,連絡先電話番号,連絡先内線番号,主催者,場所名称,住所,方書,緯度,経度,"
    "アクセス方法,駐車場情報,定員,参加申込終了日,参加申込終了時間,参加申込方法,URL,備考"
)
CLASS = {
    "title": "おはなし会",
    "title_kana": "オハナシカイ",
    "translations": {"en": {"title": "Story time"}},
    "start": "2027-04-10T10:30:00",
    "end": "2027-04-10T11:00:00",
    "all_day": False,
    "rule": "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20270731",
    "skips": ["holiday"],
    "fee": 0,
    "capacity": 20,
    "apply_deadline": "2027-04-09T17:00:00",
    "contact": "学習資料館 0187-43-3333 内線 21",
    "audience": "幼児と保護者",
    "weather_rule": "held",
}


def table(client: FlaskClient, address: str = "/events.csv", encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).data.decode(encoding))))


@pytest.fixture
def published(write: Session, post: Any) -> None:
    post(write, **CLASS)
    post(write, title="桜まつり🌸", summary="=1+1 を書いてみた")
    write.commit()


def test_the_list_has_the_columns_of_the_standard_and_opens_in_excel(client: FlaskClient, published: None) -> None:
    body = client.get("/events.csv").data
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.decode("utf-8-sig").splitlines()[0] == COLUMNS


def test_a_row_says_all_of_an_event(client: FlaskClient, published: None) -> None:
    row = next(one for one in table(client) if one["イベント名"] == "おはなし会")
    said = {
        "都道府県コード又は市区町村コード": "052159",
        "イベント名_カナ": "オハナシカイ",
        "イベント名_英語": "Story time",
        "開始日": "2027-04-10",
        "終了日": "2027-07-10",
        "開始時間": "10:30",
        "終了時間": "11:00",
        "開始日時特記事項": "毎月第2土曜日（2027年7月31日まで）。祝日を除く",
        "料金(基本)": "0",
        "連絡先名称": "観光課",
        "連絡先電話番号": "0187-43-3333",
        "連絡先内線番号": "21",
        "場所名称": "桧木内川堤",
        "緯度": "39.590000",
        "定員": "20",
        "参加申込終了日": "2027-04-09",
        "参加申込終了時間": "17:00",
        "備考": "対象：幼児と保護者。雨天決行",
    }
    assert {name: row[name] for name in said} == said


def test_an_all_day_event_has_days_and_no_times(client: FlaskClient, published: None) -> None:
    row = next(one for one in table(client) if one["イベント名"].startswith("桜まつり"))
    assert (row["開始日"], row["終了日"], row["開始時間"], row["終了時間"]) == ("2027-04-15", "2027-05-05", "", "")


def test_a_night_ends_on_the_day_after(client: FlaskClient, write: Session, post: Any) -> None:
    post(write, title="夜桜", start="2027-04-15T17:30:00", end="2027-04-16T00:00:00", all_day=False)
    write.commit()
    (row,) = table(client)
    assert (row["開始日"], row["終了日"], row["終了時間"]) == ("2027-04-15", "2027-04-16", "00:00")


def test_an_inexact_date_is_said_in_words(client: FlaskClient, write: Session, post: Any) -> None:
    dated = {"start": "2027-04-21T00:00:00", "end": "2027-04-30T00:00:00", "precision": "part", "certainty": "planned"}
    post(write, **dated)
    write.commit()
    (row,) = table(client)
    assert row["開始日時特記事項"] == "2027年4月下旬（日程調整中）"


def test_a_cell_is_never_a_formula(client: FlaskClient, published: None) -> None:
    assert "'=1+1 を書いてみた" in [one["説明"] for one in table(client)]


@given(text=st.text(alphabet="=+-@\t\r 0123456789.A,\"'", min_size=1, max_size=8))
def test_whatever_is_typed_a_spreadsheet_reads_text_or_a_number(text: str) -> None:
    body, _ = open_data.join_csv([("a", "a")], [open_data.csv_line([("a", "a")], {"a": text})])
    _, (cell, *_) = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    assert not cell.startswith(open_data.FORMULA) or re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?", cell)


def test_an_old_program_is_told_what_it_cannot_be_given(client: FlaskClient, published: None) -> None:
    answer = client.get("/events.csv?encoding=cp932")
    assert unquote(answer.headers["X-Characters-Lost"]) == "🌸"
    assert "桜まつり〓" in [one["イベント名"] for one in table(client, "/events.csv?encoding=cp932", "cp932")]
    assert client.get("/events.csv?encoding=ebcdic").status_code == 400


def test_waves_and_dashes_survive_in_cp932() -> None:
    line = open_data.csv_line([("a", "a")], {"a": "10時〜12時—雨天–中止①㈱髙"})
    body, lost = open_data.join_csv([("a", "a")], [line], "cp932")
    assert lost == ""
    assert "10時" in body.decode("cp932")
    assert "〓" not in body.decode("cp932")


def test_the_core_model_is_a_table_and_a_list_of_objects(client: FlaskClient, published: None) -> None:
    rows = table(client, "/events-core.csv")
    assert list(rows[0])[:2] == ["ID", "イベント名"]
    assert list(rows[0])[31:] == ["連絡先情報", "外国語対応", "アクセシビリティ情報", "子供預かり情報"]
    objects = json.loads(client.get("/events-core.json").data)
    story = next(one for one in objects if one["eventName"] == "おはなし会")
    assert (story["webinarStatus"], story["feeStatus"], story["holdingPattern"]) == (
        "現地",
        "無料",
        "毎月第2土曜日（2027年7月31日まで）。祝日を除く",
    )


def test_cancelled_events_say_so(client: FlaskClient, write: Session, post: Any) -> None:
    publishing.cancel(write, post(write), "大雨のため", actor=None, at=NOW)
    write.commit()
    (row,) = table(client)
    assert row["イベント名"] == "【中止】角館の桜まつり"
    assert "大雨のため" in row["開始日時特記事項"]
    assert json.loads(client.get("/events-core.json").data)[0]["status"] == "中止"


def test_filters_work_and_a_wrong_one_is_no_whole_city(client: FlaskClient, published: None) -> None:
    assert len(table(client, "/events.csv?tag=桜")) == 2
    assert len(table(client, "/events.csv?department=toshokan")) == 0
    assert client.get("/events.csv?tag=無い").status_code == 404
