"""Mail the answer to the person who asked, in the language of the question."""

from datetime import datetime

from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Feedback
from calendar_app.delivery import letters
from calendar_app.entries.describe import text
from calendar_app.feedback.inbox import mail_key_prefix
from calendar_app.text import languages
from calendar_app.text.markup import cut

WORDS = {
    "ja": {
        "subject": "【{site}】お問い合わせへの回答",
        "body": "{name}{about}へのお問い合わせ、ありがとうございました。{who}からの回答です。\n\n{answer}\n\n"
        "■ お問い合わせの内容\n{asked}\n\n回答は次のページでもご覧いただけます。\n{page}\n\n"
        "このメールは自動で送っています。返信いただいてもお読みできません。\n{publisher}\n",
        "name": "{name} 様\n\n",
        "about": "「{title}」",
        "site": "このサイト",
    },
    "en": {
        "subject": "[{site}] The answer to your message",
        "body": "{name}Thank you for writing to us about {about}. This is the answer of {who}.\n\n{answer}\n\n"
        "* What you wrote\n{asked}\n\nThe answer is also here:\n{page}\n\n"
        "This letter was sent by a program; nobody reads replies to it.\n{publisher}\n",
        "name": "Dear {name},\n\n",
        "about": "“{title}”",
        "site": "this site",
    },
}


def queue(session: Session, feedback: Feedback, config: Config, *, at: datetime) -> bool:
    """Put the current answer into the letters. False if there is no address or no mail server."""
    if not (feedback.email and config.mail_server):
        return False
    lang = languages.nearest(feedback.lang, WORDS, "en")
    subject = WORDS[lang]["subject"].format(site=config.name(lang))
    key = f"{mail_key_prefix(feedback.id)}{feedback.version}"
    return letters.queue(session, key, feedback.email, subject, compose(feedback, config, lang), at=at)


def compose(feedback: Feedback, config: Config, lang: str) -> str:
    """Write the mail's body in a language of WORDS."""
    words, home = WORDS[lang], feedback.department
    if feedback.entry:
        about = words["about"].format(title=text(feedback.entry, "title", lang))
    else:
        about = text(home, "name", lang) if home else words["site"]
    query = f"?lang={lang}" if lang != config.language else ""
    return words["body"].format(
        name=words["name"].format(name=feedback.name) if feedback.name else "",
        about=about,
        who=text(home, "name", lang) if home else config.publisher_name(lang),
        answer=feedback.answer,
        asked="\n".join(f"> {line}" for line in cut(feedback.text, 1000).splitlines()),
        page=f"{config.base_url}/questions/{feedback.token}{query}",
        publisher=config.publisher_name(lang),
    )
