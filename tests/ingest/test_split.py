from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.split import split
from knowledge.domain import Document, Provenance, Translated


def _document(text: str) -> Document:
    return Document(id="d", text=text, provenance=Provenance(pack="p", topic="t", title="T"))


@settings(deadline=None, max_examples=80)
@given(st.text(min_size=1, max_size=500).filter(lambda text: bool(text.strip())), st.integers(min_value=5, max_value=200))
def test_passages_cover_the_text_and_point_back_into_it(text: str, limit: int) -> None:
    document = _document(text)
    passages = split(document, limit)
    covered: set[int] = set()
    for passage in passages:
        assert len(passage.text) <= limit
        assert document.text[passage.start : passage.start + len(passage.text)] == passage.text
        covered |= set(range(passage.start, passage.start + len(passage.text)))
    assert all(char.isspace() for at, char in enumerate(document.text) if at not in covered)
    assert len({passage.id for passage in passages}) == len(passages)


def test_a_passage_ends_where_a_sentence_does() -> None:
    text = "The first sentence is here. The second one follows. The third ends it."
    assert [passage.text for passage in split(_document(text), 55)] == [
        "The first sentence is here. The second one follows.",
        "The third ends it.",
    ]


def test_translations_stay_with_a_document_that_is_one_passage() -> None:
    translated = Translated(language="ro", title="Podul", text="Podul s-a redeschis.")
    about = Provenance(pack="p", topic="t", title="The bridge", translations=(translated,))
    whole = split(Document(id="a", text="The bridge reopened.", provenance=about))
    parts = split(Document(id="a", text="The bridge reopened. " * 100, provenance=about))
    assert [passage.provenance.translations for passage in whole] == [(translated,)]
    assert len(parts) > 1
    assert all(passage.provenance.translations == () for passage in parts)
