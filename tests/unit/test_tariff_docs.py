"""docs/tariffs.md: every example gives the total written beside it; every field of the format is explained."""

from __future__ import annotations

import json
import re

import pytest

from kefu.billing.pricing.cases import answers
from kefu.billing.pricing.given import GivenAccount, GivenDebt, GivenUse
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.tariffs.parts import Charge, Household, Tier
from kefu.company.tariffs.rules import ColdBand, ColdRefund, LateFee
from kefu.settings import ROOT

PAGE = (ROOT / "docs" / "tariffs.md").read_text(encoding="utf-8")
TOTALS = dict(re.findall(r"^\|.*\| ([a-z0-9-]+) \| (-?[\d.]+) \|$", PAGE, re.MULTILINE))
EXAMPLES = re.findall(r"^(\{.*\})$", PAGE, re.MULTILINE)


def test_every_kind_of_bill_has_one_example() -> None:
    assert [json.loads(line)["id"] for line in EXAMPLES] == list(TOTALS)
    assert len(TOTALS) > 40


@pytest.mark.parametrize("line", EXAMPLES, ids=list(TOTALS))
def test_an_example_comes_to_what_is_written_beside_it(line: str) -> None:
    (answer,) = answers([line], TariffBook([]))
    assert answer.get("total") == TOTALS[json.loads(line)["id"]], answer


@pytest.mark.parametrize(
    "shape", [Tariff, Tier, Charge, Household, LateFee, ColdBand, ColdRefund, GivenUse, GivenDebt, GivenAccount]
)
def test_every_field_is_explained(shape: type) -> None:
    names = {field.alias or name for name, field in shape.model_fields.items()}  # type: ignore[attr-defined]
    explained = set(
        re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))))
    )
    assert names - explained == set()
