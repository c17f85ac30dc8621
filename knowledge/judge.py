"""A claim and its evidence in, a cited verdict out: how the meanings of claim and source differ, weighed with the dates, numbers and names
that agree, differ or are missing.

A multinomial logistic model over the difference of the embeddings and over counted particulars; no threshold is picked by hand but the operating point.

The weights are fitted on labelled claims, split by entry (`knowledge/training/judge.py`), so the shares it gives are estimates of being right.
A label other than `not_enough_evidence` needs a share above the threshold of the operating point: the judge abstains rather than guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.compare import compare, coverage, negations, uncovered
from knowledge.domain import Aspect, Citation, Claim, Comparison, Evidence, Label, Verdict
from knowledge.embeddings import EmbeddedE5, Vectors
from knowledge.language import language_of
from knowledge.particulars import particulars, particulars_of
from knowledge.rationale import explain
from knowledge.retrieve import Found

WEIGHTS = Path(__file__).parent / "judge.npz"
LABELS = (Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING, Label.NOT_ENOUGH_EVIDENCE)
READ = 4
"""So many of the nearest passages are weighed."""
CITED = 3
NEARBY, LINKED = 4, 2
"""So many passages are shown where none settles the claim: the nearest, and further ones linked to the very nearest."""
_AS_NEAR = 0.03
"""A further passage carries a verdict too where its score is so near to the best one's."""
_PRODUCT, _DIFFERENCE = 20.0, 8.0
"""Bring the parts of unit vectors to the size of the counted features, so that one strength of regularization fits all."""
_MEAN_COVERAGE, _MEAN_UNCOVERED = 3.0, 3.0
"""What stands for the words in common where claim and source are in different languages."""


class Reading(NamedTuple):
    """What a passage says of a claim."""

    evidence: Evidence
    comparisons: tuple[Comparison, ...]


class Judge:
    """Deterministic; threads may share it. Compares meanings with the embedded model, whatever model the index was made with."""

    def __init__(self, encoder: EmbeddedE5) -> None:
        self._encoder = encoder

    def judge(self, claim: Claim, found: Found, around: Callable[[], Sequence[Evidence]] | None = None) -> Verdict:
        """Decide from several passages together. Undecided where the sources do not carry a decision: then `around` gives what is to be shown."""
        readings = self.read(claim.text, found.evidence)
        if not readings:
            return _verdict(claim, Label.NOT_ENOUGH_EVIDENCE, 1.0, [])
        shares = _shares(self.features(claim.text, readings, found))
        label = decide(shares)
        if label is Label.NOT_ENOUGH_EVIDENCE and around is not None:
            return _verdict(claim, label, shares[LABELS.index(label)], self.read(claim.text, around(), NEARBY + LINKED))
        return _verdict(claim, label, shares[LABELS.index(label)], _cited(label, readings))

    def read(self, claim: str, evidence: Sequence[Evidence], limit: int = READ) -> list[Reading]:
        """The nearest passages with what they say of the claim's particulars, the best first."""
        mine = particulars(claim)
        return [Reading(one, compare(mine, particulars_of(one.passage))) for one in evidence[:limit]]

    def features(self, claim: str, readings: Sequence[Reading], found: Found) -> Vectors:
        """What the decision rests on, in the order of the weights."""
        mine = np.asarray(self._encoder.embed_query(claim), dtype=np.float32)
        nearest, whole = self._meanings(readings[0].evidence, found)
        differences = [_PRODUCT * mine * nearest, _DIFFERENCE * (mine - nearest), _DIFFERENCE * np.abs(mine - nearest)]
        differences += [_PRODUCT * mine * whole, _DIFFERENCE * (mine - whole), _DIFFERENCE * np.abs(mine - whole)]
        return np.concatenate([np.asarray(counted(claim, readings), dtype=np.float32), *differences])

    def _meanings(self, evidence: Evidence, found: Found) -> tuple[Vectors, Vectors]:
        """The vector of the sentence nearest to the claim, and the mean of all sentences of its passage."""
        text, spans = evidence.passage.text, evidence.spans
        stored = {(s.start, s.end): s.vector for s in found.sentences.get(evidence.passage.id, ())} if found.embedded else {}
        if not stored:
            places = [(span.start, span.end) for span in spans] or [(0, len(text))]
            made = self._encoder.embed_documents([text[start:end] for start, end in places])
            stored = dict(zip(places, made, strict=True))
        matrix = np.asarray(list(stored.values()), dtype=np.float32)
        nearest = stored[(spans[0].start, spans[0].end)] if spans else matrix[0]
        return np.asarray(nearest, dtype=np.float32), matrix.mean(axis=0)


