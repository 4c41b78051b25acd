"""What was reopened is verified by somebody else before it is closed; then the customer is asked again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.feeding import Conflict
from kefu.staff.messages import tell_staff
from kefu.surveys.planning import plan_survey
from kefu.surveys.service import called_done_by_customer, of_round
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.feed import held
from kefu.tickets.models import Ticket
from kefu.tickets.service import move, record


class NotYours(Exception):
    """Somebody else has to verify this; the message says who."""


def verify(
    session: Session, company: CompanyData, number: str, actor: str, leads: bool, fixed: bool, note: str
) -> Ticket:
    """The verifier's word on a second resolution; `leads`: the actor may verify what is another's.

    Fixed: the customer is asked again, or, having said so already, the ticket is closed. Not fixed: it is at work again
    and stays to be verified. Raises Unknown, Conflict, NotAllowed (it is about them),
    NotYours (never the person who did the work).
    """
    ticket = held(session, number)
    check_may_handle(session, ticket, actor)
    verifier = ticket.verifier
    if verifier is None:
        raise Conflict(f"工单 {number} 不用核实")
    if ticket.status != "resolved":
        raise Conflict(f"工单 {number} 是 {ticket.status}，处理完了才核实")
    if actor != verifier and (not leads or actor == ticket.owner):
        raise NotYours(f"工单 {number} 由 {verifier} 核实，经手人不能核实自己")
    record(session, ticket, actor, "verify", note, {"verified": [None, fixed]})
    if not fixed:
        move(session, company, ticket, actor, "in_progress", note or "核实：没有解决")
        tell_staff(session, ticket.owner, "ticket", f"工单 {number} 核实没有解决，请重新处理", number)
        return ticket
    ticket.verifier = None
    heard = of_round(session, ticket)
    if (heard is not None and heard.fixed) or called_done_by_customer(session, ticket):
        said = heard.comment if heard is not None else ""
        move(session, company, ticket, actor, "closed", said or "客户已说解决，核实属实")
    else:
        plan_survey(session, company, ticket, actor)
    return ticket
