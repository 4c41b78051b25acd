"""`kefu import`: files in, all of them or nothing; every refused row with its line and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kefu.db.session import Database
from kefu.feeding import ManyProblems
from kefu.imports.kinds import ACCOUNTS, KINDS, Column, Kind, Row, read_homes, unread
from kefu.imports.sheets import BadSheet, Refused, Sheet, read_sheet, title

Say = Callable[[str], None]
EVERY = 5_000  # rows between two words of progress
PATIENCE_S = 60.0  # nobody waits for an import as a customer waits for an answer


@dataclass
class Load:
    """What a file wants written. `new`, `there`: how many rows were which, once written; `unread`: lines of addresses
    by which no customer can be found."""

    file: str
    kind: Kind
    lines: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    new: int = 0
    there: int = 0
    unread: list[int] = field(default_factory=list)


@dataclass
class Outcome:
    loads: list[Load] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def import_files(database: Database, files: Sequence[Path], say: Say, dry: bool = False) -> Outcome:
    """Check and write. With anything in `refused` nothing was written; `dry`: never."""
    outcome = Outcome()
    for file in files:
        try:
            load, refused = _read(file, say)
        except BadSheet as problem:
            outcome.refused.append(problem.refused)
            continue
        outcome.loads.append(load)
        outcome.refused += refused
    outcome.loads.sort(key=lambda load: KINDS.index(load.kind))
    _write(database, outcome, say, dry)
    outcome.refused.sort()
    return outcome


# --- reading -------------------------------------------------------------------------------------------------------------
def _read(file: Path, say: Say) -> tuple[Load, list[Refused]]:
    """Raises BadSheet."""
    sheet = read_sheet(file)
    kind = _kind_of(file, sheet)
    columns = _columns(sheet, kind)
    load, refused = Load(sheet.file, kind), list(sheet.refused)
    seen: dict[tuple[Any, ...], int] = {}
    for count, (line, cells) in enumerate(sheet.rows, 1):
        try:
            row = _row(kind, columns, cells)
        except ValidationError as problem:
            reasons = "；".join(_why(kind, error) for error in problem.errors())
            refused.append(Refused(sheet.file, line, reasons))
            continue
        key = tuple(row.get(name) for name in kind.key)
        if key in seen:
            refused.append(Refused(sheet.file, line, f"{key[0]} 在第{seen[key]}行已经写过"))
            continue
        seen[key] = line
        load.lines.append(line)
        load.rows.append(row)
        if count % EVERY == 0:
            say(f"{sheet.file}: {count} of {len(sheet.rows)} rows read")
    return load, refused


def _kind_of(file: Path, sheet: Sheet) -> Kind:
    """By the name of the file, else by its headings."""
    stem = file.stem.lower()
    named = [kind for kind in KINDS if any(stem.startswith(name) for name in kind.files)]
    titles = {title(heading) for heading in sheet.header}
    fitting = [kind for kind in KINDS if all(titles & column.known() for column in kind.columns if column.must)]
    found = named if len(named) == 1 else fitting
    if len(found) != 1:
        names = "、".join(f"{kind.name}（{kind.label}）" for kind in KINDS)
        raise BadSheet(Refused(sheet.file, 1, f"看不出是哪一种文件：文件名以 {names} 开头，或用全必填的列"))
    return found[0]


def _columns(sheet: Sheet, kind: Kind) -> list[Column | None]:
    """The column behind each heading; None behind an empty one. Raises BadSheet."""
    by_title = {known: column for column in kind.columns for known in column.known()}
    columns = [by_title.get(title(heading)) for heading in sheet.header]
    wrong = [
        f"不认识的列“{heading}”"
        for heading, column in zip(sheet.header, columns, strict=True)
        if heading and not column
    ]
    fields = [column.field for column in columns if column]
    wrong += [f"列 {name} 写了两次" for name in sorted({name for name in fields if fields.count(name) > 1})]
    wrong += [f"缺少列 {_called(c)}" for c in kind.columns if c.must and c.field not in fields]
    if wrong:
        raise BadSheet(Refused(sheet.file, 1, "；".join(wrong)))
    return columns


def _row(kind: Kind, columns: list[Column | None], cells: list[str]) -> Row:
    """What is written of a row: as the API's body has it. Raises ValidationError."""
    given: Row = {
        column.field: column.value(cell) for column, cell in zip(columns, cells, strict=True) if column and cell
    }
    row = kind.body.model_validate(kind.shape(given)).model_dump(exclude_unset=True)
    return {**dict.fromkeys(kind.whole), **row}


