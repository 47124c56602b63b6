"""One spelling for each mail address, so that no other spelling of it is counted or invited as somebody else."""

import unicodedata

INVISIBLE = ("Cf", "Cc")  # soft hyphens, joiners, marks of direction: what IDNA leaves out too
LONGEST = 255


def normalize(address: str) -> str:
    """Give the spelling under which an account is stored and found: NFKC, lower case, nothing invisible, no spaces."""
    folded = unicodedata.normalize("NFKC", address).replace("。", ".").casefold()
    kept = (letter for letter in folded if not letter.isspace() and unicodedata.category(letter) not in INVISIBLE)
    return unicodedata.normalize("NFKC", "".join(kept))[:LONGEST]
