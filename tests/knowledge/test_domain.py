from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from knowledge.domain import Answer, Citation, Claim, Label, Passage, Period, Verdict


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2024-12-06", dt.date(2024, 12, 6), dt.date(2024, 12, 6), "day"),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29), "month"),
        ("2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31), "year"),
        ("2023-05/2025-03-14", dt.date(2023, 5, 1), dt.date(2025, 3, 14), "range"),
    ],
)
def test_a_period_keeps_how_exactly_it_is_dated(text: str, first: dt.date, last: dt.date, precision: str) -> None:
    period = Period.parse(text)
    assert (period.first, period.last, period.precision) == (first, last, precision)
    assert Period.parse(period.iso) == period


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "2024-02-30", "2025/2024", "24-01-01", "2024-1-1"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the wording is Python's own for impossible days
        Period.parse(text)


def test_a_decided_verdict_without_a_citation_cannot_be_built() -> None:
    for label in (Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING):
        with pytest.raises(ValidationError, match="needs a citation"):
            Verdict(claim=Claim.whole("It rained."), label=label, confidence=0.9, rationale="Because.")


def test_a_citation_outside_its_passage_cannot_be_built(passage: Passage) -> None:
    for start, end in ((0, len(passage.text) + 1), (5, 5), (7, 3)):
        with pytest.raises(ValidationError):
            Citation(passage=passage, start=start, end=end)


def test_an_answer_is_cited_or_says_what_is_missing(passage: Passage) -> None:
    with pytest.raises(ValidationError):
        Answer(question="When?", text="In May.")
    with pytest.raises(ValidationError):
        Answer(question="When?", text="In May.", citations=(Citation(passage=passage, start=0, end=5),), missing="All.")


def test_a_claim_spans_its_quote() -> None:
    with pytest.raises(ValidationError, match="span"):
        Claim(text="It rained.", quote="It rained.", start=0, end=3)
