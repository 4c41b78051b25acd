"""People whom a supply that is off can hurt: how customers say it, for which services it matters, and what it changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from kefu.company.levels import Priority, Sentence
from kefu.company.yaml_lines import DataProblem, Path_, Service, Strict, Words, line_of, load_checked, load_with_lines

NOTED = "需优先照顾："  # begins the line of a ticket's description that says so
LONGEST_ADVICE = 90  # characters: it is read in the dark
_SENTENCE = re.compile(r"[。！!？?；;\n]+")
_CLAUSE = re.compile(r"[，,。！!？?；;\n]+")
# "没有老人、婴儿": what may stand between the denial and the word itself.
_DENIED = r"(?:没有?|没得|莫得|冇得?|无|不是|并非|不存在|不需要|不用|不)"
_AND = r"(?:啥|什么|任何|这种|那种|这些|那些|需要|用|在用|使用|的|在|吃奶|[、和跟与或及]|或者|以及|也|还)"
_PEOPLE = r"(?:老人|老年人|小孩|孩子|小朋友|娃娃?|病人|患者|宝宝|婴幼儿|婴儿|孕妇|产妇)"
_HERE = r"(?:家里?|我家|屋里?|这[里儿]|我们|目前|现在|就|都|也|是|倒|的话?|呢|吗)"
# "老人没有", "孩子不在家": the clause ends there, or it is another one ("呼吸机没电了").
_ABSENT = re.compile(rf"^{_HERE}*(?:没有?|没得|冇|莫得|无|(?:不|没)在(?:家|这里?)?|用不着|不用)(?:了|的|啊|呀|吧)*$")


def _short(text: str) -> str:
    if len(text) > LONGEST_ADVICE:
        raise ValueError(f"longer than {LONGEST_ADVICE} characters")
    return text


Advice = Annotated[Sentence, AfterValidator(_short)]


class VulnerableKind(Strict):
    """`advice`: for each service it matters for, what the customer can do until somebody comes.

    `person`: a person must hear of it at once. `general`: too general to count unless we had asked ("家里有老人").
    `unless`: kinds beside which it says nothing more. `oneself`: words of whoever is it himself; then `own` is said.
    """

    id: str = Field(pattern=r"^[a-z]{2,12}$")
    label: Annotated[str, Field(pattern=r"^[^；\s]+$")]
    words: list[Words] = Field(min_length=1)
    topics: list[str] = Field(min_length=1)
    advice: dict[Service, Advice] = Field(min_length=1)
    own: dict[Service, Advice] = {}
    oneself: Words | None = None
    priority: Priority
    person: bool = False
    general: bool = False
    unless: list[str] = []

    def told(self, service: Service, text: str) -> str | None:
        """The advice for whoever said these words (simplified, normalised): of himself, or of somebody else."""
        own = self.oneself is not None and bool(self.oneself.search(text))
        return (self.own.get(service) if own else None) or self.advice.get(service)

    def matters(self, topic: str | None, service: str | None) -> bool:
        """For a fault of that topic and service; None: not known yet."""
        return topic in (None, *self.topics) and (service is None or service in self.advice)


class Asked(Strict):
    """What is asked about, once in a conversation: only of these topics and services."""

    topics: list[str] = Field(min_length=1)
    services: list[Service] = Field(min_length=1)


class Vulnerable(Strict):
    """The file `vulnerable.yml`."""

    asked: Asked
    kinds: list[VulnerableKind] = Field(min_length=1)

    @model_validator(mode="after")
    def each_once(self) -> Vulnerable:
        ids = [kind.id for kind in self.kinds]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"written twice: {', '.join(twice)}")
        if unknown := {one for kind in self.kinds for one in kind.unless} - set(ids):
            raise ValueError(f"unless: no kind {', '.join(sorted(unknown))}")
        if sum(kind.general for kind in self.kinds) != 1:
            raise ValueError("exactly one kind is general: what a bare yes to the question means")
        return self

    def asks(self, topic: str | None, service: str | None) -> bool:
        return topic in self.asked.topics and service in self.asked.services

    def named(self, text: str, topic: str | None, service: str | None, asked: bool = False) -> list[VulnerableKind]:
        """Who is named, and not denied, in a customer's words, as far as it matters for that fault; in the file's order.

        `asked`: it answers our question, so that general words count where nothing exact is said.
        """
        fitting = [kind for kind in self.kinds if kind.matters(topic, service)]
        said = [kind for kind in fitting if not kind.general and _says(kind, text)]
        ids = {kind.id for kind in said}
        exact = [kind for kind in said if not ids.intersection(kind.unless)]
        return exact or [kind for kind in fitting if asked and kind.general and _says(kind, text)]

    def mentioned(self, text: str) -> bool:
        """Somebody of these kinds is named, whatever the fault: worth a closer look."""
        return any(_says(kind, text) for kind in self.kinds if not kind.general)

    @property
    def general(self) -> VulnerableKind:
        """What a bare yes means."""
        return next(kind for kind in self.kinds if kind.general)

    def of(self, ids: Iterable[str]) -> list[VulnerableKind]:
        """The kinds of these ids, in the file's order; one that is no longer in the file is left out."""
        wanted = set(ids)
        return [kind for kind in self.kinds if kind.id in wanted]


def _says(kind: VulnerableKind, text: str) -> bool:
    """Some word of it stands there undenied. Words may reach over a comma, never over the end of a sentence."""
    for sentence in _SENTENCE.split(text):
        for word in kind.words:
            if any(not _denied(sentence, found, kind) for found in word.finditer(sentence)):
                return True
    return False


def _denied(sentence: str, found: re.Match[str], kind: VulnerableKind) -> bool:
    before = _CLAUSE.split(sentence[: found.start()])[-1]
    after = _CLAUSE.split(sentence[found.end() :])[0]
    own = "|".join(word.pattern for word in kind.words)
    listed = rf"{_DENIED}(?:{_AND}|{_PEOPLE}|{own})*$"
    return bool(re.search(listed, before, re.IGNORECASE) or _ABSENT.match(after))


def load_vulnerable(folder: Path, topics: set[str] | None) -> Vulnerable:
    """The file `vulnerable.yml`. `topics`: those there are (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    path = folder / "vulnerable.yml"
    rules: Vulnerable = load_checked(path, Vulnerable)
    _, lines = load_with_lines(path)
    named: list[tuple[Path_, list[str]]] = [(("asked", "topics"), rules.asked.topics)]
    named += [(("kinds", number, "topics"), kind.topics) for number, kind in enumerate(rules.kinds)]
    problems = [
        f"{path}:{line_of(lines, where)}: no topic {topic} in topics.yml"
        for where, listed in named
        for topic in listed
        if topics is not None and topic not in topics
    ]
    if problems:
        raise DataProblem(problems)
    return rules
