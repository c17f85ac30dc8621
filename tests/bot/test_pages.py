"""Pages keep Telegram's limits whatever they hold, and lose no word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.botapi.entities import FormattedText, parse_html
from bot.pages import MAX_ENTITIES, MAX_UNITS, Block, Link, Mark, Span, isolated, link, paged, shortened, units

marks: st.SearchStrategy[Mark] = st.sampled_from(["b", "i", "blockquote", Link("https://example.org/?a=1&b=<2>")])
texts = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["word " * 900, "x" * 9000, "🙂" * 3000, "Ends here. " * 700, "שלום עולם " * 500, "a.b " * 400, "\ud83d", "<&>"]),
)
spans = st.builds(Span, texts, st.lists(marks, max_size=2, unique_by=type).map(tuple))
blocks = st.lists(spans, min_size=1, max_size=4).map(tuple)


quickly = settings(deadline=None, max_examples=20)


def words(text: str) -> str:
    """What is left without white space, control characters and the joiner that keeps names from calling somebody."""
    return re.sub("[\\s\x00-\x1f\x7f\u2060]", "", text)


def shown(pages: tuple[str, ...]) -> list[FormattedText]:
    return [parse_html(page) for page in pages]


@quickly
@given(st.lists(blocks, max_size=6))
def test_every_page_keeps_the_limits(given_blocks: list[Block]) -> None:
    for page in shown(paged(given_blocks)):
        assert 0 < units(page.text) <= MAX_UNITS
        assert len(page.entities) <= MAX_ENTITIES
        assert page.text.encode()


@quickly
@given(st.lists(blocks, max_size=6))
def test_no_word_is_lost(given_blocks: list[Block]) -> None:
    written = "".join(span.text for block in given_blocks for span in block)
    assert words("".join(page.text for page in shown(paged(given_blocks)))) == words(re.sub("[\ud800-\udfff]", "\ufffd", written))


def test_what_fits_on_one_page_stays_on_one() -> None:
    assert paged([(Span("One", ("b",)), Span(" & two")), (Span("Three <3"),)]) == ("<b>One</b> &amp; two\n\nThree &lt;3",)


def test_pages_are_cut_between_blocks() -> None:
    block: Block = (Span("A claim. " * 200, ("i",)),)
    assert [page.count("<i>") for page in paged([block] * 5)] == [2, 2, 1]


def test_a_long_block_is_cut_at_the_end_of_a_sentence() -> None:
    first, second = shown(paged([(Span("The vote was annulled on 6 December. " * 150, ("blockquote",)),)]))
    assert first.text.endswith("6 December.")
    assert second.text.startswith("The vote")
    assert [entity["type"] for page in (first, second) for entity in page.entities] == ["blockquote", "blockquote"]


def test_a_block_without_sentences_is_cut_between_words() -> None:
    first, *_ = shown(paged([(Span("naïve words " * 600),)]))
    assert first.text.endswith(("naïve", "words"))


def test_a_word_longer_than_a_page_is_cut_between_characters() -> None:
    assert "".join(page.text for page in shown(paged([(Span("👩‍👩‍👧" * 1500),)]))) == "👩‍👩‍👧" * 1500


def test_a_link_is_never_cut() -> None:
    words = Span("word " * 818)
    first, second = shown(paged([(words, link("The publisher of it all, 6 Dec 2024", "https://example.org/a"))]))
    assert first.entities == []
    assert second.text == "The publisher of it all, 6 Dec 2024"


def test_a_page_holds_no_more_entities_than_telegram_keeps() -> None:
    many: Block = tuple(Span(f"{number} ", ("b" if number % 2 else "i",)) for number in range(250))
    assert [len(page.entities) <= MAX_ENTITIES for page in shown(paged([many]))] == [True] * 3


def test_control_characters_and_half_surrogates_are_replaced() -> None:
    assert paged([(Span("a\x00b\ud83dc\td"),)]) == ("a b\ufffdc d",)


def test_blank_blocks_leave_no_page() -> None:
    assert paged([(Span("  \n"),), (Span(""),)]) == ()


def test_a_quoted_user_name_calls_nobody() -> None:
    assert paged([(Span("as @admin and me@example.org said"),)]) == ("as @\u2060admin and me@example.org said",)


@pytest.mark.parametrize("url", [None, "https://localhost/a", "https:///a"])
def test_an_address_that_telegram_would_drop_is_no_link(url: str | None) -> None:
    assert link("Publisher", url) == Span("Publisher")


def test_words_are_shortened_at_the_end_of_one() -> None:
    assert shortened("The Constitutional Court,  which sits in Bucharest", 30) == "The Constitutional Court…"
    assert shortened("short enough", 30) == "short enough"
    assert shortened("a" * 5000, 30) == "a" * 29 + "…"


@quickly
@given(st.text(), st.integers(2, 60))
def test_shortened_words_keep_their_limit(text: str, limit: int) -> None:
    assert units(shortened(text, limit)) <= limit


def test_right_to_left_words_stay_among_themselves() -> None:
    assert isolated("שלום\u202e") == "\u2068שלום\u2069"
    assert isolated("plain\u2069 words") == "plain words"
