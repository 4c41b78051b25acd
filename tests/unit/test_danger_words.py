"""Who is hurt, what burns, and that everyone is safe: by the words alone."""

from __future__ import annotations

import pytest

from kefu.intake.danger_words import says_fire, says_hurt, says_safe
from kefu.nlu.normalise import normalise

HURT = [
    "我妈晕倒了怎么办？",
    "有人受伤",
    "孩子手烫着了",
    "没着火 但是老人晕过去了",
    "他被电到了",
    "还有人没出来",
    "老人还在屋里",
    "师傅掉进去了",
]
NOT_HURT = [
    "没人受伤",
    "没有人受伤",
    "有没有人受伤",
    "吓晕了要",
    "电线杆倒在路上",
    "电线掉进水里",
    "都没受伤",
    "目前没人员受伤",
    "会不会晕倒吗",
]
FIRE = ["着火了", "厨房起火了快来", "插座冒烟", "烟越来越大", "不好着火了", "没人管着火了"]
NO_FIRE = ["没着火", "没有冒烟也没有火花", "会着火吗", "没看到冒烟", "火冒三丈"]
SAFE = ["没人受伤", "都安全", "人没事", "我们都下楼了", "孩子抱出来了", "人都没事，都出来了", "没事了"]
NOT_SAFE = ["不安全", "感觉不太安全", "还没出来了", "老人晕了，其他人没事", "没电了", "人呢"]


@pytest.mark.parametrize(
    ("says", "texts", "wanted"),
    [
        (says_hurt, HURT, True),
        (says_hurt, NOT_HURT, False),
        (says_fire, FIRE, True),
        (says_fire, NO_FIRE, False),
        (says_safe, SAFE, True),
        (says_safe, NOT_SAFE, False),
    ],
    ids=["hurt", "not hurt", "fire", "no fire", "safe", "not safe"],
)
def test_by_the_words(says: object, texts: list[str], wanted: bool) -> None:
    assert [text for text in texts if says(normalise(text)) is not wanted] == []  # type: ignore[operator]
