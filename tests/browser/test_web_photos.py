"""Sending a photo from the web chat, by finger or keyboard, and seeing it again; and what is said when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import NewPage, answers, connected, customer, overflow, say
from tests.browser.test_web_access import bad
from tests.support.photos import photo
from tests.support.server import Server


@pytest.fixture
def big_photo(tmp_path: Path) -> Path:
    """What a phone takes: far larger than needed, stored lying, held upright."""
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(photo((4032, 3024), turned=True))
    return path


def choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="发照片").press("Enter")
    chooser.value.set_files(file)


def shown(page: Page) -> Locator:
    return page.locator("#lines .customer img")


def state(page: Page) -> Locator:
    return page.locator("#photo-state")


@pytest.mark.parametrize("size", ["normal", "large"])
def test_a_photo_is_sent_by_keyboard_at_phone_width_and_seen_again(
    open_chat: NewPage, big_photo: Path, size: str
) -> None:
    page = open_chat(width=360, height=740)
    if size == "large":
        page.get_by_role("button", name="大字").click()
    connected(page)
    page.focus("#words")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="发照片")).to_be_focused()
    with page.expect_request("**/web/photo") as sent:
        choose(page, big_photo)
    assert len(sent.value.post_data_buffer or b"") < big_photo.stat().st_size, "made small on the phone"
    expect(answers(page).filter(has_text="照片收到了")).to_be_visible()
    expect(shown(page)).to_have_count(1)
    expect(shown(page)).to_have_attribute("alt", "您发的照片")
    expect(state(page)).to_be_empty()
    size_shown = page.evaluate("[...document.images].map((image) => [image.naturalWidth, image.naturalHeight])")
    assert size_shown == [[1500, 2000]]
    expect(customer(page)).to_have_count(1)
    assert overflow(page) <= 0
    page.reload()
    expect(shown(page)).to_be_visible()
    assert bad(page) == []


def test_the_offered_answer_goes_on_from_the_photo(open_chat: NewPage, big_photo: Path) -> None:
    page = open_chat(width=390)
    choose(page, big_photo)
    page.get_by_role("group", name="可以直接选").get_by_role("button", name="报修").click()
    expect(answers(page).filter(has_text="哪一项")).to_be_visible()


def test_staff_and_nobody_else_can_open_it(open_chat: NewPage, server: Server, big_photo: Path) -> None:
    page, stranger = open_chat(), open_chat()
    choose(page, big_photo)
    expect(shown(page)).to_be_visible()
    for one in (page, stranger):
        say(one, "你好", "您好")
    expect(stranger.locator("#lines img")).to_have_count(0)


def test_a_file_that_is_no_photo_is_refused_in_words(open_chat: NewPage, tmp_path: Path) -> None:
    page, file = open_chat(), tmp_path / "a.jpg"
    file.write_bytes(b"no photo at all")
    choose(page, file)
    expect(state(page)).to_contain_text("不是照片")
    page.get_by_role("button", name="不发了").press("Enter")
    expect(state(page)).to_be_empty()
    expect(page.get_by_role("button", name="发照片")).to_be_focused()
    assert customer(page).count() == 0


def test_a_photo_lost_on_the_way_is_sent_again_on_request(open_chat: NewPage, big_photo: Path) -> None:
    page = open_chat()
    connected(page)
    page.route("**/web/photo", lambda route: route.abort())
    choose(page, big_photo)
    expect(state(page)).to_contain_text("照片没有发出去")
    assert bad(page) == []
    page.unroute("**/web/photo")
    page.get_by_role("button", name="重发照片").press("Enter")
    expect(shown(page)).to_have_count(1)
    expect(state(page)).to_be_empty()


def test_a_photo_under_way_can_be_called_off(open_chat: NewPage, big_photo: Path) -> None:
    page = open_chat()
    connected(page)
    page.route("**/web/photo", lambda route: None)  # never answered
    choose(page, big_photo)
    expect(page.get_by_role("progressbar", name="照片发送进度")).to_be_visible()
    page.get_by_role("button", name="不发了").click()
    expect(state(page)).to_be_empty()
    assert customer(page).count() == 0


def test_without_a_socket_it_goes_all_the_same(open_chat: NewPage, server: Server, big_photo: Path) -> None:
    page = open_chat(url="about:blank")
    page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 20); } close() {} }"
    )
    page.goto(server.url)
    choose(page, big_photo)
    expect(shown(page)).to_be_visible(timeout=30_000)
