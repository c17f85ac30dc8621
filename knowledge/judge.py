"""A claim, its evidence and its precedents in, a cited verdict out: what the entailment model reads in each source and in each claim that was
checked before, weighed with the dates, numbers and names that agree, differ or are missing.

A multinomial logistic model, one for claims that have precedents and one for those that have none; no threshold is picked by hand but the operating point. The weights are fitted on labelled claims about entries
that the entailment model was not trained on (`knowledge/training/judge.py`), so the shares it gives are estimates of being right.
A label other than `not_enough_evidence` needs a share above the threshold of the operating point: the judge abstains rather than guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.checked_claims import NEAR, Precedent
from knowledge.compare import compare, coverage, negations, uncovered
from knowledge.domain import Aspect, Citation, Claim, Comparison, Evidence, Label, Language, Passage, Span, Verdict
from knowledge.embeddings import Vectors
from knowledge.entailment import Entailment, EntailmentModel, source_text, together, translated_text
from knowledge.language import language_of
from knowledge.particulars import particulars, particulars_of
from knowledge.rationale import explain, too_long

WEIGHTS = Path(__file__).parent / "judge.npz"
LABELS = (Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING, Label.NOT_ENOUGH_EVIDENCE)
READ = 4
"""So many of the nearest passages are weighed."""
SENTENCES = 2
"""So many sentences of the passage that says most are weighed by themselves."""
ALONE, WITH_PRECEDENTS = "alone", "with_precedents"
"""The two sets of weights."""
CITED = 3
UNCOVERED = 4
"""So many words that a source does not have are named."""
NEARBY, LINKED = 4, 2
"""So many passages are shown where none settles the claim: the nearest, and further ones linked to the very nearest."""
CERTAINTIES = (0.8, 0.85, 0.9, 0.95, 0.97)
"""The operating points: of the decided verdicts, so many are to be right."""
CERTAINTY = 0.9
_AS_NEAR = 0.03
"""A further passage carries a verdict too where its score is so near to the best one's."""
_LEAST = -6.0
"""Logarithms of shares below this say no more."""
_NEARER = 20.0
"""What a passage's score weighs beside what it says, where the one that decides is chosen."""
_MEAN_COVERAGE, _MEAN_UNCOVERED = 3.0, 3.0
"""What stands for the words in common where claim and source are in different languages."""


class Reading(NamedTuple):
    """What a passage says of a claim: its particulars, and the claim as a whole."""

    evidence: Evidence
    comparisons: tuple[Comparison, ...]
    entailment: Entailment


class Cited(NamedTuple):
    """A passage as a verdict cites it."""

    evidence: Evidence
    comparisons: tuple[Comparison, ...]
    citation: Citation


class Weighed(NamedTuple):
    """The shares of the labels, in the order of `LABELS`, by one of the two models."""

    shares: list[float]
    model: str
    differs: bool
    """As `visibly_differs`."""
    whole: bool = True
    """Whether the claim was read to its end."""

    def label(self, certainty: float) -> Label:
        """The likeliest label where its share passes the threshold of the operating point, else not enough evidence."""
        if not self.whole:
            return Label.NOT_ENOUGH_EVIDENCE
        at = int(np.argmax(self.shares))
        return LABELS[at] if self.shares[at] >= self._floors(certainty)[at] else Label.NOT_ENOUGH_EVIDENCE

    def bars(self, certainty: float) -> list[tuple[Label, float, float]]:
        """Each label with its share and the least share that it takes; of `not_enough_evidence` none."""
        floors = self._floors(certainty)
        return [(label, self.shares[at], min(1.0, floors[at])) for at, label in enumerate(LABELS)]

    def _floors(self, certainty: float) -> list[float]:
        weights, row = _weights(self.model), CERTAINTIES.index(certainty)
        floors = [float(floor) for floor in weights.thresholds[row]]
        # Calling a true claim false is the worst error, and without a difference no value stands beside another for a reader to see it.
        if not self.differs:
            floors[LABELS.index(Label.REFUTED)] = float(weights.contrary[row])
        return floors


