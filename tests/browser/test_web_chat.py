"""The web chat as people use it, in a real browser on a real service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import WORDS, NewPage, answers, connected, customer, delivered_once, overflow, say, texts
from tests.support.server import Server

Contexts = Callable[..., BrowserContext]


# --- sending -------------------------------------------------------------------------------------------------------------
def test_enter_sends_and_the_assistant_answers(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "家里停电了", "地址")
    delivered_once(page, "家里停电了")
    expect(page.locator(WORDS)).to_have_value("")
    expect(page.locator(WORDS)).to_be_focused()
    assert page.locator("#lines .assistant .name").first.inner_text() == "小云 · 智能客服"


def test_the_button_sends_and_shift_enter_breaks_the_line(open_chat: NewPage) -> None:
    page = open_chat()
    page.locator(WORDS).press_sequentially("你好")
    tall = page.locator(WORDS).bounding_box()
    page.press(WORDS, "Shift+Enter")
    page.locator(WORDS).press_sequentially("谢谢")
    grown = page.locator(WORDS).bounding_box()
    assert customer(page).count() == 0 and tall and grown and grown["height"] > tall["height"]
    page.get_by_role("button", name="发送").click()
    expect(customer(page)).to_have_text("你好\n谢谢")
    expect(answers(page).first).to_be_visible()


def test_enter_that_ends_composing_sends_nothing(open_chat: NewPage) -> None:
    page = open_chat()
    page.focus(WORDS)
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    page.dispatch_event(WORDS, "keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    page.dispatch_event(WORDS, "keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    assert customer(page).count() == 0
    keyboard.send("Input.insertText", {"text": "你好"})
    expect(page.locator(WORDS)).to_have_value("你好")
    page.press(WORDS, "Enter")
    expect(customer(page)).to_have_text("你好")


def test_an_empty_message_is_not_sent(open_chat: NewPage) -> None:
    page = open_chat()
    page.fill(WORDS, "  \n ")
    page.press(WORDS, "Enter")
    page.get_by_role("button", name="发送").click()
    assert customer(page).count() == 0


def test_a_start_chip_and_then_a_quick_reply_do_the_talking(open_chat: NewPage) -> None:
    page = open_chat()
    page.get_by_role("button", name="停电报修").click()
    expect(answers(page).filter(has_text="地址")).to_be_visible()
    page.get_by_role("button", name="报修", exact=True).click()
    expect(customer(page)).to_have_count(2)


def test_only_the_newest_quick_replies_can_be_pressed(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "我要报修", "哪一项")
    group = page.get_by_role("group", name="可以直接选")
    expect(group.get_by_role("button")).to_have_text(["电", "水", "燃气", "暖气"])
    group.get_by_role("button", name="电", exact=True).click()
    delivered_once(page, "电")
    expect(group).to_have_count(0)
    page.reload()
    expect(customer(page)).to_have_count(2)
    expect(group).to_have_count(0)


def test_what_the_customer_types_is_never_markup(open_chat: NewPage) -> None:
    page = open_chat()
    said = "<img src=x onerror=alert(1)> https://example.cn/a?b=1。 javascript:alert(1)"
    say(page, said)
    assert customer(page).first.inner_text() == said
    links = customer(page).first.locator("a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.cn/a?b=1")
    assert customer(page).first.locator("img").count() == 0


# --- staying -------------------------------------------------------------------------------------------------------------
def test_history_and_draft_survive_a_reload(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "你好", "您好")
    before = texts(page)
    page.fill(WORDS, "还没写完")
    page.reload()
    expect(page.locator("#lines .bubble")).to_have_count(len(before))
    assert texts(page) == before
    expect(page.locator(WORDS)).to_have_value("还没写完")


def test_two_tabs_show_the_same_talk_and_strangers_nothing(open_chat: NewPage, context_of: Contexts) -> None:
    mine = context_of()
    one = open_chat(mine)
    say(one, "你好", "您好")
    two, stranger = open_chat(mine), open_chat()
    expect(two.locator("#lines .bubble")).to_have_count(len(texts(one)))
    say(two, "家里停电了", "地址")
    delivered_once(one, "家里停电了")
    expect(one.locator("#lines .bubble")).to_have_count(len(texts(two)))
    assert texts(one) == texts(two)
    connected(stranger)
    assert stranger.locator(".bubble").count() == 0


def test_a_token_that_is_no_good_is_replaced_and_words_are_kept(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "你好", "您好")
    page.context.set_offline(True)
    page.fill(WORDS, "家里停电了")
    page.press(WORDS, "Enter")
    page.evaluate("localStorage.setItem('kefu.token', 'forged.token')")
    page.context.set_offline(False)
    expect(answers(page).filter(has_text="地址")).to_be_visible()
    delivered_once(page, "家里停电了")
    assert page.evaluate("localStorage.getItem('kefu.token')") != "forged.token"


def test_ending_the_talk_forgets_it_on_this_device(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "你好", "您好")
    token = page.evaluate("localStorage.getItem('kefu.token')")
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="结束并清除本机记录").click()
    page.get_by_role("button", name="取消").click()
    assert texts(page) and page.evaluate("localStorage.getItem('kefu.token')") == token
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="结束并清除本机记录").click()
    page.get_by_role("button", name="结束并清除", exact=True).click()
    expect(page.locator("#welcome")).to_be_visible()
    assert texts(page) == []
    page.reload()
    connected(page)
    assert texts(page) == [] and page.evaluate("localStorage.getItem('kefu.token')") != token


def test_without_storage_it_still_works(open_chat: NewPage, context_of: Contexts) -> None:
    blocked = context_of()
    blocked.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } })"
    )
    page = open_chat(blocked)
    say(page, "家里停电了", "地址")
    delivered_once(page, "家里停电了")


# --- losing the connection -----------------------------------------------------------------------------------------------
def test_what_is_said_offline_goes_out_once_the_net_is_back(open_chat: NewPage) -> None:
    page = open_chat()
    say(page, "你好", "您好")
    page.context.set_offline(True)
    expect(page.get_by_role("status")).to_have_text("没有网络，您的话会在连上后发出")
    page.fill(WORDS, "家里停电了")
    page.press(WORDS, "Enter")
    expect(customer(page).last).to_have_text("家里停电了")
    expect(page.get_by_text("等待发出")).to_be_visible()
    page.context.set_offline(False)
    expect(answers(page).filter(has_text="地址")).to_be_visible()
    delivered_once(page, "家里停电了")
    expect(page.get_by_role("status")).to_have_text("")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A service this test may stop."""
    running = Server(tmp_path).start()
    yield running
    running.stop()


