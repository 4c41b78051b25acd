"""What SQLite and PostgreSQL say differently: local days and hours, seconds, exact sums.

Shanghai has had no summer time since 1991: eight hours, always.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

MILLION = 1_000_000
CENT = Decimal("0.01")


class local_day(FunctionElement[str]):
    """ "2026-11-05": the day of a moment in Shanghai."""

    type = String()
    inherit_cache = True


class local_hour(FunctionElement[int]):
    """0 to 23 in Shanghai."""

    type = Integer()
    inherit_cache = True


class seconds(FunctionElement[int]):
    """Whole seconds since 1970."""

    type = BigInteger()
    inherit_cache = True


class millionths(FunctionElement[int]):
    """An exact number as a whole one: SQLite keeps it as text and would add floats."""

    type = BigInteger()
    inherit_cache = True


class after_bracket(FunctionElement[str]):
    """What stands after the first ）of a text, all of it where there is none."""

    type = String()
    inherit_cache = True


@compiles(after_bracket, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    label = _of(element, compiler, **kw)
    return f"substr({label}, instr({label}, '）') + 1)"


@compiles(after_bracket, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    label = _of(element, compiler, **kw)
    return f"substr({label}, strpos({label}, '）') + 1)"


def _of(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(local_day, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"strftime('%Y-%m-%d', {_of(element, compiler, **kw)}, '+8 hours')"


@compiles(local_day, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"to_char(timezone('Asia/Shanghai', {_of(element, compiler, **kw)}), 'YYYY-MM-DD')"


@compiles(local_hour, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(strftime('%H', {_of(element, compiler, **kw)}, '+8 hours') AS INTEGER)"


@compiles(local_hour, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(to_char(timezone('Asia/Shanghai', {_of(element, compiler, **kw)}), 'HH24') AS INTEGER)"


@compiles(seconds, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(strftime('%s', {_of(element, compiler, **kw)}) AS INTEGER)"


@compiles(seconds, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {_of(element, compiler, **kw)})) AS BIGINT)"


@compiles(millionths, "sqlite")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(round(CAST({_of(element, compiler, **kw)} AS REAL) * {MILLION}) AS INTEGER)"


@compiles(millionths, "postgresql")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(round({_of(element, compiler, **kw)} * {MILLION}) AS BIGINT)"


def total(column: Any) -> ColumnElement[Any]:
    """The exact sum of a column, to be read with `exact`; 0 of nothing."""
    return func.coalesce(func.sum(millionths(column)), 0)


def exact(found: Any) -> Decimal:
    """What `total` gave, in units again, to two places at least."""
    value = Decimal(int(found)) / MILLION
    short = value.quantize(CENT)
    return short if short == value else value.normalize()
