"""Compare the rows of a file: copies, duplicates, keys used twice. Linear: rows are looked up, never compared in pairs."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from calendar_app.importing import Defect, ImportRow, mend, refuse


def mark_duplicates(rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
    """Mark rows about the same thing as an earlier row; refuse exact copies."""
    exact: dict[str, int] = {}
    named: dict[tuple[str, ...], int] = {}
    near: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.refused:
            yield row
            continue
        values = mend(row).values
        title, place = (
            values["title"],
            (values.get("start") or values.get("published") or "", skeleton(values.get("venue") or "")),
        )
        same = repr(sorted(values.items()))
        if same in exact:
            yield refuse(row, "copy", "title", f"{exact[same]}")
            continue
        first, alike = named.get((title, *place)), near[place].get(skeleton(title))
        exact[same] = row.number
        named.setdefault((title, *place), row.number)
        near[place].setdefault(skeleton(title), row.number)
        if first or alike:
            code = "duplicate" if first else "near_duplicate"
            row = replace(row, defects=(*row.defects, Defect(code, "title", f"{first or alike}")))
        yield row


def separate_keys(rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
    """Number the rows that share a key, without the refused ones; the first keeps the key as it is."""
    seen: Counter[str] = Counter()
    for row in rows:
        if not row.refused:
            seen[row.source_uid] += 1
            if (place := seen[row.source_uid]) > 1:
                row = replace(row, source_uid=f"{row.source_uid}#{place}")
        yield row


def skeleton(text: str) -> str:
    """Fold a title: no spaces, brackets or signs, one width, one case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).casefold()
