"""A doubted bill: which one, what about it, what can be looked at first, and its check registered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from actions import bills, requests
from actions.dialogue import Dialogue
from actions.requests import Opening, Request
from kefu.accounts.models import Account
from kefu.billing import explain
from kefu.billing import service as billing
from kefu.billing.assessing import OwnReading
from kefu.billing.disputes import Doubted, disputed_bills, open_dispute, rule_of
from kefu.billing.models import Bill
from kefu.billing.pricing.lines import money
from kefu.clock import clock
from kefu.company.papers import Doubt
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values
from kefu.nlu.values.numerals import read_number

TOPIC = "dispute_bill"
AT_THE_METER = ("reading", "meter", "estimate", "other", None)  # doubts that a look at the meter may settle
BY_AREA = ["late_fee", "days", "price", "other"]  # what can be doubted where nothing is metered
_ONLY_MONTH = re.compile(
    r"^(?:不对|不是|错了|[，,。 不我说要查核应该那就的是])*(?:(?:去|今|前|\d{2,4})年)?"
    r"(?:上+个?|\d{1,2}|[一二三四五六七八九十]{1,2})月份?(?:的|那期|账单|[电水气热]费|[吧啊呀。！! ])*$"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[零一二两三四五六七八九十百千万]+")


@requests.opening(TOPIC)
def look(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    """Which bill it will be, and what the customer can try by himself meanwhile."""
    doubt = _doubt(talk, said)
    values = {"doubt": doubt} if doubt else {}
    known = billing.standing_bills(talk.session, account.number) if account is not None else []
    if account is None or not known:
        return Opening(values=values)
    explained = _just_told(talk, known)
    bill, missing = _meant(known, said, explained)
    state: dict[str, Any] = {"explained": explained.number} if explained is not None else {}
    if bill.unit == "m²":
        state["choices"] = {"doubt": BY_AREA}
    if bill.number in disputed_bills(talk.session, account.number):
        return Opening(values={"doubt": doubt or "other"}, skip=["phone"], state=state)
    used = "" if bill.unit == "m²" else f"，{explain.amount_of_use(bill)}"
    name = f"{explain.month_name(bill)}{bills.FEE_NAMES[account.service]}"
    lines = [f"没有您说的那个月的账单，最近一期是{explain.month_name(known[0])}。"] if missing else []
    lines.append(f"核查的是{name}（{money(bill.amount)}元{used}）；不是这一期，直接说月份。")
    checks = rule_of(talk.company, account).self_checks
    if _names_another(said, account):
        lines.append("要查别的费用，请发那一项的户号，我另外登记。")
    if doubt in AT_THE_METER and checks:
        lines.append(f"您可以顺手看一下：{checks[0]}。不看也照样登记。")
    return Opening(lines=lines, values=values, state=state)


@requests.finishing(TOPIC)
def register(talk: Dialogue, request: Request) -> list[str]:
    account = request.account
    known = billing.standing_bills(talk.session, account.number) if account is not None else []
    if account is None or not known:
        return requests.as_ticket(talk, request)
    explained = next((bill for bill in known if bill.number == request.state.get("explained")), None)
    bill, _ = _meant(known, request.said, explained)
    doubt: Doubt = request.values.get("doubt") or "other"
    doubted = Doubted(doubt, own=_own_reading(request))
    done = open_dispute(talk.session, talk.company, account, bill, doubted, requests.asker(talk, request))
    if done.already:
        talk.set(last_ticket=done.ticket.number)
        return done.lines
    requests.registered(talk, request, done.ticket, done.lines)
    return []


def _names_another(said: Sequence[str], account: Account) -> bool:
    """Another service was named than the one of the account that was proved."""
    named = {value.value for text in said for value in find_values(text) if value.entity == "service"}
    return bool(named) and account.service not in named


def _doubt(talk: Dialogue, said: Sequence[str]) -> str | None:
    """The first of the row's doubts that the words fit."""
    text, ask = normalise("，".join(said)), talk.company.requests[TOPIC].ask("doubt")
    return next((one.id for one in ask.choices if any(word.search(text) for word in one.words)), None)


def _just_told(talk: Dialogue, known: Sequence[Bill]) -> Bill | None:
    """The bill that the reply before this message was about: the one it names first."""
    told = "\n".join(talk.last_said())
    places = [(told.find(explain.month_name(bill)), bill) for bill in known]
    named = [(place, bill) for place, bill in places if place >= 0]
    return min(named, key=lambda one: one[0])[1] if named else None


def _meant(known: Sequence[Bill], said: Sequence[str], explained: Bill | None) -> tuple[Bill, bool]:
    """The bill of the month named, else the one told just now, else the last; True if there is none of that month.

    A month said by itself ("不对，是9月的") is the answer to "直接说月份", whatever was named before.
    """
    alone = [text for text in said if _ONLY_MONTH.match(normalise(text))]
    chosen = bills.chosen(known, normalise(alone[-1] if alone else "，".join(said)))
    return (chosen or [explained or known[0]])[0], chosen == []


def _own_reading(request: Request) -> OwnReading | None:
    """What he read on the meter himself, if he said a number."""
    said = normalise(str(request.values.get("own") or ""))
    found = _NUMBER.search(said)
    read = read_number(found[0]) if found else None
    if read is None:
        return None
    return OwnReading(Decimal(read[0]), clock.today().date())
