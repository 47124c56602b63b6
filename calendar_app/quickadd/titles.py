"""Take away from a title the words that say what kind of notice it is: 【参加者募集】, 令和8年度, 開催要項, のお知らせ."""

import re

_KIND = r"(?:募集|お?知らせ|案内|情報|再掲|再送|告知|要項|要領|イベント|催し|受付中|要申込|要予約|重要|緊急|広報)"
_BEFORE = re.compile(
    rf"^(?:[【\[〔《〈][^】\]〕》〉]{{0,14}}{_KIND}[^】\]〕》〉]{{0,6}}[】\]〕》〉]|[(（][^)）]{{1,12}}(?:委員会|課|係|室)[)）]|(?:イベントの)?お知らせ[ 　:：!！]+"
    r"|(?:令和|平成) ?[\d０-９元]{1,2}年度(?:の|[ 　])?|[RrＲ][\d０-９]{1,2}年度[ 　]*|[\d０-９]{4}年度(?:の|[ 　])?|来る(?=.))[ 　]*"
)
_WANTED = r"(?:参加(?:者|チーム|団体|児童)?|受講(?:生|者)|会員|出店者|出演者|観覧者)"
_BEHIND = re.compile(
    rf"(?:[ 　]*[【\[〔][^】\]〕]{{0,14}}{_KIND}[^】\]〕]{{0,6}}[】\]〕]|[ 　]*(?:開催|実施)要[項領]|[ 　]*{_WANTED}(?:を)?(?:大)?募集(?:中|します|のお知らせ)?[!！]*"
    r"|(?:の?(?:開催|実施))?について(?:[ 　]*[(（](?:ご案内|お知らせ|通知|依頼|お願い)[)）])?|の(?:お知らせ|ご案内|案内|お願い)[!！]*|に(?:ご協力|ご参加|お越し)ください[!！]*"
    r"|[をが](?:(?:zoom|オンライン)(?:で|にて))?(?:開催|実施)(?:します|いたします|!)?[!！]*|を開(?:きます|催)[!！]*|を行います[。!！]*|[ 　]*[(（](?:ご案内|お知らせ|通知)[)）])$",
    re.IGNORECASE,
)
_OUTER = re.compile(r"^[★☆♪◎●■◆○♡♥🌸✨🎵🎉\s]+|[★☆♪◎●■◆○♡♥🌸✨🎵🎉\s]+$")


def bare_title(words: str) -> str:
    """Return the title without such words, or as it is where nothing else would remain."""
    bare = words
    for _round in range(4):
        shorter = bare
        for pattern in (_OUTER, _BEFORE, _BEHIND):
            cut = pattern.sub("", shorter).strip(" 　。")
            shorter = cut if len(re.findall(r"[^\W\d_]", cut)) > 1 else shorter
        if shorter == bare:
            break
        bare = shorter
    return bare
