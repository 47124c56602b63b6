"""The scenes of the demo's pictures: one function for each, which draws from the farthest layer to the nearest."""

import math

from calendar_app.cli.demo.drawing import (
    LIT,
    PINK,
    RED,
    SNOW,
    TALL,
    Rng,
    blossom,
    disc,
    hills,
    mountain,
    scatter,
    sky,
    tree,
    weeping,
)


def samurai_street(rng: Rng) -> str:
    wall = '<rect y="640" width="1600" height="250" fill="#2b2628"/>' + "".join(
        f'<rect x="{x}" y="640" width="3" height="250" fill="#1c181a"/>' for x in range(0, 1600, 64)
    )
    roof = '<path d="M-20 640 L1620 640 L1620 604 L1590 588 L10 588 L-20 604Z" fill="#46413f"/><rect y="634" width="1600" height="10" fill="#5b5350"/>'
    road = '<rect y="890" width="1600" height="177" fill="#e9e1d8"/><rect y="890" width="1600" height="14" fill="#cfc4b8"/>'
    petals = scatter(rng, 260, (0, 900, 1600, 1060), (3, 8), PINK)
    return (
        sky("#cfe6f3", "#fdf3ee")
        + hills(rng, 560, 60, "#b9cdbf")
        + wall
        + roof
        + road
        + weeping(rng, 420, PINK)
        + weeping(rng, 1230, PINK)
        + petals
    )


def river(rng: Rng) -> str:
    trees = "".join(tree(rng, x, 820 + x % 3 * 8, 118, PINK, 26) for x in range(-60, 1700, 165))
    water = '<rect y="880" width="1600" height="187" fill="#8fc0d6"/>' + scatter(
        rng, 200, (0, 890, 1600, 1060), (2, 6), PINK
    )
    bank = '<path d="M0 835 Q800 795 1600 835 L1600 905 Q800 870 0 905Z" fill="#8db26e"/>'
    return (
        sky("#bfe0f2", "#fdf6f0")
        + mountain((1120, 230), 760, "#8fa9c2", "#fff")
        + hills(rng, 640, 50, "#a9c3a6")
        + bank
        + water
        + trees
    )


def night(rng: Rng) -> str:
    lamps = "".join(
        disc(x, 700, r, "#ffcf87", o) for x in (300, 800, 1300) for r, o in ((240, 0.1), (130, 0.16), (26, 0.95))
    )
    trees = "".join(tree(rng, x, 960, 165, LIT, 34) for x in (180, 620, 1050, 1480))
    return (
        sky("#10163a", "#37305e")
        + scatter(rng, 90, (0, 0, 1600, 420), (1, 2.6), ["#fff"])
        + hills(rng, 760, 50, "#1c2247")
        + lamps
        + trees
        + '<rect y="955" width="1600" height="112" fill="#1a1733"/>'
        + scatter(rng, 160, (0, 960, 1600, 1060), (2, 6), LIT)
    )


def flowers(rng: Rng) -> str:
    parts = []
    for _ in range(230):
        y = rng.uniform(600, 1060)
        x, s = rng.uniform(0, 1600), (y - 480) / 26
        parts.append(
            (
                y,
                f'<path d="M{x:.0f} {y:.0f} v{s * 2.6:.0f}" stroke="#5e7d4c" stroke-width="{s / 6:.1f}"/>'
                + "".join(
                    f'<ellipse cx="{x:.0f}" cy="{y - s:.0f}" rx="{s * 0.42:.1f}" ry="{s * 1.25:.1f}" fill="{rng.choice(["#b57bc9", "#9d63b8", "#c99ad8"])}" transform="rotate({a} {x:.0f} {y:.0f})"/>'
                    for a in (-64, -34, 0, 34, 64)
                ),
            )
        )
    trunks = "".join(
        f'<rect x="{x}" y="80" width="{w}" height="640" fill="#8d7a67" opacity=".8"/>'
        for x, w in ((120, 46), (420, 34), (760, 54), (1090, 36), (1400, 50))
    )
    return (
        sky("#eaf4e2", "#f7f8ea")
        + hills(rng, 420, 50, "#c8dcb4")
        + trunks
        + hills(rng, 620, 26, "#9cc07c")
        + "".join(part for _, part in sorted(parts))
    )


def lake(rng: Rng) -> str:
    waves = "".join(
        f'<path d="M{rng.uniform(-100, 1500):.0f} {y} h{rng.uniform(80, 380):.0f}" stroke="#fff" stroke-width="3" opacity=".35" stroke-linecap="round"/>'
        for y in range(690, 1060, 9)
    )
    boat = '<path d="M980 790 l150 0 -28 40 -96 0Z" fill="#fff"/><path d="M1050 785 v-120 l70 112Z" fill="#e2574c"/>'
    return (
        sky("#8ecbf0", "#f5fbff")
        + disc(1280, 210, 74, "#fff3c9")
        + mountain((560, 240), 820, "#6f95b8")
        + hills(rng, 600, 46, "#5f9a78")
        + hills(rng, 655, 22, "#3f7f63")
        + '<rect y="670" width="1600" height="397" fill="#1f7fb2"/>'
        + waves
        + boat
    )


