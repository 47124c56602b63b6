"""A browser without scripts at the staff desk of a server: it keeps cookies, and sends forms as their page has them."""

from typing import Any, Self
from urllib.parse import urlsplit

import lxml.html
from werkzeug.test import encode_multipart

from helpers.clients import Answer, Reader

SIGN_IN = "/staff/sign-in"


class Browser:
    def __init__(self, reader: Reader, email: str, password: str) -> None:
        self.reader, self.person = reader, {"email": email, "password": password}
        self.cookies: dict[str, str] = {}

    def open(self, path: str, action: str = "") -> "Page":
        """The form on this page that goes to `action`, or to the page itself. Signs in where that is asked for."""
        answer = self.ask(path)
        if answer.status in (302, 303) and SIGN_IN in answer.headers["location"]:
            self.open(SIGN_IN).submit(self.person)
            answer = self.ask(path)
        assert answer.status == 200, f"{path} answers {answer.status}"
        return Page(self, path, action or path).read(answer)

    def ask(self, path: str, **more: Any) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.reader.ask(path, **{"Cookie": cookies, "Referer": f"https://calendar.example.jp{path}"} | more)
        for line in answer.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class Page:
    """A page with a form to fill in."""

    def __init__(self, browser: Browser, path: str, action: str) -> None:
        self.browser, self.path, self.action = browser, path, action
        self.fields: dict[str, list[str]] = {}

    def read(self, answer: Answer) -> Self:
        """Take over the fields of the form, as they stand on the page. Raises LookupError when the page offers none."""
        document = lxml.html.document_fromstring(answer.body)
        forms = [one for one in document.forms if one.method == "POST" and self._goes_there(one)]
        if not forms:
            raise LookupError(f"{self.path} has no form for {self.action}")
        form = max(forms, key=lambda one: len(one.inputs))
        self.fields = {}
        for name, value in form.form_values():
            self.fields.setdefault(name, []).append(value)
        self.buttons = {button.get("value") for button in form.iter("button") if button.get("name") == "action"}
        return self

    def _goes_there(self, form: Any) -> bool:
        return urlsplit(form.get("action") or self.path).path == self.action

    def submit(self, typed: dict[str, Any], button: str = "") -> str:
        """Type, press a button of the form, and again when the page asks back; the path to which it leads on."""
        for _ in range(3):
            if button and button not in self.buttons:
                raise LookupError(f"{self.path} has no button {button}")
            answer = self._send(self.fields | typed | ({"action": button} if button else {}))
            if answer.status in (302, 303):
                return urlsplit(answer.headers["location"]).path
            assert answer.status in (200, 409, 422), f"{self.path} answers {answer.status}"
            self.read(answer)
        page = lxml.html.document_fromstring(answer.body)
        raise AssertionError(f"{self.path}: {[one.text_content() for one in page.find_class('error')]}, {typed}")

    def _send(self, fields: dict[str, Any]) -> Answer:
        boundary, body = encode_multipart(fields)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.browser.ask(self.action, method="POST", body=body, Content_Type=kind)
