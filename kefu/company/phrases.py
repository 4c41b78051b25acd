"""What customers are told where it takes more than fixed words: texts a company rewrites without training anything."""

from __future__ import annotations

from pathlib import Path
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator

from kefu.company.yaml_lines import load_checked

# Every name a phrase may hold in braces; which of them a phrase is given stands beside it in the file we ship (a test).
NAMES = frozenset(
    [
        "address",
        "age",
        "area",
        "cause",
        "company",
        "count",
        "due",
        "expected",
        "hours",
        "household",
        "kind",
        "label",
        "left",
        "like",
        "number",
        "others",
        "phone",
        "place",
        "price",
        "reason",
        "reading",
        "reports",
        "service",
        "share",
        "since",
        "target",
        "why",
        "source",
        "spot",
        "standard",
        "start",
        "state",
        "steps",
        "symptom",
        "text",
        "ticket",
        "what",
        "when",
        "where",
        "who",
        "says",
        "score",
        "until",
    ]
)


def _only_known_names(text: str) -> str:
    try:
        said = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as problem:
        raise ValueError(f"braces do not match: {problem}") from problem
    if unknown := said - NAMES:
        raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown)) or '{}'}")
    return text


Phrase = Annotated[str, AfterValidator(_only_known_names)]


def load_phrases(folder: Path) -> dict[str, str]:
    """Read and check `phrases.yml`. Raises DataProblem naming file, line and reason."""
    phrases: dict[str, str] = load_checked(folder / "phrases.yml", dict[str, Phrase])
    return phrases
