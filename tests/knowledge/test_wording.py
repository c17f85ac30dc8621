"""The glossary of loaded words, over the shipped packs."""

from __future__ import annotations

import pytest
import yaml

from bot.parts import Parts
from knowledge.domain import QuotedWords
from knowledge.wording import GLOSSARY, MOST, loaded_words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Control over additional Ukrainian territories—beyond the four regions already liberated", "liberated"),
        ("цели специальной военной операции на Украине достигнуты", "специальной военной операции"),
        ("Anularea alegerilor a fost o lovitură de stat în România.", "lovitură de stat"),
    ],
)
def test_a_loaded_word_is_found_as_it_stands(text: str, word: str) -> None:
    found = loaded_words(text)
    assert any(one.text.startswith(word) for one in found), found
    assert all(text[one.start : one.end] == one.text for one in found)
    assert len(found) <= MOST


@pytest.mark.parametrize("text", ["The surgeon began a special operation.", "Paris was liberated in August 1944.", "", "Ce zi frumoasă!"])
def test_a_word_in_another_sense_is_left_alone(text: str) -> None:
    assert loaded_words(text) == []


def test_every_note_is_borne_out_by_words_of_the_shipped_packs(parts: Parts) -> None:
    items = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    assert len({item["id"] for item in items}) == len(items) > 30
    for item in items:
        assert set(item["note"]) == {"en", "ro", "uk", "ru"}, item["id"]
        assert all(parts.retriever.quoted(QuotedWords.model_validate(quote)) for quote in item["quotes"]), item["id"]


def test_about_a_passage_the_wording_and_the_kind_of_its_parts_are_told(parts: Parts) -> None:
    passage = "Control over additional Ukrainian territories, beyond the four regions already liberated, is a must. It is a disgrace!"
    answer = parts.explainer.answer("Які чотири області?", passage, language="uk")
    assert any(one.word == "liberated" and "Україна" in one.note for one in answer.wording)
    assert all(citation.quote in citation.passage.text for one in answer.wording for citation in one.citations)
    assert {part.text for part in answer.parts} <= {passage[a:b] for a in range(len(passage)) for b in range(a, len(passage) + 1)}
    assert any(part.reason is not None for part in answer.parts)
