"""Errors of the API as problem details (RFC 9457), in Japanese or English, and always in English too."""

from flask import Response, request

from calendar_app.text import languages
from calendar_app.web import lang
from calendar_app.web.api.endpoints import ROOT, dumps

TITLES = {
    "400": {"ja": "要求に誤りがあります", "en": "The request is wrong"},
    "404": {"ja": "見つかりません", "en": "Nothing found"},
    "405": {"ja": "このメソッドは使えません", "en": "This method cannot be used here"},
    "410": {"ja": "取り下げられました", "en": "It has been withdrawn"},
    "413": {"ja": "大きすぎます", "en": "It is too large"},
    "429": {"ja": "要求が多すぎます", "en": "Too many requests"},
    "500": {"ja": "サーバーで問題が起きました", "en": "Something failed at the server"},
    "503": {"ja": "今はお答えできません", "en": "No answer is possible now"},
}


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
