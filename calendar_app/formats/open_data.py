"""Write open data: the event list of the Japanese recommended data set (32 columns), and GIF's core model, as CSV and
JSON.

A row is a dict by the names of GIF's core model for events (DS-43C), and by our own names for columns that only the
older list has.
"""

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence

from calendar_app.text.markup import clean

OpenDataRow = Mapping[str, str]
Columns = Sequence[tuple[str, str]]  # heading, name

TWINS = {"—": "―", "–": "-", "¥": "￥", "•": "・", "\u00a0": " "}
GETA = "〓"  # Japanese printers set this for a missing character
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
FORMULA = ("=", "+", "-", "@", "\t")

# Column by column, in the order of the standard: its heading, our name.
EVENT_LIST = (
    ("都道府県コード又は市区町村コード", "bodyCode"),
    ("NO", "id"),
    ("都道府県名", "prefecture"),
    ("市区町村名", "municipality"),
    ("イベント名", "eventName"),
    ("イベント名_カナ", "eventNameKana"),
    ("イベント名_英語", "eventNameEn"),
    ("開始日", "dateOfStart"),
    ("終了日", "dateOfEnd"),
    ("開始時間", "startTime"),
    ("終了時間", "endTime"),
    ("開始日時特記事項", "dateTimeDescription"),
    ("説明", "description"),
    ("料金(基本)", "fee"),
    ("料金(詳細)", "feeDescription"),
    ("連絡先名称", "contactName"),
    ("連絡先電話番号", "contactPhone"),
    ("連絡先内線番号", "contactExtension"),
    ("主催者", "organizer"),
    ("場所名称", "location"),
    ("住所", "locationAddress"),
    ("方書", "building"),
    ("緯度", "latitude"),
    ("経度", "longitude"),
    ("アクセス方法", "accessMethod"),
    ("駐車場情報", "parking"),
    ("定員", "capacity"),
    ("参加申込終了日", "applicationDeadlineDate"),
    ("参加申込終了時間", "applicationDeadlineTime"),
    ("参加申込方法", "applicationMethod"),
    ("URL", "eventUrl"),
    ("備考", "remarks"),
)
CORE_MODEL = (
    ("ID", "id"),
    ("イベント名", "eventName"),
    ("イベント名(カナ)", "eventNameKana"),
    ("イベント名(英字)", "eventNameEn"),
    ("通称", "alternateName"),
    ("サブタイトル", "subTitle"),
    ("説明", "description"),
    ("サブイベント", "subEvent"),
    ("イベント種類", "eventType"),
    ("イベントURL", "eventUrl"),
    ("状態", "status"),
    ("キーワード", "keyword"),
    ("タグ", "tag"),
    ("開催パターン", "holdingPattern"),
    ("開始日", "dateOfStart"),
    ("終了日", "dateOfEnd"),
    ("開始時刻", "startTime"),
    ("終了時刻", "endTime"),
    ("日時説明", "dateTimeDescription"),
    ("開催場所", "location"),
    ("開催場所住所", "locationAddress"),
    ("開催施設", "venueFacility"),
    ("アクセス方法", "accessMethod"),
    ("Web開催", "webinarStatus"),
    ("主催団体", "organizer"),
    ("共催団体", "coorganizer"),
    ("関連団体", "relatedGroup"),
    ("対象者", "targetPerson"),
    ("定員", "capacity"),
    ("料金有無", "feeStatus"),
    ("駐車場有無", "parkingStatus"),
    ("連絡先情報", "contactPointInformation"),
    # Columns of the model's extension about accessibility.
    ("外国語対応", "foreignLanguage"),
    ("アクセシビリティ情報", "accessibilityInformation"),
    ("子供預かり情報", "childcareInformation"),
)


def csv_line(columns: Columns, row: OpenDataRow) -> bytes:
    """Return one line of the table in UTF-8. No cell is a formula."""
    return _csv_line(_cell(row.get(name, "")) for _, name in columns)


def join_csv(columns: Columns, lines: Iterable[bytes], encoding: str = "utf-8-sig") -> tuple[bytes, str]:
    """Return the table of these lines, and the characters that the encoding lacks, each once; they are written as 〓.

    UTF-8 carries a byte order mark, so that Excel recognises it.
    """
    table = b"".join([_csv_line(heading for heading, _ in columns), *lines])
    return (BOM_UTF8 + table, "") if encoding == "utf-8-sig" else _encoded(table.decode(), encoding)


def json_object(columns: Columns, row: OpenDataRow) -> bytes:
    """Return a row as an object without empty values, indented as a member of the list."""
    values = {name: row[name] for _, name in columns if row.get(name)}
    return json.dumps(values, ensure_ascii=False, indent=1).replace("\n", "\n ").encode()


def join_json(objects: Sequence[bytes]) -> bytes:
    """Return the list of these objects."""
    return b"[\n " + b",\n ".join(objects) + b"\n]\n" if objects else b"[]\n"


def _csv_line(cells: Iterable[str]) -> bytes:
    csv.writer(text := io.StringIO(), lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: str) -> str:
    """Return a cell that no spreadsheet reads as a formula: an apostrophe before =1+1 makes it text. A number stays a
    number."""
    text = clean(value).replace("\r", "")
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def _encoded(text: str, encoding: str) -> tuple[bytes, str]:
    """Encode a text. For CP932, which has waves and dashes of its own, characters are replaced by their twins there."""
    if encoding != "cp932":
        return text.encode(encoding), ""
    lost = dict.fromkeys(letter for letter in sorted(set(text)) if not _has(letter, encoding))
    for letter in lost:
        text = text.replace(letter, TWINS.get(letter, GETA))
    return text.encode(encoding), "".join(letter for letter in lost if letter not in TWINS)


def _has(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
