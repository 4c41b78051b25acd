"""Every scenario of scenarios/*.yml, as its customer would live it. samples.yml: the public samples, measurement only.

`phrasings`: other first messages of the same scenario; each is a test of its own, with -1, -2… behind the id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dialogue.house import shown
from tests.dialogue.player import Player, Stage
from tests.support.server import Server

FOLDER = Path(__file__).parent / "scenarios"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where the library has it: two workers read them all


def scenarios() -> list[Any]:
    """One pytest parameter a scenario, named by file and id."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        for written in yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)["scenarios"]:
            for scenario in phrased(written):
                found.append(pytest.param(scenario, path.stem == "samples", id=f"{path.stem}-{scenario['id']}"))
    return found


def phrased(scenario: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The scenario as written, and once more for every other way to begin it."""
    yield scenario
    first, *rest = scenario["turns"]
    for number, text in enumerate(scenario.get("phrasings", []), 1):
        yield {**scenario, "id": f"{scenario['id']}-{number}", "turns": [{**first, "say": text}, *rest]}


@pytest.fixture(scope="module")
def stage(server: Server) -> Stage:
    return Stage(server)


@pytest.mark.parametrize(("scenario", "strict"), scenarios())
def test_scenario(stage: Stage, scenario: dict[str, Any], strict: bool) -> None:
    player = Player(stage, scenario, f"scenario-{scenario['id']}", strict)
    problems = player.play()
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        pytest.fail(f"{scenario['title']}\n{listed}\n\n{shown(player.talk)}", pytrace=False)


def test_ids_are_unique() -> None:
    ids = [param.values[0]["id"] for param in scenarios()]
    assert len(ids) == len(set(ids))
