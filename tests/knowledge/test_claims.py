"""Claims found in sentences, with the real check-worthiness model."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.parts import Parts
from knowledge.domain import Claim

DAY = dt.date(2025, 6, 1)


def found(parts: Parts, text: str) -> list[Claim]:
    claims = [claim for claim in parts.claim_finder.find(text, DAY) if claim.not_checkable is None]
    assert all(text[claim.start : claim.end] == claim.quote for claim in claims)
    return claims


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            "Zelensky said that Ukraine had lost 46,000 soldiers by February 2025.",
            "Ukraine had lost 46,000 soldiers by February 2025",
        ),
        (
            "While Russia took Avdiivka on 17 February 2024, the front around Kharkiv held until May.",
            "Russia took Avdiivka on 17 February 2024",
        ),
        (
            "Simion a câștigat primul tur cu 41% în mai 2025, dar Nicușor Dan l-a învins în turul al doilea cu 53,6%.",
            "Nicușor Dan l-a învins în turul al doilea cu 53,6%",
        ),
        (
            "Путин заявил, что Россия взяла Мариуполь в мае 2022 года.",
            "Россия взяла Мариуполь в мае 2022 года",
        ),
        (
            "Трамп – він виграв вибори 5 листопада 2024 року – повернувся до Білого дому.",
            "він виграв вибори 5 листопада 2024 року",
        ),
    ],
    ids=["reported", "opening clause", "two clauses", "reported in Russian", "aside"],
)
def test_what_a_sentence_states_besides_is_a_claim_of_its_own(parts: Parts, text: str, part: str) -> None:
    assert part in [claim.quote for claim in found(parts, text)]


def test_a_date_is_not_torn_apart(parts: Parts) -> None:
    quotes = [claim.quote for claim in found(parts, "Trump was sworn in on January 20, 2025, in the Rotunda of the Capitol.")]
    assert not any(quote.endswith("January 20") for quote in quotes)


def test_a_claim_stands_alone_and_keeps_the_authors_words(parts: Parts) -> None:
    text = "Donald Trump was sworn in on 20 January 2025. He won 312 electoral votes last year."
    [claim] = [claim for claim in found(parts, text) if claim.quote.startswith("He won")]
    assert claim.text == "Donald Trump won 312 electoral votes last year (2024)."
