"""The flows with a chat model: it words and judges, the sources and the embedded judge hold it to account.

A model's draft passes `knowledge.drafts.held`; against a hard conflict (a date, a number, the embedded judge's own decision or leaning) its word
never decides. Where it fails, the embedded flow answers and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from knowledge.chat_model import ChatModel, ChatModelFailed
from knowledge.checked_claims import CheckedClaims
from knowledge.citations import distinct
from knowledge.claims import MIN_WORDS, ClaimFinder
from knowledge.compare import compare
from knowledge.domain import Answer, Aspect, Citation, Claim, Evidence, Label, Language, Passage, Verdict
from knowledge.drafts import (
    ANSWER,
    CLAIMS,
    JUDGE,
    DraftAnswer,
    DraftClaims,
    DraftVerdict,
    Held,
    as_data,
    begun,
    held,
    numbered,
)
from knowledge.entailment import Entailment, EntailmentModel, source_text
from knowledge.explain import Explainer
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from knowledge.language import language_of
from knowledge.particulars import particulars, particulars_of
from knowledge.rationale import left_out, model_reads_otherwise, model_without_words, without_model
from knowledge.retrieve import Retriever

READ = 6
UNCALIBRATED = 0.7
"""The confidence of a verdict that rests on a model's reading and nothing against it: no share of ours stands behind it."""


class Assistant(NamedTuple):
    """What an assisted flow has besides the embedded one."""

    chat: ChatModel
    entailment: EntailmentModel


class AssistedFactChecker(FactChecker):
    """As `FactChecker`, with a chat model. Blocking: call it from a thread where others wait."""

    def __init__(
        self,
        assistant: Assistant,
        finder: ClaimFinder,
        retriever: Retriever,
        judge: Judge,
        checked: CheckedClaims,
        max_claims: int = 12,
    ) -> None:
        super().__init__(finder, retriever, judge, checked, max_claims)
        self._assistant = assistant

    def find(self, article: str, published: dt.date | None = None) -> list[Claim]:
        """The embedded finder's claims, made to stand alone where the model could, and those it found besides."""
        found = super().find(article, published)
        try:
            draft = self._assistant.chat.ask(DraftClaims, CLAIMS, {"language": language_of(article), "article": article})
        except ChatModelFailed:
            return found
        for proposed in draft.claims[:100]:
            start = article.find(proposed.quote) if len(proposed.quote.split()) >= MIN_WORDS else -1
            if start >= 0:
                found = _with(found, start, proposed.quote, _standalone(proposed.standalone, article) or proposed.quote)
        return sorted(found, key=lambda claim: (claim.start, -claim.end))

    def judge(self, claim: Claim, passages: Sequence[Passage] | None = None, *, language: Language | None = None) -> Verdict:
        told_in = language or language_of(claim.text)
        own = super().judge(claim, passages, language=told_in)
        evidence = self._evidence(claim.text, passages)
        if not evidence:
            return own
        given = numbered(evidence)
        data = {"language": told_in, "claim": claim.text, "passages": as_data(given)}
        try:
            draft = self._assistant.chat.ask(DraftVerdict, JUDGE, data)
        except ChatModelFailed as exc:
            return own.model_copy(update={"note": without_model(str(exc), told_in)})
        kept = held(draft.sentences, given, claim.text, self._assistant.entailment)
        return self._reconciled(own, Label(draft.label), kept, told_in)

    def _evidence(self, text: str, passages: Sequence[Passage] | None) -> list[Evidence]:
        found = self._retriever.search(text, READ) if passages is None else self._retriever.among(text, passages)
        return found[:READ]

    def _reconciled(self, own: Verdict, label: Label, kept: Held, language: Language) -> Verdict:
        """The model's label where nothing of ours stands against it."""
        note = left_out(kept.dropped, language)
        if label.decided and not kept.citations:
            return own.model_copy(update={"note": note or model_without_words(language)})
        if label.decided and own.match is not None and own.match.checked.label is not label:
            return self._differing(own, label, kept, note, language)
        if own.label.decided and own.label is not label:
            return self._differing(own, label, kept, note, language)
        if label.decided and own.label is not label and self._against(own.claim.text, label, kept.citations):
            return self._differing(own, label, kept, note, language)
        citations = kept.citations or own.citations
        same = own.label is label
        return own.model_copy(
            update={
                "label": label,
                "confidence": own.confidence if same else UNCALIBRATED,
                "rationale": kept.text or own.rationale,
                "citations": citations,
                "comparisons": own.comparisons if same else (),
                "as_of": max((c.passage.provenance.as_of for c in citations if c.passage.provenance.as_of), default=own.as_of),
                "note": note,
            }
        )

    def _differing(self, own: Verdict, label: Label, kept: Held, note: str | None, language: Language) -> Verdict:
        """Two readings that do not agree are no verdict; where both are borne out by words of the sources, that itself is one."""
        both = own.label.decided and label.decided and kept.citations
        return own.model_copy(
            update={
                "label": Label.CONFLICTING if both else Label.NOT_ENOUGH_EVIDENCE,
                "confidence": UNCALIBRATED if both else own.confidence,
                "rationale": model_reads_otherwise(language),
                "citations": distinct((*kept.citations, *own.citations)),
                "match": None,
                "note": note,
            }
        )

    def _against(self, claim: str, label: Label, citations: Sequence[Citation]) -> bool:
        """Whether what can be compared exactly, or the leaning of the entailment model, speaks against a label."""
        mine, passages = particulars(claim), list({c.passage.id: c.passage for c in citations}.values())
        told = [one for passage in passages for one in compare(mine, particulars_of(passage)) if one.aspect in (Aspect.DATE, Aspect.NUMBER)]
        borne_out = {one.claimed for one in told if one.agrees is True}
        differs = any(one.agrees is False and one.claimed not in borne_out for one in told)
        if (label is Label.SUPPORTED and differs) or (label is Label.REFUTED and not differs):
            return True  # calling a true claim false is the worst error: it needs a point that a reader can see
        read = self._assistant.entailment.compare(claim, [source_text(passage) for passage in passages])
        return all(_leans_away(one, label) for one in read)


