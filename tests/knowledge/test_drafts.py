"""What a model's sentence must hold to, read by the real network."""

from __future__ import annotations

import pytest

from knowledge.domain import Passage
from knowledge.drafts import DraftQuote, DraftSentence, held
from knowledge.entailment import EntailmentModel
from tests.conftest import make_passage

WON = "Ada Brandt won the election of Altona with 312 votes and became its 47th mayor"
ELECTED = "Ada Brandt won the election of Altona"


@pytest.fixture(scope="module")
def model() -> EntailmentModel:
    return EntailmentModel()


@pytest.fixture
def elected() -> Passage:
    return make_passage(f"The election of Altona\n{WON} on 3 May 2024.")


@pytest.mark.parametrize(
    ("asked", "told", "words"),
    [
        ("Did she win with 320 votes?", "Yes, Ada Brandt won the election of Altona, where she had 320 votes.", WON),
        ("Did she win with 320 votes?", "Ada Brandt won the election of Altona, and she had 320 votes.", ELECTED),
        ("Is she the 48th mayor?", "The 48th mayor of Altona, Ada Brandt, won the election of Altona.", ELECTED),
        ("Who won?", "The 48th mayor of Altona, Ada Brandt, won the election of Altona.", ELECTED),
        ("Did she win on 4 May 2023?", "Ada Brandt won the election of Altona, as was known on 4 May 2023.", ELECTED),
    ],
    ids=["number", "number not in the quote", "ordinal", "invented ordinal", "date"],
)
def test_a_number_or_date_is_not_said_where_the_source_has_another(
    model: EntailmentModel, elected: Passage, asked: str, told: str, words: str
) -> None:
    assert not held([DraftSentence(text=told, quotes=[DraftQuote(passage="p1", words=words)])], {"p1": elected}, asked, model).citations


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("How many votes did Ada Brandt win?", "Ada Brandt won the election of Altona with 312 votes."),
        ("Who is the 47th mayor of Altona?", "Ada Brandt became the 47th mayor of Altona."),
        ("Did Ada Brandt win 320 votes?", "She is said to have won 320 votes; she won 312 votes."),
        ("Who of the 5 candidates won?", "Of the 5 candidates it was Ada Brandt who won the election of Altona."),
    ],
    ids=["number", "ordinal", "set right", "nothing set against it"],
)
def test_numbers_that_the_source_bears_out_or_leaves_open_may_be_said(
    model: EntailmentModel, elected: Passage, asked: str, told: str
) -> None:
    assert held([DraftSentence(text=told, quotes=[DraftQuote(passage="p1", words=WON)])], {"p1": elected}, asked, model).citations
