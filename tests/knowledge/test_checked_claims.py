"""Claims that were checked before, over the shipped packs: real index, real models."""

from __future__ import annotations

import pytest

from bot.parts import Parts
from knowledge.domain import Claim, Label


@pytest.mark.parametrize(
    "claim",
    [
        "Nicușor Dan l-a învins pe George Simion în turul al doilea al alegerilor prezidențiale din mai 2025.",
        "У травні 2025 року Нікушор Дан переміг Джордже Сіміона в другому турі президентських виборів у Румунії.",
        "Никушор Дан победил Джордже Симиона во втором туре президентских выборов в Румынии в мае 2025 года.",
    ],
)
def test_a_claim_that_says_the_same_is_matched_and_shows_it(parts: Parts, claim: str) -> None:
    match = parts.checked_claims.match(claim)
    assert match is not None
    assert match.checked.label is Label.SUPPORTED
    verdict = parts.fact_checker.judge(Claim.whole(claim))
    assert verdict.match == match
    assert verdict.label is Label.SUPPORTED
    assert all(citation.quote in citation.passage.text for citation in verdict.citations)


@pytest.mark.parametrize(
    "claim",
    [
        "George Simion defeated Nicușor Dan in the second round of Romania's presidential election in May 2025.",
        "Nicușor Dan did not defeat George Simion in the Romanian presidential run-off of May 2025.",
        "Nicușor Dan beat George Simion in the Romanian presidential run-off of May 2024.",
        "Romania's Constitutional Court annulled the presidential election unanimously in December 2023.",
        "Ukraine killed 1,400 civilians in Donbas before 2022.",
    ],
    ids=["roles", "negation", "date", "another date", "number"],
)
def test_a_swap_is_not_taken_for_the_same_claim(parts: Parts, claim: str) -> None:
    match = parts.checked_claims.match(claim)
    assert match is None or match.checked.id == "cc-ro-simion-won"


def test_every_checked_claim_finds_itself_and_the_words_that_carry_it(parts: Parts) -> None:
    for checked in parts.store.checked_claims():
        assert {language for language, _ in checked.wordings} == {"en", "ro", "uk", "ru"}
        assert len(parts.checked_claims.citations(checked)) == len(checked.quotes)


def test_nothing_near_is_no_match(parts: Parts) -> None:
    assert parts.checked_claims.match("The mayor of Altona resigned on 3 May 2024.") is None
