"""A label and what was found in the cited passages in, one or two plain sentences why out, in the reader's language. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from babel.dates import format_date

from knowledge.domain import Aspect, Comparison, Evidence, Label, Language, Period, Reason
from knowledge.i18n import words

Found = tuple[Evidence, tuple[Comparison, ...]]
LISTED = 5
"""So many values are listed at the most."""


def not_checkable(reason: Reason, language: Language = "en") -> str:
    gettext = words(language).gettext
    return {
        Reason.OPINION: gettext("This is a judgement or an opinion: sources can tell what happened, not whether it was right."),
        Reason.PREDICTION: gettext("This is about the future: no source can bear it out yet."),
        Reason.QUESTION: gettext("This asks and states nothing."),
        Reason.RHETORIC: gettext("This says nothing definite enough to hold against a source."),
        Reason.WISH: gettext("This says what ought to be, not what is."),
        Reason.PERSONAL: gettext("This is personal, or about the text itself: no source would record it."),
    }[reason]


def differing_readings(language: Language = "en") -> str:
    gettext = words(language).gettext
    return gettext("A claim like this was checked before, but the sources read here point elsewhere: this one stays open.")


def overtaken(language: Language = "en") -> str:
    gettext = words(language).gettext
    return gettext("The source that says otherwise was overtaken by later events, and the claim names no day: this one stays open.")


def too_long(language: Language = "en") -> str:
    gettext = words(language).gettext
    return gettext(
        "This is too long to be read as one claim: only its beginning could be compared with the sources. Its parts can be checked one by one."
    )


def explain(label: Label, cited: Sequence[Found], language: Language = "en", uncovered: Sequence[str] = ()) -> str:
    """Says what the sources bear out, contradict or leave open; `cited` as the verdict cites them, the deciding one first.

    `uncovered` are words of the claim that it does not have.
    """
    say = words(language)
    if not cited:
        return say.gettext("The sources hold nothing on this.")
    evidence, comparisons = cited[0]
    contested = evidence.passage.provenance.contested
    match label:
        case Label.SUPPORTED:
            parts = [
                say.ngettext("One source bears it out.", "{n} entries of the sources bear it out.", len(cited)).format(n=len(cited)),
                _listed(say.gettext("In agreement: {values}."), comparisons, language, agrees=True),
                _listed(say.gettext("Not found in them: {values}."), comparisons, language, agrees=None),
                say.gettext("Part of the matter is contested; see the source.") if contested else "",
            ]
        case Label.REFUTED:
            says = say.ngettext("One source says otherwise.", "{n} entries of the sources say otherwise.", len(cited)).format(n=len(cited))
            parts = [says, *_differences(comparisons, language)]
            if comparisons and all(one.agrees is not False for one in comparisons):
                parts.append(say.gettext("No date, number or person differs: compare the quoted words themselves."))
        case Label.CONFLICTING:
            disputed = say.gettext("The matter is contested between the parties: see the quoted words.")
            halved = say.gettext("One part is borne out, another is not: see the quoted words.")
            parts = [disputed if contested else halved, *_differences(comparisons, language)]
        case _:
            parts = [
                say.gettext("The sources come near, but do not settle it."),
                _listed(say.gettext("Not found in them: {values}."), comparisons, language, agrees=None),
                say.gettext("Words of the claim that the nearest source does not have: {words}.").format(words=", ".join(uncovered))
                if uncovered
                else "",
                say.gettext("What would settle it: a source that states this very point."),
            ]
    return " ".join(part for part in parts if part)


def unanswered(unknown: Sequence[str], nearest: Sequence[str], language: Language = "en") -> str:
    """What the sources lack to answer a question, and the titles of what they have that comes nearest."""
    gettext = words(language).gettext
    parts = [
        gettext("The sources hold nothing that answers this."),
        gettext("They do not mention {names} in this connection.").format(names=", ".join(unknown)) if unknown else "",
        gettext("The nearest they have: {titles}.").format(titles="; ".join(nearest)) if nearest else "",
        gettext("What would settle it: a source that states this very point."),
    ]
    return " ".join(part for part in parts if part)


def without_model(why: str, language: Language = "en") -> str:
    """`why` as the failure says it, in English."""
    return words(language).gettext("The language model was left out: {why}. This is the built-in reading.").format(why=why)


def left_out(dropped: int, language: Language = "en") -> str | None:
    """What a reader is told of the sentences of a language model that were dropped."""
    if not dropped:
        return None
    return (
        words(language)
        .ngettext(
            "{n} sentence of the language model did not stand up to the sources and is left out.",
            "{n} sentences of the language model did not stand up to the sources and are left out.",
            dropped,
        )
        .format(n=dropped)
    )


def model_without_words(language: Language = "en") -> str:
    return words(language).gettext("The language model gave no words that stand in the sources; this is the built-in reading.")


def model_reads_otherwise(language: Language = "en") -> str:
    gettext = words(language).gettext
    return gettext(
        "The language model and the built-in judge read the sources differently: see the quoted words. Neither reading is given as a verdict."
    )


def _listed(sentence: str, comparisons: Sequence[Comparison], language: Language, *, agrees: bool | None) -> str:
    values = [f"{one.claimed} ({_aspect(one.aspect, language)})" for one in comparisons if one.agrees is agrees]
    return sentence.format(values=", ".join(values[:LISTED])) if values else ""


def _aspect(aspect: Aspect, language: Language) -> str:
    gettext = words(language).gettext
    return {
        Aspect.DATE: gettext("date"),
        Aspect.NUMBER: gettext("number"),
        Aspect.NAME: gettext("name"),
        Aspect.NEGATION: gettext("negation"),
        Aspect.WORDING: gettext("wording"),
    }[aspect]


def _differences(comparisons: Sequence[Comparison], language: Language) -> list[str]:
    sentence = words(language).gettext("The claim says {claimed}, the source {sourced}.")
    differ = [one for one in comparisons if one.agrees is False and one.aspect in (Aspect.DATE, Aspect.NUMBER)]
    return [sentence.format(claimed=one.claimed, sourced=sourced(one, language)) for one in differ[:3]]


def sourced(comparison: Comparison, language: Language = "en") -> str | None:
    """What the source says: its own words, or the day of its entry as a reader writes it."""
    if comparison.aspect is not Aspect.DATE or comparison.sourced is None:
        return comparison.sourced
    try:
        period = Period.parse(comparison.sourced)
    except ValueError:
        return comparison.sourced
    return _written(period, language)


def _written(period: Period, language: Language) -> str:
    match period.precision:
        case "day":
            return _day(period.first, "d MMMM y", language)
        case "month":
            return _day(period.first, "LLLL y", language)
        case "year":
            return str(period.first.year)
        case "range":
            return " – ".join(_day(day, "d MMMM y", language) for day in (period.first, period.last))


def _day(day: dt.date, pattern: str, language: Language) -> str:
    return str(format_date(day, pattern, locale=language))
