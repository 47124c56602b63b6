"""The stages of a season for its status line, in order, in every language."""

from collections.abc import Iterable

from calendar_app.text.languages import Words

Scale = dict[str, str]

BLOSSOMS: Scale = {
    "つぼみ": "in bud",
    "つぼみふくらむ": "buds swelling",
    "開花": "first flowers",
    "咲き始め": "beginning to bloom",
    "3分咲き": "30% in bloom",
    "5分咲き": "half in bloom",
    "7分咲き": "70% in bloom",
    "満開": "full bloom",
    "散り始め": "beginning to fall",
    "葉桜": "green leaves",
}
LEAVES: Scale = {
    "青葉": "still green",
    "色づき始め": "first colours",
    "3分の色づき": "30% coloured",
    "5分の色づき": "half coloured",
    "見ごろ": "at its best",
    "見ごろ過ぎ": "past its best",
    "落葉": "leaves fallen",
}
CROWDS: Scale = {
    "空いています": "quiet",
    "混み合っています": "busy",
    "駐車場に空きあり": "parking available",
    "駐車場満車": "car park full",
    "まもなく終了": "ending soon",
}
# The scale by a word in the season's title or hashtags; the first match counts.
TOPICS: dict[str, Scale] = {
    "紅葉": LEAVES,
    "もみじ": LEAVES,
    "桜": BLOSSOMS,
    "さくら": BLOSSOMS,
    "花": BLOSSOMS,
    "梅": BLOSSOMS,
}
SAID = {word: Words({"ja": word, "en": english}) for word, english in (BLOSSOMS | LEAVES | CROWDS).items()}


def offered(title: str, tags: Iterable[str]) -> list[str]:
    """Return the stages to choose from for a season: its own scale, then how crowded it is."""
    spoken = " ".join([title, *tags])
    scale = next((scale for topic, scale in TOPICS.items() if topic in spoken), {})
    return [*scale, *CROWDS]


def say(headline: str, lang: str) -> str:
    """Return a stage in the reader's language; other words stay as written."""
    return SAID[headline][lang] if headline in SAID else headline
