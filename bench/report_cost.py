"""What a parse costs, component by component: CPU time around each node of Rasa's graph."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from kefu.engine.engine import Engine


class Cost(NamedTuple):
    component: str
    ms: float
    part: float


class Timers:
    """CPU seconds by component, over everything parsed since `watch`; "whole" is the parse itself."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.parses = 0

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return work(*arguments, **named)
            finally:
                self.seconds[name] += time.process_time() - started

        return timed

    def table(self) -> list[Cost]:
        """Milliseconds a parse, the dearest first; what is in no component (Rasa's graph, loops) is "the rest"."""
        whole, parses = self.seconds["whole"], max(1, self.parses)
        parts = {name: spent for name, spent in self.seconds.items() if name != "whole"}
        parts["the rest (graph, event loop)"] = whole - sum(parts.values())
        ordered = sorted(parts.items(), key=lambda one: -one[1])
        return [Cost(name, 1000 * spent / parses, spent / whole if whole else 0.0) for name, spent in ordered]

    def ms(self) -> float:
        return 1000 * self.seconds["whole"] / max(1, self.parses)


def watch(engine: Engine) -> Timers:
    """Puts timers into a loaded engine. They cost microseconds; a seam of Rasa's, which has no public one."""
    timers = Timers()
    processor = engine._agent.processor
    assert processor is not None
    nodes: dict[str, Any] = processor.graph_runner._instantiated_nodes  # type: ignore[attr-defined]
    for node in nodes.values():
        node._fn = timers.around(node._component_class.__name__, node._fn)
    parse = timers.around("whole", engine._parse)

    def counted(text: str) -> dict[str, Any]:
        timers.parses += 1
        found: dict[str, Any] = parse(text)
        return found

    engine._parse = counted  # type: ignore[method-assign]
    return timers
