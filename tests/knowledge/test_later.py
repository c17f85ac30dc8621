"""What was so then and is no longer: readers are told what changed."""

from __future__ import annotations

import pytest

from bot import export, render
from bot.found import Found
from bot.parts import Parts
from bot.texts import texts_for
from knowledge.domain import Citation, Claim, Label, Verdict

VALIDATED, ANNULLED = "ro-2024-12-02-ccr-validates-first-round", "ro-2024-12-06-annulment-ruling-32"


def cited(parts: Parts, entry: str) -> Citation:
    [passage, *_] = parts.store.of_documents([entry])
    return Citation(passage=passage, start=0, end=len(passage.text))


def judged(parts: Parts, monkeypatch: pytest.MonkeyPatch, claim: str, label: Label, *entries: str) -> Verdict:
    """What becomes of a verdict that the judge reaches on these entries."""
    citations = tuple(cited(parts, entry) for entry in entries)
    made = Verdict(claim=Claim.whole(claim), label=label, confidence=0.9, rationale="…", citations=citations)
    monkeypatch.setattr(parts.fact_checker, "judge", lambda *_, **__: made)
    return parts.fact_checker.check_claim(claim)


def test_a_verdict_says_what_overtook_its_source(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(parts, monkeypatch, "The court validated the first round in Romania.", Label.SUPPORTED, VALIDATED)
    assert verdict.label is Label.SUPPORTED
    assert [one.passage.document_id for one in verdict.later] == [ANNULLED]
    assert all(one.quote in one.passage.text and one.quote != one.passage.provenance.title for one in verdict.later)


def test_nothing_is_repeated_that_the_verdict_cites(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(parts, monkeypatch, "The court annulled the election in Romania.", Label.SUPPORTED, ANNULLED)
    assert verdict.later == ()


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        ("The court rejected the first round in Romania.", Label.NOT_ENOUGH_EVIDENCE),
        ("On 2 December 2024 the court rejected the first round in Romania.", Label.REFUTED),
    ],
)
def test_what_no_longer_holds_calls_false_only_what_names_a_day(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, claim: str, label: Label
) -> None:
    verdict = judged(parts, monkeypatch, claim, Label.REFUTED, VALIDATED)
    assert verdict.label is label
    assert [one.passage.document_id for one in verdict.later] == [ANNULLED]


@pytest.mark.parametrize("language", ["en", "ro", "uk", "ru"])
def test_readers_see_what_changed_and_where_it_stands(parts: Parts, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    texts = texts_for(language)
    verdict = judged(parts, monkeypatch, "The court validated the first round in Romania.", Label.SUPPORTED, VALIDATED)
    shown = " ".join(render.claim(verdict, texts, 0, 0).pages)
    assert texts.later_label in shown
    assert "Ruling no. 32" in shown
    assert f"**{texts.later_label}**" in export.markdown(Found(verdict=verdict), texts)


def test_an_answer_says_until_when_it_was_so(parts: Parts) -> None:
    found = parts.explainer.answer("Who became interim president of Romania in February 2025?")
    assert "ro-2025-02-12-bolojan-interim" in {one.passage.document_id for one in found.citations}
    assert "ro-2025-05-26-dan-inaugurated" in {one.passage.document_id for one in (*found.later, *found.citations)}