def _called(column: Column) -> str:
    return f"{column.field}（{column.titles[0]}）" if column.titles else column.field


_REASONS = {
    "missing": "没有填",
    "string_too_long": "太长，最多{max_length}个字",
    "string_pattern_mismatch": "格式不对",
    "literal_error": "只能是 {expected}",
    "int_parsing": "要写成整数",
    "bool_parsing": "要写是或否",
    "greater_than_equal": "不能小于{ge}",
    "less_than_equal": "不能大于{le}",
    "value_error": "{error}",
}


def _why(kind: Kind, error: ErrorDetails) -> str:
    name = next((str(part) for part in reversed(error["loc"]) if isinstance(part, str)), "")
    column = next((column for column in kind.columns if column.field == name), None)
    reason = _REASONS[error["type"]].format(**error.get("ctx", {})) if error["type"] in _REASONS else error["msg"]
    given = error["input"]
    if name == "number" and isinstance(given, str) and "E+" in given.upper():
        reason = "表格软件把户号改成了科学记数：把这一列设为文本再导出"
    return f"{_called(column) if column else name}：{reason}"


# --- writing -------------------------------------------------------------------------------------------------------------
def _write(database: Database, outcome: Outcome, say: Say, dry: bool) -> None:
    """Even when rows are refused already the others of their file are tried, so that all that is wrong is told at once;
    not the files after it: where an area was refused, every account in it would be."""
    homes: dict[str, Row] = {}
    for load in outcome.loads:
        if load.kind is ACCOUNTS:
            say(f"{load.file}: reading {len(load.rows)} addresses")
            homes |= read_homes(load.rows)  # before anybody waits for the database
            load.unread = [line for line, row in zip(load.lines, load.rows, strict=True) if unread(row, homes)]
    with database.write(PATIENCE_S) as session:
        for load in outcome.loads:
            if {refused.file for refused in outcome.refused} - {load.file}:
                say(f"{load.file}: not checked further while another file is not in order")
                continue
            say(f"{load.file}: {'checking' if dry or outcome.refused else 'writing'} {len(load.rows)} {load.kind.name}")
            try:
                done = load.kind.write(session, load.rows, homes)
            except ManyProblems as problems:
                wrong = problems.problems.items()
                outcome.refused += [Refused(load.file, load.lines[place], str(problem)) for place, problem in wrong]
                continue
            load.new = sum(new for _, new in done)
            load.there = len(done) - load.new
        if dry or outcome.refused:
            session.rollback()


# --- telling -------------------------------------------------------------------------------------------------------------
def report(outcome: Outcome, dry: bool) -> str:
    """What was written, or why nothing was; then the addresses by which nobody can be found."""
    if outcome.refused:
        return "\n".join([*map(str, outcome.refused), f"{len(outcome.refused)} refused: nothing was written"])
    done = "would be new" if dry else "new"
    told = [f"{one.file}: {one.kind.name}: {one.new} {done}, {one.there} already there" for one in outcome.loads]
    for one in outcome.loads:
        if one.unread:
            lines = f"lines {spans(one.unread)}"
            told.append(
                f"{one.file}: no community or village in {len(one.unread)} of {len(one.rows)} addresses: {lines}"
            )
    return "\n".join(told)


def spans(lines: Iterable[int]) -> str:
    """2, 3, 4, 9 as 2–4, 9."""
    runs = [[line for _, line in run] for _, run in groupby(enumerate(sorted(lines)), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
