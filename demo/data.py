"""The city's YAML files, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read(name: str) -> Any:
    """The contents of demo/<name>.yml; shared, so not to be changed."""
    return yaml.load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"), Loader=LOADER)
