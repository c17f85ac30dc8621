"""What was found in, a record of it for others out: schema.org ClaimReview, and Markdown with the hashes of the quoted passages. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from bot.found import Found
from bot.texts import Texts
from knowledge.domain import Citation, Label, Verdict

_RATINGS = {Label.REFUTED: 1, Label.CONFLICTING: 3, Label.SUPPORTED: 5}
"""On ClaimReview's scale from 1, false, to 5, true; open claims have none."""


def claim_reviews(found: Found) -> dict[str, Any]:
    """https://schema.org/ClaimReview, one for each claim; an answer is a Question with its accepted answer."""
    if found.answer is not None:
        answer = found.answer
        said = {"@type": "Answer", "text": answer.text or answer.missing, "citation": _works(answer.citations)}
        return {"@context": "https://schema.org", "@type": "Question", "text": answer.question, "acceptedAnswer": said}
    verdicts = found.article.verdicts if found.article else [found.verdict] if found.verdict else []
    return {"@context": "https://schema.org", "@graph": [_review(verdict, found) for verdict in verdicts]}


def markdown(found: Found, texts: Texts) -> str:
    """For people: each claim with its verdict, and each quote with the SHA-256 of the passage that it is cut from."""
    if found.answer is not None:
        return "\n".join(
            [
                f"# {found.answer.question}",
                "",
                found.answer.text or found.answer.missing or "",
                "",
                *_quoted(found.answer.citations),
                *_later(found.answer.later, texts),
            ]
        )
    verdicts = found.article.verdicts if found.article else [found.verdict] if found.verdict else []
    parts = [f"# {texts.card_title}", ""]
    for verdict in verdicts:
        parts += [
            f"## {texts.labels[verdict.label]}: “{_flat(verdict.claim.quote)}”",
            "",
            verdict.rationale,
            "",
            *_quoted(verdict.citations),
            *_later(verdict.later, texts),
        ]
    return "\n".join(parts)


def _review(verdict: Verdict, found: Found) -> dict[str, Any]:
    rated = _RATINGS.get(verdict.label)
    rating = {"@type": "Rating", "alternateName": verdict.label.value}
    if rated is not None:
        rating |= {"ratingValue": str(rated), "bestRating": "5", "worstRating": "1"}
    appearance = {"@type": "CreativeWork", "url": found.origin.url} if found.origin and found.origin.url else None
    claim: dict[str, Any] = {"@type": "Claim", "text": verdict.claim.text}
    return {
        "@type": "ClaimReview",
        "claimReviewed": verdict.claim.text,
        "itemReviewed": claim | ({"appearance": appearance} if appearance else {}),
        "reviewRating": rating,
        "reviewBody": verdict.rationale,
        "author": {"@type": "Organization", "name": "Footnote"},
        "citation": _works(verdict.citations),
    }


def _works(citations: Iterable[Citation]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "Quotation",
            "text": citation.quote,
            "isPartOf": {
                "@type": "CreativeWork",
                "identifier": citation.passage.document_id,
                "name": citation.passage.provenance.title,
                "sha256": _hash(citation),
                "isBasedOn": [source.url for source in citation.passage.provenance.sources if source.url],
            },
        }
        for citation in citations
    ]


def _quoted(citations: Iterable[Citation]) -> list[str]:
    lines: list[str] = []
    for citation in citations:
        sources = ", ".join(f"[{s.publisher}]({s.url})" if s.url else s.publisher for s in citation.passage.provenance.sources)
        lines += [f"> {_flat(citation.quote)}", "", f"{citation.passage.document_id}: {sources} (sha256 {_hash(citation)})", ""]
    return lines


def _later(citations: Sequence[Citation], texts: Texts) -> list[str]:
    return [f"**{texts.later_label}**", "", *_quoted(citations)] if citations else []


def _hash(citation: Citation) -> str:
    """Of the whole passage, so that whoever has the pack can find out whether it is still the same."""
    return hashlib.sha256(citation.passage.text.encode()).hexdigest()


def _flat(text: str) -> str:
    return " ".join(text.split())
