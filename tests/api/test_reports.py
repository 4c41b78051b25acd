"""Reports over HTTP: their shape, what they take, what they refuse, and the workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from kefu.clock import parse_local
from kefu.reports.parts import Report, Table, text, yuan
from kefu.reports.xlsx import workbook
from tests.support.desk import Desk

NAMES = ["volumes", "on-time", "backlog", "repeats", "satisfaction", "callbacks", "containment", "collections", "sales"]


def test_the_list_says_what_each_takes(desk: Desk) -> None:
    listed = desk.page("/api/reports")
    assert [row["name"] for row in listed] == NAMES
    assert all(row["title"] and row["about"] for row in listed)
    assert listed[0]["parameters"] == ["since", "until", "service", "kind", "desk", "unit"]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_has_the_same_shape(desk: Desk, name: str) -> None:
    report = desk.page(f"/api/reports/{name}", role="integration")
    assert report.keys() == {"name", "title", "parameters", "generated_at", "tables"}
    assert report["name"] == name and report["generated_at"].endswith("+08:00") and report["tables"]
    for table in report["tables"]:
        keys = [column["key"] for column in table["columns"]]
        assert len(set(keys)) == len(keys) > 1
        assert all(list(row) == keys for row in [*table["rows"], table["totals"] or dict.fromkeys(keys)])
        assert isinstance(table["notes"], list)
        assert all(isinstance(value, int | str | None) for row in table["rows"] for value in row.values())


def test_a_new_ticket_is_counted(desk: Desk, sender: str) -> None:
    def tickets() -> int:
        report = desk.page("/api/reports/volumes", kind="opinion")
        return int(report["tables"][0]["totals"]["tickets"])

    before = tickets()
    desk.leave_a_suggestion(sender)
    assert tickets() == before + 1


def test_a_talk_is_counted(desk: Desk, sender: str) -> None:
    """As still going on: nobody knows yet how it ends."""

    def going_on() -> int:
        rows = desk.page("/api/reports/containment")["tables"][0]["rows"]
        return int(next(row["n"] for row in rows if row["ending"].startswith("还在进行")))

    before = going_on()
    desk.server.text(sender, "居民电价多少钱一度")
    desk.server.text(sender, "谢谢")
    assert going_on() == before + 1


def test_money_is_exact_and_of_one_service(desk: Desk) -> None:
    report = desk.page("/api/reports/collections", month="2026-06", service="gas")
    assert report["parameters"] == {"month": "2026-06", "service": "gas"} and report["title"] == "燃气收费月报"
    received = next(table for table in report["tables"] if table["title"] == "实收")
    assert received["totals"]["amount"] is not None and "." in received["totals"]["amount"]


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("volumes", {"since": "2026-12-02", "until": "2026-12-01"}, "不能早于"),
        ("volumes", {"since": "2024-01-01", "until": "2026-12-01"}, "最多400天"),
        ("volumes", {"month": "2026-11"}, "没有参数 month"),
        ("volumes", {"since": "2026-13-01"}, "since"),
        ("volumes", {"service": "steam"}, "service"),
        ("volumes", {"colour": "red"}, "colour"),
        ("volumes", {"desk": "\x00"}, "desk"),
        ("volumes", {"format": "pdf"}, "format"),
        ("backlog", {"since": "2026-12-01"}, "没有参数 since"),
        ("sales", {"month": "2026-1"}, "month"),
        ("sales", {"kind": "fault"}, "没有参数 kind"),
        ("containment", {"service": "water"}, "没有参数 service"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, name: str, given: dict[str, str], reason: str) -> None:
    answer = desk.get(f"/api/reports/{name}", **given)
    assert answer.status_code == 422
    assert reason in str(answer.json())


def test_no_such_report(desk: Desk) -> None:
    answer = desk.get("/api/reports/profits")
    assert answer.status_code == 404 and "sales" in answer.json()["detail"]


# --- workbooks -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/reports/sales.xlsx", "/api/reports/sales?format=xlsx"])
def test_a_workbook_says_what_the_report_says(desk: Desk, path: str) -> None:
    given = {"month": "2026-06", "service": "electricity"}
    path, _, query = path.partition("?")
    answer = desk.get(path, **given, **dict([query.split("=")] if query else []))
    assert "attachment" in answer.headers["content-disposition"]
    assert "sales-2026-06-electricity.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.content))
    tables = desk.page("/api/reports/sales", **given)["tables"]
    assert len(book.worksheets) == len(tables)
    for sheet, table in zip(book.worksheets, tables, strict=True):
        assert "供电销售月报" in sheet["A1"].value and "2026-06" in sheet["A2"].value
        assert sheet.freeze_panes == "B5" and sheet.print_title_rows == "$4:$4" and sheet.page_setup.fitToWidth == 1
        head = [cell.value for cell in sheet[4]]
        assert head[: len(table["columns"])] == [column["title"] for column in table["columns"]]
        for number, row in enumerate(table["rows"], 5):
            for place, column in enumerate(table["columns"], 1):
                same(sheet.cell(number, place).value, row[column["key"]], column["unit"])


def same(cell: Any, shown: Any, unit: str) -> None:
    if unit == "text" or shown is None:
        assert (cell or None) == (shown or None)
    else:
        assert float(cell) * (100 if unit == "percent" else 1) == pytest.approx(float(shown))


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "a\x07b"])
def test_nothing_in_a_workbook_runs(evil: str) -> None:
    table = Table(evil + "/:", (text("who", evil), yuan("n", "元")), [{"who": evil, "n": None}], {"n": None}, (evil,))
    report = Report("x", evil, {"month": evil}, parse_local("2026-12-09T10:20"), [table, table])
    book = openpyxl.load_workbook(BytesIO(workbook(report, evil)))
    assert len(book.worksheets) == 2
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert cells and all(cell.data_type == "s" for cell in cells)
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[0] in "=+-@")


# --- the page ------------------------------------------------------------------------------------------------------------
def test_the_page_runs_nothing_foreign_and_is_framed_by_nobody_else(desk: Desk) -> None:
    answer = desk.http.get("/reports")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and "default-src 'self'" in policy and "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy and "style=" not in answer.text and "<script>" not in answer.text
    for name in ("reports.js", "reports.css"):
        assert desk.http.get(f"/web/static/{name}").status_code == 200