class Judge:
    """Deterministic; threads may share it. `certainty` is one of `CERTAINTIES`."""

    def __init__(self, model: EntailmentModel, certainty: float = CERTAINTY) -> None:
        self._model = model
        self.certainty = certainty

    def judge(
        self,
        claim: Claim,
        evidence: Sequence[Evidence],
        precedents: Sequence[Precedent] = (),
        around: Callable[[], Sequence[Evidence]] | None = None,
        language: Language | None = None,
    ) -> Verdict:
        """Decide from several passages together. Undecided where the sources do not carry a decision, or the model does not read the claim to
        its end: then `around` gives what is to be shown.

        `language` is the reader's, the claim's own where it is not given.
        """
        told_in = language or language_of(claim.text)
        readings = self.read(claim.text, evidence)
        if not readings:
            return _verdict(claim, Label.NOT_ENOUGH_EVIDENCE, 1.0, [], told_in)
        weighed = self._weigh(claim.text, readings, precedents)
        label = weighed.label(self.certainty)
        share = weighed.shares[LABELS.index(label)]
        if not label.decided:
            shown = around() if around is not None else evidence
            undecided = _verdict(claim, label, share, _shown(claim.text, shown[: NEARBY + LINKED]), told_in)
            return undecided if weighed.whole else undecided.model_copy(update={"rationale": too_long(told_in)})
        return _verdict(claim, label, share, self._cited(claim.text, label, readings), told_in)

    def labels(self, claim: str, evidence: Sequence[Evidence], precedents: Sequence[Precedent] = ()) -> dict[float, Label]:
        """What the label is at each operating point."""
        readings = self.read(claim, evidence)
        if not readings:
            return dict.fromkeys(CERTAINTIES, Label.NOT_ENOUGH_EVIDENCE)
        weighed = self._weigh(claim, readings, precedents)
        return {certainty: weighed.label(certainty) for certainty in CERTAINTIES}

    def inspect(
        self, claim: str, evidence: Sequence[Evidence], precedents: Sequence[Precedent] = ()
    ) -> tuple[list[Reading], Weighed | None]:
        """What is read in each passage, and what it comes to; none where there is nothing to read."""
        readings = self.read(claim, evidence)
        return readings, self._weigh(claim, readings, precedents) if readings else None

    def _weigh(self, claim: str, readings: Sequence[Reading], precedents: Sequence[Precedent]) -> Weighed:
        values, model = self.features(claim, readings), ALONE
        if precedents:
            values, model = np.concatenate([values, precedent_features(precedents)]), WITH_PRECEDENTS
        return Weighed(_shares(values, model), model, visibly_differs(readings), self._model.fits(claim))

    def read(self, claim: str, evidence: Sequence[Evidence], limit: int = READ) -> list[Reading]:
        """The nearest passages with what they say of the claim, the best first."""
        mine = particulars(claim)
        read = evidence[:limit]
        said = [self._said(claim, one.passage) for one in read]
        return [Reading(one, compare(mine, particulars_of(one.passage)), its) for one, its in zip(read, said, strict=True)]

    def _said(self, claim: str, passage: Passage) -> Entailment:
        """What a passage says of the claim, in its own words and in the claim's language, where it has been translated into that."""
        texts = dict.fromkeys((source_text(passage), translated_text(passage, language_of(claim))))
        return together(self._model.compare(claim, list(texts)))

    def features(self, claim: str, readings: Sequence[Reading]) -> Vectors:
        """What the decision rests on, in the order of the weights."""
        best = most_telling(readings)
        said = np.maximum(np.array([reading.entailment for reading in readings], dtype=np.float32), _LEAST)
        parts = np.array([one for one, _ in self._sentences(claim, best.evidence, SENTENCES)], dtype=np.float32).clip(min=_LEAST)
        return np.concatenate(
            [
                said[readings.index(best)],
                said[0],
                said.max(axis=0),
                said.min(axis=0)[3:],
                parts[0],
                parts.max(axis=0)[:3],
                np.array([readings[0].evidence.score - best.evidence.score], dtype=np.float32) * 10,
                np.asarray(counted(claim, best, readings), dtype=np.float32),
            ]
        )

    def _sentences(self, claim: str, evidence: Evidence, limit: int | None = None) -> list[tuple[Entailment, Span]]:
        """What each sentence of a passage, or each of the nearest, says by itself, the nearest first."""
        passage = evidence.passage
        spans = evidence.spans or (Span(start=0, end=len(passage.text), similarity=evidence.similarity),)
        spans = spans[:limit]
        said = self._model.compare(claim, [source_text(passage, span.start, span.end) for span in spans])
        return list(zip(said, spans, strict=True))

    def _cited(self, claim: str, label: Label, readings: Sequence[Reading]) -> list[Cited]:
        """The passages that carry the label, the deciding one first, each with the sentence that says most for it."""
        at = LABELS.index(label)
        ranked = sorted(readings, key=lambda reading: -(reading.entailment[at] + _NEARER * reading.evidence.score))
        if label is Label.REFUTED and visibly_differs(readings):  # the point that a reader is to see stands in this one
            telling = most_telling(readings)
            ranked = [telling, *(reading for reading in ranked if reading is not telling)]
        near = [reading for reading in ranked[1:] if reading.evidence.score >= ranked[0].evidence.score - _AS_NEAR]
        carrying = [ranked[0], *(reading for reading in near if _carries(label, ranked[0], reading))][:CITED]
        return [Cited(r.evidence, r.comparisons, self._telling_sentence(claim, at, r.evidence)) for r in carrying]

    def _telling_sentence(self, claim: str, label: int, evidence: Evidence) -> Citation:
        said = self._sentences(claim, evidence)
        _, span = max(said, key=lambda one: (max(one[0][label], _LEAST) + _NEARER * one[1].similarity, -one[1].start))
        return Citation(passage=evidence.passage, start=span.start, end=span.end)