def _leans_away(read: Entailment, label: Label) -> bool:
    if label is Label.SUPPORTED:
        return read.refuted > read.supported
    return label is Label.REFUTED and read.supported > read.refuted


class AssistedExplainer(Explainer):
    """As `Explainer`, with a chat model. Blocking: call it from a thread where others wait."""

    def __init__(self, assistant: Assistant, retriever: Retriever, finder: ClaimFinder) -> None:
        super().__init__(retriever, assistant.entailment, finder)
        self._assistant = assistant

    def answered(
        self,
        question: str,
        about: str | None,
        evidence: Sequence[Evidence] | None,
        language: Language,
        on_draft: Callable[[str], None] | None = None,
    ) -> Answer:
        found = list(evidence) if evidence is not None else self.search(question, about)
        own = super().answered(question, about, found, language)
        if not found:
            return own
        given = numbered(found[:READ])
        data = {"language": language, "question": question, "about": about, "passages": as_data(given)}
        said, shown = f"{question}\n{about or ''}", 0

        def show(part: dict[str, Any]) -> None:
            nonlocal shown
            whole = begun(part)
            if on_draft is not None and len(whole) > shown:
                shown = len(whole)
                if text := held(whole, given, said, self._assistant.entailment).text:
                    on_draft(text)

        try:
            draft = self._assistant.chat.ask(DraftAnswer, ANSWER, data, show if on_draft else None)
        except ChatModelFailed as exc:
            return own.model_copy(update={"note": without_model(str(exc), language)})
        if not draft.answered:
            return Answer(question=question, text="", missing=self.missing(question, about, found, language))
        kept = held(draft.sentences, given, said, self._assistant.entailment)
        if not kept.citations:
            return own.model_copy(update={"note": left_out(kept.dropped, language)})
        as_of = max((c.passage.provenance.as_of for c in kept.citations if c.passage.provenance.as_of), default=None)
        return Answer(question=question, text=kept.text, citations=kept.citations, as_of=as_of, note=left_out(kept.dropped, language))


def _standalone(wording: str, article: str) -> str | None:
    """The wording, if every name, number and date in it is the article's."""
    mine, its = particulars(wording), compare(particulars(wording), particulars(article))
    settled = {one.claimed for one in its if one.agrees is True}
    named = [*(mention.text for mention in mine.dates), *(q.text for q in mine.quantities), *(name.text for name in mine.names)]
    return wording.strip() if wording.strip() and all(text in settled or text in article for text in named) else None


def _with(found: Sequence[Claim], start: int, quote: str, text: str) -> list[Claim]:
    """The claims with one more, or with a better wording of the one that has the same place."""
    end = start + len(quote)
    same = [claim for claim in found if claim.start < end and start < claim.end]
    for claim in same:
        if abs(claim.start - start) + abs(claim.end - end) <= max(8, len(quote) // 5):
            worded = claim.model_copy(update={"text": text})
            return [worded if one is claim else one for one in found]
    worth = max((claim.worth for claim in same), default=0.5)
    return [*found, Claim(text=text, quote=quote, start=start, end=end, worth=worth)]
