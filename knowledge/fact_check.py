"""An article or a claim in, cited verdicts out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import accumulate

from knowledge.checked_claims import CheckedClaims
from knowledge.claims import ClaimFinder
from knowledge.dates import dates
from knowledge.domain import CheckedClaim, Claim, Evidence, Label, Language, Match, Passage, Reason, Value, Verdict
from knowledge.judge import LINKED, NEARBY, Judge
from knowledge.language import language_of
from knowledge.rationale import differing_readings, explain, not_checkable, overtaken
from knowledge.retrieve import CANDIDATES, Retriever

CHECKED_BEFORE = 0.95
"""What a match is taken for: a person checked the claim, and too few training claims match one to measure more."""


class CheckedArticle(Value):
    """Verdicts in the order of the article. `sentences` were read, each of which may make several claims; `opinions` cannot be checked, `skipped`
    are checkable claims left out for length.
    """

    verdicts: tuple[Verdict, ...]
    sentences: int
    opinions: int
    skipped: int


class PassageRead(Value):
    """What was read in an entry: the shares that it supports the claim, refutes it, does some of both, or settles nothing."""

    title: str
    similarity: float
    shares: tuple[float, float, float, float]
    cited: bool


class Inspection(Value):
    """How a verdict on a claim comes about. `shares` are each label's share and the least it needs."""

    claim: str
    read: tuple[PassageRead, ...]
    precedents: tuple[tuple[str, Label], ...]
    shares: tuple[tuple[Label, float, float], ...]
    certainty: float


