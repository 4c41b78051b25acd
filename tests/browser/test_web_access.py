"""The web chat for those who do not see, or see badly: axe in every look, and what a screen reader is told."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chat import WORDS, NewPage, connected, say

SIZES = {"phone": (360, 740), "desktop": (1280, 800)}


def bad(page: Page) -> list[str]:
    """Serious and critical findings of axe, with where they are."""
    page.wait_for_timeout(400)  # what fades in has no contrast yet
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("screen", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_axe_finds_nothing_serious(open_chat: NewPage, screen: str, theme: str, size: str) -> None:
    width, height = SIZES[screen]
    page = open_chat(width=width, height=height, color_scheme=theme)
    if size == "large":
        page.get_by_role("button", name="大字").click()
    connected(page)
    assert bad(page) == [], "the first screen"
    say(page, "我要报修", "哪一项")
    page.context.set_offline(True)
    page.fill(WORDS, "你好")
    page.press(WORDS, "Enter")
    expect(page.get_by_role("status")).not_to_be_empty()
    assert bad(page) == [], "a talk, without a net"
    page.get_by_role("button", name="设置").click()
    assert bad(page) == [], "the settings"
    page.get_by_role("button", name="结束并清除本机记录").click()
    assert bad(page) == [], "the question before the end"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_privacy_page(open_chat: NewPage, theme: str) -> None:
    page = open_chat(color_scheme=theme)
    page.goto(page.url + "privacy")
    assert bad(page) == []


def test_a_screen_reader_hears_new_words_and_who_says_them(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "你好", "您好")
    log = page.get_by_role("log", name="对话")
    expect(log).to_have_attribute("aria-live", "polite")
    spoken = log.evaluate("e => [...e.querySelectorAll('.line')].map(line => line.textContent)")
    assert spoken[0].startswith("您说：你好") and all(line.startswith("小云 · 智能客服") for line in spoken[1:])


def test_a_history_is_not_read_out(open_chat: NewPage) -> None:
    page = open_chat()
    for _ in range(5):
        say(page, "你好", "您好")
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { const log = document.getElementById('talk'); new MutationObserver(() =>"
        " { window.quiet ??= log.getAttribute('aria-live') }).observe(document.getElementById('lines'), { childList: true }) })"
    )
    page.reload()
    expect(page.locator("#lines .line").first).to_be_visible()
    assert page.evaluate("window.quiet") == "off"
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_less_motion_when_asked_for(open_chat: NewPage) -> None:
    page = open_chat(reduced_motion="reduce")
    say(page, "你好", "您好")
    assert page.locator(".line").last.evaluate("e => getComputedStyle(e).animationName") == "none"
