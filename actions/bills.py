"""Bills told and explained: what is owed, what it is made of, why it differs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rasa_sdk.events import EventType

from actions import charts, thread, words
from actions.dialogue import Dialogue
from actions.identity import ask_for_proof
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.billing import explain, payments
from kefu.billing import service as billing
from kefu.billing.difference import Part, difference
from kefu.billing.models import Bill, Payment
from kefu.billing.own_late_fees import fee_by_today
from kefu.billing.periods import months_named
from kefu.billing.pricing.lines import money, number
from kefu.billing.service import Statement
from kefu.clock import clock, local
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values

FEE_NAMES = {"electricity": "电费", "water": "水费", "gas": "燃气费", "heat": "热费"}


@thread.taker("bill")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """A question about a bill: to whoever has proved that it is his."""
    account = own_account(talk, said, service)
    if account is None:
        return ask_for_proof(talk, topic, said, service or talk.heard.service)
    talk.set(last_account=account.number, last_topic=topic)
    bills = billing.standing_bills(talk.session, account.number)
    if not bills:
        talk.say("utter_no_bills", account=f"尾号{account.number[-4:]}")
        return thread.after(talk)
    text = normalise(" ".join(said))
    if charts.asked(text):
        charts.show(talk, account, (chosen(bills, text) or bills)[0])
        return thread.after(talk)
    asks_why = topic == "explain_bill" or words.COMPARES.search(text) or words.EXPENSIVE.search(text)
    owed = words.OWED.search(text) and not words.WHY.search(text)
    why = asks_why and not owed
    (_explained if why else _told)(talk, account, bills, text)
    return thread.after(talk)


def own_account(talk: Dialogue, said: list[str], service: str | None = None) -> Account | None:
    """The proved account that is meant: by its number, by service, else the one spoken of last."""
    own = talk.accounts
    numbers = [value.value for text in said for value in find_values(text) if value.entity == "account_number"]
    if numbers:
        return next((account for account in own if account.number == numbers[-1]), None)
    service = service or talk.heard.service
    if service is not None:
        return next((account for account in own if account.service == service), None)
    last = talk.slot("last_account")
    return next((account for account in own if account.number == last), own[0] if own else None)


def chosen(bills: Sequence[Bill], said: str) -> list[Bill] | None:
    """The bills of the months named; [] when there are none; None when no month is named (this month has no bill yet)."""
    asked = words.OTHER_MONTH.sub("", words.LAST_YEAR.sub("", said))
    months = months_named(asked, local(clock.now()).date())
    if not months:
        return None
    if words.CORRECTS.search(asked):
        months = months[-1:]  # "不是上个月，是十月份的"
    found = billing.bill_of_months(bills, months)
    return found or None if months == [local(clock.now()).strftime("%Y-%m")] else found


# --- what is owed ----------------------------------------------------------------------------------------------------
def _told(talk: Dialogue, account: Account, bills: list[Bill], said: str) -> None:
    asked = chosen(bills, said)
    if asked == []:
        return _none_of_that_month(talk, bills)
    shown = asked or bills[:1]
    statements = [billing.statement(talk.session, bill) for bill in shown]
    lines = [_sentence(account, one.bill) + _waived(one) for one in statements]
    lines.insert(0 if words.OWED.search(said) else len(lines), _owed(talk, account))
    if len(shown) > 1:
        total = sum((bill.amount for bill in shown), Decimal(0))
        lines.insert(0, f"一共{len(shown)}期，合计{money(total)}元。")
    if account.prepaid or account.balance:
        lines.append(f"账户余额{money(account.balance)}元。")
    if len(shown) == 1:
        lines += _details(statements[0])
    tell(talk, lines)
    return None


def _none_of_that_month(talk: Dialogue, bills: list[Bill]) -> None:
    talk.say("utter_no_bill_of_period", first=explain.month_name(bills[-1]), last=explain.month_name(bills[0]))


def _sentence(account: Account, bill: Bill) -> str:
    """ "2026年11月电费241.96元，用了420度（11月1日至11月30日，30天），已缴清。"."""
    used = "" if bill.unit == "m²" else f"，用了{explain.amount_of_use(bill)}"
    estimated = "（估算，没抄到表）" if bill.estimated else ""
    state = {"paid": "已缴清", "unpaid": f"还没缴，请在{bill.due_on.month}月{bill.due_on.day}日前缴"}
    status = state.get(bill.status, f"没缴，已过{bill.due_on.month}月{bill.due_on.day}日的缴费期")
    name = FEE_NAMES[account.service]
    month = explain.month_name(bill)
    return f"{month}{name}{money(bill.amount)}元{used}{estimated}（{explain.stretch(bill)}），{status}。"


def _waived(statement: Statement) -> str:
    """A late fee waived by an entry of its own: what the bill comes to now."""
    if not statement.waived:
        return ""
    waived = -sum((line.amount for line in statement.waived), Decimal(0))
    return f"其中违约金{money(waived)}元已经减免，实际是{money(statement.due)}元。"


def _owed(talk: Dialogue, account: Account) -> str:
    owed = billing.owing(talk.session, account.number)
    if not owed:
        return "没有欠费。"
    late = billing.arrears(owed, local(clock.now()).date())
    months = "、".join(explain.month_name(one.bill) for one in owed)
    total = billing.total(owed)
    which = "都" if late == total else f"其中{money(late)}元"
    past = f"，{which}已过缴费期，会按天收违约金{_fee_by_today(talk, account)}" if late else ""
    return f"还有{money(total)}元没缴（{months}）{past}。" + _plan(talk, account)


def _fee_by_today(talk: Dialogue, account: Account) -> str:
    fee = fee_by_today(talk.session, talk.company, account)
    return f"，到今天是{money(fee)}元" if fee else ""


def plan_told(talk: Dialogue, account: Account) -> list[str]:
    """The running plan in one line, if there is one."""
    told = _plan(talk, account)
    return [told] if told else []


def _plan(talk: Dialogue, account: Account) -> str:
    """What was agreed: "您的分期：12月16日前缴100.01元（还没缴）…"; empty without a running plan."""
    plan = billing.plan_of(talk.session, account.number)
    if plan is None:
        return ""
    parts = (
        f"{part.due_on.month}月{part.due_on.day}日前缴{money(part.amount)}元{'（已缴）' if part.status == 'kept' else ''}"
        for part in plan.parts
    )
    return f"您的{talk.company.relief.labels[plan.kind]}：{'，'.join(parts)}。"  # type: ignore[index]


def _details(statement: Statement) -> list[str]:
    """The bill line by line, with the readings it rests on."""
    bill, month = statement.bill, explain.month_name(statement.bill)
    found = []
    if bill.previous_reading is not None and bill.current_reading is not None:
        before, after = number(bill.previous_reading), number(bill.current_reading)
        found = [f"{month}表数 {before} → {after}，用量{explain.amount_of_use(bill)}"]
    if statement.corrected:
        wrong = [entry for entry in statement.entries if entry.status == "reversed"]
        kinds = {"normal": "先开错", "reversal": "冲正"}
        found += [f"{kinds.get(e.kind, '更正')}：{money(e.amount).replace('-', '−')}元" for e in wrong]
    found += [explain.line_text(line) for line in (*statement.lines, *statement.waived)]
    return [*found, f"{month}合计 {money(statement.due)}元"]


# --- why it is so much -----------------------------------------------------------------------------------------------
def _explained(talk: Dialogue, account: Account, bills: list[Bill], said: str) -> None:
    asked = chosen(bills, said)
    if asked == []:
        return _none_of_that_month(talk, bills)
    bill = asked[0] if asked else bills[0]
    earlier = _beside(bills, bill, said)
    now = billing.statement(talk.session, bill)
    if earlier is None:
        return tell(talk, [_sentence(account, bill), *_details(now)], buttons=[charts.button(bill)])
    before = billing.statement(talk.session, earlier)
    parts = difference(talk.tariffs, now, before, bills, billing.customer_of(account))
    lines = [_difference(account, now, before) + _waived(now), _reasons(account, now, before, parts, bills)]
    lines += ["每一项怎么算的：", *explain.part_lines(parts)] if len(parts) > 1 else []
    lines += [*_details(now), *_details(before), "觉得表数或价格不对，说“要核查”，我马上登记。"]
    by = "面积、天数" if bill.unit == "m²" else "抄表数"
    tell(talk, lines, f"钱数都按{by}和公布的价格算，点“更多”看每一笔。", at_once=2, buttons=[charts.button(bill)])
    return None


def _beside(bills: list[Bill], bill: Bill, said: str) -> Bill | None:
    """The bill to compare with: the month named, or the same one of last year; else the one before."""
    other = words.OTHER_MONTH.search(said)
    if words.LAST_YEAR.search(said) and not (other and words.NUMBERED_MONTH.search(other["month"])):
        year, month = bill.period.split("-")
        return next(iter(billing.bill_of_months(bills, [f"{int(year) - 1}-{month}"])), None)
    named = months_named(other["month"], local(clock.now()).date()) if other else []
    beside = [one for one in billing.bill_of_months(bills, named) if one is not bill]
    if beside:
        return beside[0]
    older = [one for one in bills if one.period_end < bill.period_end]
    return older[0] if older else None


def _difference(account: Account, now: Statement, before: Statement) -> str:
    more = now.bill.amount - before.bill.amount
    change = f"多了{money(more)}元" if more > 0 else f"少了{money(-more)}元" if more else "一样多"
    name = FEE_NAMES[account.service]
    told = [f"{explain.month_name(s.bill)}{name}{money(s.bill.amount)}元{_used(s.bill)}" for s in (now, before)]
    return f"{told[0]}；{told[1]}，{change}。"


def _used(bill: Bill) -> str:
    return f"（{bill.days}天）" if bill.unit == "m²" else f"（{explain.amount_of_use(bill)}，{bill.days}天）"


def _reasons(account: Account, now: Statement, before: Statement, parts: list[Part], bills: list[Bill]) -> str:
    """One text: it is told whole, whatever 更多 keeps back."""
    if not parts:
        return explain.corrected(now) + "两期的用量、天数和价格都差不多。"
    cause = explain.likely_cause(now, before, parts, bills, account.service)
    told = explain.main_parts(parts, now.bill.amount - before.bill.amount)
    return "\n".join(filter(None, (explain.corrected(now), *told, cause)))


# --- what our books say beside an answer -----------------------------------------------------------------------------
def on_record(talk: Dialogue, topic: str, account: Account | None) -> list[str]:
    """Facts of the proved account that belong to an enquiry: payments that came in."""
    if account is None:
        return []
    if topic == "report_payment_problem":
        return [_payment(payment) for payment in payments.payments_since(talk.session, account.number, 2)]
    return []


def _payment(payment: Payment) -> str:
    state = "已经入账" if payment.status == "credited" else "我们收到了，还没有入账"
    at = local(payment.paid_at)
    return f"查到{at.month}月{at.day}日{payment.channel}缴的{money(payment.amount)}元：{state}。"


def readings_of(talk: Dialogue, account: Account | None) -> str:
    """The last bill as whoever checks it needs it; empty without a proved account."""
    bills = billing.standing_bills(talk.session, account.number) if account is not None else []
    return "；".join(_details(billing.statement(talk.session, bills[0]))) if bills else ""
