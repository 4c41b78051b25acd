"""The load generator, a process of its own: customers that talk until time is up and then finish what they began.

Prints one JSON object: what was measured while time ran, and which conversations were finished.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bench.client import Client
from bench.talks import outage


@dataclass
class Run:
    """One measurement: `latencies` in seconds of messages answered before the deadline."""

    port: int
    prefix: str
    seconds: float
    timeout_s: float
    latencies: list[float] = field(default_factory=list)
    messages: int = 0
    empty: int = 0
    finished: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    deadline: float = 0.0

    async def customer(self, numbers: count[int]) -> None:
        client = Client(self.port, self.timeout_s)
        while time.perf_counter() < self.deadline:
            number = next(numbers)
            try:
                await self._conversation(client, number)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as problem:
                self.errors.append(f"{type(problem).__name__}: {problem}")
                await client.close()
        await client.close()

    async def _conversation(self, client: Client, number: int) -> None:
        for text in outage(number):
            began = time.perf_counter()
            replies = await client.say(f"{self.prefix}-{number}", text)
            ended = time.perf_counter()
            self.messages += 1
            self.empty += not replies
            if ended <= self.deadline:
                self.latencies.append(ended - began)
        self.finished.append(number)

    async def all(self, clients: int, first: int) -> None:
        self.deadline = time.perf_counter() + self.seconds
        numbers = count(first)
        await asyncio.gather(*(self.customer(numbers) for _ in range(clients)))


def percentile(values: list[float], share: float) -> float:
    """Nearest rank of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


def summary(run: Run) -> dict[str, Any]:
    spent = sorted(run.latencies) or [float("nan")]
    return {
        "msg_s": round(len(run.latencies) / run.seconds, 2),
        **{f"p{p}_ms": round(percentile(spent, p / 100) * 1000, 1) for p in (50, 95, 99)},
        "messages": run.messages,
        "empty": run.empty,
        "finished": run.finished,
        "errors": run.errors,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("port", int), ("clients", int), ("seconds", float), ("first", int), ("prefix", str)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--timeout", type=float, default=120.0)
    given = parser.parse_args()
    run = Run(given.port, given.prefix, given.seconds, given.timeout)
    gc.disable()  # no pauses of our own in what we measure
    asyncio.run(run.all(given.clients, given.first))
    json.dump(summary(run), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
