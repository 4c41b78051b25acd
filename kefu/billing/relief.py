"""Relief: a late fee waived, payment put off or in parts, hardship. The company's rules decide (company/relief.yml).

`assess` only looks; kefu/billing/grants.py writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import service as billing
from kefu.billing.plans import Part, parts_of
from kefu.billing.pricing.lines import NOTHING, money
from kefu.billing.relief_rules import Facts, Fee, facts_of, late_fees, unmet
from kefu.clock import clock, day_name, local
from kefu.company.data import CompanyData
from kefu.company.relief import WISHES, ReliefRule, WishKind

CATEGORY = "request_fee_relief"
Outcome = Literal["granted", "for_approval", "refused"]
OUTCOMES: dict[str, Outcome] = {"at_once": "granted", "approval": "for_approval", "never": "refused"}


@dataclass(frozen=True)
class Wish:
    """What the customer asks for; what is None takes the company's usual value. `bill`: only that bill's late fee."""

    kind: WishKind
    parts: int | None = None
    days: int | None = None
    first_on: date | None = None
    bill: str | None = None


@dataclass(frozen=True)
class Decision:
    """`says`: what the customer hears; `reasons`: why not, or why not at once; `source`: where the rule is written.

    `amount`: yuan waived, or paid later; `fees`: what would be waived; `parts`: what would be paid when.
    `instead`: other wishes that are open to this account, with their outcome. `papers`: what to bring.
    """

    outcome: Outcome
    wish: Wish
    amount: Decimal
    says: str
    reasons: tuple[str, ...]
    source: str
    rule: ReliefRule | None
    facts: Facts | None
    fees: tuple[Fee, ...] = ()
    parts: tuple[Part, ...] = ()
    instead: tuple[tuple[WishKind, Outcome], ...] = ()
    papers: tuple[str, ...] = ()


def assess(session: Session, company: CompanyData, account: Account, wish: Wish) -> Decision:
    """What the rules say to a wish. Writes nothing; a refusal names what is possible instead."""
    decision = _assess(session, company, account, wish)
    if decision.outcome != "refused":
        return decision
    others = [_assess(session, company, account, Wish(kind)) for kind in WISHES if kind != wish.kind]
    instead = tuple((other.wish.kind, other.outcome) for other in others if other.outcome != "refused")
    return replace(decision, instead=instead)


def _assess(session: Session, company: CompanyData, account: Account, wish: Wish) -> Decision:
    rules, today = company.relief, local(clock.now()).date()
    wish = _complete(company, wish, today)
    fees = tuple(late_fees(session, account.number, wish.bill)) if wish.kind in ("waive_late_fee", "hardship") else ()
    fee = sum((one.amount for one in fees), NOTHING)
    owed = billing.total(billing.owing(session, account.number))
    amount, parts = (fee, ()) if wish.kind == "waive_late_fee" else _laid_out(wish, owed, fees)
    if amount <= 0:
        says = rules.nothing["waive_late_fee" if wish.kind == "waive_late_fee" else "owed"]
        return Decision("refused", wish, NOTHING, says, (says,), "", None, None)
    days = (parts[-1].due_on - today).days if parts else 0
    first = (parts[0].due_on - today).days if parts else 0
    smallest = min((part.amount for part in parts), default=NOTHING)
    facts = facts_of(session, account, amount, list(fees), len(parts) or 1, smallest, days, first)
    rule = next((one for one in rules.of(wish.kind) if not unmet(one, facts, rules)), None)
    outcome = OUTCOMES[rule.grants] if rule is not None else "refused"
    last = rule or rules.of(wish.kind)[-1]
    says = {"granted": last.says_granted, "for_approval": last.says_sent, "refused": last.says_not}[outcome]
    return Decision(
        outcome=outcome, wish=wish, amount=amount, says=says.format(**words(company, amount, parts, days)),
        reasons=_reasons(company, wish.kind, rule, facts), source=last.source, rule=rule, facts=facts, fees=fees,
        parts=parts, papers=tuple(rules.papers) if wish.kind == "hardship" and outcome == "for_approval" else (),
    )  # fmt: skip


def _complete(company: CompanyData, wish: Wish, today: date) -> Wish:
    """The usual numbers where none is named."""
    usual = company.relief.usual
    if wish.kind == "postpone":
        days = (wish.first_on - today).days if wish.first_on else wish.days or usual.days
        return replace(wish, parts=1, days=days, first_on=today + timedelta(days=days))
    if wish.kind in ("instalments", "hardship"):
        first = wish.first_on or today + timedelta(days=usual.first_within_days)
        return replace(wish, parts=wish.parts or usual.parts, first_on=first)
    return wish


def _laid_out(wish: Wish, owed: Decimal, fees: tuple[Fee, ...]) -> tuple[Decimal, tuple[Part, ...]]:
    """What is paid later and when; fees on unpaid bills that are waived first are not part of it."""
    total = owed - sum((fee.amount for fee in fees if fee.bill.status in billing.OPEN), NOTHING)
    if total <= 0 or wish.first_on is None:
        return max(total, NOTHING), ()
    try:
        return total, parts_of(total, wish.parts or 1, wish.first_on)
    except ValueError:  # less than a fen a part: one part, which the rules then look at
        return total, parts_of(total, 1, wish.first_on)


def _reasons(company: CompanyData, kind: str, rule: ReliefRule | None, facts: Facts) -> tuple[str, ...]:
    """Why not at once: what the last rule that grants at once lacks; why not at all: what the last of all lacks."""
    rows = company.relief.of(kind)
    if rule is not None and rule.grants != "approval":
        return () if rule.grants == "at_once" else (rule.says_not,)
    wanted = "at_once" if rule is not None else "approval"
    row = next((one for one in reversed(rows) if one.grants == wanted), rows[-1])
    return unmet(row, facts, company.relief)


def words(company: CompanyData, amount: Decimal, parts: tuple[Part, ...], days: int) -> dict[str, str]:
    """What stands in braces in the rules' sentences."""
    first, last = (parts[0].due_on, parts[-1].due_on) if parts else (None, None)
    named = {"first": first, "last": last}
    return {
        **{name: day_name(day) if day else "" for name, day in named.items()},
        "amount": money(amount), "parts": str(len(parts)), "days": str(days),
        "papers": "、".join(company.relief.papers),
    }  # fmt: skip


