"""What a customer of the storm says: an opening, answers to what is asked, and what everybody wants to know."""

from __future__ import annotations

import random
import re

from bench.storm_plan import Customer
from bench.talks import phone

REPORTS = (
    "家里停电了", "停电了", "我家没电了", "突然黑灯了，一点电都没有", "我们这停电了怎么回事", "报修，家里断电了", "没电了",
    "你好，我们家停电了", "屋里全黑了，没电", "怎么又停电了", "家里一下子没电了", "电停了，灯都不亮",
    "刚刚打雷之后就停电了", "我要报停电",
)  # fmt: skip
MANY = ("整栋楼都停电了", "我们整个小区都没电了")
ALONE = (
    "就我家没电，邻居都有电",
    "我家停电了，楼上楼下都有电",
    "只有我们家没电",
    "家里跳闸了推不上去，没电，别家都亮着",
)
QUESTIONS = ("{place}停电了吗", "请问{place}是不是停电了", "{place}为什么停电", "{place}什么时候来电")
DANGERS = ("电线被风刮断了掉在地上，还在冒火花", "楼下变压器冒火了", "电线杆倒了，电线拖在地上", "配电箱冒烟起火了")
SINCE = ("刚停的", "几分钟前", "刚才打雷的时候", "就刚刚")
WHEN = ("什么时候来电", "什么时候能来电啊", "大概多久能修好", "几点能恢复")
MORE = ("什么原因停的电", "现在修得怎么样了", "还要等多久")
THANKS = ("好的谢谢", "知道了，谢谢", "好，辛苦了", "谢谢")
LEAST = 4  # messages of everyone
PATIENCE = 2  # times the same question is answered

# What a sentence asks for, and only a sentence that asks: the words people go by.
QUESTION = re.compile("[？?吗]|请.{0,4}(告诉|说|提供|留|发)|再发|请带|留个|直接说|说个|告诉我|回我一句")
ASKED = {
    "safe": "安全|受伤|没事吧|人都",
    "notify": "通知您|提醒您|告诉您|跟您说一声",
    "vulnerable": "老人|吸氧|呼吸机|婴儿|孩子|透析|病人",
    "scope": "邻居|整栋|整个小区|只有您家|别家|楼道",
    "which": "哪一处|哪一个|序号",
    "still": "回我一句",
    "address": "地址|小区|门牌|楼栋|位置|哪儿|哪里|在哪|哪栋|哪一户|几号楼|地方",
    "since": "什么时候开始|何时|时候|时间",
    "phone": "电话|手机|联系方式|号码|留个号",
    "service": "水电气热",
    "confirm": "对吗|是否提交|确认",
}


def asked_for(replies: list[str]) -> list[str]:
    """What these replies ask for, in the order of ASKED; a sentence counts for what it names first."""
    sentences = [s for reply in replies for s in re.split(r"(?<=[？?。！\n])", reply) if QUESTION.search(s)]
    found = {next((key for key, words in ASKED.items() if re.search(words, s)), "") for s in sentences}
    return [key for key in ASKED if key in found]


class Talk:
    """One customer's side. `place_at`: which of their messages, from 0, named the place."""

    def __init__(self, customer: Customer) -> None:
        self._customer, self._dice = customer, random.Random(customer.seed)
        self._answered: dict[str, int] = {}
        self._left = [self._dice.choice(WHEN)]
        self.said: list[str] = []
        self.place_at: int | None = None

    def opening(self) -> str:
        place = self._customer.told
        if self._customer.why == "asking":
            return self._say(self._dice.choice(QUESTIONS).format(place=place), place=True)
        words = {"danger": DANGERS, "isolated": (*ALONE, *REPORTS)}.get(self._customer.why, (*MANY, *REPORTS))
        text = self._dice.choice(words)
        return self._say(f"{place}，{text}", place=True) if self._customer.address_first else self._say(text)

    def answer(self, replies: list[str]) -> str | None:
        """The next message after these replies; None when everything is said."""
        asked = [key for key in asked_for(replies) if self._answered.get(key, 0) < PATIENCE]
        if asked:
            for key in asked:
                self._answered[key] = self._answered.get(key, 0) + 1
            return self._say("，".join(self._value(key) for key in asked), place="address" in asked)
        if self._left:
            return self._say(self._left.pop())
        if len(self.said) < LEAST - 1:
            return self._say(self._dice.choice(MORE))
        return None if self.said[-1] in THANKS else self._say(self._dice.choice(THANKS))

    def think_s(self) -> float:
        """Reading and typing, seconds."""
        return self._dice.uniform(3, 15)

    def _say(self, text: str, place: bool = False) -> str:
        if place and self.place_at is None:
            self.place_at = len(self.said)
        self.said.append(text)
        return text

    def _value(self, key: str) -> str:
        values = {
            "safe": "人都没事",
            "notify": "好",
            "vulnerable": "没有",
            "scope": "别人家都有电，就我家没电" if self._customer.why == "isolated" else "邻居也没电",
            "which": "1",
            "still": "停电了",
            "address": self._customer.told,
            "since": self._dice.choice(SINCE),
            "phone": phone(self._customer.index),
            "service": "电",
            "confirm": "对",
        }
        return values[key]
