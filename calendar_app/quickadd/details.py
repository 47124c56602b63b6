"""Read the details of a text: hashtags, weather, capacity, fee, audience, application and its dates, contact."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from calendar_app.dates import formatting
from calendar_app.dates.parse import BadDate
from calendar_app.quickadd import clock_times
from calendar_app.quickadd.dates import DateMention, scan_dates
from calendar_app.quickadd.messages import say_clock_time, warn, warn_bad_date
from calendar_app.quickadd.reader import PHONE, Page, claim, original, set_value, without_addresses
from calendar_app.text.labels import WEATHER, money

MOST_BEFORE = 200  # days from the deadline to the event; a longer gap is more likely a mistyped month

_HASH = re.compile(r"#([^\W#]{1,60})")
_RAIN = r"(?:雨天|雨|荒天|悪天候|雨の日|荒天・雨天|雨天・荒天)(?:の?(?:場合|時|とき|際))?(?:は|には|、|:| )*"
_WEATHER = (
    (
        "light_rain",
        re.compile(
            r"小雨(?:の場合(?:は)?)?決行(?:[・、, /。]*(?:荒天|大雨|雨天|強雨)(?:の?(?:場合|時))?(?:は|、)?中止)?|light rain or shine"
        ),
    ),
    ("held", re.compile(rf"{_RAIN}(?:も)?決行|雨でも(?:開催|決行)|\brain or shine\b")),
    (
        "reserve",
        re.compile(
            rf"(?:\(?{_RAIN}(?P<before>[^。\n\0]{{0,24}}?)(?:に|へ)?(?:順延|延期)(?: ?\((?P<after>[^()\n]{{1,24}})\)| ?(?P<onto>\d{{1,2}}(?:月 ?\d{{1,2}}日|/\d{{1,2}}|日)(?: ?\([^()\n]{{1,4}}\))?))?\)?|予備日(?:は|:| )*(?P<spare>[^。\n\0、]{{1,24}})|{_RAIN}(?P<bare>\d{{1,2}}(?:月 ?\d{{1,2}}日|/\d{{1,2}}|日)(?: ?\([^()\n]{{1,4}}\))?)(?=$|[\s\0)。])\)?)"
        ),
    ),
    (
        "indoors",
        re.compile(
            rf"{_RAIN}[^。\n\0]{{0,20}}?(?:屋内|館内|室内|体育館|ホール|社務所|会館|センター)[^。\n\0]{{0,6}}?(?:で|に)(?:[^。\n\0]{{0,6}}(?:開催|実施|行い|変更)(?:します|ます)?)?|\bindoors (?:if|in case of) (?:it rains|rain)\b"
        ),
    ),
    (
        "cancelled",
        re.compile(
            r"(?:雨天|雨|雨天・荒天|荒天・雨天)(?:の?(?:場合|時|とき|際))?(?:は|には|、|:| )*中止|\bcancel?led (?:if|in case of) (?:it rains|rain)\b"
        ),
    ),
)
_STORM = re.compile(r"(?:荒天|悪天候)(?:の?(?:場合|時|とき))?(?:は|には|、)?(?:中止|延期)")
_DECISION = re.compile(
    r"(?:(?:雨天|荒天|悪天候)(?:の?(?:場合|時|とき|際))?(?:は|には)?、?)?(?:開催の?(?:有無|可否)は?)?、?(?:当日|前日)(?:の? ?(?:午前|午後|朝|夕方)?\d{1,2}(?:時(?:半|\d{1,2}分)?|:\d\d))?(?:に|までに|頃)?"
    r"[^\n。\0]{0,10}?(?:決定|判断|決め)(?:します|いたします|ます)?"
)
_NUMBER = r"(?P<number>\d[\d,]{0,8})"
_UNIT = r"(?:人|名様?|組|席|チーム|台|店舗?|区画|家族|ペア)"
_CAPACITY = re.compile(
    rf"(?P<how>(?:定員|募集人[数員]|先着順?|抽選で?|各回|各日|各|約|は|で|に|:| ){{1,6}}){_NUMBER} ?{_UNIT}(?: ?\(?(?P<more>先着順?|抽選)\)?)?"
    rf"|\b(?:up to |max(?:imum)?\.? |limited to |capacity:? ?){_NUMBER.replace('number', 'upto')}(?: (?:people|places|persons|participants|seats))?"
    rf"|\b{_NUMBER.replace('number', 'seats')} (?:places|seats)\b"
)
_WHAT_FEE = r"(?:参加[費料]?|入場料?|受講料?|料金|費用|会費|材料費|観覧料?|観戦料?|聴講料?|拝観料|利用料)"
_FEE = re.compile(
    rf"{_WHAT_FEE}(?:は|:| )*(?:(?P<free>無料|不要|なし)|(?:\d+人)?(?P<yen>\d[\d,]{{0,8}}) ?円(?:\([^()\n]{{1,30}}\))?)"
    r"|(?<![^\s\0、。(/|])(?P<bare>無料)(?![^\s\0、。)/|])|(?<![^\s\0、。(/|])(?P<coin>\d[\d,]{0,8}) ?円(?![^\s\0、。)/|])"
    r"|\b(?P<admission>free (?:admission|entry|of charge)|admission free|free)(?![\w-])|(?P<price>(?:¥ ?|jpy ?)\d[\d,]{0,8}|\b\d[\d,]{0,8} yen\b)"
)
_AUDIENCE = re.compile(
    r"対象(?:は|:)? ?(?P<whom>[^\s\0、。()]{2,30})|(?P<meant>(?<![^\s\0、。(])[^\s\0、。()]{2,24})(?:が|を)?対象(?![^\s\0、。)])"
    r"|(?P<all>どなたでも(?:参加(?:できます|可|自由))?)|\bfor (?P<english>(?:all ages|everyone|children|kids|families|adults|seniors|parents)(?: and [a-z]+| aged? [\d-]+)?)\b"
)
_NO_NEED = r"(?:事前)?(?:の)?(?:申し?込み?|予約)(?:は)?(?:不要|いりません|必要ありません|なし)"
_APPLY = re.compile(
    rf"{_NO_NEED}|要(?:事前)?(?:申し?込み?|予約)|(?:完全)?(?:事前)?予約制|事前申込み?制?(?![先方])|(?:参加)?申し?込み?(?:が)?必要|当日(?:直接|先着)[^\s\0、。]{{0,14}}|先着順|(?:申込多数の場合は?)?抽選(?![でに]\d)"
    r"|\bno (?:booking|registration|reservation)(?: (?:needed|required|necessary))?\b|\b(?:booking|registration|reservation) (?:required|needed|necessary)\b|\bfirst come,? first served\b"
)
_ASK = r"(?:申し?込み?|お申し?込み?|申込期限|申込締切|応募|エントリー|予約|〆切?|締切り?|締め切り?|受付期間|募集期間)"
_BY = re.compile(rf"{_ASK}(?:期限|締切り?|締め切り?|〆切?|期間|受付|フォーム)?(?:日)?(?:は|:| |、|・)*")
_TILL = re.compile(
    r" ?(?:\(?(?:必着|消印有効)\)?|まで(?:に)?(?:\(?(?:必着|消印有効)\)?)?(?: ?(?:、|に)?(?:電話で|窓口で|メールで)?お?(?:申し?込み?|予約|応募)(?:ください|下さい|を)?)?|締切り?|締め切り?|〆切?)"
)
_CLOSES = re.compile(r" ?(?:〆|締|必着)")
_METHODS = {"先着": "先着順", "抽選": "抽選"}
_YEAR_TYPED = re.compile(r"\d{4}|年")
_ASKED = re.compile(r"(?<!要)(?:申し?込み?|予約|応募|エントリー)[^\n。、\d]{1,10}$")
_FROM = re.compile(r" ?(?:の? ?(?:午前|午後)?\d{1,2}時(?:\d{1,2}分|半)?)?(?:から|より|~|以降)")
_BY_ENGLISH = re.compile(
    r"\b(?:apply|register|rsvp|book(?:ing)?|sign up|deadline|closes?|booking closes)(?: (?:by|on|before|is|until))?:? ?"
)
_DEADLINE_LABEL = re.compile(rf"(?<!要)(?:{_BY.pattern}|{_BY_ENGLISH.pattern})$")
_CONTACT = re.compile(
    rf"(?:(?:問い?合わ?せ先?|問)[: ]?)?(?P<who>(?:[^\s\0、。:]{{0,20}}(?:課|係|室|館|センター|局|所|協会|委員会|商工会|事務局|担当|部|まで)[ :]?|(?<=[: ]問 )\S{{1,20}} ?)?(?:tel\.?|電話(?:番号)?|☎|☏|phone)?[: ]*{PHONE})"
)


def read_tags(page: Page, known: Iterable[str]) -> None:
    """Read hashtags. A known tag keeps its own spelling."""
    spelled = {_folded(tag): tag for tag in known}
    names = []
    for match in list(_HASH.finditer(page.plain)):
        name = original(page, *match.span(1))
        name = spelled.get(_folded(name), name)
        names.append(f"#{name}")
        claim(page, match.span(), "tags", f"#{name}")
    if names:
        set_value(page, "tags", " ".join(dict.fromkeys(names)))


def _folded(name: str) -> str:
    return name.casefold()


def read_weather(page: Page) -> None:
    """Read the rule for rain, the rule for storms, and when the decision is made."""
    for rule, pattern in _WEATHER:
        if match := pattern.search(page.plain):
            if not set_value(page, "weather_rule", rule):
                break
            if rule == "reserve":
                _reserve(page, match)
            elif rule == "indoors":
                set_value(page, "weather", original(page, *match.span())[:200])
            claim(page, match.span(), "weather_rule", WEATHER[rule][page.lang])
            break
    if match := _STORM.search(page.plain):
        set_value(page, "weather", words := original(page, *match.span()))
        claim(page, match.span(), "weather", words)
    if match := _DECISION.search(page.plain):
        set_value(
            page, "decision", words := original(page, *match.span()).removeprefix("開催の有無は").lstrip("、")[:60]
        )
        claim(page, match.span(), "decision", words)


def _reserve(page: Page, match: re.Match[str]) -> None:
    """Fill in the reserve date: a date, or 翌日, which `settle_reserve_date` replaces once the event's dates are known."""
    for name in ("before", "after", "onto", "spare", "bare"):
        if not match[name]:
            continue
        if "翌日" in match[name]:
            set_value(page, "reserve_date", "翌日")
        elif mention := next(
            (mention for mention in scan_dates(page.plain, page.today, *match.span(name)) if mention.days), None
        ):
            set_value(page, "reserve_date", mention.days[0].isoformat())


