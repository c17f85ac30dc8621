"""A claim in, the claim that was checked before and says the same out, if there is one.

Nearness finds the candidates and decides nothing: a swapped number or a negation stays near. What decides is that the entailment model reads
one in the other in the direction that carries the label over, and that no date or number differs.
"""

from __future__ import annotations

from typing import NamedTuple

from langchain_core.embeddings import Embeddings

from knowledge.citations import distinct, verify
from knowledge.compare import compare
from knowledge.domain import Aspect, CheckedClaim, Citation, Label, Match
from knowledge.entailment import EntailmentModel
from knowledge.particulars import particulars
from knowledge.store import NearWording, PassageStore

CANDIDATES = 8


class Limits(NamedTuple):
    """What a match needs. Strict by choice: hardly a training claim matches (`knowledge/training/checked_claims.py`), so nothing could be fitted."""

    similarity: float = 0.9
    forth: float = 0.6
    """The share with which the one must be read in the other, in the direction that carries the label over."""
    back: float = 0.6
    """The share in the other direction."""


class CheckedClaims:
    """Threads may share it. Blocking and CPU-bound."""

    def __init__(self, store: PassageStore, embeddings: Embeddings, model: EntailmentModel, limits: Limits | None = None) -> None:
        self._store = store
        self._embeddings = embeddings
        self._model = model
        self._limits = limits or Limits()

    def match(self, claim: str) -> Match | None:
        """The checked claim that says the same. StoreError."""
        near = [one for one in self.near(claim) if one.similarity >= self._limits.similarity]
        known = {checked.id: checked for checked in self._store.checked_claims([one.checked_id for one in near])} if near else {}
        for wording in near:
            checked = known[wording.checked_id]
            if self.says_the_same(claim, wording.text, checked.label):
                return Match(checked=checked, wording=wording.text, similarity=wording.similarity)
        return None

    def near(self, claim: str) -> list[NearWording]:
        """The nearest wordings, best first. StoreError."""
        return self._store.nearest_wordings(self._embeddings.embed_query(claim), CANDIDATES)

    def says_the_same(self, claim: str, wording: str, label: Label) -> bool:
        """A true wording must imply the claim, the claim a false one, and a half-truth both."""
        if _differ(claim, wording):
            return False
        implied, implies = self.readings(claim, wording)
        forth, back = (implies, implied) if label is Label.REFUTED else (implied, implies)
        return forth >= self._limits.forth and back >= (self._limits.forth if label is Label.CONFLICTING else self._limits.back)

    def readings(self, claim: str, wording: str) -> tuple[float, float]:
        """How surely the wording implies the claim, and the claim the wording."""
        [implied] = self._model.compare(claim, [wording])
        [implies] = self._model.compare(wording, [claim])
        return implied.share, implies.share

    def citations(self, checked: CheckedClaim) -> tuple[Citation, ...]:
        """The words that carry it, where they stand in the stored entries. StoreError."""
        passages = self._store.of_documents([quote.entry for quote in checked.quotes])
        found = (verify(quote.words, [p for p in passages if p.document_id == quote.entry]) for quote in checked.quotes)
        return distinct(citation for citation in found if citation is not None)


def _differ(one: str, other: str) -> bool:
    """Whether a date or number of either is not that of the other."""
    first, second = particulars(one), particulars(other)
    return any(
        comparison.agrees is not True and comparison.aspect in (Aspect.DATE, Aspect.NUMBER)
        for comparison in (*compare(first, second), *compare(second, first))
    )