def visibly_differs(readings: Sequence[Reading]) -> bool:
    """Whether a date, number or person of the claim is another than that of the source that says most."""
    return bool(_other_values(most_telling(readings).comparisons))


def most_telling(readings: Sequence[Reading]) -> Reading:
    """The passage that settles most, of those that are near."""
    return max(readings, key=lambda reading: -max(reading.entailment.neither, _LEAST) + _NEARER * reading.evidence.score)


def counted(claim: str, best: Reading, readings: Sequence[Reading]) -> list[float]:
    """Nearness, and the dates, numbers, names and words that agree, differ or are missing."""
    said, source = best.comparisons, best.evidence
    text, quoted = words_in(source.passage, language_of(claim)), _nearest_words(source)
    return [
        source.score * 10,
        source.similarity * 10,
        max((span.similarity for span in source.spans), default=source.similarity) * 10,
        (readings[0].evidence.score - readings[min(1, len(readings) - 1)].evidence.score) * 10,
        *(float(min(2, _count(said, aspect, agrees))) for aspect in (Aspect.DATE, Aspect.NUMBER) for agrees in (True, False, None)),
        *(float(min(2, _count(said, Aspect.NAME, agrees))) for agrees in (True, False, None)),
        *(float(min(2, len(_nowhere(readings, aspect)))) for aspect in (Aspect.DATE, Aspect.NUMBER, Aspect.NAME)),
        1.0 if negations(claim) else 0.0,
        1.0 if bool(negations(claim)) != bool(negations(quoted)) else 0.0,
        1.0 if source.passage.provenance.contested else 0.0,
        min(len(claim.split()), 40) / 10,
        coverage(claim, text) * 5 if text else _MEAN_COVERAGE,
        float(min(5, len(uncovered(claim, text)))) if text else _MEAN_UNCOVERED,
        1.0 if text else 0.0,
    ]


def words_in(passage: Passage, language: Language) -> str | None:
    """A passage's words in a language: its own where that is it, or a translation."""
    if passage.provenance.language in (language, "und"):
        return passage.text
    translation = passage.provenance.translated(language)
    return f"{translation.title}\n{translation.text}" if translation else None


def precedent_features(precedents: Sequence[Precedent]) -> Vectors:
    """What the nearest checked claims say of this one, by their label, and how near they are.

    A true one carries over to a claim that names nothing beyond it; a false one to a claim that names all that it does.
    """
    same = dict.fromkeys(LABELS, _LEAST)
    near = dict.fromkeys(LABELS, NEAR)
    for one in precedents:
        label = one.wording.label
        near[label] = max(near[label], one.wording.similarity)
        if not one.differ:
            same[label] = max(same[label], min(one.implied.supported, one.implies.supported))
    true = [one for one in precedents if one.wording.label is Label.SUPPORTED]
    false = [one for one in precedents if one.wording.label is Label.REFUTED]
    within = [one for one in true if not one.beyond]
    return np.array(
        [
            *same.values(),
            *(value * 20 for value in near.values()),
            precedents[0].wording.similarity * 20,
            1.0 if precedents[0].differ else 0.0,
            _most(one.implied.supported for one in within),
            _most(one.implied.refuted for one in true),
            _most(one.implies.refuted for one in true),
            _most(one.implies.supported for one in false if not one.short),
            _most(one.implied.refuted for one in false),
            _most(one.implies.refuted for one in false),
            _most(one.implied.supported for one in within if not one.turned),
            _most(min(one.implied.supported, one.implies.supported) for one in within if not one.turned),
            _most(one.implied.refuted for one in true if one.contrary),
            *_nearest_true(within),
            *_nearest_true([one for one in true if one.contrary]),
        ],
        dtype=np.float32,
    )


