"""Verdicts, answers and search results in, readable lines for a terminal out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.evaluation import Report
from ingest.ingester import Counts
from knowledge.domain import Answer, Citation, Claim, Comparison, Evidence, Label, Period, Verdict
from knowledge.fact_check import CheckedArticle
from knowledge.rationale import sourced

QUOTED = 3
"""So many sources of a verdict are quoted; further ones are named."""
_LABELS = {
    Label.SUPPORTED: ("✔", "Supported", "green"),
    Label.REFUTED: ("✘", "Refuted", "red"),
    Label.CONFLICTING: ("≠", "Conflicting", "yellow"),
    Label.NOT_ENOUGH_EVIDENCE: ("?", "Not enough evidence", "blue"),
    Label.NOT_CHECKABLE: ("○", "Not checkable", "bright_black"),
}


def article(checked: CheckedArticle) -> Group:
    """One finding a claim, in the order of the article, then what was left out."""
    found: list[RenderableType] = [verdict(one) for one in checked.verdicts]
    if not found:
        found = [Text("Nothing in this text can be checked against sources.")]
    rest = [
        f"{checked.sentences} sentences read",
        f"{len(checked.verdicts)} claims checked",
        f"{checked.opinions} not checkable (opinion, prediction, rhetoric)",
    ]
    if checked.skipped:
        rest.append(f"{checked.skipped} further claims left out (FOOTNOTE_MAX_CLAIMS)")
    as_of = max((one.as_of for one in checked.verdicts if one.as_of), default=None)
    ends = f" The sources end on {as_of.day} {as_of:%B %Y}." if as_of else ""
    return Group(*found, Text(f"{', '.join(rest)}.{ends}", style="bright_black"))


def verdict(found: Verdict) -> Group:
    symbol, word, colour = _LABELS[found.label]
    sure = f"  {found.confidence:.0%} sure" if found.label.decided else ""
    head = Text.assemble((f"{symbol} {word}", f"bold {colour}"), (sure, "bright_black"))
    lines: list[RenderableType] = [head, _indented(Text(f"“{found.claim.quote}”", style="bold")), _indented(Text(found.rationale))]
    if found.match is not None:
        lines.append(_indented(Text(f"Checked before: “{found.match.wording}” (similarity {found.match.similarity:.2f})", style="cyan")))
    lines += [_indented(_side_by_side(comparison)) for comparison in found.comparisons if comparison.agrees is False]
    lines += [
        _indented((_citation if number <= QUOTED else _mention)(number, citation)) for number, citation in enumerate(found.citations, 1)
    ]
    lines += [_indented(line) for line in _later(found.later, len(found.citations))]
    if found.note:
        lines.append(_indented(Text(found.note, style="bright_black")))
    return Group(*lines, Text())


def _later(found: Sequence[Citation], before: int) -> list[Text]:
    """What changed after what is cited; numbered on from the citations."""
    title = [Text("What changed afterwards", style="bold")] if found else []
    return [*title, *(_citation(number, citation) for number, citation in enumerate(found, before + 1))]


def answer(found: Answer) -> Group:
    if found.abstained:
        return Group(Text("The sources do not say.", style="bold"), Text(found.missing or ""), *_about_passage(found), *_noted(found))
    ends = [Text(f"The sources end on {found.as_of.day} {found.as_of:%B %Y}.", style="bright_black")] if found.as_of else []
    return Group(
        Text(found.text),
        Text(),
        *(_citation(number, citation) for number, citation in enumerate(found.citations, 1)),
        *_later(found.later, len(found.citations)),
        *_about_passage(found),
        *ends,
        *_noted(found),
    )


def _about_passage(found: Answer) -> list[RenderableType]:
    """How the sources put the loaded words of the quoted passage, and what in it is a claim and what is not."""
    lines: list[RenderableType] = []
    for number, one in enumerate(found.wording, len(found.citations) + len(found.later) + 1):
        lines += [Text.assemble(("\nWording: ", "bold"), f"“{one.word}”. {one.note}"), _citation(number, one.citations[0])]
    if found.parts:
        lines.append(Text("\nIn the passage", style="bold"))
        lines += [Text(f"{part.reason.value if part.reason else 'claim'}: “{part.text}”") for part in found.parts]
    return lines


def _noted(found: Answer) -> list[Text]:
    return [Text(found.note, style="bright_black")] if found.note else []


def results(found: Sequence[Evidence]) -> Group:
    return Group(*(line for evidence in found for line in (_head(evidence), _indented(Text(evidence.passage.text)), Text())))


def claims(found: Sequence[Claim]) -> Group:
    return Group(
        *(
            Text.assemble((f"{claim.worth:4.2f} ", "cyan"), (f"{claim.not_checkable or 'claim':<11}", "bright_black"), claim.quote)
            for claim in found
        )
    )


def report(made: Report) -> Table:
    table = Table(
        title=f"{made.claims} claims, {made.questions} questions, {made.sentences} sentences, held out; certainty {made.certainty:g}"
    )
    for column in ("figure", "measured", "95 % interval", "rows", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for one in made.figures:
        target = "" if one.target is None else f"{'≤' if one.at_most else '≥'} {one.target:.0%}"
        style = None if one.reached is None else "green" if one.reached else "yellow"
        table.add_row(one.name, f"{one.value:.1%}", f"{one.low:.1%} to {one.high:.1%}", str(one.rows), target, style=style)
    return table


def counts(made: Counts) -> str:
    return (
        f"{made.added} entries added, {made.changed} changed, {made.removed} removed, {made.unchanged} unchanged; "
        f"{made.entries} entries in {made.passages} passages are indexed."
    )


def _head(evidence: Evidence) -> Text:
    about = evidence.passage.provenance
    return Text.assemble(
        (f"{evidence.score:.3f} ", "cyan"),
        (about.title or evidence.passage.document_id, "bold"),
        (f"  {_date(about.period)}", "bright_black"),
    )


def _side_by_side(comparison: Comparison) -> Text:
    return Text.assemble(
        (f"{comparison.aspect.value}: ", "bright_black"), (comparison.claimed, "red strike"), " → ", (sourced(comparison) or "", "green")
    )


def _citation(number: int, citation: Citation) -> Text:
    source = citation.passage.source
    where = ", ".join(part for part in (source.publisher if source else "", _date(citation.passage.provenance.period)) if part)
    link = f"\n    {source.url}" if source and source.url else ""
    return Text.assemble((f"[{number}] ", "cyan"), f"“{citation.quote}”", (f" ({where})" if where else "", "bright_black"), (link, "blue"))


def _mention(number: int, citation: Citation) -> Text:
    """A source that is named without its words: there are several before it."""
    source, about = citation.passage.source, citation.passage.provenance
    where = f" ({_date(about.period)}) " if about.period else " "
    return Text.assemble(
        (f"[{number}] ", "cyan"),
        about.title or citation.passage.document_id,
        (where, "bright_black"),
        (source.url or "" if source else "", "blue"),
    )


def _date(period: Period | None) -> str:
    if period is None:
        return ""
    if period.precision == "day":
        return f"{period.first.day} {period.first:%B %Y}"
    if period.precision == "month":
        return f"{period.first:%B %Y}"
    if period.precision == "year":
        return f"{period.first:%Y}"
    return f"{period.first.day} {period.first:%B %Y} to {period.last.day} {period.last:%B %Y}"


def _indented(line: RenderableType) -> Padding:
    return Padding(line, (0, 0, 0, 2))


def console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=False)
