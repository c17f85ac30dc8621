"""A claim in, the claims that were checked before and come near it out, read side by side with it.

Nearness finds the candidates and decides nothing: a swapped number or a negation stays near. What counts is what the entailment model reads
of one in the other, in both directions, and whether a date, a number or a known person differs.
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
from knowledge.names import PERSON
from knowledge.particulars import particulars
from knowledge.store import NearWording, PassageStore

TRUE, OTHERS = 4, 3
"""So many of the nearest true claims, and of the nearest others, are read beside a claim."""
LOOKED_AT = 60
"""So many wordings are looked at for them."""
NEAR = 0.82
"""Wordings of a lower cosine are about something else."""


class Limits(NamedTuple):
    """What a match needs, so that it is shown as the same claim."""

    similarity: float = 0.88
    forth: float = 0.7
    """The share with which the one must be read in the other, in the direction that carries the label over."""
    back: float = 0.7
    """The share in the other direction."""


ARCHIVED = Limits(0.9, 0.9, 0.9)
"""What a match needs with one wording of an archive, which nobody wrote down a reason for."""


class Precedent(NamedTuple):
    """A wording of a checked claim beside a new claim."""

    wording: NearWording
    implied: Entailment
    """What the wording says of the claim."""
    implies: Entailment
    """What the claim says of the wording."""
    beyond: bool
    """Whether the claim names a date or number that the wording does not."""
    short: bool
    """Whether the wording names one that the claim does not."""
    contrary: bool
    """Whether a date or number of the claim is visibly another than the wording's."""
    turned: bool
    """Whether only one of them negates, or they name the same in another order: what may turn round who did what to whom."""
    language: str
    """Of the claim."""
    renamed: bool = False
    """Whether either names a known person that the other does not."""

    @property
    def differ(self) -> bool:
        """Whether a date or number of either is not that of the other."""
        return self.beyond or self.short

    def says_the_same(self, limits: Limits) -> bool:
        """A true wording must imply the claim, the claim a false one, and a half-truth both."""
        if self.differ or self.turned or self.renamed or self.wording.similarity < limits.similarity:
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
        return self.read(claim, chosen(self.near(claim)))

    def near(self, claim: str, count: int = LOOKED_AT) -> list[NearWording]:
        """The nearest wordings, one of each checked claim, best first. StoreError."""
        found = self._store.nearest_wordings(self._embeddings.embed_query(claim), count)
        first = {wording.checked_id: wording for wording in reversed(found) if wording.similarity >= NEAR}
        return sorted(first.values(), key=lambda wording: -wording.similarity)

    def read(self, claim: str, wordings: Sequence[NearWording]) -> list[Precedent]:
        """What each wording and the claim say of one another, in the claim's language where the wording has been translated into it."""
        language = language_of(claim)
        texts = [wording.told_in(language) for wording in wordings]
        implied = self._model.compare(claim, texts)
        implies = [self._model.compare(text, [claim])[0] for text in texts]
        return [
            Precedent(
                wording,
                forth,
                back,
                *_differences(claim, text),
                turned=turned_round(claim, text),
                language=language,
                renamed=_people(claim) != _people(text),
            )
            for wording, text, forth, back in zip(wordings, texts, implied, implies, strict=True)
        ]

    def match(self, precedents: Sequence[Precedent]) -> Match | None:
        """The checked claim that says the same, of those that come near; none where they do not agree on the label. StoreError."""
        near = [precedent for precedent in precedents if precedent.says_the_same(self._limits)]
        checked = {one.id: one for one in self._store.checked_claims([one.wording.checked_id for one in near])} if near else {}
        near = [one for one in near if one.wording.checked_id in checked]  # another index may be in place since they were found
        same = [one for one in near if checked[one.wording.checked_id].why or one.says_the_same(ARCHIVED)]
        if len({precedent.wording.label for precedent in same}) != 1:
            return None
        wording = same[0].wording
        told = wording.told_in(same[0].language)
        return Match(checked=checked[wording.checked_id], wording=told, similarity=min(1.0, wording.similarity))

    def citations(self, checked: CheckedClaim) -> tuple[Citation, ...]:
        """The words that carry it, where they stand in the stored entries. StoreError."""
        passages = self._store.of_documents([quote.entry for quote in checked.quotes])
        found = (verify(quote.words, [p for p in passages if p.document_id == quote.entry]) for quote in checked.quotes)
        return distinct(citation for citation in found if citation is not None)


def chosen(wordings: Sequence[NearWording]) -> list[NearWording]:
    """The nearest that are true, and the nearest that are not, best first."""
    true = [wording for wording in wordings if wording.label is Label.SUPPORTED][:TRUE]
    others = [wording for wording in wordings if wording.label is not Label.SUPPORTED][:OTHERS]
    return sorted([*true, *others], key=lambda wording: -wording.similarity)


def turned_round(one: str, other: str) -> bool:
    """Whether only one of two texts negates, or the names that both have come in another order."""
    if bool(negations(one)) != bool(negations(other)):
        return True
    first, second = (list(dict.fromkeys(name.key for name in particulars(text).names)) for text in (one, other))
    return [key for key in first if key in second] != [key for key in second if key in first]


def _differences(claim: str, wording: str) -> tuple[bool, bool, bool]:
    """Whether the claim names a date or number that the wording does not, the other way round, and whether one is visibly another."""
    first, second = particulars(claim), particulars(wording)
    forth, back = (
        [c.agrees for c in compare(*pair) if c.aspect in (Aspect.DATE, Aspect.NUMBER)] for pair in ((first, second), (second, first))
    )
    return not all(forth), not all(back), False in forth


def _people(text: str) -> set[str]:
    """The known people that a text names."""
    return {name.key for name in particulars(text).names if name.kind == PERSON}
