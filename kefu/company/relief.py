"""Relief, payments and reconnection as the company rules them: company/relief.yml, payments.yml, reconnection.yml."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from kefu.company.tariffs.parts import Price
from kefu.company.within import Within
from kefu.company.yaml_lines import Service, Strict

WishKind = Literal["waive_late_fee", "postpone", "instalments", "hardship"]
WISHES: tuple[WishKind, ...] = get_args(WishKind)
SAID = {"amount", "parts", "days", "first", "last", "papers"}


def _known(text: object, names: set[str]) -> str:
    """Raises ValueError for a name in braces that nobody fills in: it would fail before a customer."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a sentence is text")
    unknown = {name for _, name, _, _ in Formatter().parse(text) if name is not None} - names
    if unknown:
        raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown)) or '{}'}")
    return text


Said = Annotated[str, BeforeValidator(lambda text: _known(text, SAID))]
Told = Annotated[str, BeforeValidator(lambda text: _known(text, {"limit", "found"}))]


class When(Strict):
    """What must hold, point by point; what is left out holds. Sums are yuan."""

    customer_class: Literal["resident", "business"] | None = None
    our_fault: bool | None = None
    low_income: bool | None = None
    open_plan: bool | None = None
    broken_plan_months: int | None = Field(None, ge=1)
    unwaived_months: int | None = Field(None, ge=1)
    at_most_yuan: Price | None = None
    more_than_yuan: Price | None = None
    parts_at_most: int | None = Field(None, ge=2, le=60)
    smallest_part_yuan: Price | None = None
    days_at_most: int | None = Field(None, ge=1, le=366)
    first_within_days: int | None = Field(None, ge=0, le=366)
    oldest_months_at_most: int | None = Field(None, ge=0)

    def points(self) -> dict[str, object]:
        """Only those that are given, in the order above."""
        return {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}


class ReliefRule(Strict):
    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    wish: WishKind
    grants: Literal["at_once", "approval", "never"]
    stops_late_fee: bool = False
    when: When
    says_granted: Said
    says_sent: Said
    says_not: Said
    source: str = Field(min_length=1)


class Usual(Strict):
    """What is meant where the customer names no number."""

    days: int = Field(ge=1)
    parts: int = Field(ge=2)
    first_within_days: int = Field(ge=0)


class ReliefRules(Strict):
    confidence: Literal["company", "law", "gov", "press", "unverified"]
    usual: Usual
    labels: dict[WishKind, str]
    papers: list[str] = Field(min_length=1)
    reasons: dict[str, Told]
    nothing: dict[Literal["waive_late_fee", "owed"], str]
    rules: list[ReliefRule] = Field(min_length=1)

    @field_validator("reasons")
    @classmethod
    def every_point_has_its_words(cls, reasons: dict[str, str]) -> dict[str, str]:
        if set(reasons) != set(When.model_fields):
            raise ValueError(f"reasons differ from the points: {sorted(set(reasons) ^ set(When.model_fields))}")
        return reasons

    @model_validator(mode="after")
    def complete(self) -> ReliefRules:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) < len(ids):
            raise ValueError("the id of a rule is written twice")
        if {rule.wish for rule in self.rules if rule.grants != "never"} != set(WISHES) or set(self.labels) != set(
            WISHES
        ):
            raise ValueError(f"every wish needs a label and a rule that grants: {', '.join(WISHES)}")
        if set(self.nothing) != {"waive_late_fee", "owed"}:
            raise ValueError("nothing needs waive_late_fee and owed")
        return self

    def of(self, wish: str) -> list[ReliefRule]:
        return [rule for rule in self.rules if rule.wish == wish]

    def rule(self, wanted: str) -> ReliefRule | None:
        """None for a rule that the company has taken out since."""
        return next((rule for rule in self.rules if rule.id == wanted), None)


class PaymentChannel(Strict):
    """`channels`: words of a channel's name; empty fits every channel."""

    channels: list[str]
    within: Within
    says: str


class PaymentRules(Strict):
    channels: list[PaymentChannel] = Field(min_length=1)
    proof: list[str] = Field(min_length=1)
    offers: dict[Literal["prepay", "refund"], str]
    look_back_days: int = Field(ge=1, le=3660)
    source: str

    @model_validator(mode="after")
    def complete(self) -> PaymentRules:
        if self.channels[-1].channels:
            raise ValueError("the last channel must fit everything (channels: [])")
        if set(self.offers) != {"prepay", "refund"}:
            raise ValueError("offers needs prepay and refund")
        return self

    def channel(self, name: str) -> PaymentChannel:
        return next(row for row in self.channels if not row.channels or any(word in name for word in row.channels))


class ReconnectionRule(Strict):
    service: Service
    hours: int = Field(ge=1, le=240)
    at_home: bool
    says: list[str] = Field(min_length=1)
    source: str
