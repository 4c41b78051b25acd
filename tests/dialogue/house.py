"""House rules for every reply, whatever was asked: no internals, no invented crew or time, no blame, no loop."""

from __future__ import annotations

import re

MOST_TIMES_THE_SAME = 2
NEVER = {
    "an internal or English text": r"(?<![/A-Za-z])(?!privacy)[A-Za-z_]{4,}|[{}]",
    "nothing at all": r"^\s*$",
    "a crew that nobody sent": r"(师傅|抢修|维修|工作人员|检修|班组|队员|他们|人)[^。！？，\n]{0,6}(已经?|正在|马上就?)(出发|赶|派出|在路上|前往|到了)|正在赶(来|往|过)|马上就到|已(派人|出动)",
    "a repair time that nobody gave": r"(?<!交清后)(?<!交清欠费后)(?<!\d)(\d+|[一二两三四五六七八九十半几])\s*(个?小时|分钟|点钟?|天)[^。！？，；\n]{0,6}(修好|恢复|来电|来水|来气|通电|通水|供上)",
    "a reproach": r"您(怎么|为什么|为何)(不|没)|请不要(乱|重复|再)|您没(有)?说清|说清楚点|您理解错",
}


def broken_rules(reply: str) -> list[str]:
    """What this reply should never have said."""
    return [f"{rule}: {found.group()!r}" for rule, p in NEVER.items() if (found := re.search(p, reply, re.I))]


def loops(talk: list[tuple[str, str]]) -> list[str]:
    """The assistant said the very same more than twice running."""
    said = [text for who, text in talk if who == "assistant"]
    same, worst = 1, 1
    for before, now in zip(said, said[1:], strict=False):
        same = same + 1 if now == before else 1
        worst = max(worst, same)
    return [f"the same reply {worst} times running"] if worst > MOST_TIMES_THE_SAME else []


def shown(talk: list[tuple[str, str]]) -> str:
    """A talk to read in a failure message."""
    names = {"customer": "客", "assistant": "云"}
    return "\n".join(f"{names[who]}: {text}" for who, text in talk)
