"""Claims that were checked before, over the shipped packs: real index, real models."""

from __future__ import annotations

import pytest

from bot.parts import Parts
from knowledge.checked_claims import OTHERS, TRUE, turned_round
from knowledge.domain import Claim, Label, Match


@pytest.mark.parametrize(
    "claim",
    [
        "Nicușor Dan l-a învins pe George Simion în turul al doilea al alegerilor prezidențiale din mai 2025.",
        "У травні 2025 року Нікушор Дан переміг Джордже Сіміона в другому турі президентських виборів у Румунії.",
        "Никушор Дан победил Джордже Симиона во втором туре президентских выборов в Румынии в мае 2025 года.",
    ],
)
def test_a_claim_that_says_the_same_is_matched_and_shows_it(parts: Parts, claim: str) -> None:
    match = _match(parts, claim)
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
    match = _match(parts, claim)
    assert match is None or match.checked.label is not Label.SUPPORTED


def test_every_checked_claim_cites_the_words_that_carry_it(parts: Parts) -> None:
    checked = parts.store.checked_claims()
    assert len(checked) > 5000
    for one in [one for one in checked if one.why] + checked[::50]:
        assert len(parts.checked_claims.citations(one)) == len(one.quotes)


def test_the_claims_that_circulate_most_are_there_in_four_languages(parts: Parts) -> None:
    most = [one for one in parts.store.checked_claims() if one.why]
    assert len(most) >= 80
    assert all(set(one.claim) == {"en", "ro", "uk", "ru"} for one in most)


def test_the_single_facts_of_an_entry_are_found_in_every_language(parts: Parts) -> None:
    facts = [one for one in parts.store.checked_claims() if ".fact-" in one.id]
    assert len(facts) > 2000
    for one in facts[::400]:
        for text in one.claim.values():
            assert one.id in [precedent.wording.checked_id for precedent in parts.checked_claims.precedents(text)]


def test_the_nearest_true_claims_and_the_nearest_others_are_read(parts: Parts) -> None:
    read = parts.checked_claims.precedents("Romania's Constitutional Court annulled the presidential election on 6 December 2024.")
    true = [one for one in read if one.wording.label is Label.SUPPORTED]
    assert (len(true), len(read) - len(true)) == (TRUE, OTHERS)
    assert [one.wording.similarity for one in read] == sorted((one.wording.similarity for one in read), reverse=True)


def test_nothing_near_is_no_precedent(parts: Parts) -> None:
    assert parts.checked_claims.match(parts.checked_claims.precedents("A recipe for plum jam needs two kilos of sugar.")) is None


def _match(parts: Parts, claim: str) -> Match | None:
    return parts.checked_claims.match(parts.checked_claims.precedents(claim))


@pytest.mark.parametrize(
    ("one", "other", "turned"),
    [
        ("Dan beat Simion in May 2025.", "Simion beat Dan in May 2025.", True),
        ("Trump met Putin in Alaska.", "Trump never met Putin in Alaska.", True),
        ("Трамп встретился с Путиным.", "У травні Трамп зустрівся з Путіним.", False),
    ],
    ids=["roles", "negation", "the same"],
)
def test_what_may_turn_a_claim_round_is_seen(one: str, other: str, turned: bool) -> None:
    assert turned_round(one, other) is turned
