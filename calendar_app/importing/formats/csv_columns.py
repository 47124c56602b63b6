"""The columns of Japanese open-data event lists, by name: three generations of the standard and what cities add to them.

A field may have several headings; `fold` makes the spellings of one heading equal.
"""

import re
import unicodedata

from calendar_app.fields import EVENT
from calendar_app.importing.formats.csv_periods import group_field

# Columns that are no field of an entry, or only part of one. `calendar_app.fields` has the headings of fields.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("都道府県コード又は市区町村コード", "全国地方公共団体コード", "市区町村コード", "自治体コード"),
    "no": ("NO", "ID", "番号", "識別子", "ファイル名"),
    "title_en": ("イベント名_英語", "名称(英字)", "イベント名(英字)", "名称_英語", "eventNameEn"),
    "start_date": ("開始日", "dateOfStart", "開催日", "開催開始日", "start"),
    "end_date": ("終了日", "dateOfEnd", "開催終了日", "end"),
    "start_time": ("開始時間", "開始時刻", "startTime"),
    "end_time": ("終了時間", "終了時刻", "endTime"),
    "fee_status": ("料金有無", "料金種別", "feeStatus"),
    "contact_name": ("連絡先名称", "問い合わせ先", "お問い合わせ"),
    "contact_phone": ("連絡先電話番号", "電話番号"),
    "contact_extension": ("連絡先内線番号",),
    "contact_mail": ("連絡先メールアドレス",),
    "contact_point": ("連絡先情報", "contactPointInformation"),
    "coorganizer": ("共催団体", "coorganizer"),
    "supporters": ("その他関係団体", "関連団体", "relatedGroup"),
    "venue": ("場所名称", "開催施設", "venueFacility", "会場", "場所"),
    "meeting_place": ("集合場所", "開催場所", "location"),
    "address": ("住所", "所在地_連結表記", "開催場所住所", "locationAddress", "所在地"),
    "address_prefecture": ("住所都道府県", "所在地_都道府県"),
    "address_city": ("住所市区町村", "所在地_市区町村"),
    "address_town": ("住所町名", "所在地_町字"),
    "address_number": ("住所丁目以下", "所在地_番地以下"),
    "building": ("方書", "建物名等", "建物名等(方書)"),
    "lat": ("緯度", "latitude", "lat"),
    "lon": ("経度", "longitude", "lon", "lng"),
    "access": ("アクセス方法", "accessMethod"),
    "parking": ("駐車場情報", "駐車場有無", "parkingStatus"),
    "bicycles": ("駐輪場情報",),
    "deadline_date": ("参加申込終了日", "申込期限日", "申込締切", "申込締切日"),
    "deadline_time": ("参加申込終了時間", "申込期限時刻"),
    "open_date": ("申込開始日",),
    "open_time": ("申込開始時刻",),
    "remarks": ("備考", "remarks"),
    "category": ("イベント種類", "カテゴリー", "カテゴリ", "eventType"),
    "tags": ("タグ", "キーワード", "tag", "keyword"),
    "status": ("状態", "status"),
    "page_status": ("ステータス", "公開状態"),
    "condition": ("開催条件", "holdingCondition"),
    "audience_note": ("対象者備考",),
    "capacity_note": ("定員備考",),
    "subtitle": ("サブタイトル", "subTitle"),
    "alias": ("名称(通称)", "通称", "alternateName"),
    "languages": ("外国語対応", "外国語対応備考"),
    "childcare": ("子供預かり情報", "子ども預かり情報", "託児", "子育て支援情報", "子育て情報"),
    "accessibility": ("アクセシビリティ情報", "アクセリビリティ情報", "バリアフリー情報", "バリアフリー"),
    # One column for each facility, as the core model for accessibility (DS-436) and lists of buildings have them.
    "has_wheelchair": ("車椅子可", "車いす可", "車椅子対応", "車いす対応", "wheelchair"),
    "has_toilet": ("バリアフリートイレ", "多機能トイレ", "多目的トイレ"),
    "has_ostomate": ("オストメイト", "オストメイト対応トイレ", "オストメイト対応"),
    "has_parking": ("優先駐車場", "障害者用駐車場", "身障者用駐車場"),
    "has_dogs": ("補助犬同伴", "盲導犬・介助犬、聴導犬同伴", "盲導犬・介助犬・聴導犬同伴", "補助犬"),
    "has_nursing": ("授乳室", "授乳・おむつ替え", "おむつ替えコーナー", "乳幼児用設備設置"),
    "has_loop": ("磁気ループ", "ヒアリングループ"),
    "has_signing": ("手話通訳", "手話"),
    "has_captions": ("字幕", "要約筆記", "要約筆記・字幕"),
    "has_braille": ("点字や読上", "点字や読上による支援", "点字・大きな文字"),
    "web": ("Web開催", "webinarStatus"),
    # Known but unused: the site states these itself, or no reader needs them.
    "ignored": (
        *("都道府県名", "市区町村名", "地方公共団体名", "所在地_全国地方公共団体コード", "町字ID", "郵便番号"),
        *("サブイベント", "画像URL", "対象となる産業", "ステージ", "言語コード", "subEvent", "開催パターン"),
        *("更新日", "公開日", "区", "施設No", "所要時間", "掲載開始日", "掲載終了日"),
    ),
}

