"""A payment that went wrong: what our books say of it in the customer's words, and the ticket where they say too little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.noting import Asker, open_for, open_of_account, told
from kefu.billing.payments import PaymentFinding, find_payments
from kefu.billing.periods import spoken
from kefu.billing.pricing.lines import money
from kefu.clock import day_and_time, day_name, local
from kefu.company.data import CompanyData
from kefu.intake.payment_words import PaymentSaid
from kefu.privacy.masking import mask_cards
from kefu.tickets import service as tickets

CATEGORY = "report_payment_problem"
MOST_TOLD = 3
CLAIMS = {"missing": "缴了没到账", "twice": "缴重了", "wrong_account": "缴到别人户上了", "refund": "要退款"}
TO_BE_LOOKED_INTO = ("too_late", "elsewhere", "nothing")


@dataclass(frozen=True)
class Looked:
    """`lines`: what may be told. `over`: too much was paid, the customer chooses. `open`: somebody must look into it."""

    findings: tuple[PaymentFinding, ...]
    lines: tuple[str, ...]
    over: PaymentFinding | None
    open: bool


def look(
    session: Session, company: CompanyData, account: Account, said: PaymentSaid, since: datetime | None = None
) -> Looked:
    """What became of the payment a proved customer speaks of. Writes nothing.

    `since`: nothing paid before is meant (supply was cut off then).
    """
    every = _search(session, company, account, said)
    meant = [one for one in every if since is None or one.paid_at is None or one.paid_at >= since]
    nothing = PaymentFinding("nothing", proof=tuple(company.payments.proof), source=company.payments.source)
    findings = tuple(meant or [nothing])[:MOST_TOLD]
    over = next((one for one in findings if one.state == "paid_twice"), None)
    states = {one.state for one in findings}
    unproved = over is None and said.amiss in ("twice", "wrong_account", "refund") and "refunded" not in states
    open_end = unproved or said.insists or bool(states.intersection(TO_BE_LOOKED_INTO))
    lines = [_line(one) for one in findings]
    if unproved and "nothing" not in states:
        lines.append(f"{_missing(said, account)}请把{'、'.join(company.payments.proof)}发给我，我补进工单。")
    return Looked(findings, tuple(lines), over, open_end and over is None)


def _search(session: Session, company: CompanyData, account: Account, said: PaymentSaid) -> list[PaymentFinding]:
    """As exactly as was said; people miss the way they paid by before they miss the sum or the day."""
    rest = {"on": said.on, "reference": said.reference}
    found = find_payments(session, company, account, said.amount, channel=said.channel, **rest)  # type: ignore[arg-type]
    sure = said.amount is not None or said.on is not None
    if found[0].state == "nothing" and said.channel and sure and not said.reference:
        return find_payments(session, company, account, said.amount, said.on)
    if found[0].state != "nothing" and said.amiss == "twice":
        every = find_payments(session, company, account)
        return [one for one in every if one.state == "paid_twice"] or found
    return found


def _missing(said: PaymentSaid, account: Account) -> str:
    if said.amiss == "twice":
        return "没查到重复的另一笔。"
    if said.amiss == "refund" and account.balance > 0:
        return f"账户余额{money(account.balance)}元，退款要核对付款人。"
    return "钱要转到对的地方，得先核对凭证。" if said.amiss == "wrong_account" else "退款要核对付款凭证。"


# --- what is told --------------------------------------------------------------------------------------------------------
def _line(one: PaymentFinding) -> str:
    if one.state == "nothing":
        return f"您说的这笔，账上没查到。先别着急，钱不会白缴：请把{'、'.join(one.proof)}发给我，我补进工单。"
    if one.state == "elsewhere":
        return (
            "凭您说的单号和金额，这笔钱进了另一个户；对方是谁我不能说。"
            f"请把{'、'.join(one.proof)}发给我，核实后给您转过来。"
        )
    assert one.paid_at is not None and one.amount is not None
    paid = f"{day_name(local(one.paid_at))}{one.channel}缴的{money(one.amount)}元（流水尾号{one.reference}）"
    period = f"，缴的是{_month(one.period)}账单" if one.period else ""
    by = day_and_time(one.by) if one.by else ""
    return {
        "credited": f"{paid}已经入账{period}，钱没有丢。",
        "on_the_way": f"{paid}我们收到了，还在入账，最迟{by}（{one.says}，{one.source}）。"
        "这之前收到的催费不用管，也不用多缴一次。",
        "too_late": f"{paid}我们收到了，本该{by}前入账，晚了，对不起。不用多缴一次。",
        "paid_twice": f"{paid}：{_month(one.period)}账单多缴了{money(one.over) if one.over else ''}元，不会丢。"
        f"可以{'，也可以'.join(text for _, text in one.offers)}（{one.source}）。",
        "refunded": f"{paid}已经原路退回。",
        "failed": f"{paid}没有扣成功，没有进账；钱要是扣了，银行会退回卡上。",
    }[one.state]


def _month(period: str | None) -> str:
    return spoken(period) if period else ""


# --- the ticket ----------------------------------------------------------------------------------------------------------
def note(
    session: Session,
    company: CompanyData,
    account: Account,
    asker: Asker,
    said: PaymentSaid,
    findings: Sequence[PaymentFinding],
    choice: str | None = None,
) -> list[str]:
    """A dispute with the payment, told with its number and promise; the same case joins its open ticket.

    `choice`: what is to become of money paid too much. Bank cards in the customer's words are cut to four digits.
    """
    asker = replace(asker, words=mask_cards(asker.words))
    case = [*_case(said, findings), *([f"客户要：{choice}"] if choice else [])]
    for known in open_of_account(session, account.number, CATEGORY):
        if "\n".join(case) in known.description:
            tickets.supplement(session, known, "customer", asker.words)
            return [f"这件事已经在查了，单号{known.number}，{known.due_source}，您说的补充进去了。"]
    ticket, promise = open_for(session, company, account, asker, "dispute", CATEGORY, case)
    what = f"（{choice}）" if choice else ""
    return [f"已登记核查{what}，单号{ticket.number}，{told(promise)}。"]


def _case(said: PaymentSaid, findings: Sequence[PaymentFinding]) -> Iterator[str]:
    yield f"缴费问题：{CLAIMS[said.amiss]}"
    for one in findings:
        if one.paid_at is None or one.amount is None:
            told_by_him = [
                f"{said.amount}元" if said.amount else "",
                said.on.isoformat() if said.on else "",
                said.channel or "",
            ]
            number = f"流水尾号{said.reference[-4:]}" if said.reference else ""
            where = "在别的户上" if one.state == "elsewhere" else "账上没有"
            yield f"客户说的付款{where}：{'，'.join(filter(None, [*told_by_him, number])) or '没有说金额和日期'}"
        else:
            over = f"，多缴{money(one.over)}元" if one.over else ""
            yield (
                f"{local(one.paid_at):%Y-%m-%d %H:%M} {one.channel} {money(one.amount)}元，流水尾号{one.reference}，"
                f"{STATES[one.state]}{over}"
            )


STATES = {
    "credited": "已入账",
    "on_the_way": "未入账（时限内）",
    "too_late": "未入账（已超时限）",
    "paid_twice": "重复缴费",
    "refunded": "已退回",
    "failed": "扣款失败",
}
