"""Invented questions of citizens of the demo city: some wait, some are answered, one answer is on a page; and reactions."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from calendar_app.cli.demo.city import TOKYO, City
from calendar_app.db.models import Event, Feedback, Occurrence, User
from calendar_app.feedback import answers, inbox, reactions
from calendar_app.feedback.inbox import Submission


@dataclass(frozen=True, slots=True)
class Scene:
    """`about`: which of the next events, None for the site. `ago` and `after`: hours since it was asked, and to the answer."""

    about: int | None
    ago: int
    kind: str
    text: str
    name: str = ""
    answer: str = ""
    after: int = 0
    public: tuple[str, str] = ("", "")


SCENES = (
    Scene(
        0,
        120,
        "question",
        "ベビーカーで行っても大丈夫ですか。段差があると聞きました。",
        "田沢",
        "お問い合わせありがとうございます。会場は平らで、ベビーカーのままご覧いただけます。入口の段差にはスロープがあります。",
        20,
        ("ベビーカーで入れますか。", "はい。会場は平らで、入口にはスロープがあります。"),
    ),
    Scene(0, 3, "question", "車で行く予定です。近くに無料の駐車場はありますか。", "佐藤"),
    Scene(0, 40, "thanks", "毎年楽しみにしています。準備ありがとうございます！"),
    Scene(1, 170, "mistake", "チラシでは会場が2階となっていましたが、こちらには書いてありません。どちらでしょうか。"),
    Scene(1, 90, "question", "予約なしでも入れますか。", "", "はい、予約なしでお越しいただけます。", 6),
    Scene(2, 26, "question", "雨のときはどうなりますか。前日に分かると助かります。", "菅原"),
    Scene(None, 52, "question", "スマートフォンのカレンダーに登録した予定は、自動で更新されますか。", "鈴木"),
)


def ask(city: City) -> None:
    events = _next(city)
    for scene in SCENES:
        if scene.about is None or scene.about < len(events):
            _play(city, scene, None if scene.about is None else events[scene.about])
    for n in range(12 if events else 0):
        reactions.add(city.session, events[0], "want", f"demo {n}", day=city.today, at=city.at)


def _next(city: City) -> list[Event]:
    """Three different coming events, from three departments if possible."""
    coming = select(Event).join(Occurrence).where(Event.state == "published", Occurrence.first_day >= city.today)
    events = list(dict.fromkeys(city.session.scalars(coming.order_by(Occurrence.first_day, Event.id).limit(60))))
    firsts = list({event.department_id: event for event in reversed(events)}.values())[::-1]
    return [*firsts, *(event for event in events if event not in firsts)][:3]


def _play(city: City, scene: Scene, event: Event | None) -> None:
    at = city.at - timedelta(hours=scene.ago)
    submission = Submission(scene.kind, scene.text, scene.name)
    question = inbox.receive(city.session, submission, entry=event, department=None, at=at, zone=TOKYO)
    if scene.answer:
        _answer(city, question, scene)


def _answer(city: City, question: Feedback, scene: Scene) -> None:
    who = city.people.get(question.department_id or 0) or city.session.scalars(select(User).order_by(User.id)).first()
    if who is None:
        return
    at = question.asked_at + timedelta(hours=scene.after)
    inbox.answer(city.session, question, scene.answer, actor=who, at=at)
    if scene.public[0]:
        answers.publish(city.session, question, *scene.public, actor=who, at=city.at)
