"""What to say first in danger: the scripts of `safety.yml`, and which of them fits what was told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from kefu.company.yaml_lines import Service, Strict
from kefu.nlu.normalise import normalise


def _pattern(word: str) -> str:
    try:
        re.compile(word)
    except re.error as problem:
        raise ValueError(f"not a pattern: {word!r}: {problem}") from problem
    return word


class Advice(Strict):
    """A short word for what is said or asked in the middle of danger (`danger_advice.yml`).

    `words`: a pattern; `of`: only in these dangers, in any when empty; `life`: about somebody's life, so more may follow.
    """

    words: Annotated[str, AfterValidator(_pattern)]
    says: str = Field(min_length=1)
    of: list[str] = []
    life: bool = False

    def fits(self, kind: str | None, plain: str) -> bool:
        """Said of danger `kind` by these (normalised) words."""
        return (not self.of or kind in self.of) and bool(re.search(self.words, plain))


# Told of the past, supposed, or to be paid for: no danger now, unless somebody may take his own life.
_NOT_NOW = re.compile(
    r"(昨|前天|上次|上回|上周|上个月|那天|那次|去年|以前|会不会|万一|如果|要是|假如|担心会|怕会|演习|赔)"
)
AdviceRows = Annotated[list[Advice], Field(min_length=1)]


class SafetyScript(Strict):
    """`of` and `words`: this script is told instead of those it names once one of the words is said (patterns).

    `signs`: patterns that are danger of this kind by themselves; `person`: a person is called before the place is known.
    """

    service: Service | None
    title: str
    never: str
    steps: list[str] = Field(min_length=1, max_length=5)
    phones: dict[str, str] = {}
    of: list[str] = []
    words: list[str] = []
    signs: list[str] = []
    person: bool = False

    @field_validator("words", "signs")
    @classmethod
    def patterns_compile(cls, words: list[str]) -> list[str]:
        return [_pattern(word) for word in words]

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


def sign_of(scripts: dict[str, SafetyScript], text: str) -> str | None:
    """The danger these words are by themselves, beside the trained lexicon; None when they are none."""
    plain = normalise(text)
    now = [name for name, row in scripts.items() if row.person or not _NOT_NOW.search(plain)]
    return next((name for name in now if any(re.search(sign, plain) for sign in scripts[name].signs)), None)


def advice_for(rows: list[Advice], kind: str | None, text: str) -> list[Advice]:
    """The rows that fit, in order: the first, and one more after a word about somebody's life."""
    plain = normalise(text)
    fitting_rows = [row for row in rows if row.fits(kind, plain)]
    return fitting_rows[: 2 if fitting_rows and fitting_rows[0].life else 1]


def told(script: SafetyScript, phone: str) -> str:
    """The script as one message: steps first, then what never to do, then whom to call."""
    steps = "\n".join(f"{n}. {step}" for n, step in enumerate(script.steps, 1))
    others = "；".join(f"{who} {number}" for who, number in script.phones.items())
    call = f"到安全的地方后马上拨打抢修电话 {phone}（24小时）" + (f"；{others}" if others else "")
    return f"【{script.title}】请先保证人的安全：\n{steps}\n切记：{script.never}。\n{call}。"


def unknown_in(rows: Iterable[SafetyScript | Advice], scripts: dict[str, SafetyScript]) -> list[str]:
    """What `of` names and nobody wrote."""
    return sorted({name for row in rows for name in row.of if name not in scripts})
