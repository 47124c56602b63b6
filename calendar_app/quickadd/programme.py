"""Split a programme, lines of dates each with its own title, into the texts of its events."""

import re

from calendar_app.quickadd.reader import to_plain

MOST = 60  # events in one text
_MONTH = r"(?:(?:(?:令和|r)?\d{1,4}年)?(?P<month>\d{1,2})月 ?|(?P<slash>\d{1,2})/)?"
_WEEKDAY = r"(?: ?\([月火水木金土日](?:曜日?)?(?:[・、/]?[祝休振]日?)?\))"
_CLOCK = r"(?:午前|午後)?\d{1,2}(?::\d\d|時(?:半|\d{1,2}分)?)"
_LINE = re.compile(
    rf"^[ ・●■◆○◇*\-]*(?P<number>第?\d{{1,2}}(?:回目?|日目) {{0,2}})?{_MONTH}(?<!\d)(?P<day>\d{{1,2}})(?:日{_WEEKDAY}?|(?<=/\d){_WEEKDAY}?|(?<=/\d\d){_WEEKDAY}?|{_WEEKDAY})"
    rf"(?P<time>[ :]*{_CLOCK}(?: ?(?:から ?~?|~|-) ?(?:{_CLOCK})?)?(?:まで)?)?[ :,、]*(?P<title>.*)$"
)
_NO_TITLE = re.compile(
    r"^(?:[(（※~〜・、と].*|.*(?:開場|開演|開始|開会|受付|集合|終了|まで|から|です|ます|の部|締切|必着|祝日?|順延|予備日|休み|休館|\d時|\d:\d\d).*|[\d\s、,・日月火水木金土()~〜/-]*)$"
)
_PLACE = re.compile(r"(?:館|ホール|センター|公園|広場|会場|(?<!教)室|役場|学校|体育館|前|校庭|グラウンド|神社|ロビー)$")
_QUOTED = re.compile(r"^[「『].*[」』]$")
_MONTH_ABOVE = re.compile(r"(?<!\d)(\d{1,2})月")


def split_programme(text: str) -> list[str]:
    """Return the text of each event of a programme, with the words that all of them share; [text] for any other text."""
    lines = text.replace("\r", "\n").split("\n")
    matches = [(number, _LINE.match("".join(map(to_plain, line[:300])))) for number, line in enumerate(lines)]
    dated = [(number, match) for number, match in matches if match]
    if not 2 <= len(dated) <= MOST or not _is_programme([match for _number, match in dated]):
        return [text]
    first, last = dated[0][0], dated[-1][0]
    if [number for number, _match in dated] != [n for n in range(first, last + 1) if lines[n].strip()]:
        return [text]
    heading = next((line.strip() for line in lines[:first] if line.strip()), "")
    shared = "\n".join(
        line for line in [*lines[1 if heading else 0 : first], *lines[last + 1 :]] if line.strip() != heading
    )
    month = next(iter(_MONTH_ABOVE.findall("".join(map(to_plain, "\n".join(lines[:first]))))), "")
    events = []
    for number, match in dated:
        month = match["month"] or match["slash"] or month
        events.append(f"{_event(lines[number], match, month, heading)}\n{shared}".strip())
    return events


def _is_programme(matches: list[re.Match[str]]) -> bool:
    titles = [match["title"].strip() for match in matches]
    real = [title for title in titles if len(title) > 1 and not _NO_TITLE.match(title) and not _PLACE.search(title)]
    return len(real) == len(titles) == len(set(titles))


def _event(line: str, match: re.Match[str], month: str, heading: str) -> str:
    """Write one event: its title and date, with the month that stands above, and the series before a quoted title."""
    title = match["title"].strip()
    kept = line.strip()[-len(title) :] if len(line.strip()) >= len(title) else title
    series = f"{heading} " if _QUOTED.match(title) and heading else ""
    day = f"{month}月{match['day']}日" if month else f"{match['day']}日"
    weekday = re.search(_WEEKDAY, match[0])
    when = f"{day}{weekday[0].strip() if weekday else ''} {match['time'] or ''}"
    return f"{series}{kept}\n{when.strip()}"
