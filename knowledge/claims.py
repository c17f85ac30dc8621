"""An article in, its claims out: each with the author's words, their place, a wording that stands alone, how much it deserves a check, or why it has none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from knowledge.checkworthiness import worthiness
from knowledge.domain import Claim
from knowledge.embeddings import EmbeddedE5
from knowledge.language import Sentence, language_of, sentences
from knowledge.particulars import particulars
from knowledge.standalone import standalone
from knowledge.whether import AskedAbout, asked_about

MIN_WORDS = 3
PART_WORDS = 5
"""A part of a sentence has at least so many words."""
_CHECKABLE = 0.5


class ClaimFinder:
    """Threads may share it. Reads with the embedded model, whatever model the index was made with."""

    def __init__(self, encoder: EmbeddedE5) -> None:
        self._encoder = encoder

    def find(self, article: str, published: dt.date | None = None) -> list[Claim]:
        """Every sentence as a claim, in order; those that evidence cannot settle say why. `published` is the article's day, where it is known.

        What a sentence states besides is one more claim: what is slipped in between dashes or brackets, each of its clauses that names something
        definite, and what it reports somebody to have said.
        """
        found = [sentence for sentence in sentences(article, language_of(article)) if len(sentence.text.split()) >= MIN_WORDS]
        alone = [standalone(one.text, [earlier.text for earlier in found[:at]], published) for at, one in enumerate(found)]
        parts = [part for sentence in found for part in _parts(sentence)]
        texts = [*found, *parts]
        wordings = [*alone, *(part.text for part in parts)]
        vectors = self._encoder.embed_queries(wordings)
        claims = [self._claim(*one) for one in zip(texts, wordings, vectors, strict=True)]
        besides = [claim for claim in claims[len(found) :] if claim.not_checkable is None]
        return sorted([*claims[: len(found)], *besides], key=lambda claim: (claim.start, -claim.end))

    def read(self, text: str) -> Claim:
        """A text that is itself the claim, or asks whether a claim is true."""
        asked = asked_about(text) or AskedAbout(0, len(text), text)
        [vector] = self._encoder.embed_queries([asked.sentence])
        return self._claim(Sentence(text[asked.start : asked.end], asked.start, asked.end), asked.sentence, vector)

    def _claim(self, sentence: Sentence, wording: str, vector: list[float]) -> Claim:
        found = worthiness(wording, vector)
        return Claim(
            text=wording,
            quote=sentence.text,
            start=sentence.start,
            end=sentence.end,
            worth=found.checkable * (0.4 + 0.6 * found.worth),
            not_checkable=None if found.checkable >= _CHECKABLE else found.reason,
        )


_ASIDE = re.compile(r"[—–]\s?([^—–()]+?)\s?[—–]|\s[–-]\s([^—–()]+?)\s[–-]\s|\(([^()]+)\)")
_BORDER = re.compile(
    r";\s+|,\s+(?:but|while|whereas|although|though|and|yet|who|which|"
    r"dar|iar|însă|insa|deși|desi|și|si|care|"
    r"але|а|хоча|проте|тоді як|та|і|який|яка|яке|які|"
    r"но|хотя|однако|тогда как|и|который|которая|которое|которые)\s+|,\s+(?!\d)",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?:while|although|though|whereas|but|and|yet|as|when|after|"
    r"deși|desi|în timp ce|dar|iar|"
    r"хоча|тоді як|але|"
    r"хотя|тогда как|но)\s+",
    re.IGNORECASE,
)
_HEADLESS = re.compile(r"(?:is|are|was|were|has|have|had|este|sunt|era|erau|a fost|є|був|была?|были?)\s", re.IGNORECASE)
"""So begins what has its subject elsewhere."""
_REPORTS = re.compile(
    r"\b(?:sa(?:id|ys)|claim(?:s|ed)|announced|insist(?:s|ed)|argue[sd]|stated|declared|told [^,;]{2,40}?|believes?|admitted|"
    r"a spus|spune|susține|sustine|a declarat|declară|a anunțat|a anuntat|afirm[ăa]|"
    r"заяв\w+|сказа\w+|каже|кажуть|стверджу\w+|утвержда\w+|повідоми\w+|сообщи\w+|говор[ия]т|уверя\w+|запевня\w+)"
    r"\s*(?:that|că|ca|,\s*(?:що|что|будто|ніби))\s+(?P<content>\S.+)",
    re.IGNORECASE,
)


def _parts(sentence: Sentence) -> Iterator[Sentence]:
    """What a sentence states besides the whole, each part once."""
    seen: list[tuple[int, int]] = []
    for start, end in (*_asides(sentence.text), *_reported(sentence.text), *_clauses(sentence.text)):
        if not any(abs(start - s) + abs(end - e) < 12 for s, e in seen):
            seen.append((start, end))
            yield Sentence(sentence.text[start:end], sentence.start + start, sentence.start + end)


def _asides(text: str) -> Iterator[tuple[int, int]]:
    """What an author presupposes in passing: the words between two dashes or in brackets."""
    for match in _ASIDE.finditer(text):
        group = match.lastindex or 0
        if len(match.group(group).split()) > MIN_WORDS:
            yield match.span(group)


def _reported(text: str) -> Iterator[tuple[int, int]]:
    """That X said that Y is one claim, Y another."""
    if (match := _REPORTS.search(text)) and len(match["content"].split()) >= PART_WORDS:
        yield match.start("content"), len(text.rstrip(' .!?…"”»'))


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """The clauses that name something definite, of a sentence that has more than one."""
    starts, ends = [0], []
    for border in _BORDER.finditer(text):
        ends.append(border.start())
        starts.append(border.end())
    ends.append(len(text.rstrip(' .!?…"”»')))
    pieces = [_opened(text, start, end) for start, end in zip(starts, ends, strict=True)]
    definite = [piece for piece in pieces if _definite(text[slice(*piece)])]
    if len(pieces) > 1:
        yield from definite


def _opened(text: str, start: int, end: int) -> tuple[int, int]:
    """A clause without the word that joins it to the others."""
    opening = _OPENS.match(text, start, end)
    return (opening.end() if opening else start), end


def _definite(clause: str) -> bool:
    found = particulars(clause)
    named = len({name.key for name in found.names}) + len(found.dates) + len(found.quantities)
    return len(clause.split()) >= PART_WORDS and named >= 2 and not _HEADLESS.match(clause)
