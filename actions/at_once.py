"""What the talk itself explains, before any intent is asked: the queue, a survey, an open choice, 更多, a follow-up…"""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import (
    after_danger,
    boundaries,
    call_changes,
    charts,
    claims,
    clarify,
    complaints,
    duty,
    everyone,
    false_alarm,
    fault_questions,
    fault_said,
    identity,
    invoices,
    known,
    outage_questions,
    own_tickets,
    people,
    places,
    promised_calls,
    quality,
    readings,
    restored,
    surveys,
    thread,
    ticket_choice,
    ticket_status,
    vulnerable,
    what_ifs,
    words,
)
from actions.bills import own_account
from actions.dialogue import Dialogue
from actions.enquire import service_told
from actions.request_form import wished_outright
from actions.telling import more
from kefu.billing.service import owing
from kefu.nlu.normalise import fold_digits
from kefu.tickets import service as tickets

BILL_TOPICS = ("ask_bill", "explain_bill")
FOLLOW_UP_LENGTH = 14
NO_MORE = "刚才说的就是全部了。想问别的，直接说。"
# What carries a wish of its own; a call or a proof in the same words does not change it.
OWN_MATTERS = ("report_", "complain", "claim_", "urge_", "cancel_", "apply_")


def at_once(talk: Dialogue) -> list[EventType] | None:
    """Events if the message is explained by where the talk stands; None if its intent decides."""
    for understood in ORDER:
        events = understood(talk)
        if events is not None:
            return events
    return None


def _more(talk: Dialogue) -> list[EventType] | None:
    """更多: the rest of a long answer."""
    if not words.MORE.match(talk.heard.plain):
        return None
    if not more(talk):
        if talk.form or talk.heard.plain != "更多":
            return None
        talk.say_again(NO_MORE)
    return talk.go_on()


def _chart(talk: Dialogue) -> list[EventType] | None:
    """ "看用量图", whatever intent it was read as; the bill's taker asks for proof first."""
    heard = talk.heard
    if talk.form or heard.intent == "report_emergency" or not charts.asked(heard.plain):
        return None
    return thread.start(talk, "ask_bill", [heard.text])


def _proof_given(talk: Dialogue) -> list[EventType] | None:
    """Account number and last four digits in one message, with the question or without."""
    heard = talk.heard
    number = heard.first("account_number")
    if talk.form or not number or heard.phone or heard.intent.startswith(OWN_MATTERS):
        return None
    if heard.intent in talk.company.requests and heard.confidence >= thread.SURE:
        return None
    wished = next(
        (one for one in talk.company.requests if wished_outright(talk, one, [heard.text], heard.service)), None
    )
    if wished is not None:
        return thread.start(talk, wished, [heard.text])
    plain = fold_digits(heard.plain).replace(number, " ")
    if not (words.LAST_FOUR.search(plain) or words.FOUR_DIGITS.search(plain)):
        return None
    asked = heard.likeliest(BILL_TOPICS)
    return thread.start(talk, asked if asked in BILL_TOPICS else "ask_bill", [heard.text])


def _in_parts(talk: Dialogue) -> list[EventType] | None:
    """ "我要分3期交": a plan of so many parts, whatever intent the figure was read as."""
    if talk.form or not words.IN_PARTS.search(talk.heard.plain):
        return None
    return thread.start(talk, "request_fee_relief", [talk.heard.text])


def _when_answered(talk: Dialogue) -> list[EventType] | None:
    """ "什么时候给我答复" after something was registered: what that ticket's promise is."""
    if talk.form or not words.WHEN_ANSWERED.search(talk.heard.plain):
        return None
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    if ticket is None:
        return None
    ticket_status.show(talk, [ticket])
    return talk.events


def _explains(talk: Dialogue) -> list[EventType] | None:
    """ "跟8月比", and a bare "为啥" after a bill: its explanation."""
    plain = talk.heard.plain
    asked = words.COMPARED.match(plain) or (talk.slot("last_topic") in BILL_TOPICS and words.BARE_WHY.match(plain))
    if talk.form or not asked or not talk.accounts:
        return None
    return thread.start(talk, "explain_bill", [talk.heard.text])


def _to_be_checked(talk: Dialogue) -> list[EventType] | None:
    """ "我要核查11月的电费" is no question what the bill is."""
    if talk.form or talk.heard.intent not in BILL_TOPICS or not words.CHECKED.search(talk.heard.plain):
        return None
    return thread.start(talk, "dispute_bill", [talk.heard.text])


def _due_when(talk: Dialogue) -> list[EventType] | None:
    """ "最晚哪天缴" from whoever owes: his own bills and their dates."""
    if talk.form or not words.DUE_WHEN.match(talk.heard.plain):
        return None
    account = own_account(talk, [talk.heard.text])
    if account is None or not owing(talk.session, account.number):
        return None
    return thread.start(talk, "ask_bill", [talk.heard.text])


