"""A real Chromium on the real page. Without Chromium: a failure in CI, a loud skip elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chat import NewPage
from tests.support.server import Server

ABSENT = "Chromium is missing (apt-get install chromium fonts-noto-cjk): THE BROWSER TESTS ARE NOT RUN"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") == "true":
        pytest.fail(ABSENT)
    if program is None:
        pytest.skip(ABSENT)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def context_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers of different people: nothing is shared between two."""
    made: list[BrowserContext] = []

    def make(width: int = 390, height: int = 844, **options: Any) -> BrowserContext:
        made.append(browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **options))
        made[-1].set_default_timeout(20_000)
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def open_chat(context_of: Callable[..., BrowserContext], server: Server) -> Iterator[NewPage]:
    """The chat in a browser of its own, or as another tab of `context`. What the page complains of fails the test."""
    complaints: list[str] = []

    def make(context: BrowserContext | None = None, url: str = server.url, **options: Any) -> Page:
        page = (context or context_of(**options)).new_page()
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.goto(url)
        return page

    yield make
    assert complaints == []
