"""Damage for which a customer wants to be paid, as the company rules it: company/claims.yml. Nothing here promises money."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from kefu.company.papers import Sentence, Sourced
from kefu.company.within import Within
from kefu.company.yaml_lines import Service, Strict, Words

Damage = Literal["injury", "appliance", "food", "home", "business", "other"]


class DamageWords(Strict):
    """How a kind of damage is called, and the words by which customers mean it."""

    label: Sentence
    words: list[Words] = []


class ClaimRule(Sourced):
    """What holds for a kind of damage. Without `services` it holds for all.

    `report_within_days`: days after the damage by which it is to be claimed (None: no limit is written). `visit_within`:
    how soon somebody looks at it. `keep`: what to do with the things; `papers`: what proves it; `fair`: what may be paid
    for and what may not, without promising.
    """

    damage: Damage
    services: list[Service] = []
    report_within_days: int | None = Field(None, ge=1, le=1100)
    visit_within: Within | None = None
    keep: list[Sentence] = Field(min_length=1)
    papers: list[Sentence] = Field(min_length=1)
    fair: list[Sentence] = Field(min_length=1)


class Claims(Strict):
    """`damages`: in order, the first whose words occur is meant. `next`: what happens then. `planned`: said where a
    published interruption covers place and time. `rules`: the first that fits holds."""

    damages: dict[Damage, DamageWords]
    next: list[Sentence] = Field(min_length=1)
    planned: Sentence
    rules: list[ClaimRule]

    @model_validator(mode="after")
    def complete(self) -> Claims:
        if set(self.damages) != set(get_args(Damage)):
            raise ValueError(f"damages needs {', '.join(get_args(Damage))}")
        for name in get_args(Damage):
            wordless = not self.damages[name].words
            if wordless != (name == "other"):
                raise ValueError(f"{name}: every damage but other is recognised by words")
            if not any(rule.damage == name and not rule.services for rule in self.rules):
                raise ValueError(f"no rule for {name} that holds for every service")
        return self

    def damage_of(self, text: str) -> Damage:
        """What was damaged, from the customer's words (simplified, normalised)."""
        meant = (name for name, row in self.damages.items() if any(word.search(text) for word in row.words))
        return next(meant, "other")

    def rule(self, damage: Damage, service: str | None) -> ClaimRule:
        """The first that fits; one for every service is there (checked at load)."""
        fits = (rule for rule in self.rules if rule.damage == damage)
        return next(rule for rule in fits if not rule.services or service in rule.services)
