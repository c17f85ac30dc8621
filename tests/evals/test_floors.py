"""Floors under the quality on held-out material. They are only ever raised on purpose; `footnote eval` has the figures of the whole."""

from __future__ import annotations

from bot.evaluation import answered, claim_figures, judged, question_figures, read, sentence_figures, told_apart
from bot.parts import Parts
from knowledge.circulating import threshold
from tests.evals.chatter import figures as note_figures
from tests.evals.chatter import messages, noted
from tests.evals.measure import HERE, values


def test_verdicts_hold_and_quotes_are_literal(parts: Parts) -> None:
    figures = values(claim_figures(judged(parts, read(HERE, "claims", every=6))))
    assert figures["deciding entry among the first five"] >= 0.97
    assert figures["quotes literal"] == 1
    assert figures["true claims called refuted"] <= 0.01


def test_questions_are_answered_or_abstained_on(parts: Parts) -> None:
    figures = values(question_figures(answered(parts, read(HERE, "questions"))))
    assert figures["answered with the key fact"] >= 0.7
    assert figures["unanswerable questions abstained on"] >= 0.9


def test_opinions_are_told_from_claims(parts: Parts) -> None:
    assert (
        values(sentence_figures(told_apart(parts, read(HERE, "sentences", every=3))))["sentences told rightly to be checkable or not"]
        >= 0.9
    )


def test_moderators_are_told_of_what_is_stated_and_of_no_ordinary_talk(parts: Parts) -> None:
    found = noted(parts, messages(every=10))
    notes, right, _, recall = note_figures(found, threshold(0.9))
    assert notes >= 20
    assert right >= 0.75
    assert recall >= 0.5
    ordinary = [one for one in found if one.kind in ("chat", "politics", "joke", "spam", "news")]
    assert sum(one.share >= threshold(0.9) for one in ordinary) <= 0.005 * len(ordinary)