def settle_reserve_date(page: Page) -> None:
    """Replace a reserve date of 翌日 by the day after the event; remove it if the event has no date."""
    if page.values.get("reserve_date") != "翌日":
        return
    try:
        last = date.fromisoformat(page.values.get("end_date") or page.values.get("start_date", ""))
    except ValueError:
        del page.values["reserve_date"]
        return
    page.values["reserve_date"] = (last + timedelta(1)).isoformat()


def read_application_dates(
    page: Page, start: int = 0, end: int | None = None, *, inside: bool = False, bare: bool = False
) -> None:
    """Read from when and until when people apply, in `page.plain[start:end]`.

    `inside`: the text is a part about applying, so its dates need no word for it. `bare`: a date alone is a deadline.
    """
    stop = len(page.plain) if end is None else end
    plain = without_addresses(page.plain)
    opening_end: int | None = None  # where 「1月19日9時30分から」 ends: a date right behind it is the deadline
    for mention in list(scan_dates(plain, page.today, start, stop)):
        if not mention.days or any(code == "day_assumed" for code, *_ in mention.problems):
            continue
        label = _DEADLINE_LABEL.search(plain[max(0, mention.start - 16) : mention.start])
        asked = inside or bool(label) or bool(_ASKED.search(plain[max(0, mention.start - 16) : mention.start]))
        time = _closing_time(plain, mention, stop)
        till = _till(plain, time.end if time else mention.end, stop)
        follows = opening_end is not None and not plain[opening_end : mention.start].strip()
        if follows or _is_deadline(mention, till, asked=asked, alone=bare or not inside):
            _deadline(page, mention, time if till else None, label, till)
        elif inside and (opening := _FROM.match(plain, mention.end)):
            opening_end = opening.end()
            _opening_date(page, mention)


