from __future__ import annotations

import pytest

from knowledge.compare import compare, negations
from knowledge.domain import Aspect, Comparison, Passage
from knowledge.particulars import particulars, particulars_of


def _of(claim: str, passage: Passage, aspect: Aspect) -> list[Comparison]:
    return [one for one in compare(particulars(claim), particulars_of(passage)) if one.aspect is aspect]


def test_a_wrong_date_stands_beside_the_sourced_one(passage: Passage) -> None:
    assert _of("The bridge reopened on 5 May 2024.", passage, Aspect.DATE) == [
        Comparison(aspect=Aspect.DATE, claimed="5 May 2024", sourced="2024-05-03", agrees=False)
    ]


@pytest.mark.parametrize(
    "claim",
    [
        "The party for 4 May 2024 was called off a day earlier.",
        "The vote was on 5 May 2024 and the bridge reopened two days before.",
        "Podul, promis pentru 5 mai 2024, s-a redeschis cu două zile înainte, la 7 dimineața.",
        "Свято призначили на 5 травня 2024 року, а міст відкрили напередодні.",
        "Праздник был 5 мая 2024 года, мост открыли на два дня раньше.",
    ],
)
def test_a_date_from_which_another_is_counted_differs_from_none(passage: Passage, claim: str) -> None:
    assert not [one for one in _of(claim, passage, Aspect.DATE) if one.agrees is False]


@pytest.mark.parametrize(
    "claim", ["The bridge reopened on 5 May 2024, a day after the vote.", "It was so the day before. The bridge reopened on 5 May 2024."]
)
def test_a_date_beside_which_something_else_is_counted_differs(passage: Passage, claim: str) -> None:
    assert [one.agrees for one in _of(claim, passage, Aspect.DATE)] == [False]


def test_a_wrong_number_stands_beside_the_sourced_one(passage: Passage) -> None:
    [found] = _of("The bridge was shut for 16 months.", passage, Aspect.NUMBER)
    assert (found.claimed, found.sourced, found.agrees) == ("16 months", "14 months", False)


def test_agreement_holds_across_languages(passage: Passage) -> None:
    claim = "Podul a fost redeschis în mai 2024, după 14 luni, pentru 7,5 milioane de euro."
    assert [one.agrees for one in compare(particulars(claim), particulars_of(passage))] == [True, True, True]


def test_a_name_the_source_lacks_is_missing_and_no_conflict(passage: Passage) -> None:
    [found] = _of("It was Emil Krause who reopened it.", passage, Aspect.NAME)[:1]
    assert (found.sourced, found.agrees) == (None, None)


def _passage(passage: Passage, text: str) -> Passage:
    return passage.model_copy(update={"id": text, "text": text, "end": len(text)})


def test_a_person_the_source_does_not_name_stands_beside_the_one_it_does(passage: Passage) -> None:
    told = _passage(passage, "Treasury Secretary Scott Bessent announced the sanctions.")
    [found] = _of("Про санкції оголосив Рубіо.", told, Aspect.NAME)
    assert (found.claimed, found.sourced, found.agrees) == ("Рубіо", "Scott Bessent", False)


def test_of_several_people_none_is_set_against_another(passage: Passage) -> None:
    told = _passage(passage, "Scott Bessent and JD Vance announced the sanctions.")
    [found] = _of("Rubio announced the sanctions.", told, Aspect.NAME)
    assert found.agrees is None


def test_a_source_need_not_name_those_whom_all_speak_of(passage: Passage) -> None:
    told = _passage(passage, "Scott Bessent announced the sanctions.")
    [found] = _of("The sanctions under Trump were announced.", told, Aspect.NAME)
    assert found.agrees is None


def test_a_wrong_rank_stands_beside_the_sourced_one(passage: Passage) -> None:
    told = _passage(passage, "It was their sixth call, the first in May.")
    [found] = _of("Це була друга розмова.", told, Aspect.NUMBER)
    assert (found.claimed, found.sourced, found.agrees) == ("друга", "sixth", False)


def test_a_day_that_the_source_lacks_is_another_one(passage: Passage) -> None:
    told = _passage(passage, "It held from 30 January until 1 February.")
    [found] = _of("It held until 1 March 2024.", told, Aspect.DATE)
    assert found.agrees is False


def test_a_month_beside_the_event_is_no_other_date(passage: Passage) -> None:
    [found] = _of("The bridge was shut until the end of April 2024.", passage, Aspect.DATE)
    assert found.agrees is None


def test_since_when_is_no_other_date_than_when(passage: Passage) -> None:
    [found] = _of("It was the only bridge built since 2021.", passage, Aspect.DATE)
    assert found.agrees is None


def test_the_time_between_two_days_of_the_source_is_no_other_number(passage: Passage) -> None:
    told = _passage(passage, "On 8 August 2025 it was announced for 15 August 2025, two days before the deadline.")
    assert [one.agrees for one in _of("It took a week.", told, Aspect.NUMBER)] == [None]
    assert [one.agrees for one in _of("It took a month.", told, Aspect.NUMBER)] == [False]


def test_among_many_numbers_nothing_adds_up(passage: Passage) -> None:
    told = _passage(passage, "Seats: " + ", ".join(str(number) for number in range(1000, 5000, 7)))
    assert [one.agrees for one in _of("There are 1,001 seats.", told, Aspect.NUMBER)] == [False]


def test_what_a_claim_denies_or_counts_beside_is_no_other_value(passage: Passage) -> None:
    told = _passage(passage, "Scott Bessent announced it on 3 May 2024 to 40 people, 12 in the first row.")
    for claim in ("It was not Rubio who announced it.", "Nu Rubio a anunțat.", "Оголосив не Рубіо."):
        assert [one.agrees for one in _of(claim, told, Aspect.NAME)] == [None]
    for claim in ("There were 25 people more than usual.", "Було на 25 осіб більше.", "Erau nu 25 de oameni."):
        assert [one.agrees for one in _of(claim, told, Aspect.NUMBER)] == [None]
    assert [one.agrees for one in _of("There were 25 people.", told, Aspect.NUMBER)] == [False]


def test_negations_are_counted_in_four_languages() -> None:
    assert [negations(text) for text in ("He did not win", "El nu a câștigat", "Він не переміг", "Он не победил", "He won")] == [
        1,
        1,
        1,
        1,
        0,
    ]


def test_more_than_is_borne_out_or_open_but_never_another_number() -> None:
    def said(claim: str, source: str) -> list[bool | None]:
        return [one.agrees for one in compare(particulars(claim), particulars(source)) if one.aspect is Aspect.NUMBER]

    assert said("More than 100 people voted.", "143 people voted.") == [None]
    assert said("1,600 people died.", "At least 1,400 people died.") == [None]
    assert said("Fewer than 50 people voted.", "143 people voted.") == [False]
    assert said("At least 200 people voted.", "143 people voted.") == [False]


def test_beside_the_day_of_the_entry_another_day_is_of_something_else(passage: Passage) -> None:
    claim = particulars("The bridge that had closed on 2 March 2023 reopened on 3 May 2024.")
    assert [one.agrees for one in compare(claim, particulars_of(passage)) if one.aspect is Aspect.DATE] == [None, True]