def peak(rng: Rng) -> str:
    return (
        sky("#79bdec", "#eaf6fd")
        + mountain((820, 200), 900, "#6b8f83")
        + mountain((1250, 360), 640, "#7fa28c")
        + hills(rng, 760, 60, "#7db06a")
        + hills(rng, 870, 40, "#5d9a55")
        + scatter(rng, 420, (0, 880, 1600, 1060), (4, 12), ["#fff", "#fdd835", "#f48fb1", "#ba68c8", "#7cb342"])
    )


def floats(rng: Rng) -> str:
    cart = '<g fill="#2a1a20"><rect x="560" y="520" width="480" height="300" rx="10"/><path d="M500 525 L800 330 L1100 525Z"/><circle cx="640" cy="850" r="62"/><circle cx="960" cy="850" r="62"/></g><g fill="#d64b3f"><rect x="600" y="560" width="400" height="34"/><path d="M640 520 Q800 250 960 520 Q800 430 640 520Z"/></g>'
    lanterns = "".join(
        disc(x, y + 30 * math.sin(x / 90), r, "#ffb84d", o)
        for x in range(60, 1600, 118)
        for y in (210,)
        for r, o in ((60, 0.18), (27, 1))
    )
    row = "".join(disc(x, 640, r, "#ffd27a", o) for x in range(620, 1000, 72) for r, o in ((40, 0.22), (19, 1)))
    crowd = "".join(
        disc(x, rng.uniform(905, 960), 30, "#1c141d")
        + f'<rect x="{x - 34}" y="930" width="68" height="160" rx="26" fill="#1c141d"/>'
        for x in range(10, 1600, 62)
    )
    return (
        sky("#2a1e4d", "#c8553d")
        + hills(rng, 700, 40, "#3b2440")
        + cart
        + lanterns
        + row
        + '<rect y="905" width="1600" height="170" fill="#241a2a"/>'
        + crowd
    )


def gorge(rng: Rng) -> str:
    bridge = (
        '<path d="M180 520 Q800 640 1420 520" fill="none" stroke="#b8402f" stroke-width="12"/><path d="M180 570 Q800 690 1420 570" fill="none" stroke="#b8402f" stroke-width="8"/>'
        + "".join(
            f'<path d="M{x} {520 + 60 * math.sin((x - 180) / 1240 * 3.14):.0f} v50" stroke="#b8402f" stroke-width="5"/>'
            for x in range(200, 1420, 40)
        )
    )
    water = f'<path d="M660 640 Q760 760 560 880 Q440 980 500 {TALL} L1180 {TALL} Q1080 940 980 860 Q860 740 940 640Z" fill="#2aa6b0"/>'
    cliffs = f'<path d="M0 260 Q320 360 420 620 Q520 860 480 {TALL} L0 {TALL}Z" fill="#6f6257"/><path d="M1600 240 Q1240 360 1160 640 Q1080 860 1200 {TALL} L1600 {TALL}Z" fill="#64574e"/>'
    leaves = "".join(
        blossom(rng, x, y, 120, 60, RED)
        for x, y in [
            (60, 300),
            (200, 420),
            (300, 600),
            (90, 620),
            (250, 860),
            (80, 920),
            (1540, 300),
            (1390, 430),
            (1290, 640),
            (1500, 640),
            (1370, 880),
            (1540, 940),
        ]
    )
    return (
        sky("#cfe3ea", "#fbf1e2")
        + hills(rng, 470, 70, "#d98a4a")
        + hills(rng, 560, 50, "#b9572f")
        + cliffs
        + water
        + bridge
        + leaves
    )


def balloons(rng: Rng) -> str:
    parts = []
    for x, y, s in (
        (300, 330, 1.5),
        (720, 520, 1.1),
        (1180, 300, 1.7),
        (980, 720, 0.8),
        (500, 760, 0.7),
        (1420, 640, 0.9),
        (130, 640, 0.6),
    ):
        parts.append(
            disc(x, y, 210 * s, "#ffb45e", 0.14)
            + f'<path d="M{x - 80 * s} {y - 120 * s} q{80 * s} {-60 * s} {160 * s} 0 q{30 * s} {150 * s} {-30 * s} {270 * s} h{-100 * s} q{-60 * s} {-120 * s} {-30 * s} {-270 * s}Z" fill="#ffe2b0"/>'
            + disc(x, y + 120 * s, 40 * s, "#ff9a3c", 0.9)
        )
    return (
        sky("#0c1330", "#2b3763")
        + hills(rng, 880, 40, "#dfe7f3")
        + "".join(parts)
        + scatter(rng, 260, (0, 0, 1600, 1067), (1.5, 5), SNOW)
    )


