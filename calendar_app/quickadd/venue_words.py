"""How places are named in texts: the ends of their names, rooms, routes, meetings online."""

import re

from calendar_app.quickadd.reader import BLANK

SUFFIXES = (
    "館",
    "ホール",
    "センター",
    "公園",
    "広場",
    "会場",
    "(?<!教)室",
    "プラザ",
    "役所",
    "役場",
    "庁舎",
    "グラウンド",
    "グランド",
    "球場",
    "競技場",
    "学校",
    "高校",
    "大学",
    "保育園",
    "幼稚園",
    "こども園",
    "神社",
    "寺",
    "城",
    "城跡",
    "駅",
    "駅前",
    "堤",
    "湖畔",
    "通り",
    "商店街",
    "ロビー",
    "劇場",
    "シアター",
    "アリーナ",
    "ドーム",
    "スタジアム",
    "集会所",
    "道の駅",
    "モール",
    "タワー",
    "渓谷",
    "スキー場",
    "キャンプ場",
    "駐車場",
    "プール",
    "コート",
    "校庭",
    "河川敷",
    "(?:役場|駅|庁舎|館|センター|校|店|集会所)前",
    "本部",
    "境内",
    "教会",
    "農園",
    "(?<!各)地区",
    "社務所",
    "登山口",
    "山頂",
    "海岸",
    "牧場",
    "通学路",
    "消防署",
    "保育所",
    "体育館",
    "温泉",
    "アトリエ",
    "カフェ",
    "集落",
    "跡地",
    "会議室",
    "ステージ",
)
ENGLISH_ENDS = (
    "library",
    "hall",
    "park",
    "station",
    "center",
    "centre",
    "museum",
    "school",
    "shrine",
    "temple",
    "square",
    "stadium",
    "gym",
    "theatre",
    "theater",
    "centre",
    "office",
    "museum",
    "cafe",
    "garden",
    "grounds",
    "district",
    "field",
    "pool",
    "arena",
    "plaza",
    "community center",
    "car park",
    "tea room",
    "room",
)
ROOMS = r"(?:(?<!教)室|ホール|広場|ロビー|講堂|武道場|道場|体育館|コーナー|校庭|駐車場|工房|ステージ|玄関|アリーナ|前|本館|別館)"
ROOM = rf"(?: ?\d{{1,2}}(?:階|f))?(?: ?(?:第?\d{{1,2}})?[^\s\0、。,()]{{0,12}}{ROOMS}\d{{0,3}})?"
IN_ROOM = re.compile(
    rf"(?P<room>(?: ?\d{{1,2}}(?:階|f))?(?: ?第?\d{{0,2}}[^\s\0、。,()でにを]{{0,12}}?{ROOMS}\d{{0,3}}| ?\d{{1,2}}(?:階|f)))(?=$|[\s\0、。,()/|・]|にて|で|に(?:て|集))"
)
ROUTE = re.compile(r"[^\s()（）]\s?[~〜～→]\s?[^\s()（）~〜～]")
ONLINE = re.compile(
    r"(?:[・、/＋+ 　]|および|及び|または|と)*(?:zoom|オンライン(?:配信)?|ｚｏｏｍ|teams|youtube)(?:[(（][^)）]*[)）])?(?:同時開催|配信)?",
    re.IGNORECASE,
)
UNKNOWN = re.compile(r"(?:会場|場所|開催地)は?(?:未定|調整中)")
LIKELY = re.compile(
    rf"(?<![^\s\0、。,/|(])[^\s\0、。,/|()@]{{0,28}}(?:{'|'.join(SUFFIXES)}){ROOM}(?=$|[\s\0、。,()/|]|にて|で(?:開催|行|実施|開|の|$|\s)|に(?:て|集))"
)
ENGLISH_END = re.compile(rf"\b(?:{'|'.join(ENGLISH_ENDS)})$")
ENGLISH_PART = re.compile(
    rf"[,.\n{BLANK}-] ?(?P<name>(?:the )?[a-z][a-z'’.-]{{0,24}}(?: [a-z0-9][a-z0-9'’.-]{{0,24}}){{0,6}})(?= ?(?:$|[,.;\n(|{BLANK}]))"
)
SAID = re.compile(
    r"(?:@ ?|於:? ?|会場は)(?P<marked>[^\s\0、。,]{2,40})|(?<![^\s\0、。])(?P<held>[^\s\0、。を]{2,30}?)(?:にて|で(?:開催|行い|実施|開き)|において)"
    r"|\b(?:at|in) (?P<english>(?:the )?(?!noon|midnight|\d)[a-z][\w'’ -]{1,60}?)(?=$|[,.;\n\0(]| on | from | for )"
)
