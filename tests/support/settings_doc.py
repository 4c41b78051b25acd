"""docs/settings.md, made from the settings themselves: `python -m tests.support.settings_doc` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from kefu.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Every setting of the service, from environment variables. Nothing else is read; a name unknown here has no effect.
Defaults are safe: outside demo mode the service refuses to start until `SECRET_KEY` is set, and the REST channel stays
closed until `CHANNEL_TOKEN` is. Paths given as relative are relative to the folder the service is started in; defaults
below are relative to the repository.

This page is made from `kefu/settings.py` by `python -m tests.support.settings_doc`; `tests/unit/test_docs.py` compares.

| Variable | Default | Allowed | Meaning |
|---|---|---|---|
"""
WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true, false", "Path": "path"}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def default(field: FieldInfo) -> str:
    """As an operator would write it; nothing of this machine."""
    value = field.default
    if value == "":
        return "(empty)"
    text = str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{text.replace(f'{ROOT}/', '')}`"


def allowed(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(str(value) for value in get_args(kind))
    bounds = [
        f"{SIGNS[name]} {getattr(rule, name)}" for rule in field.metadata for name in SIGNS if hasattr(rule, name)
    ]
    return " ".join([WORDS[kind.__name__], ", ".join(bounds)]).strip()


def row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{name.upper()}` | {default(field)} | {allowed(field)} | {meaning} |"


def render() -> str:
    return HEAD + "\n".join(row(name, field) for name, field in Settings.model_fields.items()) + "\n"


def write(path: Path = PAGE) -> None:
    path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write()
