"""The training sentences as rows: text, intent, and the service their writer noted."""

from __future__ import annotations

from pathlib import Path

import yaml

from bench.figures import Row
from kefu.settings import ROOT


def learnt(folder: Path = ROOT / "data" / "nlu") -> list[Row]:
    """Every example, as written."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]:
            service = block.get("metadata", {}).get("service", "-")
            lines = [line.strip() for line in block["examples"].splitlines()]
            found += [Row(line[2:].strip(), block["intent"], service) for line in lines if line.startswith("- ")]
    return found