def _nearest_true(true: Sequence[Precedent]) -> list[float]:
    """What the nearest of them says, how near it is, and whether it turns round."""
    if not true:
        return [*([_LEAST] * len(LABELS)), NEAR * 20, 0.0]
    nearest = true[0]
    return [*(max(log, _LEAST) for log in nearest.implied), nearest.wording.similarity * 20, float(nearest.turned)]


def _most(logs: Iterable[float]) -> float:
    return max((max(one, _LEAST) for one in logs), default=_LEAST)


def _count(comparisons: Sequence[Comparison], aspect: Aspect, agrees: bool | None) -> int:
    return sum(1 for one in comparisons if one.aspect is aspect and one.agrees is agrees)


def _nowhere(readings: Sequence[Reading], aspect: Aspect) -> set[str]:
    """What the claim says that none of the passages has."""
    sets = [{one.claimed for one in reading.comparisons if one.aspect is aspect and one.agrees is not True} for reading in readings]
    return set.intersection(*sets) if sets else set()


def _shares(values: Vectors, model: str) -> list[float]:
    weights = _weights(model)
    logits = weights.coefficients @ ((values - weights.mean) / weights.scale) + weights.intercepts
    odds = np.exp(logits - logits.max())
    return [float(share) for share in odds / odds.sum()]


class _Weights(NamedTuple):
    coefficients: Vectors
    intercepts: Vectors
    mean: Vectors
    scale: Vectors
    thresholds: Vectors
    """One row for each of `CERTAINTIES`, one column for each label."""
    contrary: Vectors
    """For each of `CERTAINTIES`, what `refuted` takes where no date, number or person differs: the source says the contrary in other words."""


@cache
def _weights(model: str) -> _Weights:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return _Weights(*(stored[f"{model}_{name}"].astype(np.float32) for name in _Weights._fields))


def _carries(label: Label, first: Reading, further: Reading) -> bool:
    """Whether a further passage says by itself what the verdict says, and nothing else of the claim's particulars."""
    said = further.entailment
    if max(range(len(said)), key=said.__getitem__) != LABELS.index(label):
        return False
    if label is Label.REFUTED:
        return bool(_other_values(first.comparisons) & _other_values(further.comparisons))
    return all(one.agrees is True for one in further.comparisons)


def _other_values(comparisons: Sequence[Comparison]) -> set[tuple[str, str | None]]:
    return {(one.claimed, one.sourced) for one in comparisons if one.agrees is False}


def _shown(claim: str, evidence: Sequence[Evidence]) -> list[Cited]:
    """What comes near, each with the sentence nearest to the claim."""
    mine = particulars(claim)
    return [Cited(one, compare(mine, particulars_of(one.passage)), _quote(one)) for one in evidence]


def _verdict(claim: Claim, label: Label, share: float, cited: Sequence[Cited], language: Language) -> Verdict:
    provenances = [one.evidence.passage.provenance for one in cited]
    return Verdict(
        claim=claim,
        label=label,
        confidence=min(max(share, 0.0), 1.0),
        rationale=explain(label, [(one.evidence, one.comparisons) for one in cited], language, _not_covered(claim.text, cited)),
        citations=tuple(one.citation for one in cited),
        comparisons=cited[0].comparisons if cited else (),
        as_of=max((provenance.as_of for provenance in provenances if provenance.as_of), default=None),
    )


def _not_covered(claim: str, cited: Sequence[Cited]) -> list[str]:
    """The longest words of the claim that the first source does not have, where they can be compared."""
    text = words_in(cited[0].evidence.passage, language_of(claim)) if cited else None
    return sorted(uncovered(claim, text), key=len, reverse=True)[:UNCOVERED] if text else []


def _quote(evidence: Evidence) -> Citation:
    """The sentence nearest to the claim."""
    passage, spans = evidence.passage, evidence.spans
    return (
        Citation(passage=passage, start=spans[0].start, end=spans[0].end)
        if spans
        else Citation(passage=passage, start=0, end=len(passage.text))
    )


def _nearest_words(evidence: Evidence) -> str:
    text = evidence.passage.text
    return text[evidence.spans[0].start : evidence.spans[0].end] if evidence.spans else text
