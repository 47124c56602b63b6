"""Errors of the API as problem details (RFC 9457), in Japanese or English, and always in English too."""

from collections.abc import Mapping

from flask import Response, request

from calendar_app.text import languages
from calendar_app.web import lang
from calendar_app.web.api.endpoints import ROOT, dumps

TITLES = {
    "400": {"ja": "要求に誤りがあります", "en": "The request is wrong"},
    "401": {"ja": "有効なトークンが必要です", "en": "A valid token is needed"},
    "403": {"ja": "この操作の権限がありません", "en": "This is not allowed"},
    "404": {"ja": "見つかりません", "en": "Nothing found"},
    "405": {"ja": "このメソッドは使えません", "en": "This method cannot be used here"},
    "409": {"ja": "同時に変更されました", "en": "It was changed at the same time"},
    "410": {"ja": "取り下げられました", "en": "It has been withdrawn"},
    "412": {"ja": "その後に変更されています", "en": "It has been changed since"},
    "413": {"ja": "大きすぎます", "en": "It is too large"},
    "415": {"ja": "この形式は受け取れません", "en": "This media type is not accepted"},
    "422": {"ja": "保存できない値があります", "en": "Some values cannot be saved"},
    "428": {"ja": "If-Match ヘッダーが必要です", "en": "The header If-Match is needed"},
    "429": {"ja": "要求が多すぎます", "en": "Too many requests"},
    "500": {"ja": "サーバーで問題が起きました", "en": "Something failed at the server"},
    "503": {"ja": "今はお答えできません", "en": "No answer is possible now"},
}

# Of one value, by the code of `values_read.Wrong` and `editing.Invalid`; codes of rules are those of `dates.rrule.BadRule`.
WRONG = {
    "required": {"ja": "入力してください。", "en": "Please fill this in."},
    "too_long": {"ja": "長すぎます。", "en": "This is too long."},
    "too_many": {"ja": "多すぎます。", "en": "These are too many."},
    "before_start": {"ja": "終わりが始まりより前です。", "en": "The end is before the start."},
    "not_after_start": {"ja": "開催日より後の日にしてください。", "en": "It must be after the start of the event."},
    "in_the_past": {"ja": "すでに過ぎた日時です。", "en": "This time has already passed."},
    "already_public": {"ja": "すでに公開されています。", "en": "It is already public."},
    "circle": {"ja": "互いに参照し合っています。", "en": "That entry is linked to this one in turn."},
    "bad_address": {
        "ja": "https:// で始まるアドレスにしてください。",
        "en": "Please give an address that begins with https://.",
    },
    "unknown": {"ja": "知らない値です。", "en": "This value is not known."},
    "unknown_name": {"ja": "この名前の項目はありません。", "en": "There is no property of this name."},
    "not_yours": {"ja": "この課には書けません。", "en": "You may not write for this department."},
    "no_text": {"ja": "文字列にしてください。", "en": "This must be a string."},
    "no_number": {"ja": "整数にしてください。", "en": "This must be a whole number."},
    "no_flag": {"ja": "true か false にしてください。", "en": "This must be true or false."},
    "no_list": {"ja": "配列にしてください。", "en": "This must be an array."},
    "no_object": {"ja": "オブジェクトにしてください。", "en": "This must be an object."},
    "no_moment": {
        "ja": "2027-04-15T10:00 の形の日時にしてください。",
        "en": "This must be a time such as 2027-04-15T10:00.",
    },
    "no_instant": {
        "ja": "2027-04-15T10:00:00+09:00 の形の日時にしてください。",
        "en": "This must be a time such as 2027-04-15T10:00:00+09:00.",
    },
    "out_of_bounds": {"ja": "範囲の外です。", "en": "This is out of bounds."},
    "unbounded": {"ja": "繰り返しの終わりがありません。", "en": "The rule has no end."},
    "two_ends": {"ja": "終わりは UNTIL か COUNT の一方にしてください。", "en": "Give either UNTIL or COUNT, not both."},
    "no_dates": {"ja": "この規則では日が1つもありません。", "en": "The rule gives no date."},
    "nothing_left": {"ja": "除いた結果、日が残りません。", "en": "The exceptions leave no date."},
    "end_before_start": {"ja": "終わりが始まりより前です。", "en": "The end is before the start."},
    "sub_daily": {"ja": "1日の中では繰り返せません。", "en": "An event cannot repeat within a day."},
}
OTHERWISE = {"ja": "この値は保存できません。", "en": "This cannot be saved."}


def refused(errors: Mapping[str, str]) -> Response:
    """The problem (422) that names every wrong value. `errors` has the code of each by its name."""
    code = languages.nearest(lang(), OTHERWISE, "en")
    named = [
        {
            "field": name,
            "code": why,
            "message": WRONG.get(why, OTHERWISE)[code],
            "message_en": WRONG.get(why, OTHERWISE)["en"],
        }
        for name, why in errors.items()
    ]
    return problem(422, ", ".join(errors), errors=named)


def is_asked() -> bool:
    """Whether this request is for the API."""
    return request.path.startswith(f"{ROOT}/")


def problem(code: int, detail: str = "", **more: object) -> Response:
    """An error as problem details."""
    titles = TITLES.get(str(code), TITLES["400" if code < 500 else "500"])
    title = titles[languages.nearest(lang(), titles, "en")]
    body = {"type": "about:blank", "title": title, "title_en": titles["en"], "status": code, "detail": detail}
    response = Response(dumps(body | more), code, content_type="application/problem+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
