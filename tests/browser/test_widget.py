"""widget.js: the chat on someone else's page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.support.server import Server

Contexts = Callable[..., BrowserContext]
HOST = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>供电局</title><h1>供电局网站</h1><a href="#">一个链接</a>
<script src="{url}/widget.js" data-title="问小云" data-color="#123c7a" async></script></html>"""


@pytest.fixture(scope="module")
def site(server: Server) -> Iterator[str]:
    """Another origin, with a page that has the one script tag and a policy of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            policy = f"default-src 'none'; script-src {server.url}; frame-src {server.url}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(HOST.format(url=server.url).encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"  # another origin, the same site: its frame may store things
    running.shutdown()
    running.server_close()


def say(chat: FrameLocator, text: str) -> None:
    expect(chat.get_by_role("button", name="发送")).to_be_enabled()
    chat.get_by_label("您想说的话").fill(text)
    chat.get_by_label("您想说的话").press("Enter")


@pytest.fixture
def page(context_of: Contexts, site: str) -> Page:
    page = context_of(width=1280, height=800).new_page()
    page.goto(site)
    return page


def test_it_opens_with_the_keyboard_talks_and_closes_with_escape(page: Page) -> None:
    launch = page.get_by_role("button", name="问小云")
    expect(launch).to_have_attribute("aria-expanded", "false")
    launch.focus()
    page.keyboard.press("Enter")
    chat = page.frame_locator("iframe")
    expect(chat.get_by_label("您想说的话")).to_be_focused()
    expect(chat.get_by_role("button", name="发送")).to_be_enabled()
    page.keyboard.type("家里停电了")
    page.keyboard.press("Enter")
    expect(chat.locator("#lines .assistant .bubble", has_text="地址")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="问小云")).to_be_hidden()
    expect(launch).to_be_focused()


def test_it_stays_open_on_the_next_page_and_keeps_the_talk(page: Page) -> None:
    page.get_by_role("button", name="问小云").click()
    chat = page.frame_locator("iframe")
    say(chat, "你好")
    expect(chat.locator("#lines .assistant .bubble").first).to_be_visible()
    page.reload()
    expect(chat.locator("#lines .customer .bubble")).to_have_text("你好")
    expect(page.get_by_role("link", name="一个链接")).to_be_visible()


def test_where_the_browser_lets_a_foreign_frame_store_nothing_it_still_talks(context_of: Contexts, site: str) -> None:
    page = context_of().new_page()
    page.goto(site.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="问小云").click()
    chat = page.frame_locator("iframe")
    say(chat, "家里停电了")
    expect(chat.locator("#lines .assistant .bubble", has_text="地址")).to_be_visible()


def test_what_is_said_while_it_is_closed_is_counted(page: Page) -> None:
    launch = page.get_by_role("button", name="问小云")
    launch.click()
    chat = page.frame_locator("iframe")
    expect(chat.get_by_label("您想说的话")).to_be_focused()
    chat.get_by_label("您想说的话").fill("家里停电了")
    chat.locator("body").evaluate("document.getElementById('fold').click(); document.getElementById('send').click()")
    expect(launch.locator(".badge")).to_be_visible()
    assert "条新消息" in (launch.get_attribute("aria-label") or "")
    launch.click()
    expect(launch.locator(".badge")).to_be_hidden()


def test_it_leaves_nothing_behind_on_the_page(page: Page) -> None:
    expect(page.get_by_role("button", name="问小云")).to_be_visible()
    assert page.locator("body > [data-kefu-widget]").count() == 1
    before = page.evaluate("Object.keys(window).filter(name => /kefu|chat|widget/i.test(name))")
    assert before == []


def test_it_covers_a_phone_and_can_be_folded(context_of: Contexts, site: str) -> None:
    page = context_of(width=360, height=640).new_page()
    page.goto(site)
    page.get_by_role("button", name="问小云").click()
    box = page.get_by_role("dialog", name="问小云").bounding_box()
    assert box and (box["width"], box["height"]) == (360, 640)
    page.frame_locator("iframe").get_by_role("button", name="收起聊天窗口").click()
    expect(page.get_by_role("dialog", name="问小云")).to_be_hidden()
