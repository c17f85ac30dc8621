"""A question in, maybe about a quoted passage; an Answer out that is made of sentences of the sources, or says what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from knowledge.citations import distinct
from knowledge.domain import Answer, Citation, Evidence, Span
from knowledge.names import mentions
from knowledge.particulars import particulars, particulars_of
from knowledge.retrieve import Retriever

WEIGHTS = Path(__file__).parent / "answerable.json"
READ = 6
SENTENCES = 3
_FURTHER = 0.02
"""A further entry is quoted only if its score is so near to the best one's."""


class Asked(NamedTuple):
    """What kind of fact a question wants."""

    date: bool
    number: bool
    person: bool


_WHEN = re.compile(
    r"\b(?:when|what (?:date|day|month|year|time)|since when|until when|c[aâ]nd|de c[aâ]nd|ce dat[aă]|[iî]n ce (?:zi|an|lun[aă])|коли|якого (?:числа|дня|року)|відколи|когда|какого числа|в каком году|с каких пор)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\b(?:how (?:many|much|long|big|large|far|old)|what (?:share|percentage|number|margin|turnout)|c[aâ][tț][iăe]?|c[aâ]te|c[aâ]t|скільки|який відсоток|яка частка|сколько|какой процент|какая доля)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\b(?:who|whom|whose|cine|cui|хто|кого|кому|ким|кто|кем)\b", re.IGNORECASE)


class Explainer:
    """Blocking and CPU-bound: call it from a thread where others wait."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def answer(self, question: str, about: str | None = None, evidence: Sequence[Evidence] | None = None) -> Answer:
        """Answer from the index, or from the evidence given. StoreError."""
        found = list(evidence) if evidence is not None else self.search(question, about)
        whole = f"{about}\n{question}" if about else question
        if not found or answerable(whole, found) < _weights().threshold:
            return Answer(question=question, text="", missing=self._missing(whole, found))
        cited = distinct(_cited(asked(question), found))
        return Answer(
            question=question,
            text=" ".join(f"{citation.quote} [{number}]" for number, citation in enumerate(cited, 1)),
            citations=cited,
            as_of=max((c.passage.provenance.as_of for c in cited if c.passage.provenance.as_of), default=None),
        )

    def search(self, question: str, about: str | None) -> list[Evidence]:
        """What bears on the question; about a passage, what bears on both together, then on the passage."""
        if about is None:
            return self._retriever.search(question, READ)
        both = self._retriever.search(f"{about}\n{question}", READ)
        passage = self._retriever.search(about, READ)
        best: dict[str, Evidence] = {}
        for found in (*both, *passage):
            known = best.get(found.passage.id)
            best[found.passage.id] = found if known is None or found.score > known.score else known
        return sorted(best.values(), key=lambda one: (-one.score, one.passage.id))[:READ]

    def _missing(self, whole: str, found: Sequence[Evidence]) -> str:
        """What the sources lack to answer, and what they have that comes nearest."""
        sought = particulars(whole)
        offered = [particulars_of(one.passage) for one in found]
        unknown = [name.text for name in dict.fromkeys(sought.names) if not any(mentions(o.keys, o.skeletons, name) for o in offered)]
        lacks = f" They do not mention {', '.join(unknown[:3])} in this connection." if unknown else ""
        nearest = [one.passage.provenance.title for one in found[:2] if one.passage.provenance.title]
        near = f" The nearest they have: {'; '.join(nearest)}." if nearest else ""
        return f"The sources hold nothing that answers this.{lacks}{near} What would settle it: a source that states this very point."


def asked(question: str) -> Asked:
    return Asked(bool(_WHEN.search(question)), bool(_HOW_MANY.search(question)), bool(_WHO.search(question)))


def answerable(question: str, found: Sequence[Evidence]) -> float:
    """The estimated chance that the best of what was found answers the question."""
    weights = _weights()
    scaled = [(value - mean) / scale for value, mean, scale in zip(features(question, found), weights.mean, weights.scale, strict=True)]
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights.coefficients, scaled, strict=True)) - weights.intercept))


def features(question: str, found: Sequence[Evidence]) -> list[float]:
    """How near the best passages are, and how much of what the question names they have."""
    best, sought, offered = found[0], particulars(question), particulars_of(found[0].passage)
    anywhere = [particulars_of(one.passage) for one in found]
    wanted = list({name.key: name for name in sought.names}.values())
    nearest = max((span.similarity for one in found for span in one.spans), default=best.similarity)
    return [
        best.score,
        best.similarity,
        nearest,
        best.score - found[min(2, len(found) - 1)].score,
        best.score - best.similarity,
        float(sum(1 for name in wanted if mentions(offered.keys, offered.skeletons, name))),
        float(sum(1 for name in wanted if not mentions(offered.keys, offered.skeletons, name))),
        float(sum(1 for name in wanted if not any(mentions(o.keys, o.skeletons, name) for o in anywhere))),
        min(len(question.split()), 30) / 10,
    ]


def _cited(wanted: Asked, found: Sequence[Evidence]) -> Iterator[Citation]:
    """The sentences that answer, of the best entry first, then one of each entry that is as near."""
    for one in _fitting(wanted, found[0])[:2]:
        yield Citation(passage=found[0].passage, start=one.start, end=one.end)
    further = [one for one in found[1:] if one.score >= found[0].score - _FURTHER]
    for evidence in further[: SENTENCES - 1]:
        for one in _fitting(wanted, evidence)[:1]:
            yield Citation(passage=evidence.passage, start=one.start, end=one.end)


def _fitting(wanted: Asked, evidence: Evidence) -> list[Span]:
    """The passage's sentences, those first that hold the kind of fact that is asked for, then by nearness."""
    if not evidence.spans:
        return [Span(start=0, end=len(evidence.passage.text), similarity=evidence.similarity)]

    def fit(span: Span) -> float:
        held = particulars(evidence.passage.text[span.start : span.end])
        bonus = (
            0.03 * (wanted.date and bool(held.dates))
            + 0.03 * (wanted.number and bool(held.quantities))
            + 0.02 * (wanted.person and bool(held.names))
        )
        return span.similarity + bonus

    return sorted(evidence.spans, key=lambda span: (-fit(span), span.start))


class _Weights(BaseModel):
    """A logistic model over standardized `features`, and the share from which a question is answered."""

    coefficients: list[float]
    intercept: float
    mean: list[float]
    scale: list[float]
    threshold: float


@cache
def _weights() -> _Weights:
    return _Weights.model_validate_json(WEIGHTS.read_text(encoding="utf-8"))
