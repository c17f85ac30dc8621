from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.language import language_of, sentences


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who won the run-off?", "en"),
        ("cine a castigat turul doi", "ro"),
        ("Хто переміг у другому турі?", "uk"),
        ("Кто победил во втором туре?", "ru"),
        ("2024", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_short_texts(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("On Jan. 20, 2025 J.D. Vance took the oath. He smiled.", 2),
        ("The U.S. left at 5:34 a.m. on Monday. Nobody stayed.", 2),
        ("A talk between Mr Putin and U.S. President Trump took place. It was short.", 2),
        ("He left the U.S. Supreme Court without a word.", 1),
        ("AP called it at 5:34 a.m. Eastern time on 6 November 2024. Nobody slept.", 2),
        ("Curtea a anulat alegerile pe 6 dec. 2024. Dl. Dan a câștigat.", 2),
        ("Указ від 24 лют. 2022 р. підписав В. Зеленський. У м. Києві було тихо.", 2),
        ("В 2022 г. он ушёл. А. Б. Иванов сказал: «Нет». И ушёл.", 3),
        ("«Так!» — сказав він. Потім пішов.", 2),
        ("First line\nSecond line", 2),
    ],
)
def test_abbreviations_and_initials_do_not_end_a_sentence(text: str, count: int) -> None:
    assert len(sentences(text)) == count, sentences(text)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_a_sentence_stands_where_it_says_and_nothing_but_space_is_left_out(text: str) -> None:
    found = sentences(text, "en")
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    kept = {at for sentence in found for at in range(sentence.start, sentence.end)}
    assert all(char.isspace() for at, char in enumerate(text) if at not in kept)
