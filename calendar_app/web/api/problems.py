"""Errors of the API as problem details (RFC 9457), in the reader's language and in English."""

from flask import Response, request

from calendar_app.text.languages import Words, tables
from calendar_app.web import lang
from calendar_app.web.api.endpoints import ROOT, dumps

TITLES: dict[str, Words[str]] = tables(
    {
        "400": {"ja": "要求に誤りがあります", "en": "The request is wrong"},
        "401": {"ja": "有効なトークンが必要です", "en": "A valid token is needed"},
        "403": {"ja": "許可されていません", "en": "That is not allowed"},
        "404": {"ja": "見つかりません", "en": "Nothing found"},
        "405": {"ja": "このメソッドは使えません", "en": "This method cannot be used here"},
        "409": {"ja": "同時に別の変更がありました", "en": "Somebody else changed it at the same time"},
        "410": {"ja": "取り下げられました", "en": "It has been withdrawn"},
        "412": {"ja": "お手元の版は古くなっています", "en": "Your version is out of date"},
        "413": {"ja": "大きすぎます", "en": "It is too large"},
        "415": {"ja": "この形式は受け取れません", "en": "This media type cannot be read"},
        "422": {"ja": "内容に誤りがあります", "en": "The values cannot be saved"},
        "428": {"ja": "If-Match が必要です", "en": "If-Match is needed"},
        "429": {"ja": "要求が多すぎます", "en": "Too many requests"},
        "500": {"ja": "サーバーで問題が起きました", "en": "Something failed at the server"},
        "503": {"ja": "今はお答えできません", "en": "No answer is possible now"},
    }
)


def is_asked() -> bool:
    """Whether this request is for the API."""
    return request.path.startswith(f"{ROOT}/")


def problem(code: int, detail: str = "", **more: object) -> Response:
    """An error as problem details."""
    titles = TITLES.get(str(code), TITLES["400" if code < 500 else "500"])
    body = {"type": "about:blank", "title": titles[lang()], "title_en": titles["en"], "status": code, "detail": detail}
    response = Response(dumps(body | more), code, content_type="application/problem+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