def counted(claim: str, readings: Sequence[Reading]) -> list[float]:
    """Nearness, and the dates, numbers, names and words that agree, differ or are missing."""
    first, source = readings[0].comparisons, readings[0].evidence
    text, quoted = source.passage.text, _nearest_words(source)
    same_language = language_of(claim) == source.passage.provenance.language or source.passage.provenance.language == "und"
    return [
        source.score * 10,
        source.similarity * 10,
        max((span.similarity for span in source.spans), default=source.similarity) * 10,
        (source.score - readings[min(1, len(readings) - 1)].evidence.score) * 10,
        *(float(min(2, _count(first, aspect, agrees))) for aspect in (Aspect.DATE, Aspect.NUMBER) for agrees in (True, False, None)),
        *(float(min(2, _count(first, Aspect.NAME, agrees))) for agrees in (True, None)),
        *(float(min(2, len(_nowhere(readings, aspect)))) for aspect in (Aspect.DATE, Aspect.NUMBER, Aspect.NAME)),
        1.0 if negations(claim) else 0.0,
        1.0 if bool(negations(claim)) != bool(negations(quoted)) else 0.0,
        1.0 if source.passage.provenance.contested else 0.0,
        min(len(claim.split()), 40) / 10,
        coverage(claim, text) * 5 if same_language else _MEAN_COVERAGE,
        float(min(5, len(uncovered(claim, text)))) if same_language else _MEAN_UNCOVERED,
        1.0 if same_language else 0.0,
    ]


def decide(shares: Sequence[float]) -> Label:
    """The likeliest label where its share passes the threshold of the operating point, else not enough evidence."""
    at = int(np.argmax(shares))
    return LABELS[at] if shares[at] >= _weights().thresholds[at] else Label.NOT_ENOUGH_EVIDENCE


def _count(comparisons: Sequence[Comparison], aspect: Aspect, agrees: bool | None) -> int:
    return sum(1 for one in comparisons if one.aspect is aspect and one.agrees is agrees)


def _nowhere(readings: Sequence[Reading], aspect: Aspect) -> set[str]:
    """What the claim says that none of the passages has."""
    sets = [{one.claimed for one in reading.comparisons if one.aspect is aspect and one.agrees is not True} for reading in readings]
    return set.intersection(*sets) if sets else set()


def _shares(values: Vectors) -> list[float]:
    weights = _weights()
    logits = weights.coefficients @ ((values - weights.mean) / weights.scale) + weights.intercepts
    odds = np.exp(logits - logits.max())
    return [float(share) for share in odds / odds.sum()]


class _Weights(NamedTuple):
    coefficients: Vectors
    intercepts: Vectors
    mean: Vectors
    scale: Vectors
    thresholds: Vectors


@cache
def _weights() -> _Weights:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return _Weights(*(stored[name].astype(np.float32) for name in _Weights._fields))


def _cited(label: Label, readings: Sequence[Reading]) -> list[Reading]:
    """The passages that carry the label, the deciding one first; for an undecided claim, those that come nearest."""
    if label is Label.NOT_ENOUGH_EVIDENCE:
        return list(readings[:CITED])
    near = [reading for reading in readings[1:] if reading.evidence.score >= readings[0].evidence.score - _AS_NEAR]
    return [readings[0], *(reading for reading in near if _carries(label, readings[0].comparisons, reading.comparisons))][:CITED]


def _carries(label: Label, first: Sequence[Comparison], further: Sequence[Comparison]) -> bool:
    """Whether a further passage says itself what the verdict says: every particular of a supported claim, the same other value for a refuted one."""
    if label is Label.REFUTED:
        return bool(_other_values(first) & _other_values(further))
    return bool(further) and all(one.agrees is True for one in further)


def _other_values(comparisons: Sequence[Comparison]) -> set[tuple[str, str | None]]:
    return {(one.claimed, one.sourced) for one in comparisons if one.agrees is False}


def _verdict(claim: Claim, label: Label, share: float, cited: Sequence[Reading]) -> Verdict:
    return Verdict(
        claim=claim,
        label=label,
        confidence=min(max(share, 0.0), 1.0),
        rationale=explain(label, [(reading.evidence, reading.comparisons) for reading in cited]),
        citations=tuple(_quote(reading) for reading in cited),
        comparisons=cited[0].comparisons if cited else (),
        as_of=max((r.evidence.passage.provenance.as_of for r in cited if r.evidence.passage.provenance.as_of), default=None),
    )


def _quote(reading: Reading) -> Citation:
    """The sentence nearest to the claim."""
    passage, spans = reading.evidence.passage, reading.evidence.spans
    return (
        Citation(passage=passage, start=spans[0].start, end=spans[0].end)
        if spans
        else Citation(passage=passage, start=0, end=len(passage.text))
    )


def _nearest_words(evidence: Evidence) -> str:
    text = evidence.passage.text
    return text[evidence.spans[0].start : evidence.spans[0].end] if evidence.spans else text
