"""What the demo's drummer can play: drum tablature, sixteen characters a bar.

One character is one stroke on a step of a sixteenth note; two-bar patterns have 32. In swung styles the third step of
a beat is left out: places 0, 1 and 3 are the three triplets. Sources: the common vocabulary of drum-set teaching
(backbeats, the jazz ride pattern, bossa nova and son clave, the half-time shuffle), written down for this project.

========= ==========================================================================
c o O     hi-hat closed, open, or whichever of the two the clip has chosen
r b       ride, ride bell
s x h l   snare, cross-stick, high tom, low tom, all by the left hand
g         ghost note, played or left out by the clip's taste
k K       kick; the capital is played or left out by the clip's taste
p         hi-hat pedal, played only while the right hand is on the ride
========= ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from gen_datasets.demo.feel import Style


@dataclass(frozen=True)
class Groove:
    """Alternative tabs for each limb; any of one goes with any of the others."""

    tempo: tuple[int, int]  # slowest and fastest, quarter notes a minute
    right: tuple[str, ...]
    left: tuple[str, ...]
    kick: tuple[str, ...]  # the right foot
    pedal: str = "----p-------p---"  # the left foot


GROOVES: dict[Style, tuple[Groove, ...]] = {
    "rock": (
        Groove(
            tempo=(92, 148),
            right=("c-c-c-c-c-c-c-c-", "c-c-c-c-c-c-c-O-", "o-o-o-o-o-o-o-o-", "r-r-r-r-r-r-r-r-", "b-r-b-r-b-r-b-r-"),
            left=("----s-------s---", "----s--g----s---", "----s-------s--g", "----s--g-g--s---"),
            kick=(
                "k-------k-------",
                "k-------k-k-----",
                "k-----k-k-------",
                "k-----k---k---K-",
                "k--k----k-k-----",
                "k-K-----k-k---K-",
            ),
        ),
        Groove(
            tempo=(124, 164),
            right=("c---c---c---c---", "o---o---o---o---", "r---r---r---r---"),
            left=("----s-------s---", "----s-------s-s-"),
            kick=("k---k---k---k---", "k-k-----k-k-----", "k-----k-k-----K-"),
        ),
    ),
    "funk": (
        Groove(
            tempo=(84, 106),
            right=("cccccccccccccccc", "ccccccccccccccOc", "cccccccOcccccccc", "c-ccc-ccc-ccc-cc"),
            left=("----s--g-g--s--g", "----s--g-gg-s---", "-g--s--g-g--s-g-", "----s--g-g-g--s-"),
            kick=("k-k---k---k-----", "k--k--k---k--K--", "k-k----k--k---K-", "k-----kk--k-----", "kK-k------k--k--"),
        ),
        Groove(
            tempo=(92, 118),
            right=("c-c-c-c-c-c-o-c-", "c-o-c-o-c-o-c-o-", "c-c-c-O-c-c-c-O-"),
            left=("----s--g-g--s---", "----s--g----s--g", "----s-------s---"),
            kick=("k--k----k-k-----", "k-------k--k--k-", "k---k---k---k---", "k-K---k---k--K--"),
        ),
    ),
    "swing": (
        Groove(
            tempo=(112, 208),
            right=("r---r--rr---r--r", "r---r--rr---r---", "r---r---r---r--r", "r--rr---r--rr---"),
            left=("-------g-------g", "---g-------g----", "------------x---", "-------g---s----", "---g---g----g---"),
            kick=("k---k---k---k---", "k-------K------K", "-------k--------", "K----------k----"),
        ),
        Groove(
            tempo=(112, 176),
            right=("o---c--oo---c--o", "o---c---o---c--o"),
            left=("-------g-------g", "------------x---", "---g--------g---"),
            kick=("k---k---k---k---", "k-------k-------"),
        ),
    ),
    "half-time": (
        Groove(
            tempo=(116, 164),
            right=("c-c-c-c-c-c-c-c-", "c---c---c---c---", "c-c-c-c-c-c-c-O-", "r-r-r-r-r-r-r-r-", "o---o---o---o---"),
            left=("--------s-------", "--------s--g---g", "---g----s-----g-", "--------s-g-----"),
            kick=("k---------k-----", "k-----k-------k-", "k--k----------K-", "k-k-------k--k--", "k-----K---k-----"),
            pedal="--------p-------",
        ),
    ),
    "latin": (
        Groove(  # bossa nova
            tempo=(112, 148),
            right=("c-c-c-c-c-c-c-c-", "r-r-r-r-r-r-r-r-"),
            left=("x-----x-----x-------x-----x-----", "----x-----x-----x-----x-----x---", "x-----x-----x---"),
            kick=("k-----k-k-----k-", "k-----k-k-------"),
        ),
        Groove(  # samba
            tempo=(88, 116),
            right=("c-ccc-ccc-ccc-cc", "r-rrr-rrr-rrr-rr", "cccccccccccccccc"),
            left=("x--x--x---x-x---", "--x-x---x--x--x-", "----g--g-g--g--g"),
            kick=("k--kk--kk--kk--k", "k--k----k--k----"),
        ),
        Groove(  # bell and toms over an anticipated bass
            tempo=(92, 124),
            right=("b---b---b---b---", "b-b-bb-bb-bb-b-b", "r-r-rr-rr-rr-r-r"),
            left=("----x-------h-h-", "----x-------h-l-", "x-----x-----x-------x---x-------"),
            kick=("------k-----k---", "k-----k---------", "------k-----K---"),
        ),
    ),
    "shuffle": (
        Groove(
            tempo=(88, 138),
            right=("c--cc--cc--cc--c", "r--rr--rr--rr--r", "c---c---c---c---", "c--cc--cc--cc--O"),
            left=("----s-------s---", "---gs--g---gs--g", "----s--g----s---"),
            kick=("k-------k--k----", "k---k---k---k---", "k--k----k--k----", "k------kk------K"),
        ),
        Groove(  # half-time
            tempo=(112, 156),
            right=("c--cc--cc--cc--c", "c--cc--cc--cc--O"),
            left=("-g---g--sg---g--", "-g---g--s----g--", "-----g--sg---g--"),
            kick=("k----------k----", "k------k---k----", "k--k-----------K"),
        ),
    ),
}

FILLS: dict[bool, tuple[str, ...]] = {
    False: ("xxxx", "x-xx", "xx-x", "x-x-", "xxx-", "xxkx", "xkkx", "b-b-", "x--b"),
    True: ("xx-x", "x--x", "xx-k", "x---", "xk-x", "b--b", "-x-x"),
}
"""One beat of a fill, straight and swung: ``x`` one hand, ``b`` both hands, ``k`` the kick."""

PATHS = (
    ("roll", "roll", "roll", "roll"),
    ("roll", "high", "mid", "low"),
    ("roll", "roll", "high", "low"),
    ("high", "high", "mid", "low"),
    ("roll", "mid", "roll", "low"),
    ("low", "low", "mid", "roll"),
)
"""Which drum each of the four beats of a fill is on."""

SWUNG: frozenset[Style] = frozenset({"swing", "shuffle"})