def _till(plain: str, end: int, stop: int) -> re.Match[str] | None:
    """Return the words of a deadline behind a date or its time; a time includes its own まで."""
    before = plain.startswith("まで", end - len("まで"))
    return _TILL.match(plain, end - len("まで") if before else end, stop)


def _closing_time(plain: str, mention: DateMention, stop: int) -> clock_times.TimeSpan | None:
    """Return the time right behind a date if it is only an end: 「17時まで」."""
    time = next(iter(clock_times.scan_times(plain, mention.end, min(stop, mention.end + 24))), None)
    if time and time.until is None and _CLOSES.match(plain, time.end):
        time = replace(time, begin=None, until=time.begin)
    if time is None or time.begin is not None:
        return None
    return time if re.fullmatch(r" ?の? ?|[ (]*", plain[mention.end : time.start]) else None


def _is_deadline(mention: DateMention, till: re.Match[str] | None, *, asked: bool, alone: bool) -> bool:
    """Tell whether a date is a deadline. `asked`: the context is about applying. `alone`: まで is not needed there."""
    if till and (asked or re.search("申|予約|応募|必着|締|〆", till[0])):
        return True
    return asked and (mention.ranged or alone)


def _opening_date(page: Page, mention: DateMention) -> None:
    day = mention.days[0]
    if set_value(page, "open_date", day.isoformat()):
        claim(page, (mention.start, mention.end), "open_date", formatting.say_date(day, page.lang))


