"""Mail to citizens who follow a filter: each change at once, or a digest, with reminders; as text and as plain HTML.

Every letter names the way out: a link, and for mail programs one press (RFC 8058).
"""

import re
import smtplib
from datetime import timedelta
from html import escape
from typing import Any

from calendar_app.delivery import letters
from calendar_app.delivery.channel import Again, Channel, Gone, Limit, Refused, Said, Sent, To
from calendar_app.delivery.messages import Message
from calendar_app.text import languages
from calendar_app.text.languages import tables

# The address is wrong or no longer there (RFC 3463, section 3.2), and not only refused for now or for what we are.
NOBODY = re.compile(r"\b5\.1\.[0-36]\b")

WORDS = tables(
    {
        "subject": {"ja": "{headline}（{site}）", "en": "{headline} ({site})"},
        "confirm": {"ja": "メール配信の確認", "en": "Please confirm your subscription"},
        "asked": {
            "ja": "このメールアドレスに、{site}のお知らせを届けるお申し込みがありました。",
            "en": "Somebody asked us to send news of {site} to this mail address.",
        },
        "begin": {"ja": "お知らせを受け取る", "en": "Yes, send me news"},
        "not_you": {
            "ja": "お心当たりがなければ、何もしないでください。お知らせは届かず、アドレスは2日後に消えます。",
            "en": "If it was not you, do nothing: nothing will be sent, and the address is deleted after two days.",
        },
        "already": {
            "ja": "このお知らせはすでに届いています。変更や停止は次のページからできます。",
            "en": "You receive this already. You can change or stop it on the next page.",
        },
        "change": {"ja": "配信の変更・停止", "en": "Change or stop these letters"},
        "robot": {
            "ja": "このメールは自動で送っています。返信いただいてもお読みできません。",
            "en": "This letter was sent by a program; nobody reads replies to it.",
        },
    }
)
BUTTON = (
    "display:inline-block;padding:12px 20px;background:#a8245a;color:#ffffff;text-decoration:none;border-radius:6px"
)


def say(message: Message, to: To) -> Said:
    """Return a change as a letter."""
    parts = message.parts
    text = "\n".join(filter(None, (parts.note, parts.when, parts.place, parts.summary)))
    line = {"title": message.headline, "text": text, "link": message.link}
    subject = WORDS["subject"][to.lang].format(headline=message.headline, site=to.config.name(to.lang))
    return Said(message.text, {"subject": subject, "parts": [{"heading": "", "lines": [line], "more": ""}]})


def send(said: Said, to: To) -> Sent:
    """Hand the letter in. Raises Again, Refused, Gone."""
    config, content = to.config, _whole(said.data, to)
    if not config.mail_server:
        raise Again("no mail server is set", everywhere=True)
    letter = letters.compose(
        f"follow-{to.uid}",
        config.sender,
        to.settings["address"],
        content["subject"],
        text_of(content, to),
        html_of(content, to),
        unsubscribe=page_of(to, "/leave"),
        at=to.at,
    )
    try:
        letters.send(config.mail_server, letter)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        _refused(code, answer)
    except smtplib.SMTPResponseException as error:
        _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        raise Again(f"{type(error).__name__}: {error}", everywhere=True) from error
    return Sent()


def _refused(code: int, answer: bytes | str) -> None:
    """Raise what a refusal by the mail server means: 4xx is for now, 5.1.x an address that is no more, others this letter."""
    told = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    problem = f"SMTP {code} {told}"
    if code < 500:
        raise Again(problem)
    raise Gone(problem) if NOBODY.search(told) else Refused(problem)


def _whole(content: dict[str, Any], to: To) -> dict[str, Any]:
    """Return a letter's content; one that asks to confirm, or says that nothing is new, is put into words here."""
    if content.get("kind") not in ("confirm", "already"):
        return content
    site, lang = to.config.name(to.lang), to.lang
    asked = content["kind"] == "confirm"
    line = {"title": content["filter"], "text": "", "link": ""}
    return {
        "subject": WORDS["subject"][lang].format(headline=WORDS["confirm"][lang], site=site),
        "lead": WORDS["asked" if asked else "already"][lang].format(site=site),
        "parts": [{"heading": "", "lines": [line], "more": ""}],
        "button": (WORDS["begin" if asked else "change"][lang], page_of(to)),
        "after": WORDS["not_you"][lang] if asked else "",
    }


def page_of(to: To, below: str = "") -> str:
    """Return the address of the page on which the subscription is confirmed, changed and ended."""
    lang = f"?lang={to.lang}" if to.lang != to.config.language else ""
    return f"{to.config.base_url}/follow/{to.key}{below}{lang}"


def text_of(content: dict[str, Any], to: To) -> str:
    """Return the letter as plain text."""
    blocks = [content.get("lead", "")]
    for part in content["parts"]:
        blocks.append(f"■ {part['heading']}" if part["heading"] else "")
        blocks += ["\n".join(filter(None, (line["title"], line["text"], line["link"]))) for line in part["lines"]]
        blocks.append(part["more"])
    if button := content.get("button"):
        blocks.append(f"{button[0]}{languages.colon(to.lang)}\n{button[1]}")
    blocks.append(content.get("after", ""))
    return "\n\n".join(filter(None, blocks)) + "\n\n" + "\n".join(["--", *_foot(to)]) + "\n"


def _foot(to: To) -> list[str]:
    change = f"{WORDS['change'][to.lang]}{languages.colon(to.lang)}{page_of(to)}"
    return [to.config.publisher_name(to.lang), change, WORDS["robot"][to.lang]]


def html_of(content: dict[str, Any], to: To) -> str:
    """Return the letter as HTML without pictures, fetched files or anything that tells us that it was read."""
    blocks = [_paragraph(content.get("lead", ""))]
    for part in content["parts"]:
        blocks.append(f"<h2>{escape(part['heading'])}</h2>" if part["heading"] else "")
        blocks += [_line(line) for line in part["lines"]]
        blocks.append(_paragraph(part["more"]))
    if button := content.get("button"):
        blocks.append(f'<p><a href="{escape(button[1])}" style="{BUTTON}">{escape(button[0])}</a></p>')
    blocks.append(_paragraph(content.get("after", "")))
    publisher, _, robot = _foot(to)
    foot = f'{escape(publisher)}<br><a href="{escape(page_of(to))}">{escape(WORDS["change"][to.lang])}</a><br>{escape(robot)}'
    body = "\n".join(filter(None, blocks))
    return (
        f'<!doctype html>\n<html lang="{languages.tag(to.lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(content['subject'])}</title></head>\n"
        f'<body style="font-family:sans-serif;line-height:1.6;max-width:36em">\n{body}\n<hr>\n'
        f'<p style="font-size:small">{foot}</p>\n</body></html>\n'
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _line(line: dict[str, str]) -> str:
    title = f"<strong>{escape(line['title'])}</strong>"
    if line["link"]:
        title = f'<a href="{escape(line["link"])}">{title}</a>'
    return f"<p>{'<br>'.join([title, *map(escape, filter(None, line['text'].splitlines()))])}</p>"


CHANNEL = Channel(
    name="mail",
    label={"ja": "メール", "en": "Mail"},
    say=say,
    send=send,
    at_desk=False,
    limits=(Limit(60, 86_400),),
    kept=timedelta(days=30),
)
