"""Cut off for debts: how the account stands, and the way back; a fault is offered to be reported as one."""

from __future__ import annotations

from dataclasses import replace

from actions import requests, words
from actions.dialogue import Dialogue
from actions.requests import Opening, Request
from actions.telling import shown_phone
from kefu.accounts.models import Account
from kefu.billing import reconnection, reconnection_told
from kefu.billing.noting import Asker
from kefu.intake import payment_problem
from kefu.intake.payment_words import payment_said
from kefu.intake.service import first_word
from kefu.knowledge.service import Answer, enquire
from kefu.nlu.normalise import normalise

TOPIC = reconnection.CATEGORY
NOT_DONE = "好的，没有登记。需要的时候随时跟我说。"


@requests.own(TOPIC)
def is_own(talk: Dialogue, said: list[str], account: Account) -> bool:
    """It is cut off, or the words say that it is."""
    return account.status == "cut_off" or bool(words.STILL_OFF.search(normalise(" ".join(said))))


@requests.opening(TOPIC)
def opened(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    if account is None:
        return Opening(["恢复供应的事我帮您登记。"], skip=["next"])
    now = reconnection.state(talk.session, talk.company, account)
    since = first_word(talk.slot("first_word_at"))
    if now.kind == "not_cut_off":
        if talk.slot("phone") is None and account.phone:
            talk.set(phone=account.phone)
        lines = reconnection_told.not_cut_off(talk.session, account, now)
        if now.account_status != "active":
            return Opening(lines, settled=True)
        lines.append(f"要是缴费后才停的，说“请同事核实”，我们打您登记的手机 {shown_phone(talk)}。")
        return Opening(lines, skip=["phone"], asks=["next"])
    if now.kind == "owing":
        return Opening(_owing(talk, account, now, said), settled=True)
    ticket, lines = reconnection_told.on_its_way(talk.session, talk.company, account, now, talk.conversation_id, since)
    talk.set(last_ticket=ticket.number)
    return Opening(lines, settled=True)


def _owing(talk: Dialogue, account: Account, now: reconnection.Reconnection, said: list[str]) -> list[str]:
    """How to pay; who says that he has paid is believed as far as to look for it."""
    lines = reconnection_told.owing(talk.session, account, now)
    if words.HAS_PAID.search(normalise(" ".join(said))) and now.payment is None:
        spoken = replace(payment_said(talk.company, said), insists=True)
        found = payment_problem.look(talk.session, talk.company, account, spoken, since=now.cut_off_at)
        asker = Asker(talk.conversation_id, first_word(talk.slot("first_word_at")), account.phone, "\n".join(said))
        noted = payment_problem.note(talk.session, talk.company, account, asker, spoken, found.findings)
        return [*lines, *found.lines, *noted]
    ways = enquire(talk.session, talk.company, "ask_payment", account.service, "怎么缴费")
    lines += [f"{line}。" for line in ways.lines[:1]] if isinstance(ways, Answer) else []
    return [*lines, "缴了跟我说一声，马上给您办恢复；一次缴不了，可以说“申请分期”。"]


@requests.finishing(TOPIC)
def finished(talk: Dialogue, request: Request) -> list[str]:
    account, chosen = request.account, request.values.get("next")
    assert account is not None  # without proof it is noted before it comes here
    if chosen == "none":
        return [NOT_DONE]
    if chosen == "report":
        talk.later("report_outage", [f"家里{reconnection_told.OFF[account.service]}了"], account.service, first=True)
        return []
    requests.tell_ticket(talk, requests.note_ticket(talk, replace(request, phone=request.phone or account.phone)))
    return []
