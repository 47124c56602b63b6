"""Send mail from the worker. It commits by itself, because no save may wait for a mail server."""

import smtplib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config, sealing
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Mail
from calendar_app.delivery import letters, weekly_digest

# these concern one letter; the next may succeed
OF_THE_LETTER = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def run(config: Config, *, at: datetime) -> Iterator[str]:
    """Queue what is due, claim it, send it and record the results; yields one log line a letter.

    Without a mail server nothing is queued.
    """
    if not config.mail_server:
        return
    engine = make_engine(config.database_url)
    with Session(engine) as session:  # takes the write lock when there is something to write
        weekly_digest.queue(session, config, at=at)
        claimed = letters.claim(session, at=at) if letters.waits(session, at=at) else []
        session.commit()
    for number in claimed:
        problem, go_on = _send(engine, config, number, at)
        with write_session(engine) as session:
            letters.record_result(session, number, problem, at=at)
            session.commit()
        yield f"letter {number}: {problem or 'sent'}"
        if not go_on:  # the server is away: the rest wait until their lease ends
            break
    engine.dispose()


def _send(engine: Engine, config: Config, number: int, at: datetime) -> tuple[str, bool]:
    """Send one letter. Gives the problem ("" if none) and whether to try the next letter."""
    try:
        with Session(engine) as session:
            letter = letters.build_message(session.get_one(Mail, number), config, at=at)
        letters.send(config.mail_server, letter)
    except sealing.Unreadable:
        return "sealed with another key", True
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}", isinstance(error, OF_THE_LETTER)
    return "", True
