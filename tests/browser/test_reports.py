"""The reports page as a supervisor uses it: signing in, choosing, downloading, printing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import NewPage
from tests.browser.test_web_access import bad
from tests.support.server import Server


@pytest.fixture
def open_reports(open_chat: NewPage, server: Server) -> Callable[..., Page]:
    def make(username: str = "supervisor1", **options: object) -> Page:
        page = open_chat(url=f"{server.url}/reports", **options)
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(f"{username}-demo")
        page.get_by_role("button", name="登录").click()
        return page

    return make


def look(page: Page, report: str) -> None:
    page.get_by_label("报表", exact=True).select_option(label=report)
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#report h2")).to_contain_text(report)


def test_choose_look_download(open_reports: Callable[..., Page]) -> None:
    page = open_reports(width=1280, height=800)
    look(page, "销售月报")
    expect(page.get_by_role("heading", name="按档次")).to_be_visible()
    expect(page.get_by_role("table").first).to_contain_text("本月")
    with page.expect_download() as coming:
        page.get_by_role("button", name="下载 Excel").click()
    assert coming.value.suggested_filename.startswith("供水销售月报")
    book = openpyxl.load_workbook(BytesIO(Path(coming.value.path()).read_bytes()))
    assert "供水销售月报" in book.worksheets[0]["A1"].value
    page.reload()  # this tab stays signed in, and the address says what was shown
    expect(page.get_by_label("报表", exact=True)).to_have_value("sales")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("用户名")).to_be_focused()


def test_an_agent_is_told_why_not(open_reports: Callable[..., Page]) -> None:
    page = open_reports("agent1")
    expect(page.get_by_role("alert").first).to_contain_text("不能")
    expect(page.get_by_role("button", name="查看")).to_be_hidden()


def test_paper_has_the_report_and_nothing_else(open_reports: Callable[..., Page]) -> None:
    page = open_reports(width=1280, height=800)
    look(page, "收费月报")
    page.emulate_media(media="print")
    expect(page.locator(".company")).to_be_visible()
    expect(page.locator("#ask")).to_be_hidden()
    assert page.pdf(format="A4", prefer_css_page_size=True)[:4] == b"%PDF"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_axe_finds_nothing_serious(open_reports: Callable[..., Page], theme: str, size: str) -> None:
    page = open_reports(width=360, height=740, color_scheme=theme)
    if size == "large":
        page.get_by_role("button", name="大字").click()
    look(page, "收费月报")
    assert bad(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
