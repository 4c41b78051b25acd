"""What an enquiry gets: an answer, or the question which service is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kefu.company.yaml_lines import Service

AT_ONCE = 3


@dataclass(frozen=True)
class Answer:
    """Short sentences, where they come from and when a person last checked them there."""

    title: str
    lines: tuple[str, ...]
    source: str
    checked_on: date
    entry_id: str

    @property
    def first(self) -> tuple[str, ...]:
        """What is said at once: three lines at most."""
        return self.lines[:AT_ONCE]

    @property
    def more(self) -> tuple[str, ...]:
        """What “更多” brings; empty if everything was said."""
        return self.lines[AT_ONCE:]


@dataclass(frozen=True)
class Choice:
    """The answer depends on the service and none was named: ask which of these."""

    services: tuple[Service, ...]
