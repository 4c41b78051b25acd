"""Questions about a fault of quality, and wishes beside it: 能喝吗, 能退多少钱, 怎么量, answered at once."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import cold_rooms, quality, thread, words
from actions.dialogue import Dialogue
from kefu.company.quality import ROOM, HeatRule, Symptom
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket


def asked(talk: Dialogue) -> list[EventType] | None:
    """ "能喝吗", "能退多少钱", "怎么量" while it is reported, or of the report that stands: answered at once."""
    if talk.form not in (None, "fault_form") or talk.heard.intent in ("report_emergency", "complain"):
        return None
    plain = talk.heard.plain
    of_cold = cold_rooms.REFUND.search(plain) or cold_rooms.MEASURED.search(plain)
    if not (of_cold or talk.company.quality.asks_something(plain)):
        return None
    ticket = tickets.latest_open(talk.session, talk.conversation_id) if talk.form is None else None
    row = quality.of(talk) if talk.form else talk.company.quality.coded(ticket.symptom if ticket else None)
    said = next((one.says for one in row.answers if one.words.search(plain)), None) if row is not None else None
    cold = None if said or not _about_rooms(talk, row) else cold_rooms.rule(talk)
    refund = cold is not None and row is not None and bool(cold_rooms.REFUND.search(plain))
    if said is None and not refund and not (cold is not None and cold_rooms.MEASURED.search(plain)):
        return None
    if talk.form:
        talk.collect()
        talk.set(misses=0)
    if said is not None:
        talk.say_again(said)
    elif cold is not None and refund:
        quality.once(talk, "refund")
        _tell_refund(talk, cold, ticket)
    elif cold is not None:
        cold_rooms.tell_measuring(talk, cold)
    return talk.go_on()


def _about_rooms(talk: Dialogue, row: Symptom | None) -> bool:
    """A cold room is the matter, or was told of just now: "怎么量" after "室温不低于18度"."""
    return (row is not None and row.level == ROOM) or (talk.form is None and "室温" in "".join(talk.heard_so_far(2)))


def _tell_refund(talk: Dialogue, rule: HeatRule, ticket: Ticket | None) -> None:
    judged = quality.judged_now(talk) if ticket is None else None
    degrees = judged.number if judged is not None and judged.how == "below" else None
    if ticket is not None:
        degrees = cold_rooms.reading_noted(ticket.description)
    cold_rooms.tell_refund(
        talk, rule, degrees, quality.place_text(talk) if ticket is None else tickets.told_address(ticket)
    )


def misread(talk: Dialogue) -> list[EventType] | None:
    """Words that surely mean a fault, read as something else: 暖气片漏水 as no heat, 不热能退钱吗 as a wish to stop it."""
    row = talk.company.quality.outright(talk.heard.intent, talk.heard.plain)
    if (
        talk.form
        or row is None
        or talk.heard.service not in (None, row.service)
        or words.COMPLAINS.search(talk.heard.plain)
    ):
        return None
    return thread.start(talk, row.intents[0], [talk.heard.text], row.service)
