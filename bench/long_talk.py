"""A conversation of a thousand turns: does a turn cost more the longer one talks? A process of its own, JSON on stdout.

Several such conversations go side by side, turn by turn: more samples at each length, and no one's cache to itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from itertools import islice
from statistics import median
from typing import Any

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


async def talk(port: int, prefix: str, conversations: int, turns: int) -> list[list[float]]:
    """Milliseconds of every turn, by turn: `[turn - 1][conversation]`."""
    client = Client(port, 120)
    scripts = [islice(texts(number), turns) for number in range(conversations)]
    spent: list[list[float]] = []
    for turn, lines in enumerate(zip(*scripts, strict=True), 1):
        spent.append([])
        for number, line in enumerate(lines):
            began = time.perf_counter()
            replies = await client.say(f"{prefix}-{number}", line)
            spent[-1].append((time.perf_counter() - began) * 1000)
            if not replies:
                raise RuntimeError(f"no reply to turn {turn}: {line}")
        if turn % 100 == 0:
            print(f"  turn {turn}: {median(spent[-1]):.1f} ms", file=sys.stderr, flush=True)
    return spent


def summary(spent: list[list[float]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, (first, last) in WINDOWS.items():
        window = [value for turn in spent[first - 1 : last] for value in turn]
        if window:
            shown[f"turn_{name}_ms"] = round(median(window), 2)
    if "turn_1000_ms" in shown:
        shown["ratio_1000_to_10"] = round(shown["turn_1000_ms"] / shown["turn_10_ms"], 2)
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prefix", default="long")
    parser.add_argument("--conversations", type=int, default=3)
    parser.add_argument("--turns", type=int, default=1000)
    given = parser.parse_args()
    spent = asyncio.run(talk(given.port, given.prefix, given.conversations, given.turns))
    json.dump(summary(spent), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
