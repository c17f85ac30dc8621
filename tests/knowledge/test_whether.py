"""What a text asks to be told the truth of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parts import Parts
from knowledge.whether import asked_about

VOTES = "Trump won 312 electoral votes."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Is this claim true: Trump won 312 electoral votes.", VOTES),
        ("Is it true that Trump won 312 electoral votes?!", VOTES),
        ("is it true trump won 312 electoral votes?", "Trump won 312 electoral votes."),
        ("Is this true? Trump won 312 electoral votes", VOTES),
        ("Fact-check: Trump won 312 electoral votes", VOTES),
        ("Can you verify this: “Trump won 312 electoral votes”", VOTES),
        ("Check if it's true that Trump won 312 electoral votes", VOTES),
        ("Trump won 312 electoral votes, is that true?", VOTES),
        ("Trump won 312 electoral votes. True or false?", VOTES),
        ("E adevărat că CCR a anulat alegerile?", "CCR a anulat alegerile."),
        ("Oare e adevarat ca CCR a anulat alegerile", "CCR a anulat alegerile."),
        ("E adevărată afirmația: CCR a anulat alegerile", "CCR a anulat alegerile."),
        ("CCR a anulat alegerile din 2024, e adevărat?", "CCR a anulat alegerile din 2024."),
        ("Чи правда, що Путін дзвонив Трампу?", "Путін дзвонив Трампу."),
        ("Це правда що Путін дзвонив Трампу?", "Путін дзвонив Трампу."),
        ("Путін дзвонив Трампу в лютому, правда?", "Путін дзвонив Трампу в лютому."),
        ("Правда ли, что Путин звонил Трампу?", "Путин звонил Трампу."),
        ("Проверьте: Путин звонил Трампу в феврале", "Путин звонил Трампу в феврале."),
        ("Путин звонил Трампу в феврале. Это правда?", "Путин звонил Трампу в феврале."),
    ],
)
def test_the_claim_is_told_apart_from_the_words_that_ask_about_it(text: str, sentence: str) -> None:
    found = asked_about(text)
    assert found is not None
    assert found.sentence == sentence
    assert text[found.start : found.end].rstrip(".") == sentence.rstrip(".") or text[found.start].islower()


@pytest.mark.parametrize(
    "text",
    [
        "Is this true?",
        "Is it really true??",
        "When was the vote annulled?",
        "It is true that he won, and the court said so.",
        "The right answer is right.",
        "Is that so, and who says it?",
        "Adevărat este că alegerile au fost anulate.",
        "Правда, потім він повернувся до Києва.",
        "Правда, он потом вернулся в Киев.",
        "Este fals că alegerile au fost anulate.",
        "E fake că alegerile au fost anulate.",
        "Це фейк, що вибори в Румунії скасували.",
        "Это фейк, что выборы в Румынии отменили.",
        "It is false that the vote was annulled.",
        "Неправда, что выборы в Румынии отменили.",
        "Nu e adevărat că alegerile au fost anulate.",
        "Це не правда, що вибори в Румунії скасували.",
        "Check Point Charlie was closed on that day.",
        "",
    ],
)
def test_what_asks_nothing_of_the_kind_stays_whole(text: str) -> None:
    assert asked_about(text) is None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80), st.sampled_from(["Is it true that ", "Правда ли, что ", "Check: ", ""]))
def test_what_is_asked_about_stands_in_the_text(text: str, lead: str) -> None:
    if found := asked_about(lead + text):
        assert (lead + text)[found.start : found.end].strip()


@pytest.mark.parametrize("lead", ["Is this claim true: ", "Fact check — ", "Is it true that "])
def test_the_verdict_on_a_claim_does_not_hang_on_how_it_is_asked_about(parts: Parts, lead: str) -> None:
    alone, asked = parts.fact_checker.check_claim(VOTES), parts.fact_checker.check_claim(lead + VOTES)
    assert asked.label is alone.label
    assert asked.claim.text == VOTES
    assert asked.claim.quote == VOTES
    assert asked.claim.start == len(lead)
