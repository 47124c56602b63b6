"""Keep letters as rows until they are sent. A lease claims a letter; retries back off; a key prevents duplicates.

SMTP cannot guarantee "exactly once": a crash between the server's answer and our commit sends a letter again, under the
same Message-ID, so that mail programs show it once.
"""

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from calendar_app.config import Config, sealing
from calendar_app.db.models import Mail
from calendar_app.entries import revisions

LEASE = timedelta(minutes=10)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 30, 60, 180, 360, 720, 1440))
KEPT = timedelta(days=30)  # sent letters stay for this long, as proof
AT_ONCE = 20  # claimed together: as many as can be sent within a lease
PATIENCE = 20  # seconds to wait for each answer of the mail server
ONCE = "reset-"  # how the keys of letters begin that hold a key themselves: they wait sealed, and sent, their text is forgotten
PURPOSE = "letter"  # for which they are sealed
UNFOLDED = ("list-unsubscribe", "message-id", "references", "in-reply-to")
LOCAL = ("localhost", "127.0.0.1", "::1")


class _Whole(EmailPolicy):
    """SMTP with some headers on one line each: folded, an address of 77 characters or more becomes an encoded word (RFC 2047),
    which no mail program follows."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() in UNFOLDED else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii") if name.lower() in UNFOLDED else super().fold_binary(name, value)


POLICY = _Whole(linesep=SMTP.linesep)


class UnencryptedServer(smtplib.SMTPException):
    """The server offers no encryption, so the password would travel in the clear."""


def queue(
    session: Session, key: str, recipient: str, subject: str, body: str, *, at: datetime, unsubscribe: str = ""
) -> bool:
    """Put a letter into the outbox. False if a letter with this key exists."""
    if session.scalar(select(Mail.id).where(Mail.key == key)):
        return False
    letter = {"recipient": recipient, "subject": subject[:300], "body": body, "unsubscribe": unsubscribe}
    session.add(Mail(key=key, due_at=at, **letter))
    session.flush()
    return True


def queue_sealed(
    session: Session, number: int, recipient: str, subject: str, body: str, config: Config, *, at: datetime
) -> None:
    """Put the letter of a link to a new password (its number) into the outbox, sealed: who reads the table learns no key."""
    sealed = sealing.seal(config.secret_key, PURPOSE, body)
    queue(session, f"{ONCE}{number}", recipient, subject, sealed, at=at)


def waits(session: Session, *, at: datetime) -> bool:
    """Whether a letter is due, or old enough to be deleted. Only looks, and takes no lock."""
    old = select(Mail).where(Mail.sent_at < at - KEPT)
    return any(session.scalar(query.limit(1)) is not None for query in (_due(at), old))


def claim(session: Session, *, at: datetime) -> list[int]:
    """Claim the letters that are due, until the lease ends. Commit before sending."""
    revisions.lock(session)
    delete_old(session, at=at)
    letters = session.scalars(_due(at).order_by(Mail.due_at, Mail.id).limit(AT_ONCE)).all()
    for mail in letters:
        mail.due_at, mail.tries = at + LEASE, mail.tries + 1
    session.flush()
    return [mail.id for mail in letters]


def _due(at: datetime) -> Select[Mail]:
    return select(Mail).where(Mail.sent_at.is_(None), Mail.due_at <= at, Mail.tries < len(BACK_OFF))


def record_result(session: Session, number: int, problem: str, *, at: datetime) -> None:
    """Record that a claimed letter was sent, or that it is to be tried again later."""
    mail = session.get_one(Mail, number)
    mail.problem = problem[:500]
    if problem:
        mail.due_at = at + BACK_OFF[mail.tries - 1]
    else:
        mail.sent_at = at
        if mail.key.startswith(ONCE):
            mail.body = ""


def delete_old(session: Session, *, at: datetime) -> None:
    """Delete letters sent more than KEPT ago."""
    session.execute(delete(Mail).where(Mail.sent_at < at - KEPT))


def build_message(mail: Mail, config: Config, *, at: datetime) -> EmailMessage:
    """Build the mail of a letter that waits. Raises sealing.Unreadable for one that was sealed with another key."""
    sealed = mail.key.startswith(ONCE) and mail.body.startswith(sealing.VERSION)
    body = sealing.unseal(config.secret_key, PURPOSE, mail.body) if sealed else mail.body
    return compose(mail.key, config.sender, mail.recipient, mail.subject, body, unsubscribe=mail.unsubscribe, at=at)


def compose(
    key: str,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    *,
    unsubscribe: str = "",
    at: datetime,
) -> EmailMessage:
    """Build a UTF-8 mail (headers by RFC 2047) with one-click unsubscription (RFC 8058), as text and, if given, HTML."""
    message = EmailMessage(policy=POLICY)
    host = sender.rpartition("@")[2].rstrip(">")
    message["From"], message["To"], message["Subject"] = sender, Address(addr_spec=recipient), subject
    message["Date"], message["Message-ID"] = at, f"<{key}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, charset="utf-8", cte="base64")
    if html:
        message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    return message


def send(server: str, letter: EmailMessage) -> None:
    """Send a letter by smtp://user:password@host:port or smtps://…. Raises OSError or SMTPException."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=PATIENCE, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(host, parts.port or 587, timeout=PATIENCE)
    try:
        _hand_in(connection, parts, letter)
    finally:
        with suppress(OSError):  # the letter is accepted; a failing goodbye must not send it twice
            connection.quit()
        connection.close()


def _hand_in(connection: smtplib.SMTP, parts: SplitResult, letter: EmailMessage) -> None:
    connection.ehlo()
    if parts.scheme == "smtp" and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    elif parts.scheme == "smtp" and parts.username and parts.hostname not in LOCAL:
        raise UnencryptedServer("the mail server offers no encryption, and a password is set")
    if parts.username:
        connection.login(unquote(parts.username), unquote(parts.password or ""))
    connection.send_message(letter)
