"""One running service shared by the tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def calm(request: pytest.FixtureRequest) -> None:
    """Reports of an outage end with their test, unless a module's fixture has written them for all of its tests."""
    if "server" in request.fixturenames and not request.node.get_closest_marker("keeps_reports"):
        request.getfixturevalue("server").calm()
