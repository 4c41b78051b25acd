"""`make bench-peer`: Kefu and a stock Rasa server with action server, level by level in turns, in one run.

`stock`: the tutorial's Chinese pipeline (DIET, TED). `lean`: the same stock server with Kefu's own config.yml.
Progress goes to stderr; the last line of stdout is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.levels import Measured, machine
from bench.processes import Assistant, Kefu, say
from bench.stock import Stock, trained

TARGETS = {
    "msg_s_32": (5.0, "at least"),
    "p99_32": (0.25, "at most"),
    "rss": (0.45, "at most"),
    "start": (0.35, "at most"),
}


def prepare(folder: Path, names: list[str]) -> list[Assistant]:
    """Kefu and its peers with trained models and databases that hold the demo city."""
    peers = [Stock(folder / name, name, trained(name)) for name in names]
    for peer in peers:
        peer.seed()
    kefu = Kefu(folder / "kefu")
    say(f"kefu     first start, with loading the demo city: {kefu.start()} s")
    kefu.stop()
    return [kefu, *peers]


def start_all(assistants: list[Assistant], times: int) -> dict[str, float]:
    """Everyone started, in turns, the last time to stay; each one's quickest start."""
    best: dict[str, float] = {}
    for round_ in range(times):
        for assistant in assistants:
            took = assistant.start()
            best[assistant.name] = min(took, best.get(assistant.name, took))
            say(f"{assistant.name:8} first answer after {took} s")
            if round_ < times - 1:
                assistant.stop()
    return best


def measure(assistants: list[Assistant], given: argparse.Namespace) -> dict[str, Any]:
    started = start_all(assistants, given.starts)
    measured = [Measured(assistant) for assistant in assistants]
    for one in measured:
        one.warm_up()
    for clients in given.clients:
        for one in measured:
            one.level(clients, given.seconds if one.assistant.name == "kefu" else given.peer_seconds)
    return {one.assistant.name: {"start_s": started[one.assistant.name], **one.report()} for one in measured}


def ratios(kefu: dict[str, Any], peer: dict[str, Any]) -> dict[str, float]:
    """Kefu's number over the peer's; at the highest level both have (32)."""
    highest = list(kefu["clients"])[-1]
    ours, theirs = kefu["clients"][highest], peer["clients"][highest]
    return {
        f"msg_s_{highest}": round(ours["msg_s"] / max(theirs["msg_s"], 0.01), 2),
        f"p99_{highest}": round(ours["p99_ms"] / theirs["p99_ms"], 3),
        "rss": round(kefu["rss_mb"] / peer["rss_mb"], 3),
        "start": round(kefu["start_s"] / peer["start_s"], 3),
        "cpu_ms_per_message": round(kefu["cpu_ms_per_message"] / peer["cpu_ms_per_message"], 3),
    }


def met(found: dict[str, float]) -> dict[str, bool]:
    """Which targets the ratios against the stock server meet."""
    return {
        name: found[name] >= value if which == "at least" else found[name] <= value
        for name, (value, which) in TARGETS.items()
        if name in found
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="length of each level on Kefu")
    parser.add_argument("--peer-seconds", type=float, default=45, help="length of each level on a peer")
    parser.add_argument("--starts", type=int, default=2, help="starts of each, of which the quickest counts")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--peers", nargs="*", default=["stock", "lean"], choices=["stock", "lean"])
    given = parser.parse_args()
    around = machine()
    with tempfile.TemporaryDirectory(prefix="kefu-peer-") as folder:
        assistants = prepare(Path(folder), given.peers)
        try:
            results = measure(assistants, given)
        finally:
            for assistant in assistants:
                assistant.stop()
    found = {name: ratios(results["kefu"], results[name]) for name in given.peers}
    result = {**results, "ratios": found.get("stock", {}), "targets_met": met(found.get("stock", {}))}
    print(json.dumps({**result, "ratios_lean": found.get("lean", {}), **around}))
    kefu = results["kefu"]
    return 1 if kefu["lost_tickets"] or kefu["double_tickets"] else 0


if __name__ == "__main__":
    sys.exit(main())
