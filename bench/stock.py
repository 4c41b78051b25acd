"""A stock Rasa 3.6.21 server with its action server: the same domain, rules, data and actions as Kefu's."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from pathlib import Path

import yaml

from bench.processes import ROOT, Assistant, Started, free_port, say

STOCK_PYTHON = ROOT / ".venv-compat" / "bin" / "python"
MODELS = ROOT / "results" / "peer"
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
# what each peer's model is made of: configuration, training data
RECIPES = {"stock": ("bench/peer/config.yml", ("data", "bench/peer/stories.yml")), "lean": ("config.yml", ("data",))}
COMMON_SOURCES = ("domain.yml", "kefu/nlu", "requirements/compat-lock.txt")
ENDPOINTS = """
action_endpoint:
  url: http://127.0.0.1:{actions}/webhook
tracker_store:
  type: SQL
  dialect: sqlite
  db: {tracker}
"""


def ready() -> bool:
    """tools/compat_setup.sh has made the stock environment, from the lock file as it is now."""
    lock, made_from = ROOT / "requirements" / "compat-lock.txt", ROOT / ".venv-compat" / ".lock"
    return STOCK_PYTHON.exists() and made_from.exists() and made_from.read_bytes() == lock.read_bytes()


def fingerprint(name: str) -> str:
    """A digest of everything the peer's model is made from."""
    config, data = RECIPES[name]
    digest = hashlib.sha256()
    for source in (config, *data, *COMMON_SOURCES):
        path = ROOT / source
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".py", ".txt"))
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def model_of(name: str) -> Path:
    """Where the peer's model for today's data is, or will be."""
    return MODELS / f"{name}-{fingerprint(name)}.tar.gz"


def trained(name: str) -> Path:
    """The peer's model, trained on the stock environment unless it is there already."""
    target = model_of(name)
    if target.exists():
        return target
    MODELS.mkdir(parents=True, exist_ok=True)
    command = [str(STOCK_PYTHON), "-m", "rasa", "train", "--config", str(_config(name)), "--domain", "domain.yml"]
    command += ["--data", *RECIPES[name][1], "--out", str(MODELS), "--fixed-model-name", f"unfinished-{name}.tar.gz"]
    log = MODELS / f"train-{name}.log"
    log.write_bytes(b"")
    training = Started(command, {**QUIET, "RASA_CACHE_DIRECTORY": str(MODELS / "cache")}, log)
    try:
        _watch(training, name)
    finally:
        training.stop()
    for old in MODELS.glob(f"{name}-*.tar.gz"):
        old.unlink()
    return (MODELS / f"unfinished-{name}.tar.gz").rename(target)


def _config(name: str) -> Path:
    """The recipe with our components marked by the model's fingerprint: Rasa's cache, which spares DIET another five
    minutes, knows neither our components' code nor their word lists and would restore old ones."""
    recipe = yaml.safe_load((ROOT / RECIPES[name][0]).read_text(encoding="utf-8"))
    for component in recipe["pipeline"]:
        if component["name"].startswith("kefu."):
            component["sources"] = fingerprint(name)
    path = MODELS / f"config-{name}.yml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _watch(training: Started, name: str) -> None:
    began = time.monotonic()
    while (code := training.ended()) is None:
        time.sleep(10)
        last = training.log.read_text(encoding="utf-8", errors="replace")[-2000:].replace("\r", "\n").strip()
        say(f"training {name}: {time.monotonic() - began:.0f} s … {last.splitlines()[-1][-90:] if last else ''}")
    if code != 0:
        raise RuntimeError(f"training {name} failed: {training.log}")


class Stock(Assistant):
    """`rasa run` with SQL tracker store, and `rasa run actions` on a seeded database of Kefu's tables."""

    def __init__(self, folder: Path, name: str, model: Path) -> None:
        super().__init__(folder)
        self.name, self._model = name, model
        self.business = self.folder / "business.db"
        self._environment = {**QUIET, "DATABASE_URL": f"sqlite:///{self.business}"}

    def seed(self) -> None:
        """Give the action server what Kefu has: the tables and the demo city."""
        seeding = Started([sys.executable, "-m", "bench.seed"], self._environment, self.folder / "seed.log")
        if seeding.wait() != 0:
            seeding.check()

    def launch(self) -> None:
        actions = free_port()
        endpoints = self.folder / "endpoints.yml"
        endpoints.write_text(ENDPOINTS.format(actions=actions, tracker=self.folder / "tracker.db"), encoding="utf-8")
        act = [sys.executable, "-m", "rasa", "run", "actions", "--quiet", "--port", str(actions)]
        serve = [str(STOCK_PYTHON), "-m", "rasa", "run", "--quiet", "--enable-api", "--model", str(self._model)]
        serve += ["--endpoints", str(endpoints), "--credentials", "credentials.yml"]
        serve += ["--interface", "127.0.0.1", "--port", str(self.port)]
        self.parts["server"] = Started(serve, self._environment, self.folder / "server.log")
        self.parts["actions"] = Started(act, self._environment, self.folder / "actions.log")

    def tickets(self) -> dict[str, int]:
        with sqlite3.connect(self.business) as database:
            rows = database.execute("SELECT conversation_id, count(*) FROM ticket GROUP BY conversation_id")
            return {str(sender): int(number) for sender, number in rows}
