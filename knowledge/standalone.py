"""A sentence and what stands before it in, its wording that stands alone out. Pure.

Only what is certain is filled in: a pronoun that opens the sentence, where the sentence before names one person and no other; a time that is told
from the day the article was published, where that day is known. Everything else stays as the author put it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from knowledge.names import names

BACK = 2
"""So many sentences back a pronoun may look."""

_OPENING = re.compile(r"(?P<lead>[\"'«„“(\s]*)(?P<word>He|She|His|Her|El|Ea|Він|Вона|Он|Она)\b(?=\s)")
_POSSESSIVE = ("His", "Her")
_RELATIVE = (
    (re.compile(r"\b(?:last year|anul trecut|(?:минулого|торік) року|торік|минулого року|в прошлом году|прошлого года)\b", re.IGNORECASE), "year", -1),
    (re.compile(r"\b(?:this year|anul acesta|anul ăsta|цього року|цьогоріч|в этом году|этого года)\b", re.IGNORECASE), "year", 0),
    (re.compile(r"\b(?:last month|luna trecut[ăa]|минулого місяця|в прошлом месяце)\b", re.IGNORECASE), "month", -1),
    (re.compile(r"\b(?:this month|luna aceasta|цього місяця|в этом месяце)\b", re.IGNORECASE), "month", 0),
    (re.compile(r"\b(?:yesterday|ieri|вчора|вчера)\b", re.IGNORECASE), "day", -1),
    (re.compile(r"\b(?:today|ast[ăa]zi|azi|сьогодні|сегодня)\b", re.IGNORECASE), "day", 0),
)  # fmt: skip


def standalone(sentence: str, before: Sequence[str], published: dt.date | None = None) -> str:
    """`before` are the sentences before it, in order; `published` is the day of the article."""
    return _dated(_named(sentence, before), published)


def _named(sentence: str, before: Sequence[str]) -> str:
    opening = _OPENING.match(sentence)
    person = _one_person(before) if opening else None
    if opening is None or person is None:
        return sentence
    owned = opening["word"] in _POSSESSIVE
    return f"{opening['lead']}{person}{'’s' if owned else ''}{sentence[opening.end() :]}"


def _one_person(before: Sequence[str]) -> str | None:
    """The person that the nearest sentence with any names, if it is but one."""
    for sentence in reversed(before[-BACK:]):
        people = {name.key: name.text for name in names(sentence) if name.kind == "person"}
        if people:
            [form, *others] = people.values()
            return form if not others else None
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
