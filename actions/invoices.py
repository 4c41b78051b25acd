"""Invoices: what is known beforehand, the request itself, and a title that was wrong."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import requests, thread, words
from actions.dialogue import Dialogue
from actions.requests import AskAgain, Opening, Request
from kefu.accounts.models import Account
from kefu.billing import service as billing
from kefu.billing.invoicing.requests import CATEGORY, Wanted, last_asked, missing_for, refusal_for, request_invoice
from kefu.billing.models import InvoiceRequest
from kefu.clock import clock, local
from kefu.intake.answers import read
from kefu.nlu.normalise import normalise
from kefu.privacy.masking import mask_email, mask_name


@requests.opening(CATEGORY)
def look(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    """Who may not have a special invoice hears it first; a request that is put right keeps what was right."""
    if account is None:
        return Opening()
    text, row = " ".join(said), talk.company.requests[CATEGORY]
    if _wrong_before(talk, text):
        asked = last_asked(talk.session, talk.conversation_id, talk.account_numbers)
        return Opening(values=_kept(talk, asked, text), skip=["phone"], state={"put_right": True})
    if read(row.ask("kind"), text, local(clock.now()).date()) != "special":
        return Opening()
    refusal = refusal_for(talk.company, account, Wanted([], account.holder, "special", unit=True))
    if refusal:
        return Opening(lines=[f"{refusal}。"], skip=["kind"])
    return Opening(values={"title_kind": "company", "title": account.holder})


@requests.finishing(CATEGORY)
def issue(talk: Dialogue, request: Request) -> list[str]:
    """Ask for the invoices; what the rules want besides is asked once more."""
    account = request.account
    assert account is not None  # without proof the form notes a ticket
    wanted = _wanted(talk, account, request.values)
    missing = missing_for(talk.company, wanted)
    if missing:
        name = talk.company.invoices.kinds[wanted.kind].name
        raise AskAgain(missing[0], f"{name}还要{talk.company.requests[CATEGORY].ask(missing[0]).label}。")
    refusal = refusal_for(talk.company, account, wanted)
    if refusal:
        allowed = account.customer_class in talk.company.invoices.kinds[wanted.kind].classes
        raise AskAgain("title" if allowed else "kind", f"{refusal}。")
    done = request_invoice(talk.session, talk.company, account, wanted, requests.asker(talk, request))
    talk.say_again("\n".join([_heading(account, wanted), *done.lines]))
    if done.ticket is not None:
        talk.set(last_ticket=done.ticket.number)
        if not request.state.get("put_right"):  # a call was promised before, or none was wished
            requests.promise_call(talk, done.ticket, request.phone)
    return []


def _wanted(talk: Dialogue, account: Account, values: dict[str, Any]) -> Wanted:
    unit = values.get("title_kind") == "company"
    return Wanted(
        periods=_periods(talk, account, values.get("period")),
        title=values["title"] if unit else account.holder,
        kind=values.get("kind") or "ordinary",
        unit=unit,
        tax_number=values.get("tax_number"),
        email=values.get("email"),
        address=values.get("address"),
        bank=values.get("bank"),
    )


def _periods(talk: Dialogue, account: Account, period: dict[str, Any] | None) -> list[str]:
    """The months named; else the last one there is a bill of, or simply last month."""
    if period and period["months"]:
        return list(period["months"])
    bills = billing.standing_bills(talk.session, account.number)
    return [bills[0].period] if bills else [f"{local(clock.now()):%Y-%m}"]


def _heading(account: Account, wanted: Wanted) -> str:
    """To whom and where, so that a slip is seen at once; a person's name and mailbox masked."""
    title = wanted.title if wanted.unit else f"个人（{mask_name(account.holder)}）"
    tax = f"，税号{wanted.tax_number}" if wanted.tax_number else ""
    mail = f"，发到{mask_email(wanted.email)}" if wanted.email else ""
    return f"发票抬头：{title}{tax}{mail}"


# --- put right -------------------------------------------------------------------------------------------------------
def put_right(talk: Dialogue) -> list[EventType] | None:
    """ "抬头写错了，应该是…" after the invoice was asked for: the same bills with another title."""
    heard = talk.heard
    if talk.form or heard.intent.startswith(("report_", "complain")) or not _wrong_before(talk, heard.text):
        return None
    return thread.start_form(talk, CATEGORY, [heard.text])


def _wrong_before(talk: Dialogue, text: str) -> bool:
    plain = normalise(text)
    wrong = words.INVOICE_FIELD.search(plain) and words.MISREAD.search(plain)
    return bool(wrong and last_asked(talk.session, talk.conversation_id, talk.account_numbers))


def _kept(talk: Dialogue, asked: list[InvoiceRequest], text: str) -> dict[str, Any]:
    """What stays of the request before: all but what is said to be wrong."""
    last, row, plain = asked[-1], talk.company.requests[CATEGORY], normalise(text)
    unit = last.tax_number is not None
    months = sorted(request.period for request in asked)
    values = {
        "period": {"text": "、".join(months), "months": months},
        "title_kind": "company" if unit else "personal",
        "kind": last.kind,
        "title": last.title if unit else None,
        "tax_number": last.tax_number,
        "email": last.email,
        "address": last.address,
        "bank": last.bank,
    }
    wrong = [ask.id for ask in row.asks if ask.id in ("title", "tax_number", "email") and ask.cue]
    return {
        name: value
        for name, value in values.items()
        if not (name in wrong and (cue := row.ask(name).cue) is not None and cue.search(plain))
    }
