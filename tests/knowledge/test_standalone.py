from __future__ import annotations

import datetime as dt

import pytest

from knowledge.names import PERSON, names
from knowledge.standalone import _WOMEN, standalone

DAY = dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("sentence", "before", "alone"),
    [
        ("He won 312 electoral votes.", "Donald Trump was sworn in.", "Donald Trump won 312 electoral votes."),
        ("His critics left.", "Trump spoke for an hour.", "Trump’s critics left."),
        ("Він заявив про це двічі.", "Президент Зеленський прибув до Вашингтона.", "Зеленський заявив про це двічі."),
        ("El a câștigat turul doi.", "Nicușor Dan a votat dimineața.", "Nicușor Dan a câștigat turul doi."),
        ("Ea a pierdut.", "Elena Lasconi a votat dimineața.", "Elena Lasconi a pierdut."),
        ("Her party won.", "Meloni voted early.", "Meloni’s party won."),
    ],
)
def test_a_pronoun_is_filled_in_where_one_person_was_named(sentence: str, before: str, alone: str) -> None:
    assert standalone(sentence, [before]) == alone


@pytest.mark.parametrize("before", [[], ["Trump met Putin."], ["The weather was cold."]])
def test_a_pronoun_stays_where_it_is_not_certain_who_is_meant(before: list[str]) -> None:
    assert standalone("He left early.", before) == "He left early."


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ("She resigned in May.", ["Trump met Ada Brandt."]),
        ("He resigned in May.", ["Trump met Emil Krause."]),
        ("He resigned in May.", ["Trump spoke.", "The mayor, Emil Krause, replied."]),
        ("She resigned in May.", ["Trump met the mayor."]),
        ("His party won.", ["Meloni voted early."]),
        ("Она вступила в силу.", ["Декларацию подписал Трамп."]),
        ("El Salvador took them.", ["Trump thanked the president."]),
        ("El Salvador i-a primit.", ["Trump a mulțumit președintelui."]),
    ],
)
def test_a_pronoun_is_not_filled_in_with_somebody_else(sentence: str, before: list[str]) -> None:
    assert standalone(sentence, before) == sentence


def test_the_women_are_people_of_the_table() -> None:
    assert {(woman, PERSON) for woman in _WOMEN} == {(name.key, name.kind) for woman in _WOMEN for name in names(woman)}


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("Last year he won.", "Last year (2024) he won."),
        ("Ieri s-a votat.", "Ieri (2025-02-28) s-a votat."),
        ("Это было в прошлом месяце.", "Это было в прошлом месяце (2025-02)."),
        ("Торік було важко.", "Торік (2024) було важко."),
        ("Today Trump signed it.", "Today (2025-03-01) Trump signed it."),
        ("Trump today signed it.", "Trump today (2025-03-01) signed it."),
        ("Trump told USA Today that he signed it.", "Trump told USA Today that he signed it."),
        ("Russia Today said so yesterday.", "Russia Today said so yesterday (2025-02-28)."),
    ],
)
def test_a_time_is_told_from_the_day_of_the_article(sentence: str, alone: str) -> None:
    assert standalone(sentence, [], DAY) == alone
    assert standalone(sentence, []) == sentence
