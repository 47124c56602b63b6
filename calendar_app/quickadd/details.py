"""What a line says beside when and where: weather, fee, places, for whom, how and until when to apply, whom to ask."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from calendar_app.dates import formatting
from calendar_app.dates.parse import BadDate
from calendar_app.quickadd import clock_times
from calendar_app.quickadd.dates import DateMention, scan_dates
from calendar_app.quickadd.messages import say_clock_time, warn, warn_bad_date
from calendar_app.quickadd.reader import PHONE, Page, claim, original, set_value, without_addresses
from calendar_app.text.labels import WEATHER, yen

MOST_BEFORE = 200  # days: what closes longer before is more likely a slip of the month

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
            rf"(?:\(?{_RAIN}(?P<before>[^。\n\0]{{0,24}}?)(?:に|へ)?(?:順延|延期)(?: ?\((?P<after>[^()\n]{{1,24}})\))?\)?|予備日(?:は|:| )*(?P<spare>[^。\n\0、]{{1,24}}))"
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
    r"(?:開催の?(?:有無|可否)は)?、?(?:当日|前日)の? ?(?:午前|午後|朝|夕方)?\d{1,2}(?:時(?:半|\d{1,2}分)?|:\d\d)(?:に|までに|頃)?[^\n。\0]{0,10}?(?:決定|判断|決め)(?:します|いたします|ます)?"
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
    r"|(?P<all>どなたでも(?:参加(?:できます|可|自由))?)|\bfor (?P<english>(?:all ages|everyone|children|kids|families|adults|seniors|beginners|parents)(?: and [a-z]+| aged? [\d-]+)?)\b"
)
_NO_NEED = r"(?:事前)?(?:の)?(?:申し?込み?|予約)(?:は)?(?:不要|いりません|必要ありません|なし)"
_APPLY = re.compile(
    rf"{_NO_NEED}|要(?:事前)?(?:申し?込み?|予約)|(?:完全)?(?:事前)?予約制|事前申込み?制?(?![先方])|(?:参加)?申し?込み?(?:が)?必要|当日(?:直接|先着)[^\s\0、。]{{0,14}}|先着順|(?:申込多数の場合は?)?抽選(?![でに]\d)"
    r"|\bno (?:booking|registration|reservation)(?: (?:needed|required|necessary))?\b|\b(?:booking|registration|reservation) (?:required|needed|necessary)\b|\bfirst come,? first served\b"
)
_ASK = r"(?:申し?込み?|お申し?込み?|申込期限|申込締切|応募|エントリー|予約|〆切|締切り?|締め切り?|受付期間|募集期間)"
_BY = re.compile(rf"{_ASK}(?:期限|締切り?|締め切り?|〆切|期間|受付)?(?:日)?(?:は|:| |、|・)*")
_TILL = re.compile(
    r" ?(?:\(?(?:必着|消印有効)\)?|まで(?:に)?(?:\(?(?:必着|消印有効)\)?)?(?: ?(?:、|に)?(?:電話で|窓口で|メールで)?お?(?:申し?込み?|予約|応募)(?:ください|下さい|を)?)?|締切り?|締め切り?|〆切)"
)
_YEAR_TYPED = re.compile(r"\d{4}|年")
_FROM = re.compile(r" ?(?:の? ?(?:午前|午後)?\d{1,2}時(?:\d{1,2}分|半)?)?(?:から|より|~|以降)")
_BY_ENGLISH = re.compile(r"\b(?:apply|register|rsvp|book|sign up|deadline|closes?)(?: (?:by|on|before|is|until))?:? ?")
_CONTACT = re.compile(
    rf"(?:(?:問い?合わ?せ先?|問)[: ]?)?(?P<who>(?:[^\s\0、。:]{{0,20}}(?:課|係|室|館|センター|局|所|協会|委員会|商工会|事務局|担当|部|まで)[ :]?|(?<=[: ]問 )\S{{1,20}} ?)?(?:tel\.?|電話(?:番号)?|☎|☏|phone)?[: ]*{PHONE})"
)


def read_tags(page: Page, known: Iterable[str]) -> None:
    spelled = {_folded(one): one for one in known}
    names = []
    for found in list(_HASH.finditer(page.plain)):
        name = original(page, *found.span(1))
        name = spelled.get(_folded(name), name)
        names.append(f"#{name}")
        claim(page, found.span(), "tags", f"#{name}")
    if names:
        set_value(page, "tags", " ".join(dict.fromkeys(names)))


def _folded(name: str) -> str:
    return name.casefold()


def read_weather(page: Page) -> None:
    for rule, pattern in _WEATHER:
        if found := pattern.search(page.plain):
            if not set_value(page, "weather_rule", rule):
                break
            if rule == "reserve":
                _reserve(page, found)
            elif rule == "indoors":
                set_value(page, "weather", original(page, *found.span())[:200])
            claim(page, found.span(), "weather_rule", WEATHER[rule][page.lang])
            break
    if found := _STORM.search(page.plain):
        set_value(page, "weather", words := original(page, *found.span()))
        claim(page, found.span(), "weather", words)
    if found := _DECISION.search(page.plain):
        set_value(
            page, "decision", words := original(page, *found.span()).removeprefix("開催の有無は").lstrip("、")[:60]
        )
        claim(page, found.span(), "decision", words)


def _reserve(page: Page, found: re.Match[str]) -> None:
    """The reserve date: a date, or 翌日, which waits until the first date is known."""
    for name in ("before", "after", "spare"):
        if not found[name]:
            continue
        if "翌日" in found[name]:
            set_value(page, "reserve_date", "翌日")
        elif read := next((one for one in scan_dates(page.plain, page.today, *found.span(name)) if one.days), None):
            set_value(page, "reserve_date", read.days[0].isoformat())


def settle_reserve_date(page: Page) -> None:
    """翌日 is the day after the last one, if there is one."""
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
    """Until when, from when one applies. `inside` a part about it every date speaks of that; `bare`: without まで too."""
    stop = len(page.plain) if end is None else end
    plain = without_addresses(page.plain)
    opened: int | None = None  # where 「1月19日9時30分から」 ended: what follows is the other end
    for found in list(scan_dates(plain, page.today, start, stop)):
        if not found.days or any(code == "day_assumed" for code, *_ in found.problems):
            continue
        before = plain[max(0, found.start - 16) : found.start]
        asked = inside or re.search(rf"(?:{_BY.pattern}|{_BY_ENGLISH.pattern})$", before)
        clock = next(iter(clock_times.scan_times(plain, found.end, min(stop, found.end + 24))), None)
        beside = clock and re.fullmatch(r" ?の? ?|[ (]*", plain[found.end : clock.start])
        closing = clock if clock and beside and clock.begin is None else None
        till = _TILL.match(plain, closing.end - len("まで") if closing else found.end, stop)
        follows = opened is not None and not plain[opened : found.start].strip()
        applies = re.search("申|予約|応募|必着|締|〆", till[0]) if till else None
        if (till and (asked or applies)) or follows or (asked and (found.ranged or bare or not inside)):
            _deadline(page, found, closing if till else None, before, till)
        elif inside and (begins := _FROM.match(plain, found.end)):
            opened = begins.end()
            if set_value(page, "open_date", found.days[0].isoformat()):
                claim(page, (found.start, found.end), "open_date", formatting.say_date(found.days[0], page.lang))


def _deadline(
    page: Page, found: DateMention, clock: clock_times.TimeSpan | None, before: str, till: re.Match[str] | None
) -> None:
    for code, _words, problem in found.problems:
        if isinstance(problem, BadDate):
            warn_bad_date(page, code, "deadline_date", problem)
    last = found.days[-1]
    if not set_value(page, "deadline_date", last.isoformat()):
        return
    said = formatting.say_date(last, page.lang)
    if clock and clock.until is not None:
        set_value(page, "deadline_time", clock_times.format_time(clock.until))
        said += f" {say_clock_time(clock.until, page.lang)}"
    if found.ranged:
        set_value(page, "open_date", found.days[0].isoformat())
        said = f"{formatting.say_date(found.days[0], page.lang)}〜{said}"
    asked = re.search(rf"(?:{_BY.pattern}|{_BY_ENGLISH.pattern})$", before)
    start = found.start - (len(asked[0]) if asked else 0)
    claim(page, (start, till.end() if till else found.end), "deadline_date", said)


def settle_deadline(page: Page) -> None:
    """One applies before it begins: a deadline without a year is of the year of the event or of the one before."""
    try:
        closes = date.fromisoformat(page.values.get("deadline_date", ""))
        last = date.fromisoformat(page.values.get("end_date") or page.values.get("start_date", ""))
    except ValueError:
        return
    if closes <= last or "repeats" in page.values:
        return
    words = next((one.text for one in page.findings if one.field == "deadline_date"), "")
    before = closes if (closes.month, closes.day) == (2, 29) else closes.replace(year=closes.year - 1)
    if _YEAR_TYPED.search(words) or before > last or (last - before).days > MOST_BEFORE:
        warn(page, "deadline_late", "deadline_date", day=closes)
        return
    page.values["deadline_date"] = before.isoformat()
    warn(page, "deadline_before", "deadline_date", day=before)


def read_capacity_and_fee(page: Page) -> None:
    if found := _CAPACITY.search(page.plain):
        number = int((found["number"] or found["upto"] or found["seats"]).replace(",", ""))
        if number and set_value(page, "capacity", str(number)):
            how = next((word for word in ("先着", "抽選") if word in (found["how"] or "") + (found["more"] or "")), "")
            if how and set_value(page, "apply", said := {"先着": "先着順", "抽選": "抽選"}[how]):
                claim(page, found.span(), "apply", said, keep=True)
            claim(page, found.span(), "capacity", str(number))
    if found := _FEE.search(page.plain):
        typed = found["yen"] or found["coin"] or re.sub(r"[^\d]", "", found["price"] or "")
        amount = int(typed.replace(",", "")) if typed else 0
        if set_value(page, "fee", str(amount)):
            if note := re.search(r"円 ?\(([^()]+)\)$", found[0]):
                set_value(page, "fee_note", note[1])
            claim(page, found.span(), "fee", yen(amount, page.lang))


def read_people(page: Page) -> None:
    """For whom it is, whether one applies, whom to ask."""
    if found := _AUDIENCE.search(page.plain):
        name = next(one for one in ("whom", "meant", "all", "english") if found[one])
        if set_value(page, "audience", words := original(page, *found.span(name))):
            claim(page, found.span(), "audience", words)
    said = [page.values["apply"]] if "apply" in page.values else []
    for found in list(_APPLY.finditer(page.plain)):
        said.append(original(page, *found.span()))
        attached = (
            re.search(r"[^\s\0]\($", page.plain[: found.start()]) and page.plain[found.end() : found.end() + 1] == ")"
        )
        claim(page, found.span(), "apply", said[-1], keep=bool(attached))  # 「親子フロア(予約制)」 is its name
    if said:
        page.values["apply"] = "、".join(dict.fromkeys(said))
    found = _CONTACT.search(page.plain)
    if found and set_value(page, "contact", words := original(page, *found.span("who"))):
        claim(page, found.span(), "contact", words)
