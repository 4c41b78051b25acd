"""Cold rooms: the season, the city's rule, what a day would be worth, and how it is measured. Never a promise of money."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from actions.dialogue import Dialogue
from kefu.accounts.models import Account
from kefu.billing.cold import heating_season, refund_a_day, refund_bands
from kefu.clock import clock, day_name, local
from kefu.company.quality import HeatRule, plain_number

REFUND = re.compile(r"(退|赔|补)[^，,。；;]{0,6}(钱|费|款|多少|吗)|(钱|费)[^，,。；;]{0,4}(退|赔)")
MEASURED = re.compile(
    r"(怎么|咋|如何|怎样)[^，,。；;]{0,3}(量|测)|(量|测)[^，,。；;电水气]{0,5}(怎么|咋|如何|哪[儿里])"
)
# The room's temperature as the ticket holds it: 室温：16℃, 室温：约16℃（“十六七度”）.
_NOTED = re.compile(r"室温：约?(-?\d+(?:\.\d+)?)℃")


def out_of_season(talk: Dialogue) -> tuple[str, str] | None:
    """First and last day of the season to come, in words; None while heat is due."""
    season = heating_season(talk.tariffs, talk.company.company.city, _today(), talk.account("heat"))
    return None if season is None or season.on else (day_name(season.first), day_name(season.last))


def _today() -> date:
    return local(clock.now()).date()


def rule(talk: Dialogue) -> HeatRule | None:
    """The city's rule, while heat is due."""
    return None if out_of_season(talk) else talk.company.quality.heat_rule(talk.company.company.city)


def reading_noted(description: str) -> Decimal | None:
    found = _NOTED.search(description)
    return Decimal(found[1]) if found else None


def tell_refund(talk: Dialogue, row: HeatRule, degrees: Decimal | None, place: str) -> None:
    """How it is reckoned; and for the proved account of this home, what a day would be at that temperature (°C)."""
    counts = "；".join(part for part in (row.counts, row.excluded) if part)
    bands = [_band(*one) for one in refund_bands(talk.tariffs, row.city, _today(), account_here(talk, place))]
    phrase = "heat_refund_rule" if bands else "heat_refund_unknown"
    talk.tell(phrase, source=row.source, text="，".join(bands), until=counts)
    if degrees is not None:
        tell_a_day(talk, degrees, place)


def _band(least: Decimal | None, most: Decimal | None, share: Decimal) -> str:
    part = "全退" if share == 1 else f"退{plain_number(share * 100)}%"
    if least is None:
        return f"不到{most}℃{part}"
    return f"{least}℃到{most}℃{part}" if most is not None else f"{least}℃以上{part}"


def tell_a_day(talk: Dialogue, degrees: Decimal, place: str) -> None:
    account = account_here(talk, place)
    line = refund_a_day(talk.tariffs, account, degrees, _today()) if account is not None else None
    if line is not None:
        talk.tell("heat_refund", reading=f"{degrees}℃", text=line.formula, price=line.amount)


def tell_measuring(talk: Dialogue, row: HeatRule) -> None:
    talk.tell("heat_measuring", text=row.measuring, source=row.source, who=row.tested_by)


def account_here(talk: Dialogue, place: str) -> Account | None:
    """The proved account whose home this is."""
    account = talk.account("heat")
    return account if account is not None and account.service == "heat" and account.address in place else None
