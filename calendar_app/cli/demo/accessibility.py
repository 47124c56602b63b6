"""The accessibility of the places and events of the demo city. It is invented, like the telephone numbers."""

from calendar_app.cli.demo.move_years import Record

BUILDING = {"wheelchair": True, "toilet": True, "parking": True, "dogs": True}
# The key is a part of the name; the first key that fits counts.
PLACES: dict[str, Record] = {
    "市民会館": {"facilities": BUILDING | {"ostomate": True, "loop": True, "nursing": True, "pram": True}},
    "庁舎": {
        "facilities": BUILDING | {"ostomate": True, "nursing": True},
        "facilities_note": "エレベーターがあります。",
    },
    "学習資料館": {"facilities": BUILDING | {"pram": True, "nursing": True, "quiet": True}},
    "健康管理センター": {"facilities": BUILDING | {"nursing": True, "pram": True}},
    "公民館": {"facilities": {"wheelchair": True, "toilet": True, "parking": True, "ostomate": False}},
    "開発センター": {"facilities": {"wheelchair": True, "toilet": True, "parking": True}},
    "伝承館": {"facilities": {"wheelchair": True, "toilet": True, "dogs": True}},
    "武家屋敷通り": {"facilities": {"wheelchair": True, "dogs": True, "pram": True, "parking": False}},
    "八合目": {"facilities": {"wheelchair": False, "toilet": False, "pram": False}},
}
OCCASIONS: dict[str, Record] = {
    "二十歳のつどい": {"facilities": {"signing": True, "captions": True, "childcare": True}},
    "サロンコンサート": {
        "facilities": {"signing": True, "childcare": True, "carers": True},
        "facilities_note": "託児は1歳から就学前まで。公民館 0187-00-0000",
    },
    "防災訓練": {"facilities": {"signing": True, "languages": True}},
    "こうりゅうかい": {"facilities": {"languages": True, "childcare": False}},
    "法律相談": {"facilities": {"signing": True}, "facilities_note": "手話通訳は予約のときにお申し出ください。"},
    "文化祭": {"facilities": {"braille": True}},
}


def of_place(name: str) -> Record:
    return next((answers for part, answers in PLACES.items() if part in name), {})


def of_occasion(title: str) -> Record:
    return next((answers for part, answers in OCCASIONS.items() if part in title), {})
