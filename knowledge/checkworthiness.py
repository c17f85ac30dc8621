"""A sentence and its vector in, out comes whether evidence could settle it, how much that matters, and if not, why not.

A multinomial logistic model over the sentence's embedding and a few cues; `knowledge/training/checkworthiness.py` makes its weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.domain import Reason
from knowledge.particulars import particulars

WEIGHTS = Path(__file__).parent / "checkworthiness.npz"
CLASSES = ("checkable", *(reason.value for reason in Reason))
_VECTOR_SCALE = 4

_CUES = (
    re.compile(r"\?\s*[\"'»”)]*$"),
    re.compile(r"!\s*[\"'»”)]*$"),
    re.compile(r"\b(?:I|we|my|our|me|us|eu|noi|mea|meu|noastr[ăe]|nostru|я|ми|мы|мій|моя|наш[аеі]?|мне|мені|нам)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:will|going to|shall|would|could|might|may|va|vor|ar putea|буде|будуть|будет|будут|може|может|могут|можуть|стане|станет|бы|би)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:must|should|need to|ought|let us|let's|trebuie|ar trebui|haideți|треба|повинн\w*|потрібно|давайте|надо|нужно|должн\w*|пора|hope|sper|сподіва\w*|надеюсь|хай|нехай|пусть)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:said|says|told|announced|claims?|reported|according to|a (?:spus|declarat|anunțat|anuntat)|potrivit|conform|заяви\w*|сказа\w*|повідоми\w*|сообщи\w*|объяви\w*|за даними|по данным)\b",
        re.IGNORECASE,
    ),
)


class Worthiness(NamedTuple):
    """`checkable` is a probability; `worth`, 0 to 1, how much an audience would want it checked; `reason` is why not, if not."""

    checkable: float
    worth: float
    reason: Reason


def cues(text: str) -> list[float]:
    """What the embedding may miss: marks and moods of the sentence, and the particulars it names."""
    found = particulars(text)
    return [
        *(1.0 if cue.search(text) else 0.0 for cue in _CUES),
        min(len(found.quantities), 3) / 3,
        1.0 if any(q.unit or q.value > 12 for q in found.quantities) else 0.0,
        1.0 if found.dates else 0.0,
        min(len(found.names), 3) / 3,
        min(len(text.split()), 40) / 40,
    ]


def worthiness(text: str, vector: Sequence[float]) -> Worthiness:
    """`vector` is the sentence's query embedding by the embedded model, L2-normalized."""
    weights = _weights()
    features = np.concatenate([np.asarray(vector, dtype=np.float32) * _VECTOR_SCALE, np.asarray(cues(text), dtype=np.float32)])
    logits = weights["coefficients"] @ features + weights["intercepts"]
    odds = np.exp(logits - logits.max())
    shares = odds / odds.sum()
    worth = float(np.clip(weights["worth"] @ features + weights["worth_intercept"], 0, 1))
    return Worthiness(float(shares[0]), worth, Reason(CLASSES[1 + int(shares[1:].argmax())]))


@cache
def _weights() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
