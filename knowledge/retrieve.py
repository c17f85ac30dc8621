"""A text in, Evidence out: dense first, with a bonus for the names, numbers and dates that text and passage share.

Near is what has a near sentence, or states a near fact: packs hold their entries' facts in several languages, and a text lies nearer to a
fact in its own language than to an entry in another.

Plain rank fusion with a lexical index was measured to hurt across languages; names, numbers and dates are the same in all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings

from knowledge import dates, names, numbers
from knowledge.citations import sentences_of, verify
from knowledge.domain import Citation, Evidence, Passage, Period, QuotedWords, Span
from knowledge.embeddings import EmbeddedE5, Vectors
from knowledge.particulars import Particulars, particulars, particulars_of
from knowledge.store import NearFact, PassageStore, StoredSentence, evidence_of

CANDIDATES = 40
"""The dense ranking is cut here before the bonus is added."""
FACTS, STATING = 120, 8
"""Among so many of the nearest wordings of checked claims facts are looked for, and so many of the entries that state the nearest are candidates whatever else they say."""

LATER = 2
"""So many later entries that overtook what is cited are told of at most."""
BRIEF = 31
"""Days: an entry about a longer time than this says little about a day within it."""


class Weights(NamedTuple):
    """What a full match is worth, in cosine, and the share of the nearest sentence, or fact that its document states, in a passage's similarity.

    Chosen on the training claims (see README, Figures).
    """

    names: float = 0.03
    numbers: float = 0.03
    dates: float = 0.04
    sentence: float = 0.5


class Found(NamedTuple):
    """Evidence, best first, and the sentences of its passages with their vectors, by the passage's id."""

    evidence: list[Evidence]
    sentences: Mapping[str, Sequence[StoredSentence]]
    embedded: bool = True
    """Whether the vectors are those of the embedded model."""


