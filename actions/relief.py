"""Who cannot pay, or not all at once: what the rules allow is offered, granted on a yes, or sent to a supervisor."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast, get_args

from actions import bills, requests, ticket_status, words
from actions.dialogue import Dialogue
from actions.requests import AskAgain, Opening, Request
from actions.telling import shown_phone
from kefu.accounts.models import Account
from kefu.billing import relief_told
from kefu.billing.grants import grant
from kefu.billing.relief import CATEGORY, Decision, Wish, assess
from kefu.clock import clock, local
from kefu.company.relief import WishKind
from kefu.intake.answers import read
from kefu.intake.relief_words import wish_of
from kefu.intake.service import first_word
from kefu.nlu.normalise import normalise
from kefu.tickets.models import Ticket

UNPROVED = "缓交、分期和减免要核对了户号才能定，我先把您的申请记下来，由同事来办。"
NOT_DONE = "好的，没有办理。要办的时候随时跟我说。"


@requests.own(CATEGORY)
def is_own(talk: Dialogue, said: list[str], account: Account) -> bool:
    """A wish is named, or that he cannot pay; who only asks about benefits hears of them first."""
    kind, text = _kind(talk, said), normalise(" ".join(said))
    return (
        not words.ASKS_THE_WAY.search(text)
        and kind != "hardship"
        and (kind is not None or bool(words.CANNOT_PAY.search(text)))
    )


@requests.opening(CATEGORY)
def opened(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    if account is None:
        return Opening([UNPROVED])
    kind = _kind(talk, said)
    if kind in get_args(WishKind):
        since = first_word(talk.slot("first_word_at")).isoformat()
        return _opened_with(talk, account, wish_of(cast(WishKind, kind), said), said, since)
    open_to_all = relief_told.possible(talk.session, talk.company, account)
    if not open_to_all:
        refused = assess(talk.session, talk.company, account, Wish("postpone"))
        return _asking(*_by_person(talk, account, relief_told.refusal(refused), "person"))
    labels = talk.company.relief.labels
    found = [f"{labels[one]}（{'当场办' if outcome == 'granted' else '要审核'}）" for one, outcome in open_to_all]
    return _asking(
        [f"您这一户可以办：{'、'.join(found)}。"],
        {"choices": {"wish": [*(one for one, _ in open_to_all), "person", "none"]}},
    )


def _opened_with(talk: Dialogue, account: Account, wish: Wish, said: list[str], since: str) -> Opening:
    known = relief_told.earlier(talk.session, account, wish.kind)
    if known is not None:
        return Opening(relief_told.standing(talk.session, talk.company, account, *known), settled=True)
    decision = assess(talk.session, talk.company, account, wish)
    if decision.outcome != "refused" and _outright(wish, said):
        return Opening(_grant(talk, account, wish, said, since), settled=True)
    return _asking(*_proposal(talk, account, decision))


def _asking(lines: list[str], state: dict[str, Any]) -> Opening:
    return Opening(lines, skip=["phone"], asks=["wish"], state=state)


def _outright(wish: Wish, said: list[str]) -> bool:
    """A waiver binds nobody; a plan is read out first, unless its number was named in a plain order."""
    named = wish.parts or wish.days or wish.first_on
    return wish.kind == "waive_late_fee" or bool(named and not words.ASKS_LEAVE.search(normalise(" ".join(said))))


def _kind(talk: Dialogue, said: list[str]) -> str | None:
    ask = talk.company.requests[CATEGORY].ask("wish")
    kinds = [read(ask, text, local(clock.now()).date()) for text in said]
    return next((kind for kind in reversed(kinds) if kind in get_args(WishKind)), None)


# --- what is offered -----------------------------------------------------------------------------------------------------
def _proposal(talk: Dialogue, account: Account, decision: Decision) -> tuple[list[str], dict[str, Any]]:
    """The terms of what was wished, or why not and what is possible instead; one yes takes it."""
    lines, others = [], [kind for kind, _ in decision.instead]
    if decision.outcome == "refused":
        lines = [*relief_told.refusal(decision), *bills.plan_told(talk, account)]
        usual = assess(talk.session, talk.company, account, Wish(decision.wish.kind))
        if usual.outcome == "refused" and not others:
            return _by_person(talk, account, lines, decision.wish.kind)
        lines.append("这样可以：")
        if usual.outcome == "refused":
            usual, others = assess(talk.session, talk.company, account, Wish(others[0])), others[1:]
        decision = usual
    else:
        possible = relief_told.possible(talk.session, talk.company, account)
        others = [kind for kind, _ in possible if kind != decision.wish.kind]
    lines += relief_told.terms(talk.company, decision)
    wish = {name: getattr(decision.wish, name) for name in ("kind", "parts", "days", "bill")}
    first = decision.wish.first_on
    return lines, {
        "proposal": {**wish, "first_on": first.isoformat() if first else None},
        "choices": {"wish": ["agreed", *others, "person", "none"]},
        "wished": decision.wish.kind,
    }


def _by_person(talk: Dialogue, account: Account, lines: list[str], wished: str) -> tuple[list[str], dict[str, Any]]:
    if talk.slot("phone") is None and account.phone:
        talk.set(phone=account.phone)
    ask = f"您的缓交或减免，要请同事打您登记的手机 {shown_phone(talk)} 再看看吗？"
    return [*lines, ask], {"proposal": None, "choices": {"wish": ["agreed", "none"]}, "wished": wished}


# --- what is done --------------------------------------------------------------------------------------------------------
@requests.finishing(CATEGORY)
def finished(talk: Dialogue, request: Request) -> list[str]:
    account, chosen, state = request.account, request.values.get("wish"), request.state
    assert account is not None  # without proof it is noted before it comes here
    if chosen == "none":
        return [NOT_DONE]
    if chosen == "agreed" and state.get("proposal"):
        wish = _wish(state["proposal"])
    elif chosen in get_args(WishKind):
        wish = wish_of(cast(WishKind, chosen), request.said)
        _ask_before(talk, account, wish, state)
    else:
        wished = {"wish": state.get("wished") or "person"}
        talk.set(request_values={**(talk.slot("request_values") or {}), **wished})
        requests.tell_ticket(talk, requests.note_ticket(talk, replace(request, phone=account.phone)))
        return []
    return _grant(talk, account, wish, request.said, request.first_word_at.isoformat())


def _ask_before(talk: Dialogue, account: Account, wish: Wish, state: dict[str, Any]) -> None:
    """Another wish: its terms first, unless it binds nobody."""
    decision = assess(talk.session, talk.company, account, wish)
    known = relief_told.earlier(talk.session, account, wish.kind)
    if known is None and (decision.outcome == "refused" or wish.kind != "waive_late_fee"):
        lines, more = _proposal(talk, account, decision)
        talk.set(request_state={**state, **more})
        raise AskAgain("wish", "\n".join(lines))


def _wish(proposal: dict[str, Any]) -> Wish:
    first = proposal["first_on"]
    return Wish(**{**proposal, "first_on": date.fromisoformat(first) if first else None})


def _grant(talk: Dialogue, account: Account, wish: Wish, said: list[str], since: str) -> list[str]:
    known = relief_told.earlier(talk.session, account, wish.kind)
    if known is not None:
        return relief_told.standing(talk.session, talk.company, account, *known)
    done = grant(
        talk.session,
        talk.company,
        account,
        wish,
        talk.conversation_id,
        first_word(since),
        "\n".join(said),
        account.phone,
    )
    talk.set(last_ticket=done.ticket.number)
    return relief_told.done(talk.session, account, done)


# --- how it stands -------------------------------------------------------------------------------------------------------
def outcome(talk: Dialogue, ticket: Ticket) -> list[str]:
    """Asked after by its ticket: what the supervisor said, to whoever has proved the account."""
    account = next((one for one in talk.accounts if one.number == ticket.account_number), None)
    request = relief_told.request_of(talk.session, ticket)
    if account is None or request is None:
        return []
    return relief_told.standing(talk.session, talk.company, account, request, ticket)


ticket_status.OUTCOMES[CATEGORY] = outcome
