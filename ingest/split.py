"""A document in, its passages out; their offsets point back into the document. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.domain import Document, Passage
from knowledge.language import Sentence, sentences

MAX_CHARACTERS = 1200
"""About 300 tokens: below the 510 that the embedded model reads at once, in Cyrillic too."""


def split(document: Document, limit: int = MAX_CHARACTERS) -> list[Passage]:
    """Passages of whole sentences, none longer than `limit` characters; every character but white space is in exactly one.

    Translations stay with a document that is one passage: of several, nobody says which part of them is which.
    """
    spans = list(_spans(document.text, limit))
    about = document.provenance if len(spans) == 1 else document.provenance.model_copy(update={"translations": ()})
    return [
        Passage(id=f"{document.id}#{number}", document_id=document.id, start=start, text=document.text[start:end], provenance=about)
        for number, (start, end) in enumerate(spans)
    ]


def _spans(text: str, limit: int) -> Iterator[tuple[int, int]]:
    start = end = -1
    for sentence in _pieces(sentences(text), limit):
        if start >= 0 and sentence.end - start <= limit:
            end = sentence.end
            continue
        if start >= 0:
            yield start, end
        start, end = sentence.start, sentence.end
    if start >= 0:
        yield start, end


def _pieces(found: list[Sentence], limit: int) -> Iterator[Sentence]:
    """Sentences, those over the limit cut at the last space before it."""
    for sentence in found:
        text, start = sentence.text, sentence.start
        while len(text) > limit:
            cut = text.rfind(" ", 1, limit)
            cut = cut if cut > 0 else limit
            yield Sentence(text[:cut], start, start + cut)
            rest = text[cut:]
            start += cut + len(rest) - len(rest.lstrip())
            text = rest.lstrip()
        if text:
            yield Sentence(text, start, start + len(text))