def describe(company: CompanyData, decision: Decision, said: str) -> str:
    """All a supervisor needs: the wish, the sums, the history, the rule, why not at once."""
    facts, label = decision.facts, company.relief.labels[decision.wish.kind]
    lines = [f"{label}：{money(decision.amount)}元" + (f"。客户说：{said}" if said else "")]
    lines += [
        f"{fee.bill.period}账单 {fee.line.label}：{money(fee.amount)}元{'（我们的原因）' if fee.our_fault else ''}"
        for fee in decision.fees
    ]
    lines += [
        f"第{place}期 {part.due_on.isoformat()}前 {money(part.amount)}元"
        for place, part in enumerate(decision.parts, 1)
    ]
    if facts is not None:
        kind = "居民" if facts.customer_class == "resident" else "非居民"
        waiver, broken = facts.last_waiver_on, facts.last_broken_on
        lines += [
            f"{kind}户{'，登记为低保特困' if facts.low_income else ''}；最早的欠费已{facts.oldest_months}个月",
            f"上次减免：{waiver.isoformat() if waiver else '没有'}；上次违约的缓交或分期：{broken.isoformat() if broken else '没有'}",
        ]
    if decision.reasons:
        lines.append(f"不能当场定的原因：{'；'.join(decision.reasons)}")
    return "\n".join([*lines, f"依据：{decision.source}"])
