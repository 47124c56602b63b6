"""The messages of an import: every defect and every reason for an unreadable file, in Japanese and English."""

UNREADABLE: dict[str, dict[str, str]] = {
    "empty": {"ja": "ファイルの中身が空です。", "en": "The file is empty."},
    "too_big": {
        "ja": "ファイルが大きすぎます（{most}MBまで）。年度や種類で分けてください。",
        "en": "The file is too big (at most {most} MB). Please split it, by year or by kind.",
    },
    "too_many": {
        "ja": "件数が多すぎます（一度に{most}件まで）。年度や種類で分けてください。",
        "en": "There are too many entries (at most {most} at once). Please split the file, by year or by kind.",
    },
    "office": {
        "ja": "Excelなどのブックは読み込めません。「CSV UTF-8（コンマ区切り）」の形式で保存し直してください。",
        "en": "A spreadsheet cannot be read. Please save it as “CSV UTF-8 (comma delimited)”.",
    },
    "binary": {
        "ja": "文字のファイルではありません。CSV、iCalendar（.ics）、RSS、Atom、JSON Feedのファイルを選んでください。",
        "en": "This is not a text file. Please choose a CSV, iCalendar (.ics), RSS, Atom or JSON Feed file.",
    },
    "web_page": {
        "ja": "これはウェブページです。ページではなく、カレンダーやフィードそのもののアドレスを指定してください。",
        "en": "This is a web page. Please give the address of the calendar or feed itself, not of a page about it.",
    },
    "no_headings": {
        "ja": "見出しの行が見つかりません。「イベント名」（または「名称」「タイトル」）と「開始日」の列が必要です。",
        "en": "No heading row was found. The columns イベント名 (or 名称, Event Name) and 開始日 (or Start Date) are needed.",
    },
    "too_long_cell": {
        "ja": '{line}行目付近に長すぎる欄があります。引用符「"」の閉じ忘れを確かめてください。',
        "en": "A cell near line {line} is far too long. Please check for a quotation mark that is not closed.",
    },
    "no_town": {
        "ja": "このプログラムの変更一覧（/api/v1/changes）として読み取れません。",
        "en": "This is no list of changes of this program (/api/v1/changes).",
    },
    "no_calendar": {
        "ja": "カレンダーの予定（VEVENT）が見つかりません。",
        "en": "No calendar event (VEVENT) was found.",
    },
    "no_feed": {
        "ja": "RSS、Atom、JSON Feedのいずれとしても読み取れません。",
        "en": "This cannot be read as an RSS, Atom or JSON Feed.",
    },
}

