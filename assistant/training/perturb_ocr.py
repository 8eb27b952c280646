"""How a character is misread: what looks alike, what is lost, what is added."""

from __future__ import annotations

import random
from collections.abc import Collection

_PAIRS = (
    "rn=m cl=d vv=w li=h ii=u nn=m ri=n in=m tl=d fi=h "
    "l=1 l=I 1=I l=i I=! O=0 o=0 S=5 s=5 B=8 Z=2 z=2 G=6 g=9 g=q b=6 D=O Q=O T=7 A=4 "
    "e=c a=o h=b t=f i=j u=v n=u n=h y=v k=x r=t w=v p=o f=t d=a c=o s=a x=k v=y E=F F=P C=G M=N H=N U=V V=Y K=X P=F "
    "R=B L=I J=I N=M W=V Y=V X=K 3=8 6=8 5=6 4=9 7=1 9=g 2=Z .=, ,=. ;=: :=; '=` -=_ "
    # Chinese characters of nearly the same strokes.
    "己=已 已=巳 未=末 日=曰 日=目 人=入 人=八 大=太 大=犬 土=士 干=千 千=于 天=夫 王=玉 主=王 木=本 本=木 由=田 "
    "田=甲 甲=申 东=车 贝=见 今=令 乌=鸟 午=牛 刀=力 力=九 儿=几 元=无 问=间 同=向 间=问 白=自 自=目 石=右 右=石 "
    "古=占 史=吏 令=今 免=兔 住=往 住=佳 待=侍 代=伐 戊=戌 市=巾 开=井 月=用 手=毛 小=少 水=永 氏=民 民=氏 平=乎 "
    "，=, 。=. ：=: ；=; 、=,"
)


def _table() -> dict[str, list[str]]:
    """What each character, or two of them, is taken for; alike is alike in both directions."""
    table: dict[str, list[str]] = {}
    for pair in _PAIRS.split():
        one, other = pair.split("=")
        for char, taken in ((one, other), (other, one)):
            if taken not in table.setdefault(char, []):
                table[char].append(taken)
    return table


CONFUSIONS = _table()
STRAY = "'`.,-|~^ "
"""Specks, and gaps inside of words."""


def misread(text: str, at: int, borders: Collection[int], rng: random.Random) -> tuple[int, int, str] | None:
    """One recognition error at ``text[at]`` as ``(start, end, new)``; None where there is none to make.

    Six of ten are confusions, where the character looks like another one; else one is lost or a speck is added. A space
    is lost, and its words are joined, unless it stands at one of ``borders``: of two names that are written as one, or
    of a name that grew into its neighbour, nobody can say where it begins.
    """
    char = text[at]
    if char.isspace():
        inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
        return (at, at + 1, "") if inside and at not in borders and at + 1 not in borders else None
    if rng.random() < 0.6:
        double = text[at : at + 2]
        wide = CONFUSIONS.get(double, []) if len(double) == 2 and at + 1 not in borders else []
        options = wide or CONFUSIONS.get(char, [])
        if options:
            return at, at + (2 if wide else 1), rng.choice(options)
    # The only character of a mention is never lost.
    if rng.random() < 0.5 and not (at in borders and at + 1 in borders):
        return at, at + 1, ""
    return at, at, rng.choice(STRAY)
