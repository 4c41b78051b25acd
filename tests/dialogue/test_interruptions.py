"""At every question of every form: danger, cancelling, a question, another wish, a person, small talk, repeat, …

… not knowing, a correction. Each case brings a talk to a state, interrupts it, looks at the reply, then answers what is
asked to the end and looks at what stands in the database. (Waiting for a person and an open choice: test_between.py.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.dialogue.matters import asked_again, matter_ends_well, must, nothing_new, taken_for_data, ticket_of
from tests.dialogue.phrases import (
    CALM,
    CANCEL,
    CORRECTIONS,
    DANGER,
    FORMS,
    NOT_KNOWN,
    PERSON,
    QUESTION,
    REPEAT,
    SECOND_DANGER,
    SMALL_TALK,
    SWITCH,
)
from tests.dialogue.states import HOME, STATES, State
from tests.dialogue.talking import Talk
from tests.support.server import Server

EMERGENCY_PHONE = "96118"
NUMBERS = count(1)
Reach = Callable[[State], Talk]


def parametrized(*rows: tuple[object, ...]) -> pytest.MarkDecorator:
    """Rows of (state, phrase, …), named by state and number."""
    names = ("state", "phrase", "end")[: len(rows[0])]
    return pytest.mark.parametrize(names, rows, ids=[f"{row[0].name}-{n}" for n, row in enumerate(rows, 1)])  # type: ignore[attr-defined]


def every(*forms: str, phrases: list[str]) -> pytest.MarkDecorator:
    """Each state of these forms with each phrasing."""
    return parametrized(*[(state, phrase) for state in STATES if state.form in forms for phrase in phrases])


@pytest.fixture
def reach(server: Server, values: dict[str, str]) -> Iterator[Reach]:
    """A function that brings a new talk to a state; afterwards the house rules are checked."""
    talks: list[Talk] = []

    def bring(state: State) -> Talk:
        talk = Talk(server, f"interrupted-{next(NUMBERS)}", values)
        if state.signed_in:
            server.sign_in(talk.sender, values["account"])
        for text in state.opening:
            talk.say(text)
        must(re.search(state.question, talk.last), "the state was not reached", talk)
        talks.append(talk)
        return talk

    yield bring
    broken = [f"{rule}\n{talk}" for talk in talks for rule in talk.broken]
    assert not broken, "\n".join(broken)


def test_every_state_has_its_cells() -> None:
    assert {state.name for state in STATES} == set(CORRECTIONS)
    assert set(FORMS) <= set(QUESTION) & set(SWITCH) & set(SMALL_TALK)


# --- danger --------------------------------------------------------------------------------------------------------------
@every(*CALM, phrases=DANGER)
def test_danger_goes_first_and_the_form_comes_back(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    first = reply.splitlines()[0]
    must("安全" in first or "危险" in first, "safety is not the first word", talk)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    must("emergency" in talk.alerts(), "nobody was alerted", talk)
    talk.answers["address"] = f"{HOME}楼下"
    talk.finish()
    must("接着办" in talk.said, "the way back was not offered", talk)
    must(len(talk.tickets(category="report_emergency")) == 1, "one emergency wanted", talk)
    matter_ends_well(talk, state)


@every("emergency", phrases=SECOND_DANGER)
def test_a_second_danger_gets_its_own_instructions(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must("电" in reply.splitlines()[0], "no word about electricity first", talk)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    talk.finish()
    for danger in (phrase, state.opening[0]):
        must(danger in str(talk.tickets()), f"{danger} is written nowhere", talk)


# --- cancelling ----------------------------------------------------------------------------------------------------------
@every(*CALM, phrases=CANCEL)
def test_cancelling_leaves_nothing_behind(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must(re.search("不办|没有登记|取消", reply), "it is not said", talk)
    must(not re.search(state.question, reply), "it goes on asking", talk)
    nothing_new(talk, state)


@every("emergency", phrases=CANCEL)
def test_danger_cannot_be_cancelled(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    before = len(talk.tickets())
    reply = talk.say(phrase)
    must(EMERGENCY_PHONE in reply, "no emergency phone", talk)
    after = talk.tickets()
    must(len(after) == before and all(t["status"] != "cancelled" for t in after), "the emergency does not stand", talk)
    must(not before or re.search("不会.{0,4}撤销|不能撤", reply), "it is not said that it stands", talk)


# --- a question, another wish, a person ----------------------------------------------------------------------------------
@parametrized(*[(state, *asked) for state in STATES for asked in QUESTION[state.form]])
def test_a_question_is_answered_at_once(reach: Reach, state: State, phrase: str, end: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must(re.search(end, reply), "the question was passed over", talk)
    asked_again(talk, state)
    nothing_new(talk, state)
    talk.finish()
    matter_ends_well(talk, state)
    taken_for_data(talk, phrase)


@parametrized(*[(state, *switch) for state in STATES for switch in SWITCH[state.form]])
def test_another_wish_is_not_lost(reach: Reach, state: State, phrase: str, end: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    talk.finish()
    matter_ends_well(talk, state)
    if "已经申请过" in talk.heard:  # the same bill's invoice, asked for in another of these talks
        return
    must(len(talk.tickets(category=end)) == 1, "no ticket for the other wish", talk)
    must(phrase in talk.tickets(category=end)[0]["description"], "the words of the other wish are lost", talk)
    taken_for_data(talk, phrase)


@every(*CALM, phrases=PERSON)
def test_a_person_is_called_and_the_form_waits(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    reply = talk.say(phrase)
    must(re.search("转人工.*排在第\\d+位", reply), "the wish is not acknowledged", talk)
    must(not re.search(state.question, reply), "it goes on asking", talk)
    must([h["status"] for h in talk.handoffs()] == ["waiting"], "nobody is called", talk)
    must(state.opening[0] in talk.handoffs()[0]["summary"], "the colleague is not told what it was about", talk)
    talk.say("不等了")
    must([h["status"] for h in talk.handoffs()] == ["left"], "still in the queue", talk)
    talk.finish()
    must("接着办" in talk.said, "the way back was not offered", talk)
    matter_ends_well(talk, state)


@every("emergency", phrases=PERSON)
def test_in_danger_a_person_is_on_the_phone(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    must(EMERGENCY_PHONE in talk.say(phrase), "no number where a person answers now", talk)
    talk.finish()
    matter_ends_well(talk, state)


# --- no answer -----------------------------------------------------------------------------------------------------------
@parametrized(*[(state, chat) for state in STATES for chat in SMALL_TALK[state.form]])
def test_small_talk_changes_nothing(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    asked_again(talk, state)
    nothing_new(talk, state)
    talk.finish()
    matter_ends_well(talk, state)
    taken_for_data(talk, phrase)


@every(*FORMS, phrases=REPEAT)
def test_it_says_its_question_again(reach: Reach, state: State, phrase: str) -> None:
    talk = reach(state)
    talk.say(phrase)
    asked_again(talk, state)
    nothing_new(talk, state)
    talk.finish()
    matter_ends_well(talk, state)
    taken_for_data(talk, phrase)


@every(*FORMS, phrases=NOT_KNOWN)
def test_not_knowing_is_no_farewell(reach: Reach, state: State, phrase: str) -> None:
    """Neither a cancellation nor a value; the talk goes on, and the matter comes to its end all the same."""
    talk = reach(state)
    reply = talk.say(phrase)
    must(not re.search("不办|撤销|再见", reply), "taken for a farewell", talk)
    talk.finish()
    if state.name == "callback-time":
        matter_ends_well(
            talk, state, corrected={"window_start": ""}
        )  # who cannot say when gets the first free half hour
    elif state.form in ("callback", "identity"):
        matter_ends_well(talk, state)
    else:
        ticket_of(talk, state)
    taken_for_data(talk, phrase)


# --- a correction --------------------------------------------------------------------------------------------------------
@parametrized(*[(state, text, end) for state in STATES for text, end in CORRECTIONS[state.name]])
def test_a_correction_changes_only_that(reach: Reach, state: State, phrase: str, end: dict[str, str]) -> None:
    talk = reach(state)
    talk.say(phrase)
    talk.finish()
    matter_ends_well(talk, state, corrected=end)
    must(len(talk.tickets()) == (0 if state.form in ("callback", "identity") else 1), "another number of tickets", talk)
