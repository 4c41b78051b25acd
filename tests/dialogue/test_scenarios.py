"""Every scenario of scenarios/*.yml, as its customer would live it. samples.yml: the public samples, measurement only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dialogue.house import shown
from tests.dialogue.player import Player, Stage
from tests.dialogue.values import demo_values
from tests.support.server import Server

FOLDER = Path(__file__).parent / "scenarios"


def scenarios() -> list[Any]:
    """One pytest parameter a scenario, named by file and id."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        for scenario in yaml.safe_load(path.read_text(encoding="utf-8"))["scenarios"]:
            found.append(pytest.param(scenario, path.stem == "samples", id=f"{path.stem}-{scenario['id']}"))
    return found


@pytest.fixture(scope="module")
def stage(server: Server) -> Stage:
    return Stage(server)


@pytest.fixture(scope="module")
def values(server: Server) -> dict[str, str]:
    return demo_values(server)


@pytest.mark.parametrize(("scenario", "strict"), scenarios())
def test_scenario(stage: Stage, values: dict[str, str], scenario: dict[str, Any], strict: bool) -> None:
    player = Player(stage, scenario, values, f"scenario-{scenario['id']}", strict)
    problems = player.play()
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        pytest.fail(f"{scenario['title']}\n{listed}\n\n{shown(player.talk)}", pytrace=False)


def test_ids_are_unique() -> None:
    ids = [param.values[0]["id"] for param in scenarios()]
    assert len(ids) == len(set(ids))
