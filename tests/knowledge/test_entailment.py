from __future__ import annotations

import math

import pytest

from bot.parts import Parts
from knowledge.domain import Passage
from knowledge.entailment import EntailmentModel, source_text
from knowledge.packed_e5 import PackedE5
from knowledge.training.data import development, reworded

SOURCE = "2024-05-03: The bridge of Altona reopens. The mayor, Ada Brandt, reopened the bridge of Altona. It cost EUR 7.5 million."


def test_a_source_is_read_with_its_date_and_title_once(passage: Passage) -> None:
    whole = source_text(passage)
    assert whole.startswith("2024-05-03: The bridge of Altona reopens. On 3 May 2024")
    assert whole.count("The bridge of Altona reopens") == 1
    start = passage.text.index("It cost")
    assert source_text(passage, start) == "2024-05-03: The bridge of Altona reopens. It cost EUR 7.5 million."


def test_the_shares_of_a_reading_add_up_to_one(parts: Parts) -> None:
    [read] = parts.entailment.compare("The bridge cost EUR 7.5 million.", [SOURCE])
    assert sum(map(math.exp, read)) == pytest.approx(1)


def test_a_source_about_something_else_settles_nothing(parts: Parts) -> None:
    [read] = parts.entailment.compare("Voters in Peru elected a new congress.", [SOURCE])
    assert read.neither == max(read)


def test_other_words_are_not_taken_for_the_contrary(parts: Parts) -> None:
    rows = [row for row in reworded() if development(row.entry)][::4]  # the network was never trained on these
    assert len({row.language for row in rows}) == 4

    def contradicted(texts: list[tuple[str, str]]) -> float:
        read = [parts.entailment.compare(text, [base])[0] for base, text in texts]
        return sum(max(one) == one.refuted for one in read) / len(read)

    assert contradicted([(row.base, text) for row in rows for text in row.same]) <= 0.2
    assert contradicted([(row.base, text) for row in rows for text in row.contrary]) >= 0.7


def test_the_same_texts_give_the_same_numbers_in_whatever_company(parts: Parts) -> None:
    claim = "Ada Brandt hat die Brücke wieder eröffnet."
    alone = EntailmentModel().compare(claim, [SOURCE])
    among = EntailmentModel().compare(claim, ["Something else.", SOURCE])
    assert alone[0] == among[1]


@pytest.mark.parametrize("text", ["", "\0", "🕊️" * 40, "слово " * 400, "ă" * 3000])
def test_odd_texts_are_read(parts: Parts, text: str) -> None:
    [read] = parts.entailment.compare(text, [text])
    assert all(map(math.isfinite, read))
    assert 0 <= parts.entailment.answers(text, [SOURCE])[0] <= 1


def test_tokens_are_those_of_the_vocabulary_and_unknown_signs_do_not_break_it() -> None:
    packed = PackedE5()
    assert packed.tokens("") == packed.tokens(" ") or packed.tokens("") == []
    digits = [token for token in packed.tokens("in 2024, 312 votes") if packed.has_digit(token)]
    assert digits
    assert not any(packed.has_digit(token) for token in packed.tokens("votes"))
