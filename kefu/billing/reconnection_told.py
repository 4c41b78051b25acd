"""Coming back after a cut as a customer hears it: not cut off at all, what is still owed, or by when it must be back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import service as billing
from kefu.billing.explain import month_name
from kefu.billing.pricing.lines import money
from kefu.billing.reconnection import Reconnection, request
from kefu.clock import day_and_time
from kefu.company.data import CompanyData
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

OFF = {"electricity": "停电", "water": "停水", "gas": "停气", "heat": "停暖"}


def not_cut_off(session: Session, account: Account, now: Reconnection) -> list[str]:
    """No debt is the cause, as far as our books know."""
    if now.account_status == "suspended":
        return ["这一户办了报停，现在是停用的，不是欠费停的；要恢复得先办复用。"]
    if now.account_status == "closed":
        return ["这一户已经销户了，不是欠费停的。"]
    owed = billing.total(billing.owing(session, account.number))
    debts = f"还有{money(owed)}元没缴，但没有因此停供" if owed else "也没有欠费"
    return [f"账上您这一户没有被停供，{debts}。家里{OFF[account.service]}了，多半是故障。"]


def owing(session: Session, account: Account, now: Reconnection) -> list[str]:
    """How much first, and what follows."""
    months = [month_name(one.bill) for one in billing.owing(session, account.number) if not one.planned]
    whose = f"（{'、'.join(months)}）" if months else "（分期的第一期）"
    lines = [
        f"这一户是欠费停的，要先缴{money(now.owed)}元{whose}。",
        f"缴清后{now.rule.hours}小时内恢复，不另收费（{now.rule.source}）。",
    ]
    seen = now.payment
    if seen is not None and seen.amount is not None:
        lines.insert(1, f"您缴的{money(seen.amount)}元我们收到了，还没入账，不够这些。")
    if now.at_home:
        lines.append("恢复时要有大人在家。")
    return lines


def on_its_way(
    session: Session, company: CompanyData, account: Account, now: Reconnection, conversation_id: str, since: datetime
) -> tuple[Ticket, list[str]]:
    """Sends the request (once) and tells by when it is back; past its time it is made urgent, with an apology."""
    ticket, new = request(session, company, account, conversation_id, since, account.phone)
    assert now.due_at is not None  # it is paid, or a payment is seen
    by = day_and_time(now.due_at)
    paid = "已经缴清"
    if now.kind == "uncredited" and now.payment is not None and now.payment.amount is not None:
        paid = f"您缴的{money(now.payment.amount)}元我们看到了，不等入账就办"
    if now.late:
        tickets.raise_priority(session, company, ticket, "customer", "high", "已超过承诺的恢复时间")
        tickets.urge(session, ticket, "customer", "客户反映还没恢复，已超过承诺时间")
        lines = [f"{paid}，本该{by}前恢复，我们晚了，对不起。加急单已经交上去了，单号{ticket.number}。"]
    else:
        state = "恢复的单子已经交上去了" if new else "恢复的单子已经在办"
        lines = [f"{paid}，{state}，单号{ticket.number}，最迟{by}恢复（{now.rule.source}）。"]
    return ticket, [*lines, *(f"{says}。" for says in now.rule.says)]
