"""A label and what was found in the cited passages in, one or two plain sentences why out. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.domain import Aspect, Comparison, Evidence, Label, Reason

Found = tuple[Evidence, tuple[Comparison, ...]]

_ASIDE = {
    Reason.OPINION: "This is a judgement or an opinion: sources can tell what happened, not whether it was right.",
    Reason.PREDICTION: "This is about the future: no source can bear it out yet.",
    Reason.QUESTION: "This asks and states nothing.",
    Reason.RHETORIC: "This says nothing definite enough to hold against a source.",
    Reason.WISH: "This says what ought to be, not what is.",
    Reason.PERSONAL: "This is personal, or about the text itself: no source would record it.",
}


def not_checkable(reason: Reason) -> str:
    return _ASIDE[reason]


def differing_readings() -> str:
    return "A claim like this was checked before, but the sources read here point elsewhere: this one stays open."


def explain(label: Label, cited: Sequence[Found]) -> str:
    """Says what the sources bear out, contradict or leave open; `cited` as the verdict cites them, the deciding one first."""
    if not cited:
        return "The sources hold nothing on this."
    evidence, comparisons = cited[0]
    contested = evidence.passage.provenance.contested
    match label:
        case Label.SUPPORTED:
            said = f"{_count(cited)} bear{'s' if len(cited) == 1 else ''} it out." + _listed(" In agreement: ", comparisons, agrees=True)
            return said + (" Part of the matter is contested; see the source." if contested else "")
        case Label.REFUTED:
            return f"{_count(cited)} say{'s' if len(cited) == 1 else ''} otherwise." + _differences(comparisons)
        case Label.CONFLICTING:
            why = "The matter is contested between the parties" if contested else "One part is borne out, another is not"
            return f"{why}: see the quoted words." + _differences(comparisons)
        case _:
            missing = _listed(" Not found in them: ", comparisons, agrees=None)
            return f"The sources come near, but do not settle it.{missing} What would settle it: a source that states this very point."


def _count(cited: Sequence[Found]) -> str:
    return "One source" if len(cited) == 1 else f"{len(cited)} entries of the sources"


def _listed(lead: str, comparisons: Sequence[Comparison], *, agrees: bool | None) -> str:
    values = [f"{one.claimed} ({one.aspect.value})" for one in comparisons if one.agrees is agrees]
    return f"{lead}{', '.join(values[:5])}." if values else ""


def _differences(comparisons: Sequence[Comparison]) -> str:
    differ = [one for one in comparisons if one.agrees is False and one.aspect in (Aspect.DATE, Aspect.NUMBER)]
    return "".join(f" The claim says {one.claimed}, the source {one.sourced}." for one in differ[:3])
