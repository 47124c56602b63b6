"""Mail each person a weekly digest on Monday: their department's publications, coming dates, gaps and open questions.

Everything in it can also be seen at the desk. One click unsubscribes.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.dates import formatting
from calendar_app.db.models import Comment, Department, Entry, Mail, User
from calendar_app.delivery import letters
from calendar_app.entries import describe
from calendar_app.feedback import statistics
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.staff import comments, freshness
from calendar_app.text.markup import cut

HOUR = time(7)
LATE = timedelta(hours=24)  # a later letter would be stale
WEEK, AHEAD = timedelta(days=7), timedelta(days=14)
MOST = 12
SALT = "weekly mail"

WORDS = {
    "ja": {
        "subject": "【{site}】今週のまとめ（{day}）",
        "hello": "{name} さん\n\nおはようございます。{department}の1週間のまとめです。",
        "all": "市全体",
        "published": "■ この1週間に公開したもの",
        "coming": "■ これから2週間の予定",
        "missing": "■ 写真・会場がまだのもの",
        "photo": "写真なし",
        "venue": "会場なし",
        "asked": "■ まだ返事のないコメント",
        "questions": "■ 市民からの質問：{count}件が回答待ちです（うち期限すぎ {late}件）\n・{page}",
        "nothing": "（ありません）",
        "more": "（ほか{count}件）",
        "desk": "職員デスク",
        "stop": "このメールを止める（サインインは要りません）",
    },
    "en": {
        "subject": "[{site}] Your week ({day})",
        "hello": "Dear {name},\n\nGood morning. This is the week of {department}.",
        "all": "the whole city",
        "published": "* Published in the last week",
        "coming": "* Coming in the next two weeks",
        "missing": "* Still without a photo or a venue",
        "photo": "no photo",
        "venue": "no venue",
        "asked": "* Comments without an answer",
        "questions": "* Citizens wait for {count} answers ({late} of them overdue)\n・{page}",
        "nothing": "(none)",
        "more": "(and {count} more)",
        "desk": "Staff desk",
        "stop": "Stop these letters (without signing in)",
    },
}


def due_monday(at: datetime, zone: ZoneInfo) -> date | None:
    """Give the Monday whose letters are due at this moment: for 24 hours from 7:00 in the zone."""
    local = at.astimezone(zone)
    day = local.date() - timedelta(days=local.weekday())
    begins = datetime.combine(day, HOUR, zone)
    return day if begins <= at < begins + LATE else None


def queue(session: Session, config: Config, *, at: datetime) -> int:
    """Put this Monday's letters into the letters. Gives their number."""
    day = due_monday(at, config.zone)
    if day is None:
        return 0
    begins = datetime.combine(day, HOUR, config.zone).astimezone(UTC)
    people = select(User).where(User.active, User.weekly_mail, User.created_at < begins).order_by(User.id)
    written = set(session.scalars(select(Mail.key).where(Mail.key.startswith(f"weekly-{day}-"))))
    to = [person for person in session.scalars(people) if _key(day, person) not in written]
    for person in to:
        _put(session, person, day, config, at)
    return len(to)


def _key(day: date, person: User) -> str:
    return f"weekly-{day}-{person.id}"


def _put(session: Session, person: User, day: date, config: Config, at: datetime) -> None:
    lang, stop = config.language, f"{config.base_url}/staff/mail/{unsubscribe_token(person, config.secret_key)}"
    subject = WORDS[lang]["subject"].format(site=config.name(lang), day=formatting.say_date(day, lang, today=day))
    body = compose(session, person, day, config, stop)
    letters.queue(session, _key(day, person), person.email, subject, body, at=at, unsubscribe=stop)


def compose(session: Session, person: User, day: date, config: Config, stop: str) -> str:
    """Write the letter in the city's language."""
    words = WORDS[config.language]
    home = None if person.role == "admin" else person.department
    name = describe.text(home, "name", config.language) if home else words["all"]
    parts = [
        words["hello"].format(name=person.name, department=name),
        _section(words, "published", _published(session, day, home, config)),
        _section(words, "coming", _coming(session, day, home, config.language)),
        _section(words, "missing", _missing(session, day, home, config)),
        _section(words, "asked", [_comment_line(comment) for comment in comments.unanswered(session, person, home)]),
        *_waiting(session, day, home, config),
        f"{words['desk']}: {config.base_url}/staff/\n{words['stop']}:\n{stop}",
    ]
    return "\n\n".join(parts) + "\n"


def _section(words: dict[str, str], heading: str, lines: list[str]) -> str:
    shown = [f"・{line}" for line in lines[:MOST]] or [words["nothing"]]
    if len(lines) > MOST:
        shown.append(words["more"].format(count=len(lines) - MOST))
    return "\n".join([words[heading], *shown])


def _published(session: Session, day: date, home: Department | None, config: Config) -> list[str]:
    begins = datetime.combine(day - WEEK, HOUR, config.zone)
    query = select(Entry).where(Entry.state == "published", Entry.published_at >= begins)
    query = query.where(Entry.department_id == home.id) if home else query
    entries = session.scalars(query.order_by(Entry.published_at, Entry.id))
    return [f"{describe.title(entry, config.language)}\n  {_page(entry, config)}" for entry in entries]


def _coming(session: Session, day: date, home: Department | None, lang: str) -> list[str]:
    wanted = Filter((("department", (home.slug,)),)) if home else EVERYTHING
    occurrences = queries.occurrences(session, day, day + AHEAD, wanted)
    return [
        f"{describe.when(occurrence.event, lang, occurrence)} {describe.title(occurrence.event, lang)}"
        for occurrence in occurrences
    ]


def _missing(session: Session, day: date, home: Department | None, config: Config) -> list[str]:
    words, missing = WORDS[config.language], dict[Entry, list[str]]()
    for what in ("photo", "venue"):
        for entry in freshness.measured_entries(session, what, day, config.zone, home):
            missing.setdefault(entry, []).append(words[what])
    return [f"{describe.title(entry, config.language)}（{'・'.join(what)}）" for entry, what in missing.items()]


def _waiting(session: Session, day: date, home: Department | None, config: Config) -> list[str]:
    """Say how many citizens wait for an answer; nothing if none do."""
    count = statistics.count_waiting(session, home, datetime.combine(day, HOUR, config.zone))
    template = WORDS[config.language]["questions"]
    page = f"{config.base_url}/staff/questions"
    return [template.format(count=count.number, late=count.late, page=page)] if count.number else []


def _comment_line(comment: Comment) -> str:
    return f"{comment.entry.title}: {cut(' '.join(comment.text.split()), 80)}（{comment.author.name}）"


def _page(entry: Entry, config: Config) -> str:
    return f"{config.base_url}/{entry.kind}s/{entry.public_id}"


def unsubscribe_token(person: User, secret_key: str) -> str:
    """Sign a token that unsubscribes this person without signing in. It gives no other right."""
    return str(URLSafeSerializer(secret_key, salt=SALT).dumps(person.id))


def find_subscriber(session: Session, token: str, secret_key: str) -> User | None:
    """Find the person of an unsubscribe token; None if it is not valid."""
    try:
        return session.get(User, int(URLSafeSerializer(secret_key, salt=SALT).loads(token)))
    except (BadSignature, TypeError, ValueError):
        return None
