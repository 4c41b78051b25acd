"""What happens in the simulated month: customers report, complain and ask; staff work, late sometimes; customers answer.

So many moments of the month, by the hour of the day; at each the next thing somebody meant to do by then, else a new
customer. Everything goes through the functions the service itself uses.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_of
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.models import Callback
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.complaints.service import Grievance, register_complaint
from kefu.conversations.models import Conversation
from kefu.db.session import Database
from kefu.intake.service import note_enquiry, report_emergency, report_fault
from kefu.surveys import service as surveys
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

Event = Callable[[Session], None]
BUSY = [1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 9, 9, 10, 10, 9, 9, 10, 10, 8, 6, 4, 2]  # by hour of the day
# What a new customer wants, with its share; the words are sketches of ours.
WANTS: dict[str, tuple[int, list[str]]] = {
    "fault": (40, ["家里停电了，整栋都黑", "水压很小，洗不了澡", "暖气不热，屋里只有15度", "燃气灶打不着火"]),
    "complaint": (
        12,
        ["抄表员态度差，问两句就吼", "说好上门没人来，等了一天", "停电没有通知，冰箱化了", "施工把路挖了不恢复"],
    ),
    "dispute": (12, ["这个月电费比上月多一倍，表是不是坏了", "水表数对不上，请核查"]),
    "application": (14, ["想申请峰谷电价", "要过户，房子是买的", "申请缓交一个月"]),
    "enquiry": (18, ["请人给我回个电话，说说报装", "问问阶梯怎么算，打电话给我"]),
    "emergency": (4, ["厨房有煤气味，头有点晕", "电线掉在路上冒火花"]),
}
CATEGORIES = {
    "fault": "report_outage",
    "complaint": "complain",
    "dispute": "dispute_bill",
    "application": "apply_tariff_change",
    "enquiry": "request_callback",
    "emergency": "report_emergency",
}
PAUSE = "customer_absent"
OUTCOMES = ("reached",) * 14 + ("no_answer",) * 3 + ("busy",) * 1 + (None,) * 2


class Month:
    """`events()`: each moment with what to do in a transaction of its own; the clock stands at the moment by then."""

    def __init__(
        self, database: Database, company: CompanyData, start: datetime, days: int, events: int, seed: int
    ) -> None:
        self._company, self._rng = company, random.Random(seed)
        self._meant: list[tuple[datetime, int, Event]] = []
        self._order, self._people = count(), count(1)
        self._moments = sorted(self._moment(start, days) for _ in range(events))
        with database.read() as session:
            self._accounts = list(session.scalars(select(Account.number).order_by(Account.number)))

    def _moment(self, start: datetime, days: int) -> datetime:
        hour = self._rng.choices(range(24), BUSY)[0]
        return start + timedelta(days=self._rng.randrange(days), hours=hour, seconds=self._rng.uniform(0, 3599))

    def events(self) -> Iterator[tuple[datetime, Event]]:
        for moment in self._moments:
            if self._meant and self._meant[0][0] <= moment:
                yield moment, heapq.heappop(self._meant)[2]
            else:
                yield moment, self._customer

    def _later(self, hours: tuple[float, float], event: Callable[..., None], *given: Any) -> None:
        at = clock.now() + timedelta(hours=self._rng.uniform(*hours))
        self._at(at, event, *given)

    def _at(self, at: datetime, event: Callable[..., None], *given: Any) -> None:
        heapq.heappush(self._meant, (at, next(self._order), lambda session: event(session, *given)))

    # --- customers ----------------------------------------------------------------------------------------------------
    def _customer(self, session: Session) -> None:
        kind = self._rng.choices(list(WANTS), [share for share, _ in WANTS.values()])[0]
        account = session.get_one(Account, self._rng.choice(self._accounts))
        name = f"rest:month-{next(self._people)}"
        session.add(
            Conversation(id=name, channel="rest", owner="assistant", created_at=clock.now(), last_at=clock.now())
        )
        session.flush()
        report = Report(
            kind=kind, category=CATEGORIES[kind], description=self._rng.choice(WANTS[kind][1]), service=account.service,
            first_word_at=clock.now(), address=account.address, address_parts=dict(account.address_parts),
            account_number=account.number, phone=account.phone, conversation_id=name,
            area_class=area_class_of(session, account),
        )  # fmt: skip
        getattr(self, f"_{kind}")(session, report)

    def _fault(self, session: Session, report: Report) -> None:
        ticket = report_fault(session, self._company, report).ticket
        self._later((0.05, 0.6), self._move, ticket.number, "assigned")
        if self._rng.random() < 0.15:
            self._later((0.3, 2), self._urge, ticket.number)
        self._later((0.3, 2.5), self._move, ticket.number, "in_progress", "arrival")
        if self._rng.random() < 0.1:
            self._later((2.5, 4), self._pause, ticket.number)
        self._later((2, 12), self._done, ticket.number)

    def _emergency(self, session: Session, report: Report) -> None:
        ticket = report_emergency(session, self._company, report).ticket
        self._later((0.2, 1.2), self._move, ticket.number, "in_progress", "arrival")
        self._later((1.2, 6), self._done, ticket.number)

    def _complaint(self, session: Session, report: Report) -> None:
        ticket = register_complaint(session, self._company, Grievance(report)).ticket
        self._later((0.5, 30), self._contact, ticket.number)
        self._later((24, 220), self._done, ticket.number)

    def _dispute(self, session: Session, report: Report) -> None:
        self._noted(session, report, "账单核查", (24, 200))

    def _application(self, session: Session, report: Report) -> None:
        self._noted(session, report, "业务申请", (24, 200))

    def _enquiry(self, session: Session, report: Report) -> None:
        self._noted(session, report, "请人回电", (30, 120))

    def _noted(self, session: Session, report: Report, label: str, done: tuple[float, float]) -> None:
        noted = note_enquiry(session, self._company, report, label)
        self._later(done, self._done, noted.ticket.number)
        if noted.callback is not None:
            self._at(noted.callback.window_start + timedelta(minutes=3), self._phone, noted.callback.id)

    def _urge(self, session: Session, number: str) -> None:
        tickets.urge(session, self._ticket(session, number), "customer", "怎么还没来人，快点")

    def _answer(self, session: Session, number: str) -> None:
        """What the customer says to the question after the repair, if it was put."""
        ticket = self._ticket(session, number)
        survey = surveys.of_round(session, ticket)
        if survey is None or survey.status != "asked":
            return
        fixed, score = self._rng.random() < 0.92, self._rng.choices((1, 2, 3, 4, 5), (4, 5, 11, 35, 45))[0]
        said = surveys.Said("答复", fixed=fixed, score=score if fixed else min(score, 3))
        surveys.answer(session, self._company, survey, said)
        if not fixed:
            self._later((2, 30), self._done, number)

    # --- staff --------------------------------------------------------------------------------------------------------
    def _ticket(self, session: Session, number: str) -> Ticket:
        return session.scalars(select(Ticket).where(Ticket.number == number).with_for_update()).one()

    def _move(self, session: Session, number: str, status: str, step: str | None = None) -> None:
        ticket = self._ticket(session, number)
        if status in tickets.MOVES[ticket.status]:
            tickets.move(session, self._company, ticket, ticket.owner, status)
        if step is not None:
            clocks.done(session, self._company, ticket, (step,), clock.now())

    def _contact(self, session: Session, number: str) -> None:
        clocks.contacted(session, self._company, self._ticket(session, number))

    def _pause(self, session: Session, number: str) -> None:
        ticket = self._ticket(session, number)
        if "waiting" in tickets.MOVES[ticket.status]:
            tickets.move(session, self._company, ticket, ticket.owner, "waiting", "客户约了明天", waiting_for=PAUSE)
            self._later((6, 30), self._move, number, "in_progress")

    def _done(self, session: Session, number: str) -> None:
        ticket = self._ticket(session, number)
        if "resolved" not in tickets.MOVES[ticket.status]:
            return
        tickets.move(session, self._company, ticket, ticket.owner, "resolved", "现场处理完毕，已试运行")
        if self._rng.random() < 0.7:
            self._later((1, 40), self._answer, number)

    def _phone(self, session: Session, callback_id: int) -> None:
        callback = session.get_one(Callback, callback_id, with_for_update=True)
        outcome = self._rng.choice(OUTCOMES)
        if callback.status != "requested" or outcome is None:
            return
        hour = local(clock.now()).hour
        if not 8 <= hour < 20:
            return
        record_attempt(session, self._company, callback_id, outcome, "已说明", callback.owner or "agent1")
        if outcome != "reached":
            self._later((0.5, 1), self._phone, callback_id)
