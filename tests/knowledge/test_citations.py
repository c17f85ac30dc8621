from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.split import split
from knowledge.citations import cite, distinct, outermost, sentences_of, verify
from knowledge.domain import Citation, Document, Passage, Provenance

texts = st.text(min_size=1, max_size=400).filter(lambda text: bool(text.strip()))


def _document(text: str) -> Document:
    return Document(id="d", text=text, provenance=Provenance(pack="p", topic="t", title="T"))


@settings(deadline=None, max_examples=80)
@given(texts, st.integers(min_value=10, max_value=120))
def test_every_quote_is_a_literal_substring_at_its_offset(text: str, limit: int) -> None:
    document = _document(text)
    for passage in split(document, limit):
        assert document.text[passage.start : passage.start + len(passage.text)] == passage.text
        for sentence in sentences_of(passage):
            citation = cite(passage, sentence)
            assert citation.quote == passage.text[citation.start : citation.end] == sentence.text


@settings(deadline=None, max_examples=80)
@given(texts, texts)
def test_what_verify_lets_through_stands_word_for_word(text: str, quote: str) -> None:
    [passage, *_] = split(_document(text), 10_000)
    citation = verify(quote, [passage])
    if citation is None:
        assert quote.strip() not in passage.text
    else:
        assert citation.quote == quote.strip()


def test_an_invented_quote_is_not_cited(passage: Passage) -> None:
    assert verify("reopened the bridge after 15 months", [passage]) is None
    assert verify("   ", [passage]) is None


def test_the_title_is_not_quoted_where_the_passage_says_more(passage: Passage) -> None:
    assert [sentence.text for sentence in sentences_of(passage)] == [
        "On 3 May 2024 the mayor, Ada Brandt, reopened the bridge after 14 months.",
        "It cost EUR 7.5 million.",
    ]


def test_the_same_place_is_cited_once(passage: Passage) -> None:
    first, second = sentences_of(passage)
    assert len(distinct([cite(passage, first), cite(passage, second), cite(passage, first)])) == 2


def test_a_sentence_within_a_wider_quote_is_not_said_twice(passage: Passage) -> None:
    first, second = (cite(passage, sentence) for sentence in sentences_of(passage))
    both = Citation(passage=passage, start=first.start, end=second.end)
    assert outermost([second, both, first]) == (both,)
    assert outermost([second, first]) == (second, first)
