"""The customer's latest message, and what the dialogue stands at, in the words the actions use."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import datetime
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker

from kefu.clock import clock
from kefu.nlu.normalise import normalise
from kefu.nlu.values import resolve_time

_YES = re.compile(
    r"^(对|是的?|嗯|恩|好|行|可以|没错|没问题|确认|正确|ok|中[啊的]?$|要得|成$|成[,，。 ]|就这样|就是|可不|得嘞|同意|接着|继续|要[,，。]?$|要的|是滴|没毛病)"
)
_NO = re.compile(r"^(不$|不[是对行了好用要]|没有?[,，。]?$|错了?$|别|否|算了|先不|有误|no$)")
_UNKNOWN = re.compile(
    r"(不清楚|不知道|不晓得|没注意|记不[清得住]|忘了|不记得|说不[清好上]|搞不清|弄不清|不太清|没印象|不确定)"
)
_DECLINE = re.compile(r"(不用|不留|不方便|没有?电话|没手机|不想留|不给|不需要|不必|算了|别打|免了|不要回电|不说)")
_QUESTION = re.compile(
    r"([吗呢么嘛?？]|怎么|咋|啥时|几点|多久|多少|什么|为何|为什么|要不要|能不能|可不可以|是不是|谁|哪)"
)
_CORRECTS = re.compile(r"(不是|说错|搞错|弄错|写错|打错|记错|更正|改一下|应该是)")
_CLAUSE = re.compile(r"[\s，,。.！!；;、]+")
_ELSEWHERE = re.compile(
    r"(爸|妈|父母|老人家|爷|奶|姥|外婆|外公|岳|婆婆|公公|亲戚|朋友|邻居|单位|公司|店|厂|学校|幼儿园|租客|租户|别人|老家|路边|路上|马路|楼下|门口|小区里|对面|隔壁|旁边|街)"
)


class Heard:
    """One message with its recognised values."""

    def __init__(self, tracker: Tracker) -> None:
        message = tracker.latest_message or {}
        self.text: str = message.get("text") or ""
        self.plain = normalise(self.text).strip()
        intent = message.get("intent") or {}
        self.intent: str = intent.get("name") or "out_of_scope"
        self.confidence = float(intent.get("confidence") or 0.0)
        self.ranking: list[dict[str, Any]] = message.get("intent_ranking") or []
        self.also: list[dict[str, Any]] = message.get("also") or []
        self._entities: list[dict[str, Any]] = message.get("entities") or []

    def likeliest(self, names: Container[str]) -> str:
        """The first of these intents in the ranking; "other" when none is in it."""
        return next((row["name"] for row in self.ranking if row["name"] in names), "other")

    def values(self, entity: str) -> list[Any]:
        return [e["value"] for e in self._entities if e["entity"] == entity]

    def first(self, entity: str) -> Any | None:
        return next(iter(self.values(entity)), None)

    @property
    def has_values(self) -> bool:
        """Some datum was said, not only words."""
        return any(e["entity"] != "danger" for e in self._entities)

    @cached_property
    def address(self) -> dict[str, Any] | None:
        """The place the customer affirms (never one he denies)."""
        return next((a for a in self.values("address") if not a.get("negated")), None)

    @property
    def account_place(self) -> dict[str, Any] | None:
        """The place an account number stands for. Its address is never said back: a number is no proof."""
        number = self.first("account_number")
        return {"account_number": number, "text": f"户号{number}登记的地址"} if number else None

    @property
    def service(self) -> str | None:
        return self.first("service")

    @property
    def phone(self) -> str | None:
        return self.first("phone")

    @cached_property
    def since(self) -> dict[str, Any] | None:
        """A time that has passed: {"text", "at" (ISO 8601)}; None when no such time was said."""
        said = next((e for e in self._entities if e["entity"] == "time"), None)
        if said is None:
            return None
        text = said["value"].get("text") or self.text[said["start"] : said["end"]]
        now = clock.now()
        span = resolve_time(text, now, prefer="past")
        if span is None or span[0] > now:
            return None
        return {"text": text, "at": _iso(span[0])}

    @property
    def any_time(self) -> str | None:
        """Some time as the customer put it, past or not."""
        said = next((e for e in self._entities if e["entity"] == "time"), None)
        return self.text[said["start"] : said["end"]] if said else None

    @property
    def yes(self) -> bool:
        """Yes in one of its clauses ("阳光花园5号楼，13812345678，对，没错"), and no in none."""
        clauses = [part for part in _CLAUSE.split(self.plain) if part]
        if any(_NO.match(part) for part in clauses):
            return False
        return self.intent == "affirm" or any(_YES.match(part) for part in clauses)

    @property
    def no(self) -> bool:
        return bool(_NO.match(self.plain)) or (self.intent == "deny" and not _YES.match(self.plain))

    @property
    def unknown(self) -> bool:
        return bool(_UNKNOWN.search(self.plain))

    @property
    def declines(self) -> bool:
        return bool(_DECLINE.search(self.plain)) or self.plain in ("不", "不了", "没", "没有")

    @property
    def asks(self) -> bool:
        return bool(_QUESTION.search(self.plain))

    @property
    def corrects(self) -> bool:
        """Something given before is taken back."""
        return self.intent == "correct" or bool(_CORRECTS.search(self.plain))

    @property
    def elsewhere(self) -> bool:
        """The words point to a place that need not be the customer's own home."""
        return bool(_ELSEWHERE.search(self.plain))

    @property
    def only_values(self) -> bool:
        """Little is left when recognised values are taken out: bare data, nothing to add to a description."""
        left = list(self.text)
        for entity in self._entities:
            left[entity["start"] : entity["end"]] = " " * (entity["end"] - entity["start"])
        return len(re.sub(r"[\s，,。.！!、:：]|[我是的在家住电话手机地址]", "", "".join(left))) <= 2


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
