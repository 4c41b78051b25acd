"""Every intent comes to its fitting outcome (outcomes.py): never silence, never internals, nothing written for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import yaml

from tests.dialogue.house import loops
from tests.dialogue.matters import must
from tests.dialogue.outcomes import OUTCOMES, Outcome
from tests.dialogue.states import CALL_TIME, PHONE
from tests.dialogue.talking import Talk
from tests.support.server import ROOT, Server

TOPICS = yaml.safe_load((ROOT / "company" / "topics.yml").read_text(encoding="utf-8"))
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
CONTACT_WANTED = "留个电话|回电话?给您|打您登记"
LINES_AT_ONCE = 3
NUMBERS = count(1)


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    rows = [(intent, *row) for intent, row in OUTCOMES.items() if row[1].kind in kinds]
    return pytest.mark.parametrize(("intent", "text", "outcome"), rows, ids=[row[0] for row in rows])


@pytest.fixture
def talk(server: Server, values: dict[str, str]) -> Iterator[Talk]:
    """A fresh talk; afterwards the house rules are checked."""
    one = Talk(server, f"intent-{next(NUMBERS)}", values)
    yield one
    problems = [*one.broken, *loops(one.lines)]
    assert not problems, "\n".join([*problems, str(one)])


def nothing_written(talk: Talk) -> None:
    must(not talk.tickets() and not talk.callbacks() and not talk.handoffs(), "something was written", talk)


def one_ticket(talk: Talk, intent: str, text: str) -> None:
    found = talk.tickets()
    must([t["kind"] for t in found] == [TOPICS[intent]["kind"]], f"one {TOPICS[intent]['kind']} wanted", talk)
    must(found[0]["category"] == intent, f"noted as {found[0]['category']}, it was {intent}", talk)
    must(text in found[0]["description"], "the customer's words are not in the ticket", talk)
    must(found[0]["phone"] == PHONE, "the phone is not in the ticket", talk)
    must(found[0]["number"] in talk.heard, "the number was not told", talk)
    must(bool(talk.handoffs()) == (intent == "report_emergency"), "a person comes into danger, and nowhere else", talk)


# --- the table itself ----------------------------------------------------------------------------------------------------
def test_every_intent_has_its_outcome() -> None:
    assert set(OUTCOMES) == set(DOMAIN["intents"])
    assert len(OUTCOMES) == 54


def test_outcomes_agree_with_the_topics() -> None:
    """What `answer` and `settles` promise in company/topics.yml is what is demanded here."""
    kinds = {intent: outcome.kind for intent, (_, outcome) in OUTCOMES.items() if intent in TOPICS}
    settled = {intent for intent, row in TOPICS.items() if row.get("settles")}
    assert {i for i, kind in kinds.items() if kind in ("answer", "bill")} == settled
    asked_first = {i for i, row in TOPICS.items() if row.get("answer") == "knowledge" and row["kind"] == "application"}
    assert {i for i, kind in kinds.items() if kind == "offer"} == asked_first


def test_no_sentence_is_from_the_training_data() -> None:
    learnt = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "data" / "nlu").glob("*.yml"))
    sentences = [text for text, _ in OUTCOMES.values() if not text.isdigit()]
    assert [s for s in sentences if re.search(f"- {re.escape(s)}$", learnt, re.M)] == []


# --- each outcome --------------------------------------------------------------------------------------------------------
@of_kind("ticket")
def test_it_becomes_its_ticket(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    reply = talk.say(text)
    must(re.search(outcome.reply, reply), f"an answer like {outcome.reply!r} wanted", talk)
    if intent == "report_quality":
        talk.answers["detail"] = "一直这样"
    talk.finish()
    one_ticket(talk, intent, text)


@of_kind("offer")
def test_it_is_answered_then_registered_for_who_wants_it(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    reply = talk.say(text)
    must(re.search(outcome.reply, reply), f"an answer like {outcome.reply!r} wanted", talk)
    must(re.search("登记.*不用", reply), "registration is not offered", talk)
    nothing_written(talk)
    talk.finish()
    if intent == "ask_reconnection":  # this home is not cut off; test_reconnection.py has those that are
        talk.say("请同事核实")
    one_ticket(talk, intent, text)
    phones = [] if "派人上门" in talk.heard else [PHONE]
    must([c["phone"] for c in talk.callbacks()] == phones, "nobody will phone", talk)


@of_kind("offer")
def test_who_only_asked_is_not_registered(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    talk.say(text)
    must("没有登记" in talk.say("不用"), "it is not said that nothing was registered", talk)
    nothing_written(talk)
    must("再见" in talk.say("再见"), "the talk is not free again", talk)


@of_kind("answer")
def test_it_is_answered_at_once(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    replies = talk.server.say(talk.sender, text)
    told = "\n".join(reply.get("text", "") for reply in replies)
    talk.lines += [("customer", text), ("assistant", told)]
    must(re.search(outcome.reply, told), f"an answer like {outcome.reply!r} wanted", talk)
    must(re.search("（.+核对）", told), "no source", talk)
    must(len(replies[0]["text"].splitlines()) <= LINES_AT_ONCE + 1, "more than three lines and their source", talk)
    must(not re.search(CONTACT_WANTED, told), "a contact is asked for", talk)
    if "更多" in [button["title"] for button in replies[0].get("buttons", [])]:
        rest = talk.say("更多")
        must(rest and not set(rest.splitlines()) & set(told.splitlines()), "more is not the rest", talk)
    nothing_written(talk)


@of_kind("bill")
def test_it_is_told_to_whom_it_belongs(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    reply = talk.say(text)
    must("户号" in reply and "后四位" in reply, "no proof is asked for", talk)
    amounts = [talk.values[name.strip("{}")] if name.startswith("{") else name for name in outcome.amounts]
    must(not any(amount in reply for amount in amounts), "told before the proof", talk)
    talk.finish()
    must(all(amount in talk.last for amount in amounts), f"{amounts} wanted", talk)
    nothing_written(talk)


@of_kind("bill")
def test_it_is_not_told_to_a_stranger(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    talk.say(text)
    reply = talk.say(f"{talk.values['account']}，后四位{talk.values['other_digits']}")
    must("对不上" in reply, "a wrong proof passes", talk)
    must(talk.values["amount"] not in talk.heard, "a stranger's bill was told", talk)
    nothing_written(talk)


@of_kind("callback")
def test_a_call_is_booked(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    talk.say(text)
    talk.finish()
    must(CALL_TIME in talk.said, "the time was not asked for", talk)
    booked = [(c["phone"], c["window_start"][:16]) for c in talk.callbacks()]
    must(booked == [(PHONE, "2026-12-10T10:00")], "one call at the time wished wanted", talk)
    must(re.search("12月10日（周四）", talk.last), "date and weekday are not said back", talk)
    must(talk.callbacks()[0]["number"] in talk.last, "the number was not told", talk)
    must(not talk.tickets(), "a ticket as well", talk)


@pytest.mark.parametrize(
    ("text", "wanted"), [("约好的电话改到后天下午三点行不行", "2026-12-11T15:00"), ("约好的回电取消吧", None)]
)
def test_a_promised_call_is_moved_or_cancelled(talk: Talk, text: str, wanted: str | None) -> None:
    talk.say(OUTCOMES["request_callback"][0])
    talk.finish()
    reply = talk.say(text)
    talk.finish()
    (call,) = talk.callbacks()
    must((call["status"] == "cancelled") == (wanted is None), f"it is {call['status']}", talk)
    must(wanted is None or call["window_start"][:16] == wanted, f"it is at {call['window_start']}", talk)
    must(re.search("12月11日（周五）" if wanted else "取消", reply), "it is not said back", talk)
    must(not talk.tickets(), "a ticket as well", talk)


@of_kind("handoff")
def test_a_person_is_called(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    must(re.search(outcome.reply, talk.say(text)), "the place in the queue is not told", talk)
    must([h["status"] for h in talk.handoffs()] == ["waiting"], "nobody is called", talk)
    must(text in talk.handoffs()[0]["summary"], "the customer's words are not in the summary", talk)
    must(not talk.tickets() and not talk.callbacks(), "a ticket or a call as well", talk)


@of_kind("word")
def test_a_word_and_nothing_else(talk: Talk, intent: str, text: str, outcome: Outcome) -> None:
    must(re.search(outcome.reply, talk.say(text)), f"an answer like {outcome.reply!r} wanted", talk)
    nothing_written(talk)
