"""Send 10,000 posts of machines and the 300 messages of people through the form of questions, over one day: who gets through?

The machines are invented: they post without opening the form, at once, into every field, or with patience from many addresses, and their texts are put
together at random from what such posts say. The clock of the form is moved on, so that a day takes minutes.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from calendar_app import create_app
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Feedback
from calendar_app.web.public import feedback

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers.asking import Hands, token_of
from helpers.town import published, set_up, settings

DAY = timedelta(hours=24)
ADDRESSES = 300
SUBJECTS = (
    "your website",
    "this calendar",
    "your event page",
    "your city site",
    "御社のサイト",
    "このページ",
    "イベント",
)
OFFERS = (
    *(
        "we bring {} to the first page of Google {link}",
        "best casino bonus for {} visitors {link}",
        "buy cheap viagra {link} {}",
    ),
    *(
        "I can write a guest post for {} and add backlinks",
        "bitcoin investment, double your money {link} {}",
        "SEO audit of {}: see {link}",
    ),
    *(
        "【副業】スマホだけで月収100万円 {link} {}",
        "{}のアクセスアップ！検索順位を上位表示します",
        "出会いの場 無料登録 {link} {}",
        "激安スーパーコピー {link} {}",
    ),
    *(
        "Дешевые товары {link} {}",
        "[url={link}]{}[/url]",
        '<a href="{link}">{}</a>',
        "即日入金の融資 {link} {}",
        "代开发票 {link} {}",
    ),
)
SUBTLE = (
    *(
        "Hello, I found {} interesting and want to discuss cooperation.",
        "I love {}, keep up the good work my friend!",
        "Please contact me about {}.",
    ),
    *(
        "{}を拝見しました。弊社の新しいサービスをご紹介したく、ご連絡しました。",
        "{}について、ご担当者様とお話しできませんか。",
        "Nice {} {link}",
    ),
)


class Post(NamedTuple):
    """One post: when in the day, who sends it, and how."""

    at: timedelta
    kind: str
    text: str
    ip: str
    token: bool = True
    waits: bool = True
    trap: bool = False


def machines(number: int, chance: random.Random) -> Iterator[Post]:
    """Invent posts of machines: three tenths blind, two tenths hasty or filling every field, the rest patient."""
    for n in range(number):
        kind = (
            ("blind",) * 3
            + ("hasty", "fills every field")
            + ("patient, sells",) * 3
            + ("patient, subtle", "patient, letters")
        )
        which = kind[n % 10]
        yield Post(
            DAY * chance.random(),
            which,
            _text(which, chance),
            f"198.51.{n % ADDRESSES // 250}.{n % ADDRESSES % 250}",
            token=which != "blind",
            waits=which != "hasty",
            trap=which == "fills every field",
        )


def _text(which: str, chance: random.Random) -> str:
    if which == "patient, letters":
        return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(8, 20)))
    link = f"https://{chance.choice(('best', 'top', 'win'))}{chance.randint(1, 9999)}.example/"
    template = chance.choice(SUBTLE if which == "patient, subtle" else OFFERS)
    return template.replace("{link}", link).replace("{}", chance.choice(SUBJECTS))


def people(chance: random.Random) -> Iterator[Post]:
    """The messages of people, each from an address of its own."""
    for n, text in enumerate((ROOT / "tests/data/citizens.txt").read_text().splitlines()):
        yield Post(DAY * chance.random(), "people", text, f"203.0.{n // 250}.{n % 250}")


def send(client: Any, hands: Hands, path: str, posts: list[Post]) -> Iterator[tuple[str, int]]:
    """Send posts in their order; yield each kind with the status of its answer."""
    begin, token, opened = hands.at, "", timedelta(days=-1)
    for post in sorted(posts):
        if post.at - opened > timedelta(hours=1) or not token:
            hands.at, opened = begin + post.at - timedelta(minutes=1), post.at
            token = token_of(client.get(path).text)
        hands.at = begin + post.at
        if not post.waits:
            own = token_of(client.get(path).text)
        form = {
            "kind": "question",
            "text": post.text,
            "name": post.kind,
            "email": "",
            "website": "x" if post.trap else "",
        }
        form["token"] = "" if not post.token else token if post.waits else own
        yield post.kind, client.post(path, data=form, environ_base={"REMOTE_ADDR": post.ip}).status_code


def main(number: int) -> None:
    """Print the table: of each kind, how many were refused, held and let through."""
    chance, hands = random.Random(7), Hands()
    feedback.now = hands  # type: ignore[assignment]
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/calendar.db"
        set_up(url)
        with write_session(make_engine(url)) as session:
            path = f"/events/{published(session).public_id}/ask"
            session.commit()
        posts = [*machines(number, chance), *people(chance)]
        client = create_app(settings(Path(folder), url)).test_client()
        sent, refused = Counter(post.kind for post in posts), Counter[str]()
        for kind, status in send(client, hands, path, posts):
            refused[kind] += status != 303
        with write_session(make_engine(url)) as session:
            kept = Counter((row.name, row.state) for row in session.query(Feedback))
        print("kind | sent | refused | held | let through")
        for kind in sent:
            print(f"{kind} | {sent[kind]} | {refused[kind]} | {kept[kind, 'spam']} | {kept[kind, 'waiting']}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