def test_a_service_that_restarts_loses_and_doubles_nothing(open_chat: NewPage, own_server: Server) -> None:
    page = open_chat(url=own_server.url)
    say(page, "你好", "您好")
    own_server.stop()
    page.fill(WORDS, "家里停电了")
    page.press(WORDS, "Enter")
    expect(page.get_by_role("status")).to_have_text("正在重新连接…")
    own_server.start()
    expect(answers(page).filter(has_text="地址")).to_be_visible(timeout=40_000)
    delivered_once(page, "家里停电了")
    (talk,) = own_server.api("/api/conversations")["items"]
    said = own_server.api(f"/api/conversations/{talk['id']}/messages")["items"]
    assert [line["text"] for line in said if line["speaker"] == "customer"] == ["家里停电了", "你好"]


def test_unsent_words_survive_a_reload(open_chat: NewPage, own_server: Server) -> None:
    page = open_chat(url=own_server.url)
    connected(page)
    page.route("**/web/**", lambda route: route.abort() if "static" not in route.request.url else route.continue_())
    page.route_web_socket("**/web/socket", lambda socket: socket.close())
    page.reload()
    page.fill(WORDS, "家里停电了")
    page.press(WORDS, "Enter")
    page.reload()
    expect(customer(page)).to_have_text("家里停电了")
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(answers(page).filter(has_text="地址")).to_be_visible()
    delivered_once(page, "家里停电了")


def test_words_turned_away_are_marked_and_can_be_sent_again(open_chat: NewPage) -> None:
    page = open_chat()
    connected(page)
    for _ in range(21):
        page.fill(WORDS, "谢谢")
        page.press(WORDS, "Enter")
    failed = page.locator(".fate.failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("未送达")
    expect(page.locator("#pending .assistant .bubble")).to_contain_text("太快")
    expect(page.locator("#spoken")).to_contain_text("未送达：谢谢")
    page.wait_for_timeout(10_000)
    failed.get_by_role("button", name="重发").click()
    expect(failed).to_have_count(0)
    expect(page.locator("#lines .customer")).to_have_count(21)


def test_where_no_socket_gets_through_it_polls(open_chat: NewPage, context_of: Contexts) -> None:
    context = context_of()
    context.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 20); } close() {} }"
    )
    page = open_chat(context)
    say(page, "家里停电了", "地址")
    say(page, "阳光花园3号楼1单元502")
    delivered_once(page, "家里停电了")
    expect(page.get_by_role("status")).to_have_text("")


# --- looks ---------------------------------------------------------------------------------------------------------------
def test_large_type_and_dark_are_remembered(open_chat: NewPage) -> None:
    page = open_chat()
    small = page.locator(WORDS).evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_role("button", name="大字").click()
    page.get_by_role("button", name="设置").click()
    page.get_by_label("深色").check()
    page.get_by_role("button", name="完成").click()
    page.reload()
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    assert page.locator(WORDS).evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= small * 1.25
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < 60


def test_it_follows_the_system_into_the_dark(open_chat: NewPage) -> None:
    page = open_chat(color_scheme="dark")
    assert max(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor")))) < 60


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_nothing_is_wider_than_the_phone(open_chat: NewPage, width: int, size: str) -> None:
    page = open_chat(width=width, height=640, has_touch=True, is_mobile=True)
    if size == "large":
        page.get_by_role("button", name="大字").click()
    assert overflow(page) <= 0
    say(page, "我要报修", "哪一项")
    say(page, "https://example.cn/" + "a" * 120)
    assert overflow(page) <= 0
    page.get_by_role("button", name="设置").click()
    assert overflow(page) <= 0


def test_fingers_find_what_they_aim_at(open_chat: NewPage) -> None:
    page = open_chat(width=360, height=640, has_touch=True, is_mobile=True)
    say(page, "我要报修", "哪一项")
    for target in page.locator("button:visible, a.danger").all():
        box = target.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 40, target.inner_text()


# --- without a mouse -----------------------------------------------------------------------------------------------------
def test_the_whole_way_with_the_keyboard(open_chat: NewPage) -> None:
    page = open_chat(width=1280, height=800)
    expect(page.locator(WORDS)).to_be_focused()
    page.keyboard.type("我要报修")
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name="可以直接选")
    expect(group).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "暖气":
            break
    page.keyboard.press("Enter")
    delivered_once(page, "暖气")
    expect(page.locator(WORDS)).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "menu":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="设置")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="设置")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("96118")).first).to_be_focused()
