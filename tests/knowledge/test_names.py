from __future__ import annotations

import pytest

from knowledge.names import names, skeleton


@pytest.mark.parametrize(
    ("forms", "key"),
    [
        ("Zelensky Zelenskyy Zelenski Зеленський Зеленського Зеленский Зеленским", "Volodymyr Zelensky"),
        ("Donbas Donbass Донбас Донбасу Донбасс", "Donbas"),
        ("USA SUA США", "United States"),
        ("CCR КСР", "Constitutional Court of Romania"),
        ("Georgescu Джорджеску", "Călin Georgescu"),
    ],
)
def test_one_name_in_all_alphabets_and_cases(forms: str, key: str) -> None:
    assert {names(f"x {form}.")[0].key for form in forms.split()} == {key}


def test_the_longest_name_wins_and_stands_where_it_says() -> None:
    text = "Then the Constitutional Court of Romania ruled against Călin Georgescu."
    found = names(text)
    assert [text[name.start : name.end] for name in found] == ["Constitutional Court of Romania", "Călin Georgescu"]


def test_an_unlisted_name_is_compared_by_its_consonants() -> None:
    assert skeleton("Virkkunen") == skeleton("Вирккунен")
    assert skeleton("Macron") != skeleton("Merz")


def test_ordinary_words_are_no_names() -> None:
    assert names("the court met us on Monday and who knows") == []


def test_two_names_joined_by_a_hyphen_are_two() -> None:
    assert [name.key for name in names("The Putin-Zelensky meeting in Rostov-on-Don")][:2] == ["Vladimir Putin", "Volodymyr Zelensky"]


@pytest.mark.parametrize("text", ["mai puțin de o oră", "Asta e. Potrivit surselor, nu."])
def test_a_word_that_begins_like_a_name_is_none(text: str) -> None:
    assert not [name for name in names(text) if name.known]
