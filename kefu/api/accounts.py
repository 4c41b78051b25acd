"""What is sent and shown of accounts and meters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from kefu.accounts.models import Account, Meter
from kefu.api.fields import (
    AccountNumber,
    Code40,
    Day,
    Given,
    Line30,
    Line40,
    Line60,
    Line80,
    Line200,
    Moment,
    Number,
    Phone,
    sample,
)
from kefu.api.shown import plain
from kefu.clock import iso
from kefu.company.data import Service
from kefu.network.moves import Track
from kefu.privacy.masking import mask_name, mask_phone

Part = Literal["district", "town", "village", "road", "road_number", "community", "building", "unit", "room", "detail"]
AccountStatus = Literal["active", "suspended", "cut_off", "closed"]
EXAMPLE = {
    "service": "electricity",
    "holder": "张三",
    "phone": "13800000000",
    "address": "临江区人民路66号阳光花园5号楼2单元501",
    "area_code": "E-S1-F1-T01",
    "tariff": "yj-elec-res",
}
METER = {"account_number": "1000012345", "kind": "smart", "digits": 6, "installed_on": "2020-05-01"}


class AccountBody(Given):
    """What is left out stays as it was; of a new account it gets the usual value."""

    model_config = sample(EXAMPLE)

    number: AccountNumber | None = Field(None, description="As in the address, if given at all")
    service: Service
    holder: Line80
    address: Line200
    phone: Phone | None = None
    customer_class: Line40 = "resident"
    tariff: Line60 | None = None
    address_parts: dict[Part, Line60] = Field({}, description="Left out: read from the address")
    area_code: Code40 | None = None
    valid_from: Moment | None = Field(None, description="From when area_code holds; left out: from now on")
    heated_area_m2: Annotated[Number, Field(ge=0)] | None = None
    household_size: int | None = Field(None, ge=0, le=200)
    prepaid: bool = False
    status: AccountStatus = Field("active", description="cut_off: for debts; suspended: at the customer's wish")
    cut_off_at: Moment | None = Field(None, description="With status cut_off; else now")
    low_income: bool = Field(False, description="低保 or 特困 on file")
    balance: Number = Field(0, validate_default=True, description="yuan")
    created_at: Moment | None = None


class NewAccount(AccountBody):
    model_config = sample({"number": "1000012345", **EXAMPLE})

    number: AccountNumber  # type: ignore[assignment]


class MeterBody(Given):
    model_config = sample(METER)

    account_number: AccountNumber
    kind: Line30
    digits: int = Field(5, ge=3, le=12)
    installed_on: Day | None = None
    removed_on: Day | None = None


def show_account(account: Account, sees_phones: bool, track: Track, at: datetime) -> dict[str, Any]:
    """Money and quantities as text, exact; holder, phone and hardship only for roles that may see them. `area_code`: at
    that moment; `coming`: where it moves after it."""
    same = "number service customer_class tariff address address_parts household_size prepaid status"
    coming = [{"valid_from": iso(since), "area_code": spot.parent} for since, spot in track.coming(at)]
    return {
        **{name: getattr(account, name) for name in same.split()},
        "area_code": track.at(at).parent,
        "coming": coming,
        "holder": account.holder if sees_phones else mask_name(account.holder),
        "phone": account.phone if sees_phones else mask_phone(account.phone),
        "heated_area_m2": plain(account.heated_area_m2),
        "cut_off_at": iso(account.cut_off_at),
        "low_income": account.low_income if sees_phones else None,
        "balance": plain(account.balance, 2),
        "created_at": iso(account.created_at),
    }


def show_meter(meter: Meter) -> dict[str, Any]:
    same = {name: getattr(meter, name) for name in ("account_number", "number", "kind", "digits")}
    days = {name: getattr(meter, name) for name in ("installed_on", "removed_on")}
    return {**same, **{name: day.isoformat() if day else None for name, day in days.items()}}


SHOWN = {
    "number": "1000012345",
    "customer_class": "resident",
    "address_parts": {"community": "阳光花园", "building": "5号楼"},
    "household_size": 3,
    "prepaid": False,
    "status": "active",
    **EXAMPLE,
    "coming": [{"valid_from": "2027-01-15T00:00:00+08:00", "area_code": "E-S1-F1-T02"}],
    "heated_area_m2": None,
    "cut_off_at": None,
    "low_income": False,
    "balance": "0.00",
    "created_at": "2020-05-01T10:00:00+08:00",
}
SHOWN_METER = {"number": "DM12345678", **METER, "removed_on": None}
