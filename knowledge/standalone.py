"""A sentence and what stands before it in, its wording that stands alone out. Pure.

Only what is certain is filled in: a pronoun that opens the sentence, where the sentence before names one known person of that gender and nobody
else; a time that is told from the day the article was published, where that day is known. Everything else stays as the author put it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from knowledge.names import PERSON, Name, names

BACK = 2
"""So many sentences back a pronoun may look."""

_OPENING = re.compile(r"(?P<lead>[\"'«„“(\s]*)(?P<word>He|She|His|Her|(?:El|Ea)(?!\s+[A-ZĂÂÎȘȚ])|Він|Вона|Он|Она)\b(?=\s)")
_POSSESSIVE = ("His", "Her")
_FEMININE = ("She", "Her", "Ea", "Вона", "Она")
_WOMEN = frozenset(
    [
        "Kamala Harris", "Tanya Chutkan", "Jeanne Shaheen", "Michelle Obama", "Giorgia Meloni", "Ursula von der Leyen", "Viola Amherd",
        "Henna Virkkunen", "Lucie Potůčková", "Danielle Bell", "Maria Lvova-Belova", "Yulia Svyrydenko", "Elena Lasconi", "Diana Șoșoacă",
        "Anamaria Gavrilă", "Lavinia Șandru", "Gheorghița Popescu",
    ]
)  # fmt: skip
"""Of the people in `names.yaml`; the others are men."""
_RELATIVE = (
    (re.compile(r"\b(?:last year|anul trecut|(?:минулого|торік) року|торік|минулого року|в прошлом году|прошлого года)\b", re.IGNORECASE), "year", -1),
    (re.compile(r"\b(?:this year|anul acesta|anul ăsta|цього року|цьогоріч|в этом году|этого года)\b", re.IGNORECASE), "year", 0),
    (re.compile(r"\b(?:last month|luna trecut[ăa]|минулого місяця|в прошлом месяце)\b", re.IGNORECASE), "month", -1),
    (re.compile(r"\b(?:this month|luna aceasta|цього місяця|в этом месяце)\b", re.IGNORECASE), "month", 0),
    (re.compile(r"\b(?:yesterday|ieri|вчора|вчера)\b", re.IGNORECASE), "day", -1),
    (re.compile(r"\b(?:(?-i:today|(?<!\w\s)Today)|ast[ăa]zi|azi|сьогодні|сегодня)\b", re.IGNORECASE), "day", 0),
)  # fmt: skip


def standalone(sentence: str, before: Sequence[str], published: dt.date | None = None) -> str:
    """`before` are the sentences before it, in order; `published` is the day of the article."""
    return _dated(_named(sentence, before), published)


def _named(sentence: str, before: Sequence[str]) -> str:
    opening = _OPENING.match(sentence)
    person = _one_person(before) if opening else None
    if opening is None or person is None or (opening["word"] in _FEMININE) != (person.key in _WOMEN):
        return sentence
    owned = opening["word"] in _POSSESSIVE
    return f"{opening['lead']}{person.text}{'’s' if owned else ''}{sentence[opening.end() :]}"


def _one_person(before: Sequence[str]) -> Name | None:
    """The person that the nearest sentence with any names, if it is but one; a name that the table does not know may be a person's too."""
    for sentence in reversed(before[-BACK:]):
        people = {name.key: name for name in names(sentence) if name.kind == PERSON or not name.known}
        if people:
            [person, *others] = people.values()
            return person if person.known and not others else None
    return None


def _dated(sentence: str, published: dt.date | None) -> str:
    if published is None:
        return sentence
    for pattern, unit, steps in _RELATIVE:
        sentence = pattern.sub(rf"\g<0> ({_told(published, unit, steps)})", sentence, count=1)
    return sentence


def _told(day: dt.date, unit: str, steps: int) -> str:
    if unit == "year":
        return str(day.year + steps)
    if unit == "month":
        first = (day.replace(day=1) + dt.timedelta(days=-1)) if steps else day
        return f"{first:%Y-%m}"
    return (day + dt.timedelta(days=steps)).isoformat()