class Retriever:
    """Finds the passages that bear on a text. Threads may share it."""

    def __init__(self, store: PassageStore, embeddings: Embeddings, weights: Weights | None = None) -> None:
        self._store = store
        self._embeddings = embeddings
        self._weights = weights or Weights()
        self._embedded = isinstance(embeddings, EmbeddedE5)

    def embed(self, text: str) -> list[float]:
        """The vector of a text that is looked for."""
        return self._embeddings.embed_query(text)

    def search(
        self, text: str, limit: int = 5, *, vector: Sequence[float] | None = None, period: Period | None = None, topics: Sequence[str] = ()
    ) -> list[Evidence]:
        """The passages that bear on a text, best first. `vector` is its embedding where it is known already. StoreError."""
        return self.find(text, limit, vector=vector, period=period, topics=topics).evidence

    def find(
        self, text: str, limit: int, *, vector: Sequence[float] | None = None, period: Period | None = None, topics: Sequence[str] = ()
    ) -> Found:
        """As `search`, with the vectors of the sentences. StoreError."""
        vector = self.embed(text) if vector is None else vector
        sought = particulars(text)
        facts: dict[str, list[NearFact]] = {}
        for fact in self._store.nearest_facts(vector, FACTS, period=period, topics=topics):
            facts.setdefault(fact.document_id, []).append(fact)
        found = self._candidates(sought, vector, max(limit, CANDIDATES), period, topics)
        known = {e.passage.document_id for e in found}
        found += self._store.by_document([one for one in list(facts)[:STATING] if one not in known], vector)
        stored = self._store.sentences([e.passage.id for e in found])
        return Found(self._ranked(sought, vector, found, stored, facts)[:limit], stored, self._embedded)

    def around(self, found: Sequence[Evidence], nearest: int, further: int) -> list[Evidence]:
        """The nearest of what was found, then those that bear both on the text and on the two very nearest: what led to it, who contradicted it. StoreError."""
        stored = self._store.vectors([e.passage.id for e in found]) if found else {}
        kept = [e for e in found if e.passage.id in stored]  # another index may be in place since it was found
        if not kept:
            return []
        vectors = {key: np.asarray(vector) for key, vector in stored.items()}
        centre = np.mean([vectors[one.passage.id] for one in kept[:2]], axis=0)  # of fragments the very first alone is fickle
        linked = sorted(kept[nearest:], key=lambda e: (-e.score - float(centre @ vectors[e.passage.id]), e.passage.id))
        return [*kept[:nearest], *linked[:further]]

    def quoted(self, quote: QuotedWords) -> Citation | None:
        """Words of an entry as a citation, where they stand in the stored entry. StoreError."""
        return verify(quote.words, self._store.of_documents([quote.entry]))

    def later(self, cited: Sequence[Citation]) -> tuple[Citation, ...]:
        """What later entries say that ended or reversed what is cited, unless that is cited too. StoreError."""
        known = {one.passage.document_id for one in cited}
        overtaken = dict.fromkeys(later for one in cited for later in one.passage.provenance.overtaken_by if later not in known)
        first: dict[str, Passage] = {}
        for passage in self._store.of_documents(list(overtaken)[:LATER]):
            first.setdefault(passage.document_id, passage)
        return tuple(_opening(passage) for passage in first.values())

    def among(self, text: str, passages: Sequence[Passage]) -> list[Evidence]:
        """The given passages as evidence for a text, best first."""
        return self.find_among(text, passages).evidence

    def find_among(self, text: str, passages: Sequence[Passage]) -> Found:
        """As `among`, with the vectors of the sentences."""
        if not passages:
            return Found([], {})
        vector = self.embed(text)
        spans = [(passage, sentence) for passage in passages for sentence in sentences_of(passage)]
        made = self._embeddings.embed_documents([*(passage.text for passage in passages), *(sentence.text for _, sentence in spans)])
        stored: dict[str, list[StoredSentence]] = {}
        for (passage, sentence), sentence_vector in zip(spans, made[len(passages) :], strict=True):
            stored.setdefault(passage.id, []).append(StoredSentence(sentence.start, sentence.end, sentence_vector))
        found = [evidence_of(passage, vector, passage_vector) for passage, passage_vector in zip(passages, made, strict=False)]
        return Found(self._ranked(particulars(text), vector, found, stored), stored, self._embedded)

    def _candidates(
        self, sought: Particulars, vector: Sequence[float], limit: int, period: Period | None, topics: Sequence[str]
    ) -> list[Evidence]:
        """The nearest passages, those of the nearest sentences, and those of the times that are named, however far their words."""
        found = self._store.nearest(vector, limit, period=period, topics=topics)
        times = [period] if period is not None else [None, *_exact_periods(sought)]
        near = [passage_id for time in times for passage_id in self._store.nearest_sentences(vector, 12, period=time, topics=topics)]
        seen = {evidence.passage.id for evidence in found}
        return found + self._store.by_id([passage_id for passage_id in dict.fromkeys(near) if passage_id not in seen], vector)

    def _ranked(
        self,
        sought: Particulars,
        vector: Sequence[float],
        found: Sequence[Evidence],
        stored: Mapping[str, Sequence[StoredSentence]],
        facts: Mapping[str, Sequence[NearFact]] = MappingProxyType({}),
    ) -> list[Evidence]:
        """The same evidence with sentences, facts and bonus in its score, best first; ties in the order of the passages' ids."""
        rarity = _rarity(found)
        scored = [
            self._scored(
                sought,
                np.asarray(vector, dtype=np.float32),
                evidence,
                stored.get(evidence.passage.id, ()),
                facts.get(evidence.passage.document_id, ()),
                rarity,
            )
            for evidence in found
        ]
        return sorted(scored, key=lambda evidence: (-evidence.score, evidence.passage.id))

    def _scored(
        self,
        sought: Particulars,
        vector: Vectors,
        evidence: Evidence,
        stored: Sequence[StoredSentence],
        facts: Sequence[NearFact],
        rarity: Mapping[str, float],
    ) -> Evidence:
        own = [float(np.dot(vector, np.asarray(s.vector, dtype=vector.dtype))) for s in stored]
        spans = [
            Span(start=s.start, end=s.end, similarity=max(similarity, _stated(evidence.passage.text, s, facts)))
            for s, similarity in zip(stored, own, strict=True)
        ]
        near = tuple(sorted(spans, key=lambda span: (-span.similarity, span.start)))
        nearest = max([near[0].similarity if near else evidence.similarity, *(fact.similarity for fact in facts)])
        similarity = (1 - self._weights.sentence) * evidence.similarity + self._weights.sentence * nearest
        score = similarity + self._bonus(sought, particulars_of(evidence.passage), rarity)
        return evidence.model_copy(update={"score": score, "spans": near})

    def _bonus(self, sought: Particulars, offered: Particulars, rarity: Mapping[str, float]) -> float:
        return (
            self._weights.names * shared_names(sought, offered, rarity)
            + self._weights.numbers * shared_numbers(sought, offered)
            + self._weights.dates * shared_dates(sought, offered)
        )


