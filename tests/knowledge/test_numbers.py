from __future__ import annotations

import pytest

from knowledge.numbers import agree, derived, ordinals, quantities, rivals


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
        ("la 7 dimineața, о сьомій вечора, at five o’clock", []),
        ("5 la sută", [(5, "percent")]),
        ("$5 an hour", [(5, "money")]),
        ("seven an evening", [(7, "")]),
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
        ("16,000", "16,226", True),
        ("16,000", "17,226", False),
        ("barely 300", "308", True),
    ],
)
def test_rounding_and_bounds_count_as_agreement(claimed: str, sourced: str, agrees: bool) -> None:
    assert agree(quantities(claimed)[0], quantities(sourced)[0]) is agrees


@pytest.mark.parametrize(
    "text",
    [
        "75 minutes",
        "1 hour 15 minutes",
        "an hour and a quarter",
        "o oră și un sfert",
        "годину п’ятнадцять",
        "час пятнадцать",
    ],
)
def test_a_time_is_the_same_in_all_units(text: str) -> None:
    [time] = quantities(text)
    assert (time.value, time.unit) == (75, "minutes")
    assert agree(time, quantities("about 75 min")[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a 72-hour truce", "three days"),
        ("30-дневное", "30 дней"),
        ("two weeks", "14 zile"),
        ("half an hour", "полчаса"),
        ("минут двадцать", "20 min"),
    ],
)
def test_times_agree_across_units_and_languages(one: str, other: str) -> None:
    assert agree(quantities(one)[0], quantities(other)[0])


def test_both_ends_of_a_range_have_its_unit_and_scale() -> None:
    assert [q.unit for q in quantities("two to three months")] == ["minutes", "minutes"]
    assert [q.value for q in quantities("від 500 до 600 тисяч")] == [500_000, 600_000]
    assert [(q.value, q.unit) for q in quantities("10 or 12 km")] == [(10, "km"), (12, "km")]


def test_a_day_of_the_month_and_a_rank_are_no_counts() -> None:
    assert quantities("on the 4th and the 14th, the third time") == []
    assert [q.value for q in ordinals("the third call of the 47th president")] == [3, 47]


@pytest.mark.parametrize(
    ("claimed", "sourced", "expected"),
    [
        ("8% of the country", "0.8%", True),
        ("840 sq km", "84 кв. км", True),
        ("three days", "nearly three hours", True),
        ("two years", "two months", True),
        ("six calls", "five calls", True),
        ("six calls", "five votes", False),
        ("6 regions", "5 voturi", False),
        ("12 candidates", "14 кандидатів", True),
        ("45%", "45 votes", False),
        ("two times", "two hours", False),
        ("1,200 people", "90,000 people", False),
    ],
)
def test_only_numbers_of_the_same_kind_are_set_against_one_another(claimed: str, sourced: str, expected: bool) -> None:
    assert rivals(quantities(claimed)[0], quantities(sourced)[0]) is expected


@pytest.mark.parametrize(
    ("claimed", "sourced"),
    [
        ("86 votes", "312 votes for one and 226 for the other"),
        ("some 23 billion euros", "EUR 138 billion and EUR 115 billion"),
        ("82 states", "58 abstentions, 24 states absent"),
        ("a third", "about 66%, and 18% elsewhere"),
        ("чверть", "75%"),
    ],
)
def test_what_a_source_adds_up_to_is_no_other_number(claimed: str, sourced: str) -> None:
    assert derived(quantities(claimed)[0], quantities(sourced))


def test_a_number_that_follows_from_nothing_is_another() -> None:
    assert not derived(quantities("90 votes")[0], quantities("312 votes for one and 226 for the other"))


@pytest.mark.parametrize(
    ("text", "bound"), [("nici 3%", -1), ("less than a fifth", -1), ("не досягла 60%", -1), ("passed half", 1), ("понад дві години", 1)]
)
def test_bounds_are_heard_in_four_languages(text: str, bound: int) -> None:
    assert quantities(text)[0].bound == bound


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.365 million people fled.", 1_365_000),
        ("They hold 49.125% of it.", 49.125),
        ("În total 1,365 milioane de oameni.", 1_365_000),
        ("1,365 people fled.", 1365),
        ("1,234,567 people fled.", 1_234_567),
    ],
)
def test_three_decimals_of_a_million_or_per_cent_are_no_thousands(text: str, value: float) -> None:
    assert quantities(text)[0].value == pytest.approx(value)
