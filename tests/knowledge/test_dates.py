from __future__ import annotations

import pytest

from knowledge.dates import agree, dates
from knowledge.domain import Period


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 6 December 2024 and Dec. 6, 2024 at 5:34 a.m.", [(2024, 12, 6), (2024, 12, 6)]),
        ("pe 6 decembrie 2024, în noiembrie 2024", [(2024, 12, 6), (2024, 11, None)]),
        ("6 грудня 2024 року, у лютому 2022, 24.02.2022", [(2024, 12, 6), (2022, 2, None), (2022, 2, 24)]),
        ("6 декабря 2024 г., в мае 2025", [(2024, 12, 6), (2025, 5, None)]),
        ("the 20th of January", [(None, 1, 20)]),
        ("2024-12-06", [(2024, 12, 6)]),
        ("since 2014", [(2014, None, None)]),
        ("he may march on; 1,974 killed; $2024; 12 млн", []),
    ],
)
def test_dates_in_four_languages(text: str, found: list[tuple[int | None, int | None, int | None]]) -> None:
    assert [(mention.year, mention.month, mention.day) for mention in dates(text)] == found


def test_a_span_of_days_and_of_years_keeps_both_ends() -> None:
    [days] = dates("2-4 April 2008")
    [years] = dates("the 2022-2024 average")
    assert (days.day, days.last_day) == (2, 4)
    assert (years.year, years.last_year) == (2022, 2024)


@pytest.mark.parametrize(
    ("claimed", "sourced", "agrees"),
    [
        ("December 2024", "6 December 2024", True),
        ("6 December", "6 decembrie 2024", True),
        ("3 April 2008", "2-4 April 2008", True),
        ("5 December 2024", "6 December 2024", False),
        ("6 December 2023", "6 December 2024", False),
        ("6 December 2024", "December 2024", False),
    ],
)
def test_a_date_is_borne_out_by_one_that_is_as_exact(claimed: str, sourced: str, agrees: bool) -> None:
    assert agree(dates(claimed)[0], dates(sourced)[0]) is agrees


def test_a_date_is_borne_out_by_the_time_of_the_entry() -> None:
    assert agree(dates("20 January")[0], Period.parse("2025-01-20"))
    assert not agree(dates("21 January")[0], Period.parse("2025-01-20"))
    assert agree(dates("4 June 2024")[0], Period.parse("2024-05/2024-07"))
