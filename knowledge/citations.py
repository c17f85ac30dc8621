"""Quotes in, Citations that stand word for word out. Pure. The one bridge from a draft to what we say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from knowledge.domain import LANGUAGES, Citation, Passage
from knowledge.language import Sentence, sentences


def verify(quote: str, passages: Sequence[Passage]) -> Citation | None:
    """The first place where `quote` stands word for word; None where it stands nowhere. White space at its ends is forgiven."""
    wanted = quote.strip()
    if not wanted:
        return None
    for passage in passages:
        start = passage.text.find(wanted)
        if start >= 0:
            return Citation(passage=passage, start=start, end=start + len(wanted))
    return None


def cite(passage: Passage, sentence: Sentence) -> Citation:
    """A sentence of a passage, as `sentences_of` gave it."""
    return Citation(passage=passage, start=sentence.start, end=sentence.end)


def sentences_of(passage: Passage) -> list[Sentence]:
    """The sentences of a passage, with their offsets in it; the title line is left out where the passage has more."""
    language = passage.provenance.language
    found = sentences(passage.text, language if language in LANGUAGES else None)
    titled = passage.start == 0 and len(found) > 1 and found[0].text == passage.provenance.title
    return found[1:] if titled else found


def distinct(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Each place once, in the order of first mention."""
    seen: dict[tuple[str, int, int], Citation] = {}
    for citation in citations:
        seen.setdefault((citation.passage.id, citation.start, citation.end), citation)
    return tuple(seen.values())


def outermost(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Each place once, in the order of first mention; a place that lies within another of the same passage is told by the wider one."""
    given = distinct(citations)
    return distinct(
        max(
            (other for other in given if other.passage.id == one.passage.id and other.start <= one.start and one.end <= other.end),
            key=lambda other: other.end - other.start,
        )
        for one in given
    )
