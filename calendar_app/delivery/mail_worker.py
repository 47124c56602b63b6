"""The postman: what the worker does with mail each time it wakes. It commits by itself: nobody's save may wait for a mail server."""

import smtplib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Mail
from calendar_app.delivery import outbox, weekly_digest

OF_THE_LETTER = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)  # the next one may fare better


def run(config: Config, *, at: datetime) -> Iterator[str]:
    """Queue what is due, claim, send, note; says what happened. Without a mail server nothing is queued either."""
    if not config.mail_server:
        return
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        weekly_digest.queue(session, config, at=at)
        outbox.delete_old(session, at=at)
        claimed = outbox.claim(session, at=at)
        session.commit()
    for number in claimed:
        problem, go_on = _send(engine, config, number, at)
        with write_session(engine) as session:
            outbox.record_result(session, number, problem, at=at)
            session.commit()
        yield f"letter {number}: {problem or 'sent'}"
        if not go_on:  # the server is away: the rest wait for their lease to end
            break
    engine.dispose()


def _send(engine: Engine, config: Config, number: int, at: datetime) -> tuple[str, bool]:
    """What was wrong, and whether the next letter should be tried."""
    with Session(engine) as session:
        letter = outbox.build_message(session.get_one(Mail, number), config.sender, at=at)
    try:
        outbox.send(config.mail_server, letter)
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}", isinstance(error, OF_THE_LETTER)
    return "", True
