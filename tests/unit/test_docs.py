"""Documents that can rot: the table of settings, the pages that must exist, and every path they name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kefu.settings import ROOT, Settings
from tests.support import settings_doc

REQUIRED = [
    "README.md",
    "README.zh.md",
    "docs/life-of-a-message.md",
    "docs/where-things-go.md",
    "docs/dependencies.md",
    "docs/settings.md",
    "docs/tariffs.md",
    "docs/understanding.md",
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / name for name in REQUIRED] + DECISIONS
# What a program makes; a fresh clone does not have it.
MADE = {"models", "var", "results", "node_modules", ".venv", ".venv-compat", ".rasa", "__pycache__", ".git"}
PLACEHOLDER = re.compile(r"[<>{}…]|\.\.\.|\bX\b|YYYY")


# --- settings ----------------------------------------------------------------------------------------------------------
def test_the_table_of_settings_is_as_the_program_has_it() -> None:
    remedy = "write it anew: python -m tests.support.settings_doc"
    assert settings_doc.PAGE.read_text(encoding="utf-8") == settings_doc.render(), remedy


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_with_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description and len(field.description) > 10
    (line,) = [
        row
        for row in settings_doc.PAGE.read_text(encoding="utf-8").splitlines()
        if row.startswith(f"| `{name.upper()}` |")
    ]
    _, _, default, _, meaning, _ = re.split(r"(?<!\\)\|", line)
    assert meaning.strip() == field.description
    assert default.strip() in ("(empty)", settings_doc.default(field))
    assert str(ROOT) not in line, "a path of this machine"


def test_the_environment_is_read_in_one_place() -> None:
    """A setting outside `Settings` would be in no table."""
    reading = []
    for folder in ("kefu", "actions", "demo"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"):
                    reading.append(str(file.relative_to(ROOT)))
    assert reading == []


# --- pages -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_page_exists_and_says_something(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("# ") and len(text) > 300


def test_decisions_are_numbered_without_a_gap() -> None:
    assert DECISIONS, "docs/decisions/ is empty"
    numbers = [int(file.name.split("-")[0]) for file in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def quoted(text: str) -> set[str]:
    """What stands in backticks, outside and inside of blocks of code, and where Markdown links go."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", prose)]
    return {*re.findall(r"`([^`\n]+)`", prose), *[link for link in links if link and "://" not in link]}


def paths(text: str) -> set[str]:
    """Those that look like paths of this repository."""
    tops = {entry.name for entry in ROOT.iterdir()}
    found = set()
    for words in quoted(text):
        name = re.sub(r"(:\d+(-\d+)?|::?[\w.]+(\(\))?)$", "", words.strip())
        if re.search(r"\s", name) or name.startswith(("/", "http", "-")) or PLACEHOLDER.search(name):
            continue
        top = name.removeprefix("./").split("/")[0]
        known = "/" in name and (top in tops or top in ("docs", "tests", "kefu", "actions", "data"))
        document = re.fullmatch(r"[\w.-]+\.(py|md|yml|yaml|toml|txt|in|ini|sh|html|js|json)", name)
        if top not in MADE and (known or document):
            found.add(name)
    return found


def exists(name: str, page: Path) -> bool:
    """From the root, from the page, or a bare file name anywhere in the sources."""
    if any(base.joinpath(name).exists() or list(base.glob(name)) for base in (ROOT, page.parent)):
        return True
    return "/" not in name and any(
        list((ROOT / folder).rglob(name))
        for folder in ("kefu", "actions", "data", "demo", "company", "tests", "docs", "tools")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_a_page_names_exists(page: Path) -> None:
    named = paths(page.read_text(encoding="utf-8"))
    assert [name for name in sorted(named) if not exists(name, page)] == []


def test_paths_are_recognised() -> None:
    text = "`kefu/app.py` `config.yml` `make demo` `/healthz` `kefu/<topic>/service.py` `var/kefu.db` `a/b` [x](docs/y.md#z)"
    assert paths(text) == {"kefu/app.py", "config.yml", "docs/y.md"}
    assert paths("`kefu/app.py:12` `kefu/app.py::create_app` `data/nlu/`") == {"kefu/app.py", "data/nlu/"}


def test_both_readmes_name_the_same_commands() -> None:
    def commands(name: str) -> set[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", text, re.MULTILINE))

    assert {"demo", "test"} <= commands("README.md") == commands("README.zh.md")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert commands("README.md") <= targets
