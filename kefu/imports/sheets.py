"""A CSV file as people save it: UTF-8 with or without BOM, GBK from a Chinese Excel, UTF-16; comma, tab or semicolon.

Every row keeps the line it began on. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_FULL_WIDTH |= {0x3000: 0x20, 0xA0: 0x20, 0xFEFF: None}  # type: ignore[dict-item]
_AS_TEXT = re.compile(r"""^=\s*"(.*)"$|^'(.*)$""", re.DOTALL)  # how people keep Excel from eating leading zeros
LONGEST_CELL = 100_000


@dataclass(frozen=True, order=True)
class Refused:
    """Why a row (or the file, line 1) cannot be taken."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class BadSheet(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


@dataclass
class Sheet:
    """`rows`: line and cells of every row that is not empty, as long as the header."""

    file: str
    header: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read_sheet(path: Path) -> Sheet:
    """Raises BadSheet when there is no header to go by."""
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise BadSheet(Refused(name, 0, f"打不开：{problem.strerror}")) from problem
    records = _records(name, _decoded(name, content))
    header = next(records, None)
    if header is None:
        raise BadSheet(Refused(name, 1, "文件是空的"))
    sheet = Sheet(name, header[1])
    for line, cells in records:
        width = len(sheet.header)
        if any(cells[width:]):
            sheet.refused.append(Refused(name, line, f"有{len(cells)}格，表头只有{width}列"))
        else:
            sheet.rows.append((line, [*cells[:width], *[""] * (width - len(cells))]))
    return sheet


def _decoded(name: str, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    problems = []
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as problem:
            problems.append(content.count(b"\n", 0, problem.start) + 1)
    raise BadSheet(Refused(name, problems[0], "既不是 UTF-8 也不是 GBK 编码的文字"))


def _records(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every record with anything in it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    comma = max(",\t;", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
    begins = 1
    try:
        for cells in reader:
            tidy = [_tidy(cell) for cell in cells]
            if any(tidy):
                yield begins, tidy
            begins = reader.line_num + 1
    except csv.Error as problem:
        raise BadSheet(Refused(name, begins, f"读不成表格：{problem}")) from problem


def _tidy(cell: str) -> str:
    """Full-width letters and digits made plain; what keeps a number text in Excel taken off. Zeros stay."""
    plain = cell.translate(_FULL_WIDTH).strip()
    kept = _AS_TEXT.match(plain)
    return (kept.group(1) or kept.group(2) or "").strip() if kept else plain


def title(text: str) -> str:
    """A column's heading as it is compared: 户 号*, ＡＲＥＡ＿ＣＯＤＥ."""
    return re.sub(r"[\s*_\-]|[（(].*?[）)]", "", unicodedata.normalize("NFKC", text)).lower()
