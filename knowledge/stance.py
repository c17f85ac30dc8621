"""A message of a chat and its vector in, out comes how surely it states what it says rather than quotes, denies, asks or mocks it.

A logistic model over the message's embedding, its words, pairs of words and runs of letters by hash, and a few marks; `knowledge/training/stance.py` makes its
weights from messages in four languages.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

WEIGHTS = Path(__file__).parent / "stance.npz"
BUCKETS = 1 << 15
VECTOR_SCALE, BUCKETS_SCALE = 8.0, 4.0
GRAMS = (3, 4, 5)
_WORD = re.compile(r"[^\W_]+|[?!…>]|[\"“”„«»]")
_QUOTES = re.compile(r"[\"“”„«»]|(?<!\w)'(?=\w)")
_MARKS = (
    re.compile(r"\?"),
    re.compile(r"\?\s*\W*$"),
    re.compile(r"!"),
    re.compile(r"\.\.\.|…"),
    re.compile(r"^\s*>", re.MULTILINE),
    re.compile(r"[😂🤣😆🙄😏🤡🙃🤦]"),
    re.compile(r"[A-ZА-ЯЇІЄҐĂÂÎȘȚ]{4,}"),
    re.compile(r"[:—–-]\s"),
)


def stance(text: str, vector: Sequence[float]) -> float:
    """The probability that the text states its claim. `vector` is its query embedding by the embedded model, L2-normalized."""
    weights = _weights()
    found = buckets(text)
    logit = weights["vector"] @ (np.asarray(vector, dtype=np.float32) * VECTOR_SCALE) + weights["marks"] @ marks(text)
    logit += weights["buckets"][found].sum() * BUCKETS_SCALE / max(1.0, len(found)) ** 0.5 + weights["intercept"]
    return float(1 / (1 + np.exp(-logit)))


def buckets(text: str) -> list[int]:
    """Which words, pairs of words and short runs of letters a text has, each once; letters without accents, in lower case."""
    plain = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    words = _WORD.findall(plain)
    pairs = [f"{one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True)]
    joined = f" {' '.join(words)} "
    runs = {f"~{joined[at : at + size]}" for size in GRAMS for at in range(len(joined) - size + 1)}
    return sorted({zlib.crc32(one.encode()) % BUCKETS for one in (*words, *pairs, *runs)})


def marks(text: str) -> npt.NDArray[np.float32]:
    """What the words do not tell: signs, quotation marks and length."""
    found = [1.0 if mark.search(text) else 0.0 for mark in _MARKS]
    quotes = len(_QUOTES.findall(text))
    return np.array([*found, min(quotes, 4) / 4, min(len(text.split()), 60) / 60], dtype=np.float32)


@cache
def _weights() -> dict[str, npt.NDArray[np.float32]]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
