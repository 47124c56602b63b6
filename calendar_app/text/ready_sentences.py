"""Ready sentences for an emergency, in every language, with a blank for the place: nobody translates while it burns."""

from dataclasses import dataclass

from calendar_app.text.languages import Words


@dataclass(frozen=True, slots=True)
class Sentence:
    """What an emergency notice says: its name at the desk, its title and its text, with {place} for the place."""

    name: Words[str]
    title: Words[str]
    text: Words[str]


def _sentence(name: tuple[str, str], title: tuple[str, str], text: tuple[str, str]) -> Sentence:
    return Sentence(*(Words({"ja": ja, "en": en}) for ja, en in (name, title, text)))


SENTENCES = {
    "evacuation": _sentence(
        ("避難指示", "Evacuation order"),
        ("避難指示：{place}", "Evacuation order: {place}"),
        (
            "{place}に避難指示を出しました。危険な場所から全員避難してください。",
            "An evacuation order has been issued for {place}. Everyone in danger must move to a safe place now.",
        ),
    ),
    "shelter": _sentence(
        ("避難所を開設", "Shelter open"),
        ("避難所を開設しました：{place}", "Shelter open: {place}"),
        (
            "{place}に避難所を開きました。どなたでも利用できます。",
            "A shelter is open at {place}. Anyone may use it.",
        ),
    ),
    "water": _sentence(
        ("断水", "No running water"),
        ("断水：{place}", "No running water: {place}"),
        (
            "{place}で水道の水が出ません。復旧の見通しと給水所は、このページでお知らせします。",
            "There is no running water in {place}. This page will say when it returns and where water is handed out.",
        ),
    ),
    "snow": _sentence(
        ("大雪", "Heavy snow"),
        ("大雪：{place}", "Heavy snow: {place}"),
        (
            "{place}は大雪です。急ぎでなければ外出を控え、屋根からの雪に注意してください。",
            "There is heavy snow in {place}. Stay indoors unless you must go out, and keep clear of snow falling from roofs.",
        ),
    ),
    "bear": _sentence(
        ("クマ", "Bear"),
        ("クマに注意：{place}", "Bear sighted: {place}"),
        (
            "{place}でクマが出ました。近づかず、建物の中に入り、戸を閉めてください。",
            "A bear has been seen in {place}. Do not go near it. Go indoors and close the doors.",
        ),
    ),
    "fire": _sentence(
        ("火災", "Fire"),
        ("火災：{place}", "Fire: {place}"),
        (
            "{place}で火災が起きています。近づかず、煙が来るときは窓を閉め、風上へ逃げてください。",
            "There is a fire in {place}. Keep away. If smoke reaches you, close the windows or move upwind.",
        ),
    ),
}
