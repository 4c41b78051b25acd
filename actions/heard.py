"""The customer's latest message, in the words the actions use."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import datetime
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker

from actions import words
from kefu.attachments.service import PHOTO_WORDS
from kefu.clock import clock
from kefu.nlu.normalise import normalise
from kefu.nlu.values import resolve_time

SMALL_TALK = (
    "greet",
    "goodbye",
    "thank",
    "chitchat",
    "bot_challenge",
    "repeat",
    "vent",
    "ask_capabilities",
    "out_of_scope",
)

NEARLY = 0.5
SURE = 0.5  # of an intent
_FIGURES = str.maketrans("一二三四", "1234")
PLAIN_TALK = ("greet", "goodbye", "thank", "bot_challenge", "repeat", "vent", "ask_capabilities")


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
        self.photos: list[str] = (message.get("metadata") or {}).get("attachments") or []

    @property
    def only_photo(self) -> bool:
        """A photo and not a word."""
        return bool(self.photos) and self.text == PHOTO_WORDS

    def likeliest(self, names: Container[str]) -> str:
        """The first of these intents in the ranking; "other" when none is in it."""
        return next((row["name"] for row in self.ranking if row["name"] in names), "other")

    def as_likely(self, name: str) -> bool:
        """This intent was nearly as likely as the one that was taken."""
        return any(row["name"] == name and row["confidence"] >= self.confidence * NEARLY for row in self.ranking)

    @property
    def choice_number(self) -> int | None:
        """The number of an offered choice: 2, 第二个, 选2; None when it is none."""
        number = words.CHOICE_NUMBER.match(self.plain.translate(_FIGURES))
        return int(number[1]) if number else None

    # --- values ------------------------------------------------------------------------------------------------------
    def values(self, entity: str) -> list[Any]:
        return [e["value"] for e in self._entities if e["entity"] == entity]

    def first(self, entity: str) -> Any | None:
        return next(iter(self.values(entity)), None)

    @property
    def has_values(self) -> bool:
        """Some datum was said, not only words (a service that is only implied is none)."""
        return any(e["entity"] != "danger" and not e.get("implied") for e in self._entities)

    @property
    def has_particulars(self) -> bool:
        """A place, a phone or a number of an account or a ticket was said."""
        return any(e["entity"] in ("address", "phone", "account_number", "ticket_number") for e in self._entities)

    @cached_property
    def address(self) -> dict[str, Any] | None:
        """The place the customer affirms (never one he denies)."""
        return next((a for a in self.values("address") if not a.get("negated")), None)

    @property
    def account_place(self) -> dict[str, Any] | None:
        """The place an account number stands for. Its address is never said back: a number is no proof."""
        number = self.first("account_number")
        return {"account_number": number, "text": f"户号{number}登记的地址"} if number else None

    @cached_property
    def services(self) -> list[str]:
        """The services meant, in order, each once; "不是停水，是停气" means gas alone."""
        meant: list[str] = []
        for entity in self._entities:
            before = self.plain[max(0, entity["start"] - 3) : entity["start"]]
            denied = "不是" in before or "没说" in before
            if entity["entity"] == "service" and not denied and entity["value"] not in meant:
                meant.append(entity["value"])
        return meant

    @property
    def service(self) -> str | None:
        return next(iter(self.services), None)

    @property
    def phone(self) -> str | None:
        return self.first("phone")

    @cached_property
    def since(self) -> dict[str, Any] | None:
        """A time that has passed: {"text", "at" (ISO 8601)}; None when no such time was said."""
        said = self._time
        if said is None:
            return None
        text = said["value"].get("text") or self.text[said["start"] : said["end"]]
        now = clock.now()
        span = resolve_time(text, now, prefer="past")
        if span is None or span[0] > now:
            return None
        return {"text": text, "at": _iso(span[0])}

    def times_from(self, start: int) -> list[str]:
        """The times said from this character on."""
        said = [e for e in self._entities if e["entity"] == "time" and e["start"] >= start]
        return [e["value"].get("text") or self.text[e["start"] : e["end"]] for e in said]

    @property
    def times(self) -> list[str]:
        """Every time said, as it was said."""
        return self.times_from(0)

    @property
    def any_time(self) -> str | None:
        """Some time as the customer put it, past or not."""
        return self.text[self._time["start"] : self._time["end"]] if self._time else None

    @cached_property
    def _time(self) -> dict[str, Any] | None:
        return next((e for e in self._entities if e["entity"] == "time"), None)

    # --- how it is meant ---------------------------------------------------------------------------------------------
    @cached_property
    def clauses(self) -> list[str]:
        return [part for part in words.CLAUSE.split(self.plain) if part]

    @property
    def yes(self) -> bool:
        """Yes in one of its clauses ("阳光花园5号楼，13812345678，对，没错"), and no in none."""
        if any(words.NO.match(part) for part in self.clauses):
            return False
        if any(sign in self.text for sign in words.THUMBS):
            return True
        surely = self.intent == "affirm" and not self.asks and not self.corrects
        return surely or any(words.YES.match(part) for part in self.clauses)

    @property
    def no(self) -> bool:
        return bool(words.NO.match(self.plain)) or (self.intent == "deny" and not words.YES.match(self.plain))

    @property
    def unknown(self) -> bool:
        return bool(words.UNKNOWN.search(self.plain))

    @property
    def declines(self) -> bool:
        if words.GIVES_UP.search(self.plain):
            return False
        return bool(words.DECLINE.search(self.plain)) or self.plain in ("不", "不了", "没", "没有")

    @property
    def gives_up(self) -> bool:
        return bool(words.GIVES_UP.search(self.plain))

    @property
    def cancels(self) -> bool:
        """The words themselves call it off; the classifier alone is not enough for that."""
        return bool(words.CANCELS.search(self.plain)) and not self.unknown

    @property
    def asks(self) -> bool:
        return bool(words.QUESTION.search(self.plain))

    @property
    def corrects(self) -> bool:
        """Something given before is taken back."""
        return self.intent == "correct" or bool(words.CORRECTS.search(self.plain))

    @property
    def connects(self) -> bool:
        """Something else is brought up: 对了, 另外, 顺便."""
        return bool(words.CONNECTS.match(self.plain))

    @property
    def elsewhere(self) -> bool:
        """The words point to a place that need not be the customer's own home."""
        return bool(words.ELSEWHERE.search(self.plain))

    @property
    def like_a_place(self) -> bool:
        """No address was recognised, but the words could show somebody the way."""
        talk = self.intent in (*PLAIN_TALK, "affirm", "deny", "cancel", "request_human")
        short = 2 <= len(self.plain) <= 60
        return short and not talk and not self.asks and not self.unknown and bool(words.PLACE.search(self.plain))

    @property
    def of_before(self) -> bool:
        """The time said may belong to something earlier ("昨天刚修过")."""
        return bool(words.OF_BEFORE.search(self.plain))

    @property
    def has_long_number(self) -> bool:
        return bool(words.LONG_NUMBER.search(self.plain))

    @property
    def wordless(self) -> bool:
        """Nothing but signs: emoji, question marks."""
        return not words.WORD.search(self.plain)

    @property
    def bare_data(self) -> bool:
        """A phone, an address, a time, and hardly a word beside."""
        return self.has_values and self.only_values

    @property
    def only_values(self) -> bool:
        """Little is left when recognised values are taken out: bare data, nothing to add to a description."""
        left = list(self.text)
        for entity in (e for e in self._entities if e["entity"] != "danger"):
            left[entity["start"] : entity["end"]] = " " * (entity["end"] - entity["start"])
        return len(re.sub(r"[\s，,。.！!、:：]|[我是的在家住电话手机地址]", "", "".join(left))) <= 2


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
