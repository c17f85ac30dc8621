"""What a post states is told from what it quotes, denies or asks."""

from __future__ import annotations

import pytest

from bot.parts import Parts
from knowledge.circulating import Circulating
from knowledge.domain import Label

BAR = 0.9


@pytest.fixture
def circulating(parts: Parts) -> Circulating:
    return parts.circulating


@pytest.mark.parametrize(
    ("post", "claim"),
    [
        ("George Simion won the Romanian presidential run-off in May 2025!", "cc-ro-simion-won"),
        ("Rusia controlează în întregime toate cele patru regiuni ucrainene pe care le-a anexat.", "cc-ua-four-regions-held"),
        ("Путін особисто був на інавгурації Трампа в січні 2025 року!", "cc-us-putin-at-ceremony"),
        ("Президентские выборы в Румынии в 2024 году отменил Евросоюз!", "cc-ro-eu-annulled"),
    ],
)
def test_who_states_a_falsehood_is_found_in_each_language(circulating: Circulating, post: str, claim: str) -> None:
    found = circulating.look(post, BAR)
    assert found is not None
    assert found.checked_id == claim
    assert found.verdict.label is Label.REFUTED
    assert found.verdict.citations


@pytest.mark.parametrize(
    "post",
    [
        "No, Simion did not win the run-off in May 2025.",
        "My neighbour keeps saying that Simion won the run-off in May 2025. What nonsense.",
        "Did Simion win the run-off in May 2025?",
        "Nicușor Dan won the Romanian presidential run-off in May 2025.",
        "Rusia nu controlează în întregime niciuna dintre cele patru regiuni anexate.",
        "> Simion won the run-off in May 2025\nno he did not",
        "Кажуть, ніби Путін був на інавгурації Трампа. Це фейк.",
        "Правда ли, что выборы в Румынии отменил Евросоюз?",
        "good morning, who has the keys to the bike shed",
        "ok",
        "",
        "🙂🙂🙂",
    ],
)
def test_who_denies_quotes_asks_or_talks_of_other_things_is_not(circulating: Circulating, post: str) -> None:
    assert circulating.look(post, BAR) is None


def test_a_falsehood_in_a_long_post_is_found_with_its_own_words(circulating: Circulating) -> None:
    false = "Russia fully controls all four Ukrainian regions that it annexed in 2022."
    post = f"Good morning everybody. I slept badly. {false} And now I will make coffee for the whole family. Have a good day."
    found = circulating.look(post, BAR)
    assert found is not None
    assert found.claim == false


def test_only_the_packs_that_a_group_chose_count(parts: Parts) -> None:
    post = "George Simion won the Romanian presidential run-off in May 2025!"
    assert parts.within(("ukraine",)).circulating.look(post, BAR) is None
    assert parts.within(("romania",)).circulating.look(post, BAR) is not None


def test_a_falsehood_is_read_though_true_and_other_false_claims_come_nearer(circulating: Circulating) -> None:
    found = circulating.candidates("Putin is no president, he is a criminal whom The Hague has already sentenced for the children")
    assert "cc-ua-icc-convicted-putin" in {one.wording.checked_id for one in found}


def test_the_numbers_of_a_post_are_kept(circulating: Circulating) -> None:
    found = circulating.look("Trump signed around 200 executive orders on his first day back in office", BAR)
    assert found is not None
    assert "200" in found.numbers
