"""A customer's own meter reading: doubted once, kept, and what it will cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from rasa_sdk.events import EventType

from actions import requests, thread, words
from actions.dialogue import Dialogue
from actions.requests import AskAgain, Opening, Request
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.attachments.service import of_the_matter
from kefu.billing.assessing import Assessment, OwnReading, assess, expected_text, meters_in_use
from kefu.billing.estimates import estimate_bill, unbilled_use
from kefu.billing.models import Reading
from kefu.billing.own_readings import CATEGORY, Kept, keep, last_told
from kefu.billing.pricing.lines import money, number, unit_name
from kefu.billing.pricing.use import CannotPrice
from kefu.clock import clock, local
from kefu.company.papers import Reason
from kefu.intake.answers import read
from kefu.intake.meter_numbers import read_meter
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values

# What another meter's number puts right, not another reading.
OF_THE_METER: tuple[Reason, ...] = ("which_meter", "unknown_meter")

# What a bare number with "电表" beside it is taken for.
MISREAD_AS = ("inform", "correct", "ask_bill", "report_facility", "report_quality", "other", "chitchat")


@requests.opening(CATEGORY)
def look(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    """Which meter is asked only where there are several; a proved customer is not asked for a phone."""
    corrected = _corrected(talk, " ".join(said))
    if corrected is not None and account is not None:
        last, value = corrected
        return Opening(
            values={"service": account.service, "meter": last.meter_number, "reading": value}, skip=["phone"]
        )
    named = next((str(v.value) for text in said for v in find_values(text) if v.entity == "service"), None)
    if account is None:
        return Opening(values={"service": named} if named else {}, skip=["meter"])
    if named not in (None, account.service):  # proved another service's account than the meter's
        talk.say("utter_request_unproved")
        return Opening(values={"service": named}, skip=["meter"])
    meters = meters_in_use(talk.session, account)
    if not meters and (named or len(talk.accounts) == 1):
        return Opening(lines=[talk.company.metering.reasons["no_meter"]], settled=True)
    several = named is None and len({one.service for one in talk.accounts}) > 1
    chosen = several and talk.slot("last_account") != account.number
    tariff = talk.tariffs.on(account.tariff, local(clock.now()).date())
    parts = any((read_meter(text) or {}).get("peak") for text in said)
    return Opening(
        lines=[talk.company.metering.two_registers] if tariff is not None and tariff.hours and not parts else [],
        values={} if chosen else {"service": account.service},
        skip=["phone", *([] if len(meters) > 1 else ["meter"])],
    )


@requests.finishing(CATEGORY)
def take(talk: Dialogue, request: Request) -> list[str]:
    account = _account(talk, request)
    if account is None:
        return requests.as_ticket(talk, replace(request, account=None))
    own = _own(talk, request)
    found = assess(talk.session, talk.company, account, own)
    if not found.plausible and not _asked_before(request, found):
        raise _doubt(talk, account, found, request.values["reading"])
    asker = requests.asker(talk, request)
    asker = replace(asker, phone=asker.phone or account.phone)  # whoever visits phones first
    kept = keep(talk.session, talk.company, account, own, asker)
    _tell(talk, account, kept)
    return []


def _account(talk: Dialogue, request: Request) -> Account | None:
    """The proved account of the meter that was named in the end."""
    wanted = request.values.get("service")
    if request.account is not None and wanted in (None, request.account.service):
        return request.account
    return next((account for account in talk.accounts if account.service == wanted), None)


def _own(talk: Dialogue, request: Request) -> OwnReading:
    said = request.values["reading"]
    peak, valley = (Decimal(said[name]) if said[name] else None for name in ("peak", "valley"))
    return OwnReading(
        value=Decimal(said["number"]),
        on=local(clock.now()).date(),
        meter_number=request.values.get("meter"),
        peak=peak,
        valley=valley,
        photos=of_the_matter(talk.session, talk.conversation_id),
    )


def _asked_before(request: Request, found: Assessment) -> bool:
    """Once is enough; the meter and its number are two questions."""
    return f"again_{_asked(found)}" in request.state


def _asked(found: Assessment) -> str:
    return "meter" if found.reason in OF_THE_METER else "reading"


def _doubt(talk: Dialogue, account: Account, found: Assessment, said: dict[str, Any]) -> AskAgain:
    """Why the number is hard to believe, with the numbers that say so; and how to stay with it."""
    if found.reason in OF_THE_METER:
        return AskAgain("meter", f"{found.says}。")
    expected = expected_text(talk.company, account, found)
    lines = [found.says, *([f"（{expected}）"] if expected else []), talk.company.metering.if_sure]
    meant = said if found.meant is None else {"number": number(found.meant), "peak": None, "valley": None}
    return AskAgain("reading", "\n".join(lines), meant=meant, same=said)


# --- told ------------------------------------------------------------------------------------------------------------
def _tell(talk: Dialogue, account: Account, kept: Kept) -> None:
    if kept.ticket is not None:
        talk.set(last_ticket=kept.ticket.number)
    talk.set(last_account=account.number)
    again = ["这个数今天已经记过了"] if kept.already else ["已经改成新报的数"] if kept.superseded is not None else []
    cost, arithmetic = _cost(talk, account, kept)
    lines = [*again, *kept.lines, *cost]
    tell(talk, [*lines, *arithmetic], at_once=len(lines))


def _cost(talk: Dialogue, account: Account, kept: Kept) -> tuple[list[str], list[str]]:
    """ "按这个读数，这期约96.84元", and its arithmetic; nothing where it cannot be said."""
    if kept.reading is None or not kept.assessment.plausible:
        return [], []
    use = unbilled_use(talk.session, talk.tariffs, account, kept.reading)
    if use is None or use.start is None:
        return [], []
    try:
        priced = estimate_bill(talk.tariffs, account, use)
    except CannotPrice:
        return [], []
    unit = unit_name(talk.company.metering.services[account.service].unit)  # type: ignore[index]
    used = f"从{use.start.month}月{use.start.day}日到今天用了{number(use.quantity)}{unit}"
    told = f"按这个读数，这期约{money(priced.total)}元（{used}），以账单为准"
    return [told], [line.text for line in priced.lines]


# --- put right, and told in other words ------------------------------------------------------------------------------
def put_right(talk: Dialogue) -> list[EventType] | None:
    """ "不对，是12354" after a reading of today: it takes the place of that one."""
    heard = talk.heard
    if talk.form or heard.has_particulars or not words.MISREAD.search(heard.plain):
        return None
    corrected = _corrected(talk, heard.text)
    if corrected is None:
        return None
    talk.set(last_account=corrected[0].account_number)
    return thread.start_form(talk, CATEGORY, [heard.text])


def _corrected(talk: Dialogue, text: str) -> tuple[Reading, dict[str, Any]] | None:
    """The reading of today that is put right, and what it should be."""
    if not words.MISREAD.search(normalise(text)):
        return None
    last = last_told(talk.session, talk.conversation_id, talk.account_numbers)
    today = local(clock.now()).date()
    value = read(talk.company.requests[CATEGORY].ask("reading"), text, today, asked=True) if last is not None else None
    return (last, value) if last is not None and value is not None else None


def told(talk: Dialogue) -> list[EventType] | None:
    """ "你们估的不对，我表上是5302": a reading, though it was read as a doubt about the bill."""
    heard = talk.heard
    of_bill = heard.intent in ("dispute_bill", "explain_bill", "complain", "vent")
    doubts = of_bill and words.ESTIMATED.search(heard.plain)
    misread = heard.intent in MISREAD_AS or (of_bill and not words.DOUBTS.search(heard.plain))
    if talk.form or not (doubts or misread) or not words.METER_SHOWS.search(heard.plain):
        return None
    if words.HOW.search(heard.plain) and not doubts:
        return None
    return thread.start_form(talk, CATEGORY, [heard.text])
