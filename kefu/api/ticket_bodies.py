"""What is sent to hand a ticket on, give it back, finish, merge or split it."""

from __future__ import annotations

from pydantic import Field, model_validator

from kefu.api.fields import Code30, Code40, Given, Line40, Line60, Line80, Moment, Words, sample
from kefu.company.data import Kind, Service

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
