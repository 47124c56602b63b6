"""Recognise posts that a machine made, by their text and by their repetition. What is recognised is held as spam, where a colleague can bring it back.

A person who writes to a town hall has a subject in the town and seldom an address of another website. A machine has something to sell, writes
to every form that it finds, and puts addresses where none belong. Each sign gives points; one sign alone holds nothing but what no person types.
"""

import re
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Feedback
from calendar_app.text import normalize

HELD = 3  # points from which a post is held
LINK = re.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+\.(?:shop|xyz|top|click|online|site|bid|vip)\b", re.I)
MARKUP = re.compile(r"\[/?(?:url|link|b)\b|</?(?:a|b|p|br|div|script)\b|href\s*=", re.I)  # no form of ours asks for it
OTHER_SCRIPTS = re.compile(
    r"[\u0400-\u04ff\u0590-\u06ff\u0e00-\u0e7f]"
)  # Cyrillic, Hebrew, Arabic, Thai: pages have none of these
SOLD = re.compile(
    r"casino|viagra|cialis|pharma|bitcoin|crypto|forex|investment|backlink|\bseo\b|page ?rank|web ?traffic|first page of google|payday|\bloans?\b|"
    r"replica|escort|adult dating|jackpot|betting|make money|earn \$|guest post|business proposal|"
    r"副業|稼げ|月収|不労所得|出会い|オンラインカジノ|仮想通貨|融資|即日入金|検索順位|上位表示|被リンク|アクセスアップ|激安|偽ブランド|スーパーコピー|無料登録|当選|"
    r"赌场|博彩|发票|代开|贷款|카지노|바카라|대출",
    re.I,
)
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
GIBBERISH = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.I)  # consonants in a row, as no language of the pages has them
# Pairs of consonants that are usual in English, German or romanised Japanese; of letters at random most pairs are others.
USUAL_PAIRS = (
    "bl br bs ch ck cl cr ct dd dr ds ff fr ft gh gn gr gs ht hw ks ld ll ls lt mb mm mp nc nd nf ng nk nn ns nt nv ph pl pp pr ps pt "
    "rc rd rg rk rl rm rn rr rs rt rv sc sh sk sl sp ss st tc th tl tr ts tt tz wh wn ws xp xt"
)
CONSONANTS = frozenset("bcdfghjklmnpqrstvwxz")
SENSELESS = 0.3  # share of unusual pairs above which letters are no words; of 661 messages of people all stay below 0.2
FEWEST = 8  # letters; fewer are a name or an abbreviation
REPEATED = timedelta(days=1)
SHORT = 20  # letters; a shorter text, such as a word of thanks, may come from many people
AGAIN = 3  # from so many equal texts on, the next ones are held


def points(text: str, name: str = "") -> int:
    """Return how much speaks for a machine, from the text and the name of a post."""
    links, sold = len(LINK.findall(text)), {word.lower() for word in SOLD.findall(text)}
    signs = [
        min(links, 3),
        3 * bool(MARKUP.search(text)),
        3 * bool(LINK.search(name)),
        2 * min(len(sold), 2),
        2 * bool(OTHER_SCRIPTS.search(text)),
        3 * senseless(text),
        2 * bool(GIBBERISH.search(LINK.sub("", text))),
        bool(links and not JAPANESE.search(text)),
    ]
    return sum(signs)


def senseless(text: str) -> bool:
    """Tell whether a text in Latin letters alone is letters at random. Addresses do not count, nor does a text in another script."""
    said = re.sub(r"\S*@\S*", "", LINK.sub("", text)).lower()
    words = re.findall("[a-z]+", said)
    if sum(map(len, words)) < FEWEST or any(letter.isalpha() and not letter.isascii() for letter in said):
        return False
    pairs = [first + second for word in words for first, second in pairwise(word)]
    unusual = [pair for pair in pairs if CONSONANTS.issuperset(pair) and pair not in USUAL_PAIRS]
    return len(unusual) > SENSELESS * len(pairs)


def repeated(session: Session, text: str, at: datetime) -> bool:
    """Tell whether the same long text has come often in the last day: people do not write the same, machines do."""
    if len(normalize.fold(text)) < SHORT:
        return False
    query = select(func.count(Feedback.id)).where(Feedback.text == text, Feedback.asked_at >= at - REPEATED)
    return (session.scalar(query) or 0) >= AGAIN


def held(session: Session, text: str, name: str, at: datetime) -> bool:
    """Tell whether a post is to be held as spam."""
    return points(text, name) >= HELD or repeated(session, text, at)
