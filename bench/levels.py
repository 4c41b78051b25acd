"""Measure an assistant at a number of concurrent customers, and check what became of every conversation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.processes import ROOT, Assistant, say

WARM_UP = 3  # conversations before anything counts


def load(port: int, clients: int, seconds: float, first: int, prefix: str) -> dict[str, Any]:
    """Run the load generator in its own process; its result."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.load", "--port", str(port), "--clients", str(clients)]
    command += ["--seconds", str(seconds), "--first", str(first), "--prefix", prefix]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


class Measured:
    """One assistant's numbers, and the conversations that were finished on it."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.levels: dict[str, dict[str, Any]] = {}
        self.cpu_s, self.messages, self.next_number = 0.0, 0, 1
        self.finished: set[str] = set()
        self.problems: list[str] = []
        self.rss: dict[str, float] = {}

    def warm_up(self) -> None:
        for _ in range(WARM_UP):
            self._take(load(self.assistant.port, 1, 0.001, self.next_number, "warm"), "warm")

    def level(self, clients: int, seconds: float) -> None:
        cpu_before = self.assistant.cpu_s()
        result = load(self.assistant.port, clients, seconds, self.next_number, "bench")
        cpu = self.assistant.cpu_s() - cpu_before
        self._take(result, "bench")
        self.cpu_s, self.messages = self.cpu_s + cpu, self.messages + result["messages"]
        shown = {key: result[key] for key in ("msg_s", "p50_ms", "p95_ms", "p99_ms")}
        self.levels[str(clients)] = {**shown, "cpu_ms_per_message": round(cpu / max(1, result["messages"]) * 1000, 2)}
        self.rss = self.assistant.rss_mb()
        say(f"{self.assistant.name:8} {clients:3} clients: {self.levels[str(clients)]}")

    def _take(self, result: dict[str, Any], prefix: str) -> None:
        self.finished |= {f"{prefix}-{number}" for number in result["finished"]}
        self.next_number = max([self.next_number, *(number + 1 for number in result["finished"])])
        self.next_number += 100  # those that were given up after an error keep their numbers
        self.problems += result["errors"]
        if result["empty"]:
            self.problems.append(f"{result['empty']} messages got no reply")

    def report(self) -> dict[str, Any]:
        tickets = self.assistant.tickets()
        missing = [sender for sender in self.finished if tickets.get(sender, 0) == 0]
        doubled = [sender for sender in self.finished if tickets.get(sender, 0) > 1]
        for problem in self.problems[:5]:
            say(f"{self.assistant.name}: {problem}")
        return {
            "clients": self.levels,
            "cpu_ms_per_message": round(self.cpu_s / max(1, self.messages) * 1000, 2),
            "rss_mb": round(sum(self.rss.values()), 1),
            "rss_parts_mb": self.rss,
            "conversations": len(self.finished),
            "lost_tickets": len(missing),
            "double_tickets": len(doubled),
            "errors": len(self.problems),
        }


def machine() -> dict[str, Any]:
    """What else to know about a run: the cores, and how busy they were before it began."""
    return {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
