"""What must be true of a talk: the question asked again, nothing written yet, the matter's own end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.dialogue.judge import fill
from tests.dialogue.states import PICK, State
from tests.dialogue.talking import Talk

ALREADY_A_TICKET = ("emergency-detail", "emergency-phone")


def must(holds: object, what: str, talk: Talk) -> None:
    """Fail with the whole talk."""
    if not holds:
        pytest.fail(f"{what}\n\n{talk}", pytrace=False)


def asked_again(talk: Talk, state: State) -> None:
    must(re.search(state.question, talk.last), "the same question is not asked again", talk)


def nothing_new(talk: Talk, state: State) -> None:
    most = 1 if state.name in ALREADY_A_TICKET else 0
    must(len(talk.tickets()) == most, "a ticket too many or too few", talk)
    people = [row for row in talk.handoffs() if state.form != "emergency" or row["skill"] != "emergency"]
    must(not talk.callbacks() and not people, "a call or a person nobody asked for", talk)


def not_asked_twice(talk: Talk, state: State) -> None:
    for given in state.answered:
        said = fill(given, talk.values)
        must(talk.said.count(said) == 1, f"{said} was asked for again", talk)


def taken_for_data(talk: Talk, phrase: str) -> None:
    """What was no answer stands in no field that an answer fills."""
    fields = [str(t[name]) for t in talk.tickets() for name in ("address", "demand")]
    must(phrase not in "".join(fields), "taken for an answer", talk)


# --- how a matter ends ---------------------------------------------------------------------------------------------------
def matter_ends_well(talk: Talk, state: State, corrected: dict[str, str] | None = None) -> None:
    """The matter of the state stands once, with all that was said about it, `corrected` over what was said before."""
    wanted = {k: fill(str(v), talk.values) for k, v in {**state.end, **(corrected or {})}.items()}
    {"callback": _call_booked, "identity": _bill_told, "choice": _bill_told}.get(state.form, _ticket_made)(
        talk, state, wanted
    )
    if corrected is None:
        not_asked_twice(talk, state)


def ticket_of(talk: Talk, state: State) -> dict[str, Any]:
    """The one ticket of this matter."""
    own = talk.tickets(category=state.category) if state.category else talk.tickets(kind="fault")
    must(len(own) == 1, f"{len(own)} tickets of the matter, one wanted", talk)
    return own[0]


def _ticket_made(talk: Talk, state: State, wanted: dict[str, str]) -> None:
    own = ticket_of(talk, state)
    wrong = {k: own[k] for k, v in wanted.items() if v not in str(own[k])}
    must(not wrong, f"wrong or lost on the way: {wrong}, wanted {wanted}", talk)
    must(own["number"] in talk.heard, "the number was not told", talk)


def _call_booked(talk: Talk, state: State, wanted: dict[str, str]) -> None:
    matching = [c for c in talk.callbacks() if all(v in str(c[k]) for k, v in wanted.items())]
    own = [c for c in talk.callbacks() if c.get("ticket") is None]
    must(len(own) == 1 and own[0] in matching, f"one call with {wanted} wanted", talk)
    must(own[0]["number"] in talk.heard, "the number was not told", talk)


def _bill_told(talk: Talk, state: State, wanted: dict[str, str]) -> None:
    """In one reply, after the proof; no ticket of it."""
    if state.form == "choice" and PICK not in talk.said:
        talk.say(PICK)
        talk.finish()
    told = [text for who, text in talk.lines if who == "assistant" and all(v in text for v in wanted.values())]
    must(told, f"the bill was not told: {wanted}", talk)
    must(not talk.tickets(category="explain_bill"), "a ticket for what was answered", talk)
