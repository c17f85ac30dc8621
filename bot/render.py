"""What we found in, a Reply for the chat out: its pages as HTML. Pure; knows what a card looks like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.buttons import Button, Press, View
from bot.evaluation import Report
from bot.pages import Block, Mark, Span, isolated, link, paged, shortened
from bot.texts import Texts
from knowledge.domain import Answer, Citation, Comparison, Label, Source, Value, Verdict
from knowledge.fact_check import CheckedArticle, Inspection
from knowledge.rationale import sourced
from knowledge.store import Manifest

_SYMBOLS = {
    Label.SUPPORTED: "✅",
    Label.REFUTED: "❌",
    Label.CONFLICTING: "⚖️",
    Label.NOT_ENOUGH_EVIDENCE: "❔",
    Label.NOT_CHECKABLE: "💬",
}
_WORDS_SHOWN = 200
_LINE_SHOWN = 90
_LINKS_SHOWN = 3
_NEAREST_SHOWN = 3
"""So many passages of those that settle nothing."""
CLAIMS_A_PAGE = 10
_BUTTONS_A_ROW = 5


class Origin(Value):
    """Where a checked text comes from, as far as that is known: its title, who published or posted it and when, its address."""

    title: str | None = None
    name: str | None = None
    url: str | None = None
    published: dt.date | None = None
    forwarded: dt.date | None = None


class Reply(NamedTuple):
    """What goes to the chat: messages in order, as HTML that Telegram takes, and the rows of buttons under the last."""

    pages: tuple[str, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()


def sentence(text: str) -> Reply:
    """A text of ours, as it is."""
    return Reply(paged([(Span(text),)]))


def welcome(texts: Texts) -> Reply:
    return sentence(texts.start)


def examples(texts: Texts) -> tuple[tuple[Button, ...], ...]:
    """Claims to try at once."""
    return tuple((Button(f"“{claim}”", Press(View.EXAMPLE, at)),) for at, claim in enumerate(texts.examples))


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


def card(article: CheckedArticle, texts: Texts, origin: Origin | None = None, page: int = 0) -> Reply:
    """One message: what it is, the claims in the order of the article, a line each, what was left out, and how far the sources reach."""
    count = len(article.verdicts)
    first = min(page, max(0, count - 1) // CLAIMS_A_PAGE) * CLAIMS_A_PAGE
    listed = list(enumerate(article.verdicts, 1))[first : first + CLAIMS_A_PAGE]
    summary = texts.card_summary(count, article.sentences) if count else texts.no_claims
    lines = [span for number, verdict in listed for span in _line(number, verdict, texts)]
    head = (_bold(texts.card_title), *_came_from(origin, texts), Span(f"\n{summary}"))
    [text, *_] = paged([head, *([tuple(lines)] if lines else []), _card_end(article, texts)])
    numbers = [Button(f"{number} {_SYMBOLS[verdict.label]}", Press(View.CLAIM, number)) for number, verdict in listed]
    return Reply(
        (text,), (*_rows(numbers), *_turning(View.CARD, 0, first // CLAIMS_A_PAGE, -(-count // CLAIMS_A_PAGE)), *_below(article, texts))
    )


def claim(verdict: Verdict, texts: Texts, number: int = 0, count: int = 0, page: int = 0) -> Reply:
    """One claim in full: the label, why, the claim beside the sources, and the words it rests on; one message, with its further pages behind a button.

    `number` is its place, from 1, among the `count` of an article; 0 where it stands alone.
    """
    title = f"{number}. {label(verdict.label, texts)}" if number else label(verdict.label, texts)
    pages = paged(
        [
            (_bold(title), Span(f"\n{words(verdict)}")),
            *_checked_before(verdict, texts),
            (Span(verdict.rationale),),
            *_side_by_side(verdict.comparisons, texts),
            *_cited(verdict.citations[: None if verdict.label.decided else _NEAREST_SHOWN], texts, _grounds(verdict, texts)),
            *_cited(verdict.later, texts, texts.later_label),
            (Span(_lines([*_confidence(verdict, texts), *_reach(verdict, texts), *_noted(verdict)], " "), ("i",)),),
        ]
    )
    page = min(page, len(pages) - 1)
    around = [
        *([Button("‹", Press(View.CLAIM, number - 1))] if number > 1 else []),
        *([Button(texts.all_claims, Press(View.CARD, 0, (number - 1) // CLAIMS_A_PAGE))] if number else []),
        *([Button("›", Press(View.CLAIM, number + 1))] if 0 < number < count else []),
    ]
    return Reply(
        (pages[page],),
        (*_turning(View.CLAIM, number, page, len(pages)), *([tuple(around)] if around else []), *_about(verdict, number, texts)),
    )


def why(found: Inspection, texts: Texts, number: int) -> Reply:
    """How a verdict came about, in plain words: what was looked for, what was read and with what result, and what it would have taken."""
    read = [
        (
            Span(f"{at}. {one.title}\n", ("b",)),
            Span(texts.passage_read(one.similarity, one.shares, cited=one.cited)),
        )
        for at, one in enumerate(found.read, 1)
    ]
    known = [
        (
            _bold(texts.checked_nearby),
            Span("".join(f"\n• “{shortened(w, _WORDS_SHOWN)}”: {texts.labels[label]}" for w, label in found.precedents)),
        )
    ]
    [text, *_] = paged(
        [
            (_bold(texts.why_title), Span(f"\n{texts.looked_for(shortened(found.claim, _WORDS_SHOWN))}")),
            *read,
            *(known if found.precedents else []),
            (Span(texts.weighed([(texts.labels[label], share, floor) for label, share, floor in found.shares])),),
            (Span(texts.why_note(found.certainty), ("i",)),),
        ]
    )
    return Reply((text,), ((Button(texts.back, Press(View.CLAIM, number)),),))


def all_sources(article: CheckedArticle, texts: Texts, page: int = 0) -> Reply:
    """Every passage that the verdicts of an article cite, with the claims that it bears on."""
    cited: dict[str, tuple[Citation, list[int]]] = {}
    for number, verdict in enumerate(article.verdicts, 1):
        for citation in verdict.citations:
            numbers = cited.setdefault(citation.passage.document_id, (citation, []))[1]
            if number not in numbers:
                numbers.append(number)
    blocks: list[Block] = [
        (_bold(citation.passage.provenance.title), Span(f"\n{texts.bears_on(numbers)}\n"), *_source_links(_sources(citation), texts))
        for citation, numbers in cited.values()
    ]
    pages = paged([(_bold(texts.sources_label),), *blocks])
    page = min(page, len(pages) - 1)
    return Reply((pages[page],), (*_turning(View.SOURCES, 0, page, len(pages)), (Button(texts.all_claims, Press(View.CARD)),)))


def ask_reason(number: int, texts: Texts) -> tuple[tuple[Button, ...], ...]:
    """What somebody who does not agree may mean."""
    rows = [(Button(reason, Press(View.REASON, number, at)),) for at, reason in enumerate(texts.reasons.values())]
    return (*rows, (Button(texts.back, Press(View.CLAIM, number)),))


def languages(texts: Texts) -> Reply:
    """The languages that the bot speaks, to choose from."""
    buttons = [Button(name, Press(View.LANGUAGE, at + 1)) for at, name in enumerate(texts.language_names.values())]
    return Reply(
        paged([(Span(texts.choose_language),)]), (tuple(buttons[:2]), tuple(buttons[2:]), (Button(texts.as_my_app, Press(View.LANGUAGE)),))
    )


def answer(found: Answer, texts: Texts, page: int = 0) -> Reply:
    """The answer, whose numbers in brackets are those of its citations, and the sources it rests on; or what is missing."""
    reach = (Span(_lines([*_reach(found, texts), *_noted(found)], " "), ("i",)),)
    passage = [*_worded(found, texts), *_parted(found, texts)]
    if found.abstained:
        [text, *_] = paged([(_bold(texts.abstention),), (Span(found.missing or ""),), *passage, reach])
        return Reply((text,), (_told_later(0, texts), _agreed(0, texts)))
    listed = [span for group in _by_passage(found.citations) for span in _listed(group, found.text, texts)]
    changed = _cited(found.later, texts, texts.later_label)
    pages = paged([(Span(found.text),), (_bold(texts.sources_label), *listed), *changed, *passage, reach])
    page = min(page, len(pages) - 1)
    timeline = (Button(texts.timeline, Press(View.TIMELINE)),)
    return Reply((pages[page],), (*_turning(View.CLAIM, 0, page, len(pages)), timeline, _agreed(0, texts)))


# -- parts of a card


def _line(number: int, verdict: Verdict, texts: Texts) -> list[Span]:
    words = isolated(shortened(verdict.claim.quote, _LINE_SHOWN))
    return [_bold(f"{chr(10) if number > 1 else ''}{number}. {label(verdict.label, texts)}"), Span(f" “{words}”")]


def _came_from(origin: Origin | None, texts: Texts) -> list[Span]:
    """The title and who published it when: of a forwarded post also that it was forwarded later."""
    if origin is None:
        return []
    title = [Span("\n"), link(shortened(origin.title, _WORDS_SHOWN), origin.url)] if origin.title else []
    said = texts.origin(origin.name, origin.published, origin.forwarded)
    return [*title, Span(f"\n{said}", ("i",))] if said else title


def label(one: Label, texts: Texts) -> str:
    """Symbol and word."""
    return f"{_SYMBOLS[one]} {texts.labels[one]}"


def words(verdict: Verdict) -> str:
    """The claim as it was worded."""
    return f"“{isolated(shortened(verdict.claim.quote, _WORDS_SHOWN))}”"


def _grounds(verdict: Verdict, texts: Texts) -> str:
    """What the citations are to the label: only a decided one rests on them."""
    return texts.sources_label if verdict.label.decided else texts.nearest_label


def _card_end(article: CheckedArticle, texts: Texts) -> Block:
    days = [verdict.as_of for verdict in article.verdicts if verdict.as_of]
    closing = [texts.program_note, *([texts.as_of(max(days))] if days else []), texts.ask_on] if article.verdicts else []
    return (Span(_lines([texts.left_out(article.opinions, article.skipped)])), Span("\n"), Span(_lines(closing, " "), ("i",)))


# -- buttons


def _rows(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    """Rows of nearly the same length."""
    rows = -(-len(buttons) // _BUTTONS_A_ROW)
    width = -(-len(buttons) // rows) if rows else 1
    return [tuple(buttons[at : at + width]) for at in range(0, len(buttons), width)]


def _turning(view: View, number: int, page: int, pages: int) -> list[tuple[Button, ...]]:
    """The way to the other pages."""
    if pages < 2:
        return []
    back = [Button(f"‹ {page}/{pages}", Press(view, number, page - 1))] if page else []
    forth = [Button(f"{page + 2}/{pages} ›", Press(view, number, page + 1))] if page + 1 < pages else []
    return [(*back, *forth)]


def _below(article: CheckedArticle, texts: Texts) -> list[tuple[Button, ...]]:
    if not any(verdict.citations for verdict in article.verdicts):
        return []
    return [(Button(texts.sources_label, Press(View.SOURCES)), Button(texts.timeline, Press(View.TIMELINE)))]


def _about(verdict: Verdict, number: int, texts: Texts) -> list[tuple[Button, ...]]:
    """What can be done with a verdict."""
    if verdict.label is Label.NOT_CHECKABLE:
        return [_agreed(number, texts)]
    timeline = [Button(texts.timeline, Press(View.TIMELINE, number))] if verdict.citations else []
    open_ = [_told_later(number, texts)] if verdict.label is Label.NOT_ENOUGH_EVIDENCE else []
    return [(*timeline, Button(texts.why_trust, Press(View.WHY, number))), *open_, _agreed(number, texts)]


def _told_later(number: int, texts: Texts) -> tuple[Button, ...]:
    return (Button(texts.tell_me, Press(View.TELL, number)),)


def _agreed(number: int, texts: Texts) -> tuple[Button, ...]:
    return (Button(f"👍 {texts.helpful}", Press(View.GOOD, number)), Button(f"👎 {texts.not_helpful}", Press(View.BAD, number)))


# -- parts of a claim or an answer


def _side_by_side(comparisons: Sequence[Comparison], texts: Texts) -> list[Block]:
    if not comparisons:
        return []
    return [(_bold(texts.compared_title), *(Span(f"\n{_compared(comparison, texts)}") for comparison in comparisons))]


def _compared(comparison: Comparison, texts: Texts) -> str:
    line = texts.compared(texts.aspects[comparison.aspect], isolated(comparison.claimed), sourced(comparison, texts.language))
    if comparison.agrees is None:
        return f"• {line}"
    return f"✓ {line} ({texts.agrees})" if comparison.agrees else f"✗ {line} ({texts.differs})"


def _cited(citations: Sequence[Citation], texts: Texts, title: str) -> list[Block]:
    quoted: list[Block] = [
        (
            Span(citation.quote, ("blockquote",)),
            *_translated(citation, texts),
            Span("\n"),
            *_source_links(_sources(citation), texts),
            *_disputed(citation, texts),
        )
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
    """A passage that an answer cites: the numbers it has there, its links, and the cited words and what is disputed where the answer does not hold them."""
    numbers, (_, first) = "".join(f"[{number}]" for number, _ in group), group[0]
    unsaid = [span for _, citation in group if citation.quote not in text for span in (Span("\n"), Span(citation.quote, ("blockquote",)))]
    disputed = [] if (first.passage.provenance.contested or "") in text else _disputed(first, texts)
    return [Span(f"\n{numbers} "), *_source_links(_sources(first), texts), *disputed, *unsaid]


def _confidence(verdict: Verdict, texts: Texts) -> list[str]:
    """How sure a decided label is: of one that settles nothing a share would say nothing."""
    return [texts.confidence(verdict.confidence)] if verdict.label.decided else []


def _translated(citation: Citation, texts: Texts) -> list[Span]:
    """What an entry in another language than the reader's is about: a translation is shown as one, never quoted."""
    provenance = citation.passage.provenance
    translation = provenance.translated(texts.language) if provenance.language != texts.language else None
    return [Span(f"\n{texts.translated_label}: {translation.title}", ("i",))] if translation else []


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


def source_links(verdict: Verdict, texts: Texts) -> list[Span]:
    """What a verdict rests on, as links."""
    return _source_links([source for citation in verdict.citations for source in _sources(citation)[:1]], texts)


def _source_links(found: Iterable[Source], texts: Texts) -> list[Span]:
    links = list(dict.fromkeys(link(_named(source, texts), source.url) for source in found))[:_LINKS_SHOWN]
    return [span for at, one in enumerate(links) for span in ([Span(" · ")] if at else []) + [one]]


def _named(source: Source, texts: Texts) -> str:
    return f"{source.publisher}, {texts.date(source.published)}" if source.published else source.publisher


def _bold(text: str, *marks: Mark) -> Span:
    return Span(text, ("b", *marks))


def _lines(parts: Iterable[str], between: str = "\n") -> str:
    return between.join(part for part in parts if part)