def fire(rng: Rng) -> str:
    rings = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{r * 0.8:.0f}" fill="none" stroke="{c}" stroke-width="{w}" opacity="{o}"/>'
        for x, y, r in ((420, 560, 210), (1120, 540, 250), (790, 720, 130))
        for c, w, o in (("#ff7a1a", 60, 0.2), ("#ff9a2e", 26, 0.75), ("#ffe08a", 8, 1))
    )
    people = "".join(
        disc(x, y, 26, "#131320") + f'<rect x="{x - 30}" y="{y + 20}" width="60" height="150" rx="24" fill="#131320"/>'
        for x, y in ((420, 560), (1120, 540), (790, 720))
    )
    return (
        sky("#0a0f28", "#27284d")
        + hills(rng, 800, 26, "#c9d4e8")
        + rings
        + people
        + scatter(rng, 300, (250, 250, 1400, 900), (1.5, 4.5), ["#ffb14a", "#ff7a1a", "#ffe08a"])
    )


def snow(rng: Rng) -> str:
    firs = "".join(
        f'<path d="M{x} {y} l-{s} {s * 2.2:.0f} h{2 * s}Z M{x} {y + s * 0.8:.0f} l-{s * 1.3:.0f} {s * 2.4:.0f} h{2.6 * s:.0f}Z" fill="{c}"/>'
        for x, y, s, c in [
            (
                rng.uniform(0, 1600),
                rng.uniform(560, 720),
                rng.uniform(28, 66),
                rng.choice(["#5b7f86", "#6d929a", "#e8f1f6"]),
            )
            for _ in range(34)
        ]
    )
    return (
        sky("#a9d3ee", "#f4faff")
        + mountain((1080, 220), 800, "#b7cfe2", "#fff")
        + hills(rng, 620, 40, "#dce9f3")
        + firs
        + hills(rng, 860, 30, "#fff")
        + scatter(rng, 220, (0, 0, 1600, 1067), (2, 7), SNOW)
    )


def book(rng: Rng) -> str:
    pages = '<path d="M800 520 Q560 420 300 500 V860 Q560 780 800 880 Q1040 780 1300 860 V500 Q1040 420 800 520Z" fill="#fffdf6"/><path d="M800 520 V880" stroke="#e3d8c4" stroke-width="6"/><path d="M290 510 V880 Q560 800 800 905 Q1040 800 1310 880 V510" fill="none" stroke="#c9694f" stroke-width="22"/>'
    shapes = (
        disc(540, 620, 62, "#f6c453")
        + mountain((980, 560), 0, "#8bb8a3")
        + '<path d="M920 760 l90 -150 90 150Z" fill="#8bb8a3"/><path d="M1010 760 l70 -110 80 110Z" fill="#5f9a86"/>'
        + disc(470, 720, 40, "#ef8f8f")
        + disc(600, 740, 32, "#8fb7ef")
    )
    stars = scatter(rng, 34, (140, 80, 1460, 430), (8, 26), ["#f6c453", "#ef8f8f", "#8fb7ef", "#a7d3a6", "#d9b3e6"])
    return sky("#fdf1df", "#f8dcc4") + stars + pages + shapes


def town(rng: Rng) -> str:
    houses = "".join(
        f'<rect x="{x}" y="{y}" width="{w}" height="300" fill="{c}"/><path d="M{x - 16} {y} L{x + w / 2} {y - 62} L{x + w + 16} {y}Z" fill="#4d5666"/>'
        + "".join(
            f'<rect x="{x + 24 + 44 * n}" y="{y + 42}" width="24" height="34" fill="#fff6d8"/>'
            for n in range(int((w - 30) // 44))
        )
        for x, y, w, c in [
            (x, rng.uniform(680, 780), rng.uniform(120, 190), rng.choice(["#f2e9dd", "#e9d9c6", "#dfe5ea", "#f5efe6"]))
            for x in range(-20, 1600, 165)
        ]
    )
    return (
        sky("#bcdcf0", "#fff7ec")
        + mountain((420, 300), 620, "#9fb9d0", "#fff")
        + hills(rng, 620, 50, "#a7c39b")
        + hills(rng, 690, 30, "#7faa78")
        + houses
        + '<rect y="960" width="1600" height="107" fill="#c9bfae"/>'
        + "".join(tree(rng, x, 970, 72, ["#6fa35c", "#8bbb72", "#5b8f4d"], 14) for x in (140, 520, 900, 1290, 1540))
    )
