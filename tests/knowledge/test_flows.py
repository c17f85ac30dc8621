"""The flows over the shipped packs: real embeddings, real Chroma."""

from __future__ import annotations

import pytest

from bot.parts import Parts
from knowledge.domain import Citation, Claim, Label, Reason, Verdict
from knowledge.explain import asked
from knowledge.judge import Judge
from knowledge.language import sentences
from knowledge.rationale import too_long

ARTICLE = """\
What a week for democracy! On 6 December 2024 the Constitutional Court of Romania annulled the presidential election.
Nobody can be proud of that. Will anyone ever apologise?
Control over further Ukrainian land—beyond the four regions already liberated—is seen as a condition for talks.
We must stand together. Trump took the oath on 20 January 2025 in the Capitol Rotunda.
"""


def test_claims_keep_their_words_and_place_and_opinions_say_why(parts: Parts) -> None:
    found = {claim.quote: claim for claim in parts.claim_finder.find(ARTICLE)}
    assert all(ARTICLE[claim.start : claim.end] == claim.quote for claim in found.values())
    assert found["Will anyone ever apologise?"].not_checkable is Reason.QUESTION
    assert found["Nobody can be proud of that."].not_checkable is Reason.OPINION
    assert found["Trump took the oath on 20 January 2025 in the Capitol Rotunda."].not_checkable is None


def test_an_article_is_checked_in_its_order_and_nothing_is_silently_dropped(parts: Parts) -> None:
    checked = parts.fact_checker.check(ARTICLE)
    starts = [verdict.claim.start for verdict in checked.verdicts]
    assert starts == sorted(starts)
    assert len(parts.claim_finder.find(ARTICLE)) == len(checked.verdicts) + checked.opinions + checked.skipped


def test_what_a_sentence_states_besides_is_no_further_sentence(parts: Parts) -> None:
    assert parts.fact_checker.check(ARTICLE).sentences == len(sentences(ARTICLE))


def test_of_a_sentence_too_long_to_be_read_the_clauses_are_decided(parts: Parts) -> None:
    clause = "Trump took the oath of office as the 47th president of the United States on 20 January 2025 in the Capitol Rotunda"
    long = f"{clause}, where Chief Justice John Roberts administered it, {'and many guests had come, ' * 12}and he resigned in the evening."
    found = {verdict.claim.text: verdict for verdict in parts.fact_checker.check(long).verdicts}
    assert found[long].rationale == too_long()
    assert found[clause].label is Label.SUPPORTED


def test_what_is_slipped_in_between_dashes_is_a_claim_of_its_own(parts: Parts) -> None:
    quotes = [claim.quote for claim in parts.claim_finder.find(ARTICLE)]
    assert "beyond the four regions already liberated" in quotes
    assert "as everybody knows" not in [
        claim.quote for claim in parts.claim_finder.find("The court—as everybody knows it—ruled on Monday.")
    ]


def test_claims_beyond_the_bound_are_counted(parts: Parts) -> None:
    text = "\n".join(f"On {day} May 2025 the court sentenced {day} members of parliament." for day in range(1, 21))
    checked = parts.fact_checker.check(text)
    assert len(checked.verdicts) == parts.settings.max_claims
    assert checked.skipped >= 1


def test_the_oath_and_the_four_regions_are_answered_with_their_entries(parts: Parts) -> None:
    cited = {c.passage.document_id for verdict in parts.fact_checker.check(ARTICLE).verdicts for c in verdict.citations}
    assert "us-2025-01-20-oath" in cited
    assert {"ua-2022-09-30-annexation-claim", "ua-2022-10-12-unga-es-11-4", "ua-2025-06-28-no-region-fully-held"} <= cited


def test_every_citation_of_a_verdict_is_cut_from_its_passage(parts: Parts) -> None:
    for verdict in parts.fact_checker.check(ARTICLE).verdicts:
        assert all(citation.quote in citation.passage.text for citation in verdict.citations)
        assert verdict.citations or not verdict.label.decided


def test_an_opinion_is_set_aside_with_a_reason(parts: Parts) -> None:
    verdict = parts.fact_checker.check_claim("In my view this is the most shameful court in Europe.")
    assert verdict.label is Label.NOT_CHECKABLE
    assert verdict.citations == ()


def test_a_verdict_that_is_withdrawn_leaves_its_confidence_to_the_others(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    [entry, *_] = parts.store.of_documents(["ro-2024-12-02-ccr-validates-first-round"])
    own = Verdict(
        claim=Claim.whole("The court rejected the first round in Romania."),
        label=Label.REFUTED,
        confidence=0.9,
        rationale="…",
        citations=(Citation(passage=entry, start=0, end=len(entry.text)),),
    )
    monkeypatch.setattr(Judge, "judge", lambda *_: own)
    overtaken = parts.fact_checker.check_claim(own.claim.text)
    differing = parts.fact_checker.judge(
        Claim.whole("Nicușor Dan l-a învins pe George Simion în turul al doilea al alegerilor prezidențiale din mai 2025.")
    )
    assert overtaken.later
    assert differing.match
    assert {one.label for one in (overtaken, differing)} == {Label.NOT_ENOUGH_EVIDENCE}
    assert [one.confidence for one in (overtaken, differing)] == pytest.approx([0.1, 0.1])


def test_no_evidence_is_no_verdict(parts: Parts) -> None:
    verdict = parts.fact_checker.check_claim("The mayor of Altona resigned on 3 May 2024.", [])
    assert verdict.label is Label.NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("How many electoral votes did Harris get in 2024?", "226"),
        ("Скільки голосів виборщиків отримав Трамп на виборах 2024 року?", "312"),
        ("În ce dată a anulat CCR alegerile prezidențiale?", "6 December"),
        ("Сколько государств проголосовало за резолюцию ООН об аннексии в октябре 2022 года?", "143"),
    ],
)
def test_an_answer_holds_the_fact_that_was_asked_for(parts: Parts, question: str, fact: str) -> None:
    answer = parts.explainer.answer(question)
    assert fact in answer.text
    assert all(citation.quote in answer.text for citation in answer.citations)


def test_a_question_about_a_passage_is_answered_about_the_passage(parts: Parts) -> None:
    answer = parts.explainer.answer("What does this refer to?", "beyond the four regions already liberated")
    assert any(citation.passage.provenance.pack == "ukraine" for citation in answer.citations)


def test_an_abstention_says_what_is_missing_and_what_is_near(parts: Parts) -> None:
    answer = parts.explainer.answer("Who won the football world cup in 2026?")
    assert answer.abstained
    assert answer.missing


def test_what_a_question_wants_is_read_in_four_languages() -> None:
    assert all(asked(text).date for text in ("When was it?", "Când a fost?", "Коли це було?", "Когда это было?"))
    assert all(asked(text).number for text in ("How many?", "Câți au fost?", "Скільки їх було?", "Сколько их было?"))
    assert all(asked(text).person for text in ("Who won?", "Cine a câștigat?", "Хто переміг?", "Кто победил?"))


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("Care a fost prezența la vot în primul tur al prezidențialelor din 2024?", "ro-2024-11-24-turnout"),
        ("Cu ce au aruncat protestatarii în Centrul Vechi pe 9 martie 2025?", "ro-2025-03-09-unrest-bucharest"),
    ],
)
def test_a_question_finds_the_entry_whose_fact_is_near_in_its_own_language(parts: Parts, question: str, entry: str) -> None:
    assert entry in [evidence.passage.document_id for evidence in parts.explainer.search(question, None)]
