"""Where a ticket stands, told to whom it belongs: one in full, several as a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actions import words
from actions.dialogue import Dialogue
from kefu.clock import day_and_time
from kefu.tickets import service as tickets
from kefu.tickets import telling
from kefu.tickets.due import promise_of
from kefu.tickets.models import Ticket

MOST = 5
# What else is told of a ticket, by its category: how it was decided. The topic's own module puts itself here.
OUTCOMES: dict[str, Callable[[Dialogue, Ticket], list[str]]] = {}


def own(talk: Dialogue) -> list[Ticket]:
    """The customer's tickets, newest first: made in this talk, and those of accounts proved here.

    What somebody complained of without his name is told to nobody else, be it his own household.
    """
    found = tickets.of_customer(talk.session, talk.conversation_id, talk.account_numbers)
    return [one for one in found if not one.anonymous or one.conversation_id == talk.conversation_id]


def in_order(found: Sequence[Ticket]) -> list[Ticket]:
    """As they are listed: what is open first, the newest first."""
    return sorted(found, key=lambda one: one.status not in tickets.OPEN)


def show(talk: Dialogue, found: Sequence[Ticket]) -> None:
    """One in full, several in a line each; `last_ticket` is the one that was told in full."""
    if len(found) == 1:
        talk.say_again("\n".join(telling.told(talk.session, talk.company, found[0])))
        talk.set(last_ticket=found[0].number)
    else:
        enumerate_all(talk, found, "ticket_list")
    more = [line for one in found[:MOST] if one.category in OUTCOMES for line in OUTCOMES[one.category](talk, one)]
    if more:
        talk.say_again("\n".join(more))


def enumerate_all(talk: Dialogue, found: Sequence[Ticket], phrase: str) -> None:
    """Several, a line each; `phrase` says what to do with the list."""
    lines = [telling.brief(talk.session, talk.company, ticket) for ticket in in_order(found)[:MOST]]
    talk.tell(phrase, count=len(found), text="\n".join(lines))


def due_with_restoration(talk: Dialogue, ticket: Ticket) -> str:
    """The ticket's due time; and what is published of restoration there, unless only the arrival was asked about."""
    due = f"按公布的时限应在{day_and_time(ticket.due_at)}前：{ticket.due_source}"
    if words.WHEN_HERE.search(talk.heard.plain):
        return due
    said = [due]
    for one in promise_of(talk.session, talk.company, ticket).restored:
        said.append(one.says if one.source in ticket.due_source else f"{one.says}（{one.source}）")
    return "；".join(said)
