"""An article in, its claims out: each sentence with the author's words, their place, how much it deserves a check, or why it has none."""

from __future__ import annotations

import re

from knowledge.checkworthiness import worthiness
from knowledge.domain import Claim
from knowledge.embeddings import EmbeddedE5
from knowledge.language import Sentence, language_of, sentences

MIN_WORDS = 3
_CHECKABLE = 0.5


class ClaimFinder:
    """Threads may share it. Reads with the embedded model, whatever model the index was made with."""

    def __init__(self, encoder: EmbeddedE5) -> None:
        self._encoder = encoder

    def find(self, article: str) -> list[Claim]:
        """Every sentence as a claim, in order; those that evidence cannot settle say why. What is slipped in between dashes or brackets is one more."""
        found = [sentence for sentence in sentences(article, language_of(article)) if len(sentence.text.split()) >= MIN_WORDS]
        asides = [aside for sentence in found for aside in _asides(sentence)]
        texts = [*found, *asides]
        vectors = self._encoder.embed_queries([sentence.text for sentence in texts])
        claims = [self._claim(sentence, vector) for sentence, vector in zip(texts, vectors, strict=True)]
        slipped_in = [claim for claim in claims[len(found) :] if claim.not_checkable is None]
        return sorted([*claims[: len(found)], *slipped_in], key=lambda claim: (claim.start, -claim.end))

    def read(self, text: str) -> Claim:
        """A text that is itself the claim."""
        [vector] = self._encoder.embed_queries([text])
        return self._claim(Sentence(text, 0, len(text)), vector)

    def _claim(self, sentence: Sentence, vector: list[float]) -> Claim:
        found = worthiness(sentence.text, vector)
        return Claim(
            text=sentence.text,
            quote=sentence.text,
            start=sentence.start,
            end=sentence.end,
            worth=found.checkable * (0.4 + 0.6 * found.worth),
            not_checkable=None if found.checkable >= _CHECKABLE else found.reason,
        )


_ASIDE = re.compile(r"[—–]\s?([^—–()]+?)\s?[—–]|\s[–-]\s([^—–()]+?)\s[–-]\s|\(([^()]+)\)")


def _asides(sentence: Sentence) -> list[Sentence]:
    """What an author presupposes in passing: the words between two dashes or in brackets."""
    found = []
    for match in _ASIDE.finditer(sentence.text):
        words = match.group(match.lastindex or 0)
        start = sentence.start + match.start(match.lastindex or 0)
        if len(words.split()) > MIN_WORDS:
            found.append(Sentence(words, start, start + len(words)))
    return found
