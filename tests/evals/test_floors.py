"""Floors under the quality on held-out material. They are only ever raised on purpose; the README has the figures of the whole."""

from __future__ import annotations

from bot.parts import Parts
from tests.evals import measure


def test_the_deciding_entry_is_found(parts: Parts) -> None:
    figures = measure.retrieval(parts, measure.read("claims", every=6))
    assert figures["among first 5"] >= 0.97


def test_verdicts_hold_and_quotes_are_literal(parts: Parts) -> None:
    figures = measure.verdicts(parts, measure.read("claims", every=6))
    assert figures["quotes literal"] == 1
    assert figures["true called refuted"] <= 0.01


def test_questions_are_answered_or_abstained_on(parts: Parts) -> None:
    figures = measure.answers(parts, measure.read("questions"))
    assert figures["with the key fact"] >= 0.6
    assert figures["abstained where unanswerable"] >= 0.45


def test_opinions_are_told_from_claims(parts: Parts) -> None:
    assert measure.checkworthiness(parts, measure.read("sentences", every=3))["right"] >= 0.9
