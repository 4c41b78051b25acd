"""Kinds of input the API takes, each with its bounds. Texts carry no control characters: PostgreSQL would refuse them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, Union

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from kefu.clock import parse_local

_PLAIN = r"^[^\x00-\x1f\x7f]*$"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
MOST_AT_ONCE = 500
MOST_IN_BULK, BULK_BYTES = 5_000, 4 * 1024 * 1024  # where a list is written in a few statements

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=_PLAIN)]
Line20 = Annotated[Line, Field(max_length=20)]
Line30 = Annotated[Line, Field(max_length=30)]
Line40 = Annotated[Line, Field(max_length=40)]
Line60 = Annotated[Line, Field(max_length=60)]
Line80 = Annotated[Line, Field(max_length=80)]
Line120 = Annotated[Line, Field(max_length=120)]
Line200 = Annotated[Line, Field(max_length=200)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
Code40 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Code30 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,29}$")]
Code60 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$")]
AccountNumber = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{5,20}$"), Field(description="5 to 20 digits as text; leading zeros count")
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{1,27}[0-9]$")]
Period = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$"), Field(description="2026-10")]
RowId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Priority = Literal["low", "normal", "high", "emergency"]
Status = Literal["new", "assigned", "in_progress", "waiting", "resolved", "closed", "cancelled"]
Grade = Literal["ordinary", "serious", "critical"]


def _moment(given: Any) -> datetime:
    """ISO 8601; without an offset it is Shanghai time."""
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise ValueError("时间要写成 2026-12-09T10:20 或 2026-12-09T10:20:00+08:00")
    moment = parse_local(given)
    if not 1950 <= moment.year <= 2150:
        raise ValueError("年份要在 1950 到 2150 之间")
    return moment


def _day(given: Any) -> date:
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise ValueError("日期要写成 2026-12-09")
    day = date.fromisoformat(given)
    if not 1900 <= day.year <= 2150:
        raise ValueError("年份要在 1900 到 2150 之间")
    return day


def _decimal(given: Any) -> Any:
    """A number or its text, at most 12 digits before the point and 6 after; a float by its shortest text."""
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        raise ValueError('要写成数字，如 12.34 或 "12.34"')
    text = given if isinstance(given, str) else format(Decimal(str(given)), "f") if _small(given) else "?"
    if not _NUMBER.fullmatch(text):
        raise ValueError("数字最多12位整数、6位小数，不能是 NaN 或无穷大")
    return Decimal(text)


def _small(given: Any) -> bool:
    return bool(-(10**12) < given < 10**12)  # False for NaN, and before any text of a huge number is made


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601; no offset: Asia/Shanghai"}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d{1,12}(\.\d{1,6})?$"}],
            "description": "exact: at most 12 digits before the point and 6 after",
        }
    ),
]


class Given(BaseModel):
    """What somebody sends: unknown fields are refused, so that a slip of the pen is noticed."""

    model_config = ConfigDict(extra="forbid")


def sample(*examples: dict[str, Any]) -> ConfigDict:
    """For `model_config`: examples in the description of the API."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


T = TypeVar("T")
OneOrMany = Annotated[
    Union[Annotated[T, Tag("one")], Annotated[list[T], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("many")]],
    Discriminator(lambda given: "many" if isinstance(given, list) else "one"),
]
OneOrBulk = Annotated[
    Union[Annotated[T, Tag("one")], Annotated[list[T], Field(min_length=1, max_length=MOST_IN_BULK), Tag("many")]],
    Discriminator(lambda given: "many" if isinstance(given, list) else "one"),
]
