"""One launcher for all; a server of its own for each file, which its tests share and restart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.harness import FaultyServer, Launcher, serving


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    running = Launcher(tmp_path_factory.mktemp("launcher"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Environment of the file's server; a test file overrides it."""
    return {}


@pytest.fixture(scope="module")
def shared(
    launcher: Launcher, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultyServer]:
    yield from serving(launcher, tmp_path_factory.mktemp("faulty"), **settings)


@pytest.fixture
def faulty(shared: FaultyServer) -> Iterator[FaultyServer]:
    """The file's server, running and without faults."""
    if not shared.alive:
        shared.start()
    yield shared
    shared.heal()
