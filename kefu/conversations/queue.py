"""A customer who waits for a person is not forgotten: danger calls again and again, others hear when people go home."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock, local
from kefu.company.calendar import stretches_of
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation
from kefu.handoff import service as handoffs
from kefu.handoff.models import Handoff
from kefu.jobs.models import Job
from kefu.jobs.service import handles, schedule
from kefu.outbox.notices import tell_one
from kefu.staff.messages import tell_staff


@handles(handoffs.WAITING_JOB)
def look_after(session: Session, company: CompanyData, job: Job) -> None:
    """Still waiting: in danger, everybody is called again; the people have gone home: told so; else looked at later."""
    conversation = session.get(Conversation, job.facts["conversation"], with_for_update=True)
    handoff = session.get(Handoff, job.facts["handoff"], with_for_update=True)
    if conversation is None or handoff is None or handoff.status != "waiting":
        return
    urgent = handoff.reason == handoffs.URGENT
    if not handoffs.on_duty(company, clock.now(), handoff.skill) and not _work_goes_on(company):
        let_go(session, conversation, handoff)
        tell_one(session, company, conversation.id, "", "people_gone", company.text("people_gone"))
        return
    if urgent:
        waited = int((clock.now() - handoff.opened_at).total_seconds() // 60)
        text = f"遇险客户已等了{waited}分钟，还没有人接手"
        raise_alert(session, "handoff_urgent", text, conversation.id, handoff=handoff.id)
        tell_staff(session, company.organisation.head, "escalation", text)
    pause = company.queue.urgent_minutes if urgent else company.queue.minutes
    schedule(session, job.kind, job.key, clock.now() + timedelta(minutes=pause), job.subject, **job.facts)


def _work_goes_on(company: CompanyData) -> bool:
    """It is only a break: people come back today."""
    now = clock.now()
    return any(start > now for start, _ in stretches_of(local(now).date(), company))


def let_go(session: Session, conversation: Conversation, handoff: Handoff | None) -> None:
    """The assistant has a waiting conversation again, because nobody is there any more. The caller holds its row."""
    if handoff is not None:
        handoffs.leave(handoff, "expired")
        raise_alert(session, "handoff_expired", "排队的客户到下班没有人接", conversation.id, handoff=handoff.id)
    conversation.owner = "assistant"
