"""What to say first in danger: the scripts of `safety.yml`, and which of them fits what was told."""

from __future__ import annotations

import re

from pydantic import Field, field_validator, model_validator

from kefu.company.yaml_lines import Service, Strict
from kefu.nlu.normalise import normalise


class SafetyScript(Strict):
    """`of` and `words`: this script is told instead of those it names once one of the words is said (patterns)."""

    service: Service | None
    title: str
    never: str
    steps: list[str] = Field(min_length=1, max_length=5)
    phones: dict[str, str] = {}
    of: list[str] = []
    words: list[str] = []

    @field_validator("words")
    @classmethod
    def patterns_compile(cls, words: list[str]) -> list[str]:
        for word in words:
            try:
                re.compile(word)
            except re.error as problem:
                raise ValueError(f"not a pattern: {word!r}: {problem}") from problem
        return words

    @model_validator(mode="after")
    def both_or_none(self) -> SafetyScript:
        if bool(self.of) != bool(self.words):
            raise ValueError("`of` and `words` go together")
        return self

    def instead_of(self, base: str, plain: str) -> bool:
        """This is the closer script for danger `base`, by these (normalised) words."""
        return base in self.of and any(re.search(word, plain) for word in self.words)


def fitting(scripts: dict[str, SafetyScript], danger: str | None, service: str | None, text: str = "") -> str:
    """The name of the script for a danger kind, else for the service, else the general one; closer where `text` tells."""
    base = next((name for name in (danger, service) if name and name in scripts), "general")
    plain = normalise(text)
    return next((name for name, script in scripts.items() if plain and script.instead_of(base, plain)), base)


def told(script: SafetyScript, phone: str) -> str:
    """The script as one message: steps first, then what never to do, then whom to call."""
    steps = "\n".join(f"{n}. {step}" for n, step in enumerate(script.steps, 1))
    others = "；".join(f"{who} {number}" for who, number in script.phones.items())
    call = f"到安全的地方后马上拨打抢修电话 {phone}（24小时）" + (f"；{others}" if others else "")
    return f"【{script.title}】请先保证人的安全：\n{steps}\n切记：{script.never}。\n{call}。"


def unknown_in(scripts: dict[str, SafetyScript]) -> list[str]:
    """What `of` names and nobody wrote."""
    return sorted({name for script in scripts.values() for name in script.of if name not in scripts})