DEFECTS: dict[str, dict[str, str]] = {
    # About the file as a whole.
    "items_lost": {
        "ja": "フィードが壊れているため、読み取れない項目があります（読めた数 / 書かれた数：{found}）。",
        "en": "The feed is damaged and some of its items cannot be read (read / written: {found}).",
    },
    "not_events": {
        "ja": "予定ではないので読み込まないものがあります：{found}。",
        "en": "The file also holds what is no event and is not imported: {found}.",
    },
    "emergencies": {
        "ja": "緊急のお知らせ（{found}件）は、予定ではないので読み込みません。",
        "en": "Emergency announcements ({found}) are no events and are not imported.",
    },
    # Why a row cannot be taken.
    "no_title": {"ja": "名称がありません。", "en": "It has no name."},
    "no_start": {"ja": "開始日がありません。", "en": "It has no start date."},
    "bad_start": {"ja": "開始日「{found}」を読み取れません。", "en": "The start date “{found}” cannot be read."},
    "no_such_day": {"ja": "「{found}」という日はありません。", "en": "There is no such day as “{found}”."},
    "columns": {
        "ja": "見出しより列が多くなっています（{found}）。引用符やコンマを確かめてください。",
        "en": "It has more cells than there are headings ({found}). Please check quotation marks and commas.",
    },
    "quotes": {
        "ja": '引用符「"」が閉じられていないようです（{found}）。続く行が1件に混ざっています。',
        "en": "A quotation mark seems not to be closed ({found}): further rows have run into this one.",
    },
    "copy": {"ja": "{found}と同じ内容です。", "en": "It is the same as {found}."},
    "older": {"ja": "同じ予定の新しい版（{found}）があります。", "en": "A newer version of it is there: {found}."},
    "cut_short": {"ja": "ファイルが途中で切れています。", "en": "The file ends in the middle of it."},
    "too_large": {"ja": "1件としては大きすぎます。", "en": "It is too large for one entry."},
    "rule": {"ja": "繰り返し「{found}」を読み込めません。", "en": "The repeat “{found}” cannot be taken."},
    "ten_years": {
        "ja": "期間が10年を超えています（{found}）。",
        "en": "It goes on for more than ten years ({found}).",
    },
    "private": {
        "ja": "非公開の印（CLASS）が付いています。",
        "en": "It is marked as private (CLASS).",
    },
    "bad_line": {"ja": "「{found}」を読み取れません。", "en": "“{found}” cannot be read."},
    "unpublished": {
        "ja": "公開されていないページです（{found}）。",
        "en": "The page is not public ({found}).",
    },
    "filled_down": {
        "ja": "名称の欄が空なので、上の行の「{found}」の続き（結合セル）として読みました。人が確かめるまで取り込みません。",
        "en": "It has no name and was read as a further row of “{found}” above it (merged cells). A person must check it first.",
    },
    # What is wrong with dates.
    "bad_end": {"ja": "終了「{found}」を読み取れません。", "en": "The end “{found}” cannot be read."},
    "bad_time": {"ja": "時刻「{found}」を読み取れません。", "en": "The time “{found}” cannot be read."},
    "bad_deadline": {
        "ja": "申込期限「{found}」を読み取れません。",
        "en": "The deadline “{found}” cannot be read.",
    },
    "bad_date": {"ja": "日付「{found}」を読み取れません。", "en": "The date “{found}” cannot be read."},
    "end_before_start": {"ja": "終了（{found}）が開始より前です。", "en": "The end ({found}) is before the start."},
    "year_typo": {"ja": "「{found}」は年の誤りと思われます。", "en": "The year of “{found}” looks mistyped."},
    "serial_date": {
        "ja": "「{found}」はExcelの日付の番号です。",
        "en": "“{found}” is a day number of a spreadsheet.",
    },
    "wrong_weekday": {
        "ja": "「{found}」は日付と曜日が合っていません（別の年の文章かもしれません）。",
        "en": "The weekday does not fit the date: “{found}”. It may be the text of another year.",
    },
    "inexact": {
        "ja": "「{found}」は日が決まっていない日付として読みました。",
        "en": "“{found}” was read as a date that is not known to the day.",
    },
    "repeat_in_words": {
        "ja": "期間ではなく繰り返しのようです：「{found}」。",
        "en": "It seems to be a repeat, not one long event: “{found}”.",
    },
    "times_in_words": {
        "ja": "時刻が備考に書かれています：「{found}」。",
        "en": "The times stand in the remarks: “{found}”.",
    },
    "dates_in_words": {
        "ja": "日程が備考に書かれています：「{found}」。",
        "en": "The dates stand in the remarks: “{found}”.",
    },
    "remark_unread": {
        "ja": "備考「{found}」を日程として読み切れません。人が確かめるまで取り込みません。",
        "en": "The remark “{found}” was not fully understood. A person must check the dates before the row is imported.",
    },
    "daily_times": {
        "ja": "{found}は、毎日その時間に開かれるという意味のようです。",
        "en": "{found} seems to mean those hours on every day.",
    },
    "whole_days": {
        "ja": "0時から0時まで（{found}）なので、終日の予定と思われます。",
        "en": "It goes from midnight to midnight ({found}), so it is probably meant as whole days.",
    },
    # Time zones and repeats of calendars.
    "unknown_timezone": {
        "ja": "知らない時間帯「{found}」です。このサイトの時間帯として読みます。",
        "en": "The time zone “{found}” is unknown. It is read as the zone of this site.",
    },
    "floating_time": {
        "ja": "時間帯が書かれていません。このサイトの時間帯として読みました。",
        "en": "No time zone is given. The time was read in the zone of this site.",
    },
    "endless": {
        "ja": "終わりのない繰り返し（{found}）なので、区切りを付けました。",
        "en": "The repeat has no near end ({found}); it was given one.",
    },
    "long_past": {
        "ja": "{found}から続く繰り返しのうち、過ぎた年度の分は読み込みません。",
        "en": "The repeat goes back to {found}; dates of past fiscal years are left out.",
    },
    "rule_as_dates": {
        "ja": "繰り返し「{found}」を、1日ずつの日程にしました。",
        "en": "The repeat “{found}” was made into single dates.",
    },
    "orphan": {
        "ja": "もとの繰り返しにない日の変更です。単独の予定として読みます。",
        "en": "It changes a date that its series does not have. It is read as an event of its own.",
    },
    "this_and_future": {
        "ja": "{found}から後のすべての回に当てはまる変更があります。",
        "en": "A change applies to all dates from {found} on.",
    },
    "no_uid": {
        "ja": "識別子（UID）がありません。次に取り込むとき、名称か日時が変わっていると別の予定になります。",
        "en": "It has no UID. If its name or start changes, the next import will make another event of it.",
    },
    "uid_twice": {
        "ja": "同じ識別子（{found}）が、別の予定にも使われています。",
        "en": "The same identifier ({found}) is used for another event too.",
    },
    "same_here": {
        "ja": "前回と同じ催し（{found}）が、別の識別子（UID）で届いたようです。",
        "en": "It seems to be an event that is here already ({found}), sent again under another UID.",
    },
    # Words, numbers, places.
    "cancelled_in_words": {
        "ja": "中止が文章だけで書かれています：「{found}」。",
        "en": "It is cancelled only in words: “{found}”.",
    },
    "marked_twice": {
        "ja": "題名の「{found}」は状態と同じことを言っています。ページでは自動で付きます。",
        "en": "The title's “{found}” says what the status says; pages add it by themselves.",
    },
    "postponed_in_words": {
        "ja": "延期が文章だけで書かれています：「{found}」。",
        "en": "It is postponed only in words: “{found}”.",
    },
    "full_in_words": {
        "ja": "満席が文章だけで書かれています：「{found}」。",
        "en": "It is full only in words: “{found}”.",
    },
    "announcement": {
        "ja": "催しではなくお知らせのようです：「{found}」。",
        "en": "It seems to be an announcement, not an event: “{found}”.",
    },
    "duplicate": {
        "ja": "名称・開始・場所が{found}と同じです。",
        "en": "It has the name, start and place of {found}.",
    },
    "near_duplicate": {
        "ja": "{found}とほとんど同じ名称で、開始と場所が同じです。",
        "en": "It has almost the name, and the start and place, of {found}.",
    },
    "swapped": {"ja": "緯度と経度が逆です（{found}）。", "en": "Latitude and longitude are swapped ({found})."},
    "outside_japan": {
        "ja": "位置（{found}）が国内ではありません。位置は読み込みません。",
        "en": "The position ({found}) is not in Japan. It is left out.",
    },
    "half_position": {
        "ja": "緯度と経度の片方しかありません（{found}）。位置は読み込みません。",
        "en": "Only one of latitude and longitude is there ({found}). The position is left out.",
    },
    "not_a_number": {
        "ja": "「{found}」は数ではないので、文章に加えました。",
        "en": "“{found}” is not a number; it was put among the words.",
    },
    "too_long": {
        "ja": "長すぎるので、全文を本文に移し、ここは短くしました：「{found}」。",
        "en": "It is too long: the whole was put into the body, and this was shortened: “{found}”.",
    },
    "bad_address": {
        "ja": "「{found}」はウェブのアドレスではありません。",
        "en": "“{found}” is not a web address.",
    },
    "lost_letters": {
        "ja": "文字化けがあります：「{found}」。",
        "en": "Some letters are damaged: “{found}”.",
    },
}