def _deadline(
    page: Page,
    mention: DateMention,
    time: clock_times.TimeSpan | None,
    label: re.Match[str] | None,
    till: re.Match[str] | None,
) -> None:
    """Fill in the deadline, with its time if there is one; a span of dates fills in the opening date too."""
    for code, _words, problem in mention.problems:
        if isinstance(problem, BadDate):
            warn_bad_date(page, code, "deadline_date", problem)
    last = mention.days[-1]
    if not set_value(page, "deadline_date", last.isoformat()):
        return
    meaning = formatting.say_date(last, page.lang)
    if time and time.until is not None:
        set_value(page, "deadline_time", clock_times.format_time(time.until))
        meaning += f" {say_clock_time(time.until, page.lang)}"
    if mention.ranged:
        set_value(page, "open_date", mention.days[0].isoformat())
        meaning = f"{formatting.say_date(mention.days[0], page.lang)}〜{meaning}"
    start = mention.start - (len(label[0]) if label else 0)
    claim(page, (start, till.end() if till else mention.end), "deadline_date", meaning)


def settle_deadline(page: Page) -> None:
    """Move a deadline that falls after the event to the year before, or warn of it if its year was typed."""
    try:
        closes = date.fromisoformat(page.values.get("deadline_date", ""))
        last = date.fromisoformat(page.values.get("end_date") or page.values.get("start_date", ""))
    except ValueError:
        return
    if closes <= last or "repeats" in page.values:
        return
    words = next((finding.text for finding in page.findings if finding.field == "deadline_date"), "")
    year_before = closes if (closes.month, closes.day) == (2, 29) else closes.replace(year=closes.year - 1)
    if _YEAR_TYPED.search(words) or year_before > last or (last - year_before).days > MOST_BEFORE:
        warn(page, "deadline_late", "deadline_date", day=closes)
        return
    page.values["deadline_date"] = year_before.isoformat()
    warn(page, "deadline_before", "deadline_date", day=year_before)


def read_capacity_and_fee(page: Page) -> None:
    """Read the number of places, how they are given out (先着順, 抽選), and the fee in yen."""
    if match := _CAPACITY.search(page.plain):
        _read_capacity(page, match)
    if match := _FEE.search(page.plain):
        _read_fee(page, match)


def _read_capacity(page: Page, match: re.Match[str]) -> None:
    number = int((match["number"] or match["upto"] or match["seats"]).replace(",", ""))
    if not number or not set_value(page, "capacity", str(number)):
        return
    words = (match["how"] or "") + (match["more"] or "")
    method = next((method for word, method in _METHODS.items() if word in words), "")
    if method and set_value(page, "apply", method):
        claim(page, match.span(), "apply", method, keep=True)
    claim(page, match.span(), "capacity", str(number))


def _read_fee(page: Page, match: re.Match[str]) -> None:
    digits = re.sub(r"[^\d]", "", match["yen"] or match["coin"] or match["price"] or "")
    amount = int(digits) if digits else 0
    if not set_value(page, "fee", str(amount)):
        return
    if note := re.search(r"円 ?\(([^()]+)\)$", match[0]):
        set_value(page, "fee_note", note[1])
    claim(page, match.span(), "fee", money(amount, page.lang))


def read_people(page: Page) -> None:
    """Read the audience, how to apply, and the contact."""
    if match := _AUDIENCE.search(page.plain):
        name = next(group for group in ("whom", "meant", "all", "english") if match[group])
        if set_value(page, "audience", words := original(page, *match.span(name))):
            claim(page, match.span(), "audience", words)
    phrases = [page.values["apply"]] if "apply" in page.values else []
    for match in list(_APPLY.finditer(page.plain)):
        phrases.append(original(page, *match.span()))
        before, behind = page.plain[: match.start()], page.plain[match.end() :]
        attached = re.search(r"[^\s\0]\($", before) and behind.startswith(")")
        claim(page, match.span(), "apply", phrases[-1], keep=bool(attached))  # 「親子フロア(予約制)」 is a name
    if phrases:
        page.values["apply"] = "、".join(dict.fromkeys(phrases))
    match = _CONTACT.search(page.plain)
    if match and set_value(page, "contact", words := original(page, *match.span("who"))):
        claim(page, match.span(), "contact", words)