class FactChecker:
    """Blocking and CPU-bound: call it from a thread where others wait."""

    def __init__(self, finder: ClaimFinder, retriever: Retriever, judge: Judge, checked: CheckedClaims, max_claims: int = 12) -> None:
        self._finder = finder
        self._retriever = retriever
        self._judge = judge
        self._checked = checked
        self._max_claims = max_claims

    def check(
        self,
        article: str,
        published: dt.date | None = None,
        *,
        language: Language | None = None,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> CheckedArticle:
        """Find the check-worthy claims and judge those that matter most. `published` is the article's day, `language` the reader's (each claim's own where it is not given); `on_progress` is told how many of how many are done. StoreError."""
        found = self.find(article, published)
        checkable = [claim for claim in found if claim.not_checkable is None]
        chosen = sorted(sorted(checkable, key=lambda claim: -claim.worth)[: self._max_claims], key=lambda claim: claim.start)
        verdicts = []
        for at, claim in enumerate(chosen, 1):
            verdicts.append(self._as_things_stand(self.judge(claim, language=language), language))
            on_progress(at, len(chosen))
        return CheckedArticle(
            verdicts=tuple(verdicts),
            sentences=_sentences(found),
            opinions=len(found) - len(checkable),
            skipped=len(checkable) - len(chosen),
        )

    def find(self, article: str, published: dt.date | None = None) -> list[Claim]:
        """Every sentence as a claim, in order, and what it states besides; those that evidence cannot settle say why."""
        return self._finder.find(article, published)

    def check_claim(self, text: str, passages: Sequence[Passage] | None = None, *, language: Language | None = None) -> Verdict:
        """Judge a text that is itself the claim, by the index or by the passages given. StoreError."""
        claim = self._finder.read(text)
        if claim.not_checkable:
            return _aside(claim, claim.not_checkable, language)
        return self._as_things_stand(self.judge(claim, passages, language=language), language)

    def labels(self, claim: str) -> dict[float, Label]:
        """What the judge's label is at each operating point, before checked claims that say the same are looked at. StoreError."""
        return self._judge.labels(claim, self._retriever.search(claim, CANDIDATES), self._checked.precedents(claim))

    def inspect(self, verdict: Verdict) -> Inspection:
        """Judge a claim once more, and tell all that the decision rests on. StoreError."""
        claim, language = verdict.claim.text, language_of(verdict.claim.text)
        precedents = self._checked.precedents(claim)
        readings, weighed = self._judge.inspect(claim, self._retriever.search(claim, CANDIDATES), precedents)
        cited = {citation.passage.id for citation in verdict.citations} if verdict.label.decided else set()
        return Inspection(
            claim=claim,
            read=tuple(
                PassageRead(
                    title=one.evidence.passage.provenance.title,
                    similarity=one.evidence.similarity,
                    shares=one.entailment.shares,
                    cited=one.evidence.passage.id in cited,
                )
                for one in readings
            ),
            precedents=tuple((one.wording.told_in(language), one.wording.label) for one in precedents[:3]),
            shares=tuple(weighed.bars(self._judge.certainty)) if weighed else (),
            certainty=self._judge.certainty,
        )

    def verdict_of(self, checked: CheckedClaim, wording: str, similarity: float, language: Language) -> Verdict | None:
        """What a checked claim says of its own wording; None where its quotes no longer stand. StoreError."""
        open_ = Verdict(claim=Claim.whole(wording), label=Label.NOT_ENOUGH_EVIDENCE, confidence=0, rationale=differing_readings(language))
        found = self._as_before(open_, Match(checked=checked, wording=wording, similarity=min(1.0, similarity)), language)
        return found if found.label.decided else None

    def judge(self, claim: Claim, passages: Sequence[Passage] | None = None, *, language: Language | None = None) -> Verdict:
        """Judge a checkable claim. StoreError."""
        if passages is not None:
            return self._judge.judge(claim, self._retriever.among(claim.text, passages), language=language)
        found = self._retriever.search(claim.text, CANDIDATES)
        precedents = self._checked.precedents(claim.text)
        verdict = self._judge.judge(claim, found, precedents, lambda: self._retriever.around(found, NEARBY, LINKED), language)
        match = self._checked.match(precedents)
        return verdict if match is None else self._as_before(verdict, match, language or language_of(claim.text))

    def _as_things_stand(self, verdict: Verdict, language: Language | None) -> Verdict:
        """With what ended or reversed afterwards what the verdict rests on. What no longer holds does not make a claim false that names no day."""
        later = self._retriever.later(verdict.citations[:1]) if verdict.label.decided else ()
        if not later:
            return verdict
        curated = verdict.match is not None and bool(verdict.match.checked.why)
        if verdict.label is Label.REFUTED and not curated and not dates(verdict.claim.text):
            return _withdrawn(verdict, overtaken(language or language_of(verdict.claim.text))).model_copy(update={"later": later})
        return verdict.model_copy(update={"later": later})

    def _as_before(self, verdict: Verdict, match: Match, language: Language) -> Verdict:
        """The verdict of the checked claim; where our own reading decides otherwise, neither."""
        citations = self._checked.citations(match.checked)
        if not citations:
            return verdict
        if match.checked.label is Label.REFUTED and not match.checked.why and verdict.label is not Label.REFUTED:
            return verdict  # one wording in an archive is too little to call a claim false where the sources read here do not
        if verdict.label.decided and verdict.label is not match.checked.label:
            return _withdrawn(verdict, differing_readings(language)).model_copy(update={"match": match})
        label, why = match.checked.label, match.checked.why
        cited = [(Evidence(passage=one.passage, score=1, similarity=1), verdict.comparisons) for one in citations]
        return verdict.model_copy(
            update={
                "label": label,
                "confidence": max(CHECKED_BEFORE, verdict.confidence if verdict.label.decided else 0.0),
                "rationale": why.get(language) or next(iter(why.values()), explain(label, cited, language)),
                "citations": citations,
                "comparisons": verdict.comparisons if verdict.label.decided else (),
                "as_of": match.checked.as_of or verdict.as_of,
                "match": match,
            }
        )


def _sentences(found: Sequence[Claim]) -> int:
    """How many of the claims, each sentence before its parts, are whole sentences."""
    ends = accumulate((claim.end for claim in found), max, initial=0)
    return sum(claim.end > end for claim, end in zip(found, ends, strict=False))


def _withdrawn(verdict: Verdict, why: str) -> Verdict:
    """A decided verdict that is left open after all. Its confidence is what the label that no longer stands leaves to all others."""
    return verdict.model_copy(update={"label": Label.NOT_ENOUGH_EVIDENCE, "confidence": 1 - verdict.confidence, "rationale": why})


def _aside(claim: Claim, reason: Reason, language: Language | None) -> Verdict:
    told_in = language or language_of(claim.text)
    return Verdict(claim=claim, label=Label.NOT_CHECKABLE, confidence=1 - claim.worth, rationale=not_checkable(reason, told_in))
