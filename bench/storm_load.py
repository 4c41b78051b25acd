"""The storm itself: every customer in real time on a connection of their own, and what they heard."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.client import Client
from bench.processes import say
from bench.storm_plan import Customer, Plan
from bench.storm_talks import Talk

PROBLEMS = (OSError, asyncio.IncompleteReadError, TimeoutError)
ONCE_MORE_S = 0.4  # between a message and its second delivery
PROGRESS_S, LOOK_S = 15.0, 1.0


@dataclass
class Sent:
    """One message: when (seconds after the start), how long until its replies; None: no answer came."""

    text: str
    at: float
    latency_s: float | None = None
    replies: list[str] = field(default_factory=list)
    recorded: bool = True

    @property
    def answered(self) -> bool:
        return self.latency_s is not None and bool(self.replies) and self.recorded


@dataclass
class Course:
    """What happened between a customer and the assistant. `repeats`: deliveries of a message that was there before."""

    customer: Customer
    messages: list[Sent] = field(default_factory=list)
    repeats: list[Sent] = field(default_factory=list)
    place_at: int | None = None
    finished: bool = False

    @property
    def placed(self) -> Sent | None:
        """The message that named the place, if it was answered."""
        if self.place_at is None or self.place_at >= len(self.messages):
            return None
        sent = self.messages[self.place_at]
        return sent if sent.answered else None


@dataclass
class Seen:
    """When an incident was first seen, and below which device it was believed to lie from when on."""

    number: str
    at: float
    areas: list[tuple[float, str]]


class Storm:
    """Runs a plan against the REST channel at `port`. `speed`: times as fast as life."""

    def __init__(self, plan: Plan, port: int, speed: float, seconds: float, grace_s: float, timeout_s: float) -> None:
        self._plan, self._port, self._speed = plan, port, speed
        self._limit_s, self._timeout_s = seconds / speed + grace_s, timeout_s
        self._pace = min(1.0, seconds / 600)  # a short storm's customers think and type faster
        self._began = 0.0
        self.courses = [Course(customer) for customer in plan.customers]
        self.seen: dict[str, Seen] = {}
        self.errors: list[str] = []
        self.took_s = 0.0

    def run(self, desk: httpx.AsyncClient | None) -> None:
        """Everything, until all have finished or time is up. `desk`: where incidents are watched."""
        gc.disable()  # no pauses of our own in what we measure
        try:
            asyncio.run(self._all(desk))
        finally:
            gc.enable()

    async def _all(self, desk: httpx.AsyncClient | None) -> None:
        self._began = time.perf_counter()
        around = [asyncio.create_task(self._progress())]
        if desk is not None:
            around.append(asyncio.create_task(self._watch(desk)))
        talks = [asyncio.create_task(self._customer(course)) for course in self.courses]
        _, left = await asyncio.wait(talks, timeout=self._limit_s)
        self.took_s = self._now()
        for task in (*left, *around):
            task.cancel()
        for outcome in await asyncio.gather(*talks, *around, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        if desk is not None:
            await self._look(desk)
            await desk.aclose()

    def _now(self) -> float:
        return time.perf_counter() - self._began

    # --- one customer ----------------------------------------------------------------------------------------------------
    async def _customer(self, course: Course) -> None:
        await asyncio.sleep(course.customer.at / self._speed)
        client, talk = Client(self._port, self._timeout_s), Talk(course.customer)
        text: str | None = talk.opening()
        try:
            while text is not None:
                sent = await self._turn(client, course, text)
                if course.place_at is None and talk.place_at is not None:
                    course.place_at = course.messages.index(sent)
                if not sent.answered:
                    return  # gives up
                await asyncio.sleep(talk.think_s() * self._pace / self._speed)
                text = talk.answer(sent.replies)
            course.finished = True
        finally:
            await client.close()

    async def _turn(self, client: Client, course: Course, text: str) -> Sent:
        """One message, sent in this customer's way if it is the first. What was heard last counts."""
        customer, number = course.customer, len(course.messages)
        if number == 0 and customer.twice:
            await self._beside(self._say(client, course, text, None, course.messages), course, text, None)
            return course.messages[-1]
        key = f"{customer.sender}-{number}"
        speaking = self._say(client, course, text, key, course.messages)
        if number == 0 and customer.repeated:
            await self._beside(speaking, course, text, key)
        else:
            await speaking
        return course.messages[number]

    async def _beside(self, speaking: Awaitable[None], course: Course, text: str, key: str | None) -> None:
        """The same once more, on another connection, while the first may still be under way."""
        other = Client(self._port, self._timeout_s)

        async def again() -> None:
            await asyncio.sleep(ONCE_MORE_S / self._speed)
            await self._say(other, course, text, key, course.repeats if key else course.messages)

        try:
            await asyncio.gather(speaking, again())
        finally:
            await other.close()

    async def _say(self, client: Client, course: Course, text: str, key: str | None, to: list[Sent]) -> None:
        sent = Sent(text, self._now())
        to.append(sent)
        try:
            replies = await client.say(course.customer.sender, text, key)
        except PROBLEMS as problem:
            self.errors.append(f"{type(problem).__name__}: {problem}")
            await client.close()
            return
        sent.latency_s = self._now() - sent.at
        await client.close()  # people think longer than a server keeps a silent connection
        sent.replies = [str(reply.get("text") or "") for reply in replies]
        sent.recorded = all((reply.get("custom") or {}).get("recorded", True) for reply in replies)

    # --- around them -----------------------------------------------------------------------------------------------------
    async def _progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            sent = [one for course in self.courses for one in course.messages]
            done = sum(course.finished for course in self.courses)
            late = [one.latency_s for one in sent if one.latency_s is not None and one.at > self._now() - PROGRESS_S]
            slowest = f"{max(late):.2f} s" if late else "-"
            say(
                f"storm    {self._now():4.0f} s: {len(sent)} messages, {sum(one.latency_s is None for one in sent)} "
                f"without answer, slowest {slowest}, {done} customers done, {len(self.seen)} incidents"
            )

    async def _watch(self, desk: httpx.AsyncClient) -> None:
        while True:
            await self._look(desk)
            await asyncio.sleep(LOOK_S)

    async def _look(self, desk: httpx.AsyncClient) -> None:
        """Which incidents there are now, and where."""
        answer = await desk.get("/api/incidents", params={"limit": 500})
        rows: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        for row in rows:
            now, area = self._now(), row["area_code"]
            seen = self.seen.setdefault(row["number"], Seen(row["number"], now, [(now, area)]))
            if seen.areas[-1][1] != area:
                seen.areas.append((now, area))
