"""What we found in, a Reply for the chat out: its pages as HTML. Pure; knows what a card looks like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.evaluation import Report
from bot.pages import Block, Mark, Span, isolated, link, paged, shortened
from bot.texts import Texts
from knowledge.domain import Answer, Citation, Comparison, Label, Source, Verdict
from knowledge.fact_check import CheckedArticle
from knowledge.store import Manifest

_SYMBOLS = {
    Label.SUPPORTED: "✅",
    Label.REFUTED: "❌",
    Label.CONFLICTING: "⚖️",
    Label.NOT_ENOUGH_EVIDENCE: "❔",
    Label.NOT_CHECKABLE: "💬",
}
_WORDS_SHOWN = 200
_REASON_SHOWN = 300
_LINKS_SHOWN = 3


class Reply(NamedTuple):
    """What goes to the chat: messages in order, as HTML that Telegram takes."""

    pages: tuple[str, ...]


def sentence(text: str) -> Reply:
    """A text of ours, as it is."""
    return Reply(paged([(Span(text),)]))


def sources(manifest: Manifest, texts: Texts) -> Reply:
    packs: list[Block] = [(_bold(pack.title), Span(f"\n{texts.pack(pack.entries, pack.as_of, pack.licence)}")) for pack in manifest.packs]
    return Reply(paged([(_bold(texts.sources_title),), *(packs or [(Span(texts.no_sources),)])]))


def accuracy(made: Report | None, texts: Texts) -> Reply:
    if made is None:
        return sentence(texts.no_accuracy)
    lines = [f"\n• {texts.figure(one.name, one.value, one.low, one.high)}" for one in made.figures]
    head = texts.measured_on(made.claims, made.questions, made.sentences, made.made.isoformat())
    return Reply(
        paged([(_bold(texts.accuracy_title), Span(f"\n{head}")), (Span("".join(lines).strip()),), (Span(texts.accuracy_note, ("i",)),)])
    )


def card(article: CheckedArticle, texts: Texts) -> Reply:
    """One card: what it is, the claims in the order of the article, what was left out, and how far the sources reach."""
    claims = [_numbered(number, verdict, texts) for number, verdict in enumerate(article.verdicts, 1)]
    summary = texts.card_summary(len(claims), article.sentences) if claims else texts.no_claims
    return Reply(paged([(_bold(texts.card_title), Span(f"\n{summary}")), *claims, _card_end(article, texts)]))


def claim(verdict: Verdict, texts: Texts) -> Reply:
    """One claim in full: the label, why, the claim beside the sources, and the words it rests on."""
    return Reply(
        paged(
            [
                (_bold(_label(verdict.label, texts)), Span(f"\n{_words(verdict)}")),
                *_checked_before(verdict, texts),
                (Span(verdict.rationale),),
                *_side_by_side(verdict.comparisons, texts),
                *_cited(verdict.citations, texts, _grounds(verdict, texts)),
                (Span(_lines([*_confidence(verdict, texts), *_reach(verdict, texts), *_noted(verdict)], " "), ("i",)),),
            ]
        )
    )


def answer(found: Answer, texts: Texts) -> Reply:
    """The answer, whose numbers in brackets are those of its citations, and the sources it rests on; or what is missing."""
    reach = (Span(_lines([*_reach(found, texts), *_noted(found)], " "), ("i",)),)
    passage = [*_worded(found, texts), *_parted(found, texts)]
    if found.abstained:
        return Reply(paged([(_bold(texts.abstention),), (Span(found.missing or ""),), *passage, reach]))
    listed = [span for group in _by_passage(found.citations) for span in _listed(group, found.text, texts)]
    return Reply(paged([(Span(found.text),), (_bold(texts.sources_label), *listed), *passage, reach]))


# -- parts of a card


def _numbered(number: int, verdict: Verdict, texts: Texts) -> Block:
    why = shortened(verdict.rationale, _REASON_SHOWN)
    return (_bold(f"{number}. {_label(verdict.label, texts)}"), Span(f"\n{_words(verdict)}\n{why}"), *_links(verdict, texts))


def _label(label: Label, texts: Texts) -> str:
    return f"{_SYMBOLS[label]} {texts.labels[label]}"


def _words(verdict: Verdict) -> str:
    return f"“{isolated(shortened(verdict.claim.quote, _WORDS_SHOWN))}”"


def _links(verdict: Verdict, texts: Texts) -> list[Span]:
    found = _source_links([source for citation in verdict.citations for source in _sources(citation)[:1]], texts)
    return [Span(f"\n{_grounds(verdict, texts)}: "), *found] if found else []


def _grounds(verdict: Verdict, texts: Texts) -> str:
    """What the citations are to the label: only a decided one rests on them."""
    return texts.sources_label if verdict.label.decided else texts.nearest_label


def _card_end(article: CheckedArticle, texts: Texts) -> Block:
    days = [verdict.as_of for verdict in article.verdicts if verdict.as_of]
    closing = [texts.program_note, *([texts.as_of(max(days))] if days else []), texts.ask_on] if article.verdicts else []
    return (Span(_lines([texts.left_out(article.opinions, article.skipped)])), Span("\n"), Span(_lines(closing, " "), ("i",)))


# -- parts of a claim or an answer


def _side_by_side(comparisons: Sequence[Comparison], texts: Texts) -> list[Block]:
    if not comparisons:
        return []
    return [(_bold(texts.compared_title), *(Span(f"\n{_compared(comparison, texts)}") for comparison in comparisons))]


def _compared(comparison: Comparison, texts: Texts) -> str:
    line = texts.compared(texts.aspects[comparison.aspect], isolated(comparison.claimed), comparison.sourced)
    if comparison.agrees is None:
        return f"• {line}"
    return f"✓ {line} ({texts.agrees})" if comparison.agrees else f"✗ {line} ({texts.differs})"


def _cited(citations: Sequence[Citation], texts: Texts, title: str) -> list[Block]:
    quoted: list[Block] = [
        (Span(citation.quote, ("blockquote",)), Span("\n"), *_source_links(_sources(citation), texts), *_disputed(citation, texts))
        for citation in citations
    ]
    return [(_bold(title), Span("\n"), *quoted[0]), *quoted[1:]] if quoted else []


def _worded(found: Answer, texts: Texts) -> list[Block]:
    """How the sources put the loaded words of the quoted passage."""
    return [
        (
            _bold(texts.wording_of(isolated(one.word))),
            Span(f" {one.note}"),
            *(
                span
                for citation in one.citations
                for span in (Span("\n"), Span(citation.quote, ("blockquote",)), Span("\n"), *_source_links(_sources(citation), texts))
            ),
        )
        for one in found.wording
    ]


def _parted(found: Answer, texts: Texts) -> list[Block]:
    """What in the quoted passage is a claim and what is not."""
    if not found.parts:
        return []
    lines = [f"\n• {texts.kinds[part.reason]}: “{isolated(shortened(part.text, _WORDS_SHOWN))}”" for part in found.parts]
    return [(_bold(texts.passage_parts), Span("".join(lines)))]


_Numbered = tuple[int, Citation]


def _by_passage(citations: Sequence[Citation]) -> Iterable[list[_Numbered]]:
    groups: dict[str, list[_Numbered]] = {}
    for number, citation in enumerate(citations, 1):
        groups.setdefault(citation.passage.id, []).append((number, citation))
    return groups.values()


def _listed(group: Sequence[_Numbered], text: str, texts: Texts) -> list[Span]:
    """A passage that an answer cites: the numbers it has there, its links, and the cited words where the answer does not hold them."""
    numbers, (_, first) = "".join(f"[{number}]" for number, _ in group), group[0]
    unsaid = [span for _, citation in group if citation.quote not in text for span in (Span("\n"), Span(citation.quote, ("blockquote",)))]
    return [Span(f"\n{numbers} "), *_source_links(_sources(first), texts), *_disputed(first, texts), *unsaid]


def _confidence(verdict: Verdict, texts: Texts) -> list[str]:
    """How sure a decided label is: of one that settles nothing a share would say nothing."""
    return [texts.confidence(verdict.confidence)] if verdict.label.decided else []


def _disputed(citation: Citation, texts: Texts) -> list[Span]:
    contested = citation.passage.provenance.contested
    return [Span(f"\n{texts.disputed_label}: {contested}")] if contested else []


def _reach(found: Verdict | Answer, texts: Texts) -> list[str]:
    return [texts.as_of(found.as_of)] if found.as_of else []


def _checked_before(verdict: Verdict, texts: Texts) -> list[Block]:
    match = verdict.match
    return [(Span(texts.checked_before(isolated(shortened(match.wording, _WORDS_SHOWN)), match.similarity), ("i",)),)] if match else []


def _noted(found: Verdict | Answer) -> list[str]:
    return [found.note] if found.note else []


# -- sources as links


def _sources(citation: Citation) -> list[Source]:
    """The one named first to a reader, then the others."""
    first, every = citation.passage.source, citation.passage.provenance.sources
    return [*([first] if first else []), *(source for source in every if source is not first)]


def _source_links(found: Iterable[Source], texts: Texts) -> list[Span]:
    links = list(dict.fromkeys(link(_named(source, texts), source.url) for source in found))[:_LINKS_SHOWN]
    return [span for at, one in enumerate(links) for span in ([Span(" · ")] if at else []) + [one]]


def _named(source: Source, texts: Texts) -> str:
    return f"{source.publisher}, {texts.date(source.published)}" if source.published else source.publisher


def _bold(text: str, *marks: Mark) -> Span:
    return Span(text, ("b", *marks))


def _lines(parts: Iterable[str], between: str = "\n") -> str:
    return between.join(part for part in parts if part)
