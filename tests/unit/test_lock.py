"""The lock file: everything with its hash, from no particular index, and every direct dependency explained."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "requirements"
LOCKS = {"lock.txt": ("runtime.in", "test.in"), "compat-lock.txt": ("compat.in",)}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=4)
def locked(lock: str) -> dict[str, str]:
    """Each requirement of a lock file on one line, by its name."""
    text = (FOLDER / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(" #")[0].strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return {canonical(re.split(r"[=\[ ;@<>~!]", line)[0]): line for line in lines if line}


def direct(source: str) -> list[str]:
    """The names a .in file asks for."""
    lines = [line.split("#")[0].strip() for line in (FOLDER / source).read_text(encoding="utf-8").splitlines()]
    return [canonical(re.split(r"[=\[ ;@<>~!]", line)[0]) for line in lines if line and not line.startswith("-")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    assert len(locked(lock)) > 50
    assert [line for line in locked(lock).values() if not re.match(r"[\w.-]+(\[[\w,.-]+\])?==[\w.!+-]+\s", line)] == []
    assert [name for name, line in locked(lock).items() if not HASH.search(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_index_is_named(lock: str) -> None:
    text = (FOLDER / lock).read_text(encoding="utf-8")
    assert re.findall(r"https?://\S+|git\+\S+|file:\S+", text) == []
    options = {word for line in locked(lock).values() for word in re.findall(r"(?:^|\s)(--?[a-z][\w-]*)", line)}
    assert options == {"--hash"}
    assert not re.search(r"index-url|find-links|trusted-host", text)


@pytest.mark.parametrize(("lock", "source"), [(lock, source) for lock, sources in LOCKS.items() for source in sources])
def test_every_direct_dependency_is_locked(lock: str, source: str) -> None:
    assert direct(source) and [name for name in direct(source) if name not in locked(lock)] == []


def test_tensorflow_is_not_installed() -> None:
    assert [name for name in locked("lock.txt") if name.startswith(("tensorflow", "keras"))] == []


def sources() -> list[str]:
    return sorted({name for file in FOLDER.glob("*.in") for name in direct(file.name)})


@pytest.mark.parametrize("name", sources())
def test_every_direct_dependency_is_explained(name: str) -> None:
    """One line of docs/dependencies.md that names it and says more than its name."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines()
    parts = "[-_.]".join(map(re.escape, name.split("-")))
    spelled = re.compile(rf"(?<![\w-]){parts}(?![\w-])", re.IGNORECASE)
    assert [line for line in page if spelled.search(line) and len(line) > len(name) + 20], (
        f"{name} is not in docs/dependencies.md"
    )
