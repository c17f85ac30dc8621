"""A post of a chat in, out comes the checked claim that it states though it is false, if it surely does.

Nearness finds the candidates; what the entailment model reads of the post and the claim in one another, whether dates, numbers or negations differ,
whether a true claim comes as near, and how surely the post states rather than quotes, denies or asks are weighed by a logistic model
(`knowledge/training/circulating.py`), whose share is held against the bar. Only claims that a person wrote a reason for count. Blocking and CPU-bound;
threads may share it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from knowledge.checked_claims import CheckedClaims, Precedent
from knowledge.domain import Label, Language, Verdict
from knowledge.embeddings import EmbeddedE5
from knowledge.fact_check import FactChecker
from knowledge.language import Sentence, language_of, sentences
from knowledge.particulars import particulars
from knowledge.stance import stance
from knowledge.store import NearWording, PassageStore

WEIGHTS = Path(__file__).parent / "circulating.npz"
NEAR = 0.82
"""A post whose sentences all have a lower cosine to every false claim is about something else."""
READ_CHARACTERS = 2000
READ_SENTENCES = 12
MIN_WORDS = 3
AROUND = 240
"""How a long post states a sentence is told from so many characters around it."""
CANDIDATES = 2
LOOKED_AT = 60
"""Among so many wordings the nearest true one is looked for."""
FALSE = 3
"""So many false claims are read beside a stretch."""


Floats = npt.NDArray[np.float64]


class Sighted(NamedTuple):
    """A checked claim that a post states."""

    claim: str
    """The words of the post that state it."""
    verdict: Verdict
    """Of the checked claim, in its own words."""
    checked_id: str
    likeness: float
    """The cosine of the two."""
    states: float
    """How surely the post states it."""
    share: float
    """How surely a note about it is right."""
    numbers: tuple[str, ...]


class Candidate(NamedTuple):
    """A stretch of a post beside a false claim."""

    words: str
    wording: NearWording
    states: float
    features: tuple[float, ...]


class _Curated(NamedTuple):
    """What is compared with every post: few enough to be held in memory."""

    generation: str | None
    wordings: list[NearWording]
    vectors: Floats
    """(wordings, dimensions), L2-normalized."""


class Circulating:
    def __init__(
        self, encoder: EmbeddedE5, embeddings: Embeddings, store: PassageStore, checked: CheckedClaims, checker: FactChecker
    ) -> None:
        """`embeddings` are those that the store was filled with."""
        self._encoder = encoder
        self._embeddings = embeddings
        self._store = store
        self._checked = checked
        self._checker = checker

    def look(self, post: str, bar: float, language: Language | None = None) -> Sighted | None:
        """What a post states of all that is known to be false; None where nothing is that sure. `bar` is one of the measured ones. StoreError."""
        rated = [(share_of(one.features), one) for one in self.candidates(post)]
        for share, one in sorted(rated, key=lambda item: -item[0]):
            if share < threshold(bar):
                return None
            checked = next(iter(self._store.checked_claims([one.wording.checked_id])), None)
            if checked is None:
                continue  # another index is in place since it was found
            told_in: Language = language or language_of(post)
            words = checked.claim.get(told_in) or next(iter(checked.claim.values()))
            verdict = self._checker.verdict_of(checked, words, 1.0, told_in)
            if verdict is not None:
                numbers = tuple(quantity.text for quantity in particulars(one.words).quantities)
                return Sighted(one.words, verdict, checked.id, one.wording.similarity, one.states, share, numbers)
        return None

    def candidates(self, post: str) -> list[Candidate]:
        """The stretches of a post that come near a false claim, with what is known of each. StoreError."""
        text = post[:READ_CHARACTERS]
        every = sentences(text, language_of(text))
        found = [one for one in every if len(one.text.split()) >= MIN_WORDS and not _is_anothers(text, one)][:READ_SENTENCES]
        whole = [text] if 1 < len(found) == len(every) and len(text) <= AROUND else []
        stretches = [(one.text, _around(text, one.start, one.end)) for one in found] + [(one, one) for one in whole]
        if not stretches:
            return []
        vectors = self._encoder.embed_queries([words for words, _ in stretches])
        near = [
            (words, context, vector, wordings)
            for (words, context), vector in zip(stretches, vectors, strict=True)
            if (wordings := self._near(self._sought(words, vector)))
        ]
        near.sort(key=lambda one: -max(wording.similarity for wording in one[3] if wording.label is Label.REFUTED))
        return [candidate for one in near[:CANDIDATES] for candidate in self._read(*one)]

    def _sought(self, words: str, vector: Sequence[float]) -> Sequence[float]:
        """The vector that the store knows the words by."""
        return vector if self._embeddings is self._encoder else self._embeddings.embed_query(words)

    def _near(self, vector: Sequence[float]) -> list[NearWording]:
        """The nearest claims that are false and have a reason, and the nearest true one beside them; nothing where none is near."""
        curated = self._curated()
        if not curated.wordings:
            return []
        sought = np.asarray(vector, dtype=np.float64)
        cosines = curated.vectors @ (sought / np.linalg.norm(sought))
        false: dict[str, NearWording] = {}
        for at in np.argsort(-cosines, kind="stable"):
            if cosines[at] < NEAR or len(false) == FALSE:
                break
            wording = curated.wordings[at]
            false.setdefault(wording.checked_id, wording._replace(similarity=float(cosines[at])))
        if not false:
            return []
        true = next((one for one in self._store.nearest_wordings(vector, LOOKED_AT) if one.label is Label.SUPPORTED), None)
        return [*false.values(), *([true] if true else [])]

    def _read(self, words: str, context: str, vector: Sequence[float], wordings: Sequence[NearWording]) -> list[Candidate]:
        read = self._checked.read(words, wordings)
        true = next((one for one in read if one.wording.label is Label.SUPPORTED), None)
        [around] = self._encoder.embed_queries([context]) if context != words else [vector]
        states = stance(context, around)
        return [
            Candidate(words, one.wording, states, features(one, true, states, len(words.split())))
            for one in read
            if one.wording.label is Label.REFUTED
        ]

    def _curated(self) -> _Curated:
        """The false claims that a person wrote a reason for."""
        generation = self._store.generation()
        if self._known is None or self._known.generation != generation:
            false = [one.id for one in self._store.checked_claims() if one.why and one.label is Label.REFUTED]
            stored = self._store.wordings(false)
            vectors = np.array([vector for _, vector in stored], dtype=np.float64).reshape(len(stored), -1)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            self._known = _Curated(generation, [wording for wording, _ in stored], vectors)
        return self._known

    _known: _Curated | None = None


def features(false: Precedent, true: Precedent | None, states: float, words: int) -> tuple[float, ...]:
    """What is known of a stretch of a post beside a false claim that comes near it, and the nearest true one."""
    implied, implies = _logs(false.implied.shares), _logs(false.implies.shares)
    stated, same = math.log(min(max(states, 1e-4), 1 - 1e-4)), min(implied[0], implies[0])
    return (
        (false.wording.similarity - 0.9) * 20,
        *implied,
        *implies,
        float(false.beyond),
        float(false.short),
        float(false.contrary),
        float(false.turned),
        ((true.wording.similarity if true else NEAR) - false.wording.similarity) * 20,
        *(_logs(true.implied.shares) if true else (0.0, 0.0, 0.0, 0.0)),
        math.log(max(states, 1e-4) / max(1 - states, 1e-4)),
        min(words, 40) / 40,
        stated,
        math.exp(stated),
        same,
        max(implied[1], implies[1]),
        math.exp(same),
        min(same, stated),
        math.exp(same + stated),
    )


TOGETHER = (0, 1, 5, 13, 19, 21, 22)
"""Of these features each product counts too: nearness is worth little where nothing is stated."""


def expanded(scaled: Floats) -> Floats:
    """Standardized features, one row a candidate, with the products of some."""
    key = scaled[:, TOGETHER]
    products = [key[:, at] * key[:, to] for at in range(len(TOGETHER)) for to in range(at, len(TOGETHER))]
    return np.column_stack([scaled, *products])


def _logs(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(math.log(max(share, 1e-9)), -6.0) for share in shares)


def share_of(found: Sequence[float]) -> float:
    """How surely a note would be right."""
    weights = _weights()
    scaled = (np.asarray([found], dtype=np.float64) - weights["mean"]) / weights["scale"]
    row = (expanded(scaled)[0] - weights["means"]) / weights["scales"]
    return float(1 / (1 + np.exp(-(weights["coefficients"] @ row + float(weights["intercept"])))))


def threshold(bar: float) -> float:
    """The least share at which, of the notes on the claims that the bars were set on, so many were right."""
    weights = _weights()
    return float(weights["thresholds"][int(np.argmin(np.abs(weights["bars"] - bar)))])


_ASKED = re.compile(r"\?[\s\W]*$")


def _is_anothers(text: str, sentence: Sentence) -> bool:
    """A question states nothing, and what stands in a line that begins with “>” are the words of whoever is answered."""
    line = text[text.rfind("\n", 0, sentence.start + 1) + 1 :]
    return bool(_ASKED.search(sentence.text)) or line.lstrip().startswith(">")


def _around(text: str, start: int, end: int) -> str:
    """A sentence with what stands just before and after it: it may be a quotation that the next sentence denies."""
    if len(text) <= AROUND:
        return text
    room = max(0, AROUND - (end - start)) // 2
    return text[max(0, start - room) : end + room]


@cache
def _weights() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
