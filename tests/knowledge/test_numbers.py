from __future__ import annotations

import pytest

from knowledge.numbers import agree, quantities


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("about 77.3 million votes (49.8%)", [(77.3e6, ""), (49.8, "percent")]),
        ("1,500 or 1.500 or 1 500", [(1500, ""), (1500, ""), (1500, "")]),
        ("понад 9,4 млн виборців", [(9.4e6, "")]),
        ("90 de miliarde de euro", [(90e9, "money")]),
        ("four regions, чотири області, patru regiuni, четыре области", [(4, ""), (4, ""), (4, ""), (4, "")]),
        ("107-12-51", [(107, ""), (12, ""), (51, "")]),
        ("at 5:34 a.m. on 6 November 2024", []),
        ("5 la sută", [(5, "percent")]),
    ],
)
def test_numbers_in_four_languages(text: str, values: list[tuple[float, str]]) -> None:
    assert [(quantity.value, quantity.unit) for quantity in quantities(text)] == values


@pytest.mark.parametrize(
    ("claimed", "sourced", "agrees"),
    [
        ("77 million", "77.3 million", True),
        ("about 50%", "49.8%", True),
        ("more than 1,400", "about 1,500", True),
        ("312", "312", True),
        ("311", "312", False),
        ("78 million", "77.3 million", False),
        ("31%", "31", False),
        ("less than 20", "18", True),
        ("less than 20", "22", False),
    ],
)
def test_rounding_and_bounds_count_as_agreement(claimed: str, sourced: str, agrees: bool) -> None:
    assert agree(quantities(claimed)[0], quantities(sourced)[0]) is agrees