def _stated(text: str, sentence: StoredSentence, facts: Sequence[NearFact]) -> float:
    """The cosine of the nearest of the facts that are stated in a sentence of the text; 0 where none is."""
    words = text[sentence.start : sentence.end]
    return max((fact.similarity for fact in facts if fact.quote in words), default=0.0)


def _opening(passage: Passage) -> Citation:
    first = sentences_of(passage)[0]
    return Citation(passage=passage, start=first.start, end=first.end)


def _exact_periods(sought: Particulars) -> list[Period]:
    """The days or months named with their year."""
    periods = [mention.period() for mention in sought.dates if mention.month is not None]
    return [period for period in periods if period is not None][:2]


def _rarity(found: Sequence[Evidence]) -> dict[str, float]:
    """How telling a name is among the candidates: one that they all have tells nothing."""
    counts: dict[str, int] = {}
    for evidence in found:
        for key in particulars_of(evidence.passage).keys:
            counts[key] = counts.get(key, 0) + 1
    return {key: math.log((len(found) + 1) / count) for key, count in counts.items()}


def shared_names(sought: Particulars, offered: Particulars, rarity: Mapping[str, float]) -> float:
    """The share, 0 to 1, of the sought names that are offered, weighted by rarity."""
    wanted = {name.key: name for name in sought.names}.values()
    unseen = math.log(2 * CANDIDATES)
    weights = [rarity.get(name.key, unseen / 2) if name.known else unseen / 3 for name in wanted]
    if not sum(weights):
        return 0.0
    shared = [weight for name, weight in zip(wanted, weights, strict=True) if names.mentions(offered.keys, offered.skeletons, name)]
    return sum(shared) / sum(weights)


def shared_numbers(sought: Particulars, offered: Particulars) -> float:
    """The share, 0 to 1, of the sought numbers that are offered; small whole numbers count a third."""
    weights = [
        (1 / 3 if q.value <= 12 and not q.unit else 1.0, any(numbers.agree(q, other) for other in offered.quantities))
        for q in sought.quantities
    ]
    return sum(weight for weight, shared in weights if shared) / max(1.0, sum(weight for weight, _ in weights))


def shared_dates(sought: Particulars, offered: Particulars) -> float:
    """The share, 0 to 1, of the sought dates that are offered; a month counts less than a day, a bare year a quarter."""
    weights = [(1.0 if mention.day else 0.6 if mention.month else 0.25, _dated(mention, offered)) for mention in sought.dates]
    return sum(weight * share for weight, share in weights) / max(1.0, sum(weight for weight, _ in weights))


def _dated(mention: dates.DateMention, offered: Particulars) -> float:
    """An entry about that time bears on it more than one that mentions it, a day that it mentions more than a month or year."""
    period = offered.period
    about = min(1.0, BRIEF / ((period.last - period.first).days + 1)) if period is not None and dates.agree(mention, period) else 0.0
    mentioned = [other for other in offered.dates if other.year is not None and dates.agree(mention, other)]
    return max(about, 0.7 if any(other.day is not None for other in mentioned) else 0.5 if mentioned else 0.0)
