"""What can be imported: each kind of file with its columns, headings in Chinese and English, and who checks and writes.

A row is checked by the same body as over the API (kefu/api/) and written by the same functions; here stands only what a
table has beside that: headings and words people write in cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from kefu.accounts.addresses import LONGEST_ADDRESS, read_address, understood
from kefu.accounts.feed import put_accounts
from kefu.api.accounts import NewAccount
from kefu.api.network import NewArea, NewPlace
from kefu.feeding import Rows
from kefu.imports.sheets import title
from kefu.network.areas.feed import put_areas
from kefu.network.feed import put_places

Row = dict[str, Any]
SERVICES = {
    "electricity": ("电", "供电", "电力", "用电"),
    "water": ("水", "供水", "自来水", "用水"),
    "gas": ("气", "供气", "燃气", "天然气", "用气"),
    "heat": ("热", "供热", "暖气", "供暖", "热力"),
}
CLASSES = {"urban": ("城区", "城市", "城镇"), "rural": ("农村", "乡村"), "remote": ("边远", "偏远")}
AREA_KINDS = {
    "station": ("变电站", "站"),
    "feeder": ("线路", "馈线"),
    "transformer": ("台区", "变压器", "配变"),
    "zone": ("供水分区", "分区"),
    "main": ("干管", "主管"),
    "regulator": ("调压站", "调压箱", "调压柜"),
    "riser": ("立管",),
    "plant": ("热源", "热源厂"),
    "exchange_station": ("换热站",),
    "branch": ("支线", "支管"),
}
STATUSES = {
    "active": ("正常", "在用"),
    "suspended": ("暂停", "报停"),
    "cut_off": ("欠费停供", "停供"),
    "closed": ("销户", "已销户"),
}
PLACES = {"community": ("小区",), "village": ("村", "村庄")}
YES_NO = {"true": ("是", "有", "y"), "false": ("否", "无", "n")}
PARTS = ("district", "town", "village", "road", "road_number", "community", "building", "unit", "room")


@dataclass(frozen=True)
class Column:
    """`titles`: headings besides the field's own name. `words`: what stands for which value."""

    field: str
    titles: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]] | None = None
    must: bool = False
    moment: bool = False

    def known(self) -> set[str]:
        return {title(name) for name in (self.field, *self.titles)}

    def value(self, cell: str) -> str:
        if self.words is not None:
            plain = unicodedata.normalize("NFKC", cell).lower()
            return next((value for value, words in self.words.items() if plain in (value, *words)), cell)
        return _iso(cell) if self.moment else cell


@dataclass(frozen=True)
class Kind:
    """`whole`: an empty cell of these says that there is none; of any other column it leaves what is there."""

    name: str
    label: str
    files: tuple[str, ...]
    columns: tuple[Column, ...]
    body: type[BaseModel]
    write: Callable[[Session, Rows, Mapping[str, Row]], list[tuple[Any, bool]]]
    shape: Callable[[Row], Row] = dict
    whole: tuple[str, ...] = ()
    key: tuple[str, ...] = ("code",)


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2}):(\d\d)(:\d\d)?)?", re.ASCII)


def _iso(cell: str) -> str:
    """2026/1/5 8:00 and 2026年1月5日 as ISO; anything else as it is."""
    found = _DATE.fullmatch(cell)
    if found is None:
        return cell
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{int(month):02d}-{int(day):02d}T{int(hour or 0):02d}:{minute or '00'}{second or ''}"


def _account(cells: Row) -> Row:
    """Parts of the address that have columns of their own stand above what is read from the line."""
    parts = {part: cells.pop(part) for part in PARTS if part in cells}
    if parts and len(cells.get("address", "")) <= LONGEST_ADDRESS:
        cells["address_parts"] = {**read_address(cells.get("address", "")), **parts}
    return cells


def _place(cells: Row) -> Row:
    if "aliases" in cells:
        cells["aliases"] = [alias for alias in re.split(r"[、;；|,，]\s*", cells["aliases"]) if alias]
    return cells


def read_homes(rows: Rows) -> dict[str, Row]:
    """The addresses of accounts, read."""
    return {row["address"]: read_address(row["address"]) for row in rows if "address_parts" not in row}


def unread(row: Mapping[str, Any], homes: Mapping[str, Row]) -> bool:
    """No customer can be found by this address."""
    return not understood(row.get("address_parts") or homes.get(row["address"], {}))


_CODE = Column("code", ("编码", "编号", "代码"), must=True)
_SERVICE = Column("service", ("服务", "类别", "服务类别", "专业"), SERVICES, must=True)
_SINCE = Column("valid_from", ("生效时间", "生效日期", "生效"), moment=True)
AREAS = Kind(
    "areas",
    "区域",
    ("areas", "area", "区域", "设备", "台区", "管网"),
    (
        _CODE,
        _SERVICE,
        Column("kind", ("类型", "设备类型"), AREA_KINDS, must=True),
        Column("name", ("名称", "区域名称", "设备名称"), must=True),
        Column("parent_code", ("parent", "上级", "上级编码", "上级区域"), must=True),
        Column("area_class", ("地区类别", "城乡"), CLASSES),
        _SINCE,
    ),
    NewArea,
    lambda session, rows, _: put_areas(session, rows),
    whole=("parent_code",),
    key=("code", "valid_from"),
)
PLACE_ROWS = Kind(
    "places",
    "小区和村",
    ("places", "place", "小区", "地点"),
    (
        _CODE,
        Column("name", ("名称", "小区名称"), must=True),
        Column("kind", ("类型",), PLACES),
        Column("district", ("区县", "所在区")),
        Column("road", ("道路", "路")),
        Column("road_number", ("门牌", "门牌号")),
        Column("aliases", ("别名", "又名", "俗称")),
    ),
    NewPlace,
    lambda session, rows, _: put_places(session, rows),
    shape=_place,
)
ACCOUNTS = Kind(
    "accounts",
    "户",
    ("accounts", "account", "户", "用户", "客户"),
    (
        Column("number", ("户号", "用户编号", "客户编号"), must=True),
        _SERVICE,
        Column("holder", ("户名", "姓名", "用户名称", "客户名称"), must=True),
        Column("address", ("地址", "用电地址", "用水地址", "用气地址", "用热地址"), must=True),
        Column("phone", ("电话", "手机", "手机号", "联系电话")),
        Column("area_code", ("area", "区域编码", "所属区域", "台区编码")),
        _SINCE,
        Column("customer_class", ("用户类别", "客户类别")),
        Column("tariff", ("价格", "电价", "资费")),
        Column("district", ("区县",)),
        Column("town", ("乡镇", "镇")),
        Column("village", ("村",)),
        Column("road", ("道路", "路")),
        Column("road_number", ("门牌", "门牌号")),
        Column("community", ("小区", "小区名称")),
        Column("building", ("楼栋", "楼号", "栋")),
        Column("unit", ("单元",)),
        Column("room", ("房号", "室")),
        Column("heated_area_m2", ("供热面积", "面积")),
        Column("household_size", ("人口", "家庭人口")),
        Column("prepaid", ("预付费",), YES_NO),
        Column("status", ("状态",), STATUSES),
        Column("cut_off_at", ("停供时间",), moment=True),
        Column("low_income", ("低保",), YES_NO),
        Column("balance", ("余额",)),
        Column("created_at", ("开户时间", "开户日期"), moment=True),
    ),
    NewAccount,
    put_accounts,
    shape=_account,
    key=("number", "valid_from"),
)
KINDS = (AREAS, PLACE_ROWS, ACCOUNTS)  # in the order they are written: an account may name an area of the same import
