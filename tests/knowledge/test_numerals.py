from __future__ import annotations

import pytest

from knowledge.numerals import spelled


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fifteen hundred soldiers", [(1500, "cardinal")]),
        ("three hundred and twelve votes", [(312, "cardinal")]),
        ("two hundred thousand", [(200_000, "cardinal")]),
        ("Seventy-two", [(72, "cardinal")]),
        ("half a million, a quarter of a million, a hundred", [(500_000, "cardinal"), (250_000, "cardinal"), (100, "cardinal")]),
        ("o sută douăzeci și trei de primari", [(123, "cardinal")]),
        ("nouă sute de voturi, o nouă rundă", [(900, "cardinal")]),
        ("jumătate de milion, un milion", [(500_000, "cardinal"), (1_000_000, "cardinal")]),
        ("за сорока двома пунктами", [(42, "cardinal")]),
        ("ста п’ятдесяти тисяч, пів мільйона", [(150_000, "cardinal"), (500_000, "cardinal")]),
        ("около пятисот человек, двадцать один", [(500, "cardinal"), (21, "cardinal")]),
        ("сто пятнадцать миллиардов; миллион", [(115e9, "cardinal"), (1e6, "cardinal")]),
        ("миллион двести тысяч", [(1_200_000, "cardinal")]),
        ("тисяч двадцять прийшло", [(20_000, "cardinal")]),
        ("сім’я, семінар, стоянка, десятка", []),
        ("Members may opt out; opt state au votat", [(8, "cardinal")]),
        ("a half-truth, мужской пол", []),
    ],
)
def test_cardinals_in_all_cases(text: str, values: list[tuple[float, str]]) -> None:
    assert [(one.value, one.kind) for one in spelled(text)] == values


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("the third round, their sixth call", [3, 6]),
        ("al treilea, a doua, prima", [3, 2, 1]),
        ("третьої, четвертою, сьомий", [3, 4, 7]),
        ("вторым, третья, впервые", [2, 3, 1]),
        ("другие страны, друзі, третьина", []),
    ],
)
def test_ordinals_in_all_cases(text: str, ranks: list[float]) -> None:
    assert [one.value for one in spelled(text)] == ranks
    assert {one.kind for one in spelled(text)} <= {"ordinal"}


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("two thirds", 66.7),
        ("a fifth of the country", 20),
        ("nine tenths", 90),
        ("o treime", 33.3),
        ("половина", 50),
        ("дві третини", 66.7),
        ("п’ята частина", 20),
        ("чверть", 25),
    ],
)
def test_shares_are_percentages(text: str, percent: float) -> None:
    [share] = spelled(text)
    assert share.kind == "share" and round(share.value, 1) == percent


@pytest.mark.parametrize("text", ["the third quarter", "the second half of 2025"])
def test_parts_of_a_year_are_no_shares(text: str) -> None:
    assert "share" not in {one.kind for one in spelled(text)}
