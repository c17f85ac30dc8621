"""Lines of JSON in, lines of JSON out, one for one and in order; a bad line yields its error and the run goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from bot.inputs import MAX_CHARACTERS, BadLine, parse_line
from bot.parts import Parts
from knowledge.dates import dates
from knowledge.domain import Answer, Citation, Evidence, Match, Passage, Period, Provenance, Source, Verdict
from knowledge.fact_check import CheckedArticle

Body = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS, pattern=r"\w")]


def _writable(value: Any) -> str | None:
    """A text; None of anything else, also of one with half a surrogate pair: JSON may escape that, and no encoding writes it."""
    return value if isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value) else None


def _id(value: Any) -> str | int | None:
    return value if isinstance(value, int) else _writable(value)


Optional = BeforeValidator(_writable)


class GivenEvidence(BaseModel):
    """A text that replaces the index for one item."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]
    id: Annotated[str | None, Optional] = None
    url: Annotated[str | None, Optional] = None
    title: Annotated[str | None, Optional] = None
    date: Annotated[str | None, Optional] = None


class Item(BaseModel):
    """One line of a batch. Fields that it does not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str | int, BeforeValidator(_id)]
    text: Body | None = None
    question: Body | None = None
    about: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] | None = None
    evidence: Annotated[list[GivenEvidence], Field(max_length=100)] | None = None


Work = Callable[[Item], dict[str, Any]]


def run(lines: Iterable[str], work: Work) -> Iterator[str]:
    """One line of JSON for each line given."""
    for line in lines:
        yield json.dumps(_result(line, work), ensure_ascii=False)


def _result(line: str, work: Work) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        item = _item(line)
        result = work(item)
    except BadLine as exc:
        return {"id": exc.id, "error": str(exc)}
    return {"id": item.id, **result, "latency_ms": round((time.perf_counter() - began) * 1000, 1)}


def _item(line: str) -> Item:
    content = parse_line(line)
    try:
        return Item.model_validate(content)
    except ValidationError as exc:
        problem = exc.errors(include_url=False)[0]
        raise BadLine(_id(content.get("id")), f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from exc


def checking(parts: Parts) -> Work:
    def work(item: Item) -> dict[str, Any]:
        text = _needed(item, item.text, "text")
        given = None if item.evidence is None else passages(item.evidence)
        return verdict_json(parts.fact_checker.check_claim(text, given))

    return work


def checking_articles(parts: Parts) -> Work:
    return lambda item: article_json(parts.fact_checker.check(_needed(item, item.text, "text")))


def asking(parts: Parts) -> Work:
    def work(item: Item) -> dict[str, Any]:
        question = _needed(item, item.question or item.text, "question")
        given = None if item.evidence is None else parts.retriever.among(question, passages(item.evidence))
        return answer_json(parts.explainer.answer(question, item.about, given))

    return work


def searching(parts: Parts, limit: int, period: Period | None, topics: Sequence[str]) -> Work:
    def work(item: Item) -> dict[str, Any]:
        text = _needed(item, item.text or item.question, "text")
        if item.evidence is not None:
            return results_json(parts.retriever.among(text, passages(item.evidence))[:limit])
        return results_json(parts.retriever.search(text, limit, period=period, topics=topics))

    return work


def finding(parts: Parts) -> Work:
    return lambda item: claims_json(parts, _needed(item, item.text, "text"))


def _needed(item: Item, value: str | None, name: str) -> str:
    if value is None:
        raise BadLine(item.id, f"{name}: field required")
    return value


def passages(given: Sequence[GivenEvidence]) -> list[Passage]:
    """Each text as one passage, so that offsets are those of the text."""
    return [_passage(number, evidence) for number, evidence in enumerate(given, 1) if evidence.text.strip()]


def _passage(number: int, given: GivenEvidence) -> Passage:
    entry = (given.id or "").strip() or f"evidence-{number}"
    host = _host(given.url or "")
    title = (given.title or "").strip()
    publisher = host or title or "given with the claim"
    period = _period(given.date)
    published = period.iso if period and period.precision != "range" else None
    source = Source(publisher=publisher, title=title or publisher, url=given.url if host else None, published=published)
    about = Provenance(pack="given", topic="given", title=title, language="und", period=None, sources=(source,))
    return Passage(id=f"{entry}#0", document_id=entry, start=0, text=given.text, provenance=about)


def _host(url: str) -> str | None:
    """Of a link that a source can have; None of anything else."""
    if not url.startswith(("http://", "https://")) or any(map(str.isspace, url)):
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:  # a bracket without an IPv6 address in it
        return None


def _period(date: str | None) -> Period | None:
    mention = next(iter(dates(date)), None) if date else None
    return mention.period() if mention else None


# -- our values as JSON


def citation_json(citation: Citation) -> dict[str, Any]:
    source, period = citation.passage.source, citation.passage.provenance.period
    return {
        "entry_id": citation.passage.document_id,
        "passage_id": citation.passage.id,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "url": source.url if source else None,
        "publisher": source.publisher if source else None,
        "date": period.iso if period else source.published if source else None,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "label": verdict.label.value,
        "confidence": round(verdict.confidence, 4),
        "rationale": verdict.rationale,
        "citations": [citation_json(citation) for citation in verdict.citations],
        "comparisons": [comparison.model_dump(mode="json") for comparison in verdict.comparisons],
        "as_of": verdict.as_of.isoformat() if verdict.as_of else None,
        "match": _match_json(verdict.match) if verdict.match else None,
        "note": verdict.note,
    }


def _match_json(match: Match) -> dict[str, Any]:
    return {"id": match.checked.id, "label": match.checked.label.value, "wording": match.wording, "similarity": round(match.similarity, 4)}


def article_json(checked: CheckedArticle) -> dict[str, Any]:
    claims = [{"claim": verdict.claim.model_dump(mode="json", exclude_none=True), **verdict_json(verdict)} for verdict in checked.verdicts]
    return {"sentences": checked.sentences, "opinions": checked.opinions, "skipped": checked.skipped, "verdicts": claims}


def answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        "missing": answer.missing,
        "citations": [citation_json(citation) for citation in answer.citations],
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "note": answer.note,
        "wording": [
            {"word": one.word, "note": one.note, "citations": [citation_json(citation) for citation in one.citations]}
            for one in answer.wording
        ],
        "parts": [{"text": part.text, "not_checkable": part.reason} for part in answer.parts],
    }


def results_json(found: Sequence[Evidence]) -> dict[str, Any]:
    return {
        "results": [
            {"entry_id": e.passage.document_id, "passage_id": e.passage.id, "score": round(e.score, 4), "text": e.passage.text}
            for e in found
        ]
    }


def claims_json(parts: Parts, text: str) -> dict[str, Any]:
    claims = parts.claim_finder.find(text)
    return {
        "claims": [
            {"text": c.text, "quote": c.quote, "start": c.start, "end": c.end, "worth": round(c.worth, 4), "not_checkable": c.not_checkable}
            for c in claims
        ]
    }
