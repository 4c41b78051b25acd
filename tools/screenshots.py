"""Pictures of the web chat: holds the conversations of tools/screenshots.yml with a demo service of its own.

`.venv/bin/python -m tools.screenshots [name …]` writes docs/screenshots/. Needs Chromium and a trained model.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.server import ROOT, Server

PLAN = ROOT / "tools" / "screenshots.yml"
FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000
ANSWER_MS = 30_000
NOON = "2026-12-09T10:20"  # people are on duty, it is heating season


def main(wanted: list[str]) -> int:
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is missing: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 2
    plan = [talk for talk in yaml.safe_load(PLAN.read_text(encoding="utf-8")) if not wanted or talk["name"] in wanted]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder)).start()
        server.reset(NOON)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            for talk in plan:
                hold(browser, server.url, talk)
        finally:
            browser.close()
            server.stop()
    return 0


def hold(browser: Browser, url: str, talk: dict[str, Any]) -> None:
    """One conversation, with a picture before anything unpictured can leave the window."""
    width, height = talk.get("viewport", [390, 844])
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=talk.get("theme", "light"),
        locale="zh-CN",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    if talk.get("size") == "large":
        page.get_by_role("button", name="大字").click()
    expect(page.get_by_role("button", name="发送")).to_be_enabled()
    number, pictured, series = 0, 0, "as" not in talk
    for text in talk["messages"]:
        say(page, str(text))
        if series and page.evaluate("document.querySelector('#lines').offsetHeight") - pictured > room(page) * 0.5:
            number += 1
            pictured = take(page, FOLDER / f"{talk['name']}-{number}.png")
    if not series:
        take(page, FOLDER / talk["as"])
    elif page.evaluate("document.querySelector('#lines').offsetHeight") > pictured:
        take(page, FOLDER / f"{talk['name']}-{number + 1}.png")
    context.close()


def room(page: Page) -> int:
    return int(page.evaluate("document.querySelector('#talk').clientHeight"))


def say(page: Page, text: str) -> None:
    """Say it and wait until the answer stands there."""
    known = page.locator("#lines .assistant").count()
    page.fill("#words", text)
    page.press("#words", "Enter")
    expect(page.locator("#lines .assistant").nth(known)).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#typing")).to_be_hidden()
    page.wait_for_timeout(300)


def take(page: Page, file: Path) -> int:
    """The window as it is, in few colours (a flat page loses nothing by it); how much of the talk has been pictured."""
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}  {size // 1024} KB")
    assert size <= LARGEST, f"{file.name} is larger than {LARGEST} bytes"
    return int(page.evaluate("document.querySelector('#lines').offsetHeight"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
