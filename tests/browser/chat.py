"""What a person does and sees in the web chat."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

WORDS = "#words"
NewPage = Callable[..., Page]


def customer(page: Page) -> Locator:
    """The customer's own bubbles, sent or not."""
    return page.locator(".customer .bubble")


def answers(page: Page) -> Locator:
    return page.locator("#lines .assistant .bubble")


def connected(page: Page) -> None:
    """The link is up: nothing is said about it, and the socket has welcomed us."""
    expect(page.locator("#state")).to_have_text("")
    while not page.evaluate(
        "localStorage.getItem('kefu.token')"
    ):  # `wait_for_function` evals, which our policy forbids
        page.wait_for_timeout(50)


def say(page: Page, text: str, answer: str = "") -> None:
    """Type, Enter, and wait for an answer that contains `answer`."""
    expect(page.get_by_role("button", name="发送")).to_be_enabled()
    known = answers(page).count()
    page.fill(WORDS, text)
    page.press(WORDS, "Enter")
    expect(customer(page).filter(has_text=re.compile(f"^{re.escape(text)}$")).last).to_be_visible()
    expect(answers(page).nth(known)).to_be_visible()
    if answer:
        expect(answers(page).filter(has_text=answer).last).to_be_visible()


def texts(page: Page) -> list[str]:
    return page.locator("#lines .bubble").all_inner_texts()


def delivered_once(page: Page, text: str) -> None:
    """In the transcript, and nowhere twice."""
    own = page.locator("#lines .customer .bubble", has_text=text)
    expect(own).to_have_count(1)
    expect(customer(page).filter(has_text=text)).to_have_count(1)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; the row of quick words scrolls by itself."""
    script = """() => {
      const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('#quick, .skip, .sr, .symbols'));
      return Math.max(document.documentElement.scrollWidth, ...wide.map(e => e.getBoundingClientRect().right))
        - document.documentElement.clientWidth; }"""
    return int(page.evaluate(script))
