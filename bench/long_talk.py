"""A conversation of a thousand turns: does a turn cost more the longer one talks? A process of its own, JSON on stdout.

Several such conversations go side by side, turn by turn: more samples at each length, and no one's cache to itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Any

import psutil

from bench.client import Client
from bench.talks import long_cycle

# first and last turn of what is taken as turn 10, 200 and 1000: whole cycles of the same ten kinds of turns
WINDOWS = {"10": (6, 15), "200": (196, 205), "1000": (991, 1000)}


def texts(number: int) -> Any:
    """The customer's lines, without end."""
    cycle = 0
    while True:
        yield from long_cycle(number * 10_000 + cycle)
        cycle += 1


@dataclass
class Spent:
    """By turn: milliseconds of each conversation's turn, and the server's CPU seconds before it."""

    server: psutil.Process
    turns: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def cpu_now(self) -> float:
        times = self.server.cpu_times()
        return float(times.user + times.system)


async def talk(port: int, spent: Spent, conversations: int, turns: int) -> None:
    client = Client(port, 120)
    scripts = [islice(texts(number), turns) for number in range(conversations)]
    for turn, lines in enumerate(zip(*scripts, strict=True), 1):
        spent.cpu.append(spent.cpu_now())
        spent.turns.append([])
        for number, line in enumerate(lines):
            began = time.perf_counter()
            replies = await client.say(f"long-{number}", line)
            spent.turns[-1].append((time.perf_counter() - began) * 1000)
            if not replies:
                raise RuntimeError(f"no reply to turn {turn}: {line}")
        if turn % 100 == 0:
            print(f"  turn {turn}: {median(spent.turns[-1]):.1f} ms", file=sys.stderr, flush=True)
    spent.cpu.append(spent.cpu_now())


def summary(spent: Spent) -> dict[str, Any]:
    """Median wall time, and mean CPU time, which a busy machine blurs less."""
    shown: dict[str, Any] = {}
    for name, (first, last) in WINDOWS.items():
        window = [value for turn in spent.turns[first - 1 : last] for value in turn]
        if len(spent.turns) >= last:
            shown[f"turn_{name}_ms"] = round(median(window), 2)
            shown[f"turn_{name}_cpu_ms"] = round((spent.cpu[last] - spent.cpu[first - 1]) / len(window) * 1000, 2)
    for unit in ("ms", "cpu_ms"):
        if f"turn_1000_{unit}" in shown:
            ratio = shown[f"turn_1000_{unit}"] / shown[f"turn_10_{unit}"]
            shown["ratio_1000_to_10" if unit == "ms" else "cpu_ratio_1000_to_10"] = round(ratio, 2)
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="the server's process, whose CPU time is watched")
    parser.add_argument("--conversations", type=int, default=3)
    parser.add_argument("--turns", type=int, default=1000)
    given = parser.parse_args()
    spent = Spent(psutil.Process(given.pid))
    asyncio.run(talk(given.port, spent, given.conversations, given.turns))
    json.dump(summary(spent), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
