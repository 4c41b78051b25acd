"""Relief as a customer hears it: what could be done, what was done, why not, and how an earlier request stands."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing import service as billing
from kefu.billing.explain import month_name
from kefu.billing.grants import Granted
from kefu.billing.models import Bill, ReliefRequest
from kefu.billing.plans import Part
from kefu.billing.pricing.lines import NOTHING, money
from kefu.billing.relief import Decision, Outcome, Wish, assess
from kefu.clock import clock, day_name
from kefu.company.data import CompanyData
from kefu.company.relief import WISHES, WishKind
from kefu.tickets.models import Ticket
from kefu.tickets.service import SAME_MATTER


def possible(session: Session, company: CompanyData, account: Account) -> list[tuple[WishKind, Outcome]]:
    """The wishes that are open to an account as the company usually grants them, with their outcome."""
    decisions = (assess(session, company, account, Wish(kind)) for kind in WISHES)
    return [(one.wish.kind, one.outcome) for one in decisions if one.outcome != "refused"]


def earlier(session: Session, account: Account, kind: WishKind) -> tuple[ReliefRequest, Ticket] | None:
    """The latest request of this kind that waits, or was decided within a day."""
    query = select(ReliefRequest, Ticket).join(Ticket, Ticket.id == ReliefRequest.ticket_id)
    query = query.where(ReliefRequest.account_number == account.number, ReliefRequest.wish == kind)
    found = session.execute(query.order_by(ReliefRequest.id.desc()).limit(1)).first()
    if found is None:
        return None
    request, ticket = found
    fresh = request.decided_at is not None and request.decided_at > clock.now() - SAME_MATTER
    return (request, ticket) if request.status == "sent" or fresh else None


def request_of(session: Session, ticket: Ticket) -> ReliefRequest | None:
    """None for a wish that a person takes up by hand."""
    return session.scalar(select(ReliefRequest).where(ReliefRequest.ticket_id == ticket.id))


# --- before --------------------------------------------------------------------------------------------------------------
def terms(company: CompanyData, decision: Decision) -> list[str]:
    """What would be done, before the customer agrees: sums, dates, who decides, the rule."""
    label = company.relief.labels[decision.wish.kind]
    sum_ = (
        f"违约金{money(decision.amount)}元" if decision.wish.kind == "waive_late_fee" else f"{money(decision.amount)}元"
    )
    who = "当场就能办" if decision.outcome == "granted" else "要报主管审核，批了才算数"
    lines = [f"{label}：{sum_}，{who}（{decision.source}）。"]
    if decision.parts and decision.fees:
        lines.append(f"违约金{money(sum((fee.amount for fee in decision.fees), NOTHING))}元免掉。")
    lines += plan_lines(decision.parts)
    lines += [f"要审核的原因：{'；'.join(decision.reasons)}。"] if decision.reasons else []
    if decision.rule is not None and decision.parts:
        lines.append("按时缴就不停供" + ("，也不再收违约金。" if decision.rule.stops_late_fee else "，违约金照算。"))
    return lines


def refusal(decision: Decision) -> list[str]:
    """Why not, with the rule."""
    reasons = [reason for reason in decision.reasons if reason not in decision.says]
    why = f"：{'；'.join(reasons)}" if reasons else ""
    return [f"{decision.says}{why}{f'（{decision.source}）' if decision.source else ''}。"]


def plan_lines(parts: tuple[Part, ...]) -> list[str]:
    """ "第1期：12月16日前缴58.40元"; one payment has no number."""
    if len(parts) == 1:
        return [f"请在{day_name(parts[0].due_on)}前缴{money(parts[0].amount)}元。"]
    return [f"第{place}期：{day_name(part.due_on)}前缴{money(part.amount)}元" for place, part in enumerate(parts, 1)]


# --- after ---------------------------------------------------------------------------------------------------------------
def done(session: Session, account: Account, granted: Granted) -> list[str]:
    """What `grant` did, to the fen; or that it waits for a supervisor, and until when."""
    ticket, decision = granted.ticket, granted.decision
    if decision.outcome != "granted":
        return [f"{decision.says}。", *_waits(ticket)]
    lines = [f"{decision.says}（{decision.source}）。", *plan_lines(decision.parts)]
    for entry in granted.waivers:
        lines += _entry(session, account, entry)
    return [*lines, f"单号{ticket.number}，已经记在您的户上。"]


def _entry(session: Session, account: Account, entry: Bill) -> Iterator[str]:
    """The negative entry beside the bill, and what is to be paid now."""
    bill = session.scalar(select(Bill).where(Bill.number == entry.corrects))
    assert bill is not None  # a waiver names the bill it is for
    yield (
        f"{month_name(bill)}账单{money(bill.amount)}元，减免{money(-entry.amount)}元，现在是{money(ledger.due(session, bill))}元；"
        "账上两笔都看得到，原来的不改。"
    )
    owed = billing.total(billing.owing(session, account.number))
    yield (
        f"现在一共还要缴{money(owed)}元。"
        if owed
        else f"这期您缴过了，免的钱进了账户余额（{money(account.balance)}元）。"
    )


def _waits(ticket: Ticket) -> list[str]:
    return [f"单号{ticket.number}，由主管决定，{ticket.due_source}；没批之前还按原来的日子缴。"]


def standing(
    session: Session, company: CompanyData, account: Account, request: ReliefRequest, ticket: Ticket
) -> list[str]:
    """How an earlier request stands: it is never made twice."""
    label = company.relief.labels[request.wish]  # type: ignore[index]
    if request.status == "sent":
        return [f"您的{label}申请已经报上去了，还没批。", *_waits(ticket)]
    if request.status == "refused":
        note = next((one.note for one in reversed(ticket.history) if one.action == "relief" and one.note), "")
        return [f"您的{label}申请（单号{ticket.number}），主管没有同意{f'：{note}' if note else ''}。"]
    who = "主管批准了" if request.decided_by != "assistant" else "已经办好了"
    lines = [f"您的{label}申请{who}，单号{ticket.number}。"]
    plan = billing.plan_of(session, account.number)
    if plan is not None and plan.ticket_id == ticket.id:
        lines += plan_lines(tuple(Part(part.due_on, part.amount) for part in plan.parts))
    owed = billing.total(billing.owing(session, account.number))
    return [*lines, f"现在一共还要缴{money(owed)}元。" if owed else "现在没有要缴的费用。"]
