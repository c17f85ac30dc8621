"""What was found, or a topic and a time, in; a drawn timeline with its description out. Blocking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.found import Found
from bot.pages import shortened
from bot.parts import Parts
from bot.pictures import Dot, Mark, described, timeline
from bot.texts import Texts
from knowledge.domain import Citation, Passage, Period
from knowledge.particulars import particulars

DRAWN = 12
AROUND = 4
"""So many entries beside those that decide are drawn for a claim."""
_CLAIM_SHOWN = 90
_PERIOD = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:\s*(?:\.\.|/|–)\s*(\d{4}(?:-\d{2}(?:-\d{2})?)?))?\s*$")


class Drawing(NamedTuple):
    picture: bytes
    caption: str
    """Plain text."""


def drawing_of_found(parts: Parts, found: Found, number: int, texts: Texts) -> Drawing | None:
    """The entries that a claim, an article or an answer rests on, those around them, and the days that the claim names. StoreError."""
    cited = found.citations(number)
    deciding = _deciding(found, number, cited)
    passages = [citation.passage for citation in cited]
    marks: list[Mark] = []
    if number or found.article is None:
        asked = found.asked(number)
        near = parts.retriever.search(asked, AROUND + len(passages), topics=sorted({p.provenance.topic for p in passages}))
        passages += [evidence.passage for evidence in near]
        marks = _marks(asked, texts)
    return _drawing([_dot(p, p.document_id in deciding, texts) for p in _dated(passages)], marks, _title(found, number, texts), texts)


def drawing_of_topic(parts: Parts, said: str, texts: Texts) -> Drawing | None:
    """What matters most of a topic in a time, such as `romania 2024-11..2024-12`; None where that is not known. StoreError."""
    topic, period = _read(said)
    packs = [pack for pack in parts.store.manifest().packs if topic.lower() in (pack.topic.lower(), pack.id.lower())]
    if not packs:
        return None
    found = parts.retriever.search(packs[0].title, DRAWN, period=period, topics=[pack.topic for pack in packs])
    dots = [_dot(passage, False, texts) for passage in _dated(evidence.passage for evidence in found)]
    return _drawing(dots, [], packs[0].title, texts)


def _read(said: str) -> tuple[str, Period | None]:
    match = _PERIOD.search(said)
    if match is None:
        return said.strip(), None
    try:
        return said[: match.start()].strip(), Period.parse("/".join(part for part in match.groups() if part))
    except ValueError:
        return said.strip(), None


def _deciding(found: Found, number: int, cited: Sequence[Citation]) -> set[str]:
    """The entries that a decision or an answer rests on: of an open claim none."""
    if found.answer is not None:
        return {citation.passage.document_id for citation in cited}
    verdicts = [found.verdict_at(number)] if number or found.verdict else found.article.verdicts if found.article else ()
    return {citation.passage.document_id for verdict in verdicts if verdict.label.decided for citation in verdict.citations}


def _dated(passages: Iterable[Passage]) -> list[Passage]:
    """Each entry that has a date once, in the order given."""
    return list({passage.document_id: passage for passage in passages if passage.provenance.period}.values())[: 2 * DRAWN]


def _dot(passage: Passage, deciding: bool, texts: Texts) -> Dot:
    period, translation = passage.provenance.period, passage.provenance.translated(texts.language)
    assert period is not None
    return Dot(period, translation.title if translation else passage.provenance.title, deciding)


def _marks(claim: str, texts: Texts) -> list[Mark]:
    """The days and months that a claim names."""
    periods = [mention.period() for mention in particulars(claim).dates if mention.month is not None]
    return [Mark(period, texts.named_by_claim(period.iso)) for period in dict.fromkeys(periods) if period is not None]


def _title(found: Found, number: int, texts: Texts) -> str:
    if found.article is not None and not number:
        return (found.origin and found.origin.title) or texts.card_title
    return shortened(found.asked(number), _CLAIM_SHOWN)


def _drawing(dots: Sequence[Dot], marks: Sequence[Mark], title: str, texts: Texts) -> Drawing | None:
    if not dots:
        return None
    picture = timeline(dots, marks, title=title, language=texts.language, written=texts.date)
    return Drawing(picture, described(dots, marks, title=title, written=texts.date, deciding=texts.deciding))
