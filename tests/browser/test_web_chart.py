"""The chart in the web chat: seen, enlarged, read as numbers, by finger and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.chat import NewPage, overflow, say
from tests.browser.test_web_access import bad
from tests.support.server import ROOT, Server

PICTURE = ROOT / "docs" / "screenshots" / "bill-chart.png"
EXPLAINED = ROOT / "docs" / "screenshots" / "bill-explained.png"
NOON = "2026-12-09T10:20"
LARGEST = 150_000


def asked_for_chart(page: Page, server: Server) -> None:
    """Proves an account with tiers and asks; returns when the picture is there."""
    account = server.demo()["situations"]["tier_crossed"]
    say(page, "看用量图", "户号")
    say(page, f"{account['account_number']} {account['phone'][-4:]}", "近13个月用电量")
    expect(page.locator(".chart img")).to_be_visible()
    page.locator(".chart img").evaluate("image => image.decode()")
    page.wait_for_timeout(400)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "size"), [(390, "normal"), (360, "large")])
def test_it_is_seen_on_a_phone(open_chat: NewPage, server: Server, theme: str, width: int, size: str) -> None:
    server.reset(NOON)
    page = open_chat(width=width, color_scheme=theme, device_scale_factor=1)
    if size == "large":
        page.get_by_role("button", name="大字").click()
    asked_for_chart(page, server)
    box = page.locator(".chart img").bounding_box()
    assert box and box["width"] >= 320, "smaller than its type can be read"
    assert overflow(page) <= 0
    assert bad(page) == []
    if (theme, size) == ("light", "normal"):
        keep(page, PICTURE)


def test_an_explanation_is_read_on_a_phone(open_chat: NewPage, server: Server) -> None:
    """Both amounts, the parts on lines of their own, the sum, and what can be pressed next."""
    server.reset(NOON)
    page = open_chat(width=390, height=1000, device_scale_factor=1)
    account = server.demo()["situations"]["tier_crossed"]
    say(page, "上个月电费怎么翻倍了", "户号")
    say(page, f"{account['account_number']} {account['phone'][-4:]}", "合起来 129.12+16.00 = 145.12元")
    expect(page.get_by_role("button", name="看用量图")).to_be_visible()
    assert overflow(page) <= 0
    assert bad(page) == []
    page.wait_for_timeout(400)
    keep(page, EXPLAINED)


def keep(page: Page, file: Path) -> None:
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size <= LARGEST


def test_the_look_follows_the_visitor(open_chat: NewPage, server: Server, tmp_path: Path) -> None:
    """The chat's own dark switch reaches into the picture where the browser hands it on; the ground is its own anyway."""
    page = open_chat(color_scheme="dark")
    asked_for_chart(page, server)
    page.locator(".chart img").screenshot(path=tmp_path / "dark.png")
    with Image.open(tmp_path / "dark.png") as shown:
        assert shown.convert("RGB").getpixel((3, 120)) == (0x1B, 0x24, 0x22)


def test_the_numbers_are_there_by_keyboard(open_chat: NewPage, server: Server) -> None:
    page = open_chat()
    asked_for_chart(page, server)
    picture = page.get_by_role("link", name="柱状图")
    picture.focus()
    expect(picture).to_be_focused()
    assert picture.get_by_role("img").get_attribute("alt").startswith("近13个月用电量柱状图")  # type: ignore[union-attr]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    rows = page.locator(".chart li")
    expect(rows).to_have_count(13)
    expect(rows.last).to_be_visible()
    expect(rows.last).to_contain_text("2026年")
    assert bad(page) == []


def test_a_tap_opens_it_large(open_chat: NewPage, server: Server) -> None:
    page = open_chat()
    asked_for_chart(page, server)
    with page.context.expect_page() as opened:
        page.locator(".chart img").click()
    large = opened.value
    large.wait_for_load_state()
    assert large.evaluate("document.documentElement.tagName") == "svg"
    assert large.evaluate("document.documentElement.getBoundingClientRect().width") >= 380


def test_a_picture_that_is_gone_says_so(open_chat: NewPage, server: Server) -> None:
    page = open_chat()
    page.route("**/charts/*", lambda route: route.fulfill(status=404, body=""))
    account = server.demo()["situations"]["tier_crossed"]
    say(page, "看用量图", "户号")
    say(page, f"{account['account_number']} {account['phone'][-4:]}", "近13个月用电量")
    expect(page.locator(".chart")).to_contain_text("图片打不开了")
    expect(page.get_by_text("看数字")).to_be_visible()
