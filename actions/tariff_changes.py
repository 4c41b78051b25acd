"""Another price: whether it would pay off, whether it can be had, and the request for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions import bills, enquire, requests, words
from actions.dialogue import Dialogue
from actions.request_answers import take
from actions.requests import Opening, Request
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.billing.comparison import Worth, worth
from kefu.billing.tariff_change import Offer, offers, request_change
from kefu.billing.usage_history import usage_by_period
from kefu.nlu.normalise import normalise

TOPIC = "apply_tariff_change"


@enquire.own("ask_tariff")
@enquire.own("ask_saving_tips")
@enquire.own(TOPIC)
def pays_off(talk: Dialogue, said: list[str], account: Account) -> bool:
    """ "峰谷划算吗": reckoned on the customer's own year. False when it is no such question, or cannot be reckoned."""
    if not words.WORTH.search(normalise(" ".join(said))):
        return False
    wish = _wish(talk, said)
    kin = str(wish.get("change") or "-").split("-")[0]  # whoever has the other price means its opposite
    offer = next((one for one in offers(talk.session, talk.company, account) if one.change.id.startswith(kin)), None)
    told = _worth(talk, account, offer, wish.get("persons")) if offer is not None else None
    if offer is None or told is None:
        return False
    later = [] if told.loses else [f"{offer.not_yet}。" if offer.not_yet else f"要办就说“帮我{_deed(offer)}”。"]
    lines = [*told.lines, *later]
    tell(talk, [*lines, *told.more], at_once=len(lines))
    return True


@requests.opening(TOPIC)
def look(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    """Refused at once what cannot be had; else what it would save, and which changes there are to choose from."""
    if account is None:
        return Opening()
    open_ = offers(talk.session, talk.company, account)
    wish = _wish(talk, said)
    if not open_:
        return Opening(["您这户现在的价格没有可以改的。"], settled=True)
    if wish.get("change") is None:
        return Opening(state={"choices": {"change": [_choice(talk, one) for one in open_]}})
    offer = _offer(open_, wish["change"])
    if offer is None or offer.not_yet is not None:
        others = "、".join(one.change.name for one in open_ if one.not_yet is None)
        why = offer.not_yet if offer is not None else _not_offered(talk, account, wish["change"])
        return Opening([f"{why}。", *([f"您这户现在可以办：{others}。"] if others else [])], settled=True)
    told = _worth(talk, account, offer, wish.get("persons"))
    return Opening(told.lines if told is not None else [])


@requests.finishing(TOPIC)
def register(talk: Dialogue, request: Request) -> list[str]:
    account, change = request.account, request.values.get("change")
    offer = _offer(offers(talk.session, talk.company, account), change) if account is not None and change else None
    if account is None or change is None:
        return requests.as_ticket(talk, request)
    name = offer.change.id if offer is not None else change
    done = request_change(
        talk.session, talk.company, account, name, requests.asker(talk, request), request.values.get("persons")
    )
    if done.ticket is None or done.already:
        if done.ticket is not None:
            talk.set(last_ticket=done.ticket.number)
        return [f"{line}。" for line in done.lines]
    requests.registered(talk, request, done.ticket, done.lines)
    return []


def _wish(talk: Dialogue, said: Sequence[str]) -> dict[str, Any]:
    """Change and persons, as far as the words say them."""
    values: dict[str, Any] = {}
    for text in said:
        take(talk.company.requests[TOPIC], values, text)
    return values


def _offer(open_: Sequence[Offer], change: str) -> Offer | None:
    """The row of tariff_changes.yml for a choice: its own, or that of the service."""
    return next((one for one in open_ if one.change.id == change or one.change.id.startswith(f"{change}-")), None)


def _deed(offer: Offer) -> str:
    """ "开通峰谷电价", "办一户多人口": as one says it."""
    name = offer.change.name.partition("（")[0]
    return name if name.startswith(("开通", "取消", "改")) else f"办{name}"


def _choice(talk: Dialogue, offer: Offer) -> str:
    """The choice of the form that stands for an offer."""
    choices = [one.id for one in talk.company.requests[TOPIC].ask("change").choices]
    return next((one for one in choices if _offer([offer], one) is not None), offer.change.id)


def _not_offered(talk: Dialogue, account: Account, change: str) -> str:
    row = next((one for one in talk.company.tariff_changes if one.id == change), None)
    if row is not None and row.to == account.tariff:
        return f"您这户（{bills.FEE_NAMES[account.service]}）现在就是这个价格，不用再办"
    return "这一项您这户办不了"


def _worth(talk: Dialogue, account: Account, offer: Offer, persons: int | None) -> Worth | None:
    months = usage_by_period(talk.session, account.number)
    return worth(talk.tariffs, account, months, offer.change, persons)
