"""A desk's two months, drawn at random: tickets, clocks, moves, surveys, calls, talks. Rows only, no rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackAttempt
from kefu.clock import parse_local
from kefu.conversations.models import Conversation, Inbox
from kefu.handoff.models import Handoff
from kefu.network.models import Place
from kefu.staff.models import Staff
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket, TicketClock, TicketEvent, TicketLink

NOW = "2026-12-03T10:20"
FIRST = parse_local("2026-10-25T00:00")
DAYS = 42
KINDS = ("fault", "emergency", "complaint", "dispute", "application", "enquiry", "opinion")
SERVICES = ("electricity", "water", "gas", "heat", None)
CATEGORIES = ("report_outage", "report_quality", "complain", "dispute_bill", "other")
PLACES = ("阳光花园", "柳林里", "王家村")
STATES = ("new", "assigned", "in_progress", "waiting", "resolved", "closed", "cancelled")
INTENTS = ("ask_bill", "ask_tariff", "report_outage", "greet", "thanks", "complain")
DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")


class Desk:
    """Draws rows and writes them; `tickets`, `talks`: how many."""

    def __init__(self, session: Session, seed: int, tickets: int = 120, talks: int = 60) -> None:
        self.session, self.draw = session, Random(seed)
        for number, unit in enumerate(("LJ-D", "DH-S", None)):
            session.merge(_staff(number, unit))
        for number, place in enumerate(PLACES):
            session.add(Place(code=f"P{number}", name=place))
        self.tickets = [self._ticket(number) for number in range(tickets)]
        session.flush()
        for ticket in self.tickets:
            self._follow(ticket)
        for number in range(talks):
            self._conversation(number)
        session.flush()
        self._phone()

    def moment(self, after: datetime | None = None, hours: float = 24 * DAYS) -> datetime:
        """Some whole second, sometimes exactly midnight in Shanghai."""
        if after is None and self.draw.random() < 0.05:
            return FIRST + timedelta(days=self.draw.randrange(DAYS))
        return (after or FIRST) + timedelta(seconds=self.draw.randrange(int(hours * 3600)))

    def maybe(self, value: Any, chance: float = 0.5) -> Any:
        return value if self.draw.random() < chance else None

    # --- tickets -----------------------------------------------------------------------------------------------------
    def _ticket(self, number: int) -> Ticket:
        draw, first_word = self.draw, self.moment()
        parts = draw.choice(
            [{"community": draw.choice([*PLACES, "某人随口说的地方"])}, {"village": "王家村"}, {"road": "人民路"}, {}]
        )
        ticket = Ticket(
            number=f"BX{number:08}", kind=draw.choice(KINDS), service=draw.choice(SERVICES), category=draw.choice(CATEGORIES),
            priority="normal", status=draw.choice(STATES), desk=draw.choice(("供电坐席", "供水坐席", None)),
            unit=draw.choice(("LJ-D", "DH-S", None)), owner=f"rep{draw.randrange(3)}", branch=draw.choice((None, "a", "b")),
            indicator=draw.choice((None, "repair_arrival")), address_parts=parts,
            area_class=draw.choice(("urban", "rural", None)), reopened=draw.choice((0, 0, 0, 1, 2)),
            merged_into=self.maybe("BX00000001", 0.1), first_word_at=first_word,
            created_at=first_word + timedelta(minutes=draw.randrange(30)), due_at=first_word, due_source="",
        )  # fmt: skip
        self.session.add(ticket)
        return ticket

    def _follow(self, ticket: Ticket) -> None:
        for target in self.draw.sample(("contact", "arrival", "reply", "closing"), self.draw.randrange(1, 4)):
            self._clock(ticket, target)
        for _ in range(self.draw.randrange(3)):
            change = [self.draw.choice(STATES), self.draw.choice(STATES)]
            at, actor = self.moment(ticket.created_at, 200), self.draw.choice(("customer", "assistant", "rep0"))
            self.session.add(
                TicketEvent(ticket_id=ticket.id, at=at, actor=actor, action="status", changes={"status": change})
            )
        if ticket.kind == "complaint" and self.draw.random() < 0.3:
            self.session.add(TicketLink(ticket_id=ticket.id, other_id=self.tickets[0].id, relation="follows"))
        if self.draw.random() < 0.4:
            self._survey(ticket)
        if self.draw.random() < 0.4:
            self._call(ticket)

    def _clock(self, ticket: Ticket, target: str) -> None:
        due = self.moment(ticket.created_at, 24 * 12)
        near = self.draw.choice((due, self.moment(ticket.created_at, 24 * 12), due + timedelta(seconds=1)))
        became = self.draw.choice(("met", "met", "open", "stopped", "paused"))
        self.session.add(
            TicketClock(
                ticket_id=ticket.id, target=target, round=0, within={}, started_at=ticket.created_at, due_at=due,
                met_at=near if became == "met" else None, stopped_at=near if became == "stopped" else None,
                paused_at=near if became == "paused" else None, breached_at=None, escalated=0, says="", source="",
            )
        )  # fmt: skip

    def _survey(self, ticket: Ticket) -> None:
        asked, found = self.moment(ticket.created_at, 300), self.draw.sample(DIMENSIONS, self.draw.randrange(3))
        score = self.draw.choice((None, 1, 2, 3, 4, 5))
        survey = Survey(
            ticket_id=ticket.id, score=score, asked_at=asked, created_at=asked if score else None,
            dimensions={code: self.draw.randrange(1, 6) for code in found} if score else {},
        )  # fmt: skip
        survey.expectations = {code: self.draw.randrange(1, 6) for code in found[:1]} if score else {}
        if score is None:
            survey.status = self.draw.choice(("asked", "spared", "stale"))
        self.session.add(survey)

    def _call(self, ticket: Ticket) -> None:
        start = self.moment(ticket.created_at, 100)
        self.session.add(
            Callback(
                number=f"HD{ticket.id:08}", phone="13900000000", window_start=start, reason="回电",
                window_end=start + timedelta(minutes=30), desk=ticket.desk, ticket_id=ticket.id, created_at=ticket.created_at,
                status=self.draw.choice(("requested", "done", "missed", "cancelled")), try_at=start,
            )
        )  # fmt: skip

    def _phone(self) -> None:
        """Some calls are made: early, late, again and again."""
        outcomes = ("busy", "reached", "no_answer", "reached")
        for one in self.session.scalars(select(Callback)):
            for place in range(self.draw.randrange(5)):
                at, outcome = one.window_start + timedelta(minutes=25 * place), self.draw.choice(outcomes)
                self.session.add(CallbackAttempt(callback_id=one.id, at=at, actor="rep0", outcome=outcome, note=""))

    # --- talks -------------------------------------------------------------------------------------------------------
    def _conversation(self, number: int) -> None:
        """Messages with gaps of minutes, of hours, of days; what they caused lies among them."""
        draw, name, at = self.draw, f"web:rep-{number}", self.moment()
        channel = draw.choice(("web", "wechat"))
        self.session.add(Conversation(id=name, channel=channel, created_at=at, last_at=at))
        self.session.flush()
        for place in range(draw.randrange(1, 9)):
            intent = draw.choice(INTENTS)
            left_as = draw.choice(("answered", "answered", "answered", "asking", "misread", "owned", None))
            status = draw.choice(("done", "done", "done", "done", "failed"))
            self.session.add(
                Inbox(
                    conversation_id=name, message_id=f"m{place}", text="", received_at=at, status=status,
                    intent=intent, left_as=left_as, attempts=0, replies=[],
                )
            )  # fmt: skip
            self._caused(name, at)
            at += draw.choice((timedelta(minutes=3), timedelta(hours=2), timedelta(hours=2, seconds=1), timedelta(hours=26), timedelta(days=4)))  # fmt: skip

    def _caused(self, name: str, at: datetime) -> None:
        draw = self.draw
        later = at + timedelta(seconds=draw.randrange(60))
        if draw.random() < 0.05:
            self.session.add(
                Handoff(conversation_id=name, reason="", skill="", status="closed", summary="", opened_at=later)
            )
        if draw.random() < 0.1:
            ticket = draw.choice(self.tickets)
            if ticket.conversation_id is None:
                ticket.conversation_id, ticket.created_at = name, later


def _staff(number: int, unit: str | None) -> Staff:
    return Staff(
        username=f"rep{number}", name="某某", employee_number=f"REP{number}", role="agent", unit=unit, password_hash=""
    )
