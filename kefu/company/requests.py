"""What each application asks of the customer: company/requests.yml, one row a topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from kefu.company.yaml_lines import DataProblem, Strict, Words, line_of, load_checked, load_with_lines

AskKind = Literal[
    "text", "name", "period", "amount", "quantity", "reading", "persons",
    "tax_number", "email", "phone", "choice", "yes_no", "photo", "moment", "place",
]  # fmt: skip
FORM = "request_form"


class AskChoice(Strict):
    """One answer of a choice; `words`: patterns a customer says for it."""

    id: str
    label: str
    words: list[Words] = Field(min_length=1)


class Ask(Strict):
    """One thing to know. `default` is taken unless the customer says another; then it is never asked.

    `otherwise`: the choice that any answer in other words means, so that it is asked only once.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: AskKind
    label: str
    says: str | None = None
    help: str | None = None
    optional: bool = False
    default: str | None = None
    otherwise: str | None = None
    cue: Words | None = None
    choices: list[AskChoice] = []
    when: dict[str, str | bool] = {}

    @model_validator(mode="after")
    def can_be_asked(self) -> Ask:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a choice needs choices, and nothing else has them")
        if self.otherwise is not None and self.otherwise not in [choice.id for choice in self.choices]:
            raise ValueError(f"otherwise names no choice: {self.otherwise}")
        if self.says is None and self.default is None and self.kind != "phone":
            raise ValueError("says or default is missing")
        if self.kind == "photo" and not self.optional:
            raise ValueError("a photo must be optional: not every channel can send one")
        return self

    def due(self, values: Mapping[str, Any]) -> bool:
        """Its condition holds with these answers."""
        return all(values.get(name) == wanted for name, wanted in self.when.items())


class RequestRow(Strict):
    """An application: what is said first, whose account is needed, what is asked in which order.

    `offers`: said to who only asked how it is done, instead of asking for a phone.
    """

    begins: str | None = None
    offers: str | None = None
    wishes: list[Words] = Field(min_length=1)
    needs_account: Literal["proof", "number", "none"] = "none"
    confirm: bool = False
    asks: list[Ask] = Field(min_length=1)

    def ask(self, name: str) -> Ask:
        return next(ask for ask in self.asks if ask.id == name)

    def open_asks(self, values: Mapping[str, Any]) -> Iterator[Ask]:
        """What is still to be asked, in order."""
        return (ask for ask in self.asks if ask.id not in values and ask.default is None and ask.due(values))


def load_requests(folder: Path, forms: Mapping[str, str] | None = None) -> dict[str, RequestRow]:
    """All rows by topic. `forms`: the form of each topic (None: not checked).

    Raises DataProblem with every problem as "file:line: reason".
    """
    path = folder / "requests.yml"
    rows: dict[str, RequestRow] = load_checked(path, dict[str, RequestRow])
    lines = load_with_lines(path)[1]
    problems = [
        f"{path}:{line_of(lines, (topic, *where))}: {topic}.{reason}"
        for topic, row in rows.items()
        for where, reason in _wrong_asks(row)
    ]
    for topic in rows if forms is not None else ():
        form = (forms or {}).get(topic)
        if form is None:
            problems.append(f"{path}:{line_of(lines, (topic,))}: {topic}: no topic of topics.yml")
        elif form != FORM:
            problems.append(f"{path}:{line_of(lines, (topic,))}: {topic}: its form in topics.yml is not {FORM}")
    missing = [topic for topic, form in (forms or {}).items() if form == FORM and topic not in rows]
    problems += [f"{path}:1: {topic} has the form {FORM}, but no row here" for topic in missing]
    if problems:
        raise DataProblem(problems)
    return rows


def _wrong_asks(row: RequestRow) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where in the row, and why."""
    seen: dict[str, Ask] = {}
    for number, ask in enumerate(row.asks):
        here: tuple[str | int, ...] = ("asks", number)
        if ask.id in seen:
            yield (*here, "id"), f"{ask.id}: the id is written twice"
        for name, wanted in ask.when.items():
            if name not in seen:
                yield (*here, "when"), f"{ask.id}: when names {name}, which is not asked before it"
            elif wanted not in _answers(seen[name]):
                yield (*here, "when"), f"{ask.id}: {name} is never {wanted}"
        seen.setdefault(ask.id, ask)


def _answers(ask: Ask) -> tuple[str | bool, ...]:
    return (True, False) if ask.kind == "yes_no" else tuple(choice.id for choice in ask.choices)
