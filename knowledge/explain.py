"""A question in, maybe about a quoted passage; an Answer out that is made of sentences of the sources, or says what is missing.

About a passage it also says which of its parts are claims and which are not, and how the sources put its loaded words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from knowledge.citations import distinct, outermost
from knowledge.claims import ClaimFinder
from knowledge.domain import Answer, Citation, Evidence, Language, Passage, PassagePart, Provenance, Span, WordingNote
from knowledge.entailment import EntailmentModel, source_text, translated_text
from knowledge.language import language_of
from knowledge.names import mentions
from knowledge.particulars import particulars, particulars_of
from knowledge.rationale import unanswered
from knowledge.retrieve import Retriever
from knowledge.wording import loaded_words

WEIGHTS = Path(__file__).parent / "answerable.json"
READ = 6
"""So many passages are read as a whole."""
CLOSELY = 3
"""Of so many of them the sentences are read as well."""
SENTENCES = 3
"""So many of one passage are quoted at most."""
PARTS = 6
"""Of a quoted passage."""
_FURTHER = 0.02
"""A further entry is quoted only if its score is so near to the best one's."""
_ANSWERS = 0.5
_CLOSE = 2.5
"""Log-odds: a sentence that fits the question nearly as well as the best one is quoted too, since either may hold the answer."""
_NEARER = 20.0
"""What a sentence's nearness, in cosine, weighs beside the log-odds that it answers."""
_PASSAGE_NEARER = 40.0
"""Likewise a passage's, and as much again that of its nearest sentence: one that is about something else is easily taken for an answer."""


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


class Read(NamedTuple):
    """A passage, the chance that it answers, and likewise of its sentences, in their order."""

    evidence: Evidence
    chance: float
    sentences: tuple[tuple[float, Span], ...]


class Explainer:
    """Blocking and CPU-bound: call it from a thread where others wait."""

    def __init__(self, retriever: Retriever, model: EntailmentModel, finder: ClaimFinder) -> None:
        self._retriever = retriever
        self._model = model
        self._finder = finder

    def answer(
        self,
        question: str,
        about: str | None = None,
        evidence: Sequence[Evidence] | None = None,
        *,
        language: Language | None = None,
        on_draft: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer from the index, or from the evidence given. `language` is the reader's, the question's where it is not given. StoreError.

        `on_draft` gets the sentences that hold so far, where they come one by one.
        """
        told_in = language or language_of(question)
        found = self.answered(question, about, evidence, told_in, on_draft)
        if evidence is not None:
            return found
        found = found.model_copy(update={"about": about, "later": self._retriever.later(found.citations)})
        if about is None:
            return found
        return found.model_copy(update={"wording": self._wording(about, told_in), "parts": self._parts(about)})

    def answered(
        self,
        question: str,
        about: str | None,
        evidence: Sequence[Evidence] | None,
        language: Language,
        on_draft: Callable[[str], None] | None = None,  # noqa: ARG002 - here an answer is there at once
    ) -> Answer:
        """The answer alone. StoreError."""
        found = list(evidence) if evidence is not None else self.search(question, about)
        whole = f"{about}\n{question}" if about else question
        read = self.read(f"{question} {about}" if about else question, found)
        if not read or answerable(whole, found, read, about=about is not None) < _weights().threshold:
            return Answer(question=question, text="", missing=self.missing(question, about, found, language))
        cited = outermost(_cited(asked(question), read))
        return Answer(
            question=question,
            text=" ".join(f"{citation.quote} [{number}]" for number, citation in enumerate(cited, 1)),
            citations=cited,
            as_of=max((c.passage.provenance.as_of for c in cited if c.passage.provenance.as_of), default=None),
        )

    def _wording(self, about: str, language: Language) -> tuple[WordingNote, ...]:
        """Only what the stored sources bear out: an operator may have taken them out."""
        notes = []
        for word in loaded_words(about):
            citations = distinct(one for quote in word.quotes if (one := self._retriever.quoted(quote)) is not None)
            if citations:
                notes.append(WordingNote(word=word.text, note=word.note.get(language) or word.note["en"], citations=citations))
        return tuple(notes)

    def _parts(self, about: str) -> tuple[PassagePart, ...]:
        return tuple(PassagePart(text=claim.quote, reason=claim.not_checkable) for claim in self._finder.find(about)[:PARTS])

    def read(self, question: str, found: Sequence[Evidence]) -> list[Read]:
        """What the model makes of the nearest passages and of the sentences of the likeliest, the likeliest first."""
        chances = [self._chance(question, one.passage) for one in found[:READ]]
        ranked = sorted(
            zip(chances, found, strict=False), key=lambda one: -(log_odds(one[0]) + _PASSAGE_NEARER * (one[1].score + _nearest(one[1])))
        )
        return [self._sentences(question, one, chance) for chance, one in ranked[:CLOSELY]]

    def _chance(self, question: str, passage: Passage) -> float:
        """That a passage answers, read in its own words and in the question's language, where it has been translated into that."""
        texts = dict.fromkeys((source_text(passage), translated_text(passage, language_of(question))))
        odds = [log_odds(chance) for chance in self._model.answers(question, list(texts))]
        return 1 / (1 + math.exp(-sum(odds) / len(odds)))

    def _sentences(self, question: str, evidence: Evidence, chance: float) -> Read:
        passage = evidence.passage
        spans = evidence.spans or (Span(start=0, end=len(passage.text), similarity=evidence.similarity),)
        chances = self._model.answers(question, [source_text(passage, span.start, span.end) for span in spans])
        return Read(evidence, chance, tuple(zip(chances, spans, strict=True)))

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

    def missing(self, question: str, about: str | None, found: Sequence[Evidence], language: Language) -> str:
        """What the sources lack to answer, and what they have that comes nearest."""
        sought = particulars(f"{about or ''}\n{question}")
        offered = [particulars_of(one.passage) for one in found]
        unknown = [name.text for name in dict.fromkeys(sought.names) if not any(mentions(o.keys, o.skeletons, name) for o in offered)]
        nearest = [_title(one.passage.provenance, language) for one in found[:2] if one.passage.provenance.title]
        return unanswered(unknown[:3], nearest, language)


def _nearest(evidence: Evidence) -> float:
    """The cosine of the nearest sentence."""
    return max((span.similarity for span in evidence.spans), default=evidence.similarity)


def _title(about: Provenance, language: Language) -> str:
    translation = about.translated(language)
    return translation.title if translation else about.title


def asked(question: str) -> Asked:
    return Asked(bool(_WHEN.search(question)), bool(_HOW_MANY.search(question)), bool(_WHO.search(question)))


def answerable(question: str, found: Sequence[Evidence], read: Sequence[Read], *, about: bool = False) -> float:
    """The estimated chance that what was found answers the question."""
    weights = _weights()
    values = features(question, found, read, about=about)
    scaled = [(value - mean) / scale for value, mean, scale in zip(values, weights.mean, weights.scale, strict=True)]
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights.coefficients, scaled, strict=True)) - weights.intercept))


