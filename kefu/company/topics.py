"""What customers may want: company/topics.yml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kefu.company.yaml_lines import Kind, Strict


class Topic(Strict):
    """What an intent becomes. `answer` is tried first; where it `settles` the matter, no form follows.

    `choice`: the customer's own words for it, offered when we are not sure what was meant.
    """

    form: Literal["emergency_form", "fault_form", "enquiry_form", "complaint_form", "callback_form", "request_form"]
    urgency: int = Field(ge=0, le=3)
    label: str
    kind: Kind
    answer: Literal["knowledge", "bill", "person", "promised_call", "outage", "boundary"] | None = None
    settles: bool = False
    choice: str | None = None
