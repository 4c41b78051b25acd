"""What is sent of tickets: made, moved, noted, handed on, given back, finished, merged, split."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kefu.api.fields import (
    AccountNumber,
    Code30,
    Code40,
    Given,
    Grade,
    Line40,
    Line60,
    Line80,
    Line120,
    Line200,
    Moment,
    Phone,
    Priority,
    Status,
    Words,
    sample,
)
from kefu.company.clocks import ReasonName
from kefu.company.data import Kind, Service

SENT = {
    "kind": "fault",
    "category": "report_outage",
    "service": "electricity",
    "address": "阳光花园5号楼2单元501",
    "phone": "13800000000",
    "conversation_id": "rest:anna",
    "description": "家里停电了",
    "first_word_at": "2026-12-09T10:15",
}
MOVED = {"status": "assigned", "desk": "供电坐席", "note": "已派抢修队"}
FEEDBACK = {
    "contacted_at": "2026-12-09T11:30",
    "cause": "楼道总开关老化，用电高峰时跳开",
    "finding": "现场核实5号楼2单元总开关触点烧蚀，其余单元正常",
    "measure": "更换总开关一只，测量各相电压正常",
    "result": "12:05恢复供电，2单元12户全部有电",
    "customer_opinion": "客户表示满意",
    "restored_at": "2026-12-09T12:05",
}


class Because(Given):
    """`note` says why; it stands in the ticket's history."""

    model_config = sample({"note": "地点不在本站管辖范围"})

    note: Words = Field(min_length=1)


class AssignBody(Because):
    """To a person (login), a unit (code) or a desk; without `owner` the rules name one of the unit or desk."""

    model_config = sample(
        {"unit": "DH-D", "note": "地点属东湖供电所"}, {"owner": "agent2", "note": "由熟悉情况的同事处理"}
    )

    owner: Line40 | None = None
    unit: Code40 | None = None
    desk: Line40 | None = None

    @model_validator(mode="after")
    def somewhere(self) -> AssignBody:
        if self.owner is None and self.unit is None and self.desk is None:
            raise ValueError("owner、unit、desk 至少写一个")
        return self


class FinishBody(Given):
    """What a kind of ticket needs, and what is no answer: company/replies.yml. Times without an offset are Shanghai's."""

    model_config = sample(FEEDBACK)

    contacted_at: Moment | None = Field(None, description="When the customer was spoken to")
    cause: Words | None = None
    finding: Words | None = Field(None, description="What was found on the spot")
    measure: Words | None = Field(None, description="What was done")
    result: Words | None = None
    customer_opinion: Words | None = None
    restored_at: Moment | None = Field(None, description="When supply was back")


class MergeBody(Because):
    """The ticket goes on as part of `into`."""

    model_config = sample({"into": "BX2612090041-5", "note": "同一户同一件事"})

    into: Code30


class PartBody(Given):
    """One matter; what is left out is as on the ticket it comes from."""

    model_config = sample({"description": "水表也不走了", "service": "water", "category": "report_facility"})

    description: Words = Field(min_length=1)
    kind: Kind | None = None
    category: Line60 | None = None
    service: Service | None = None
    staff: Line80 | None = None


class SplitBody(Because):
    """Each part becomes a ticket of its own; the ticket itself goes on."""

    model_config = sample(
        {
            "parts": [{"description": "水表也不走了", "service": "water", "category": "report_facility"}],
            "note": "两件事",
        }
    )

    parts: list[PartBody] = Field(min_length=1, max_length=10)


# --- made, moved, noted ----------------------------------------------------------------------------------------------
class LinkBody(Given):
    """`follows`: a matter raised again; `about`: it is about that ticket; `same`: the same matter."""

    model_config = sample({"ticket": "TS2612010007-1", "relation": "follows"})

    ticket: Code30
    relation: Literal["follows", "about", "same"] = "about"


class TicketBody(Given):
    """`created_at` and `first_word_at` may lie in the past. Without `due_at` the published promise holds, counted
    from `first_word_at`; without `desk` the company's table says who answers for it; without `grade` a complaint is
    graded by its words."""

    model_config = sample(SENT)

    kind: Kind
    category: Line60
    service: Service | None = None
    description: Words = ""
    demand: Words | None = Field(None, description="What the customer wants")
    address: Line200 | None = None
    phone: Phone | None = None
    account_number: AccountNumber | None = None
    conversation_id: Line120 | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    desk: Line40 | None = None
    staff: Line80 | None = Field(None, description="Whom a complaint is about")
    symptom: Line40 | None = None
    incident: Code30 | None = None
    anonymous: bool = False
    first_word_at: Moment | None = None
    created_at: Moment | None = None
    due_at: Moment | None = None
    links: list[LinkBody] = Field([], max_length=20)

    @model_validator(mode="after")
    def nobody_is_phoned(self) -> TicketBody:
        if self.anonymous and self.phone:
            raise ValueError("匿名工单不能留电话")
        if len({link.ticket for link in self.links}) < len(self.links):
            raise ValueError("links 里同一工单出现两次")
        return self


class TicketChange(Given):
    """Only what is given changes. `at`: when it happened, for integration only."""

    model_config = sample(MOVED)

    status: Status | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    indicator: Line40 | None = Field(None, description="Of a complaint: what it is counted under (indicators.yml)")
    desk: Line40 | None = None
    staff: Line80 | None = None
    incident: Code30 | None = None
    branch: Line60 | None = Field(None, description="What it is about: a code of GET /api/categories")
    waiting_for: ReasonName | None = Field(
        None, description="Why it waits (company/clock_rules.yml): clocks stand still only for these reasons"
    )
    note: Words | None = None
    at: Moment | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> TicketChange:
        if not self.model_fields_set - {"at"}:
            raise ValueError("没有写要改什么")
        unset = [
            name for name in ("status", "priority", "grade", "indicator", "branch") if name in self.model_fields_set
        ]
        if any(getattr(self, name) is None for name in unset):
            raise ValueError("status、priority、grade、indicator、branch 不能是 null")
        return self


class NoteBody(Given):
    """`at`: when it was, for integration only."""

    model_config = sample({"note": "已与客户联系，约明早上门"})

    note: Words = Field(min_length=1)
    at: Moment | None = None


class StepBody(Given):
    """`accepted`: somebody took it up; `contacted`: a colleague spoke with the customer; `arrived`: the crew is on site;
    `replied`: the customer has the answer. `at`: when it was, for integration only."""

    model_config = sample({"step": "contacted", "note": "已与客户通话，约明早上门"})

    step: Literal["accepted", "contacted", "arrived", "replied"]
    note: Words = ""
    at: Moment | None = None


class ReliefBody(Given):
    """A supervisor's word. A refusal says why: the customer hears it."""

    model_config = sample({"approve": True, "note": "首次申请，情况属实"})

    approve: bool
    note: Words = ""

    @model_validator(mode="after")
    def a_refusal_has_its_reason(self) -> ReliefBody:
        if not self.approve and not self.note:
            raise ValueError("不批准要在 note 里写明原因")
        return self