def features(question: str, found: Sequence[Evidence], read: Sequence[Read], *, about: bool = False) -> list[float]:
    """What the model makes of the passages and sentences, how near they are, and how much of what the question names they have."""
    best, sought, offered = read[0].evidence, particulars(question), particulars_of(read[0].evidence.passage)
    anywhere = [particulars_of(one.passage) for one in found]
    wanted = list({name.key: name for name in sought.names}.values())
    nearest = max(_nearest(one) for one in found)
    sentences = sorted((chance for chance, _ in read[0].sentences), reverse=True)
    return [
        log_odds(read[0].chance),
        log_odds(max(one.chance for one in read)),
        log_odds(sentences[0]),
        log_odds(max(chance for one in read for chance, _ in one.sentences)),
        best.score,
        best.similarity,
        nearest,
        found[0].score - found[min(2, len(found) - 1)].score,
        best.score - best.similarity,
        float(sum(1 for name in wanted if mentions(offered.keys, offered.skeletons, name))),
        float(sum(1 for name in wanted if not mentions(offered.keys, offered.skeletons, name))),
        float(sum(1 for name in wanted if not any(mentions(o.keys, o.skeletons, name) for o in anywhere))),
        min(len(question.split()), 30) / 10,
        1.0 if about else 0.0,
    ]


def log_odds(chance: float) -> float:
    """Of a chance, kept within what a model can mean."""
    kept = min(max(chance, 0.002), 0.998)
    return math.log(kept / (1 - kept))


def _cited(wanted: Asked, read: Sequence[Read]) -> Iterator[Citation]:
    """The sentences that answer, of the best passage first, then what is contested there, then one of each passage that answers as well."""
    best = read[0]
    fitting = _fitting(wanted, best)
    for fit, chance, span in fitting[:SENTENCES]:
        if chance >= _ANSWERS or fit >= fitting[0][0] - _CLOSE:
            yield Citation(passage=best.evidence.passage, start=span.start, end=span.end)
    if contested := best.evidence.passage.provenance.contested:
        start = best.evidence.passage.text.rfind(contested)
        if start >= 0:
            yield Citation(passage=best.evidence.passage, start=start, end=start + len(contested))
    for further in read[1:]:
        _, chance, span = _fitting(wanted, further)[0]
        if chance >= _ANSWERS and further.chance >= _ANSWERS and further.evidence.score >= best.evidence.score - _FURTHER:
            yield Citation(passage=further.evidence.passage, start=span.start, end=span.end)


def _fitting(wanted: Asked, read: Read) -> list[tuple[float, float, Span]]:
    """The passage's sentences, each with how it fits and the chance that it answers: by that chance, the kind of fact it holds, and nearness."""
    text = read.evidence.passage.text

    def fit(chance: float, span: Span) -> float:
        held = particulars(text[span.start : span.end])
        bonus = (
            0.03 * (wanted.date and bool(held.dates))
            + 0.03 * (wanted.number and bool(held.quantities))
            + 0.02 * (wanted.person and bool(held.names))
        )
        return log_odds(chance) + _NEARER * (span.similarity + bonus)

    fits = [(fit(chance, span), chance, span) for chance, span in read.sentences]
    return sorted(fits, key=lambda one: (-one[0], one[2].start))


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
