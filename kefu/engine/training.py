"""Training, only when something the model depends on has changed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from kefu.settings import ROOT, get_settings

SOURCES = ("config.yml", "domain.yml", "data", "kefu/nlu", "requirements/lock.txt")


def fingerprint() -> str:
    """A digest of everything a model is made from."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".py", ".txt"))
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def model_path() -> Path:
    """Where the model of the present sources lies, trained or not."""
    return get_settings().model_dir / f"kefu-{fingerprint()}.tar.gz"


def train_if_needed(force: bool = False) -> int:
    """Train with the `rasa` command of this environment; returns its exit code, 0 when nothing had to be done."""
    target = model_path()
    if target.exists() and not force:
        target.touch()  # Rasa takes the newest
        print(f"model is up to date: {target.name}", flush=True)
        return 0
    print("training the model …", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "--fixed-model-name", target.name]
    unfinished = target.parent / "unfinished"
    # --force: Rasa's own cache knows nothing of our components' code and word lists, the fingerprint above does
    # --skip-validation: `make test` runs `rasa data validate`, which reads all sentences once more
    command += ["--out", str(unfinished), "--force", "--skip-validation"]
    log = ROOT / "var" / "train.log"
    log.parent.mkdir(exist_ok=True)
    code = _run(command, log)
    if code == 0 and (unfinished / target.name).exists():
        os.replace(unfinished / target.name, target)  # a model is there whole or not at all
        print(f"trained {target.name} in {time.monotonic() - started:.0f} s", flush=True)
        return 0
    print(f"training failed, log {log}:\n{log.read_text(encoding='utf-8')[-3000:]}", file=sys.stderr)
    return code or 1


def _run(command: list[str], log: Path) -> int:
    """Run with everything it prints in `log`; a dot every five seconds shows that it lives. Ends with us."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    return process.wait(5)
                except subprocess.TimeoutExpired:
                    print(".", end="", flush=True)
        finally:
            process.kill()