_FIELDS = {name: field.columns for name, field in EVENT.items()} | _COLUMNS

# Headings that English-speaking programs write, and translations of the Japanese ones. The headings above win.
_ENGLISH: dict[str, tuple[str, ...]] = {
    "title": ("Event Name", "Event Title", "Name", "Event", "イベントタイトル", "行事名", "催し名", "催事名"),
    "page_title": ("タイトル", "ページタイトル", "Page Title"),
    "body": ("Details", "Event Description"),
    "start_date": ("Start Date", "Date", "Event Date"),
    "end_date": ("End Date",),
    "start_time": ("Start Time", "Time"),
    "end_time": ("End Time",),
    "date_note": ("Date Note", "Date Remarks"),
    "venue": ("Venue", "Venue Name", "Place", "Location Name", "Facility Name"),
    "address": ("Address", "Street Address"),
    "contact_name": ("Contact", "Contact Name"),
    "contact_phone": ("Phone", "Phone Number", "Telephone", "Tel"),
    "contact_mail": ("Email", "E-mail", "Mail Address"),
    "url": ("Website", "Link", "Event Page"),
    "organizer": ("Organiser", "Host"),
    "audience": ("Audience", "Target"),
    "fee": ("Fee", "Price", "Cost"),
    "deadline_date": ("Deadline", "Application Deadline", "Entry Deadline"),
    "category": ("Category",),
    "tags": ("Tags", "Keywords"),
    "ignored": ("Municipality", "Municipality Name", "Prefecture", "Prefecture Name", "Postal Code", "Zip Code"),
}

# Columns without a field of their own go to the body, under these headings.
SAID = {
    "subtitle": "",
    "alias": "通称",
    "condition": "開催条件",
    "audience_note": "対象",
    "capacity_note": "定員",
    "coorganizer": "共催",
    "supporters": "関係団体",
    "web": "開催方法",
    "access": "アクセス",
    "parking": "駐車場",
    "bicycles": "駐輪場",
    "remarks": "備考",
}

# Headings that only this generation of the standard has.
SHAPES = (
    ("B", ("日時備考", "住所丁目以下", "集合場所")),
    ("A", ("開始日時特記事項", "参加申込終了日", "イベント名_英語")),
    (
        "C",
        (
            "全国地方公共団体コード",
            "所在地_連結表記",
            "コンテンツURL",
            "日時説明",
            "イベントURL",
            "地方公共団体名",
            "eventName",
        ),
    ),
)


def fold(heading: str) -> str:
    """Return the one spelling of a heading: イベント名_カナ, イベント名（カナ） and ｲﾍﾞﾝﾄ名 カナ are the same column."""
    return re.sub(r"[\s_()・\ufeff*※●]", "", unicodedata.normalize("NFKC", heading)).lower()


FIELD_OF = {fold(heading): field for field, names in [*_ENGLISH.items(), *_FIELDS.items()] for heading in names}


def field_of(heading: str) -> str:
    """Return the field of a column; "" for an unknown one."""
    folded = fold(heading)
    return FIELD_OF.get(folded) or group_field(folded)


def shape(headings: list[str]) -> str:
    """Return "A" (推奨データセット), "B" (base registry), "C" (GIF and the present standard), "pages", or else "other"."""
    there = {fold(heading) for heading in headings}
    if any(map(group_field, there)):
        return "pages"
    counts = [(sum(fold(heading) in there for heading in marks) / len(marks), name) for name, marks in SHAPES]
    best, name = max(counts)
    return name if best else "other"
