"""What is sent and shown of tariffs: one row of the file format (docs/tariffs.md), its id in the address."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ConfigDict, model_validator

from kefu.company.tariffs import PriceList, Tariff

_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_BODY: dict[str, Any] = {
    "city": "云江市",
    "service": "electricity",
    "customer_class": "resident",
    "name": "居民阶梯电价",
    "unit": "kWh",
    "accumulates": "month",
    "tiers": [{"upto": 200, "price": "0.5480"}, {"upto": 400, "price": "0.5980"}, {"price": "0.8480"}],
    "late_fee": {"per_day": "0.001"},
    "rounding": {"at": "line"},
    "valid_from": "2027-01-01",
    "source": "云江市发展改革委《关于调整居民阶梯电价的通知》（云发改价〔2026〕41号）",
    "confidence": "company",
    "checked_on": "2026-12-01",
}
TARIFF = {"id": "yj-elec-res", **_BODY, "valid_to": None, "origin": "api"}


class TariffBody(PriceList):
    """A whole row: what is left out is not kept from before. Prices are text or whole numbers, so that they are exact."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BODY]})

    @model_validator(mode="before")
    @classmethod
    def plain_texts(cls, given: Any) -> Any:
        """Control characters and halves of signs: databases and answers cannot hold them."""
        if any(_UNWRITABLE.search(text) for text in _texts(given)):
            raise ValueError("文字里不能有控制字符")
        return given


def _texts(given: Any) -> list[str]:
    if isinstance(given, dict):
        return [text for pair in given.items() for part in pair for text in _texts(part)]
    if isinstance(given, list):
        return [text for part in given for text in _texts(part)]
    return [given] if isinstance(given, str) else []


def show_tariff(row: Tariff, fed: set[tuple[str, str]]) -> dict[str, Any]:
    """As the files have it, with nothing that is the usual anyway; `valid_to` as it holds beside the id's other rows."""
    usual: dict[str, Any] = {"valid_to": None, "accumulates": row.accumulates, "tiers": [], "late_fee": None}
    shown = row.model_dump(mode="json", exclude_defaults=True)
    origin = "api" if (row.id, row.valid_from.isoformat()) in fed else "file"
    return {"id": row.id, **usual, **shown, "origin": origin}
