from __future__ import annotations

from knowledge.compare import compare, negations
from knowledge.domain import Aspect, Comparison, Passage
from knowledge.particulars import particulars, particulars_of


def _of(claim: str, passage: Passage, aspect: Aspect) -> list[Comparison]:
    return [one for one in compare(particulars(claim), particulars_of(passage)) if one.aspect is aspect]


def test_a_wrong_date_stands_beside_the_sourced_one(passage: Passage) -> None:
    assert _of("The bridge reopened on 5 May 2024.", passage, Aspect.DATE) == [
        Comparison(aspect=Aspect.DATE, claimed="5 May 2024", sourced="3 May 2024", agrees=False)
    ]


def test_a_wrong_number_stands_beside_the_sourced_one(passage: Passage) -> None:
    [found] = _of("The bridge was shut for 16 months.", passage, Aspect.NUMBER)
    assert (found.claimed, found.sourced, found.agrees) == ("16", "14", False)


def test_agreement_holds_across_languages(passage: Passage) -> None:
    claim = "Podul a fost redeschis în mai 2024, după 14 luni, pentru 7,5 milioane de euro."
    assert [one.agrees for one in compare(particulars(claim), particulars_of(passage))] == [True, True, True]


def test_a_name_the_source_lacks_is_missing_and_no_conflict(passage: Passage) -> None:
    [found] = _of("It was Emil Krause who reopened it.", passage, Aspect.NAME)[:1]
    assert (found.sourced, found.agrees) == (None, None)


def test_negations_are_counted_in_four_languages() -> None:
    assert [negations(text) for text in ("He did not win", "El nu a câștigat", "Він не переміг", "Он не победил", "He won")] == [
        1,
        1,
        1,
        1,
        0,
    ]
