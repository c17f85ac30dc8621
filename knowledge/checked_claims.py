"""A claim in, the claims that were checked before and come near it out, read side by side with it.

Nearness finds the candidates and decides nothing: a swapped number or a negation stays near. What counts is what the entailment model reads
of one in the other, in both directions, and whether a date or number differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from langchain_core.embeddings import Embeddings

from knowledge.citations import distinct, verify
from knowledge.compare import compare, negations
from knowledge.domain import Aspect, CheckedClaim, Citation, Label, Match
from knowledge.entailment import Entailment, EntailmentModel
from knowledge.language import language_of
from knowledge.particulars import particulars
from knowledge.store import NearWording, PassageStore

CANDIDATES = 6
NEAR = 0.82
"""Wordings of a lower cosine are about something else."""


class Limits(NamedTuple):
    """What a match needs, so that it is shown as the same claim."""

    similarity: float = 0.88
    forth: float = 0.7
    """The share with which the one must be read in the other, in the direction that carries the label over."""
    back: float = 0.7
    """The share in the other direction."""


class Precedent(NamedTuple):
    """A wording of a checked claim beside a new claim."""

    wording: NearWording
    implied: Entailment
    """What the wording says of the claim."""
    implies: Entailment
    """What the claim says of the wording."""
    differ: bool
    """Whether a date or number of either is not that of the other."""
    turned: bool
    """Whether only one of them negates, or they name the same in another order: what may turn round who did what to whom."""
    language: str
    """Of the claim."""

    def says_the_same(self, limits: Limits) -> bool:
        """A true wording must imply the claim, the claim a false one, and a half-truth both."""
        if self.differ or self.turned or self.wording.similarity < limits.similarity:
            return False
        forth, back = self.implied.share, self.implies.share
        if self.wording.label is Label.REFUTED:
            forth, back = back, forth
        return forth >= limits.forth and back >= (limits.forth if self.wording.label is Label.CONFLICTING else limits.back)


class CheckedClaims:
    """Threads may share it. Blocking and CPU-bound."""

    def __init__(self, store: PassageStore, embeddings: Embeddings, model: EntailmentModel, limits: Limits | None = None) -> None:
        self._store = store
        self._embeddings = embeddings
        self._model = model
        self._limits = limits or Limits()

    def precedents(self, claim: str) -> list[Precedent]:
        """The nearest checked claims beside the claim, the nearest first. StoreError."""
        return self.read(claim, self.near(claim))

    def near(self, claim: str, count: int = CANDIDATES) -> list[NearWording]:
        """The nearest wordings, best first. StoreError."""
        found = self._store.nearest_wordings(self._embeddings.embed_query(claim), count)
        return [wording for wording in found if wording.similarity >= NEAR]

    def read(self, claim: str, wordings: Sequence[NearWording]) -> list[Precedent]:
        """What each wording and the claim say of one another, in the claim's language where the wording has been translated into it."""
        language = language_of(claim)
        texts = [wording.told_in(language) for wording in wordings]
        implied = self._model.compare(claim, texts)
        implies = [self._model.compare(text, [claim])[0] for text in texts]
        differing = [differ(claim, text) for text in texts]
        turned = [turned_round(claim, text) for text in texts]
        return [Precedent(*one, language) for one in zip(wordings, implied, implies, differing, turned, strict=True)]

    def match(self, precedents: Sequence[Precedent]) -> Match | None:
        """The checked claim that says the same, of those that come near; none where they do not agree on the label. StoreError."""
        same = [precedent for precedent in precedents if precedent.says_the_same(self._limits)]
        if len({precedent.wording.label for precedent in same}) != 1:
            return None
        wording = same[0].wording
        [checked] = self._store.checked_claims([wording.checked_id])
        return Match(checked=checked, wording=wording.told_in(same[0].language), similarity=min(1.0, wording.similarity))

    def citations(self, checked: CheckedClaim) -> tuple[Citation, ...]:
        """The words that carry it, where they stand in the stored entries. StoreError."""
        passages = self._store.of_documents([quote.entry for quote in checked.quotes])
        found = (verify(quote.words, [p for p in passages if p.document_id == quote.entry]) for quote in checked.quotes)
        return distinct(citation for citation in found if citation is not None)


def turned_round(one: str, other: str) -> bool:
    """Whether only one of two texts negates, or the names that both have come in another order."""
    if bool(negations(one)) != bool(negations(other)):
        return True
    first, second = (list(dict.fromkeys(name.key for name in particulars(text).names)) for text in (one, other))
    return [key for key in first if key in second] != [key for key in second if key in first]


def differ(one: str, other: str) -> bool:
    """Whether a date or number of either is not that of the other."""
    first, second = particulars(one), particulars(other)
    return any(
        comparison.agrees is not True and comparison.aspect in (Aspect.DATE, Aspect.NUMBER)
        for comparison in (*compare(first, second), *compare(second, first))
    )
