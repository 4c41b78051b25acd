"""A report as a workbook that can be printed: one sheet a table, with title, period, totals and notes.

Nothing in it is ever a formula: what begins with = + - @ stays text, also for programs that would run it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from kefu.clock import iso
from kefu.reports.parts import Column, Report, Row, Table

FORMATS = {
    "count": "#,##0", "percent": "0.00%", "yuan": "#,##0.00", "quantity": "#,##0.##", "price": "0.0000", "score": "0.00",
    "days": "0.0",
}  # fmt: skip
TITLE, HEAD, TOTAL = Font(bold=True, size=14), Font(bold=True), Font(bold=True)
FILL = PatternFill("solid", fgColor="E2F1EC")
LINE = Border(bottom=Side(style="thin"), top=Side(style="thin"))
HEADER_ROW = 4
WIDEST, NARROWEST = 42, 9
TOTALS = "合计"
_NOT_IN_A_NAME = re.compile(r"[\\/*?:\[\]']")


def workbook(report: Report, company: str) -> bytes:
    """The file. `company`: who it is of."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = _clean(report.title), _clean(company)
    for table in report.tables:
        _sheet(book, report, table, company)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def made_of(report: Report) -> str:
    """The period and what it is narrowed to, in words."""
    given = dict(report.parameters)
    since, until = given.pop("since", None), given.pop("until", None)
    period = [f"{since} 至 {until}"] if since else [given.pop("month")] if "month" in given else ["现在"]
    return "，".join([*period, *given.values()])


def _sheet(book: Any, report: Report, table: Table, company: str) -> None:
    sheet = book.create_sheet(_name(table.title, book.sheetnames))
    _write(sheet, 1, 1, f"{company} {report.title}", TITLE)
    _write(sheet, 2, 1, f"{table.title}（{made_of(report)}）", HEAD)
    _write(sheet, 3, 1, f"生成时间 {iso(report.generated_at)}")
    for place, column in enumerate(table.columns, 1):
        cell = _write(sheet, HEADER_ROW, place, column.title, HEAD)
        cell.fill, cell.border = FILL, LINE
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=_side(column))
    for number, row in enumerate(table.rows, HEADER_ROW + 1):
        _row(sheet, number, table.columns, row)
    below = HEADER_ROW + 1 + len(table.rows)
    if table.totals is not None:
        _row(sheet, below, table.columns, {table.columns[0].key: TOTALS} | table.totals, TOTAL)
        below += 1
    _notes(sheet, below + 1, len(table.columns), table.notes)
    _layout(sheet, table)


def _name(title: str, taken: Sequence[str]) -> str:
    """A sheet's name is short, unlike any other, and without some signs."""
    short = _NOT_IN_A_NAME.sub(" ", _clean(title))[:28]
    same = sum(name.startswith(short) for name in taken)
    return f"{short}{same + 1}" if same else short


def _clean(text: str) -> str:
    """Without the control characters that no workbook may hold."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def _write(sheet: Any, row: int, column: int, value: Any, font: Font | None = None) -> Any:
    cell = sheet.cell(row, column)
    cell.value = value = _clean(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type, cell.quotePrefix = "s", value.startswith(("=", "+", "-", "@"))
    if font is not None:
        cell.font = font
    return cell


def _row(sheet: Any, number: int, columns: Sequence[Column], row: Row, font: Font | None = None) -> None:
    for place, column in enumerate(columns, 1):
        value = row.get(column.key)
        if column.unit == "percent" and isinstance(value, Decimal):
            value /= 100
        cell = _write(sheet, number, place, value, font)
        cell.number_format = FORMATS.get(column.unit, "@") if not isinstance(value, str) else "@"
        cell.alignment = Alignment(horizontal=_side(column), vertical="center", wrap_text=column.unit == "text")
        if font is not None:
            cell.border = LINE


def _side(column: Column) -> str:
    return "left" if column.unit == "text" else "right"


def _notes(sheet: Any, first: int, width: int, notes: Sequence[str]) -> None:
    for number, note in enumerate(notes, first):
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=max(width, 2))
        cell = _write(sheet, number, 1, note)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        across = sum(_widths(sheet, width))
        sheet.row_dimensions[number].height = 15 * (1 + _wide(note) // max(int(across), 40))


def _widths(sheet: Any, columns: int) -> list[float]:
    """How wide each column has to be for what stands in it, heads on two lines at most."""
    found = []
    for place in range(1, columns + 1):
        head = -(-_wide(sheet.cell(HEADER_ROW, place).value) // 2)
        cells = (sheet.cell(row, place).value for row in range(HEADER_ROW + 1, sheet.max_row + 1))
        body = max((_wide(_printed(value)) for value in cells if value is not None and not _is_note(value)), default=0)
        found.append(float(min(max(head, body, NARROWEST) + 2, WIDEST)))
    return found


def _printed(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,.2f}"


def _is_note(value: Any) -> bool:
    return isinstance(value, str) and _wide(value) > WIDEST


def _wide(text: str | None) -> int:
    """In columns: a Chinese sign takes two."""
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text or "")


def _layout(sheet: Any, table: Table) -> None:
    for place, width in enumerate(_widths(sheet, len(table.columns)), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.row_dimensions[HEADER_ROW].height = 32
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 9, 1, 0  # A4
    sheet.page_setup.orientation = "landscape" if len(table.columns) > 6 else "portrait"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