def _cut_off(talk: Dialogue) -> list[EventType] | None:
    """ "我家没电了" where we cut it off for debts: no crew can help, only a payment."""
    heard = talk.heard
    if talk.form or heard.intent != "report_outage" or heard.address or heard.elsewhere:
        return None
    account = own_account(talk, [heard.text])
    if account is None or account.status != "cut_off":
        return None
    return thread.start(talk, "ask_reconnection", [heard.text], account.service)


def _price_asked(talk: Dialogue) -> list[EventType] | None:
    """ "水费怎么算的" from whoever has no account here: the price, not a proof."""
    heard = talk.heard
    asked = heard.intent in BILL_TOPICS and words.HOW_PRICED.match(heard.plain)
    if talk.form or not asked or talk.accounts:
        return None
    return thread.start(talk, "ask_tariff", [heard.text], heard.service)


def _complains(talk: Dialogue) -> list[EventType] | None:
    """ "投诉…" said outright is a complaint, whatever it is about."""
    plain = talk.heard.plain
    outright = words.COMPLAINS.search(plain) or words.COMPLAINS_AGAIN.search(plain)
    if talk.form or not outright or words.ABOUT_COMPLAINTS.search(plain) or talk.heard.intent == "report_emergency":
        return None
    topic = "claim_damage" if talk.heard.intent == "claim_damage" else "complain"
    return thread.start(talk, topic, [talk.heard.text])


def _claims(talk: Dialogue) -> list[EventType] | None:
    """Compensation asked for what happened: a claim, though a fault is told along with it."""
    plain, misread = (talk.heard.plain, ("report_quality", "report_facility", "dispute_bill", "complain"))
    asked = words.CLAIMS.search(plain) and words.HAPPENED.search(plain) and not words.OUTAGE_SIGN.search(plain)
    if talk.form or not asked or talk.heard.intent not in misread:
        return None
    return thread.start(talk, "claim_damage", [talk.heard.text])


def _resumes(talk: Dialogue) -> list[EventType] | None:
    """ "刚才那发票还能接着弄吗" after the offer to go on."""
    offered = talk.slot("offered_return") in ("fault", "pending")
    if talk.form or not offered or not words.RESUMES.search(talk.heard.plain) or talk.heard.no:
        return None
    return thread.come_back(talk)


def _call_me(talk: Dialogue) -> list[EventType] | None:
    """A call asked for at a time: that comes first, whatever the call is to be about."""
    heard = talk.heard
    other = heard.intent.startswith(OWN_MATTERS) and heard.intent != "cancel_callback"
    if talk.form or other or not heard.times or not words.CALL_ME.search(heard.plain):
        return None
    if heard.intent in ("ask_ticket", "ask_outage", "reschedule_callback", "cancel_callback", "suggest", "praise"):
        return None
    return promised_calls.about_the_call(talk) or thread.start(talk, "request_callback", [heard.text])


def _follow_up(talk: Dialogue) -> list[EventType] | None:
    """ "那水呢" after a price, "那10月呢" after a bill: the same question about another."""
    heard, topic = talk.heard, talk.slot("last_topic")
    short = len(heard.plain) <= FOLLOW_UP_LENGTH and words.FOLLOWS_UP.match(heard.plain)
    if talk.form or not topic or not short or not (heard.service or heard.values("period")):
        return None
    return thread.start(talk, topic, [heard.text], heard.service)


ORDER = (
    people.while_waiting,
    duty.beside,
    everyone.answered,
    after_danger.signs,
    false_alarm.taken,
    after_danger.grows,
    after_danger.may_i,
    after_danger.asked,
    quality.alarmed,
    surveys.scored,
    restored.answered,
    fault_said.back_already,
    fault_questions.asked,
    fault_questions.misread,
    boundaries.followed,
    vulnerable.heard,
    known.answered,
    outage_questions.place_given,
    identity.about_the_proof,
    surveys.answered,
    promised_calls.asked_after,
    promised_calls.right_number,
    call_changes.spoken_of,
    ticket_choice.answered,
    ticket_choice.proof_instead,
    ticket_choice.named,
    clarify.chosen,
    places.chosen,
    service_told,
    fault_said.leak,
    _more,
    what_ifs.answered,
    readings.put_right,
    invoices.put_right,
    readings.told,
    _proof_given,
    _resumes,
    own_tickets.asked_or_withdrawn,
    outage_questions.status_asked,
    outage_questions.off_said,
    own_tickets.urged,
    fault_said.off_and_urged,
    own_tickets.not_solved,
    _in_parts,
    _when_answered,
    _to_be_checked,
    _explains,
    _due_when,
    _cut_off,
    _price_asked,
    claims.asked_how,
    complaints.wishes_anonymity,
    _claims,
    _complains,
    _chart,
    _call_me,
    promised_calls.about_the_call,
    _follow_up,
    clarify.service_only,
)
