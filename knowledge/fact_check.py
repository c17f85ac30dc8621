"""An article or a claim in, cited verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from knowledge.checked_claims import CheckedClaims
from knowledge.claims import ClaimFinder
from knowledge.domain import Claim, Label, Match, Passage, Reason, Value, Verdict
from knowledge.judge import LINKED, NEARBY, Judge
from knowledge.language import language_of
from knowledge.rationale import differing_readings, not_checkable
from knowledge.retrieve import CANDIDATES, Retriever

CHECKED_BEFORE = 0.95
"""What a match is taken for: a person checked the claim, and too few training claims match one to measure more."""


class CheckedArticle(Value):
    """Verdicts in the order of the article. `sentences` were read, `opinions` cannot be checked, `skipped` are checkable ones left out for length."""

    verdicts: tuple[Verdict, ...]
    sentences: int
    opinions: int
    skipped: int


class FactChecker:
    """Blocking and CPU-bound: call it from a thread where others wait."""

    def __init__(self, finder: ClaimFinder, retriever: Retriever, judge: Judge, checked: CheckedClaims, max_claims: int = 12) -> None:
        self._finder = finder
        self._retriever = retriever
        self._judge = judge
        self._checked = checked
        self._max_claims = max_claims

    def check(self, article: str, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> CheckedArticle:
        """Find the check-worthy claims and judge those that matter most. `on_progress` is told how many of how many are done. StoreError."""
        found = self.find(article)
        checkable = [claim for claim in found if claim.not_checkable is None]
        chosen = sorted(sorted(checkable, key=lambda claim: -claim.worth)[: self._max_claims], key=lambda claim: claim.start)
        verdicts = []
        for at, claim in enumerate(chosen, 1):
            verdicts.append(self.judge(claim))
            on_progress(at, len(chosen))
        return CheckedArticle(
            verdicts=tuple(verdicts), sentences=len(found), opinions=len(found) - len(checkable), skipped=len(checkable) - len(chosen)
        )

    def find(self, article: str) -> list[Claim]:
        """Every sentence as a claim, in order; those that evidence cannot settle say why."""
        return self._finder.find(article)

    def check_claim(self, text: str, passages: Sequence[Passage] | None = None) -> Verdict:
        """Judge a text that is itself the claim, by the index or by the passages given. StoreError."""
        claim = self._finder.read(text)
        return _aside(claim, claim.not_checkable) if claim.not_checkable else self.judge(claim, passages)

    def judge(self, claim: Claim, passages: Sequence[Passage] | None = None) -> Verdict:
        """Judge a checkable claim. StoreError."""
        if passages is not None:
            return self._judge.judge(claim, self._retriever.among(claim.text, passages))
        found = self._retriever.search(claim.text, CANDIDATES)
        verdict = self._judge.judge(claim, found, lambda: self._retriever.around(found, NEARBY, LINKED))
        match = self._checked.match(claim.text)
        return verdict if match is None else self._as_before(verdict, match)

    def _as_before(self, verdict: Verdict, match: Match) -> Verdict:
        """The verdict of the checked claim; where our own reading decides otherwise, neither."""
        citations = self._checked.citations(match.checked)
        if not citations:
            return verdict
        if verdict.label.decided and verdict.label is not match.checked.label:
            return verdict.model_copy(update={"label": Label.NOT_ENOUGH_EVIDENCE, "rationale": differing_readings(), "match": match})
        why = match.checked.why
        return verdict.model_copy(
            update={
                "label": match.checked.label,
                "confidence": max(CHECKED_BEFORE, verdict.confidence if verdict.label.decided else 0.0),
                "rationale": why.get(language_of(verdict.claim.text)) or next(iter(why.values())),
                "citations": citations,
                "comparisons": verdict.comparisons if verdict.label.decided else (),
                "as_of": match.checked.as_of or verdict.as_of,
                "match": match,
            }
        )


def _aside(claim: Claim, reason: Reason) -> Verdict:
    return Verdict(claim=claim, label=Label.NOT_CHECKABLE, confidence=1 - claim.worth, rationale=not_checkable(reason))
