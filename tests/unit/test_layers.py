"""Imports go one way, one clock tells the time, and no file grows beyond reading. Read from the source, not run."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# What is not a business folder; every other folder of kefu/ is one, so that a new one cannot slip through.
PLUMBING = {"api", "channels", "conversations", "demo", "engine", "imports", "nlu", "reports"}
UPWARD = {"kefu.api", "kefu.app", "kefu.channels", "kefu.cli", "kefu.conversations", "kefu.engine", "actions"}
FRAMEWORKS = {"rasa", "rasa_sdk", "fastapi", "starlette", "uvicorn"}
# The one list of all tables (alembic needs it) and alembic's own entry.
LISTS_OF_TABLES = {"kefu/db/tables.py", "kefu/db/migrations/env.py"}
LONGEST = 300
TIME = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
}


# --- reading the source ------------------------------------------------------------------------------------------------
@lru_cache(maxsize=1)
def sources() -> dict[str, ast.Module]:
    """Every module of the service by its path from the root."""
    files = [file for folder in ("kefu", "actions", "demo") for file in sorted((ROOT / folder).rglob("*.py"))]
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def names(tree: ast.AST, package: str = "") -> dict[str, str]:
    """What each imported name stands for, wherever in the module it is imported."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            module = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1], node.module or ""])
            base = (module if node.level else node.module or "").strip(".")
            found |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
    return found


def imports(tree: ast.AST, package: str = "") -> set[str]:
    whole = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return whole | set(names(tree, package).values())


def within(module: str, roots: set[str]) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def forbidden(path: str, roots: set[str]) -> set[str]:
    package = str(Path(path).parent).replace("/", ".")
    return {module for module in imports(sources()[path], package) if within(module, roots)}


def dotted(node: ast.AST, known: dict[str, str]) -> str | None:
    """`datetime.now` as `datetime.datetime.now`, through whatever the module calls it."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value, known)
        return f"{inner}.{node.attr}" if inner else None
    return None


def times_asked(tree: ast.AST) -> list[tuple[int, str]]:
    """Every use of the machine's clock, called or handed on, with its line."""
    known = names(tree)
    found = [(getattr(node, "lineno", 0), dotted(node, known)) for node in ast.walk(tree)]
    return [(line, name) for line, name in found if name in TIME]


def business() -> Iterator[str]:
    for path in sources():
        parts = path.split("/")
        if parts[0] == "kefu" and len(parts) > 2 and parts[1] not in PLUMBING and parts[-1] != "routes.py":
            yield path


# --- directions --------------------------------------------------------------------------------------------------------
def test_the_business_folders_are_seen() -> None:
    folders = {path.split("/")[1] for path in business()}
    named = "accounts billing network tickets callbacks alerts staff company privacy db"
    assert set(named.split()) <= folders


@pytest.mark.parametrize("path", business())
def test_business_knows_nothing_of_rasa_http_or_channels(path: str) -> None:
    upward = UPWARD if path not in LISTS_OF_TABLES else {name for name in UPWARD if name not in tables_of()}
    assert forbidden(path, upward | FRAMEWORKS) == set()


def tables_of() -> set[str]:
    """What the list of tables may name besides business folders; only their models (checked below)."""
    return {"kefu.conversations", "kefu.engine"}


def test_the_list_of_tables_takes_models_only() -> None:
    taken = imports(sources()["kefu/db/tables.py"])
    assert {module for module in taken if module.startswith("kefu.") and ".models" not in module} == {
        "kefu.db.base.Base"
    }


@pytest.mark.parametrize("path", [path for path in sources() if path.endswith("/routes.py")])
def test_routes_speak_http_but_not_rasa(path: str) -> None:
    assert forbidden(path, {"rasa", "rasa_sdk", "actions"}) == set()
    if not path.startswith(("kefu/channels/", "kefu/demo/")):
        assert forbidden(path, {"kefu.channels", "kefu.app"}) == set()


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith("kefu/engine/")])
def test_the_engine_knows_no_channel_and_no_http(path: str) -> None:
    assert forbidden(path, {"fastapi", "starlette", "kefu.channels", "kefu.api", "kefu.app"}) == set()


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith("actions/")])
def test_actions_speak_to_business_only(path: str) -> None:
    assert forbidden(path, (UPWARD - {"actions"}) | {"fastapi", "starlette", "rasa"}) == set()


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith("kefu/nlu/values/")])
def test_values_are_read_without_rasa(path: str) -> None:
    assert forbidden(path, FRAMEWORKS | UPWARD) == set()


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith("kefu/conversations/")])
def test_conversations_know_no_channel(path: str) -> None:
    assert forbidden(path, {"kefu.channels", "kefu.app", "rasa", "rasa_sdk", "actions"}) == set()


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith("kefu/reports/")])
def test_reports_read_the_rows_of_all_and_speak_no_http_but_in_their_routes(path: str) -> None:
    rows = {"kefu.conversations.models", "kefu.conversations.models.Conversation", "kefu.conversations.models.Inbox"}
    plain = {"kefu.api.shown", "kefu.api.shown.plain"}
    if not path.endswith("/routes.py"):
        assert forbidden(path, UPWARD | FRAMEWORKS) - rows - plain == set()


# --- the clock ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [path for path in sources() if path != "kefu/clock.py"])
def test_only_the_clock_asks_for_the_time(path: str) -> None:
    assert times_asked(sources()[path]) == []


def test_the_clock_itself_asks() -> None:
    assert times_asked(sources()["kefu/clock.py"]) != []


# --- size --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [path for path in sources() if "/migrations/versions/" not in path])
def test_no_file_is_longer_than_can_be_read(path: str) -> None:
    """Migrations are written by a program and never changed again: they may be as long as they are."""
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LONGEST


# --- the tests of this test --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import datetime as d, UTC\nx = d.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "import datetime as dt\nx = dt.date.today()",
        "import time\nx = time.time()",
        "from time import time as clock\nx = clock()",
        "def f():\n    from datetime import date\n    return date.today()",
        "from datetime import datetime\nx = field(default_factory=datetime.now)",
    ],
)
def test_every_way_of_asking_the_time_is_seen(code: str) -> None:
    assert times_asked(ast.parse(code))


def test_other_clocks_are_left_alone() -> None:
    code = "import time\nfrom kefu.clock import clock\nx = clock.now(), time.monotonic(), now()"
    assert times_asked(ast.parse(code)) == []


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("import rasa.core.agent as a", "rasa"),
        ("import rasa", "rasa"),
        ("from kefu import channels", "kefu.channels"),
        ("from kefu.channels.text import clean", "kefu.channels"),
        ("def f():\n    import fastapi", "fastapi"),
        ("from ..channels import text", "kefu.channels"),
    ],
)
def test_every_way_of_importing_is_seen(code: str, module: str) -> None:
    found = imports(ast.parse(textwrap.dedent(code)), package="kefu.tickets")
    assert any(within(name, {module}) for name in found), found
    assert not any(within(name, {"rasa_sdk", "fast", "kefu.channel"}) for name in found)
