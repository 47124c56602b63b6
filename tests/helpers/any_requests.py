"""Requests to any address of the application: real and impossible arguments, methods, forms, bodies and headers."""

import io
import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from calendar_app.listings.filters import keys
from helpers.staff_desk import TYPED, picture

ARGUMENT = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
FIELD = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"')
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
ODD: tuple[Any, ...] = (
    *(
        "",
        "0",
        "-1",
        "1",
        "2",
        str(2**31),
        str(2**63),
        "9" * 400,
        "1e9",
        "NaN",
        "x",
        "x" * 5000,
        "\x00",
        "\ud800",
        "\r\nX: y",
    ),
    *(
        "桜",
        "%",
        "%ff",
        "'\"><script>",
        "../../etc/passwd",
        "{{7*7}}",
        "\u202e\u2028",
        "=1+1",
        "<b>",
        "[a](javascript:b)",
    ),
    *(
        "2027-04-15",
        "2027-02-30",
        "0001-01-01",
        "9999-12-31",
        "2027-04",
        "10:00",
        "25:99",
        "令和9年4月15日",
        "2027-W15",
    ),
    *(
        "FREQ=DAILY",
        "FREQ=SECONDLY;COUNT=9",
        "ja",
        "zz",
        "y",
        "all",
        "kanko",
        "http://127.0.0.1:1/",
        "javascript:a",
        "@",
        "#桜",
    ),
)
QUERY = (
    *keys(),
    "page",
    "view",
    "month",
    "since",
    "width",
    "by",
    "encoding",
    "count",
    "draft",
    "next",
    "revision",
    "source",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Accept-Language": ("ja", "en;q=x", "zh-Hant-TW,*;q=0", "-" * 300),
    "If-None-Match": ('"x"', "*", "W/", 'W/"a", "b'),
    "If-Modified-Since": ("Fri, 01 Jan 99999 00:00:00 GMT", "yesterday"),
    "Range": ("bytes=0-1", "bytes=9-1", "bytes=-0,-1", "lines=1"),
    "Accept-Encoding": ("br", "gzip;q=0", "zstd, *;q=0", "\xff"),
    "Content-Type": ("application/json", "multipart/form-data", "text/plain; charset=utf-7", "x"),
    "Referer": ("https://calendar.example.jp/staff/", "::", "https://elsewhere.example/"),
    "Origin": ("https://elsewhere.example", "null"),
    "Cookie": ("session=x", "a" * 2000, "="),
    "X-Forwarded-For": ("203.0.113.7", "x", "::"),
}


@dataclass(frozen=True)
class Request:
    """What `FlaskClient.open` takes; its text is what somebody needs to ask again."""

    path: str
    method: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]} {repr(self.options)[:1500]}"


class Requests:
    """An endless line of requests. The same seed over the same application gives the same line."""

    def __init__(self, app: Flask, arguments: dict[str, dict[str, Any]], seed: object) -> None:
        """`arguments`: those of the addresses of objects that exist."""
        self.dice = random.Random(str(seed))
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        self.known: dict[str, list[str]] = {}
        for values in arguments.values():
            for name, value in values.items():
                self.known.setdefault(name, []).append(str(value))
        self.fields = sorted({*TYPED, "reason", "text", "name", "email", "version", "number", "row", "url", "file"})

    def next(self) -> Request:
        rule = self.dice.choice(self.rules)
        path = self._path(rule)
        if self.dice.random() < 0.5:
            path += "?" + "&".join(self._pair() for _ in range(self.dice.randint(1, 4)))
        method = self.dice.choice([*METHODS, *sorted(rule.methods or ())])
        options: dict[str, Any] = {"headers": self._headers()} if self.dice.random() < 0.3 else {}
        if method in ("POST", "PUT", "PATCH"):
            options |= self._body()
        return Request(path, method, options)

    def learn(self, page: str) -> None:
        """Take the fields of a page's forms as names for later forms."""
        if new := set(FIELD.findall(page)) - set(self.fields):
            self.fields = sorted({*self.fields, *new})

    def _path(self, rule: Rule) -> str:
        return ARGUMENT.sub(lambda match: self._argument(rule, match[1]), rule.rule)

    def _argument(self, rule: Rule, name: str) -> str:
        converter = rule._converters[name]
        if self.dice.random() < 0.15:
            return _quoted(self.dice.choice(ODD))
        if isinstance(converter, AnyConverter):
            return str(self.dice.choice(sorted(converter.items)))
        if name in ("year", "month", "day"):
            return self.dice.choice(
                {"year": ["2027", "2026", "1900"], "month": ["04", "12", "13"]}.get(name, ["15", "31"])
            )
        return _quoted(self.dice.choice(self.known.get(name, ODD)))

    def _pair(self) -> str:
        value = self.dice.choice([*ODD, *self.known["public_id"], "桜", "kanko"])
        return f"{self.dice.choice(QUERY)}={_quoted(value)}"

    def _headers(self) -> dict[str, str]:
        names = self.dice.sample(sorted(HEADERS), self.dice.randint(1, 3))
        return {name: self.dice.choice(HEADERS[name]) for name in names}

    def _body(self) -> dict[str, Any]:
        form = self._form()
        match self.dice.randrange(6):
            case 0:
                return {"data": self.dice.randbytes(self.dice.randrange(2000))}
            case 1:
                return {"json": self.dice.choice([form, [form], "x", None, {"a": [1, {"b": 2}]}])}
            case 2:
                content = picture().getvalue() if self.dice.random() < 0.5 else self.dice.randbytes(300)
                name = self.dice.choice(["a.jpg", "a.ics", "\x00", "../x" * 50])
                files = {self.dice.choice(["file", "photos", "photo"]): (io.BytesIO(content), name)}
                sendable = {name: value for name, value in form.items() if value != "\ud800"}
                return {"data": sendable | files, "content_type": "multipart/form-data"}
            case _:
                body = urlencode(form, doseq=True, errors="surrogatepass")
                return {"data": body, "content_type": "application/x-www-form-urlencoded"}

    def _form(self) -> dict[str, Any]:
        """Half of the forms are what a person would send, with some values changed."""
        form = dict(TYPED) if self.dice.random() < 0.5 else {}
        for name in self.dice.sample(self.fields, min(len(self.fields), self.dice.randint(0, 8))):
            form[name] = self.dice.choice([*ODD, *self.known["public_id"], *self.known["number"]])
        return form


def _quoted(value: str) -> str:
    return quote_from_bytes(value.encode("utf-8", "surrogatepass")) if "\ud800" in value else quote(value, safe="")
